use jiff::SignedDuration;

use super::*;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

const NAOMI: &str = "naomi@marlow.example";
const PRIYA: &str = "priya@alderfinch.example";
const NEW: &str = "seven green bicycles";

/// The account of whoever holds this cookie, by their own door.
fn account(office: &Office, cookie: &str) -> Account {
    match office.guest.console(cookie) {
        Ok(console) => console.account(),
        Err(_) => office.guest.person(cookie).unwrap().account(),
    }
}

async fn staffed() -> Office {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office
}

fn wrong(result: Result<()>) -> Vec<String> {
    match result {
        Err(Error::Invalid(fields)) => fields.keys().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_changed_password_keeps_this_browser_and_ends_the_others() {
    let office = staffed().await;
    for address in [PRIYA, NAOMI] {
        let here = office.log_in(address, PASSWORD).await.text();
        let there = office.log_in(address, PASSWORD).await.text();
        office.tick();
        office.guest.forgot(address).await.unwrap();
        let link = office.mails().last().unwrap().letter.links()[0];
        let account = account(&office, &here);
        assert_eq!(wrong(account.change_password("wrong", NEW, "").await), ["current"]);
        assert_eq!(wrong(account.change_password("", NEW, "").await), ["current"]);
        assert_eq!(wrong(account.change_password(PASSWORD, "short", "").await), ["new"]);
        office.tick();
        account.change_password(PASSWORD, NEW, "").await.unwrap();
        assert!(office.guest.who(&here).is_ok());
        assert!(matches!(office.guest.who(&there), Err(Error::SignIn)));
        assert!(office.get(link).is_none(), "no link to a new password is left");
        assert!(office.guest.log_in(address, PASSWORD, "").await.is_err());
        office.log_in(address, NEW).await;
        let mail = office.mails().pop().unwrap();
        assert_eq!((mail.letter.name(), mail.to.as_str()), ("password-changed", address));
        assert!(office.said().contains(&"changed their password".to_owned()));
    }
}

#[tokio::test]
async fn wrong_guesses_at_the_current_password_are_limited() {
    let office = staffed().await;
    let cookie = office.log_in(NAOMI, PASSWORD).await.text();
    let account = account(&office, &cookie);
    for _ in 0..10 {
        wrong(account.change_password("wrong", NEW, "").await);
    }
    let refused = account.change_password(PASSWORD, NEW, "").await;
    assert!(matches!(refused, Err(Error::TooMany { .. })));
}

#[tokio::test]
async fn devices_are_listed_and_can_be_logged_out() {
    let office = staffed().await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
    let log_in = |agent: &'static str| {
        let guest = office.guest.at("198.51.100.9".parse().unwrap());
        async move {
            match guest.log_in(NAOMI, PASSWORD, agent).await.unwrap() {
                crate::model::LoggedIn::In(session) => session.cookie.text(),
                other @ crate::model::LoggedIn::Choose { .. } => panic!("{other:?}"),
            }
        }
    };
    let phone = log_in("Mozilla/5.0 (iPhone) Safari/604").await;
    office.clock.advance(SignedDuration::from_mins(5));
    let here = log_in(firefox).await;
    office.clock.advance(SignedDuration::from_mins(5));
    office.guest.who(&phone).unwrap();

    let account = account(&office, &here);
    let devices = account.devices().unwrap();
    let seen: Vec<_> = devices.iter().map(|d| (d.name.as_str(), d.current)).collect();
    assert_eq!(seen, [("Firefox on Linux", true), ("Safari on iPhone", false)]);
    assert_eq!(devices[1].seen, office.clock.now(), "though it is not written down yet");
    assert_eq!(devices[1].from, Some("198.51.100.9".parse().unwrap()));

    let stranger = office.log_in(PRIYA, PASSWORD).await.text();
    let theirs = super::tests::account(&office, &stranger);
    let refused = theirs.end_session(devices[1].id).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    account.end_session(devices[1].id).await.unwrap();
    assert!(matches!(office.guest.who(&phone), Err(Error::SignIn)));
    assert!(office.said().contains(&"logged out Safari on iPhone from afar".to_owned()));

    log_in(firefox).await;
    log_in(firefox).await;
    assert_eq!(account.end_other_sessions().await.unwrap(), 2);
    assert_eq!(account.end_other_sessions().await.unwrap(), 0);
    assert_eq!(account.devices().unwrap().len(), 1);
    assert!(office.guest.who(&here).is_ok() && office.guest.who(&stranger).is_ok());
}
