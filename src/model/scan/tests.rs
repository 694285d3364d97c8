use super::*;
use crate::model::Admin;
use crate::model::file::{Audience, Review};
use crate::model::login::Who;
use crate::model::notices::tests::Desk;
use crate::model::outbox::{Letter, Mail};
use crate::model::testing::PASSWORD;

async fn admin(desk: &Desk) -> Admin {
    let cookie = desk.office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    desk.office.guest.console(&cookie).unwrap().admin().unwrap()
}

async fn save(admin: &Admin, on: bool, scanner: &str) -> Result<usize> {
    let seen = admin.scan_settings().unwrap().edition();
    let on = if on { "on".into() } else { String::new() };
    admin.save_scan_settings(ScanForm { on, scanner: scanner.into(), seen }).await
}

/// A desk with the scan on, and a file of Naomi's for everyone that waits for it.
async fn scene() -> (Desk, Admin, File) {
    let desk = Desk::new().await;
    let admin = admin(&desk).await;
    save(&admin, true, "/run/clamav/clamd.ctl").await.unwrap();
    let file = desk.file("Lease.pdf", Who::Contact(desk.naomi.id), Audience::Everyone).await;
    desk.put(&file).await;
    (desk, admin, file)
}

fn scan_of(desk: &Desk, file: &File) -> Scan {
    desk.office.get::<File>(file.id).unwrap().newest().scan.clone()
}

fn due(file: &File) -> DueScan {
    DueScan { file: file.id, version: 1 }
}

