//! The board and the list of requests, what is done to several at once, and where else staff see what waits.

use std::time::Duration;

use crate::cast::{ALDER, BEECH, NOOR, OLIVE, SAM, TRUST};
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;
use crate::portal_requests::{Asked, Wanted, item};

/// The office's first day, and some after it.
const DAYS: [&str; 4] = ["2026-03-02", "2026-03-03", "2026-03-06", "2026-04-20"];

impl Office {
    /// A task for everyone at a client, as a draft in the editor.
    async fn draft_task(&self, who: &Person, client: &str, title: &str, due: &str) -> Page {
        let record = self.client_path(who, client).await;
        let section = who.get(&format!("{record}/requests")).await;
        let new = who.click(&section, "New request").await;
        let edit = who.press(&new, "Begin", &[("from", "task")]).await;
        let typed = [("title", title), ("due", due), ("remind", "never")];
        let saved = who.press(&edit, "Save draft", &typed).await;
        assert_eq!(saved.status, 200, "{}", saved.text());
        saved
    }

    /// Sends it to whoever has access. Gives the path of its page.
    async fn send_task(&self, who: &Person, client: &str, title: &str, due: &str) -> String {
        let edit = self.draft_task(who, client, title, due).await;
        let send = who.press(&edit, "Send request", &[]).await;
        let button = if send.offers("Send without inviting") { "Send without" } else { "Send" };
        let form = send.fill(button, &[]);
        let sent = who.submit(&form).await;
        let sent = who.follow(sent).await;
        assert_eq!(sent.status, 200, "{}", sent.text());
        sent.path.split('?').next().unwrap_or_default().to_owned()
    }

    async fn board_of_four(&self) {
        let [today, tomorrow, friday, april] = DAYS;
        self.send_task(self.olive(), ALDER, "VAT return", tomorrow).await;
        self.send_task(self.sam(), BEECH, "Year end papers", friday).await;
        self.send_task(self.olive(), ALDER, "Payroll forms", april).await;
        self.draft_task(self.olive(), TRUST, "Trust deed", today).await;
        self.advance(Duration::from_secs(150));
        self.mails_are_read().await;
    }

    /// Days later, Olive logs in again.
    async fn olive_after(&self, days: u64) -> &Person {
        self.days_later(days, &[OLIVE]).await;
        self.olive()
    }
}

async fn list(who: &Person, query: &str) -> Page {
    who.get(&format!("/console/requests?view=list&{query}")).await
}

/// Ticks the requests of these titles in the list, and presses the button.
async fn with_ticked(who: &Person, page: &Page, titles: &[&str], button: &str) -> Page {
    let ids = titles.iter().map(|title| {
        let link = page.link(title);
        link.rsplit('/').next().unwrap_or_default().to_owned()
    });
    let mut form = page.fill(button, &[]);
    form.fields.retain(|(name, _)| name != "request");
    form.fields.extend(ids.map(|id| ("request".to_owned(), id)));
    let answer = who.submit(&form).await;
    who.follow(answer).await
}

