//! Plain forms, as browsers send them without a script.

use anteroom::values::Digest;

use super::sending::{bytes, console_of};
use crate::cast::{ALDER, FIRM};
use crate::office::Office;

const KIND: [(&str, &str); 1] = [("Content-Type", "multipart/form-data; boundary=cut")];

/// A form with these fields and files.
fn form(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    for (name, bytes) in files {
        let head = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--cut--\r\n");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_adds_two_files_by_a_plain_form_and_gets_a_receipt() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let (lease, photo) = (bytes(70_000), bytes(3));
    let files: [(&str, &[u8]); 2] = [("Lease.pdf", &lease), ("C:\\Photos\\Café.jpg", &photo)];
    let body = form(&[("folder", ""), ("note", "As you asked"), ("everyone", "on")], &files);

    let page = maya.send_bytes("POST", &format!("{place}/files"), &body, &KIND).await;

    page.assert_leads_to(&format!("{place}/files/receipt/fi_"));
    let receipt = maya.follow(page).await;
    receipt.assert_sees("Lease.pdf").assert_says("Café.jpg");
    let text = maya.get(&format!("{}/text", receipt.path)).await;
    for (name, bytes) in [("Lease.pdf", &lease), ("Café.jpg", &photo)] {
        let sha256 = Digest::of(bytes).to_string();
        assert!(text.body().contains(name) && text.body().contains(&sha256), "{}", text.body());
    }
    assert!(text.body().contains(FIRM) && text.body().contains(ALDER), "{}", text.body());
    office.noor().get(&format!("{place}/files")).await.assert_sees("Lease.pdf");
    office.noor().get(&receipt.path).await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_contact_adds_without_the_tick_is_seen_by_nobody_else() {
    let office = Office::open().await;
    let place = office.portal_path(ALDER).await;
    let body = form(&[], &[("Private.pdf", b"%PDF-1.7")]);
    office
        .maya()
        .send_bytes("POST", &format!("{place}/files"), &body, &KIND)
        .await
        .assert_status(303);

    office.maya().get(&format!("{place}/files")).await.assert_sees("Private.pdf");

    office.noor().get(&format!("{place}/files")).await.assert_hides("Private.pdf");
    office.sam().get("/console/inbox").await.assert_sees("Private.pdf").assert_says(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_file_stays_when_the_connection_breaks_in_the_second() {
    let office = Office::open().await;
    let place = console_of(&office, ALDER).await;
    let (first, second) = (bytes(100_000), bytes(300_000));
    let body = form(&[("audience", "firm")], &[("First.bin", &first), ("Second.bin", &second)]);
    let sent = body.len() - 100_000;

    let mut line = office.sam().begin("POST", &format!("{place}/files"), body.len(), &KIND).await;
    line.send(&body[..sent]).await;
    line.break_off().await;

    let files = office.sam().get(&format!("{place}/files")).await;
    files.assert_sees("First.bin").assert_hides("Second.bin");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_access_while_sending_adds_nothing() {
    let office = Office::open().await;
    let (record, place) = (console_of(&office, ALDER).await, office.portal_path(ALDER).await);
    let body = form(&[], &[("Late.pdf", &bytes(200_000))]);
    let mut line = office.maya().begin("POST", &format!("{place}/files"), body.len(), &KIND).await;
    line.send(&body[..100_000]).await;
    let contacts = office.olive().get(&format!("{record}/contacts")).await;
    let asked = office.olive().click(&contacts, "Remove contact Maya Linden").await;
    office.olive().press(&asked, "Remove contact", &[]).await.assert_status(200);

    line.send(&body[100_000..]).await;

    assert_eq!(line.answer().await.status, 404);
    office.sam().get(&format!("{record}/files")).await.assert_hides("Late.pdf");
    office.sam().get("/console/inbox").await.assert_hides("Late.pdf");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_file_says_so() {
    let office = Office::open().await;
    let place = console_of(&office, ALDER).await;
    let body = form(&[("folder", "")], &[("", b"")]);
    let page = office.sam().send_bytes("POST", &format!("{place}/files"), &body, &KIND).await;
    page.assert_leads_to(&format!("{place}/files"));
    let flash = page.headers("set-cookie").join(" ");
    assert!(flash.contains("Choose+a+file+first"), "{flash}");
    office.close().await;
}
