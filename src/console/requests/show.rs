//! The page of a request: where it stands, what was answered, what is said about it, and its history.

pub(super) mod items;

use jiff::Timestamp;
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use self::items::{CommentShown, ItemShown, comments_on, reviewed, seen};
use super::answers::{Badge, FileShown, as_sent, asked_when};
use super::here;
use super::history::{ChangeShown, history};
use super::talk::abouts;
use super::whom::PersonShown;
use crate::console::fields::Choice;
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::file::Author;
use crate::model::recurrence::Every;
use crate::model::request::{Entry, PlannedDay, Request, RequestDetail, Stage, What, hour_of};
use crate::model::{Console, Id, Lane, fresh_once};
use crate::values::DateStyle;

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/requests/:request", request_page)
}

/// Changes on the page; the ones before open below.
const RECENT: usize = 8;

#[derive(Serialize)]
struct RequestPage {
    here: String,
    id: String,
    client: String,
    client_href: String,
    title: String,
    stage: Badge,
    due_badge: Option<Badge>,
    meta: Vec<String>,
    /// How it comes again: "every month, next on 27 Dec", and where that is seen.
    again: Option<(String, String)>,
    /// Who is asked, in words.
    to: String,
    draft: bool,
    /// It waits for the client.
    open: bool,
    /// It waits for the firm.
    handed_in: bool,
    completed: bool,
    withdrawn: bool,
    /// Who handed it in, completed or withdrew it, and when.
    last: Option<(String, When)>,
    /// Who opened it again, and when, if that came after it was handed in.
    reopened: Option<(String, When)>,
    task: bool,
    done: u16,
    of: u16,
    to_review: u16,
    /// What Accept all accepts, as it is on the page.
    waiting: Vec<String>,
    instructions: String,
    attached: Vec<FileShown>,
    items: Vec<ItemShown>,
    /// Items that the answers so far do not ask for, and when they would.
    hidden: Vec<(String, Option<String>)>,
    comments: Vec<CommentShown>,
    abouts: Vec<Choice>,
    may_comment: bool,
    once: String,
    people: Vec<PersonShown>,
    /// None of them can see it, though it was sent to them.
    unseen: bool,
    /// Whether an invite helps somebody.
    may_invite: bool,
    due: String,
    reminders: Reminding,
    recent: Vec<ChangeShown>,
    earlier: Vec<ChangeShown>,
    live: String,
}

impl Page for RequestPage {
    const TEMPLATE: &'static str = "console/requests/show.html";
    const SECTION: &'static str = "requests";
}

/// When is reminded.
#[derive(Serialize)]
struct Reminding {
    rule: String,
    paused: bool,
    sent: String,
    /// One that was asked for waits for this hour, and who gets it.
    waiting: Option<(String, String)>,
    days: Vec<ReminderShown>,
}

#[derive(Serialize)]
struct ReminderShown {
    day: String,
    /// As a form sends it.
    value: String,
    skipped: bool,
}

#[handler]
async fn request_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
) -> Result<Response> {
    let detail = as_sent(&console, &console.request(id)?)?;
    pages.show(&RequestPage::of(&console, &pages, &detail)?)
}

