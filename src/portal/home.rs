//! Where a contact lands: Home of one client, and the list of their clients.

use poem::{Response, handler};
use serde::Serialize;

use super::files::{Again, FileRow};
use super::todo::waiting;
use crate::error::Result;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::respond::see_other;
use crate::http::routes::Routes;
use crate::model::{Person, Portal};
use crate::values::{hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default().get("/p", way_in).get("/p/choose", choose_page).get("/p/:client", home_page)
}

/// Files on Home: the newest.
const RECENT: usize = 5;
/// Of what waits: the soonest.
const NEXT: usize = 3;

/// To the only client, or to the list of them.
#[handler]
async fn way_in(person: Person) -> Result<Response> {
    Ok(match person.clients()?.as_slice() {
        [only] => see_other(format!("/p/{}", only.id)),
        _ => see_other("/p/choose"),
    })
}

/// The clients whose portal opens for somebody. None is an answer too.
#[derive(Serialize)]
struct ChoosePage {
    clients: Vec<ClientShown>,
}

#[derive(Serialize)]
struct ClientShown {
    href: String,
    name: String,
    initials: String,
    hue: u8,
}

impl Page for ChoosePage {
    const TEMPLATE: &'static str = "portal/choose.html";
    const SECTION: &'static str = "home";
}

#[handler]
async fn choose_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let clients = person.clients()?.into_iter().map(|client| ClientShown {
        href: format!("/p/{}", client.id),
        initials: initials(client.name.as_str()),
        hue: hue(client.name.as_str()),
        name: client.name.to_string(),
    });
    pages.show(&ChoosePage { clients: clients.collect() })
}

/// What a client comes for, on one page.
#[derive(Serialize)]
struct HomePage {
    greeting: &'static str,
    first_name: String,
    client: String,
    /// Where the To-do list of this contact is, if they have one.
    todo: Option<String>,
    /// What waits next.
    next: Option<Markup>,
    /// How much waits beside that.
    more: usize,
    /// Where changes of it are heard of.
    live: Option<String>,
    /// Where this contact's files are, if they see any part of them.
    files: Option<String>,
    /// Files that they have to add again.
    again: Vec<Again>,
    recent: Vec<FileRow>,
    staff: Option<StaffShown>,
}

/// Who looks after the client.
#[derive(Serialize)]
struct StaffShown {
    name: String,
    first_name: String,
    email: String,
    initials: String,
    hue: u8,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "portal/home.html";
    const SECTION: &'static str = "home";
}

#[handler]
async fn home_page(portal: Portal, pages: Pages<'_>) -> Result<Response> {
    let areas = portal.viewer().areas();
    let recent = portal.recent_files(RECENT)?;
    let next = portal.next_todo(NEXT)?;
    let more = portal.todo_count()?.saturating_sub(next.len());
    let next = (!next.is_empty()).then_some(next);
    let staff = portal.looked_after_by()?.map(|staff| StaffShown {
        first_name: staff.name.as_str().split(' ').next().unwrap_or_default().to_owned(),
        initials: initials(staff.name.as_str()),
        hue: hue(staff.name.as_str()),
        name: staff.name.to_string(),
        email: staff.email.to_string(),
    });
    pages.show(&HomePage {
        greeting: pages.times().greeting(),
        first_name: portal.person().me().first.to_string(),
        client: portal.client().name.to_string(),
        todo: areas.requests.then(|| portal.path("/todo")),
        next: next.map(|next| waiting(&next, portal.today()?, &pages)).transpose()?,
        more,
        live: areas.requests.then(|| portal.path("/live?at=todo")),
        files: areas.files.then(|| portal.path("/files")),
        again: Again::all(&portal)?,
        recent: recent.iter().map(|row| FileRow::of(row, &portal, &pages)).collect(),
        staff,
    })
}
