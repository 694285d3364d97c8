//! The reminders that are planned: those of the next fourteen days, of all requests or of one. Staff can take one out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::{ReminderSettings, Request, What};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Order, Records, Span};
use crate::model::file::{Audience, Author};
use crate::model::id::Id;
use crate::model::membership::Membership;
use crate::model::notices::is_asked;
use crate::values::Day;

/// So many days are looked ahead, today among them.
const AHEAD: i32 = 14;
/// So many requests are looked at.
const MOST: usize = 500;

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

/// The reminders of all requests.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// By day.
    pub days: BTreeMap<Day, Vec<PlannedRow>>,
    /// Requests whose reminders are stopped.
    pub paused: Vec<PlannedRow>,
    /// Only so many requests were looked at: there are more.
    pub cut: Option<usize>,
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
        whole.reminders.rule.most = u16::MAX;
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
            Ok(PlannedOf { paused: plan.paused, sent: plan.sent, most: plan.rule.most, days })
        })
    }

    /// The reminders of the next fourteen days, and whose are stopped.
    pub fn planned_reminders(&self) -> Result<Planned> {
        let today = self.today()?;
        let until = today.plus_days(AHEAD - 1);
        self.read(|r| {
            let settings = ReminderSettings::of(r)?;
            let mut near = BTreeSet::new();
            let mut walk = |index: &'static str, last: Option<Day>| {
                r.walk_index::<Request>(index, &Span::all(), Order::Ascending, |key, id| {
                    if near.len() > MOST || last.is_some_and(|last| key > last.key().as_slice()) {
                        return ControlFlow::Break(());
                    }
                    near.insert(id);
                    ControlFlow::Continue(())
                })
            };
            // What leaves soonest comes first, should there be too many.
            walk("request.remind", Some(until))?;
            walk("request.skipped", None)?;
            walk("request.paused", None)?;
            let mut planned =
                Planned { cut: (near.len() > MOST).then_some(MOST), ..Planned::default() };
            for id in near.into_iter().take(MOST) {
                let request: Request = r.need(id)?;
                let (client, to): (Client, _) = (r.need(request.client)?, to(r, &request)?);
                let seen = is_seen(r, &client, &request)?;
                let client = client.name.to_string();
                let row = PlannedRow { request, client, to, skipped: false, seen };
                if row.request.reminders.paused {
                    planned.paused.push(row);
                    continue;
                }
                for PlannedDay { day, skipped } in row.request.leaving(&settings, today, until) {
                    let row = PlannedRow { skipped, ..row.clone() };
                    planned.days.entry(day).or_default().push(row);
                }
            }
            for rows in planned.days.values_mut() {
                rows.sort_by_cached_key(|row| (row.client.to_lowercase(), row.request.id));
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
