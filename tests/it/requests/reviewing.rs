//! Review: what was handed in is accepted or sent back, and talked about.

use super::{mails_are_read, path_of, ready};
use crate::cast::ALDER;
use crate::office::Office;

/// A request of one question that Maya has handed in: its path in the console and in the portal.
async fn handed_in(office: &Office) -> (String, String) {
    let (olive, maya) = (office.olive(), office.maya());
    let page = ready(office, ALDER, "Bank", "Which bank?").await;
    let request = path_of(&olive.press(&page, "Send", &[]).await);
    let client = office.client_path(olive, ALDER).await.replace("/console/clients/", "/p/");
    let portal = format!("{client}/requests/{}", request.rsplit('/').next().unwrap());
    let sheet = maya.get(&portal).await;
    maya.press(&sheet, "Send to", &[("a-1", "Oakwood")]).await.assert_status(200);
    (request, portal)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_back_is_handed_in_again_and_accepting_it_completes_the_request() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let (request, portal) = handed_in(&office).await;
    let page = olive.get(&request).await;
    page.assert_says("Maya Linden handed it in").assert_says("Oakwood").assert_says("To review");
    let dialog = olive.click(&page, "Send back Which bank?").await;
    olive.press(&dialog, "Send back", &[]).await.assert_status(422).assert_says("Say why");
    let back = olive.press(&dialog, "Send back", &[("reason", "That one has closed.")]).await;
    back.assert_sees("“Which bank?” is sent back").assert_says("That one has closed.");

    let sheet = maya.get(&portal).await;
    sheet.assert_says("That one has closed.");
    maya.press(&sheet, "Send to", &[("a-1", "Elmwood")]).await.assert_status(200);

    // The page from before shows an answer that is none any more.
    olive.press(&page, "Accept Which bank?", &[]).await.assert_says("was answered anew meanwhile");
    let page = olive.get(&request).await;
    let done = olive.press(&page, "Accept all", &[]).await;
    done.assert_sees("With that the request is completed").assert_says("Completed by Olive Ortiz");
    maya.get(&portal).await.assert_says("Completed");
    let open = olive.press(&done, "Reopen", &[]).await;
    open.assert_says("is open again").assert_says("Olive Ortiz reopened it");
    mails_are_read(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_moved_paused_and_withdrawn_and_each_says_what_it_means() {
    let office = Office::open().await;
    let olive = office.olive();
    let page = ready(&office, ALDER, "Bank", "Which bank?").await;
    let page = olive.press(&page, "Send", &[]).await;
    let dialog = olive.click(&page, "Move the due date").await;
    olive.press(&dialog, "Save", &[("due", "2001-01-01")]).await.assert_status(422);
    let page = olive.press(&dialog, "Save", &[("due", "2199-01-31")]).await;
    page.assert_says("It is due on").assert_says("2199");
    let page = olive.press(&page, "Stop reminders", &[]).await;
    page.assert_says("No more reminders are sent").assert_says("Stopped");
    let confirm = olive.click(&page, "Withdraw").await;
    confirm.assert_says("It is gone from the To-do list of everyone at Alder Ltd");
    let page = olive.press(&confirm, "Withdraw", &[]).await;
    page.assert_says("“Bank” is withdrawn").assert_says("Olive Ortiz withdrew it");
    let client = office.client_path(olive, ALDER).await.replace("/console/clients/", "/p/");
    office.maya().get(&format!("{client}/todo")).await.assert_hides("Which bank?");
    mails_are_read(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_with_a_file_they_do_not_see_asks_first() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let (request, portal) = handed_in(&office).await;
    let files = format!("{}/files", office.client_path(olive, ALDER).await);
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    olive.add_files(&files, &fields, &[("Forecast.txt", b"12")]).await.assert_status(303);
    let page = olive.get(&request).await;
    let attach = olive.press(&page, "Attach files", &[("text", "Please look at this.")]).await;
    assert_eq!(attach.value("text"), "Please look at this.");
    let html = attach.html();
    let file = html.tags("input").find(|at| html[*at].attr("name") == Some("file")).unwrap();
    let file = html[file].attr("value").unwrap();

    let asks = olive.press(&attach, "Send comment", &[("file", file)]).await;

    asks.assert_says("cannot see Forecast.txt yet");
    maya.get(&portal).await.assert_hides("Please look at this.");
    let said = olive.press(&asks, "Send comment", &[]).await;
    said.assert_says("Your comment is sent").assert_says("Forecast.txt");
    maya.get(&portal).await.assert_says("Please look at this.").assert_says("Forecast.txt");
    mails_are_read(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_is_not_reviewed_any_more() {
    let office = Office::open().await;
    let olive = office.olive();
    let (request, _) = handed_in(&office).await;
    let page = olive.get(&request).await;
    assert!(page.offers("Accept all"));
    let confirm = olive.click(&page, "Withdraw").await;
    let page = olive.press(&confirm, "Withdraw", &[]).await;
    page.assert_says("Oakwood").assert_says("Answered").assert_hides("o review");
    page.assert_says("Who has the link still reads what they sent");
    assert!(!page.offers("Accept all"));
    mails_are_read(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reopened_with_everything_accepted_says_what_can_be_done_and_does_it() {
    let office = Office::open().await;
    let olive = office.olive();
    let (request, _) = handed_in(&office).await;
    let page = olive.get(&request).await;
    let page = olive.press(&page, "Accept all", &[]).await;
    let page = olive.press(&page, "Reopen", &[]).await;
    page.assert_says("Nothing is left to review");
    olive.press(&page, "Mark as completed", &[]).await.assert_says("Completed by Olive Ortiz");
    mails_are_read(&office).await;
    office.close().await;
}
