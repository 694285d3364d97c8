//! Requests that come again by themselves, whatever the server was doing on their day.

use std::time::Duration;

use crate::cast::{ALDER, OLIVE};
use crate::office::Office;
use crate::page::Page;

const RECURRING: &str = "/console/requests/recurring";

/// Olive asks Alder for the month's books, every month from the 2nd of March 2026 on.
async fn monthly(office: &Office) {
    let olive = office.olive();
    let choose = olive.get("/console/requests/send-many?template=month-end").await;
    let client = office.client_path(olive, ALDER).await;
    let id = client.rsplit('/').next().unwrap();
    let look = olive.press(&choose, "Go on with those ticked", &[("client", id)]).await;
    let sent = olive.press(&look, "Send to 1 client", &[("repeat", "month")]).await;
    sent.assert_says("1 client was asked.");
}

/// All requests, as Olive finds them.
async fn all(office: &Office) -> Page {
    office.olive().get("/console/requests?view=list&state=all").await
}

/// Days pass, in which Olive's session ends.
async fn days_pass(office: &Office, days: u64) {
    office.days_pass(days);
    office.log_in(office.olive(), OLIVE.email, OLIVE.password).await;
}

/// Both at Alder read all their mails up to the one that tells of this request.
async fn alder_reads(office: &Office, last: &str) {
    office.advance(Duration::from_secs(300));
    for whom in ["maya", "noor"] {
        while !office.mail_to(whom).await.header("Subject").is_some_and(|s| s.contains(last)) {}
    }
    // Reminders of the same days may have left side by side with it.
    office.mails_settle().await;
    office.mails_settle().await;
    for whom in ["maya", "noor"] {
        while office.unread_mails_to(whom) > 0 {
            office.mail_to(whom).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_comes_each_month_with_that_months_words_even_after_a_restart() {
    let office = Office::open().await;
    monthly(&office).await;
    let list = office.olive().get(RECURRING).await;
    list.assert_sees("Bookkeeping for March 2026")
        .assert_says("Every month")
        .assert_says("next on Thu, Apr 2");
    all(&office).await.assert_sees("Bookkeeping for February 2026").assert_hides("for March 2026");

    days_pass(&office, 31).await;
    office
        .until(
            office.olive(),
            "/console/requests?view=list&state=all",
            "Bookkeeping for March 2026",
        )
        .await;
    days_pass(&office, 29).await;
    let data = office.data();
    let office = office.moved_to(data).await;
    office.until(office.olive(), RECURRING, "next on Sat, May 2").await;
    days_pass(&office, 1).await;
    let list = "/console/requests?view=list&state=all";
    let page = office.until(office.olive(), list, "Bookkeeping for April 2026").await;
    let text = page.text();
    for month in ["February", "March", "April"] {
        let title = format!("Bookkeeping for {month} 2026, ");
        assert_eq!(text.matches(&title).count(), 1, "{title}: {text}");
    }
    alder_reads(&office, "Bookkeeping for April 2026").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_paused_changed_and_ended() {
    let office = Office::open().await;
    monthly(&office).await;
    let olive = office.olive();
    let list = olive.get(RECURRING).await;
    let one = olive.click(&list, "Bookkeeping for March 2026").await;
    one.assert_sees("Bank statements for March 2026").assert_says("7 days after sending");
    let paused = olive.press(&one, "Pause", &[]).await;
    paused.assert_sees("The recurring request is paused.");
    days_pass(&office, 45).await;
    let still = olive.get(&one.path).await;
    let resumed = olive.press(&still, "Resume", &[]).await;
    resumed.assert_says("next on Sat, May 2");
    all(&office).await.assert_hides("Bookkeeping for March 2026");

    let wrong = [("next", "2026-04-01"), ("every", "quarter")];
    let told = olive.press(&resumed, "Save", &wrong).await;
    told.assert_status(422).assert_says("This day is over");
    let saved = olive.press(&told, "Save", &[("next", "2026-05-31")]).await;
    saved.assert_says("Every quarter").assert_says("next on Sun, May 31");
    let ask = olive.click(&saved, "End").await;
    let ended = olive.press(&ask, "End", &[]).await;
    ended.assert_sees("The recurring request is ended.");
    assert!(!ended.offers("Pause"));
    olive.get(RECURRING).await.assert_sees("Nothing comes again by itself yet");
    olive.get(&format!("{RECURRING}?state=ended")).await.assert_says("Every quarter");
    alder_reads(&office, "Bookkeeping for February 2026").await;
    office.close().await;
}
