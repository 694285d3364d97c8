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
    let id = office.client_id(client).await;
    let new = office.olive().get(&format!("/console/requests/new?client={id}")).await;
    let page = office.olive().press(&new, "Begin", &[("from", "blank")]).await;
    page.assert_sees("Kept as a draft once you write something");
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
