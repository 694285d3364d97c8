//! (tests) Whatever is changed or removed behind the program's back is told, and only that.

use jiff::SignedDuration;

use super::Part;
use crate::model::activity::Entry;
use crate::model::id::Id;
use crate::model::membership::Access;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};

fn found(office: &Office, part: Part) -> Vec<String> {
    let report = office.system.check().unwrap();
    assert!(report.findings.iter().all(|finding| finding.part == part), "{report:?}");
    report.findings.into_iter().map(|finding| finding.what).collect()
}

/// In the order of writing.
fn entries(office: &Office) -> Vec<Entry> {
    let mut entries: Vec<Entry> = office.all();
    entries.sort_by_key(|entry| entry.seq);
    entries
}

async fn say(office: &Office, event: &'static str) {
    office.write(move |tx| tx.say(event, None, "did something")).await;
}

/// An office in which four things were done.
async fn busy_office() -> Office {
    let office = office().await;
    for event in ["first", "second", "third", "fourth"] {
        say(&office, event).await;
    }
    assert_eq!(found(&office, Part::Index), [""; 0]);
    office
}

#[tokio::test]
async fn an_entry_that_was_changed_is_found() {
    let office = busy_office().await;
    let mut entry = entries(&office).swap_remove(2);
    let seq = entry.seq;
    entry.what = "did nothing".into();
    office.put(entry).await;
    let told = found(&office, Part::Activity);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with(&format!("activity: entry {seq} (ac_")), "{told:?}");
}

#[tokio::test]
async fn an_entry_that_was_changed_and_sealed_anew_breaks_the_next_one() {
    let office = busy_office().await;
    let all = entries(&office);
    let (before, mut entry) = (all[1].chain, all[2].clone());
    entry.event = "other".into();
    entry.chain = entry.sealed_behind(before);
    office.put(entry).await;
    let told = found(&office, Part::Activity);
    assert!(told.len() == 1 && told[0].contains(&format!("entry {} ", all[3].seq)), "{told:?}");
}

#[tokio::test]
async fn entries_that_were_removed_are_counted() {
    let office = busy_office().await;
    let all = entries(&office);
    let remove = async |ids: Vec<Id<Entry>>| {
        office.write(move |tx| ids.into_iter().try_for_each(|id| tx.delete(id))).await;
    };
    remove(vec![all[1].id]).await;
    assert_eq!(found(&office, Part::Activity), ["activity: entry 2 is missing."]);
    remove(vec![all[3].id]).await;
    let told = ["activity: entry 2 is missing.", "activity: entry 4 is missing."];
    assert_eq!(found(&office, Part::Activity), told);
}

#[tokio::test]
async fn the_order_of_writing_counts_however_the_clock_is_set() {
    let office = busy_office().await;
    for hours in [-24 * 365, 24 * 800, -24 * 30] {
        office.clock.advance(SignedDuration::from_hours(hours));
        say(&office, "late").await;
    }
    assert_eq!(found(&office, Part::Activity), [""; 0]);
    let order: Vec<u64> = entries(&office).iter().map(|entry| entry.seq).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn what_names_somebody_who_is_not_there_is_found() {
    let office = office().await;
    let client = office.client("Marlow Ceramics Ltd").await;
    let naomi = office.contact("Naomi", "Marlow", "naomi@marlow.example").await;
    let tie = office.tie(&naomi, &client, Access::None).await;
    assert_eq!(found(&office, Part::References), [""; 0]);
    office.write(move |tx| tx.delete(naomi.id)).await;
    let told = format!("membership {} names the contact {}, which is not there.", tie.id, naomi.id);
    assert_eq!(found(&office, Part::References), [told]);
}

#[tokio::test]
async fn a_folder_whose_folder_is_not_there_is_found() {
    let office = office().await;
    office.staff("Sam Finch", "sam@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("sam@alderfinch.example", PASSWORD).await.text();
    let sam = office.guest.console(&cookie).unwrap();
    let client = office.client("Marlow Ceramics Ltd").await;
    let name = "VAT".to_owned().try_into().unwrap();
    let vat = sam.make_folder(client.id, None, name, String::new()).await.unwrap();
    let name = "Quarter 1".to_owned().try_into().unwrap();
    let inner = sam.make_folder(client.id, Some(vat), name, String::new()).await.unwrap();
    assert_eq!(found(&office, Part::References), [""; 0]);
    office.write(move |tx| tx.delete(vat)).await;
    let told = format!("folder {inner} names the folder {vat}, which is not there.");
    assert_eq!(found(&office, Part::References), [told]);
}
