//! The calendar of a member of staff: where their calendar program reads what is due.

use poem::{Response, handler};
use serde::Serialize;

use crate::error::Result;
use crate::http::calendar::{CalendarForm, CalendarView, press};
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Console;

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, calendar_page).post(HERE, pressed)
}

const HERE: &str = "/console/account/calendar";

#[derive(Serialize)]
struct CalendarPage {
    calendar: CalendarView,
}

impl Page for CalendarPage {
    const TEMPLATE: &'static str = "console/account/calendar.html";
}

#[handler]
async fn calendar_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    pages.show(&CalendarPage { calendar: CalendarView::of(&console.account(), &pages)? })
}

#[handler]
async fn pressed(console: Console, Form(form): Form<CalendarForm>) -> Result<Response> {
    Ok(see_other(HERE).flash(press(&console.account(), &form).await?))
}
