//! What staff decide about a request: accept what was handed in, send it back, move its day, end it.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::answers::as_sent;
use super::here;
use crate::console::confirm::Confirm;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, local_path, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::request::{Request, RequestDetail, Stage};
use crate::model::{Console, Id};
use crate::values::{Day, Message};

const RETURN: &str = "/console/requests/:request/items/:number/return";
const EXTEND: &str = "/console/requests/:request/extend";
const WITHDRAW: &str = "/console/requests/:request/withdraw";
const DISCARD: &str = "/console/requests/:request/discard";

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/console/requests/:request/accept", accept)
        .post("/console/requests/:request/complete", complete)
        .post("/console/requests/:request/reopen", reopen)
        .post("/console/requests/:request/pause", pause)
        .post("/console/requests/:request/remind", remind)
        .get(RETURN, return_page)
        .post(RETURN, send_back)
        .get(EXTEND, extend_page)
        .post(EXTEND, extend)
        .get(WITHDRAW, withdraw_page)
        .post(WITHDRAW, withdraw)
        .get(DISCARD, discard_page)
        .post(DISCARD, discard)
}

/// Back to the request, with what was done or why not.
fn back<T>(id: Id<Request>, done: Result<T>, words: impl FnOnce(T) -> String) -> Result<Response> {
    match done {
        Ok(done) => Ok(see_other(here(id)).flash(words(done))),
        Err(e) => refused_there(e, here(id)),
    }
}

/// The answers that were on the page: the number of each item, and behind a point the mark of its answer.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AcceptForm {
    item: Vec<String>,
}

#[handler]
async fn accept(
    console: Console,
    Path(id): Path<Id<Request>>,
    Form(form): Form<AcceptForm>,
) -> Result<Response> {
    let seen = |asked: &String| {
        let (number, mark) = asked.split_once('.')?;
        Some((number.parse().ok()?, mark.to_owned()))
    };
    let items: Option<Vec<(u16, String)>> = form.item.iter().map(seen).collect();
    let items = items.ok_or(Error::NotFound)?;
    if items.is_empty() {
        return Ok(see_other(here(id)).flash(Flash::bad("There is nothing to accept.")));
    }
    back(id, console.accept_items(id, items).await, |accepted| {
        match (accepted.items, accepted.completed) {
            (0, _) => "Somebody else has accepted it meanwhile.".into(),
            (_, true) => "Accepted. With that the request is completed.".into(),
            (1, _) => "Accepted.".into(),
            (many, _) => format!("{many} answers are accepted."),
        }
    })
}

#[handler]
async fn complete(console: Console, Path(id): Path<Id<Request>>) -> Result<Response> {
    back(id, console.complete_request(id).await, |title| format!("“{title}” is completed."))
}

