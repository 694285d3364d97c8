use super::*;
use crate::model::link::find;
use crate::model::outbox::Mail;
use crate::model::session::Session;
use crate::model::staff::{Role, Staff};
use crate::model::testing::{Office, PASSWORD, office};
use crate::values::Token;

const NAOMI: &str = "naomi@marlow.example";
const NEW: &str = "seven green bicycles";

/// The tokens of a mail's links, as the mail's text will carry them.
fn tokens(office: &Office, mail: &Mail) -> Vec<String> {
    let link = |id| office.get::<Link>(id).unwrap().token(&office.system.core().keys).text();
    mail.letter.links().into_iter().map(link).collect()
}

async fn forgotten(office: &Office) -> String {
    office.tick();
    office.guest.forgot(NAOMI).await.unwrap();
    tokens(office, office.mails().last().unwrap()).remove(0)
}

fn gone<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Gone(_)))
}

#[tokio::test]
async fn only_a_known_address_gets_a_mail() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office.contact("Owen", "Marlow", "owen@marlow.example").await;
    for address in [NAOMI, "owen@marlow.example", "nobody@marlow.example", "NAOMI@marlow.example"] {
        office.tick();
        office.guest.forgot(address).await.unwrap();
    }
    let mails = office.mails();
    let sent: Vec<_> = mails.iter().map(|m| (m.letter.name(), m.to.as_str())).collect();
    let expected = [("reset", NAOMI), ("no-access", "owen@marlow.example"), ("reset", NAOMI)];
    assert_eq!(sent, expected);
    assert!(matches!(office.guest.forgot("nobody").await, Err(Error::Invalid(_))));
    assert_eq!(office.all::<Link>().len(), 3, "two that work, and one for all strangers");
}

#[tokio::test]
async fn a_known_and_an_unknown_address_hit_the_same_limit() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    for address in [NAOMI, "nobody@marlow.example"] {
        for _ in 0..3 {
            office.guest.forgot(address).await.unwrap();
        }
        let fourth = office.guest.forgot(address).await;
        assert!(matches!(fourth, Err(Error::TooMany { .. })), "{address}");
    }
    assert_eq!(office.mails().len(), 3);
}

#[tokio::test]
async fn a_shared_mailbox_gets_one_mail_with_a_link_for_each_name() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    office.member("Owen", NAOMI, &client).await;
    office.guest.forgot(NAOMI).await.unwrap();
    let mails = office.mails();
    assert_eq!((mails.len(), mails[0].to_name.as_str()), (1, ""));
    let mut names: Vec<String> = tokens(&office, &mails[0])
        .iter()
        .map(|token| office.guest.reset_page(token).unwrap().name)
        .collect();
    names.sort();
    assert_eq!(names, ["Naomi Marlow", "Owen Marlow"]);
}

#[tokio::test]
async fn a_new_password_logs_in_and_ends_everything_older() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let before = office.log_in(NAOMI, PASSWORD).await.text();
    let (older, token) = (forgotten(&office).await, forgotten(&office).await);
    let generation = office.said().len();
    for _ in 0..3 {
        assert_eq!(office.guest.reset_page(&token).unwrap().address.as_str(), NAOMI);
    }
    assert_eq!(office.said().len(), generation, "looking writes nothing");

    office.tick();
    let session = office.guest.reset_password(&token, NEW, "curl/8").await.unwrap();
    assert!(office.guest.person(&session.cookie.text()).is_ok());
    assert!(matches!(office.guest.person(&before), Err(Error::SignIn)));
    assert!(gone(office.guest.reset_page(&token)) && gone(office.guest.reset_page(&older)));
    assert!(gone(office.guest.reset_password(&older, NEW, "").await));
    assert!(office.guest.log_in(NAOMI, PASSWORD, "").await.is_err());
    office.log_in(NAOMI, NEW).await;
    let mails = office.mails();
    assert_eq!(mails.last().unwrap().letter.name(), "password-changed");
    assert_eq!(mails.last().unwrap().to.as_str(), NAOMI);
}

