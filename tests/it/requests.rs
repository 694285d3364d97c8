//! Requests in the console: writing them without losing anything, sending them also to those who cannot see them yet, and
//! reviewing what comes back.

mod editing;
mod reviewing;
mod sending;
mod unseen;

use crate::office::Office;
use crate::page::Page;

/// Olive begins a request with one file item, and is in the editor.
async fn begun(office: &Office, client: &str) -> Page {
    let record = office.client_path(office.olive(), client).await;
    let id = record.rsplit('/').next().unwrap();
    let new = office.olive().get(&format!("/console/requests/new?client={id}")).await;
    let page = office.olive().press(&new, "Begin", &[("from", "blank")]).await;
    page.assert_sees("Draft saved");
    page
}

/// The path of the request whose editor, send page or dialog this is.
fn path_of(page: &Page) -> String {
    let path = page.path.split(['?', '#']).next().unwrap();
    path.split('/').take(4).collect::<Vec<_>>().join("/")
}

/// Olive writes a question, and is on the page that sends it.
async fn ready(office: &Office, client: &str, title: &str, question: &str) -> Page {
    let editor = begun(office, client).await;
    let typed = [("title", title), ("title-1", question), ("kind-1", "short")];
    let page = office.olive().press(&editor, "Send request", &typed).await;
    page.assert_status(200).assert_sees(title);
    page
}

/// Everybody reads the mails that they have so far, which other tests look at.
async fn mails_are_read(office: &Office) {
    office.mails_settle().await;
    for who in ["maya", "noor", "ben"] {
        while office.unread_mails_to(who) > 0 {
            office.mail_to(who).await;
        }
    }
}

/// The value of an option of a selector.
fn file_choice(page: &Page, select: &str, label: &str) -> String {
    let html = page.html();
    let within = html.tags("select").find(|at| html[*at].attr("name") == Some(select)).unwrap();
    let mut options = html.tags("option").filter(|at| html.is_inside(*at, within));
    let option = options.find(|at| html.text(Some(*at)).trim() == label);
    html[option.unwrap()].attr("value").unwrap().to_owned()
}