impl RequestPage {
    fn of(console: &Console, pages: &Pages<'_>, detail: &RequestDetail) -> Result<Self> {
        let (request, client, firm) = (&detail.request, &detail.client, console.firm()?);
        let style = firm.date_style;
        let draft = request.stage == Stage::Draft;
        let asks = |entry: &&Entry| draft || detail.shown(entry.item.number);
        let (shown, hidden): (Vec<_>, Vec<_>) = detail.sheet.entries.iter().partition(asks);
        let waiting = shown.iter().filter(|entry| entry.to_review() && reviewed(&request.stage));
        let mut recent = history(&detail.changes, pages, detail.today, style);
        let earlier = recent.split_off(recent.len().min(RECENT));
        let (stage, attached) = (&request.stage, detail.sheet.attached.iter());
        let people: Vec<PersonShown> =
            detail.asked.iter().map(|one| PersonShown::of(client.id, one, true)).collect();
        Ok(Self {
            here: here(request.id),
            id: request.id.to_string(),
            client: client.name.to_string(),
            client_href: format!("/console/clients/{}", client.id),
            title: request.title.to_string(),
            stage: Badge::of_lane(request.lane()),
            due_badge: Badge::of_due(request, detail.today),
            meta: meta(detail),
            again: again(console, detail, style)?,
            to: detail.to.clone(),
            draft,
            open: stage.open(),
            handed_in: matches!(stage, Stage::HandedIn { .. }),
            completed: matches!(stage, Stage::Completed { .. }),
            withdrawn: matches!(stage, Stage::Withdrawn { .. }),
            last: last(stage).map(|(by, at)| (by.name.clone(), pages.when(at))),
            reopened: reopened(detail).map(|(by, at)| (by.name.clone(), pages.when(at))),
            task: request.is_task(),
            done: request.progress.done,
            of: request.progress.of,
            to_review: if reviewed(stage) { request.progress.to_review } else { 0 },
            waiting: waiting.map(|entry| seen(entry)).collect(),
            instructions: detail.sheet.instructions.to_string(),
            attached: attached.map(|file| FileShown::of(detail, *file)).collect(),
            items: shown.iter().map(|entry| ItemShown::of(entry, detail, &firm, pages)).collect(),
            hidden: hidden
                .iter()
                .map(|entry| (entry.item.title.to_string(), asked_when(&entry.item, &detail.sheet)))
                .collect(),
            comments: comments_on(None, detail, pages),
            abouts: abouts(detail),
            may_comment: !matches!(stage, Stage::Draft | Stage::Withdrawn { .. }),
            once: fresh_once(),
            unseen: stage.open() && !people.iter().any(PersonShown::sees),
            may_invite: people.iter().any(PersonShown::can_be_invited),
            people,
            due: request.due.map(|due| due.full(style)).unwrap_or_default(),
            reminders: reminding(console, detail, pages)?,
            recent,
            earlier,
            live: format!("/console/live?request={}", request.id),
        })
    }
}

/// Who brought it where it stands, once it is handed in.
const fn last(stage: &Stage) -> Option<(&Author, Timestamp)> {
    match stage {
        Stage::Draft | Stage::Sent { .. } | Stage::InProgress { .. } => None,
        Stage::HandedIn { at, by, .. }
        | Stage::Completed { at, by, .. }
        | Stage::Withdrawn { at, by, .. } => Some((by, *at)),
    }
}

/// Who opened it again, if everything was accepted before and nothing has been sent back since.
fn reopened(detail: &RequestDetail) -> Option<(&Author, Timestamp)> {
    let decides = |what: &What| matches!(what, What::HandedIn | What::Reopened);
    let last = detail.changes.iter().rev().find(|change| decides(&change.what))?;
    let reopened = last.what == What::Reopened && detail.request.lane() == Lane::Reviewed;
    Some((last.by.as_ref().filter(|_| reopened)?, last.at))
}

/// What is known of it besides where it stands.
fn meta(detail: &RequestDetail) -> Vec<String> {
    let mut meta = vec![format!("To {}", detail.to)];
    meta.extend(detail.template.as_ref().map(|name| format!("from “{name}”")));
    meta
}

/// How often it comes again, and when next.
fn again(
    console: &Console,
    detail: &RequestDetail,
    style: DateStyle,
) -> Result<Option<(String, String)>> {
    let Some(id) = detail.request.recurrence else { return Ok(None) };
    let recurrence = console.recurrence(id)?.recurrence;
    let every = match recurrence.every {
        Every::Month => "every month",
        Every::Quarter => "every quarter",
        Every::Year => "every year",
    };
    let words = match (recurrence.next(), recurrence.is_over()) {
        (Some(day), _) => format!("{every}, next on {}", day.short(detail.today, style)),
        (None, true) => format!("came {every}, has ended"),
        (None, false) => format!("{every}, paused"),
    };
    Ok(Some((words, format!("/console/requests/recurring/{id}"))))
}

fn reminding(console: &Console, detail: &RequestDetail, pages: &Pages<'_>) -> Result<Reminding> {
    let style = pages.times().style;
    let planned = console.request_reminders(detail.request.id)?;
    let shown = |day: &PlannedDay| ReminderShown {
        day: day.day.short(detail.today, style),
        value: day.day.to_string(),
        skipped: day.skipped,
    };
    Ok(Reminding {
        rule: detail.rule.text_for(detail.request.due),
        paused: planned.paused,
        sent: match planned.sent {
            0 => String::new(),
            1 => "1 was sent.".into(),
            many => format!("{many} were sent."),
        },
        waiting: planned
            .waiting
            .map(|one| (hour_of(one.leaves, pages.times().zone), one.whom.join(", "))),
        days: planned.days.iter().map(shown).collect(),
    })
}
