//! What is done with several requests at once: remind, extend, withdraw. Whatever does not fit is left as it is, and the
//! answer says how many and why.

use std::collections::BTreeMap;

use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::asked::ListForm;
use super::board::counted;
use crate::console::files::asked;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::request;
use crate::model::{Console, Id, Lane, RequestRow};
use crate::values::Day;

const BULK: &str = "/console/requests/bulk";

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/requests/extend", extend_page)
        .get("/console/requests/withdraw", withdraw_page)
        .post(BULK, bulk)
}

/// Requests that a page names before something is done with them.
const MOST_NAMED: usize = 10;
/// A later day than this was a slip of the finger.
const MOST_DAYS: i32 = 1_000;

/// What was ticked, and what to do with it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct BulkForm {
    request: Vec<String>,
    /// The list that one came from.
    from: String,
    act: String,
    day: String,
    days: String,
}

impl BulkForm {
    fn ids(&self) -> Result<Vec<Id<request::Request>>> {
        self.request.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
    }

    fn back(&self) -> String {
        ListForm::back(&self.from)
    }
}

/// What can be done with several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Remind,
    Extend,
    Withdraw,
}

impl Act {
    fn fits(self, request: &request::Request) -> bool {
        match self {
            // One of which a part was sent back waits for the client as well as for review.
            Self::Remind => request.stage.open(),
            Self::Extend | Self::Withdraw => request.stage.is_out(),
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Remind => "reminded of",
            Self::Extend => "extended",
            Self::Withdraw => "withdrawn",
        }
    }
}

/// What was ticked, by whether it can be done with it.
struct Sorted {
    fit: Vec<RequestRow>,
    /// "1 is a draft"; of all that is left out.
    others: Vec<String>,
}

impl Sorted {
    fn of(console: &Console, form: &BulkForm, act: Act) -> Result<Self> {
        let rows = console.request_rows(&form.ids()?)?;
        let (fit, rest): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| act.fits(&row.request));
        let others = Lane::ALL.into_iter().filter_map(|lane| {
            let many = rest.iter().filter(|row| row.request.lane() == lane).count();
            (many > 0).then(|| left_out(many, lane))
        });
        Ok(Self { others: others.collect(), fit })
    }

    fn leave_out(&mut self, many: usize, one: &str, more: &str) {
        match many {
            0 => {}
            1 => self.others.push(format!("1 {one}")),
            many => self.others.push(format!("{many} {more}")),
        }
    }

    /// Says what was done, and why not the rest.
    fn said(&self, act: Act, done: usize) -> Flash {
        let mut others = self.others.clone();
        let meanwhile = self.fit.len().saturating_sub(done);
        if meanwhile > 0 {
            others.push(format!("{meanwhile} changed meanwhile"));
        }
        let what = match done {
            0 => format!("No request was {}.", act.done()),
            1 => format!("1 request was {}.", act.done()),
            many => format!("{many} requests were {}.", act.done()),
        };
        let text = format!("{what}{}", left_as_they_are(&others));
        if done == 0 { Flash::bad(text) } else { Flash::ok(text) }
    }
}

fn left_out(many: usize, lane: Lane) -> String {
    let (one, more) = match lane {
        Lane::Draft => ("1 is a draft", "are drafts"),
        Lane::Completed => ("1 is completed already", "are completed already"),
        Lane::Withdrawn => ("1 is withdrawn already", "are withdrawn already"),
        Lane::HandedIn => ("1 was handed in and waits for you", "were handed in and wait for you"),
        Lane::Reviewed => ("1 was reviewed already", "were reviewed already"),
        Lane::Sent | Lane::InProgress => ("1 waits for the client", "wait for the client"),
    };
    if many == 1 { one.to_owned() } else { format!("{many} {more}") }
}

fn left_as_they_are(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(" Left out: {}.", others.join(", ")) }
}

/// Asks before something is done.
#[derive(Serialize)]
struct BulkPage {
    back: String,
    heading: String,
    withdraws: bool,
    ids: Vec<String>,
    named: Vec<(String, String)>,
    more: usize,
    others: String,
    button: String,
    form: Typed<BulkForm>,
}

impl Page for BulkPage {
    const TEMPLATE: &'static str = "console/requests/bulk.html";
    const SECTION: &'static str = "requests";
}

fn page(console: &Console, form: Typed<BulkForm>, act: Act) -> Result<BulkPage> {
    let sorted = Sorted::of(console, &form.values, act)?;
    let many = counted(sorted.fit.len());
    let verb = if act == Act::Withdraw { "Withdraw" } else { "Extend" };
    let named = sorted.fit.iter().take(MOST_NAMED);
    Ok(BulkPage {
        back: form.values.back(),
        heading: format!("{verb} {many}"),
        withdraws: act == Act::Withdraw,
        ids: sorted.fit.iter().map(|row| row.request.id.to_string()).collect(),
        named: named
            .map(|row| (row.request.title.to_string(), row.client_name.to_string()))
            .collect(),
        more: sorted.fit.len().saturating_sub(MOST_NAMED),
        others: left_as_they_are(&sorted.others).trim().to_owned(),
        button: format!("{verb} {many}"),
        form,
    })
}

