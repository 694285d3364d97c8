//! Settings › Backup: backups that are made by themselves, and who hears when one is not.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::backup::{key, names, shell};
use crate::cast::OLIVE;
use crate::office::Office;
use crate::page::Page;

const PATH: &str = "/console/settings/backup";
const SAVE: &str = "Save settings";
const SAVE_PLACE: &str = "Save place";

fn archives(folder: &Path) -> Vec<String> {
    let mut names = names(folder);
    names.retain(|name| name.starts_with("anteroom-"));
    names
}

async fn log_in(office: &Office) -> Page {
    office.log_in(office.olive(), OLIVE.email, OLIVE.password).await
}

/// A firm whose backups go to a folder each night.
pub async fn planned(folder: &Path) -> Office {
    let office = Office::founded().await;
    let page = office.olive().get(PATH).await;
    let typed = [("folder", folder.to_str().unwrap())];
    let page = office.olive().press(&page, SAVE_PLACE, &typed).await;
    let page = office.olive().press(&page, SAVE, &[("on", "on")]).await;
    page.assert_sees("The backups are planned.");
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_and_verified_on_request() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    let page = office.olive().get(PATH).await;
    page.assert_sees("No backup yet").assert_sees("Nobody has downloaded the recovery keys yet");

    let page = office.olive().press(&page, "Back up now", &[]).await;

    page.assert_sees("The backup is made:").assert_sees("anteroom-harbour-hall-20260302T1400");
    assert_eq!(archives(place.path()).len(), 1);
    let page = office.olive().press(&page, "Verify now", &[]).await;
    page.assert_sees("The newest backup restores").assert_sees("Verified");
    assert_eq!(names(&office.data().join("backups")), [""; 0], "the scratch folder is gone");
    let today = office.olive().get("/console").await;
    today.assert_sees("Backups: the last one just now").assert_sees("Last verified just now");
    assert!(!today.offers("Turn on backups"));

    let health = "/console/settings/health";
    office.olive().get(health).await.assert_sees("nobody has downloaded those");
    let keys = office.olive().press_only(&page, "Download recovery keys", &[]).await;
    assert!(keys.header("content-disposition").unwrap().contains("anteroom-recovery-keys-"));
    assert!(keys.body().contains("link.key"), "{}", keys.body());
    office.olive().get(PATH).await.assert_sees("Last downloaded just now");
    office.olive().get(health).await.assert_hides("nobody has downloaded those");
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("downloaded the recovery keys").assert_sees("set backups: daily at 02:30");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_backup_is_verified_too_and_only_its_recipients_read_it() {
    let place = tempfile::tempdir().unwrap();
    let (identity, public) = key(place.path());
    let folder = place.path().join("backups");
    let office = planned(&folder).await;
    let page = office.olive().get(PATH).await;
    let page = office.olive().press(&page, SAVE_PLACE, &[("recipients", &public)]).await;
    page.assert_hides("Download recovery keys");

    let page = office.olive().press(&page, "Back up now", &[]).await;

    page.assert_sees("encrypted");
    office.olive().press(&page, "Verify now", &[]).await.assert_sees("The newest backup restores");
    let file = folder.join(&archives(&folder)[0]);
    let inside = shell("age -d -i \"$1\" \"$2\" | zstd -dc | tar -t", &[&identity, &file]);
    assert!(inside.contains("keys/link.key"), "{inside}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_said_beside_its_field_and_what_was_typed_stays() {
    let office = Office::founded().await;
    let page = office.olive().get(PATH).await;

    let again = office.olive().press(&page, SAVE, &[("at", "25:00"), ("daily", "many")]).await;

    again.assert_status(422).assert_says("between 00:00 and 23:59");
    again.assert_says("number from 0 to 4,000");
    assert_eq!(again.value("daily"), "many");
    let wrong = [("folder", "backups"), ("recipients", "AGE-SECRET-KEY-1QQQQ")];
    let again = office.olive().press(&page, SAVE_PLACE, &wrong).await;
    again.assert_status(422).assert_says("whole path").assert_says("This is the secret key");
    assert_eq!(again.value("folder"), "backups");
    let inside = office.data().join("keys");
    let typed = [("folder", inside.to_str().unwrap())];
    let again = office.olive().press(&page, SAVE_PLACE, &typed).await;
    again.assert_status(422).assert_says("belongs to the data");
    let bucket = [("target", "bucket"), ("endpoint", "http://s3.example.com"), ("bucket", "A")];
    let again = office.olive().press(&page, SAVE_PLACE, &bucket).await;
    again.assert_status(422).assert_says("unencrypted").assert_says("3 to 63 small letters");
    again.assert_says("Type the id of the key").assert_says("Type the secret of this key");
    let secrets = [("target", "bucket"), ("endpoint", "http://169.254.169.254")];
    let again = office.olive().press(&page, SAVE_PLACE, &secrets).await;
    again.assert_status(422).assert_says("No storage service has such an address");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_where_backups_go_and_who_reads_them_and_cannot_change_it() {
    let place = tempfile::tempdir().unwrap();
    let office = Office::open().await;
    let (_, public) = key(place.path());
    let page = office.olive().get(PATH).await;
    let folder = place.path().join("theirs");
    let typed = [("folder", folder.to_str().unwrap()), ("recipients", &public)];
    let page = office.olive().press(&page, SAVE_PLACE, &typed).await;
    let activity = office.olive().get("/console/activity").await;
    activity.assert_sees("set where backups go: to").assert_sees("encrypted for 1 key");

    let seen = office.rita().get(PATH).await;

    seen.assert_sees(folder.to_str().unwrap()).assert_sees(&public);
    seen.assert_sees("An Owner can change this");
    assert!(!seen.offers(SAVE_PLACE));
    let mine = page.fill(SAVE_PLACE, &[("recipients", "")]);
    office.rita().submit(&mine).await.assert_status(403);
    office.sam().submit(&mine).await.assert_status(403);
    // What an Admin plans leaves it as it was.
    office.rita().press(&seen, SAVE, &[("on", "on")]).await.assert_sees("are planned");
    let page = office.olive().get(PATH).await;
    assert_eq!(page.value("folder"), folder.to_str().unwrap());
    page.assert_sees(&public);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_that_changes_its_name_goes_on_replacing_its_older_backups() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    // Another firm uses the same folder.
    let others = "anteroom-kiln-20260101T023000Z.tar.zst";
    fs::File::create(place.path().join(others)).unwrap();
    let page = office.olive().get(PATH).await;
    let few = [("daily", "1"), ("weekly", "0"), ("monthly", "0")];
    let page = office.olive().press(&page, SAVE, &few).await;
    office.olive().press(&page, "Back up now", &[]).await;
    let firm = office.olive().get("/console/settings").await;
    let firm = office.olive().press(&firm, SAVE, &[("name", "Harbour and Sons")]).await;
    firm.assert_status(200);
    office.advance(Duration::from_secs(60));

    office.olive().press(&page, "Back up now", &[]).await.assert_sees("Replaced by newer ones");

    let kept = archives(place.path());
    assert!(kept[0].starts_with("anteroom-harbour-and-sons-"), "{kept:?}");
    assert_eq!(kept[1..], [others]);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_do_not_overwrite_each_others_plan_and_staff_see_none_of_it() {
    let office = Office::open().await;
    let (one, other) = (office.olive().get(PATH).await, office.rita().get(PATH).await);
    office.rita().press(&other, SAVE, &[("daily", "14")]).await.assert_status(200);
    let told = office.olive().press(&one, SAVE, &[("daily", "3")]).await;
    told.assert_status(422).assert_says("Somebody else changed this");
    assert_eq!(office.rita().get(PATH).await.value("daily"), "14");
    assert!(!office.rita().get(PATH).await.offers("Download recovery keys"), "for Owners");
    office.sam().get(PATH).await.assert_status(403);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_each_night_and_older_ones_make_room() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    for night in 1..=14 {
        office.days_pass(1);
        log_in(&office).await;
        let made = format!("anteroom-harbour-hall-202603{:02}T", 2 + night);
        office.until(office.olive(), PATH, &made).await;
    }
    // Seven days, from the 10th on, and the Sunday of the first week.
    let kept = archives(place.path());
    assert_eq!(kept.len(), 8, "{kept:?}");
    assert!(kept[0].contains("-20260308T") && kept[1].contains("-20260310T"), "{kept:?}");
    office.olive().get(PATH).await.assert_sees("Replaced by newer ones");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_hears_of_a_backup_that_fails_and_only_once_a_day() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("gone");
    let office = planned(&folder).await;
    fs::remove_dir_all(&folder).ok();
    fs::File::create(&folder).unwrap(); // where the folder shall be, there is a file
    office.days_pass(1);

    let mail = office.mail_to("olive").await;

    assert_eq!(mail.header("Subject").unwrap(), "A backup could not be made");
    assert!(mail.text_part().contains("/console/settings/backup"), "{}", mail.text_part());
    log_in(&office).await.assert_sees("The last backup failed");
    office.advance(Duration::from_secs(2 * 60 * 60));
    let failed = |page: &Page| page.text().matches("Failed").count();
    while failed(&office.olive().get(PATH).await) < 2 {
        tokio::task::yield_now().await;
    }
    office.has_no_mail_for("olive").await; // one mail is enough for a day

    fs::remove_file(&folder).unwrap();
    office.advance(Duration::from_secs(2 * 60 * 60));
    office.until(office.olive(), PATH, "anteroom-harbour-hall-").await;
    office.olive().get("/console").await.assert_hides("The last backup failed");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_slept_says_so_and_makes_up_for_it_once() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    office.days_pass(1);
    log_in(&office).await;
    office.until(office.olive(), PATH, "anteroom-harbour-hall-20260303T").await;
    office.days_pass(4);

    let mail = office.mail_to("olive").await;

    assert_eq!(mail.header("Subject").unwrap(), "A backup was missed");
    log_in(&office).await;
    office.until(office.olive(), PATH, "anteroom-harbour-hall-20260307T").await;
    assert_eq!(archives(place.path()).len(), 2);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_backup_is_verified_every_month_and_owners_hear_if_it_is_broken() {
    let place = tempfile::tempdir().unwrap();
    let office = planned(place.path()).await;
    office.days_pass(1);
    log_in(&office).await;
    office.until(office.olive(), PATH, "anteroom-harbour-hall-20260303T").await;
    office.days_pass(31);
    office.mail_to("olive").await; // of those that were missed
    log_in(&office).await;
    office.until(office.olive(), PATH, "Verified").await;

    let newest = archives(place.path()).pop().unwrap();
    let mut bytes = fs::read(place.path().join(&newest)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let mut file = fs::File::create(place.path().join(&newest)).unwrap();
    std::io::Write::write_all(&mut file, &bytes).unwrap();
    let page = office.olive().get(PATH).await;
    office.olive().press(&page, "Verify now", &[]).await.assert_sees("does not restore");

    let mail = office.mail_to("olive").await;
    assert_eq!(mail.header("Subject").unwrap(), "A backup cannot be restored");
    office.olive().get("/console").await.assert_sees("The newest backup does not restore");
    office.close().await;
}
