//! What people see of it: pages of documents in the console and in the portal.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::BINARY;
use super::made::{encrypted, hello};
use crate::cast::{ALDER, MAYA};
use crate::office::Office;
use crate::page::Page;

/// Olive adds a file to Alder's; its page in the console.
async fn add(office: &Office, audience: &str, name: &str, file: &[u8]) -> Page {
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let fields = [("audience", audience)];
    let added = office.olive().add_files(&files, &fields, &[(name, file)]).await;
    let list = office.olive().follow(added).await;
    office.olive().click(&list, name).await
}

fn in_portal(page: &Page) -> String {
    page.path.replace("/console/clients/", "/p/")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_leafed_through_by_whoever_sees_it() {
    let office = Office::open().await;
    let page = add(&office, "everyone", "Lease.pdf", &hello(2)).await;
    assert!(page.body().contains("/preview/2?"), "{}", page.body());

    let image = office.olive().get(&format!("{}/preview/2", page.path)).await;
    image.assert_status(200);
    assert_eq!(image.header("content-type"), Some("image/png"));
    assert_eq!(image.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(image.header("cache-control"), Some("private, no-cache"));
    assert!(image.header("content-security-policy").unwrap().starts_with("sandbox;"));
    let tag = image.header("etag").unwrap();
    let known = [("If-None-Match", tag)];
    let again = office.olive().send_with("GET", &image.path, &[], &known).await;
    assert_eq!((again.status, again.body()), (304, ""));
    office.olive().get(&format!("{}/preview/3", page.path)).await.assert_missing();

    let long = add(&office, "everyone", "Long.pdf", &hello(45)).await;
    for (who, at) in [(office.olive(), long.path.clone()), (office.maya(), in_portal(&long))] {
        let page = who.get(&at).await;
        page.assert_sees("Pages 1 to 20 of 45");
        assert_eq!(page.body().matches("<img ").count(), 20);
        let next = page.link("Show the next pages");
        assert_eq!(next, "?page=21#preview");
        let next = who.get(&format!("{at}?page=21")).await;
        next.assert_sees("Pages 21 to 40 of 45").assert_says("Show the pages before");
        let last = who.get(&format!("{at}?page=45")).await;
        last.assert_sees("Pages 41 to 45 of 45").assert_hides("Show the next pages");
        assert!(last.body().contains("/preview/45"), "{}", last.body());
    }

    let theirs = format!("{}/preview/2", in_portal(&page));
    let same = office.maya().get(&theirs).await;
    assert_eq!((same.status, same.header("etag")), (200, Some(tag)), "it was drawn once");
    office.ben().get(&theirs).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_drawn_for_whoever_does_not_see_the_file() {
    let office = Office::open().await;
    let page = add(&office, "firm", "Draft.pdf", &hello(1)).await;
    office.olive().get(&format!("{}/preview/1", page.path)).await.assert_status(200);
    office.maya().get(&format!("{}/preview/1", in_portal(&page))).await.assert_missing();
    office.nobody().get(&format!("{}/preview/1", page.path)).await.assert_leads_to("/login");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_tables_stand_in_the_page_and_what_cannot_be_shown_is_said() {
    let office = Office::open().await;
    let table = add(&office, "everyone", "Rent.csv", b"month;sum\nMarch;1.200,50\n").await;
    table.assert_sees("1.200,50");
    let text =
        add(&office, "everyone", "Notes.txt", b"Call M\xfcller\r\nabout <b>rent</b>\r\n").await;
    text.assert_sees("Call Müller").assert_sees("<b>rent</b>");
    for (name, file, sentence) in [
        ("Secret.pdf", encrypted(), "This PDF is protected by a password. Download it to open it."),
        ("Torn.pdf", b"%PDF-1.7\n".to_vec(), "This file is damaged"),
        ("Huge.pdf", super::UNPACKS[0].to_vec(), "This file cannot be shown here."),
    ] {
        let page = add(&office, "everyone", name, &file).await;
        page.assert_sees(sentence);
        let portal = office.maya().get(&in_portal(&page)).await;
        portal.assert_sees(sentence).assert_sees("Download");
        office.maya().get(&format!("{}/preview/1", portal.path)).await.assert_missing();
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a program for this test alone")]
async fn whoever_guesses_a_hidden_document_does_not_see_it_sooner() {
    let place = tempfile::tempdir().unwrap();
    let (program, log) = (place.path().join("worker"), place.path().join("log"));
    let commands = format!("#!/bin/sh\necho drawn >>{}\nexec {BINARY} \"$@\"\n", log.display());
    fs::write(&program, commands).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let office = Office::told(|config| config.overrides.worker = Some(program)).await;
    office.set_up().await;
    office.add_clients().await;
    office.let_in(MAYA, ALDER).await;
    let drawn = || fs::read_to_string(&log).unwrap_or_default().lines().count();
    add(&office, "firm", "Salary of Noor.pdf", &hello(1)).await;
    assert_eq!(drawn(), 1, "staff have looked at it");
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let files = files.replace("/console/clients/", "/p/");
    office.maya().add_files(&files, &[], &[("Guess.pdf", &hello(1))]).await.assert_status(303);
    let list = office.maya().get(&files).await;

    let page = office.maya().click(&list, "Guess.pdf").await;

    assert!(page.body().contains("Preview of Guess.pdf"), "{}", page.text());

    assert_eq!(drawn(), 2, "as long as if nobody had it");
    office.maya().click(&list, "Guess.pdf").await.assert_status(200);
    assert_eq!(drawn(), 2, "her own is kept");
    office.close().await;
}
