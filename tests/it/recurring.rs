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
    let id = office.client_id(ALDER).await;
    let look = olive.press(&choose, "Go on with those ticked", &[("client", &id)]).await;
    let sent = olive.press(&look, "Send to 1 client", &[("repeat", "month")]).await;
    sent.assert_says("1 client was asked.");
}

/// All requests, as Olive finds them.
async fn all(office: &Office) -> Page {
    office.olive().get("/console/requests?view=list&state=all").await
}

/// Both at Alder read all their mails up to the one that tells of this request.
async fn alder_reads(office: &Office, last: &str) {
    office.advance(Duration::from_secs(300));
    for whom in ["maya", "noor"] {
        while !office.mail_to(whom).await.header("Subject").is_some_and(|s| s.contains(last)) {}
    }
    alder_reads_the_rest(office).await;
}

/// Reminders of the same days may leave side by side with what is sent, or tell of it in its place.
async fn alder_reads_the_rest(office: &Office) {
    office.mails_settle().await;
    office.mails_are_read().await;
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

    office.days_later(31, &[OLIVE]).await;
    office
        .until(
            office.olive(),
            "/console/requests?view=list&state=all",
            "Bookkeeping for March 2026",
        )
        .await;
    office.days_later(29, &[OLIVE]).await;
    let data = office.data();
    let office = office.moved_to(data).await;
    office.until(office.olive(), RECURRING, "next on Sat, May 2").await;
    office.days_later(1, &[OLIVE]).await;
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
    office.days_later(45, &[OLIVE]).await;
    let still = olive.get(&one.path).await;
    let resumed = olive.press(&still, "Resume", &[]).await;
    resumed.assert_says("next on Sat, May 2");
    all(&office).await.assert_hides("Bookkeeping for March 2026");

    let edit = olive.click(&resumed, "Edit").await;
    let wrong = [("next", "2026-04-01"), ("every", "quarter")];
    let told = olive.press(&edit, "Save changes", &wrong).await;
    told.assert_status(422).assert_says("This day is over");
    let saved = olive.press(&told, "Save changes", &[("next", "2026-05-31")]).await;
    saved.assert_says("Every quarter").assert_says("next on Sun, May 31");
    let ask = olive.click(&saved, "End").await;
    let ended = olive.press(&ask, "End", &[]).await;
    ended.assert_sees("The recurring request is ended.");
    assert!(!ended.offers("Pause") && !ended.offers("Edit"));
    let late = olive.get(&format!("{}/edit", one.path)).await;
    let late = olive.follow(late).await;
    late.assert_says("It has ended, so it cannot be changed.");
    olive.get(RECURRING).await.assert_sees("Nothing comes again by itself yet");
    olive.get(&format!("{RECURRING}?state=ended")).await.assert_says("Every quarter");
    alder_reads(&office, "Bookkeeping for February 2026").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_asks_something_else_from_the_next_one_on() {
    let office = Office::open().await;
    monthly(&office).await;
    let olive = office.olive();
    let list = olive.get(RECURRING).await;
    let one = olive.click(&list, "Bookkeeping for March 2026").await;
    let edit = olive.click(&one, "Edit").await;
    edit.assert_sees("Everyone there").assert_says("Bookkeeping for March 2026");

    let typed = [("title", "Books of {{month}}"), ("due", "month"), ("of_month", "25")];
    let more = olive.press(&edit, "Add question", &typed).await;
    assert_eq!(more.value("title"), "Books of {{month}}");
    let question = format!("title-{}", more.value("fresh"));
    let typed = [(&*question, "Anybody new on the payroll?"), ("next", "2026-03-01")];
    let told = olive.press(&more, "Save changes", &typed).await;
    told.assert_status(422).assert_says("This day is over");
    assert_eq!(told.value(&question), "Anybody new on the payroll?");
    let look = olive.press(&told, "Refresh", &[("next", "2026-04-15")]).await;
    look.assert_says("Books of April 2026").assert_says("Due Saturday, April 25, 2026");
    let saved = olive.press(&look, "Save changes", &[]).await;
    saved
        .assert_says("put the next one on Wednesday, April 15, 2026")
        .assert_says("Books of April 2026")
        .assert_sees("Anybody new on the payroll?")
        .assert_says("Changed by Olive Ortiz");

    // A page that was loaded before cannot replace it unseen, and keeps what was typed in it.
    let late = olive.press(&edit, "Save changes", &[("title", "Papers")]).await;
    late.assert_status(422).assert_says("What you typed is kept");
    assert_eq!(late.value("title"), "Papers");
    let said = "changed the recurring request “Books of {{month}}”: renamed it from";
    olive.get("/console/activity").await.assert_says(said);

    office.days_later(44, &[OLIVE]).await;
    let all = "/console/requests?view=list&state=all";
    let page = office.until(office.olive(), all, "Books of April 2026").await;
    page.assert_says("Bookkeeping for February 2026").assert_hides("Bookkeeping for March 2026");
    office.advance(Duration::from_secs(300));
    alder_reads_the_rest(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_again_is_asked_of_some_contacts_only_and_asks_for_a_file_of_the_client() {
    let office = Office::open().await;
    monthly(&office).await;
    let olive = office.olive();
    let list = olive.get(RECURRING).await;
    let one = olive.click(&list, "Bookkeeping for March 2026").await;
    let edit = olive.click(&one, "Edit").await;
    let nobody = olive.press(&edit, "Save changes", &[("audience", "named")]).await;
    nobody.assert_status(422).assert_says("Tick the contacts who are asked");
    let read = olive.press(&nobody, "Add file to read", &[]).await;
    read.assert_sees("Files to read");
    let title = format!("title-{}", read.value("fresh"));
    let typed = [(&*title, "Our terms"), ("find", "terms")];
    let found = olive.press(&read, "Find a file", &typed).await;
    found.assert_says("No file is called so.");
    let noor = found.values("contact").pop().unwrap();
    let unread = olive.press(&found, "Save changes", &[("contact", &*noor)]).await;
    unread.assert_status(422).assert_says("Choose the file");
    let removed = olive.press(&unread, "Remove Our terms", &[]).await;
    let saved = olive.press(&removed, "Save changes", &[]).await;
    saved.assert_says("Saved: asks").assert_says("instead");
    alder_reads(&office, "Bookkeeping for February 2026").await;
    office.close().await;
}
