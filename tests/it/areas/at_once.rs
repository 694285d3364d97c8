//! What is closed is closed at once: to what is under way, to open pages, to calendars, and to mails that have not left.

use std::time::Duration;

use super::{FILES, REQUESTS, open_only};
use crate::cast::{ALDER, NOOR};
use crate::office::Office;
use crate::page::Page;
use crate::portal_requests::{Asked, Wanted, item};

/// More than the machine holds on the way from one end to the other.
const MUCH: usize = 24 << 20;
/// What is to be told within so long is told in one mail.
const GATHERED: Duration = Duration::from_secs(60 * 60);

async fn asks(office: &Office, title: &str) {
    let items = [item("short", "What?")];
    Asked::of(office, ALDER, Wanted { title, due: "2026-03-20", named: &[], items: &items }).await;
}

async fn give(office: &Office, name: &str, bytes: &[u8]) {
    let record = office.client_path(office.olive(), ALDER).await;
    let to = format!("{record}/files");
    let answer = office.olive().add_files(&to, &[("audience", "everyone")], &[(name, bytes)]).await;
    answer.assert_leads_to(&to);
}

async fn begin(office: &Office, portal: &str) -> String {
    let fields = [("name", "Long.txt"), ("bytes", "90")].map(|(k, v)| (k.into(), v.into()));
    let json = [("Accept", "application/json")];
    let begun = office.noor().send_with("POST", &format!("{portal}/uploads"), &fields, &json).await;
    let told: serde_json::Value = serde_json::from_str(begun.body()).unwrap();
    format!("{portal}/uploads/{}", told["id"].as_str().unwrap())
}

async fn piece(office: &Office, upload: &str) -> Page {
    let head = [
        ("Accept", "application/json"),
        ("Content-Type", "application/partial-upload"),
        ("Upload-Offset", "0"),
    ];
    office.noor().send_bytes("PATCH", upload, &[7; 90], &head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_and_downloads_under_way_end_when_files_is_closed() {
    let office = Office::open().await;
    let portal = office.portal_path(ALDER).await;
    give(&office, "All.txt", &b"the ledger\n".repeat(MUCH / 11)).await;
    let file = office.noor().get(&format!("{portal}/files")).await.link("All.txt");
    let mut slow = office.noor().begin("GET", &format!("{file}/download"), 0, &[]).await;
    slow.hear().await;
    let upload = begin(&office, &portal).await;

    open_only(&office, NOOR, &[REQUESTS]).await;

    let cut = slow.answer().await;
    assert_eq!(cut.status, 200);
    assert!(cut.body.len() < MUCH - 100, "it came to its end: {}", cut.body.len());
    piece(&office, &upload).await.assert_status(404);
    open_only(&office, NOOR, &[REQUESTS, FILES]).await;
    assert_eq!(piece(&office, &upload).await.status, 200, "nothing of it was lost");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_nothing_of_requests_that_are_closed() {
    let office = Office::open().await;
    let portal = office.portal_path(ALDER).await;
    let mut open = office.noor().begin("GET", &format!("{portal}/live?at=todo"), 0, &[]).await;
    while !open.heard().contains("retry: ") {
        open.hear().await;
    }
    open_only(&office, NOOR, &[FILES]).await;

    asks(&office, "For everyone").await;

    let told = String::from_utf8_lossy(&open.all().await).into_owned();
    assert!(!told.contains("data: changed"), "{told}");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_forget_what_is_closed() {
    let office = Office::open().await;
    asks(&office, "VAT return").await;
    let page = office.noor().get("/p/settings/calendar").await;
    let page = office.noor().press(&page, "Make the", &[]).await;
    let html = page.html();
    let url = html[html.by_id("calendar-address").unwrap()].attr("value").unwrap().to_owned();
    let read = async || office.nobody().get(&url).await.body().matches("VAT return").count();
    assert_eq!(read().await, 1);

    open_only(&office, NOOR, &[FILES]).await;

    assert_eq!(read().await, 0);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mail_leaves_that_tells_of_what_was_closed_meanwhile() {
    let office = Office::open().await;
    office.mails_are_read().await;
    asks(&office, "VAT return").await;
    give(&office, "Budget.txt", b"twelve chairs").await;

    open_only(&office, NOOR, &[]).await;

    office.advance(GATHERED);
    let mut told = [office.mail_to("maya").await, office.mail_to("maya").await].map(|mail| {
        let text = mail.text_part();
        (text.contains("VAT return"), text.contains("file"))
    });
    told.sort_unstable();
    assert_eq!(told, [(false, true), (true, false)]);
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("noor"), 0);
    // By days there are reminders, too.
    office.days_later(20, &[crate::cast::OLIVE]).await;
    office.mails_settle().await;
    assert_eq!(office.unread_mails_to("noor"), 0);
    office.close_with_mails_read().await;
}
