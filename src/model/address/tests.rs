use super::*;
use crate::model::activity::Entry;
use crate::model::membership::Access;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

const OLD: &str = "naomi@marlow.example";
const NEW: &str = "naomi.marlow@kiln.example";

/// Naomi, of two clients, with the cookie of a browser of hers.
async fn naomi() -> (Office, Contact, String) {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    let contact = office.member("Naomi", OLD, &client).await;
    let second = office.client("Marlow Family Trust").await;
    let since = office.clock.now();
    office.tie(&contact, &second, Access::Given { since }).await;
    let cookie = office.log_in(OLD, PASSWORD).await.text();
    (office, contact, cookie)
}

/// Asks for a new address, and gives the token that was mailed there.
async fn ask(office: &Office, cookie: &str, new: &str) -> String {
    office.tick();
    let account = office.guest.person(cookie).unwrap().account();
    account.change_address(new, PASSWORD, "").await.unwrap();
    token(office)
}

fn token(office: &Office) -> String {
    let mails = office.mails();
    let mail = mails.iter().rev().find(|mail| mail.letter.name() == "verify-address").unwrap();
    let link: Link = office.get(mail.letter.links()[0]).unwrap();
    link.token(&office.system.core().keys).text()
}

/// All mails by kind and address.
fn sent(office: &Office) -> Vec<(&'static str, String)> {
    let mails = office.mails().into_iter();
    let mut sent: Vec<_> = mails.map(|m| (m.letter.name(), m.to.to_string())).collect();
    sent.sort();
    sent
}

fn gone<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Gone(_)))
}

#[tokio::test]
async fn nothing_changes_before_the_new_address_is_proved() {
    let (office, contact, cookie) = naomi().await;
    let token = ask(&office, &cookie, NEW).await;
    assert_eq!(sent(&office), [("address-changed", OLD.into()), ("verify-address", NEW.into())]);
    let page = office.guest.verify_address_page(&token).unwrap();
    assert_eq!((page.old.as_str(), page.new.as_str()), (OLD, NEW));
    assert_eq!(page.name, "Naomi Marlow");
    assert!(office.guest.log_in(NEW, PASSWORD, "").await.is_err());
    let stored: Contact = office.get(contact.id).unwrap();
    assert_eq!(stored.primary().unwrap().as_str(), OLD);
}

#[tokio::test]
async fn the_new_address_logs_in_and_everything_else_stays() {
    let (office, contact, cookie) = naomi().await;
    let token = ask(&office, &cookie, NEW).await;
    assert_eq!(office.guest.verify_address(&token).await.unwrap().as_str(), NEW);
    assert!(office.guest.person(&cookie).is_ok(), "sessions stay");
    assert_eq!(office.guest.person(&cookie).unwrap().clients().unwrap().len(), 2, "access stays");
    office.log_in(NEW, PASSWORD).await;
    assert!(office.guest.log_in(OLD, PASSWORD, "").await.is_err());

    let stored: Contact = office.get(contact.id).unwrap();
    let addresses: Vec<_> = stored.emails.iter().map(|e| (e.address.as_str(), e.kind)).collect();
    assert_eq!(addresses, [(NEW, Place::Work), (OLD, Place::Work)]);
    assert_eq!(stored.edited_by_contact, Some(office.clock.now()));
    let addresses = [NEW, OLD, OLD].map(|to| ("address-changed", to.to_owned()));
    assert_eq!(sent(&office)[..3], addresses, "the old one at once, and both when it was done");
    let entries: Vec<Entry> = office.all();
    let seen = entries.iter().filter(|e| e.event == "address-changed" && e.client.is_some());
    assert_eq!(seen.count(), 2, "each client's record shows it");
    assert!(gone(office.guest.verify_address(&token).await), "once");
}

#[tokio::test]
async fn a_further_address_of_the_record_becomes_the_first() {
    let (office, contact, cookie) = naomi().await;
    let mut record: Contact = office.get(contact.id).unwrap();
    let address = NEW.to_owned().try_into().unwrap();
    record.emails.push(ContactEmail { address, kind: Place::Personal });
    office.put(record).await;
    let token = ask(&office, &cookie, &NEW.to_uppercase()).await;
    office.guest.verify_address(&token).await.unwrap();
    let stored: Contact = office.get(contact.id).unwrap();
    let kinds: Vec<_> = stored.emails.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [Place::Personal, Place::Work]);
}

#[tokio::test]
async fn the_last_address_asked_for_counts_and_only_for_a_day() {
    let (office, _, cookie) = naomi().await;
    let first = ask(&office, &cookie, "other@kiln.example").await;
    let second = ask(&office, &cookie, NEW).await;
    assert!(gone(office.guest.verify_address_page(&first)));
    office.clock.advance(SignedDuration::from_hours(24));
    assert!(gone(office.guest.verify_address(&second).await));
    for token in ["", "no token"] {
        assert!(gone(office.guest.verify_address_page(token)));
    }
}

#[tokio::test]
async fn an_address_needs_the_password_and_to_be_another() {
    let (office, _, cookie) = naomi().await;
    let account = office.guest.person(&cookie).unwrap().account();
    for (address, password, field) in [
        ("naomi", PASSWORD, "email"),
        (OLD, PASSWORD, "email"),
        (NEW, "wrong", "password"),
        (NEW, "", "password"),
    ] {
        let Err(Error::Invalid(fields)) = account.change_address(address, password, "").await
        else {
            panic!("{address} is taken")
        };
        assert!(fields.contains_key(field), "{address}: {fields:?}");
    }
    assert!(office.mails().is_empty());
}

#[tokio::test]
async fn a_changed_password_ends_the_proof_that_is_on_its_way() {
    let (office, _, cookie) = naomi().await;
    let token = ask(&office, &cookie, NEW).await;
    let account = office.guest.person(&cookie).unwrap().account();
    account.change_password(PASSWORD, "seven green bicycles", "").await.unwrap();
    assert!(gone(office.guest.verify_address(&token).await));
}

#[tokio::test]
async fn staff_change_their_address_in_the_same_way() {
    let office = office().await;
    let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    let account = office.guest.console(&cookie).unwrap().account();
    account.change_address("pn@alderfinch.example", PASSWORD, "").await.unwrap();
    office.guest.verify_address(&token(&office)).await.unwrap();
    assert_eq!(office.get::<Staff>(priya.id).unwrap().email.as_str(), "pn@alderfinch.example");
    assert!(office.guest.console(&cookie).is_ok());
    assert_eq!(account.address().unwrap().as_str(), "pn@alderfinch.example");
}

#[tokio::test]
async fn two_clicks_send_what_one_click_sends() {
    let (office, _, cookie) = naomi().await;
    let account = office.guest.person(&cookie).unwrap().account();
    for _ in 0..2 {
        let asked = account.change_address(NEW, PASSWORD, "a form").await;
        assert_eq!(asked.unwrap().as_str(), NEW);
    }
    assert_eq!(office.mails().len(), 2, "one to each address");
    let changed = || account.change_password(PASSWORD, "seven green bicycles", "another form");
    changed().await.unwrap();
    changed().await.unwrap();
    assert_eq!(office.mails().len(), 3);
}
