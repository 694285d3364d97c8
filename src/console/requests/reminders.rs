//! The reminders of the next fourteen days, over all requests. Staff take one out, or put it back.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, local_path, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::request::{Planned, PlannedCount, PlannedRow, Request};
use crate::model::{Console, Id};
use crate::values::{Day, grouped};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HERE, planned_page)
        .post("/console/requests/:request/skip", skip)
        .post("/console/requests/:request/take-back", take_back)
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
    /// The address of this page.
    here: String,
    groups: Vec<GroupShown>,
    /// Where each day begins, if that is not seen on this page.
    jumps: Vec<Jump>,
    pages: Pager,
}

/// A way to a day.
#[derive(Serialize)]
struct Jump {
    href: String,
    /// "Mon 30 Nov", or "Stopped".
    label: String,
    count: String,
    /// It begins on this page.
    current: bool,
}

#[derive(Serialize)]
struct Pager {
    text: String,
    back: Option<String>,
    next: Option<String>,
}

impl Page for RemindersPage {
    const TEMPLATE: &'static str = "console/requests/reminders.html";
    const SECTION: &'static str = "requests";
}

/// Those of a day that are on this page, or of those that are stopped.
#[derive(Serialize)]
struct GroupShown {
    /// By which addresses lead to it: a day, or "stopped".
    key: String,
    /// As the address of the form has it; none for those that are stopped.
    day: Option<Day>,
    /// "Monday 30 November 2026", or "Stopped".
    title: String,
    /// How many there are, on whatever page.
    count: String,
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

/// What the address says.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ListForm {
    page: String,
}

fn page_at(page: usize) -> String {
    if page == 1 { HERE.into() } else { format!("{HERE}?page={page}") }
}

/// By which addresses lead to the reminders of a day, or to those that are stopped.
fn key(day: Option<Day>) -> String {
    day.map_or("stopped".into(), |day| day.to_string())
}

impl Jump {
    fn of(count: &PlannedCount, page: usize, pages: &Pages<'_>, today: Day) -> Self {
        let label = count.day.map(|day| day.short(today, pages.times().style));
        Self {
            href: format!("{}#d-{}", page_at(count.page), key(count.day)),
            label: label.unwrap_or_else(|| "Stopped".into()),
            count: grouped(count.count),
            current: count.page == page,
        }
    }
}

#[handler]
async fn planned_page(
    console: Console,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let planned = console.planned_reminders(form.page.parse().unwrap_or(1))?;
    let (settings, today) = (console.request_settings()?, console.today()?);
    let Planned { groups, all, total, page, more } = planned;
    let count = |day| all.iter().find(|count| count.day == day).map_or(0, |count| count.count);
    let groups = groups.into_iter().map(|group| GroupShown {
        key: key(group.day),
        title: group.day.map_or("Stopped".into(), |day| day.full(pages.times().style)),
        count: grouped(count(group.day)),
        day: group.day,
        rows: group.rows.into_iter().map(|row| RowShown::of(row, &pages, today)).collect(),
    });
    let jumps = all.iter().filter(|_| more || page > 1);
    pages.show(&RemindersPage {
        rule: settings.rule.text(),
        hour: settings.hour,
        groups: groups.collect(),
        jumps: jumps.map(|count| Jump::of(count, page, &pages, today)).collect(),
        pages: Pager {
            text: match total {
                1 => "1 reminder".into(),
                total => format!("{} reminders", grouped(total)),
            },
            back: (page > 1).then(|| page_at(page - 1)),
            next: more.then(|| page_at(page + 1)),
        },
        here: page_at(page),
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
        Err(e) => refused_there(e, back),
    }
}

#[handler]
async fn take_back(console: Console, Path(request): Path<Id<Request>>) -> Result<Response> {
    let back = super::here(request);
    match console.take_back_reminder(request).await {
        Ok(still) if still.is_empty() => {
            Ok(see_other(back).flash("The reminder is taken back. It was not sent."))
        }
        Ok(still) => Ok(see_other(back).flash(format!(
            "The reminder is taken back. A mail of other requests still goes to {}, and lists all that waits.",
            still.join(", ")
        ))),
        Err(e) => refused_there(e, back),
    }
}
