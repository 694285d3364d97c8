//! Review: what was handed in is accepted or sent back, and talked about.

use crate::cast::ALDER;
use crate::office::Office;
use crate::portal_requests::{Asked, Wanted, item};

/// A request of one question that Maya has handed in.
async fn handed_in(office: &Office) -> Asked<'_> {
    let asked = Asked::all(office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let sheet = asked.page(office.maya()).await;
    let typed = [(&*asked.field(0), "Oakwood")];
    office.maya().press(&sheet, "Send to", &typed).await.assert_status(200);
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_back_is_handed_in_again_and_accepting_it_completes_the_request() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let asked = handed_in(&office).await;
    let page = olive.get(&asked.console).await;
    page.assert_says("Maya Linden handed it in").assert_says("Oakwood").assert_says("To review");
    let dialog = olive.click(&page, "Send back Which bank?").await;
    olive.press(&dialog, "Send back", &[]).await.assert_status(422).assert_says("Say why");
    let back = olive.press(&dialog, "Send back", &[("reason", "That one has closed.")]).await;
    back.assert_sees("“Which bank?” is sent back").assert_says("That one has closed.");

    let sheet = asked.page(maya).await;
    sheet.assert_says("That one has closed.");
    maya.press(&sheet, "Send to", &[(&asked.field(0), "Elmwood")]).await.assert_status(200);

    // The page from before shows an answer that is none any more.
    olive.press(&page, "Accept Which bank?", &[]).await.assert_says("was answered anew meanwhile");
    let page = olive.get(&asked.console).await;
    let done = olive.press(&page, "Accept all", &[]).await;
    done.assert_sees("With that the request is completed").assert_says("Completed by Olive Ortiz");
    asked.page(maya).await.assert_says("Completed");
    let open = olive.press(&done, "Reopen", &[]).await;
    open.assert_says("is open again").assert_says("Olive Ortiz reopened it");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_moved_paused_and_withdrawn_and_each_says_what_it_means() {
    let office = Office::open().await;
    let olive = office.olive();
    let asked = Asked::all(&office, ALDER, "Bank", &[item("short", "Which bank?")]).await;
    let page = olive.get(&asked.console).await;
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
    office.maya().get(&format!("{}/todo", asked.portal)).await.assert_hides("Which bank?");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_with_a_file_they_do_not_see_asks_first() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let asked = handed_in(&office).await;
    let files = format!("{}/files", office.client_path(olive, ALDER).await);
    let fields = [("folder", ""), ("audience", ""), ("note", "")];
    olive.add_files(&files, &fields, &[("Forecast.txt", b"12")]).await.assert_status(303);
    let page = olive.get(&asked.console).await;
    let attach = olive.press(&page, "Attach files", &[("text", "Please look at this.")]).await;
    assert_eq!(attach.value("text"), "Please look at this.");
    let file = &attach.values("file")[0];

    let asks = olive.press(&attach, "Send comment", &[("file", file)]).await;

    asks.assert_says("cannot see Forecast.txt yet");
    asked.page(maya).await.assert_hides("Please look at this.");
    let said = olive.press(&asks, "Send comment", &[]).await;
    said.assert_says("Your comment is sent").assert_says("Forecast.txt");
    asked.page(maya).await.assert_says("Please look at this.").assert_says("Forecast.txt");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_is_not_reviewed_any_more() {
    let office = Office::open().await;
    let olive = office.olive();
    let asked = handed_in(&office).await;
    let page = olive.get(&asked.console).await;
    assert!(page.offers("Accept all"));
    let confirm = olive.click(&page, "Withdraw").await;
    let page = olive.press(&confirm, "Withdraw", &[]).await;
    page.assert_says("Oakwood").assert_says("Answered").assert_hides("o review");
    page.assert_says("Who has the link still reads what they sent");
    assert!(!page.offers("Accept all"));
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reopened_with_everything_accepted_says_what_can_be_done_and_does_it() {
    let office = Office::open().await;
    let olive = office.olive();
    let asked = handed_in(&office).await;
    let page = olive.get(&asked.console).await;
    let page = olive.press(&page, "Accept all", &[]).await;
    let page = olive.press(&page, "Reopen", &[]).await;
    page.assert_says("Olive Ortiz opened it again").assert_says("Nothing is left to review");
    page.assert_says("Reviewed").assert_hides("Handed in");
    let outbox = olive.get("/console/outbox?show=waiting").await;
    outbox.assert_says("Not needed").assert_says("What it tells is over");
    assert!(page.offers("Send back Which bank?"), "what is needed anew");
    olive.get("/console").await.assert_hides("waits for review");
    let board = olive.get("/console/requests").await;
    board.assert_says("Nothing waits for review").assert_says("Reviewed");
    let list = |state: &str| format!("/console/requests?view=list&state={state}");
    for (state, there) in [("handed-in", false), ("in-progress", true), ("reviewed", true)] {
        assert_eq!(olive.get(&list(state)).await.text().contains("Bank"), there, "{state}");
    }
    office.maya().get(&format!("{}/todo", asked.portal)).await.assert_says("looks at it");
    olive.press(&page, "Mark as completed", &[]).await.assert_says("Completed by Olive Ortiz");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_staff_put_into_the_trash_is_answered_nowhere_until_they_bring_it_back() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let asked = Asked::all(&office, ALDER, "Lease", &[item("file", "The lease")]).await;
    let (sheet, field) = (asked.page(maya).await, asked.file_field(0));
    let form = sheet.fill("Send to", &[]);
    let lease = [(field.as_str(), "Lease.txt", b"twelve years".as_slice())];
    maya.submit_with(&form, &lease).await.assert_status(303);
    let list = async || olive.get("/console/requests?view=list").await;
    list().await.assert_says("1 of 1").assert_says("Handed in");

    let page = olive.get(&asked.console).await;
    let file = page.link("Lease.txt");
    let (client, id) = file.rsplit_once('/').unwrap();
    olive.post(&format!("{client}/trash"), &[("only", id)]).await.assert_status(303);

    list().await.assert_says("0 of 1").assert_says("Reviewed");
    let gone = olive.get(&asked.console).await;
    gone.assert_says("0 of 1").assert_says("In the trash");
    assert!(!gone.offers("Accept The lease") && gone.offers("Send back The lease"));
    olive.press(&page, "Accept all", &[]).await.assert_says("has its files in the trash");
    let trash = olive.get(&format!("{client}/trash")).await;
    olive.press(&trash, "Restore Lease.txt", &[]).await.assert_status(200);
    list().await.assert_says("1 of 1").assert_says("Handed in");
    olive.press(&page, "Accept all", &[]).await.assert_says("the request is completed");

    olive.post(&format!("{client}/trash"), &[("only", id)]).await.assert_status(303);
    olive.get(&asked.console).await.assert_says("1 of 1").assert_says("Completed by");
    asked.page(maya).await.assert_says("Completed on");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pages_promise_of_mails_is_what_the_firm_lets_mails_say() {
    let office = Office::open().await;
    let olive = office.olive();
    let asked = handed_in(&office).await;
    let promises = async || {
        let page = olive.get(&asked.console).await;
        let back = olive.click(&page, "Send back Which bank?").await;
        (back, olive.click(&page, "Comment on Which bank?").await)
    };
    let (back, comment) = promises().await;
    back.assert_says("told by e-mail that something was sent back, and read why in the portal");
    comment.assert_says("An e-mail tells them that you wrote");
    let settings = olive.get("/console/settings/files").await;
    olive.press(&settings, "Save mails", &[("names", "on")]).await;
    let (back, comment) = promises().await;
    back.assert_says("They read it in an e-mail, and in the portal");
    comment.assert_says("Read in the portal, and in an e-mail, by everyone at Alder Ltd");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_accepted_at_once_is_one_line_of_the_history() {
    let office = Office::open().await;
    let (olive, maya) = (office.olive(), office.maya());
    let items = [item("short", "Which bank?"), item("short", "Which branch?")];
    let asked = Asked::all(&office, ALDER, "Bank", &items).await;
    let sheet = asked.page(maya).await;
    let typed = [(&*asked.field(0), "Oakwood"), (&*asked.field(1), "Leeds")];
    maya.press(&sheet, "Send to", &typed).await.assert_status(200);
    let page = olive.get(&asked.console).await;
    let done = olive.press(&page, "Accept all", &[]).await;
    done.assert_says("Olive Ortiz accepted 2 items").assert_hides("accepted “Which bank?”");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_hangs_on_an_answer_says_so_and_who_waits_is_reminded_from_today() {
    let office = Office::open().await;
    let olive = office.olive();
    let items = [item("yes-no", "Any loans?"), item("short", "Which ones?").only_if("# yes")];
    let wanted = Wanted { title: "Loans", due: "2026-03-05", named: &[], items: &items };
    let asked = Asked::of(&office, ALDER, wanted).await;
    let page = olive.get(&asked.console).await;
    page.assert_says("1 more item, which the answers so far do not ask for");
    page.assert_says("only if “Any loans?” is yes");
    assert!(page.offers("Remind"), "in the head of what waits");
    let today = olive.get("/console").await;
    let today = olive.press(&today, "Remind of Loans, Alder Ltd", &[]).await;
    assert_eq!(today.path, "/console");
    today.assert_says("Maya Linden").assert_says("reminded");
    office.close_with_mails_read().await;
}
