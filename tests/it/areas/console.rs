//! In the console: what is closed is seen at a glance, opening says what it shows, and nobody overwrites another unseen.

use super::{FILES, REQUESTS, areas_page, open_only, ticked};
use crate::cast::{ALDER, MAYA, NOOR};
use crate::office::{Office, standing};
use crate::portal_requests::{Asked, item};

#[tokio::test(flavor = "multi_thread")]
async fn opening_says_what_becomes_visible_and_the_record_says_what_is_closed() {
    let office = Office::open().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let files: &[(&str, &[u8])] = &[("Budget.txt", b"a"), ("Lease.txt", b"b")];
    let to = format!("{record}/files");
    office.olive().add_files(&to, &[("audience", "everyone")], files).await;
    let secret: &[(&str, &[u8])] = &[("Internal.txt", b"c")];
    office.olive().add_files(&to, &[("audience", "firm")], secret).await;
    Asked::all(&office, ALDER, "Your year", &[item("short", "Which bank?")]).await;
    areas_page(&office, NOOR).await.assert_hides("Closed to Noor");

    let shown = open_only(&office, NOOR, &[]).await;

    shown.assert_sees("No area of the portal is open to Noor Haddad.");
    assert!(standing(&shown, "Noor").contains("No area open"), "{}", shown.text());
    assert!(!standing(&shown, "Maya").contains("open"));
    let page = areas_page(&office, NOOR).await;
    page.assert_says("Noor will see 2 files at once")
        .assert_says("Noor will see 1 request at once");
    page.assert_says("Without either, Noor sees Home");
    let edit = office.olive().click(&shown, "Edit contact Noor").await;
    edit.assert_says("Noor will see 2 files at once");

    let shown = open_only(&office, NOOR, &[FILES]).await;
    assert!(standing(&shown, "Noor").contains("Files only"));
    office.olive().get(&record).await.assert_sees("Files only");
    let shown = open_only(&office, NOOR, &[FILES, REQUESTS]).await;
    shown.assert_hides("Files only");
    let log = office.olive().get(&format!("{record}/activity")).await;
    log.assert_says("You closed Files and Requests of Alder Ltd to Noor Haddad");
    log.assert_says("You opened Requests of Alder Ltd to Noor Haddad");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_do_not_open_again_what_the_other_has_closed() {
    let office = Office::open().await;
    let (one, two) = (areas_page(&office, NOOR).await, areas_page(&office, NOOR).await);
    let contacts = office.contacts(ALDER).await;
    let edit = office.olive().click(&contacts, "Edit contact Noor").await;
    let close = |areas| ticked(one.fill("Save areas", &[]), areas);
    office.olive().submit(&close(&[FILES])).await.assert_status(303);

    let again = office.olive().submit(&ticked(two.fill("Save areas", &[]), &[REQUESTS])).await;

    again.assert_status(422).assert_says("Somebody else changed this");
    again.assert_says("Closed to Noor so far");
    assert!(standing(&office.contacts(ALDER).await, "Noor").contains("Files only"));
    // Nor does a form of the whole contact, which would open it again.
    let whole = office.olive().press(&edit, "Save contact", &[("role", "Clerk")]).await;
    whole.assert_status(422).assert_says("Somebody else changed this");
    // The same once more is no conflict; and whoever has seen it decides.
    office.olive().submit(&close(&[FILES])).await.assert_status(303);
    office.olive().press(&again, "Save areas", &[]).await.assert_says("Requests, and not Files");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_contact_begins_with_all_areas_unless_some_are_closed() {
    let office = Office::founded().await;
    let record = office.client_path(office.olive(), ALDER).await;
    let new = office.olive().get(&format!("{record}/contacts/new")).await;
    let form = new.fill("Add contact", &[("first", "Ann")]);
    let shown = office.olive().follow(office.olive().submit(&form).await).await;
    assert!(!standing(&shown, "Ann").contains("only"));
    let new = office.olive().get(&format!("{record}/contacts/new")).await;
    let typed = [("first", "Zora"), ("email", "zora@alder.example"), ("area", REQUESTS)];
    // A form that grows by a row keeps what is ticked.
    let grown = office.olive().press(&new, "Add a number", &typed).await;
    let shown = office.olive().press(&grown, "Add contact", &[]).await;
    assert!(standing(&shown, "Zora").contains("Requests only"));
    let log = office.olive().get(&format!("{record}/activity")).await;
    log.assert_says("added Zora as a contact of Alder Ltd: Requests only");

    let edit = office.olive().click(&shown, "Edit contact Zora").await;
    let edited = ticked(edit.fill("Save contact", &[("role", "Clerk")]), &[FILES]);
    let shown = office.olive().follow(office.olive().submit(&edited).await).await;

    assert!(standing(&shown, "Zora").contains("Files only"));
    let log = office.olive().get(&format!("{record}/activity")).await;
    log.assert_says("opened Files and closed Requests of Alder Ltd to Zora");
    log.assert_says("edited Zora: role");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_or_shares_something_is_told_to_whom_it_is_closed() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.let_in(NOOR, ALDER).await;
    let typed = [("first", "Zora"), ("email", "zora@alder.example"), ("area", FILES)];
    office.add_contact(ALDER, &typed).await;
    open_only(&office, NOOR, &[]).await;
    let asked = Asked::all(&office, ALDER, "Your year", &[item("short", "Which bank?")]).await;

    let shown = office.olive().get(&asked.console).await;

    shown.assert_says("has no access to Requests");
    assert!(!shown.offers("Invite Zora"), "an invite would not help");
    let areas = office.olive().click(&shown, "Change areas for Noor Haddad").await;
    areas.assert_sees("Noor will see 1 request at once");
    let record = office.client_path(office.olive(), ALDER).await;
    let add = office.olive().get(&format!("{record}/files/add")).await;
    add.assert_says("has no access to Files").assert_says("was not invited yet");
    // Whoever looks as she does sees no more than she.
    let contacts = office.contacts(ALDER).await;
    let view = "View as this contact: Noor Haddad";
    let home = office.olive().press(&contacts, view, &[]).await;
    home.assert_says("Nothing is open to you here yet");
    office.olive().get(&asked.path).await.assert_missing();
    office.close_with_mails_read().await;
}
