use jiff::SignedDuration;

use super::kit::{Asking, Firm, firm, question, typed};

use crate::model::contact::Contact;
use crate::model::file::{Audience, Author};
use crate::model::membership::{Access, Areas};
use crate::model::request::{PortalStage, Question, Stage};

fn names(firm: &Firm, who: &Contact) -> Vec<String> {
    let todo = firm.portal(who).todo(None, 50).unwrap();
    assert_eq!(todo.open.len(), firm.portal(who).todo_count().unwrap());
    todo.open.iter().map(|row| row.request.title.to_string()).collect()
}

#[tokio::test]
async fn what_is_due_soonest_comes_first_and_overdue_is_said() {
    let firm = firm().await; // on 2 March
    for (title, due) in
        [("Later", None), ("In May", Some("2026-05-01")), ("Over", Some("2026-03-01"))]
    {
        firm.ask(Asking { title, due, ..Asking::default() }).await;
    }
    let mayas = Audience::Named(vec![firm.maya.id]);
    firm.ask(Asking {
        title: "Today",
        due: Some("2026-03-02"),
        audience: mayas,
        ..Asking::default()
    })
    .await;
    assert_eq!(names(&firm, &firm.maya), ["Over", "Today", "In May", "Later"]);
    assert_eq!(names(&firm, &firm.noor), ["Over", "In May", "Later"]);
    let todo = firm.portal(&firm.maya).todo(None, 50).unwrap();
    let overdue: Vec<_> = todo.open.iter().map(|row| (row.overdue, row.days)).collect();
    assert_eq!(overdue, [(true, Some(-1)), (false, Some(0)), (false, Some(60)), (false, None)]);
    let next = firm.portal(&firm.maya).next_todo(2).unwrap();
    assert_eq!(next, todo.open[..2]);
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let firm = firm().await;
    for day in 1..=9 {
        let due = format!("2026-04-0{}", day % 4 + 1);
        let audience = match day % 2 {
            0 => Audience::Everyone,
            _ => Audience::Named(vec![firm.maya.id, firm.noor.id]),
        };
        firm.ask(Asking {
            title: &format!("{day}"),
            due: Some(&due),
            audience,
            ..Asking::default()
        })
        .await;
    }
    let (portal, mut paged, mut after) = (firm.portal(&firm.maya), Vec::new(), None);
    loop {
        let page = portal.todo(after, 2).unwrap();
        paged.extend(page.open);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, portal.todo(None, 50).unwrap().open);
    assert_eq!((paged.len(), portal.todo_count().unwrap()), (9, 9));
}

#[tokio::test]
async fn what_is_handed_in_is_done_and_what_is_withdrawn_is_on_no_list() {
    let firm = firm().await;
    let sam = Author::of(&firm.staff);
    let mut ids = Vec::new();
    for title in ["First", "Second", "Third", "Gone", "Draft"] {
        ids.push(firm.ask(Asking { title, ..Asking::default() }).await);
    }
    let sent = firm.office.clock.now();
    for id in &ids[..3] {
        firm.office.clock.advance(SignedDuration::from_mins(1));
        let (at, by) = (firm.office.clock.now(), sam.clone());
        firm.change(*id, move |whole| whole.request.stage = Stage::Completed { sent, at, by })
            .await;
    }
    let by = sam.clone();
    firm.change(ids[3], move |w| w.request.stage = Stage::Withdrawn { sent, at: sent, by }).await;
    firm.change(ids[4], |whole| whole.request.stage = Stage::Draft).await;
    let portal = firm.portal(&firm.maya);
    let page = portal.completed(None, 2).unwrap();
    let titles = |rows: &[crate::model::request::PortalRequest]| {
        rows.iter().map(|row| row.title.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&page.rows), ["Third", "Second"]);
    let rest = portal.completed(page.next, 2).unwrap();
    assert_eq!((titles(&rest.rows), rest.next), (vec!["First".to_owned()], None));
    assert_eq!(portal.todo_count().unwrap(), 0);
    assert_eq!(portal.request(ids[3]).unwrap().request.stage, PortalStage::Withdrawn);
    assert!(portal.request(ids[4]).is_err());
}

#[tokio::test]
async fn whoever_has_no_requests_has_nothing_to_do() {
    let firm = firm().await;
    let id = firm.ask(Asking::default()).await;
    firm.areas(&firm.noor, Areas { requests: false, ..Areas::ALL }).await;
    let portal = firm.portal(&firm.noor);
    assert!(portal.todo(None, 50).unwrap().open.is_empty());
    assert!(portal.completed(None, 50).unwrap().rows.is_empty());
    assert!(portal.next_todo(3).unwrap().is_empty() && portal.todo_count().unwrap() == 0);
    assert!(portal.request(id).is_err());
    assert!(firm.person(&firm.noor).todo(50).unwrap().is_empty());
}

#[tokio::test]
async fn one_list_gathers_all_clients_of_a_person() {
    let firm = firm().await;
    let since = firm.office.clock.now();
    let cedar = firm.office.client("Cedar").await;
    firm.office.tie(&firm.maya, &firm.beech, Access::Given { since }).await;
    firm.office.tie(&firm.maya, &cedar, Access::Given { since }).await;
    let dogwood = firm.office.client("Dogwood").await;
    firm.office.tie(&firm.maya, &dogwood, Access::None).await;
    firm.ask(Asking { title: "Later", due: Some("2026-06-01"), ..Asking::default() }).await;
    let soon = Asking { title: "Soon", due: Some("2026-03-09"), ..Asking::default() };
    firm.ask_client(&firm.beech, soon).await;
    firm.ask_client(&dogwood, Asking::default()).await;
    let all = firm.person(&firm.maya).todo(50).unwrap();
    let rows: Vec<_> = all
        .iter()
        .map(|of| (of.client.name.to_string(), of.todo.open[0].request.title.to_string()))
        .collect();
    let pair = |client: &str, title: &str| (client.to_owned(), title.to_owned());
    assert_eq!(rows, [pair("Beech", "Soon"), pair("Alder Ltd", "Later")]);
}

#[tokio::test]
async fn progress_counts_what_appears_and_what_was_sent_back() {
    let firm = firm().await;
    let items = vec![question(1, "Van?", Question::YesNo), question(2, "Miles", Question::Number)];
    let id = firm.ask(Asking { items, ..Asking::default() }).await;
    firm.answer(&firm.maya, id, 1, typed("yes")).await.unwrap();
    let row = firm.portal(&firm.noor).next_todo(1).unwrap().remove(0).request;
    assert_eq!((row.done, row.of, row.stage), (1, 2, PortalStage::InProgress));
}
