//! The reminders that are planned: those of the next fourteen days, of all requests or of one. Staff can take one out.

use std::collections::BTreeMap;

use super::remind::waiting_reminder;
use super::{Book, ReminderSettings, Request, WaitingReminder, What};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::Records;
use crate::model::file::{Audience, Author};
use crate::model::id::Id;
use crate::model::membership::Membership;
use crate::model::notices::is_asked;
use crate::values::Day;

/// So many days are looked ahead, today among them.
const AHEAD: i32 = 14;
/// Reminders of a page.
const PAGE: usize = 100;

/// A day on which a reminder leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedDay {
    /// Which.
    pub day: Day,
    /// Whether staff took it out.
    pub skipped: bool,
}

/// The reminders of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOf {
    /// Whether staff stopped them.
    pub paused: bool,
    /// How many were sent.
    pub sent: u16,
    /// How many are sent at most.
    pub most: u16,
    /// Those of the next fourteen days, and at least the next one.
    pub days: Vec<PlannedDay>,
    /// The one that staff asked for and that waits for the quiet hours to end.
    pub waiting: Option<WaitingReminder>,
}

/// A request in the list of reminders.
#[derive(Clone, Debug)]
pub struct PlannedRow {
    /// Which.
    pub request: Request,
    /// Of which client.
    pub client: String,
    /// Who is reminded: "everyone", or names.
    pub to: String,
    /// Whether staff took this one out.
    pub skipped: bool,
    /// Whether any of those who are asked can see it: nobody else is reminded.
    pub seen: bool,
}

/// A page of the reminders of all requests.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// By day; what is stopped comes last.
    pub groups: Vec<PlannedGroup>,
    /// All of it, on whatever page.
    pub all: Vec<PlannedCount>,
    /// How many there are.
    pub total: usize,
    /// Which page this is; the first is 1.
    pub page: usize,
    /// Whether there is another behind it.
    pub more: bool,
}

/// Reminders of a day that are on a page.
#[derive(Clone, Debug)]
pub struct PlannedGroup {
    /// When they leave; never, while they are stopped.
    pub day: Option<Day>,
    /// By the client's name.
    pub rows: Vec<PlannedRow>,
}

/// How many reminders leave on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedCount {
    /// Which; none for those that are stopped.
    pub day: Option<Day>,
    /// How many.
    pub count: usize,
    /// On which page they begin.
    pub page: usize,
}

/// A reminder, before its page is made. In the order of pages.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    /// Those that are stopped come last.
    stopped: bool,
    day: Option<Day>,
    client: String,
    id: Id<Request>,
    skipped: bool,
}

impl Request {
    /// When its reminders leave, up to a day. Those of a weekend leave together.
    fn leaving(&self, settings: &ReminderSettings, today: Day, until: Day) -> Vec<PlannedDay> {
        let on = |day: Day| settings.leaves_on(day, today);
        let near = |day: &Day| on(*day) <= until;
        let mut all: BTreeMap<Day, bool> = BTreeMap::new();
        for day in self.all_skipped().into_iter().filter(near) {
            all.insert(on(day), true);
        }
        for day in self.planned_reminders().take_while(near) {
            all.insert(on(day), false);
        }
        all.into_iter().map(|(day, skipped)| PlannedDay { day, skipped }).collect()
    }

    /// Days that were planned, and taken out.
    fn all_skipped(&self) -> Vec<Day> {
        let Some(last) = self.reminders.skipped.iter().max().copied() else { return Vec::new() };
        let mut all = self.all_by_rule(last);
        all.retain(|day| self.reminders.skipped.contains(day));
        all
    }

    /// The days of its rule up to one, whether taken out or not, and however many are sent at most.
    fn all_by_rule(&self, last: Day) -> Vec<Day> {
        let mut whole = self.clone();
        whole.reminders.skipped.clear();
        whole.reminders.rule.iter_mut().for_each(|rule| rule.most = u16::MAX);
        whole.planned_reminders().take_while(|day| *day <= last).collect()
    }

    /// All days of its rule whose reminder leaves on this one; none if none does. Those that would only follow when an earlier
    /// one is taken out are among them: else the next of them would leave on this day in its place.
    fn leaving_on(&self, settings: &ReminderSettings, today: Day, leaves: Day) -> Vec<Day> {
        let on = |day: &Day| settings.leaves_on(*day, today) == leaves;
        let planned = self.planned_reminders().take_while(|day| *day <= leaves);
        if !planned.chain(self.all_skipped()).any(|day| on(&day)) {
            return Vec::new();
        }
        let mut all = self.all_by_rule(leaves);
        all.retain(on);
        all
    }
}

impl Console {
    /// The reminders of one request.
    pub fn request_reminders(&self, id: Id<Request>) -> Result<PlannedOf> {
        let today = self.today()?;
        self.read(|r| {
            let (request, settings): (Request, _) = (r.need(id)?, ReminderSettings::of(r)?);
            let mut days = request.leaving(&settings, today, today.plus_days(AHEAD - 1));
            if days.is_empty() {
                let next = request.next_reminder().map(|day| settings.leaves_on(day, today));
                days.extend(next.map(|day| PlannedDay { day, skipped: false }));
            }
            let plan = &request.reminders;
            let (paused, sent, most) = (plan.paused, plan.sent, plan.most());
            let waiting = waiting_reminder(r, &request, self.now())?;
            Ok(PlannedOf { paused, sent, most, days, waiting })
        })
    }

