//! A firm restored from a backup: what its people meet, and what no longer works.

use std::time::Duration;

use crate::backup::plan::planned;
use crate::backup::{anteroom, aside, key, names, said};
use crate::cast::{ALDER, BEECH, BEN, MAYA, NOOR, OLIVE};
use crate::office::Office;
use crate::page::Page;

const OUTBOX: &str = "/console/outbox";
const BACKUP: &str = "/console/settings/backup";

/// A firm with Maya in, an invite to Noor that has arrived, and one to Ben that waits; restored from its backup.
async fn restored() -> (Office, String) {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.mail_to("olive").await;
    let link = office.link_to(NOOR, ALDER).await;
    office.invite(&BEN.name(), BEECH).await;
    let data = office.data();
    let new = data.with_file_name("new");
    let (to, made) = (data.with_file_name("made.age"), new.clone());
    aside(move || {
        let (identity, public) = key(data.parent().unwrap());
        let file = to.to_str().unwrap();
        said(&mut anteroom(&["backup", "create", "-o", file, "--recipient", &public], &data));
        let identity = identity.to_str().unwrap();
        said(&mut anteroom(&["restore", file, "--identity", identity], &made));
    })
    .await;
    (office.moved_to(new).await, link)
}

async fn log_in(office: &Office) -> Page {
    office.log_in(office.olive(), OLIVE.email, OLIVE.password).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_logs_in_anew_with_the_password_they_had() {
    let (office, _) = restored().await;
    let told = office.olive().get("/console").await;
    assert!(told.location().contains("/login"), "{}: {}", told.status, told.text());
    assert!(office.maya().get("/p").await.location().contains("/login"));
    log_in(&office).await.assert_sees("Olive");
    office.log_in(office.maya(), MAYA.email, MAYA.password).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_invite_has_ended_and_is_offered_to_be_sent_again() {
    let (office, link) = restored().await;
    let page = office.noor().get(&link).await;
    page.assert_says("replaced");
    assert!(page.html().by_id("f-password").is_none(), "nobody can accept it: {}", page.text());
    let today = log_in(&office).await;
    today.assert_sees("The invite to Noor Haddad ended with the restore");
    today.assert_sees("The invite to Ben Okafor ended with the restore");

    office.advance(Duration::from_secs(61)); // nobody is invited twice within a minute
    office.invite(&NOOR.name(), ALDER).await;

    assert!(office.standing(ALDER, "Noor").await.contains("Held in the outbox until an Admin"));
    let today = office.olive().get("/console").await;
    today.assert_hides("The invite to Noor Haddad ended").assert_sees("The invite to Ben Okafor");
    let outbox = office.olive().get(OUTBOX).await;
    office.olive().press(&outbox, "Release the mails", &[]).await;
    let new = office.mail_to("noor").await.link();
    assert_ne!(new, link);
    office.accept(office.noor(), &new, NOOR.password).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_leaves_before_an_admin_releases_the_mails() {
    let (office, _) = restored().await;
    let before = office.sink.mails().len();
    office.nobody().visit("/forgot").await;
    let page = office.nobody().get("/forgot").await;
    office.nobody().press(&page, "Send me a link", &[("email", MAYA.email)]).await;
    office.undo_passes();
    log_in(&office).await.assert_sees("The data was restored from a backup. No mail leaves");
    let outbox = office.olive().get(OUTBOX).await;
    outbox.assert_sees("Mails are held.").assert_sees("Held");
    outbox.assert_sees("Taken back"); // the invite to Ben, whose link leads nowhere any more
    assert_eq!(office.sink.mails().len(), before);

    let outbox = office.olive().press(&outbox, "Release the mails", &[]).await;

    outbox.assert_sees("leaves now").assert_hides("Mails are held.");
    assert!(office.mail_to("maya").await.text_part().contains("/reset/"));
    assert_eq!(office.unread_mails_to("ben"), 0);
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("restored the data from the backup of").assert_sees("released the");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_that_are_held_can_be_taken_back_all_at_once() {
    let (office, _) = restored().await;
    let page = office.nobody().get("/forgot").await;
    office.nobody().press(&page, "Send me a link", &[("email", MAYA.email)]).await;
    log_in(&office).await;
    let outbox = office.olive().get(OUTBOX).await;
    let sure = office.olive().click(&outbox, "Take all back").await;

    office.olive().press(&sure, "Take all back", &[]).await.assert_sees("is taken back");

    office.has_no_mail_for("maya").await;
    office.olive().get("/console/settings/email/take-back").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_was_restored_for_a_look_touches_no_backup_of_the_firm() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    let (data, new) = (office.data(), office.data().with_file_name("new"));
    let made = new.clone();
    aside(move || {
        let file = data.with_file_name("made.tar.zst");
        let (file, keys) = (file.to_str().unwrap(), tempfile::tempdir().unwrap());
        let keys_to = keys.path().to_str().unwrap();
        said(&mut anteroom(&["backup", "create", "-o", file, "--keys-to", keys_to], &data));
        said(&mut anteroom(&["restore", file, "--without-keys"], &made));
    })
    .await;
    let office = office.moved_to(new).await;
    office.days_pass(1);
    log_in(&office).await;
    office.olive().get(BACKUP).await.assert_sees("No backup is made by itself before");
    assert_eq!(names(place.path()), [""; 0]);

    let outbox = office.olive().get(OUTBOX).await;
    office.olive().press(&outbox, "Release the mails", &[]).await;

    office.until(office.olive(), BACKUP, "anteroom-harbour-hall-").await;
    assert_eq!(names(place.path()).len(), 1);
    office.close().await;
}
