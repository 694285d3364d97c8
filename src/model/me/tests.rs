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
    assert!(!person.edit_me(same.clone()).await.unwrap());
    assert_eq!(office.get::<Contact>(contact.id).unwrap().edited_by_contact, None);

    let number = Phone::parse("+44 7700 900412").unwrap();
    let phones = vec![ContactPhone { number, kind: Place::Personal }];
    let last = Some(PersonName::parse("Marlow-Reed").unwrap());
    assert!(person.edit_me(AboutContact { last, phones, ..same }).await.unwrap());
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