    /// A page of the reminders of the next fourteen days, and of whose are stopped.
    pub fn planned_reminders(&self, page: usize) -> Result<Planned> {
        let (today, settings) = (self.today()?, self.request_settings()?);
        let lines = self.book(|book| lines(book, &settings, today))?;
        let page = page.max(1);
        let begin = (page - 1).saturating_mul(PAGE).min(lines.len());
        let here = &lines[begin..lines.len().min(begin + PAGE)];
        let mut planned = Planned {
            groups: Vec::new(),
            all: counts(&lines),
            total: lines.len(),
            page,
            more: lines.len() > begin + PAGE,
        };
        self.read(|r| {
            for line in here {
                // It may have been erased since.
                let Some(request): Option<Request> = r.get(line.id)? else { continue };
                let (client, to): (Client, _) = (r.need(request.client)?, to(r, &request)?);
                let (seen, skipped) = (is_seen(r, &client, &request)?, line.skipped);
                let row =
                    PlannedRow { request, client: client.name.to_string(), to, skipped, seen };
                match planned.groups.last_mut().filter(|group| group.day == line.day) {
                    Some(group) => group.rows.push(row),
                    None => planned.groups.push(PlannedGroup { day: line.day, rows: vec![row] }),
                }
            }
            Ok(planned)
        })
    }

    /// Takes out the reminder that leaves on a day, or puts it back.
    pub async fn skip_reminder(&self, id: Id<Request>, day: Day, skip: bool) -> Result<()> {
        let (me, today) = (Author::of(self.me()), self.today()?);
        self.write(move |tx| {
            let (mut request, settings): (Request, _) = (tx.need(id)?, ReminderSettings::of(tx)?);
            let days = request.leaving_on(&settings, today, day);
            if days.is_empty() {
                return Err(Error::refused("No reminder is planned for this day any more."));
            }
            let skipped = &mut request.reminders.skipped;
            if days.iter().all(|day| skipped.contains(day) == skip) {
                tx.unsaid("it is so already");
                return Ok(());
            }
            skipped.retain(|skipped| !days.contains(skipped));
            if skip {
                skipped.extend(days);
            }
            tx.put(&request)?;
            let what = if skip { What::Skipped { day } } else { What::Unskipped { day } };
            tx.note_change(id, Some(me), what)?;
            let said = match skip {
                true => format!("took out the reminder of {day} of “{}”", request.title),
                false => format!("put back the reminder of {day} of “{}”", request.title),
            };
            tx.say("reminder-skipped", Some(request.client), said)
        })
        .await
    }
}

/// All of them, of whatever page. Only what is kept in memory is looked at.
fn lines(book: &Book, settings: &ReminderSettings, today: Day) -> Vec<Line> {
    let until = today.plus_days(AHEAD - 1);
    let mut lines = Vec::new();
    for (client, request) in book.all_waiting() {
        let mut add = |day: Option<Day>, skipped| {
            let (stopped, client) = (day.is_none(), client.to_lowercase());
            lines.push(Line { stopped, day, client, id: request.id, skipped });
        };
        if request.reminders.paused {
            add(None, false);
        } else {
            let leaving = request.leaving(settings, today, until);
            leaving.into_iter().for_each(|planned| add(Some(planned.day), planned.skipped));
        }
    }
    lines.sort_unstable();
    lines
}

fn counts(lines: &[Line]) -> Vec<PlannedCount> {
    let mut counts: Vec<PlannedCount> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        match counts.last_mut().filter(|last| last.day == line.day) {
            Some(last) => last.count += 1,
            None => counts.push(PlannedCount { day: line.day, count: 1, page: at / PAGE + 1 }),
        }
    }
    counts
}

/// Whether any of those who are asked can see it.
pub(super) fn is_seen(r: &impl Records, client: &Client, request: &Request) -> Result<bool> {
    let ties: Vec<Membership> = r.by("membership.client", client.id, usize::MAX)?;
    Ok(ties.iter().any(|tie| is_asked(request, client, tie)))
}

/// Who is asked, in words.
fn to(r: &impl Records, request: &Request) -> Result<String> {
    Ok(match &request.audience {
        Audience::Firm => "nobody".to_owned(),
        Audience::Everyone => "everyone".to_owned(),
        Audience::Named(contacts) => {
            let mut names = Vec::new();
            for id in contacts.iter().take(3) {
                names.extend(r.get(*id)?.map(|contact: Contact| contact.full_name()));
            }
            if let Some(more) = contacts.len().checked_sub(3).filter(|more| *more > 0) {
                names.push(format!("{more} more"));
            }
            names.join(", ")
        }
    })
}

#[cfg(test)]
mod tests;
