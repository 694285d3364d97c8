//! What waits for a contact: at one client, and at all of theirs together.

mod due;
mod rows;

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

pub(super) use self::due::{Due, Pressing};
pub(super) use self::rows::waiting;
use super::files::Again;
use crate::error::{Error, Result};
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::request::{ClientTodo, Done, PortalRequest, PortalStage, Request, Todo, TodoRow};
use crate::model::{Id, Person, Portal};
use crate::values::Day;

pub(super) fn routes() -> Routes {
    Routes::default().get("/p/todo", all_todo_page).get("/p/:client/todo", todo_page)
}

/// Of what waits, on one page.
const LIMIT: usize = 50;
/// Of what is done, below it.
const DONE: usize = 10;
/// Of each client, on the page of all.
const OF_EACH: usize = 20;
/// Clients that the page of all calls by name in its first sentence, unless there is but one more.
const NAMED: usize = 2;
/// Clients whose changes are heard of on the page of all: browsers allow few connections to one server.
const MOST_HEARD: usize = 4;

/// From where on the lists are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct From {
    after: String,
    done: String,
}

#[derive(Serialize)]
struct TodoPage {
    client: String,
    /// Files that they have to add again.
    again: Vec<Again>,
    groups: Vec<Group>,
    /// Whether nothing waits at all.
    nothing: bool,
    next: Option<String>,
    /// The rows of what the firm looks at.
    handed_in: Option<Markup>,
    /// Those of what is done.
    done: Option<Markup>,
    more_done: Option<String>,
    /// Where changes are heard of.
    live: String,
    /// Where the list begins, if this is a later page of it.
    first: Option<String>,
}

/// What is equally pressing.
#[derive(Serialize)]
struct Group {
    id: String,
    title: &'static str,
    rows: Markup,
}

impl Page for TodoPage {
    const TEMPLATE: &'static str = "portal/todo.html";
    const SECTION: &'static str = "todo";
}

/// What waits, by how pressing it is.
fn groups(open: &[TodoRow], today: Day, pages: &Pages<'_>) -> Result<Vec<Group>> {
    let pressing = |row: &TodoRow| Pressing::of(row.days);
    let group = |(at, rows): (usize, &[TodoRow])| {
        let title = rows.first().map_or("", |row| pressing(row).label());
        Ok(Group { id: format!("group-{at}"), title, rows: waiting(rows, today, pages)? })
    };
    open.chunk_by(|one, next| pressing(one) == pressing(next)).enumerate().map(group).collect()
}

#[handler]
async fn todo_page(portal: Portal, pages: Pages<'_>, Query(from): Query<From>) -> Result<Response> {
    if !portal.viewer().areas().requests {
        return Err(Error::NotFound);
    }
    let here = portal.path("/todo");
    let after: Option<Id<Request>> = from.after.parse().ok();
    let done_after: Option<Id<Request>> = from.done.parse().ok();
    let later = after.is_some() || done_after.is_some();
    // A later page goes on with one of the two lists.
    let open = if done_after.is_none() { portal.todo(after, LIMIT)? } else { Todo::default() };
    let done = if after.is_none() {
        let many = if done_after.is_some() { LIMIT } else { DONE };
        portal.completed(done_after, many)?
    } else {
        Done::default()
    };
    let again = if later { Vec::new() } else { Again::all(&portal)? };
    let firm = portal.person().firm()?;
    let rows = |rows: &[PortalRequest]| {
        (!rows.is_empty()).then(|| rows::done(rows, firm.name.as_str(), &pages)).transpose()
    };
    let (handed_in, completed): (Vec<_>, Vec<_>) =
        done.rows.into_iter().partition(|row| row.stage == PortalStage::HandedIn);
    pages.show(&TodoPage {
        client: portal.client().name.to_string(),
        nothing: again.is_empty() && open.open.is_empty() && !later,
        again,
        groups: groups(&open.open, portal.today()?, &pages)?,
        next: open.next.map(|last| format!("{here}?after={last}")),
        handed_in: rows(&handed_in)?,
        done: rows(&completed)?,
        more_done: done.next.map(|last| format!("{here}?done={last}")),
        live: portal.path("/live?at=todo"),
        first: later.then_some(here),
    })
}

/// All clients at once: it is nobody's page in particular.
#[derive(Serialize)]
struct AllTodoPage {
    /// Those whom it is about, by name; the first of them, if they are many.
    names: Vec<String>,
    /// How many more there are.
    others: usize,
    /// Those at which something waits.
    waiting: Vec<Waiting>,
    /// The others.
    clients: Vec<ClientShown>,
    /// Where changes are heard of.
    live: Vec<String>,
}

/// What waits at one client.
#[derive(Serialize)]
struct Waiting {
    id: String,
    href: String,
    name: String,
    rows: Markup,
    /// How many more there are than are shown.
    more: usize,
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
    let today = Day::at(person.now(), person.firm()?.zone.tz());
    let todo = person.todo(OF_EACH)?;
    let waits = |client| todo.iter().any(|of| of.client.id == client);
    let open = person.open()?.into_iter();
    let open: Vec<_> = open.filter(|(_, areas)| areas.requests).collect();
    if open.is_empty() {
        return Err(Error::NotFound);
    }
    let named = if open.len() > NAMED + 1 { NAMED } else { open.len() };
    let names = open.iter().take(named).map(|(client, _)| client.name.to_string()).collect();
    let live = open
        .iter()
        .take(MOST_HEARD)
        .map(|(client, _)| format!("/p/{}/live?at=todo", client.id))
        .collect();
    let clients = open.iter().filter(|(client, _)| !waits(client.id)).map(|(client, _)| {
        ClientShown { href: format!("/p/{}/todo", client.id), name: client.name.to_string() }
    });
    let of = |of: &ClientTodo| {
        Ok(Waiting {
            id: of.client.id.to_string(),
            href: format!("/p/{}/todo", of.client.id),
            name: of.client.name.to_string(),
            rows: waiting(&of.todo.open, today, &pages)?,
            more: of.total.saturating_sub(of.todo.open.len()),
        })
    };
    pages.show(&AllTodoPage {
        names,
        others: open.len() - named,
        waiting: todo.iter().map(of).collect::<Result<_>>()?,
        clients: clients.collect(),
        live,
    })
}
