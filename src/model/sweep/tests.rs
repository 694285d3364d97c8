use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::clock::{ClockTrouble, Host};
use crate::model::invite::Invite;
use crate::model::link::Purpose;
use crate::model::staff::Role;
use crate::model::testing::{PASSWORD, office};
use crate::model::{Clock, Open, Overrides, check_folder, open};

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

/// A firm on a host whose clock can be set, in a folder that outlives it.
fn on(host: &Arc<Host>, data: &Path) -> System {
    let clock = Clock::of(host.clone());
    open(Open { data, link_key: None, master_key: None, clock, overrides: Overrides::default() })
        .unwrap()
        .1
}

fn host_at(time: &str) -> Arc<Host> {
    let host = Host::default();
    *host.shows.lock().unwrap() = (time.parse().unwrap(), Duration::ZERO);
    Arc::new(host)
}

#[tokio::test]
async fn a_clock_that_jumps_by_a_year_deletes_nothing_and_revives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let host = host_at("2026-03-02T09:00:00Z");
    let system = on(&host, folder.path());
    let form = Once { id: Id::MIN, at: system.now(), answer: "{}".into() };
    system.tidy(move |tx| tx.put(&form)).await.unwrap();
    let set = |host: &Host, time: &str, minutes: u64| {
        *host.shows.lock().unwrap() = (time.parse().unwrap(), Duration::from_secs(60 * minutes));
    };
    set(&host, "2027-03-02T09:01:00Z", 1);
    assert_eq!(system.sweep_sessions().await.unwrap(), 0, "a year ahead");
    set(&host, "2026-03-02T09:02:00Z", 2);
    assert_eq!(system.sweep_sessions().await.unwrap(), 0, "right again, and it is not a day old");
    set(&host, "2026-03-03T09:02:00Z", 2 + 24 * 60);
    assert_eq!(system.sweep_sessions().await.unwrap(), 1, "a day has passed");
    let last = system.now();
    system.close().await.unwrap();
    drop(system);

    let system = on(&host_at("2025-03-02T09:00:00Z"), folder.path());
    assert!(system.now() >= last, "started again with a clock that is a year behind");
    assert!(matches!(system.clock_trouble(), Some(ClockTrouble::Behind(_))));
    system.close().await.unwrap();
    drop(system);
}

#[tokio::test]
async fn a_clock_that_was_wrong_for_long_is_believed_again_after_a_repair() {
    let folder = tempfile::tempdir().unwrap();
    let system = on(&host_at("2999-01-01T00:00:00Z"), folder.path());
    let form = Once { id: Id::MIN, at: system.now(), answer: "{}".into() };
    system.tidy(move |tx| tx.put(&form)).await.unwrap();
    system.close().await.unwrap();
    drop(system);
    let told = check_folder(folder.path(), true).unwrap().repaired;
    let sentence =
        "the clock of this machine is believed again; it had shown 2999-01-01T00:00:00Z.";
    assert!(told.len() == 1 && told[0].starts_with(sentence), "{told:?}");
    let system = on(&host_at("2026-03-02T09:00:00Z"), folder.path());
    assert_eq!(
        (system.now().to_string(), system.clock_trouble()),
        ("2026-03-02T09:00:00Z".into(), None)
    );
}
