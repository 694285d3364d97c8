//! What a change of one thing leaves as it was: the secrecy of a folder, the name of a version, what was ticked.

use super::{LEASE, add, files, id, send_in};
use crate::cast::{ALDER, MAYA};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_a_folder_of_the_firm_stays_with_its_sender_who_never_reads_the_folders_name()
{
    let office = Office::open().await;
    let base = files(&office).await;
    let portal = base.replace("/console/clients/", "/p/");
    let dialog = office.olive().get(&format!("{base}/new-folder")).await;
    let folder = office.olive().press(&dialog, "Make folder", &[("name", "Fraud?")]).await;
    let folder = id(&folder.path).to_owned();
    send_in(&office, office.maya(), "scan.txt").await;
    let inbox = office.olive().get("/console/inbox").await;
    let put = office.olive().click(&inbox, "Put in a folder").await;
    put.assert_sees("Firm only: no contact sees this folder or its name");
    let typed = [("name", "Ledger.txt"), ("to", folder.as_str())];
    office.olive().press(&put, "Put it there", &typed).await.assert_sees("in its folder");

    let theirs = office.maya().get(&portal).await;
    theirs.assert_sees("Ledger.txt").assert_hides("Fraud");
    office.maya().click(&theirs, "Ledger.txt").await.assert_sees("Ledger").assert_hides("Fraud");
    office.maya().get(&format!("{portal}?find=fraud")).await.assert_hides("Fraud?");
    office.maya().get(&format!("{portal}/in/{folder}")).await.assert_missing();
    office.maya().get(&format!("{portal}/add")).await.assert_hides("Fraud");
    let file = id(&theirs.link("Ledger.txt")).to_owned();
    let zip = office.maya().post(&format!("{portal}/zip"), &[("file", &file)]).await;
    zip.assert_status(200);
    assert!(!zip.body().contains("Fraud") && zip.body().contains("Ledger.txt"));

    let share = office.olive().get(&format!("{base}/share?folder={folder}")).await;
    office.olive().press(&share, "Save", &[("audience", "everyone")]).await;
    office.maya().get(&portal).await.assert_sees("Fraud?").assert_hides("Not in a folder");
    office.maya().get(&format!("{portal}/in/{folder}")).await.assert_sees("Ledger.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_has_the_ending_of_what_it_is_also_once_it_is_restored() {
    let office = Office::founded().await;
    let base = files(&office).await;
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    let table: &[u8] = b"Date,Amount\n2026-03-01,12.00\n";
    office.olive().add_files(&base, &fields, &[("ledger.csv", table)]).await.assert_status(303);
    let list = office.olive().get(&base).await;
    let file = list.link("ledger.csv");
    let replaces = [("folder", ""), ("replaces", id(&file)), ("note", "")];
    office.olive().add_files(&base, &replaces, &[("notes.txt", LEASE)]).await.assert_status(303);
    let page = office.olive().get(&file).await;
    page.assert_sees("ledger.txt");
    let name = |page: &crate::page::Page| page.header("content-disposition").unwrap().to_owned();
    let older = office.olive().get(&page.link("Download version 1")).await;
    assert!(name(&older).contains("ledger.csv"), "{}", name(&older));

    let restored = office.olive().press(&page, "Restore version 1", &[]).await;

    restored.assert_sees("ledger.csv").assert_sees("as version 3");
    let newest = office.olive().get(&format!("{file}/download")).await;
    assert!(name(&newest).contains("ledger.csv") && newest.body().starts_with("Date,Amount"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_file_of_the_same_name_becomes_a_new_version_where_staff_say_so() {
    let office = Office::open().await;
    let base = files(&office).await;
    let portal = base.replace("/console/clients/", "/p/");
    let list = add(&office, "", "Rota.txt").await;
    list.assert_hides("There is another of this name here.");
    let share =
        office.olive().get(&format!("{base}/share?file={}", id(&list.link("Rota.txt")))).await;
    office.olive().press(&share, "Save", &[("audience", "everyone")]).await;
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    let second: &[u8] = b"The rota of April.\n";
    office.olive().add_files(&base, &fields, &[("rota.txt", second)]).await.assert_status(303);
    office.maya().get(&portal).await.assert_sees("Rota.txt").assert_hides("rota.txt");

    let list = office.olive().get(&base).await;
    list.assert_sees("There is another of this name here.");
    let dialog = office.olive().click(&list, "Make it a new version: rota.txt").await;
    dialog.assert_sees("Whoever sees the older one will see what is in the newer one: Everyone.");
    let done = office.olive().press(&dialog, "Make it a new version", &[]).await;

    done.assert_sees("has it as version 2 now").assert_hides("There is another of this name here.");
    let theirs = office.maya().get(&portal).await;
    let download = format!("{}/download", theirs.link("Rota.txt"));
    assert_eq!(office.maya().get(&download).await.body().as_bytes(), second);
    office.olive().get(&format!("{base}/trash")).await.assert_sees("rota.txt");
    // Pressed again, and opened where there is nothing to do.
    let again = office.olive().press(&dialog, "Make it a new version", &[]).await;
    again.assert_missing();

    // What a contact sends stays theirs.
    send_in(&office, office.maya(), "Rota.txt").await;
    let list = office.olive().get(&base).await;
    list.assert_hides("There is another of this name here.");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_page_that_asks_leaves_ticked_what_was_ticked() {
    let office = Office::founded().await;
    let base = files(&office).await;
    add(&office, "", "Lease.txt").await;
    let list = add(&office, "", "Kiln.txt").await;
    add(&office, "", "Rota.txt").await;
    let [lease, kiln] = ["Lease.txt", "Kiln.txt"].map(|name| id(&list.link(name)).to_owned());
    let asked = format!("file={lease}&file={kiln}&from=");
    for page in ["move", "share"] {
        let page = office.olive().get(&format!("{base}/{page}?{asked}")).await;
        let back = office.olive().click(&page, "Cancel").await;
        let ticked: Vec<_> = ticked(&back);
        assert_eq!(ticked.len(), 2, "{ticked:?}");
        assert!(ticked.contains(&lease) && ticked.contains(&kiln));
    }
    let none = office.olive().get(&base).await;
    assert!(ticked(&none).is_empty());
    office.close().await;
}

/// The files that are ticked in a list.
fn ticked(page: &crate::page::Page) -> Vec<String> {
    let html = page.html();
    let boxes = html.tags("input").filter(|at| html[*at].attr("name") == Some("file"));
    let ticked = boxes.filter(|at| html[*at].attr("checked").is_some());
    ticked.filter_map(|at| html[at].attr("value")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_learns_where_its_form_led_and_leaves_the_message_to_the_page_there() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let base = files(&office).await;
    let from_dialog = [("X-Dialog", "1")];
    let named = |name: &str| [("name".to_owned(), name.to_owned())];
    let path = format!("{base}/new-folder");
    let wrong = office.olive().send_with("POST", &path, &named(""), &from_dialog).await;
    wrong.assert_status(422).assert_says("Give the folder a name");

    let made = office.olive().send_with("POST", &path, &named("Bank"), &from_dialog).await;

    made.assert_status(204);
    let there = made.location().to_owned();
    office.olive().get(&there).await.assert_sees("The folder “Bank” is made.");
    office.olive().get(&there).await.assert_hides("is made.");
    office.close().await;
}
