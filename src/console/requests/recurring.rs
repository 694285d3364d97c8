//! What comes again: the list of it, and pausing or ending some.

mod edit;
mod one;

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::console::files::asked;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::Audience;
use crate::model::recurrence::{
    Recurrence, RecurrenceChange, RecurrenceList, RecurrenceRow, RecurrenceState,
};
use crate::model::{Console, Id};
use crate::values::grouped;

const RECURRING: &str = "/console/requests/recurring";

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(RECURRING, list_page)
        .post(RECURRING, change_several)
        .get("/console/requests/recurring/end", end_page)
        .and(one::routes())
        .and(edit::routes())
}

fn here(id: Id<Recurrence>) -> String {
    format!("{RECURRING}/{id}")
}

/// What the address of the list says.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ListForm {
    state: String,
    page: String,
}

impl ListForm {
    fn state(&self) -> RecurrenceState {
        match self.state.as_str() {
            "paused" => RecurrenceState::Paused,
            "ended" => RecurrenceState::Ended,
            _ => RecurrenceState::Active,
        }
    }

    fn href(&self, page: usize) -> String {
        match self.state.as_str() {
            "" => format!("{RECURRING}?page={page}"),
            state => format!("{RECURRING}?state={state}&page={page}"),
        }
    }
}

#[derive(Serialize)]
struct ListPage {
    path: &'static str,
    tabs: Vec<Tab>,
    state: &'static str,
    rows: Vec<Row>,
    pages: Pager,
}

#[derive(Serialize)]
struct Tab {
    href: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct Pager {
    text: String,
    back: Option<String>,
    next: Option<String>,
}

/// One of the list.
#[derive(Serialize)]
struct Row {
    id: String,
    href: String,
    title: String,
    client: String,
    client_href: String,
    /// "everyone at Alder Ltd".
    to: String,
    /// Some of them, by name.
    named: bool,
    /// "Every month".
    every: &'static str,
    /// "next on Mon 30 Nov", or why there is none.
    next: String,
    /// Its client is inactive.
    rests: bool,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "console/requests/recurring/list.html";
    const SECTION: &'static str = "requests";
}

impl Row {
    fn of(console: &Console, one: &RecurrenceRow) -> Result<Self> {
        let (today, style) = (console.today()?, console.firm()?.date_style);
        let recurrence = &one.recurrence;
        Ok(Self {
            id: recurrence.id.to_string(),
            href: here(recurrence.id),
            title: one.filled.title.to_string(),
            client: one.client.to_string(),
            client_href: format!("/console/clients/{}", recurrence.client),
            to: one.to.clone(),
            named: matches!(recurrence.audience, Audience::Named(_)),
            every: recurrence.every.label(),
            next: match (recurrence.state(), recurrence.next()) {
                (_, Some(day)) => format!("next on {}", day.short(today, style)),
                (RecurrenceState::Paused, None) => "paused".into(),
                _ => "ended".into(),
            },
            rests: !one.active,
        })
    }
}

/// As templates name it.
const fn word(state: RecurrenceState) -> &'static str {
    match state {
        RecurrenceState::Active => "active",
        RecurrenceState::Paused => "paused",
        RecurrenceState::Ended => "ended",
    }
}

#[handler]
async fn list_page(
    console: Console,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let state = form.state();
    let list = console.recurrences(state, form.page.parse().unwrap_or(1))?;
    let tab = |label, href, of| Tab { href, label, current: state == of };
    pages.show(&ListPage {
        path: RECURRING,
        tabs: vec![
            tab("Active", RECURRING, RecurrenceState::Active),
            tab("Paused", "/console/requests/recurring?state=paused", RecurrenceState::Paused),
            tab("Ended", "/console/requests/recurring?state=ended", RecurrenceState::Ended),
        ],
        state: word(state),
        rows: list.rows.iter().map(|one| Row::of(&console, one)).collect::<Result<_>>()?,
        pages: pager(&form, &list),
    })
}

fn pager(form: &ListForm, list: &RecurrenceList) -> Pager {
    let text = match list.total {
        1 => "1 recurring request".into(),
        total => format!("{} recurring requests", grouped(total)),
    };
    Pager {
        text,
        back: (list.page > 1).then(|| form.href(list.page - 1)),
        next: list.more.then(|| form.href(list.page + 1)),
    }
}

/// What was ticked, and what to do with it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct ChangeForm {
    recurrence: Vec<String>,
    act: String,
}

impl ChangeForm {
    fn ids(&self) -> Result<Vec<Id<Recurrence>>> {
        self.recurrence.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
    }
}

#[handler]
async fn change_several(console: Console, Form(form): Form<ChangeForm>) -> Result<Response> {
    let ids = form.ids()?;
    if ids.is_empty() {
        return Ok(see_other(RECURRING).flash("Tick at least one recurring request."));
    }
    let (change, did) = match form.act.as_str() {
        "pause" => (RecurrenceChange::Pause, "paused"),
        "resume" => (RecurrenceChange::Resume, "resumed"),
        "end" => (RecurrenceChange::End, "ended"),
        _ => return Err(Error::NotFound),
    };
    let back = match ids.as_slice() {
        [one] => here(*one),
        _ => RECURRING.into(),
    };
    let said = match console.change_recurrences(ids, change).await? {
        0 => "Nothing was changed.".to_owned(),
        1 => format!("The recurring request is {did}."),
        many => format!("{} recurring requests are {did}.", grouped(many)),
    };
    Ok(see_other(back).flash(said))
}

/// Asks before some end: that cannot be taken back.
#[derive(Serialize)]
struct EndPage {
    back: &'static str,
    path: &'static str,
    ids: Vec<String>,
    /// The title, if it is but one.
    title: String,
}

impl Page for EndPage {
    const TEMPLATE: &'static str = "console/requests/recurring/end.html";
    const SECTION: &'static str = "requests";
}

#[handler]
async fn end_page(console: Console, pages: Pages<'_>, req: &poem::Request) -> Result<Response> {
    let form: ChangeForm = asked(req)?;
    let ids = form.ids()?;
    let title = match ids.as_slice() {
        [] => {
            return Ok(see_other(RECURRING).flash("Tick at least one recurring request."));
        }
        [one] => console.recurrence(*one)?.recurrence.blueprint.title.to_string(),
        _ => String::new(),
    };
    pages.show(&EndPage { back: RECURRING, path: RECURRING, ids: form.recurrence, title })
}
