use super::*;
use crate::model::invite::Invite;
use crate::model::link::Purpose;
use crate::model::staff::Role;
use crate::model::testing::{PASSWORD, office};

const PRIYA: &str = "priya@alderfinch.example";

#[tokio::test]
async fn use_is_noted_in_memory_and_written_down_later() {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let cookie = office.log_in(PRIYA, PASSWORD).await.text();
    let start = office.clock.now();
    office.clock.advance(SignedDuration::from_mins(11));
    office.guest.who(&cookie).unwrap();
    assert_eq!(office.all::<Session>()[0].seen, start, "a look at a page writes nothing");
    office.system.note_seen_sessions().await.unwrap();
    assert_eq!(office.all::<Session>()[0].seen, office.clock.now());
    assert!(office.system.core().seen.lock().unwrap().is_empty());
    office.system.note_seen_sessions().await.unwrap();
}

#[tokio::test]
async fn what_was_used_does_not_come_back_after_it_ended() {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let cookie = office.log_in(PRIYA, PASSWORD).await.text();
    office.clock.advance(SignedDuration::from_mins(11));
    office.guest.who(&cookie).unwrap();
    office.guest.log_out(&cookie).await.unwrap();
    office.system.note_seen_sessions().await.unwrap();
    assert!(office.all::<Session>().is_empty());
}

#[tokio::test]
async fn what_has_had_its_time_goes() {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let cookie = office.log_in(PRIYA, PASSWORD).await.text();
    office.guest.forgot(PRIYA).await.unwrap();
    let at = office.clock.now();
    office.put(Once { id: Id::MIN, at, answer: "{}".into() }).await;
    let invite = Purpose::Invite(Id::<Invite>::MIN);
    office.write(move |tx| tx.link(invite, at).map(|_| ())).await;

    office.clock.advance(SignedDuration::from_hours(11));
    office.guest.who(&cookie).unwrap();
    office.clock.advance(SignedDuration::from_hours(11));
    assert_eq!(office.system.sweep_sessions().await.unwrap(), 0, "it was used 11 hours ago");
    office.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(office.system.sweep_sessions().await.unwrap(), 2, "a session and a form");
    office.clock.advance(SignedDuration::from_hours(31 * 24));
    assert_eq!(office.system.sweep_sessions().await.unwrap(), 1, "a link to a new password");
    assert_eq!(office.all::<Link>().len(), 1, "the invite's link stays");
}

#[tokio::test]
async fn an_open_page_does_not_keep_anybody_logged_in() {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let cookie = office.log_in(PRIYA, PASSWORD).await.text();
    let page = office.guest.peeking();
    for _ in 0..11 {
        office.clock.advance(SignedDuration::from_hours(1));
        assert!(page.console(&cookie).is_ok());
    }
    assert!(office.system.core().seen.lock().unwrap().is_empty(), "nobody used it");
    office.clock.advance(SignedDuration::from_hours(1));
    assert!(page.console(&cookie).is_err(), "twelve hours without a request");
    assert!(office.guest.console(&cookie).is_err());
}
