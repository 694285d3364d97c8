use jiff::SignedDuration;

use super::*;
use crate::model::inviting::tests::{desk, invite, newest_link, queued};
use crate::model::link::Purpose;
use crate::model::testing::{Office, PASSWORD};

const ADDRESS: &str = "maya@alder.example";
const CHOSEN: &str = "violet tractor sings softly";

fn late_tries(office: &Office) -> usize {
    office.said().iter().filter(|what| what.contains("tried to accept")).count()
}

#[tokio::test]
async fn guesses_at_the_page_of_an_invite_count_as_they_do_at_the_log_in() {
    let (office, console, client, contact, tie) = desk().await;
    office.login(Who::Contact(contact.id), ADDRESS, PASSWORD).await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    let core = office.guest.core();
    for _ in 0..9 {
        core.guessed_wrong(&contact.primary().unwrap().key(), None);
    }
    let log_in =
        |password: &str| office.guest.accept_invite_logging_in(&token, password.into(), None, "");
    assert!(matches!(log_in("a wrong guess").await, Err(Error::Invalid(_))));
    assert!(matches!(log_in(PASSWORD).await, Err(Error::TooMany { .. })));
    let elsewhere = office.guest.log_in(ADDRESS, PASSWORD, "").await;
    assert!(matches!(elsewhere, Err(Error::TooMany { .. })), "the same count");
    office.clock.advance(SignedDuration::from_mins(16));
    assert!(log_in(PASSWORD).await.unwrap().cookie.is_some());
}

#[tokio::test]
async fn guesses_at_the_page_of_an_invite_count_for_the_network() {
    let (office, console, client, contact, tie) = desk().await;
    office.login(Who::Contact(contact.id), ADDRESS, PASSWORD).await;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    for n in 0..50 {
        let account = format!("{n}@x.example");
        office.guest.core().guessed_wrong(&account, office.guest.from());
    }
    let here = office.guest.accept_invite_logging_in(&token, PASSWORD.into(), None, "").await;
    assert!(matches!(here, Err(Error::TooMany { .. })));
    let home = office.guest.at("198.51.100.4".parse().unwrap());
    assert!(home.accept_invite_logging_in(&token, PASSWORD.into(), None, "").await.is_ok());
}

#[tokio::test]
async fn late_tries_are_told_once_an_hour() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let token = newest_link(&office);
    office.clock.set(office.get(id).unwrap().expires);
    for _ in 0..5 {
        let late = office.guest.accept_invite(&token, CHOSEN, None, "").await;
        assert!(matches!(late, Err(Error::Gone("This invite has expired."))));
    }
    assert_eq!(late_tries(&office), 1);
    office.clock.advance(SignedDuration::from_mins(61));
    assert!(office.guest.accept_invite(&token, CHOSEN, None, "").await.is_err());
    assert_eq!(late_tries(&office), 2);
}

#[tokio::test]
async fn what_was_taken_back_is_not_renewed_and_says_so() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let token = newest_link(&office);
    assert!(matches!(office.guest.renew_invite(&token).await, Err(Error::Refused(_))));
    console.revoke_invite(id).await.unwrap();
    let renewed = office.guest.renew_invite(&token).await;
    assert!(matches!(renewed, Err(Error::Gone("This invite was taken back."))));
    let at = office.clock.now();
    let replaced = Invite { state: InviteState::Replaced { at }, ..office.get(id).unwrap() };
    office.put(replaced).await;
    let renewed = office.guest.renew_invite(&token).await;
    assert!(matches!(renewed, Err(Error::Gone(why)) if why.contains("replaced")));
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test]
async fn renewing_counts_for_the_network_that_asks() {
    let (office, console, client, _, tie) = desk().await;
    let id = queued(&invite(&console, &client, tie, "").await);
    let token = newest_link(&office);
    office.clock.set(office.get(id).unwrap().expires);
    let (core, now) = (office.guest.core(), office.clock.now());
    for _ in 0..30 {
        core.limits.fail(Limit::ForgotNetwork, &office.guest.network(), now);
    }
    assert!(matches!(office.guest.renew_invite(&token).await, Err(Error::TooMany { .. })));
    let home = office.guest.at("198.51.100.4".parse().unwrap());
    assert!(home.renew_invite(&token).await.is_ok());
}

#[tokio::test]
async fn whoever_tries_many_links_has_to_wait() {
    let (office, console, client, contact, tie) = desk().await;
    let login = office.login(Who::Contact(contact.id), ADDRESS, PASSWORD).await.id;
    invite(&console, &client, tie, "").await;
    let token = newest_link(&office);
    let expires = office.clock.now() + SignedDuration::from_hours(1);
    let reset = office.write(move |tx| tx.link(Purpose::Reset(login), expires)).await;
    let reset = reset.token(&office.guest.core().keys).text();
    let guest = &office.guest;
    for n in 0_u8..7 {
        let never_made = Token::from_bytes([n; 32]).text();
        assert!(matches!(guest.invite_page(&never_made, None), Err(Error::NotFound)));
        assert!(matches!(guest.reset_page(&never_made), Err(Error::Gone(_))));
        if n < 6 {
            assert!(matches!(guest.verify_address_page(&never_made), Err(Error::Gone(_))));
        }
    }
    assert!(matches!(guest.invite_page(&token, None), Err(Error::TooMany { .. })));
    assert!(matches!(guest.reset_page(&reset), Err(Error::TooMany { .. })));
    assert!(matches!(guest.verify_address(&reset).await, Err(Error::TooMany { .. })));
    let home = guest.at("198.51.100.4".parse().unwrap());
    assert!(home.invite_page(&token, None).is_ok(), "others are not hit");
    office.clock.advance(SignedDuration::from_mins(1));
    for _ in 0..40 {
        assert!(guest.invite_page(&token, None).is_ok(), "links that were made do not count");
    }
    assert!(guest.reset_page(&reset).is_ok());
}
