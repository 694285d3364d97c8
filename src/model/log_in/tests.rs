use jiff::SignedDuration;

use super::*;
use crate::model::membership::Access;
use crate::model::staff::{Role, Staff, StaffState};
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{LoggedIn, login::Who};

const NAOMI: &str = "naomi@marlow.example";

/// The sentence at the password, or the limit.
async fn refused(office: &Office, address: &str, password: &str) -> String {
    match office.guest.log_in(address, password, "").await {
        Err(Error::Invalid(fields)) => fields["password"].clone(),
        Err(other @ Error::TooMany { .. }) => other.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_password_opens_the_door_of_whom_it_is() {
    let office = office().await;
    let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let client = office.client("Marlow Ceramics").await;
    let naomi = office.member("Naomi", NAOMI, &client).await;

    office.clock.advance(SignedDuration::from_hours(1));
    let staff = office.log_in("Priya@AlderFinch.example", PASSWORD).await.text();
    assert_eq!(office.guest.console(&staff).unwrap().me().id, priya.id);
    let contact = office.log_in(NAOMI, PASSWORD).await.text();
    assert_eq!(office.guest.person(&contact).unwrap().me().id, naomi.id);
    assert!(matches!(office.guest.console(&contact), Err(Error::NotFound)));
    assert!(matches!(office.guest.person(&staff), Err(Error::NotFound)));

    let last: Vec<Login> = office.all();
    assert!(last.iter().all(|login| login.last == office.clock.now()));
    let sessions: Vec<Session> = office.all();
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|s| s.from == Some("203.0.113.7".parse().unwrap())));
    assert_eq!(office.said(), ["logged in", "logged in"]);
}

#[tokio::test]
async fn who_is_unknown_wrong_or_gone_hears_the_same() {
    let office = office().await;
    let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let gone = Staff { state: StaffState::Removed, ..priya };
    office.put(gone).await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office.contact("Owen", "Marlow", "owen@marlow.example").await;
    for (address, password) in [
        (NAOMI, "not the right one"),
        ("nobody@marlow.example", PASSWORD),
        ("owen@marlow.example", PASSWORD),
        ("priya@alderfinch.example", PASSWORD),
        (NAOMI, &"long".repeat(200)),
    ] {
        assert_eq!(refused(&office, address, password).await, NOT_RIGHT, "{address}");
    }
    assert_eq!(refused(&office, NAOMI, "").await, "Type your password");
    let Err(Error::Invalid(fields)) = office.guest.log_in("naomi", "x", "").await else {
        panic!("no address")
    };
    assert!(fields.contains_key("email"));
    assert!(office.all::<Session>().is_empty() && office.said().is_empty());
}

#[tokio::test]
async fn ten_failures_make_an_account_wait_and_success_forgives_them() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    for _ in 0..9 {
        refused(&office, NAOMI, "wrong").await;
    }
    office.log_in(NAOMI, PASSWORD).await;
    for _ in 0..10 {
        assert_eq!(refused(&office, NAOMI, "wrong").await, NOT_RIGHT);
    }
    let wait = "Too many tries. Try again in 15 minutes.";
    assert_eq!(refused(&office, NAOMI, PASSWORD).await, wait);
    let elsewhere = office.guest.at("198.51.100.1".parse().unwrap());
    assert!(elsewhere.log_in(NAOMI, PASSWORD, "").await.is_err(), "wherever it is tried from");
    office.clock.advance(SignedDuration::from_mins(15));
    office.log_in(NAOMI, PASSWORD).await;
}

#[tokio::test]
async fn fifty_failures_make_a_network_wait() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    for n in 0..50 {
        let address = format!("nobody{n}@marlow.example");
        office.system.core().guessed_wrong(&address, office.guest.from());
    }
    assert!(refused(&office, NAOMI, PASSWORD).await.starts_with("Too many"));
    let elsewhere = office.guest.at("198.51.100.1".parse().unwrap());
    assert!(elsewhere.log_in(NAOMI, PASSWORD, "").await.is_ok());
}

#[tokio::test]
async fn guesses_sent_all_at_once_do_not_pass_the_limit() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let guess = || refused(&office, NAOMI, "wrong");
    let answers = futures_util::future::join_all((0..24).map(|_| guess())).await;
    assert_eq!(answers.iter().filter(|answer| *answer == NOT_RIGHT).count(), 10);
}

#[tokio::test]
async fn the_password_picks_among_the_people_of_a_mailbox() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    let naomi = office.member("Naomi", NAOMI, &client).await;
    let owen = office.contact("Owen", "Marlow", NAOMI).await;
    office.login(Who::Contact(owen.id), NAOMI, "his own long password").await;
    let cookie = office.log_in(NAOMI, "his own long password").await.text();
    assert_eq!(office.guest.person(&cookie).unwrap().me().id, owen.id);
    let cookie = office.log_in(NAOMI, PASSWORD).await.text();
    assert_eq!(office.guest.person(&cookie).unwrap().me().id, naomi.id);
}

