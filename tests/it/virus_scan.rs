//! The virus scan: nothing passes unseen, whatever clamd does, and everybody hears what they need.

use std::time::Duration;

use crate::cast::ALDER;
use crate::clamd::{Clamd, Manner};
use crate::mail_sink::Mail;
use crate::office::Office;
use crate::page::Page;

const SETTINGS: &str = "/console/settings/files";
const HEALTH: &str = "/console/settings/health";
const WAITS: &str = "1 file waits for the virus scan.";
const DOWN: &str = "Nothing is scanned at present.";

/// The file that every scanner takes for a virus. In two halves, so that none takes this one for it.
fn virus() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat().into()
}

/// The whole cast, with the scan on.
async fn scanning(clamd: &Clamd) -> Office {
    let office = Office::open().await;
    switch(&office, true, clamd).await.assert_sees("are saved");
    office
}

async fn switch(office: &Office, on: bool, clamd: &Clamd) -> Page {
    let page = office.olive().get(SETTINGS).await;
    let typed = [("scanner", &*clamd.at.to_string()), ("on", if on { "on" } else { "" })];
    office.olive().press(&page, "Save virus scan", &typed).await
}

/// Maya adds a file for everyone at Alder.
async fn add(office: &Office, name: &str, bytes: &[u8]) {
    let path = format!("{}/files", office.portal_path(ALDER).await);
    let added = office.maya().add_files(&path, &[("everyone", "on")], &[(name, bytes)]).await;
    added.assert_status(303);
}

/// The file that a mail leads to.
fn link(mail: &Mail) -> String {
    let text = mail.text_part();
    let link = text.split_whitespace().find(|word| word.contains("/files/fi_"));
    link.unwrap_or_else(|| panic!("no link in {text}")).to_owned()
}

/// The next mail to Olive, who looks after Alder, with this subject.
async fn olive_hears(office: &Office, subject: &str) -> Mail {
    loop {
        let mail = office.mail_to("olive").await;
        if mail.header("Subject").unwrap() == subject {
            return mail;
        }
    }
}