fn says(page: &Page, yes: &[&str], no: &[&str]) {
    for title in yes {
        page.assert_sees(title);
    }
    for title in no {
        page.assert_hides(title);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_was_asked_board_list_and_record_say_how_to_begin() {
    let office = Office::founded().await;
    let words = "Nothing asked yet. A request lists what you need, and reminds for you.";
    let record = office.client_path(office.olive(), ALDER).await;
    for path in ["/console/requests", "/console/requests?view=list", &format!("{record}/requests")]
    {
        let page = office.olive().get(path).await;
        assert!(page.text().replace('\n', " ").contains(words), "{path}: {}", page.text());
        assert!(page.offers("New request"), "{path}");
    }
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_find_requests_by_words_state_person_template_and_client() {
    let office = Office::open().await;
    office.board_of_four().await;
    let all = ["VAT return", "Year end papers", "Payroll forms", "Trust deed"];
    let [vat, papers, payroll, deed] = all;
    let olive = office.olive();

    let board = olive.get("/console/requests").await;
    says(&board, &all, &[]);
    board.assert_sees("Due tomorrow");
    assert!(board.offers("List"));
    let sees = async |query: &str, yes: &[&str]| {
        let no: Vec<&str> = all.into_iter().filter(|title| !yes.contains(title)).collect();
        says(&list(olive, query).await, yes, &no);
    };
    sees("", &all).await;
    sees("find=vat", &[vat]).await;
    sees("find=alder+pay", &[payroll]).await;
    sees("find=ALDER", &[vat, payroll]).await;
    sees("state=draft", &[deed]).await;
    sees("state=open", &[vat, papers, payroll]).await;
    sees("state=soon", &[vat, papers]).await;
    sees("state=overdue", &[]).await;
    sees("state=handed-in", &[]).await;
    sees("by=me", &all).await; // Olive looks after all clients
    sees("state=nonsense&page=nonsense", &all).await;
    let beech = office.client_id(BEECH).await;
    let narrowed = list(olive, &format!("client={beech}")).await;
    says(&narrowed, &[papers], &[vat, payroll, deed]);
    let others = olive.click(&narrowed, "All clients").await;
    says(&others, &all, &[]);
    list(olive, "find=nothing").await.assert_sees("Nothing found for “nothing”.");

    // Whoever looks after a client has its requests among theirs.
    let sam = list(olive, "").await.option(&SAM.name());
    sees(&format!("by={sam}"), &[papers]).await;
    let trust = office.client_path(olive, TRUST).await;
    let edit = olive.get(&format!("{trust}/edit")).await;
    olive.press(&edit, "Save", &[("looked_after_by", &sam)]).await;
    sees(&format!("by={sam}"), &[papers, deed]).await;
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_overdue_says_so_on_board_and_list_and_comes_up_on_today() {
    let office = Office::open().await;
    office.board_of_four().await;
    let today = office.olive().get("/console").await;
    today.assert_sees("Waiting on clients").assert_sees("2 within 7 days");

    let olive = office.olive_after(4).await;

    let board = olive.get("/console/requests?state=overdue").await;
    says(&board, &["VAT return", "3 days late"], &["Payroll forms", "Trust deed"]);
    let late = list(olive, "state=overdue").await;
    says(&late, &["VAT return", "3 days late"], &["Year end papers"]);
    let today = olive.get("/console").await;
    today.assert_sees("1 overdue, 1 more within 7 days");
    says(&today, &["VAT return", "Year end papers", "Due today"], &["Payroll forms Alder"]);
    let from_today = olive.click(&today, "1 overdue").await;
    says(&from_today, &["VAT return"], &["Year end papers"]);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_requests_are_extended_and_withdrawn_at_once_and_the_rest_is_named() {
    let office = Office::open().await;
    office.board_of_four().await;
    let olive = office.olive();
    let page = list(olive, "find=").await;

    let ask = with_ticked(olive, &page, &["VAT", "Year end", "Trust deed"], "Extend").await;
    ask.assert_sees("Extend 2 requests").assert_sees("Left out: 1 is a draft.");
    let wrong = olive.press(&ask, "Extend 2", &[("day", "2026-03-01"), ("days", "")]).await;
    wrong.assert_status(422).assert_says("This day is over");
    let wrong = olive.press(&ask, "Extend 2", &[("day", ""), ("days", "")]).await;
    wrong.assert_status(422).assert_says("Give a day, or a number of days");
    let done = olive.press(&ask, "Extend 2", &[("day", ""), ("days", "7")]).await;
    done.assert_sees("2 requests were extended.");
    assert!(done.asked.contains("view=list"), "back to the list: {}", done.asked);
    done.assert_sees("Tue, Mar 10").assert_sees("Fri, Mar 13");

    let ask = with_ticked(olive, &done, &["VAT", "Payroll"], "Withdraw").await;
    ask.assert_sees("Withdraw 2 requests").assert_sees("cannot be undone");
    let done = olive.press(&ask, "Withdraw 2", &[]).await;
    done.assert_sees("2 requests were withdrawn.");
    says(&list(olive, "").await, &["Year end papers"], &["VAT return", "Payroll forms"]);

    let gone = list(olive, "state=withdrawn").await;
    let refused = with_ticked(olive, &gone, &["VAT return"], "Withdraw").await;
    refused.assert_sees("No request was withdrawn. Left out: 1 is withdrawn already.");
    let nothing = with_ticked(olive, &gone, &[], "Remind now").await;
    nothing.assert_sees("Tick at least one request first.");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_remind_of_several_requests_at_once() {
    let office = Office::open().await;
    office.board_of_four().await;
    office.advance(Duration::from_secs(2 * 60 * 60));
    let olive = office.olive();
    let page = list(olive, "").await;

    let done = with_ticked(olive, &page, &["VAT", "Payroll", "Trust deed"], "Remind now").await;

    done.assert_sees("are reminded").assert_sees("Left out: 1 is a draft.");
    for whom in ["maya", "noor"] {
        let mail = office.mail_to(whom).await.text_part();
        assert!(mail.contains("VAT return") && mail.contains("Payroll forms"), "{mail}");
    }
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_in_is_counted_in_the_navigation_and_stands_on_today() {
    let office = Office::open().await;
    let items = [item("short", "Which bank?")];
    let wanted = Wanted { title: "Bank details", due: "", named: &[NOOR], items: &items };
    let asked = Asked::of(&office, ALDER, wanted).await;
    let olive = office.olive();
    assert!(!badge(&olive.get("/console").await), "nothing waits yet");
    let page = asked.page(office.noor()).await;
    let answer = [(&*asked.field(0), "Oakwood")];
    office.noor().press(&page, "Send to", &answer).await.assert_status(200);

    let today = olive.get("/console").await;
    assert!(badge(&today), "{}", today.text());
    today.assert_sees("Bank details waits for review");
    today.assert_sees(&format!("handed in by {}", NOOR.name()));
    let handed_in = list(olive, "state=handed-in").await;
    says(&handed_in, &["Bank details", "Handed in", &NOOR.name()], &[]);
    let record = olive.get(&office.client_path(olive, ALDER).await).await;
    let section = olive.click(&record, "Requests1").await;
    section.assert_sees("Handed in, waiting for review").assert_hides("Nothing asked yet");
    office.sam().get("/console/requests").await.assert_sees("1 to review");

    asked.accept().await;

    assert!(!badge(&olive.get("/console").await), "nothing waits any more");
    let board = olive.get("/console/requests").await;
    board.assert_sees("Completed recently").assert_sees("Nothing waits for review.");
    office.close_with_mails_read().await;
}

/// Whether the navigation says that a request waits for review.
fn badge(page: &Page) -> bool {
    page.text().contains("Requests 1 waiting") || page.text().contains("Requests1 waiting")
}
