use std::collections::BTreeSet;

use super::*;
use crate::model::outbox::Mail;
use crate::model::recurrence::Recurrence;
use crate::model::request::{Ask, Comment, Request, Sheet};
use crate::model::request_template::RequestTemplate;
use crate::model::{Clock, LoggedIn, Open, Overrides, open};
use crate::values::Day;

async fn demo() -> (crate::model::Guest, System, Demo, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let clock = Clock::pinned("2026-03-01T12:00:00Z".parse().unwrap());
    let how = Open {
        data: data.path(),
        link_key: None,
        master_key: None,
        clock,
        overrides: Overrides::default(),
    };
    let (guest, system) = open(how).unwrap();
    let url = PublicUrl::parse("http://localhost:8080").unwrap();
    let demo = system.fill_demo(url).await.unwrap();
    (guest.at("192.0.2.7".parse().unwrap()), system, demo, data)
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_is_named_can_log_in() {
    let (guest, system, demo, _data) = demo().await;
    assert!(guest.firm().unwrap().demo);
    for login in demo.logins.iter().chain(&demo.colleagues) {
        let session = match guest.log_in(login.email, &login.password, "curl").await {
            Ok(LoggedIn::In(session)) => session,
            other => panic!("{}: {other:?}", login.email),
        };
        if login.role == "contact" {
            let person = guest.person(&session.cookie.text()).unwrap();
            let mut names: Vec<String> =
                person.clients().unwrap().iter().map(|client| client.name.to_string()).collect();
            names.sort_unstable();
            let mut told = login.clients.clone();
            told.sort_unstable();
            assert_eq!(names, told);
        } else {
            let console = guest.console(&session.cookie.text()).unwrap();
            assert_eq!(console.me().role.label().to_lowercase(), login.role);
        }
    }
    assert_eq!(system.check().unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn its_log_ins_are_told_in_the_agreed_shape() {
    let (_, _, demo, _data) = demo().await;
    let told = serde_json::to_value(&demo).unwrap();
    assert_eq!(told["url"], "http://localhost:8080");
    let roles: Vec<&str> =
        told["logins"].as_array().unwrap().iter().map(|l| l["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["owner", "contact", "contact"]);
    assert_eq!(told["logins"][1]["clients"].as_array().unwrap().len(), 2);
    assert_eq!(told["logins"][2]["clients"].as_array().unwrap().len(), 1);
    assert!(told["logins"][0].get("clients").is_none());
    let text = demo.to_string();
    assert!(text.contains("http://localhost:8080/login") && text.contains("sam@"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_contacts_in_every_portal_status() {
    let (guest, _, demo, _data) = demo().await;
    let owner = &demo.logins[0];
    let Ok(LoggedIn::In(session)) = guest.log_in(owner.email, &owner.password, "curl").await else {
        panic!("the owner cannot log in")
    };
    let console = guest.console(&session.cookie.text()).unwrap();
    let clients: Vec<Client> = console.read(|r| r.all_reverse_from(None, 100)).unwrap();
    assert_eq!(clients.len(), 12);
    let mut kinds = BTreeSet::new();
    for client in &clients {
        for status in console.contact_statuses(client.id).unwrap() {
            kinds.insert(status.status.kind());
        }
    }
    let all = ["active", "expired", "invited", "none", "removed"];
    assert!(all.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_a_firm_is_left_alone() {
    let (_, system, _, _data) = demo().await;
    let again = system.fill_demo(PublicUrl::parse("http://localhost:8080").unwrap()).await;
    assert!(matches!(again, Err(Error::Refused(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_for_something_in_every_state() {
    let (_guest, system, _demo, _data) = demo().await;
    let now = system.now();
    let (mut labels, mut overdue, mut tasks, mut returned, mut planned) =
        (BTreeSet::new(), 0, 0, 0, 0);
    let requests: Vec<Request> = system.core().db.read(|r| r.all_reverse_from(None, 100)).unwrap();
    let today = Day::at(now, system.core().firm().unwrap().zone.tz());
    for request in &requests {
        labels.insert(request.stage.label());
        overdue += usize::from(request.overdue(today));
        tasks += usize::from(request.is_task());
        returned += usize::from(request.progress.returned > 0);
        planned += request.planned_reminders().filter(|day| *day <= today.plus_days(14)).count();
        // None is too late already: nothing leaves at the first start.
        assert!(request.next_reminder().is_none_or(|day| day > today), "{}", request.title);
    }
    let all = ["Completed", "Draft", "Handed in", "In progress", "Sent", "Withdrawn"];
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), all);
    assert!(overdue > 0 && tasks > 0 && returned > 0 && planned > 5, "{planned} reminders");
    let counted = |count: usize, what: &str| assert!(count > 0, "no {what}");
    let db = &system.core().db;
    counted(db.read(|r| r.all_reverse_from::<Recurrence>(None, 9)).unwrap().len(), "recurrence");
    counted(db.read(|r| r.all_reverse_from::<RequestTemplate>(None, 9)).unwrap().len(), "template");
    let comments: Vec<Comment> = db.read(|r| r.all_reverse_from(None, 100)).unwrap();
    counted(comments.iter().filter(|comment| !comment.files.is_empty()).count(), "attachment");
    let mails: Vec<Mail> = db.read(|r| r.all_reverse_from(None, 100)).unwrap();
    let of = |name: &str| mails.iter().filter(|mail| mail.letter.name() == name).count();
    counted(of("request-news"), "mail that asks");
    counted(of("request-reminder"), "mail that reminds");
}

#[tokio::test(flavor = "multi_thread")]
async fn something_waits_for_its_first_contact_at_both_clients() {
    let (guest, _system, demo, _data) = demo().await;
    let first = &demo.logins[1];
    let Ok(LoggedIn::In(session)) = guest.log_in(first.email, &first.password, "curl").await else {
        panic!("{} cannot log in", first.email)
    };
    let person = guest.person(&session.cookie.text()).unwrap();
    let todo = person.todo(50).unwrap();
    assert_eq!(todo.len(), 2, "clients at which something waits");
    let asked: Vec<Id<Request>> =
        todo.iter().flat_map(|client| &client.todo.open).map(|row| row.request.id).collect();
    assert!(asked.len() >= 4, "{} requests", asked.len());
    let whole = asked.iter().any(|id| {
        let sheet: Sheet = person.read(|r| r.need(Sheet::of(*id))).unwrap();
        let has = |is: fn(&Ask) -> bool| sheet.entries.iter().any(|entry| is(&entry.item.ask));
        has(|ask| matches!(ask, Ask::Upload { .. }))
            && has(|ask| matches!(ask, Ask::Question(_)))
            && has(|ask| matches!(ask, Ask::Confirm { .. }))
            && sheet.entries.iter().all(|entry| entry.answer.is_none())
    });
    assert!(whole, "nothing asks for a file, an answer and a confirmation");
}
