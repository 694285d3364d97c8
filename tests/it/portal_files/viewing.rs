//! "View as this contact": staff see the portal as one contact does, change nothing in it, and it is logged.

use std::time::Duration;

use super::{Shelf, filled};
use crate::cast::{ALDER, BEECH, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

const BANNER: &str = "You see the portal as Noor Haddad does. Nothing can be changed.";

/// Olive presses the button beside a contact.
async fn view(office: &Office, shelf: &Shelf<'_>) -> Page {
    let contacts = office.contacts(ALDER).await;
    let page = office.olive().press(&contacts, "View as this contact: Noor Haddad", &[]).await;
    assert_eq!(page.path, shelf.portal);
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_what_a_contact_sees_and_it_is_logged() {
    let office = Office::open().await;
    let alder = filled(&office).await;

    let home = view(&office, &alder).await;

    home.assert_sees(BANNER).assert_says("Only Noor.txt").assert_hides("Only Maya");
    assert!(!home.offers("Log out") && !home.offers("Add a file"), "{}", home.text());
    let files = office.olive().click(&home, "Files").await;
    files.assert_sees(BANNER).assert_says("New").assert_hides("Internal").assert_hides("Payroll");
    let file = files.link("Only Noor.txt");
    office.olive().get(&file).await.assert_sees(BANNER);
    let got = office.olive().get(&format!("{file}/download")).await;
    assert_eq!(got.body(), "salary of the other");
    let log = format!("{}/activity", alder.console);
    let log = office.until(office.olive(), &log, "downloaded “Only Noor.txt”").await;
    log.assert_says("You looked at the portal as Noor Haddad");
    log.assert_says("You downloaded “Only Noor.txt”, as Noor Haddad sees the portal");
    // Noor has not opened it by that.
    alder.files(NOOR).await.assert_sees("New");
    let console = file.replace(&alder.portal, &alder.console);
    office.olive().get(&console).await.assert_hides("Noor Haddad downloaded");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_can_be_changed_meanwhile() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.add(NOOR, &[], "Mine.txt", "of Noor").await;
    let file = alder.page_of(NOOR, "Mine.txt").await;
    let id = file.rsplit('/').next().unwrap();
    view(&office, &alder).await;
    let page = office.olive().get(&file).await;
    page.assert_sees(BANNER).assert_hides("Withdraw").assert_hides("Rename");

    let portal = &alder.portal;
    let tries = [
        (format!("{file}/name"), vec![("name", "Other.txt")]),
        (format!("{file}/everyone"), vec![("everyone", "yes")]),
        (format!("{file}/withdraw"), vec![]),
        (format!("{portal}/uploads"), vec![("name", "a.txt"), ("bytes", "1")]),
    ];
    for (to, form) in tries {
        let told = office.olive().post(&to, &form).await;
        told.assert_status(409).assert_says("Nothing can be changed");
    }
    let to = format!("{portal}/files");
    let told = office.olive().add_files(&to, &[], &[("a.txt", b"a")]).await;
    told.assert_status(409);
    office.olive().get(&format!("{portal}/files/add")).await.assert_leads_to(&to);
    office.olive().get(&format!("{portal}/files/receipt/{id}")).await.assert_sees("Mine.txt");
    for own in ["/p", "/p/settings", "/p/settings/password", "/p/todo"] {
        office.olive().get(own).await.assert_missing();
    }
    office.olive().get(&format!("{portal}/nothing")).await.assert_missing().assert_says(BANNER);
    let page = office.noor().get(&file).await;
    page.assert_sees("Mine.txt").assert_says("Only you and Harbour & Hall.");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_one_portal_in_one_browser_until_it_is_stopped_or_an_hour_has_gone() {
    let office = Office::open().await;
    let (alder, beech) = (Shelf::of(&office, ALDER).await, Shelf::of(&office, BEECH).await);
    let home = view(&office, &alder).await;
    office.olive().get(&beech.portal).await.assert_missing();
    office.sam().get(&alder.portal).await.assert_missing();
    let still = "In this browser you still see the portal as Noor Haddad does.";
    office.olive().get("/console").await.assert_sees(still).assert_hides(BANNER);
    office.sam().get("/console").await.assert_hides("you still see");

    let page = office.olive().press(&home, "Stop", &[]).await;

    page.assert_sees("You no longer see the portal as a contact does.").assert_hides(still);
    office.olive().get(&alder.portal).await.assert_missing();
    view(&office, &alder).await;
    office.advance(Duration::from_secs(59 * 60));
    office.olive().get(&alder.portal).await.assert_status(200);
    office.advance(Duration::from_secs(60));
    office.olive().get(&alder.portal).await.assert_missing();
    view(&office, &alder).await;
    office.olive().post("/logout", &[]).await;
    let login = office.olive().visit("/login").await;
    assert_eq!(login.path, "/login");
    let (olive, email) = (office.olive(), crate::cast::OLIVE);
    office.log_in(olive, email.email, email.password).await;
    office.olive().get(&alder.portal).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_access_has_nothing_to_be_seen() {
    let office = Office::founded().await;
    let alder = Shelf::of(&office, ALDER).await;
    assert!(!office.contacts(ALDER).await.offers("View as this contact"));
    let maya = office.contact_id(ALDER, MAYA).await;
    let told = office.olive().post(&format!("{}/contacts/{maya}/view", alder.console), &[]).await;
    told.assert_status(409).assert_says("Maya Linden has no access to this portal");
    office.let_in(NOOR, ALDER).await;
    let home = view(&office, &alder).await;
    office.remove_access(NOOR, ALDER).await;

    office.olive().get(&home.path).await.assert_missing();
    office.close().await;
}
