//! What each contact sees: in lists, counts and searches, in zips, as pages, downloads and by guessed addresses.

use super::{Shelf, filled};
use crate::cast::{ALDER, BEN, MAYA, NOOR};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn each_contact_sees_exactly_what_is_meant_for_them() {
    let office = Office::open().await;
    let alder = filled(&office).await;

    let maya = alder.files(MAYA).await;
    maya.assert_sees("For all.txt").assert_says("Only Maya.txt").assert_says("Payroll");
    maya.assert_says("1 file")
        .assert_hides("Noor.txt")
        .assert_hides("Internal")
        .assert_hides("Beech");
    let noor = alder.files(NOOR).await;
    noor.assert_sees("For all.txt").assert_says("Only Noor.txt").assert_says("2 files");
    noor.assert_hides("Maya")
        .assert_hides("Payroll")
        .assert_hides("Internal")
        .assert_hides("Beech");
    office.ben().get(&format!("{}/files", alder.portal)).await.assert_missing();
    let home = office.noor().visit("/p").await;
    home.assert_sees("Recent files").assert_says("For all.txt").assert_says("Only Noor.txt");
    home.assert_hides("Maya").assert_hides("Internal");

    let found = office.noor().get(&format!("{}/files?find=maya", alder.portal)).await;
    found.assert_sees("Nothing found").assert_hides("slip");
    let found = office.noor().get(&format!("{}/files?find=payroll", alder.portal)).await;
    found.assert_sees("Nothing found");
    let found = office.maya().get(&format!("{}/files?find=slip", alder.portal)).await;
    found.assert_sees("Maya slip.txt").assert_says("in Payroll").assert_says("Found");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_theirs_is_found_by_no_address() {
    let office = Office::open().await;
    let alder = filled(&office).await;
    let file = alder.page_of(MAYA, "Only Maya.txt").await;
    let folder = alder.files(MAYA).await.link("Payroll");
    let id = file.rsplit('/').next().unwrap().to_owned();
    let folder_id = folder.rsplit('/').next().unwrap().to_owned();
    let zip = format!("{}/files/zip", alder.portal);
    office.maya().get(&file).await.assert_status(200);

    for who in [office.noor(), office.ben()] {
        for below in ["", "/download", "/preview/1", "/withdraw"] {
            who.get(&format!("{file}{below}")).await.assert_missing();
            who.head(&format!("{file}{below}")).await.assert_status(404);
        }
        for action in ["/name", "/everyone", "/withdraw"] {
            let form = [("name", "Mine.txt"), ("everyone", "yes")];
            who.post(&format!("{file}{action}"), &form).await.assert_missing();
        }
        who.get(&folder).await.assert_missing();
        who.post(&zip, &[("file", &id)]).await.assert_missing();
        who.post(&zip, &[("folder", &folder_id)]).await.assert_missing();
        for receipt in ["", "/text"] {
            let receipt = format!("{}/files/receipt/{id}{receipt}", alder.portal);
            who.get(&receipt).await.assert_missing();
        }
    }
    // What staff added has no receipt for an uploader, and nothing of it can be changed in the portal.
    office.maya().get(&format!("{}/files/receipt/{id}", alder.portal)).await.assert_missing();
    office.maya().post(&format!("{file}/name"), &[("name", "Mine.txt")]).await.assert_missing();
    office.maya().get(&file).await.assert_sees("Only Maya.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_new_until_it_was_opened() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    alder.give("everyone", "Budget.txt", "twelve chairs").await;
    alder.files(MAYA).await.assert_sees("New");
    office.maya().visit(&alder.portal).await.assert_sees("New");
    let file = alder.page_of(MAYA, "Budget.txt").await;
    office.maya().head(&format!("{file}/download")).await.assert_status(200);
    alder.files(MAYA).await.assert_sees("New");

    let got = office.maya().get(&format!("{file}/download")).await;

    assert_eq!(got.body(), "twelve chairs");
    let disposition = got.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"Budget.txt\""), "{disposition}");
    assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
    office.until(office.maya(), &format!("{}/files", alder.portal), "Budget.txt just now").await;
    alder.files(MAYA).await.assert_hides("New");
    alder.files(NOOR).await.assert_sees("New");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ticked_files_come_as_one_zip() {
    let office = Office::open().await;
    let alder = filled(&office).await;
    let page = alder.files(MAYA).await;
    let ids = |name: &str| page.link(name).rsplit('/').next().unwrap().to_owned();
    let (all, own) = (ids("For all.txt"), ids("Only Maya.txt"));

    let zip =
        office.maya().press(&page, "Download as zip", &[("file", &all), ("file", &own)]).await;

    zip.assert_status(200);
    assert_eq!(zip.header("content-type"), Some("application/zip"));
    assert!(zip.body().starts_with("PK"), "{}", zip.body());
    for (name, there) in [("For all.txt", true), ("Only Maya.txt", true), ("Noor", false)] {
        assert_eq!(zip.body().contains(name), there, "{name}");
    }
    let nothing = office.maya().press(&page, "Download as zip", &[]).await;
    nothing.assert_sees("Tick at least one file first");
    let folder = office.maya().click(&page, "Payroll").await;
    let zip = office.maya().press(&folder, "Download the whole folder", &[]).await;
    assert!(zip.body().contains("Maya slip.txt") && !zip.body().contains("For all.txt"));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_portal_says_what_will_be_there() {
    let office = Office::open().await;
    let alder = Shelf::of(&office, ALDER).await;
    let page = alder.files(BEN).await;
    page.assert_missing();
    let page = alder.files(MAYA).await;
    page.assert_sees("No files yet.")
        .assert_says("What you and Harbour & Hall share will be here.");
    assert_eq!(page.link("Add a file"), format!("{}/files/add", alder.portal));
    office.maya().visit(&alder.portal).await.assert_sees("No files yet");
    office.close().await;
}
