//! Lists of files: folders, names, order, search, moving, the trash, versions.

use super::{LEASE, add, files, id};
use crate::cast::{ALDER, MAYA};
use crate::clamd::{Clamd, Manner};
use crate::office::Office;
use crate::page::Page;

/// Olive makes a folder.
async fn make(office: &Office, within: &str, name: &str) -> Page {
    let path = format!("{}/new-folder?from={within}", files(office).await);
    let dialog = office.olive().get(&path).await;
    office.olive().press(&dialog, "Make folder", &[("name", name)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_lie_in_folders_and_every_list_says_who_sees_them() {
    let office = Office::founded().await;
    let top = office.olive().get(&files(&office).await).await;
    top.assert_sees("No files here.").assert_sees("New files start as “Firm only”.");

    let folder = make(&office, "", "2026").await;
    folder.assert_sees("The folder “2026” is made.").assert_sees("All files");
    let again = make(&office, "", "2026").await;
    again.assert_status(422);
    let list = add(&office, id(&folder.path), "Lease.txt").await;
    list.assert_sees("Lease.txt").assert_sees("Firm only").assert_sees("Olive Ortiz");
    let top = office.olive().get(&files(&office).await).await;
    top.assert_sees("2026").assert_sees("1 file").assert_hides("Lease.txt");
    let record = office.olive().get(&office.client_path(office.olive(), ALDER).await).await;
    assert!(record.link("Files").ends_with("/files"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_by_its_name_wherever_it_lies() {
    let office = Office::founded().await;
    let folder = make(&office, "", "2026").await;
    add(&office, id(&folder.path), "Kiln repair.txt").await;
    add(&office, "", "Lease.txt").await;
    let files = files(&office).await;
    let found = office.olive().get(&format!("{files}?find=kil")).await;
    found.assert_sees("Kiln repair.txt").assert_sees("in 2026").assert_hides("Lease.txt");
    let none = office.olive().get(&format!("{files}?find=ghost")).await;
    none.assert_sees("Nothing found for “ghost”.");
    for sort in ["changed", "changed-down", "size", "size-down", "name-down", "x", "%00"] {
        office.olive().get(&format!("{files}?sort={sort}&after=x")).await.assert_sees("Lease.txt");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_renamed_moved_and_downloaded_from_where_it_is_then() {
    let office = Office::founded().await;
    let folder = make(&office, "", "2026").await;
    add(&office, "", "Lease.txt").await;
    let top = office.olive().get(&files(&office).await).await;
    let rename = office.olive().click(&top, "Rename").await;
    let again = office.olive().press(&rename, "Save name", &[("name", "  ")]).await;
    again.assert_status(422);

    let file = top.link("Lease.txt");
    let rename = office.olive().get(&format!("{file}/rename")).await;
    let named = office.olive().press(&rename, "Save name", &[("name", "Kiln lease")]).await;
    named.assert_sees("“Lease.txt” is called “Kiln lease.txt” now.");
    let ask = format!("{}/move?file={}", files(&office).await, id(&file));
    let dialog = office.olive().get(&ask).await;
    dialog.assert_sees("Move Kiln lease.txt").assert_sees("2026");
    office.olive().press(&dialog, "Move here", &[]).await.assert_status(422);
    let moved = office.olive().press(&dialog, "Move here", &[("to", id(&folder.path))]).await;
    moved.assert_sees("Moved to 2026").assert_sees("Kiln lease.txt");

    let page = office.olive().click(&moved, "Kiln lease.txt").await;
    page.assert_sees("SHA-256")
        .assert_sees("Internal to the firm, because Olive Ortiz chose it when adding it");
    page.assert_sees("The lease of the kiln");
    let bytes = office.olive().get(&page.link("Download")).await;
    assert_eq!(bytes.body().as_bytes(), LEASE);
    let way = bytes.header("content-disposition").unwrap_or_default();
    assert!(way.contains("Kiln lease.txt"), "{way}");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_to_the_trash_comes_back_with_one_press() {
    let office = Office::founded().await;
    add(&office, "", "Lease.txt").await;
    let page = add(&office, "", "Ledger.txt").await;
    let (lease, ledger) = (page.link("Lease.txt"), page.link("Ledger.txt"));
    let nothing = office.olive().press(&page, "Move to trash", &[]).await;
    nothing.assert_sees("Ledger.txt");

    let both = [("file", id(&lease)), ("file", id(&ledger))];
    let trash = format!("{}/trash", files(&office).await);
    for _ in 0..2 {
        let after = office.olive().post(&trash, &both).await;
        assert!(matches!(after.status, 303 | 404), "{}", after.status);
    }
    let list = office.olive().get(&files(&office).await).await;
    list.assert_hides("Lease.txt").assert_hides("Ledger.txt");
    office.olive().get(&lease).await.assert_missing();
    let shown = office.olive().get(&trash).await;
    shown.assert_sees("Lease.txt").assert_sees("Goes for good").assert_sees("for 30 days");
    let back = office.olive().press(&shown, "Restore Lease.txt", &[]).await;
    back.assert_sees("Restored").assert_sees("Ledger.txt");
    let list = office.olive().get(&files(&office).await).await;
    list.assert_sees("Lease.txt").assert_hides("Ledger.txt");

    let gone = office.olive().post(&trash, &[("only", id(&lease))]).await;
    let told = office.olive().follow(gone).await;
    let undone = office.olive().press(&told, "Undo", &[]).await;
    undone.assert_sees("Restored").assert_sees("Lease.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_version_is_kept_and_can_be_the_newest_again() {
    let office = Office::founded().await;
    let list = add(&office, "", "Lease.txt").await;
    let file = list.link("Lease.txt");
    let form = office.olive().get(&format!("{file}/version")).await;
    form.assert_sees("New version of Lease.txt");
    let fields = [("folder", ""), ("replaces", id(&file))];
    let files = files(&office).await;
    let new = office.olive().add_files(&files, &fields, &[("Other.txt", b"Signed.\n")]).await;
    new.assert_status(303);

    let page = office.olive().get(&file).await;
    page.assert_sees("Version 2").assert_sees("Version 1").assert_sees("Signed.");
    let older = office.olive().get(&page.link("Download version 1")).await;
    assert_eq!(older.body().as_bytes(), LEASE);
    let again = office.olive().press(&page, "Restore version 1", &[]).await;
    again.assert_sees("as version 3").assert_sees("The lease of the kiln");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_come_as_one_zip() {
    let office = Office::founded().await;
    let folder = make(&office, "", "2026").await;
    add(&office, id(&folder.path), "Kiln.txt").await;
    let list = add(&office, "", "Lease.txt").await;
    let lease = list.link("Lease.txt");
    let picked = [("file", id(&lease)), ("folder", id(&folder.path))];
    let form = list.fill("Download", &picked);
    assert_eq!(form.method, "POST");
    let zip = office.olive().submit(&form).await;
    zip.assert_status(200);
    assert_eq!(zip.header("content-type"), Some("application/zip"));
    for name in ["Lease.txt", "2026/Kiln.txt"] {
        assert!(zip.body().contains(name), "{name}");
    }
    let nothing = office.olive().press(&list, "Download", &[("file", "")]).await;
    assert_ne!(nothing.status, 500);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_says_what_is_not_in_it() {
    let office = Office::founded().await;
    add(&office, "", "Lease.txt").await;
    let clamd = Clamd::start().await;
    clamd.is(Manner::Thinks);
    let settings = office.olive().get("/console/settings/files").await;
    let typed = [("scanner", &*clamd.at.to_string()), ("on", "on")];
    office.olive().press(&settings, "Save virus scan", &typed).await.assert_sees("are saved");
    let list = add(&office, "", "Later.txt").await;
    let (lease, later) = (list.link("Lease.txt"), list.link("Later.txt"));

    let picked = [("file", id(&lease)), ("file", id(&later))];
    let zip = office.olive().submit(&list.fill("Download", &picked)).await;

    zip.assert_status(200);
    assert!(zip.body().contains("Lease.txt") && zip.body().contains("Not in this zip.txt"));
    assert!(!zip.body().contains("Later.txt") || zip.body().contains("waits for the virus scan"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_leads_on_and_back_page_by_page() {
    let office = Office::founded().await;
    make(&office, "", "2026").await;
    let files = files(&office).await;
    let names: Vec<String> = (100..220).map(|number| format!("Scan {number}.txt")).collect();
    let all: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), LEASE)).collect();
    office.olive().add_files(&files, &[("folder", "")], &all).await.assert_status(303);

    let first = office.olive().get(&files).await;
    first.assert_sees("Scan 100").assert_sees("2026").assert_hides("Scan 150");
    assert!(!first.offers("Back"));
    let second = office.olive().click(&first, "Next page").await;
    let third = office.olive().click(&second, "Next page").await;
    third.assert_sees("Scan 219.txt").assert_hides("Scan 199.txt");

    let back = office.olive().click(&third, "Back").await;
    back.assert_sees("Scan 150.txt").assert_sees("Scan 199.txt").assert_hides("Scan 200.txt");
    back.assert_hides("2026");
    let start = office.olive().click(&back, "Back").await;
    start.assert_sees("Scan 100.txt").assert_sees("2026").assert_hides("Scan 150");
    assert!(!start.offers("Back") && start.offers("Next page"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_ids_and_wrong_people_find_no_file() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let list = add(&office, "", "Lease.txt").await;
    let file = list.link("Lease.txt");
    let other = office.client_path(office.olive(), crate::cast::BEECH).await;
    let elsewhere = format!("{other}/files/{}", id(&file));
    for end in ["", "/rename", "/version", "/download", "/preview/1", "/put", "/reject"] {
        office.olive().get(&format!("{elsewhere}{end}")).await.assert_missing();
        office.maya().get(&format!("{file}{end}")).await.assert_missing();
        office.nobody().get(&format!("{file}{end}")).await.assert_leads_to("/login");
    }
    for end in ["share", "move"] {
        let ask = format!("{other}/files/{end}?file={}", id(&file));
        office.olive().get(&ask).await.assert_missing();
        let form = [("file", id(&file)), ("audience", "everyone"), ("to", "top")];
        office.olive().post(&format!("{other}/files/{end}"), &form).await.assert_missing();
    }
    office.close().await;
}