/// What a mail says, wherever its lines end.
fn words(mail: &Mail) -> String {
    mail.text_part().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Noor hears of a new file: so it is through.
async fn noor_hears(office: &Office) {
    let through = async {
        while office.olive().get(SETTINGS).await.text().contains(WAITS) {
            office.advance(Duration::from_secs(10));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), through).await.unwrap();
    office.advance(Duration::from_secs(600));
    let mail = office.mail_to("noor").await;
    assert_eq!(mail.header("Subject").unwrap(), "1 new file from Harbour & Hall");
    assert!(mail.text_part().contains("1 new file is shared with you for Alder Ltd."));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_a_file_before_it_was_scanned() {
    let clamd = Clamd::start().await;
    let office = scanning(&clamd).await;
    clamd.is(Manner::Thinks);
    let bytes: Vec<u8> = (0..700_001_u32).map(|n| (n % 251) as u8).collect();
    add(&office, "Lease.bin", &bytes).await;

    let page = office.until(office.olive(), SETTINGS, WAITS).await;

    page.assert_hides(DOWN);
    let files = format!("{}/files", office.portal_path(ALDER).await);
    office.noor().get(&files).await.assert_hides("Lease.bin");
    office.maya().get(&files).await.assert_sees("Lease.bin");
    office.advance(Duration::from_secs(1200));
    office.has_no_mail_for("noor").await;
    clamd.is(Manner::Works);
    noor_hears(&office).await;
    office.noor().get(&files).await.assert_sees("Lease.bin");
    assert_eq!(clamd.seen(), [bytes.len()], "all of it, once");
    let told = olive_hears(&office, "1 new upload from Alder Ltd").await;
    assert!(!told.text_part().contains("Lease"), "the firm has not allowed names in mails");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_infected_file_is_locked_and_both_sides_hear_of_it() {
    let clamd = Clamd::start().await;
    let office = scanning(&clamd).await;
    add(&office, "Funny.txt", &virus()).await;

    let maya = office.mail_to("maya").await;

    assert_eq!(maya.header("Subject").unwrap(), "A virus was found in a file you added");
    assert!(
        words(&maya).contains("the virus scan found Eicar-Test-Signature."),
        "{}",
        words(&maya)
    );
    let olive = olive_hears(&office, "A virus was found in a file for Alder Ltd").await;
    let link = link(&olive);
    let page = office.olive().get(&link).await;
    page.assert_sees("Funny.txt").assert_says("Eicar-Test-Signature");
    for (who, link) in [(office.olive(), link), (office.maya(), self::link(&maya))] {
        who.get(&link).await.assert_status(200);
        let bytes = who.get(&format!("{link}/download")).await;
        assert_ne!(bytes.status, 200);
        assert!(!bytes.body().contains("EICAR-STANDARD"), "{}", bytes.body());
    }
    let activity = office.olive().get("/console/activity").await;
    activity.assert_says("found Eicar-Test-Signature in Funny.txt, which Maya Linden added");
    office.advance(Duration::from_secs(1200));
    office.has_no_mail_for("noor").await; // she hears of nothing
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clamd_that_is_down_delays_and_is_said() {
    let clamd = Clamd::down().await;
    let office = scanning(&clamd).await;
    add(&office, "Lease.txt", b"a lease").await;

    let page = office.until(office.olive(), SETTINGS, DOWN).await;

    page.assert_says(WAITS).assert_says("systemctl status clamav-daemon");
    let health = office.olive().get(HEALTH).await;
    health.assert_sees("Virus scan").assert_says("1 file waits").assert_says("does not scan");
    clamd.rise().await;
    office.advance(Duration::from_secs(6));
    noor_hears(&office).await;
    let page = office.olive().get(SETTINGS).await;
    page.assert_hides(DOWN).assert_hides(WAITS);
    office.olive().get(HEALTH).await.assert_says("looks at what comes in");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_clamd_does_wrong_nothing_passes() {
    for manner in [
        Manner::HangsUp,
        Manner::Says("UNKNOWN COMMAND"),
        Manner::Says(""),
        Manner::Says("stream: OKAY"),
        Manner::Says("OK"),
    ] {
        let clamd = Clamd::start().await;
        let office = scanning(&clamd).await;
        clamd.is(manner);
        add(&office, "Lease.txt", b"a lease").await;
        office.until(office.olive(), SETTINGS, DOWN).await.assert_says(WAITS);
        clamd.is(Manner::Works);
        let page = office.olive().get(SETTINGS).await;
        let page = office.olive().press(&page, "Scan again", &[]).await;
        page.assert_sees("What waits is tried now.");
        noor_hears(&office).await;
        office.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_clamd_is_locked_until_it_takes_more() {
    let clamd = Clamd::start().await;
    let office = scanning(&clamd).await;
    clamd.is(Manner::Takes(100_000));
    add(&office, "Film.bin", &vec![7; 3_000_000]).await;

    let locked = "1 file is locked, because clamd could not look at it.";
    let page = office.until(office.olive(), SETTINGS, locked).await;

    let activity = office.olive().get("/console/activity").await;
    activity.assert_says("could not scan Film.bin").assert_says("StreamMaxLength");
    office.olive().get(HEALTH).await.assert_says("Raise StreamMaxLength");
    add(&office, "Small.bin", b"small").await;
    noor_hears(&office).await;
    clamd.is(Manner::Works);
    let page = office.olive().press(&page, "Scan again", &[]).await;
    page.assert_sees("1 file is scanned again.");
    noor_hears(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_at_which_clamd_fails_does_not_hold_up_the_others() {
    let clamd = Clamd::start().await;
    let office = scanning(&clamd).await;
    clamd.is(Manner::Says("stream: Can't allocate memory ERROR"));
    add(&office, "Odd.bin", b"odd").await;

    let locked = "1 file is locked, because clamd could not look at it.";
    let look = async {
        while !office.olive().get(SETTINGS).await.text().contains(locked) {
            office.advance(Duration::from_secs(60));
        }
    };
    tokio::time::timeout(Duration::from_secs(60), look).await.unwrap();

    assert_eq!(clamd.seen().len(), 4, "it is tried four times");
    let activity = office.olive().get("/console/activity").await;
    activity.assert_says("fails at it: “Can't allocate memory”");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_switches_the_scan_off_lets_through_what_waits() {
    let clamd = Clamd::start().await;
    let office = scanning(&clamd).await;
    clamd.is(Manner::Thinks);
    add(&office, "Lease.txt", b"a lease").await;
    let page = office.until(office.olive(), SETTINGS, WAITS).await;
    page.assert_says(
        "If you take the tick out, what waits or could not be scanned is let through.",
    );

    let page = switch(&office, false, &clamd).await;

    page.assert_sees("1 file was let through that had not been scanned.").assert_hides(WAITS);
    noor_hears(&office).await;
    let activity = office.olive().get("/console/activity").await;
    activity.assert_says("switched the virus scan off, which let through 1 file");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_file_shows_whether_the_scan_works() {
    let office = Office::founded().await;
    let (clamd, down) = (Clamd::start().await, Clamd::down().await);
    let tried = async |at: String| {
        let page = office.olive().get(SETTINGS).await;
        office.olive().press(&page, "Scan a test file", &[("scanner", at.as_str())]).await
    };

    let page = tried(clamd.at.to_string()).await;

    page.assert_says("The virus scan works. clamd found the test file");
    assert_eq!(page.value("scanner"), clamd.at.to_string(), "what was typed stays");
    clamd.is(Manner::Says("stream: OK"));
    tried(clamd.at.to_string()).await.assert_says("does not know the test file");
    clamd.is(Manner::Takes(10));
    tried(clamd.at.to_string()).await.assert_says("Raise StreamMaxLength");
    tried(down.at.to_string()).await.assert_says("Nobody answers there");
    tried("/nowhere/clamd.ctl".into()).await.assert_says("There is no such socket");
    tried("clamd.example:3310".into()).await.assert_status(422).assert_says("Type the socket");
    tried("203.0.113.9:3310".into()).await.assert_status(422).assert_says("in the clear");
    let page = office.olive().get(SETTINGS).await;
    assert_eq!(page.value("scanner"), "", "nothing was saved");
    office.close().await;
}
