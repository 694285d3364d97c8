use super::*;
use crate::model::activity::Entry;
use crate::model::contact::Place;
use crate::model::membership::Access;
use crate::model::staff::Role;
use crate::model::testing::{PASSWORD, office};
use crate::values::Phone;

#[tokio::test]
async fn the_firm_sees_what_a_contact_changes() {
    let office = office().await;
    let client = office.client("Marlow Ceramics").await;
    let contact = office.member("Naomi", "naomi@marlow.example", &client).await;
    let second = office.client("Marlow Family Trust").await;
    office.tie(&contact, &second, Access::None).await;
    let cookie = office.log_in("naomi@marlow.example", PASSWORD).await.text();
    office.clock.advance(jiff::SignedDuration::from_mins(1));
    let person = office.guest.person(&cookie).unwrap();
    let same =
        AboutContact { first: contact.first.clone(), last: contact.last.clone(), phones: vec![] };
    assert!(!person.edit_me(same.clone(), String::new()).await.unwrap());
    assert_eq!(office.get::<Contact>(contact.id).unwrap().edited_by_contact, None);

    let number = Phone::parse("+44 7700 900412").unwrap();
    let phones = vec![ContactPhone { number, kind: Place::Personal }];
    let last = Some(PersonName::parse("Marlow-Reed").unwrap());
    let (new, seen) = (AboutContact { last, phones, ..same.clone() }, same.edition());
    assert!(person.edit_me(new.clone(), seen.clone()).await.unwrap());
    // A tab that was opened before that does not put the old name back.
    let stale = person.edit_me(same, seen).await;
    assert!(matches!(stale, Err(Error::Invalid(fields)) if fields.contains_key("form")));
    assert!(!person.edit_me(new.clone(), new.edition()).await.unwrap());
    let stored: Contact = office.get(contact.id).unwrap();
    assert_eq!((stored.full_name().as_str(), stored.phones.len()), ("Naomi Marlow-Reed", 1));
    assert_eq!(stored.edited_by_contact, Some(office.clock.now()));
    let what = "changed their name from Naomi Marlow and changed their phone numbers";
    let entries: Vec<Entry> = office.all();
    let mut seen: Vec<_> = entries.iter().filter(|e| e.what == what).map(|e| e.client).collect();
    seen.sort();
    let mut both = [Some(client.id), Some(second.id)];
    both.sort();
    assert_eq!(seen, both);
}

#[tokio::test]
async fn staff_change_their_name_and_notices() {
    let office = office().await;
    let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    let console = office.guest.console(&cookie).unwrap();
    let notices = Notices { accepted: false, bounced: true };
    console.edit_me(AboutStaff { name: priya.name.clone(), notices }).await.unwrap();
    assert_eq!(office.said(), ["logged in"]);
    office.tick();
    let name = FullName::parse("Priya Nair-Cole").unwrap();
    console.edit_me(AboutStaff { name, notices }).await.unwrap();
    let stored: Staff = office.get(priya.id).unwrap();
    assert_eq!((stored.name.as_str(), stored.notices), ("Priya Nair-Cole", notices));
    assert_eq!(office.said()[1], "changed their name from Priya Nair");
}

#[tokio::test]
async fn without_access_to_a_portal_the_record_is_the_firm_s_alone() {
    let office = office().await;
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let staff = office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    let client = office.client("Marlow Ceramics").await;
    let contact = office.member("Naomi", "naomi@marlow.example", &client).await;
    let console = office.guest.console(&staff).unwrap();
    console.remove_access(client.id, contact.id).await.unwrap();

    let cookie = office.log_in("naomi@marlow.example", PASSWORD).await.text();
    let person = office.guest.person(&cookie).unwrap();
    let first = PersonName::parse("Nadia").unwrap();
    let new = AboutContact { first, last: None, phones: vec![] };
    let edited = person.edit_me(new, String::new()).await;
    let why = "You have no access to a portal at present. Ask Alder & Finch.";
    assert!(matches!(edited, Err(Error::Refused(said)) if said == why));
    let moved = person.account().change_address("naomi@new.example", PASSWORD, "").await;
    assert!(matches!(moved, Err(Error::Refused(said)) if said == why));
    assert_eq!(office.get::<Contact>(contact.id).unwrap().first.as_str(), "Naomi");
    assert!(office.mails().iter().all(|mail| mail.to.as_str() != "naomi@new.example"));
}