fn waiting(desk: &Desk) -> Vec<&'static str> {
    let mails = desk.office.mails().into_iter().filter(Mail::waits);
    let mut names: Vec<_> = mails.map(|mail| mail.letter.name()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn what_waits_is_told_to_nobody_before_it_is_clean() {
    let (desk, _, file) = scene().await;
    assert_eq!(scan_of(&desk, &file), Scan::Waiting);
    assert!(waiting(&desk).is_empty());
    let system = &desk.office.system;
    assert_eq!(system.due_scans(&HashSet::new(), 3).unwrap(), [due(&file)]);
    assert!(system.due_scans(&HashSet::from([due(&file)]), 3).unwrap().is_empty());
    system.scanned(due(&file), Verdict::Clean).await.unwrap();
    assert_eq!(scan_of(&desk, &file), Scan::Clean { at: desk.office.clock.now() });
    assert_eq!(waiting(&desk), ["new-files", "new-uploads"], "Ben is told, and the firm");
    // What is settled is not settled again.
    system.scanned(due(&file), Verdict::Infected("Eicar".into())).await.unwrap();
    assert!(matches!(scan_of(&desk, &file), Scan::Clean { .. }));
}

#[tokio::test]
async fn an_infected_file_is_locked_and_both_sides_are_told() {
    let (desk, _, file) = scene().await;
    let verdict = Verdict::Infected("Eicar-Test-Signature".into());
    desk.office.system.scanned(due(&file), verdict).await.unwrap();
    let stored: File = desk.office.get(file.id).unwrap();
    assert!(stored.current().is_none() && stored.review == Some(Review::Waiting));
    assert_eq!(waiting(&desk), ["upload-infected", "upload-infected"]);
    let told = desk.mails_to("naomi@marlow.example");
    let Letter::UploadInfected { what, mine: true, name: None, .. } = &told[0].letter else {
        panic!("{told:?}")
    };
    assert_eq!(what, "Eicar-Test-Signature");
    let found = "found Eicar-Test-Signature in Lease.pdf, which Somebody added, and locked it";
    assert!(desk.office.said().iter().any(|what| what == found));
    assert_eq!(desk.office.system.core().scan_state().unwrap().waiting, 0);
}

#[tokio::test]
async fn what_could_not_be_scanned_stays_locked_until_it_is_scanned_again() {
    let (desk, admin, file) = scene().await;
    let why = || Verdict::Unscanned("It is too large.".into());
    desk.office.system.scanned(due(&file), why()).await.unwrap();
    assert!(!desk.office.get::<File>(file.id).unwrap().newest().usable());
    let state = admin.scan_state().unwrap();
    assert_eq!((state.waiting, state.unscanned), (0, 1));
    assert!(waiting(&desk).is_empty());
    assert_eq!(admin.scan_again().await.unwrap(), 1);
    assert_eq!(scan_of(&desk, &file), Scan::Waiting);
    assert_eq!(admin.scan_again().await.unwrap(), 0);
}

#[tokio::test]
async fn whoever_switches_the_scan_off_lets_through_what_waits() {
    let (desk, admin, file) = scene().await;
    let infected = desk.file("Bad.exe", Who::Contact(desk.ben.id), Audience::Firm).await;
    desk.put(&infected).await;
    let verdict = Verdict::Infected("Eicar".into());
    desk.office.system.scanned(due(&infected), verdict).await.unwrap();
    assert_eq!(save(&admin, false, "/run/clamav/clamd.ctl").await.unwrap(), 1);
    assert_eq!(scan_of(&desk, &file), Scan::Off);
    assert!(matches!(scan_of(&desk, &infected), Scan::Infected { .. }));
    let said = "switched the virus scan off, which let through 1 file that had not been scanned";
    assert!(desk.office.said().iter().any(|what| what == said), "{:?}", desk.office.said());
    assert!(waiting(&desk).contains(&"new-files"));
    // An answer that comes too late changes nothing.
    desk.office.system.scanned(due(&file), Verdict::Infected("x".into())).await.unwrap();
    assert_eq!(scan_of(&desk, &file), Scan::Off);
    assert_eq!(
        admin.scan_settings().unwrap().scanner,
        Scanner::parse("/run/clamav/clamd.ctl").ok()
    );
}

#[tokio::test]
async fn a_clamd_that_does_not_work_is_said() {
    let (desk, admin, _) = scene().await;
    let now = desk.office.clock.now();
    let trouble = ScanTrouble { since: now, next: now, plain: "It is off.".into() };
    desk.office.system.note_scan_trouble(Some(trouble.clone()));
    let state = admin.scan_state().unwrap();
    assert_eq!((state.trouble, state.waiting, state.oldest), (Some(trouble), 1, Some(now)));
    // Saved anew, it is tried anew.
    save(&admin, true, "127.0.0.1:3310").await.unwrap();
    assert_eq!(admin.scan_state().unwrap().trouble, None);
}

#[test]
fn clamd_is_near() {
    for typed in ["/run/clamav/clamd.ctl", "127.0.0.1:3310", "192.168.1.20:3310", "[::1]:3310"] {
        assert_eq!(Scanner::parse(&format!(" {typed} ")).unwrap().to_string(), typed);
    }
    assert_eq!(Scanner::parse("localhost:3310").unwrap().to_string(), "127.0.0.1:3310");
    assert_eq!(Scanner::parse("[fd00::2]:3310").unwrap().to_string(), "[fd00::2]:3310");
    for typed in ["", "clamd", "8.8.8.8", "127.0.0.1", "127.0.0.1:0", "clamd.example:3310"] {
        assert!(Scanner::parse(typed).unwrap_err().starts_with("Type the socket"), "{typed}");
    }
    for typed in ["203.0.113.7:3310", "[2001:db8::1]:3310", "169.254.169.254:80", "0.0.0.0:3310"] {
        assert!(Scanner::parse(typed).unwrap_err().starts_with("Files travel"), "{typed}");
    }
    assert!(Scanner::parse(&format!("/{}", "x".repeat(107))).is_err());
}

#[tokio::test]
async fn the_form_says_what_is_wrong_and_two_tabs_do_not_overwrite_each_other() {
    let desk = Desk::new().await;
    let admin = admin(&desk).await;
    let wrong = save(&admin, true, "").await;
    assert!(matches!(wrong, Err(Error::Invalid(fields)) if fields.contains_key("scanner")));
    assert_eq!(save(&admin, false, "").await.unwrap(), 0);
    let form = ScanForm { on: "on".into(), scanner: "127.0.0.1:1".into(), seen: "other".into() };
    assert!(matches!(admin.save_scan_settings(form).await, Err(Error::Invalid(_))));
}