#[tokio::test]
async fn names_are_offered_only_when_the_password_fits_several() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office.tick();
    office.member("Owen", NAOMI, &client).await;
    let stranger = office.member("Ada", "ada@other.example", &client).await;
    let choose = office.guest.log_in(NAOMI, PASSWORD, "curl/8").await.unwrap();
    let LoggedIn::Choose { ticket, names } = choose else { panic!("{choose:?}") };
    let (ticket, shown) = (ticket.text(), names.iter().map(|(_, name)| name.as_str()));
    assert_eq!(shown.collect::<Vec<_>>(), ["Naomi Marlow", "Owen Marlow"]);
    assert!(office.said().is_empty(), "nobody is in yet");

    let logins: Vec<Login> = office.all();
    let other = logins.iter().find(|login| login.who == Who::Contact(stranger.id)).unwrap().id;
    let guest = &office.guest;
    assert!(matches!(guest.log_in_as(&ticket, other, "").await, Err(Error::Gone(_))));
    let session = guest.log_in_as(&ticket, names[1].0, "").await.unwrap();
    let person = guest.person(&session.cookie.text()).unwrap();
    assert_eq!(person.me().full_name(), "Owen Marlow");
    assert!(matches!(guest.log_in_as(&ticket, names[0].0, "").await, Err(Error::Gone(_))), "once");
}

#[tokio::test]
async fn a_choice_ends_with_its_time_and_with_the_password() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office.member("Owen", NAOMI, &client).await;
    let offer = || async {
        match office.guest.log_in(NAOMI, PASSWORD, "").await {
            Ok(LoggedIn::Choose { ticket, names }) => (ticket.text(), names[0].0),
            other => panic!("{other:?}"),
        }
    };
    let (ticket, login) = offer().await;
    office.clock.advance(SignedDuration::from_mins(10));
    let late = office.guest.log_in_as(&ticket, login, "").await;
    assert!(matches!(late, Err(Error::Gone(_))));
    let (ticket, login) = offer().await;
    office.write(move |tx| crate::model::link::end_links(tx, login)).await;
    let ended = office.guest.log_in_as(&ticket, login, "").await;
    assert!(matches!(ended, Err(Error::Gone(_))));
}

#[tokio::test]
async fn a_contact_whose_access_is_removed_logs_in_to_nothing() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    let naomi = office.member("Naomi", NAOMI, &client).await;
    let mut tie: Vec<crate::model::membership::Membership> = office.all();
    tie[0].access = Access::Removed { since: office.clock.now() };
    office.put(tie.remove(0)).await;
    let cookie = office.log_in(NAOMI, PASSWORD).await.text();
    let person = office.guest.person(&cookie).unwrap();
    assert_eq!((person.me().id, person.clients().unwrap().len()), (naomi.id, 0));
}

#[tokio::test]
async fn a_password_hashed_at_other_costs_is_hashed_anew() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let mut login: Login = office.all().remove(0);
    let old = "$argon2id$v=19$m=256,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";
    let params = argon2::Params::new(256, 1, 1, None).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut out = [0; 32];
    argon2.hash_password_into(PASSWORD.as_bytes(), b"somesaltsomesalt", &mut out).unwrap();
    let out = argon2::password_hash::phc::Output::new(&out).unwrap();
    login.password = format!("{old}{out}");
    office.put(login.clone()).await;
    office.log_in(NAOMI, PASSWORD).await;
    let fresh: Login = office.get(login.id).unwrap();
    assert!(fresh.password.contains("$m=19456,t=2,p=1$"), "{}", fresh.password);
    office.log_in(NAOMI, PASSWORD).await;
}

#[tokio::test]
async fn logging_out_ends_the_session_and_may_be_repeated() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let cookie = office.log_in(NAOMI, PASSWORD).await.text();
    let other = office.log_in(NAOMI, PASSWORD).await.text();
    for _ in 0..2 {
        office.guest.log_out(&cookie).await.unwrap();
    }
    assert!(matches!(office.guest.person(&cookie), Err(Error::SignIn)));
    assert!(office.guest.person(&other).is_ok());
    office.guest.log_out("no cookie of ours").await.unwrap();
}

#[tokio::test]
async fn a_session_ends_unused_and_in_any_case() {
    let office = office().await;
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    for (address, idle, days) in [("priya@alderfinch.example", 12, 7), (NAOMI, 24, 30)] {
        let cookie = office.log_in(address, PASSWORD).await.text();
        office.clock.advance(SignedDuration::from_hours(idle));
        assert!(matches!(office.guest.who(&cookie), Err(Error::SignIn)), "{address}, unused");
        let cookie = office.log_in(address, PASSWORD).await.text();
        for _ in 0..(days * 24 - 1) / (idle - 1) {
            office.clock.advance(SignedDuration::from_hours(idle - 1));
            assert!(office.guest.who(&cookie).is_ok(), "{address}, in use");
        }
        office.clock.advance(SignedDuration::from_hours(idle - 1));
        assert!(matches!(office.guest.who(&cookie), Err(Error::SignIn)), "{address}, at most");
    }
}
