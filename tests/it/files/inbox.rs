//! The Inbox: what clients send, until somebody has looked.

use super::{files, send_in};
use crate::cast::{ALDER, MAYA};
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn uploads_wait_in_the_inbox_until_somebody_has_looked() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    office.olive().get("/console/inbox").await.assert_sees("All done.");
    send_in(&office, office.maya(), "Statement.txt").await;
    let inbox = office.olive().get("/console/inbox").await;
    inbox.assert_sees("Statement.txt").assert_sees("Maya Linden").assert_sees(ALDER);
    inbox.assert_sees("As you asked").assert_sees("1 waiting");
    office.olive().get("/console").await.assert_sees("Statement.txt from Maya Linden waits");
    let list = office.olive().get(&files(&office).await).await;
    list.assert_sees("New");

    for _ in 0..2 {
        let after = office.olive().press(&inbox, "Mark as reviewed: Statement.txt", &[]).await;
        after.assert_sees("All done.");
    }
    let nothing = office.olive().post("/console/inbox/reviewed", &[]).await;
    office.olive().follow(nothing).await.assert_sees("Tick at least one upload first.");
    let page = office.olive().click(&list, "Statement.txt").await;
    page.assert_sees("Olive Ortiz looked at it");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_put_in_its_folder_under_another_name() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    let base = files(&office).await;
    let dialog = office.olive().get(&format!("{base}/new-folder")).await;
    let folder = office.olive().press(&dialog, "Make folder", &[("name", "Bank")]).await;
    send_in(&office, office.maya(), "scan0001.txt").await;
    let inbox = office.olive().get("/console/inbox").await;
    let put = office.olive().click(&inbox, "Put in a folder").await;
    put.assert_sees("scan0001.txt from Maya Linden");
    office.olive().press(&put, "Put it there", &[("name", "")]).await.assert_status(422);
    let to = folder.path.rsplit('/').next().unwrap();
    let typed = [("name", "Statement, March.txt"), ("to", to)];
    let done = office.olive().press(&put, "Put it there", &typed).await;
    done.assert_sees("All done.").assert_sees("“Statement, March.txt” is reviewed");
    office.olive().get(&folder.path).await.assert_sees("Statement, March.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sent_what_cannot_be_used_reads_why() {
    let office = Office::founded().await;
    office.let_in(MAYA, ALDER).await;
    send_in(&office, office.maya(), "Page.txt").await;
    let inbox = office.olive().get("/console/inbox").await;
    let reject = office.olive().click(&inbox, "Reject").await;
    let again = office.olive().press(&reject, "Reject upload", &[]).await;
    again.assert_status(422).assert_says("Say why");
    let typed = [("reason", "Page 2 is cut off.")];
    office.olive().press(&again, "Reject upload", &typed).await.assert_sees("All done.");
    let list = office.olive().get(&files(&office).await).await;
    list.assert_sees("Rejected");
    let page = office.olive().click(&list, "Page.txt").await;
    page.assert_sees("Page 2 is cut off.");
    let portal = files(&office).await.replace("/console/clients/", "/p/");
    let theirs = office.maya().get(&portal).await;
    let theirs = office.maya().click(&theirs, "Page.txt").await;
    theirs.assert_sees("Page 2 is cut off.");
    assert!(office.mail_to(MAYA.email).await.header("Subject").unwrap().contains("cannot use"));
    office.olive().press(&page, "Take back", &[]).await.assert_sees("waits in the Inbox again");
    office.olive().get("/console/inbox").await.assert_sees("Page.txt");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_marked_as_reviewed_by_mistake_waits_again_with_one_press() {
    let office = Office::open().await;
    send_in(&office, office.maya(), "Passport.txt").await;
    let inbox = office.olive().get("/console/inbox").await;
    let done = office.olive().press(&inbox, "Mark as reviewed: Passport.txt", &[]).await;
    done.assert_sees("1 upload is marked as reviewed.").assert_sees("All done.");

    let back = office.olive().press(&done, "Undo", &[]).await;

    back.assert_sees("1 upload waits again.").assert_sees("Passport.txt");
    let page = office.olive().click(&back, "Passport.txt").await;
    let done = office.olive().press(&page, "Mark as reviewed", &[]).await;
    done.assert_sees("“Passport.txt” is marked as reviewed.");
    let again = office.olive().press(&done, "Put back in the Inbox", &[]).await;
    again.assert_sees("“Passport.txt” waits in the Inbox again.").assert_sees("Reject");
    office.olive().post("/console/inbox/reviewed/x/undo", &[]).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_inbox_leads_on_and_back_page_by_page() {
    let office = Office::open().await;
    let portal = files(&office).await.replace("/console/clients/", "/p/");
    let names: Vec<String> = (100..220).map(|number| format!("Scan {number}.txt")).collect();
    for some in names.chunks(40) {
        let some: Vec<(&str, &[u8])> =
            some.iter().map(|name| (name.as_str(), super::LEASE)).collect();
        office.maya().add_files(&portal, &[("folder", "")], &some).await.assert_status(303);
    }
    let first = office.olive().get("/console/inbox").await;
    first.assert_sees("Scan 219.txt").assert_hides("Scan 169.txt");
    let second = office.olive().click(&first, "Next page").await;
    let third = office.olive().click(&second, "Next page").await;
    third.assert_sees("Scan 100.txt").assert_sees("20 uploads on this page");
    let back = office.olive().click(&third, "Back").await;
    back.assert_sees("Scan 169.txt").assert_sees("Scan 120.txt").assert_hides("Scan 119.txt");
    let start = office.olive().click(&back, "Back").await;
    start.assert_sees("Scan 219.txt");
    assert!(!start.offers("Back") && start.offers("Next page"));
    office.close().await;
}