fn ask(console: &Console, pages: &Pages<'_>, req: &Request, act: Act) -> Result<Response> {
    let form: BulkForm = asked(req)?;
    let sorted = Sorted::of(console, &form, act)?;
    if sorted.fit.is_empty() {
        return Ok(nothing(&form, &sorted, act));
    }
    pages.show(&page(console, form.into(), act)?)
}

/// For whoever ticked nothing, or nothing that fits.
fn nothing(form: &BulkForm, sorted: &Sorted, act: Act) -> Response {
    let flash = if sorted.others.is_empty() {
        Flash::bad("Tick at least one request first.")
    } else {
        sorted.said(act, 0)
    };
    see_other(form.back()).flash(flash)
}

#[handler]
async fn extend_page(console: Console, pages: Pages<'_>, req: &Request) -> Result<Response> {
    ask(&console, &pages, req, Act::Extend)
}

#[handler]
async fn withdraw_page(console: Console, pages: Pages<'_>, req: &Request) -> Result<Response> {
    ask(&console, &pages, req, Act::Withdraw)
}

#[handler]
async fn bulk(console: Console, pages: Pages<'_>, Form(form): Form<BulkForm>) -> Result<Response> {
    let act = match form.act.as_str() {
        "remind" => Act::Remind,
        "extend" => Act::Extend,
        "withdraw" => Act::Withdraw,
        _ => return Err(Error::NotFound),
    };
    let sorted = Sorted::of(&console, &form, act)?;
    if sorted.fit.is_empty() {
        return Ok(nothing(&form, &sorted, act));
    }
    let ids = sorted.fit.iter().map(|row| row.request.id).collect();
    let flash = match act {
        Act::Remind => match console.remind_requests(ids).await {
            Ok(said) => {
                let said = said.text(&*console.firm()?);
                Flash::ok(format!("{said}{}", left_as_they_are(&sorted.others)))
            }
            Err(Error::Refused(why)) => Flash::bad(why.into_owned()),
            Err(e) => return Err(e),
        },
        Act::Withdraw => sorted.said(act, console.withdraw_requests(ids).await?),
        Act::Extend => match extend(&console, &form, sorted).await {
            Ok(flash) => flash,
            Err(e) => return pages.refused(form, e, |form| page(&console, form, act)),
        },
    };
    Ok(see_other(form.back()).flash(flash))
}

/// How far due dates move.
#[derive(Clone, Copy)]
enum Move {
    To(Day),
    By(i32),
}

impl Move {
    fn read(form: &BulkForm, today: Day) -> Result<Self> {
        let mut check = Check::default();
        let day = check.take("day", Day::parse_or_none(&form.day));
        let days = check.take("days", days(&form.days));
        let way = match (day.flatten(), days.flatten()) {
            (Some(day), None) if day < today => {
                check.note("day", "This day is over. Choose a later one");
                None
            }
            (Some(_), Some(_)) => {
                check.note("days", "Give a day or a number of days, not both");
                None
            }
            (None, None) if day.is_some() && days.is_some() => {
                check.note("day", "Give a day, or a number of days");
                None
            }
            (day, days) => day.map(Self::To).or(days.map(Self::By)),
        };
        check.finish(|| way)
    }

    /// None for one that has no due date to count from.
    fn of(self, due: Option<Day>, today: Day) -> Option<Day> {
        match self {
            Self::To(day) => Some(day),
            Self::By(days) => due.map(|due| due.max(today).plus_days(days)),
        }
    }
}

fn days(typed: &str) -> Result<Option<i32>, String> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(days @ 1..=MOST_DAYS) => Ok(Some(days)),
            _ => Err(format!("Give a number from 1 to {MOST_DAYS}")),
        },
    }
}

async fn extend(console: &Console, form: &BulkForm, mut sorted: Sorted) -> Result<Flash> {
    let today = console.today()?;
    let way = Move::read(form, today)?;
    let mut by_day: BTreeMap<Day, Vec<Id<request::Request>>> = BTreeMap::new();
    let (mut undated, mut already) = (0, 0);
    sorted.fit.retain(|row| match way.of(row.request.due, today) {
        None => {
            undated += 1;
            false
        }
        day if day == row.request.due => {
            already += 1;
            false
        }
        Some(day) => {
            by_day.entry(day).or_default().push(row.request.id);
            true
        }
    });
    sorted.leave_out(undated, "has no due date", "have no due date");
    sorted.leave_out(already, "is due then already", "are due then already");
    let mut done = 0;
    for (day, ids) in by_day {
        done += console.extend_requests(ids, Some(day)).await?;
    }
    Ok(sorted.said(Act::Extend, done))
}
