//! What waits for a contact: at one client, and at all of theirs together.

use poem::{Response, handler};
use serde::Serialize;

use super::files::Again;
use crate::error::{Error, Result};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::{Person, Portal};

pub(super) fn routes() -> Routes {
    Routes::default().get("/p/todo", all_todo_page).get("/p/:client/todo", todo_page)
}

#[derive(Serialize)]
struct TodoPage {
    client: String,
    /// Files that they have to add again.
    again: Vec<Again>,
}

impl Page for TodoPage {
    const TEMPLATE: &'static str = "portal/todo.html";
    const SECTION: &'static str = "todo";
}

#[handler]
async fn todo_page(portal: Portal, pages: Pages<'_>) -> Result<Response> {
    let areas = portal.viewer().areas();
    if !areas.requests && !areas.signing {
        return Err(Error::NotFound);
    }
    let client = portal.client()?.name.to_string();
    pages.show(&TodoPage { client, again: Again::all(&portal)? })
}

/// All clients at once: it is nobody's page in particular.
#[derive(Serialize)]
struct AllTodoPage {
    clients: Vec<ClientShown>,
}

#[derive(Serialize)]
struct ClientShown {
    href: String,
    name: String,
}

impl Page for AllTodoPage {
    const TEMPLATE: &'static str = "portal/all-todo.html";
    const SECTION: &'static str = "todo";
}

#[handler]
async fn all_todo_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let open = person.open()?.into_iter();
    let clients = open.filter(|(_, areas)| areas.requests || areas.signing).map(|(client, _)| {
        ClientShown { href: format!("/p/{}/todo", client.id), name: client.name.to_string() }
    });
    pages.show(&AllTodoPage { clients: clients.collect() })
}
