use std::collections::BTreeSet;

use super::*;
use crate::model::{Clock, LoggedIn, Open, Overrides, open};

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
