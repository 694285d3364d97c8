//! Search: one box on every page of the console finds clients, contacts, requests and files.

use crate::cast::{ALDER, BEECH, MAYA};
use crate::office::Office;
use crate::portal_requests::{Asked, Wanted};

const LEASE: &[u8] = b"The lease of the kiln, in force from March.\n";

/// What is under a heading of the results.
fn group(page: &crate::page::Page, heading: &str) -> String {
    let html = page.html();
    let section = html.tags("section").find(|at| html.text(Some(*at)).starts_with(heading));
    section.map(|at| html.text(Some(at))).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_box_finds_clients_contacts_requests_and_files_and_leads_to_them() {
    let office = Office::open().await;
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    for name in ["Kiln_lease-2026.txt", "Rota.txt"] {
        office.olive().add_files(&files, &fields, &[(name, LEASE)]).await.assert_status(303);
    }
    let wanted = Wanted { title: "The lease of the kiln", due: "", named: &[], items: &[] };
    Asked::of(&office, BEECH, wanted).await;

    let today = office.olive().get("/console").await;
    assert!(today.body().contains(r#"action="/console/search""#), "the box is on every page");
    let found = office.olive().get("/console/search?find=lease+KILN").await;
    assert!(group(&found, "Requests").contains("The lease of the kiln"));
    assert!(group(&found, "Files").contains("Kiln_lease-2026.txt"));
    found.assert_hides("Rota.txt").assert_sees(ALDER).assert_sees(BEECH);
    office.olive().click(&found, "Kiln_lease-2026.txt").await.assert_sees("force from March");

    let found = office.olive().get("/console/search?find=linden").await;
    assert!(group(&found, "Contacts").contains("Maya Linden"), "{}", found.text());
    let contact = found.links().into_iter().find(|link| link.contains("/contacts#co"));
    office.olive().get(&contact.unwrap()).await.assert_sees(MAYA.email);
    let found = office.olive().get("/console/search?find=alder").await;
    assert!(group(&found, "Clients").contains(ALDER));

    let nothing = office.olive().get("/console/search?find=zebra").await;
    nothing.assert_sees("Nothing found for “zebra”.");
    office.olive().get("/console/search?find=+--+").await.assert_status(200);
    office.olive().get("/console/search").await.assert_sees("Find anything.");
    office.maya().get("/console/search?find=lease").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_found_by_its_name_of_now_and_not_in_the_trash() {
    let office = Office::founded().await;
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    let find = async |typed: &str| {
        let page = office.olive().get(&format!("/console/search?find={typed}")).await;
        group(&page, "Files")
    };
    office.olive().add_files(&files, &fields, &[("Scan 17.txt", LEASE)]).await.assert_status(303);
    assert!(find("scan+1").await.contains("Scan 17.txt"));
    let list = office.olive().get(&files).await;
    let file = list.link("Scan 17.txt");
    let rename = office.olive().get(&format!("{file}/rename")).await;
    office.olive().press(&rename, "Save name", &[("name", "Lease of the kiln.txt")]).await;
    assert_eq!(find("scan").await, "");
    assert!(find("kil+of").await.contains("Lease of the kiln.txt"));

    let id = file.rsplit('/').next().unwrap();
    office.olive().post(&format!("{files}/trash"), &[("only", id)]).await.assert_status(303);
    assert_eq!(find("kiln").await, "");
    let trash = office.olive().get(&format!("{files}/trash")).await;
    office.olive().press(&trash, "Restore", &[("file", id)]).await;
    assert!(find("kiln").await.contains("Lease of the kiln.txt"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_the_first_are_shown_and_the_way_to_all_of_them() {
    let office = Office::open().await;
    for number in 1..=9 {
        let title = format!("Statement {number}");
        let wanted = Wanted { title: &title, due: "", named: &[], items: &[] };
        Asked::of(&office, ALDER, wanted).await;
    }
    let files = format!("{}/files", office.client_path(office.olive(), ALDER).await);
    let names: Vec<String> = (1..=9).map(|number| format!("Statement {number}.txt")).collect();
    let all: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), LEASE)).collect();
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    office.olive().add_files(&files, &fields, &all).await.assert_status(303);

    let found = office.olive().get("/console/search?find=statement").await;
    assert!(group(&found, "Files").contains("9 files. Type more to find fewer."));
    let list = office.olive().click(&found, "All 9 requests").await;
    list.assert_sees("Statement 1").assert_sees("Statement 9").assert_sees("9 requests");
    office.close().await;
}