#[tokio::test]
async fn a_poor_password_spends_nothing() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let token = forgotten(&office).await;
    for poor in ["", "short", "naomi marlow", "Alder & Finch", "password123"] {
        let Err(Error::Invalid(fields)) = office.guest.reset_password(&token, poor, "").await
        else {
            panic!("{poor} is taken")
        };
        assert!(fields.contains_key("password"), "{poor}");
    }
    assert!(office.guest.reset_password(&token, NEW, "").await.is_ok());
}

#[tokio::test]
async fn a_link_ends_after_an_hour_and_no_other_link_will_do() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let token = forgotten(&office).await;
    office.clock.advance(SignedDuration::from_mins(60) - SignedDuration::from_secs(1));
    assert!(office.guest.reset_page(&token).is_ok());
    office.clock.advance(SignedDuration::from_secs(1));
    assert!(gone(office.guest.reset_page(&token)));
    let login = office.all::<Login>()[0].id;
    let other = office
        .write(move |tx| {
            let purpose = Purpose::Address { login, address: NAOMI.to_owned().try_into().unwrap() };
            let link = tx.link(purpose, tx.now() + RESET_LIFE)?;
            Ok(link.token(tx.keys()).text())
        })
        .await;
    let unknown = Token::from_bytes([0; 32]).text();
    for token in [other.as_str(), &unknown, "", "no token"] {
        assert!(gone(office.guest.reset_page(token)), "{token}");
    }
    let r = office.system.core().db.read(|r| Ok(find(r, &other)?.is_some())).unwrap();
    assert!(r, "it is there, for its own purpose");
}

#[tokio::test]
async fn the_link_of_somebody_who_left_has_ended() {
    let office = office().await;
    let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    office.guest.forgot("priya@alderfinch.example").await.unwrap();
    let token = tokens(&office, &office.mails()[0]).remove(0);
    assert_eq!(office.guest.reset_page(&token).unwrap().name, "Priya Nair");
    let state = crate::model::staff::StaffState::Removed;
    office.put(Staff { state, ..priya }).await;
    assert!(gone(office.guest.reset_password(&token, NEW, "").await));
    office.guest.forgot("priya@alderfinch.example").await.unwrap();
    assert_eq!(office.mails().len(), 1, "and no other comes");
}

#[tokio::test]
async fn of_parallel_submits_one_wins() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let token = forgotten(&office).await;
    let submit = || office.guest.reset_password(&token, NEW, "");
    let done = futures_util::future::join_all((0..8).map(|_| submit())).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(office.all::<Session>().len(), 1);
}

#[tokio::test]
async fn the_terminal_prints_a_link_for_staff_only() {
    let office = office().await;
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Owner).await;
    let client = office.client("Marlow Ceramics").await;
    office.member("Naomi", NAOMI, &client).await;
    let url = office.system.recover("priya@alderfinch.example").await.unwrap();
    let token = url.strip_prefix("https://portal.alderfinch.example/reset/").unwrap();
    office.tick();
    let session = office.guest.reset_password(token, NEW, "").await.unwrap();
    assert!(office.guest.console(&session.cookie.text()).is_ok());
    assert!(office.said()[0].contains("printed a link with which Priya Nair can choose"));
    let refused = office.system.recover(NAOMI).await.unwrap_err().to_string();
    assert_eq!(refused, "No member of staff logs in with naomi@marlow.example.");
}

#[tokio::test]
async fn one_network_cannot_cause_mails_for_many_addresses() {
    let office = office().await;
    for n in 0..30 {
        office.guest.forgot(&format!("{n}@x.example")).await.unwrap();
    }
    let more = office.guest.forgot("one@more.example").await;
    assert!(matches!(more, Err(Error::TooMany { .. })));
    let home = office.guest.at("198.51.100.4".parse().unwrap());
    assert!(home.forgot("one@more.example").await.is_ok());
    office.clock.advance(SignedDuration::from_hours(1));
    assert!(office.guest.forgot("one@more.example").await.is_ok());
}
