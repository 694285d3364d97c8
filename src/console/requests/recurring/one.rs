//! One of what comes again: what it asks next, of whom and when.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::{RECURRING, Row, here, word};
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::file::Audience;
use crate::model::recurrence::{MOST_MISSED, Recurrence, RecurrenceRow};
use crate::model::{Console, Id};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/requests/recurring/:recurrence", one_page)
}

#[derive(Serialize)]
struct OnePage {
    id: String,
    edit: String,
    list: &'static str,
    row: Row,
    /// "active", "paused" or "ended".
    state: &'static str,
    /// "everyone at Alder Ltd".
    to: String,
    due: String,
    /// "As usual", or its own rule in words.
    reminders: String,
    by: String,
    instructions: String,
    items: Vec<String>,
    /// The last day on which one may be made.
    until: String,
    changed: Option<ChangedShown>,
    most_missed: u32,
}

/// Who changed it last.
#[derive(Serialize)]
struct ChangedShown {
    by: String,
    at: When,
}

impl Page for OnePage {
    const TEMPLATE: &'static str = "console/requests/recurring/one.html";
    const SECTION: &'static str = "requests";
}

impl OnePage {
    fn of(console: &Console, pages: &Pages<'_>, one: &RecurrenceRow) -> Result<Self> {
        let recurrence = &one.recurrence;
        let (blueprint, style) = (&recurrence.blueprint, console.firm()?.date_style);
        let usual = console.request_settings()?.rule;
        let changed = recurrence.changed.as_ref();
        Ok(Self {
            id: recurrence.id.to_string(),
            edit: format!("{}/edit", here(recurrence.id)),
            list: RECURRING,
            row: Row::of(console, one)?,
            state: word(recurrence.state()),
            to: match recurrence.audience {
                Audience::Everyone | Audience::Named(_) => one.to.clone(),
                Audience::Firm => "nobody: those who were chosen are no contacts any more".into(),
            },
            due: match one.filled.due {
                Some(due) => format!("{}, {}", blueprint.due.text(), due.full(style)),
                None => blueprint.due.text(),
            },
            reminders: match &blueprint.reminders {
                Some(own) => own.text(),
                None => format!("As usual: {}", usual.text()),
            },
            by: recurrence.by.name.clone(),
            instructions: one.filled.instructions.to_string(),
            items: one.filled.items.iter().map(|item| item.title.to_string()).collect(),
            until: recurrence.until.map(|day| day.full(style)).unwrap_or_default(),
            changed: changed.map(|changed| ChangedShown {
                by: changed.by.name.clone(),
                at: pages.when(changed.at),
            }),
            most_missed: MOST_MISSED,
        })
    }
}

#[handler]
async fn one_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Recurrence>>,
) -> Result<Response> {
    pages.show(&OnePage::of(&console, &pages, &console.recurrence(id)?)?)
}
