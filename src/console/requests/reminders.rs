//! The reminders of the next fourteen days, over all requests. Staff take one out, or put it back.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, local_path, see_other};
use crate::http::routes::Routes;
use crate::model::request::{PlannedRow, Request};
use crate::model::{Console, Id};
use crate::values::Day;

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, planned_page).post("/console/requests/:request/skip", skip)
}

const HERE: &str = "/console/requests/reminders";

#[derive(Serialize)]
struct RemindersPage {
    /// How the firm reminds, in words.
    rule: String,
    /// When a day's reminders leave.
    hour: u8,
    /// Whether the reader may change that.
    admin: bool,
    days: Vec<DayShown>,
    paused: Vec<RowShown>,
    /// More requests than are looked at.
    cut: Option<usize>,
}

impl Page for RemindersPage {
    const TEMPLATE: &'static str = "console/requests/reminders.html";
    const SECTION: &'static str = "requests";
}

#[derive(Serialize)]
struct DayShown {
    /// As the address of the form has it.
    day: Day,
    /// "Monday 30 November 2026".
    full: String,
    rows: Vec<RowShown>,
}

#[derive(Serialize)]
struct RowShown {
    id: Id<Request>,
    title: String,
    client: String,
    to: String,
    /// When it is due, in words.
    due: String,
    overdue: bool,
    skipped: bool,
    seen: bool,
}

impl RowShown {
    fn of(row: PlannedRow, pages: &Pages<'_>, today: Day) -> Self {
        let PlannedRow { request, client, to, skipped, seen } = row;
        let due = request.due.map(|due| due.short(today, pages.times().style)).unwrap_or_default();
        let (overdue, title) = (request.overdue(today), request.title.to_string());
        Self { id: request.id, title, client, to, due, overdue, skipped, seen }
    }
}

#[handler]
async fn planned_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let (planned, settings) = (console.planned_reminders()?, console.request_settings()?);
    let (today, style) = (console.today()?, pages.times().style);
    let rows = |rows: Vec<PlannedRow>| {
        rows.into_iter().map(|row| RowShown::of(row, &pages, today)).collect::<Vec<_>>()
    };
    let days = planned.days.into_iter();
    pages.show(&RemindersPage {
        rule: settings.rule.text(),
        hour: settings.hour,
        days: days
            .map(|(day, of)| DayShown { day, full: day.full(style), rows: rows(of) })
            .collect(),
        paused: rows(planned.paused),
        cut: planned.cut,
        admin: console.admin().is_ok(),
    })
}

#[derive(Deserialize, Serialize, Default, Clone)]
#[serde(default)]
struct SkipForm {
    day: String,
    /// Filled in: it is put back.
    undo: String,
    /// The page to come back to.
    back: String,
}

#[handler]
async fn skip(
    console: Console,
    Path(request): Path<Id<Request>>,
    Form(form): Form<SkipForm>,
) -> Result<Response> {
    let back = local_path(&form.back).unwrap_or(HERE);
    let day = Day::parse(&form.day).map_err(Error::refused)?;
    let skip = form.undo.is_empty();
    match console.skip_reminder(request, day, skip).await {
        Ok(()) if skip => Ok(see_other(back).flash("The reminder is taken out.")),
        Ok(()) => Ok(see_other(back).flash("The reminder will be sent.")),
        Err(Error::Refused(why)) => Ok(see_other(back).flash(Flash::bad(why))),
        Err(other) => Err(other),
    }
}
