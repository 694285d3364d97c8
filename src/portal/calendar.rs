//! A contact's own calendar: where their calendar program reads what is due.

use poem::{Response, handler};
use serde::Serialize;

use crate::error::Result;
use crate::http::calendar::{CalendarForm, CalendarView, press};
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Person;

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, calendar_page).post(HERE, pressed)
}

const HERE: &str = "/p/settings/calendar";

#[derive(Serialize)]
struct CalendarPage {
    calendar: CalendarView,
    /// Whether they may make an address: not without access to a portal.
    open: bool,
}

impl Page for CalendarPage {
    const TEMPLATE: &'static str = "portal/settings/calendar.html";
}

#[handler]
async fn calendar_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let calendar = CalendarView::of(&person.account(), &pages)?;
    pages.show(&CalendarPage { calendar, open: !person.open()?.is_empty() })
}

#[handler]
async fn pressed(person: Person, Form(form): Form<CalendarForm>) -> Result<Response> {
    Ok(see_other(HERE).flash(press(&person.account(), &form).await?))
}
