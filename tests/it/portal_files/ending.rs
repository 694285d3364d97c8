//! What ends when access ends, what stays, and what counts as having read a file.

use super::Shelf;
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::Office;
use crate::wire;

/// More than the machine holds on the way from one end to the other.
const MUCH: usize = 24 << 20;

/// Alder's files, with one that takes its time.
async fn with_a_long_one(office: &Office) -> Shelf<'_> {
    let alder = Shelf::of(office, ALDER).await;
    alder.give("everyone", "All.txt", &"the ledger\n".repeat(MUCH / 11)).await;
    alder.give("everyone", "Budget.txt", "twelve chairs").await;
    alder
}

async fn make_inactive(office: &Office, alder: &Shelf<'_>) {
    let page = office.olive().get(&alder.console).await;
    office.olive().press(&page, "Make inactive", &[]).await.assert_says("inactive now");
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_and_zips_under_way_end_with_the_access() {
    let office = Office::open().await;
    let alder = with_a_long_one(&office).await;
    let path = format!("{}/download", alder.page_of(MAYA, "All.txt").await);
    let mut slow = office.maya().begin("GET", &path, 0, &[]).await;
    slow.hear().await;
    let page = alder.files(NOOR).await;
    let ids: Vec<_> = ["All.txt", "Budget.txt"]
        .map(|name| ("file".to_owned(), page.link(name).rsplit('/').next().unwrap().to_owned()))
        .into();
    let ticks = wire::encode(&ids);
    let zip = format!("{}/files/zip", alder.portal);
    let mut zip = office.noor().begin("POST", &zip, ticks.len(), &[]).await;
    zip.send(ticks.as_bytes()).await;
    zip.hear().await;

    make_inactive(&office, &alder).await;

    let (file, zip) = (slow.answer().await, zip.all().await);
    assert_eq!((file.status, &zip[..15]), (200, &b"HTTP/1.1 200 OK"[..]));
    assert!(file.body.len() < MUCH - 100, "it came to its end: {}", file.body.len());
    let has = |name: &[u8]| zip.windows(name.len()).any(|some| some == name);
    assert!(has(b"All.txt") && !has(b"Budget.txt"), "the next file was begun");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_look_at_as_a_contact_ends_when_they_stop() {
    let office = Office::open().await;
    let alder = with_a_long_one(&office).await;
    let contacts = office.contacts(ALDER).await;
    let view = "View as this contact: Noor Haddad";
    let home = office.olive().press(&contacts, view, &[]).await;
    let path = format!("{}/download", alder.page_of(MAYA, "All.txt").await);
    let mut slow = office.olive().begin("GET", &path, 0, &[]).await;
    slow.hear().await;

    office.olive().press(&home, "Stop", &[]).await;

    let file = slow.answer().await;
    assert!(file.status == 200 && file.body.len() < MUCH - 100, "{}", file.body.len());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_handed_over_counts_as_opened_or_downloaded() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.give("everyone", "Notes.txt", "twelve chairs").await;
    alder.give("everyone", "Archive.zip", "PK\u{5}\u{6}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").await;
    let (notes, archive) =
        (alder.page_of(MAYA, "Notes.txt").await, alder.page_of(MAYA, "Archive.zip").await);
    let maya = office.maya();
    maya.head(&notes).await.assert_status(200);
    let head = maya.head(&format!("{notes}/download")).await;
    let tag = head.header("etag").unwrap().to_owned();
    let path = format!("{notes}/download");
    for (header, value, status) in [
        ("If-None-Match", tag.as_str(), 304),
        ("If-Match", "\"another\"", 412),
        ("Range", "bytes=90-", 416),
    ] {
        maya.send_with("GET", &path, &[], &[(header, value)]).await.assert_status(status);
    }
    maya.get(&archive).await.assert_status(200); // of which nothing can be shown

    // Noor's come behind in the same queue.
    office.noor().get(&notes).await.assert_sees("twelve chairs");
    office.noor().get(&format!("{archive}/download")).await.assert_status(200);
    let log = format!("{}/activity", alder.console);
    let log = office.until(office.olive(), &log, "Noor Haddad downloaded “Archive.zip”").await;
    log.assert_says("Noor Haddad opened “Notes.txt”");
    log.assert_hides("Maya Linden opened").assert_hides("Maya Linden downloaded");
    assert_eq!(alder.files(MAYA).await.text().matches(" New ").count(), 2);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_stays_its_uploaders_whatever_becomes_of_the_file() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    let receipt = alder.add(MAYA, &[("everyone", "yes")], "Passport.txt", "one").await;
    let other = alder.add(MAYA, &[], "Lease.txt", "two").await;
    let file = alder.page_of(MAYA, "Passport.txt").await;
    let ask = office.maya().get(&format!("{file}/withdraw")).await;
    office.maya().press(&ask, "Withdraw file", &[]).await;
    let console = other.link("Lease.txt").replace(&alder.portal, &alder.console);
    let page = office.olive().get(&console).await;
    office.olive().press(&page, "Move to trash", &[]).await.assert_status(200);

    let mine = office.maya().get(&receipt.path).await;

    mine.assert_sees("Passport.txt").assert_says("You withdrew it on March 2");
    assert!(!mine.offers("Passport.txt"), "it leads nowhere any more");
    let text = office.maya().get(&mine.link("Download the receipt")).await;
    assert!(text.body().contains("Since then: You withdrew it on"), "{}", text.body());
    let other = office.maya().get(&other.path).await;
    other.assert_sees("Lease.txt").assert_says("Harbour & Hall removed it on March 2");
    office.noor().get(&receipt.path).await.assert_missing();
    office.close().await;
}