#[handler]
async fn reopen(console: Console, Path(id): Path<Id<Request>>) -> Result<Response> {
    back(id, console.reopen_request(id).await, |title| {
        format!("“{title}” is open again. Send back what you need anew.")
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PauseForm {
    paused: String,
}

#[handler]
async fn pause(
    console: Console,
    Path(id): Path<Id<Request>>,
    Form(form): Form<PauseForm>,
) -> Result<Response> {
    let paused = !form.paused.is_empty();
    back(id, console.pause_reminders(id, paused).await, |()| {
        let words = if paused { "No more reminders are sent." } else { "Reminders go on." };
        words.to_owned()
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RemindForm {
    /// The page to come back to; the request itself if empty.
    back: String,
}

#[handler]
async fn remind(
    console: Console,
    Path(id): Path<Id<Request>>,
    Form(form): Form<RemindForm>,
) -> Result<Response> {
    console.request(id)?;
    let there = local_path(&form.back).map_or_else(|| here(id), str::to_owned);
    match console.remind_requests(vec![id]).await {
        Ok(reminded) => Ok(see_other(there).flash(reminded.text(&*console.firm()?))),
        Err(e) => refused_there(e, there),
    }
}

/// Why an item is sent back, as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ReturnForm {
    reason: String,
}

#[derive(Serialize)]
struct ReturnPage {
    back: String,
    path: String,
    item: String,
    hint: &'static str,
    form: Typed<ReturnForm>,
}

impl Page for ReturnPage {
    const TEMPLATE: &'static str = "console/requests/return.html";
    const SECTION: &'static str = "requests";
}

impl ReturnPage {
    fn of(
        console: &Console,
        detail: &RequestDetail,
        number: u16,
        form: Typed<ReturnForm>,
    ) -> Result<Self> {
        let here = here(detail.request.id);
        let item = detail.sheet.entry(number).ok_or(Error::NotFound)?.item.title.to_string();
        let hint = match console.mails_name_files()? {
            true => "They read it in an e-mail, and in the portal.",
            false => {
                "They are told by e-mail that something was sent back, and read why in the portal."
            }
        };
        Ok(Self { path: format!("{here}/items/{number}/return"), back: here, item, hint, form })
    }
}

#[handler]
async fn return_page(
    console: Console,
    pages: Pages<'_>,
    Path((id, number)): Path<(Id<Request>, u16)>,
) -> Result<Response> {
    let (detail, form) = (console.request(id)?, ReturnForm::default());
    pages.show(&ReturnPage::of(&console, &detail, number, form.into())?)
}

#[handler]
async fn send_back(
    console: Console,
    pages: Pages<'_>,
    Path((id, number)): Path<(Id<Request>, u16)>,
    Form(form): Form<ReturnForm>,
) -> Result<Response> {
    let detail = console.request(id)?;
    let reason = match form.reason.trim() {
        "" => Err("Say why, so that they know what to do".to_owned()),
        reason => Message::parse(reason),
    };
    let mut check = Check::default();
    let reason = check.take("reason", reason);
    let returned = match check.finish(|| reason) {
        Ok(reason) => console.return_item(id, number, reason).await,
        Err(e) => Err(e),
    };
    match returned {
        Err(e @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            pages.refused(form, e, |form| ReturnPage::of(&console, &detail, number, form))
        }
        other => back(id, other, |item| {
            format!("“{item}” is sent back. {} is told.", capitalized(&detail.to))
        }),
    }
}

/// "Everyone at Alder Ltd".
fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The new day, as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ExtendForm {
    due: String,
}

#[derive(Serialize)]
struct ExtendPage {
    back: String,
    path: String,
    title: String,
    now: String,
    form: Typed<ExtendForm>,
}

impl Page for ExtendPage {
    const TEMPLATE: &'static str = "console/requests/extend.html";
    const SECTION: &'static str = "requests";
}

impl ExtendPage {
    fn of(console: &Console, detail: &RequestDetail, form: Typed<ExtendForm>) -> Result<Self> {
        let (here, style) = (here(detail.request.id), console.firm()?.date_style);
        let now = detail.request.due.map(|due| due.full(style)).unwrap_or_default();
        let title = detail.request.title.to_string();
        Ok(Self { path: format!("{here}/extend"), back: here, title, now, form })
    }
}

#[handler]
async fn extend_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
) -> Result<Response> {
    let detail = console.request(id)?;
    let due = detail.request.due.map(|due| due.to_string()).unwrap_or_default();
    pages.show(&ExtendPage::of(&console, &detail, ExtendForm { due }.into())?)
}

#[handler]
async fn extend(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Form(form): Form<ExtendForm>,
) -> Result<Response> {
    let detail = console.request(id)?;
    let mut check = Check::default();
    let due = check.take("due", Day::parse_or_none(&form.due));
    let moved = match check.finish(|| due) {
        Ok(due) => console.extend_requests(vec![id], due).await.map(|moved| (due, moved)),
        Err(e) => Err(e),
    };
    let style = console.firm()?.date_style;
    match moved {
        Err(e @ (Error::Invalid(_) | Error::TooMany { .. })) => {
            pages.refused(form, e, |form| ExtendPage::of(&console, &detail, form))
        }
        other => back(id, other, |moved| match moved {
            (_, 0) => "The due date stays as it was.".into(),
            (Some(due), _) => format!("It is due on {} now.", due.full(style)),
            (None, _) => "It has no due date any more.".into(),
        }),
    }
}

#[handler]
async fn withdraw_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
) -> Result<Response> {
    let detail = console.request(id)?;
    let here = here(id);
    pages.show(&Confirm {
        section: "requests",
        path: format!("{here}/withdraw"),
        back: here,
        heading: format!("Withdraw “{}”", detail.request.title),
        sentences: vec![
            format!("It is gone from the To-do list of {}, and nobody is reminded of it.", detail.to),
            "Files that were handed in stay in the client's files. Those that nobody has reviewed wait in the Inbox."
                .into(),
            "You keep it with its answers, comments and history. It cannot be sent again; use it for a new one.".into(),
        ],
        label: "Withdraw".into(),
    })
}

#[handler]
async fn withdraw(console: Console, Path(id): Path<Id<Request>>) -> Result<Response> {
    let title = console.request(id)?.request.title;
    back(id, console.withdraw_requests(vec![id]).await, |withdrawn| match withdrawn {
        0 => "It is not out any more, so there was nothing to withdraw.".into(),
        _ => format!("“{title}” is withdrawn."),
    })
}

#[handler]
async fn discard_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if detail.request.stage != Stage::Draft {
        let why = "It was sent, so it cannot be discarded. Withdraw it instead.";
        return Ok(see_other(here(id)).flash(Flash::bad(why)));
    }
    let here = here(id);
    pages.show(&Confirm {
        section: "requests",
        path: format!("{here}/discard"),
        back: format!("{here}/edit"),
        heading: format!("Discard “{}”", as_sent(&console, &detail)?.request.title),
        sentences: vec![
            "The draft is deleted. Nobody outside your firm has seen it.".into(),
            "Files that go with it stay in the client's files.".into(),
        ],
        label: "Discard draft".into(),
    })
}

#[handler]
async fn discard(console: Console, Path(id): Path<Id<Request>>) -> Result<Response> {
    match console.discard_request(id).await {
        Ok(title) => Ok(see_other(super::HOME).flash(format!("The draft “{title}” is discarded."))),
        refused => back(id, refused, |title| title.to_string()),
    }
}
