//! Reminding: what the job does when a day's reminders are due, and staff by hand. Whoever is reminded gets one mail of all
//! that waits for them; the mail is queued in the command that takes note of it, so that none is sent twice.

mod by_hand;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::ControlFlow;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use self::by_hand::WaitingReminder;
pub(super) use self::by_hand::waiting_reminder;
use super::{ReminderSettings, Request, What};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::file::{ALL, Author, once_each};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::{Login, Who};
use crate::model::membership::Membership;
use crate::model::notices::{RemindersOff, RequestNews, is_asked, last_reminder, reaches_nobody};
use crate::model::outbox::Mail;
use crate::model::person::open_to;
use crate::model::system::System;
use crate::values::Day;

/// Requests that are dealt with in one command.
const AT_ONCE: usize = 200;
/// By hand, nobody is reminded more often.
const BY_HAND: SignedDuration = SignedDuration::from_hours(1);
/// So many people are named in a sentence.
const NAMED: usize = 3;

/// All that waits for a contact at all of their clients: what is due soonest first, and what has no due date last.
pub(in crate::model) fn waiting_for(
    r: &impl Records,
    contact: Id<Contact>,
) -> Result<Vec<(Client, Request)>> {
    let mut waiting = Vec::new();
    for (client, areas) in open_to(r, contact)? {
        if !areas.requests {
            continue;
        }
        for asked in [ALL, contact.bytes()] {
            let span = Span::prefix([client.id.bytes(), asked].concat());
            let open: Vec<Request> =
                r.records_in("request.open-to", &span, Order::Ascending, usize::MAX)?;
            waiting.extend(open.into_iter().map(|request| (client.clone(), request)));
        }
    }
    waiting.sort_by_key(|(_, request): &(Client, Request)| (request.due_key(), request.id));
    Ok(waiting)
}

/// What came of reminding by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reminded {
    /// Who gets a mail, by name.
    pub reminded: Vec<String>,
    /// Who does not, and why.
    pub not: Vec<NotReminded>,
    /// Of how many requests.
    pub requests: usize,
    /// They leave only after the quiet hours, at this time.
    pub leaves: Option<Timestamp>,
}

/// Somebody who gets no reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotReminded {
    /// Who.
    pub name: String,
    /// Why, after their name: "has switched reminders off".
    pub why: &'static str,
}

impl Reminded {
    /// All of it, for whoever pressed the button; hours are those of the firm.
    #[must_use]
    pub fn text(&self, firm: &Firm) -> String {
        let not = |one: &NotReminded| format!("{} {}.", one.name, one.why);
        let mut said = vec![match (self.reminded.as_slice(), self.leaves) {
            ([], _) => "Nobody was reminded.".to_owned(),
            (whom, Some(at)) => format!(
                "A reminder to {} leaves after the quiet hours, at {}.",
                some(whom),
                hour_of(at, firm.zone.tz())
            ),
            ([one], None) => format!("{one} is reminded."),
            (whom, None) => format!("{} are reminded.", some(whom)),
        }];
        said.extend(self.not.iter().take(NAMED).map(not));
        if let Some(more) = self.not.len().checked_sub(NAMED).filter(|more| *more > 0) {
            said.push(format!("{more} more were not reminded."));
        }
        said.join(" ")
    }
}

/// The hour at which mails leave: "7:00".
#[must_use]
pub fn hour_of(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-H:%M").to_string()
}

/// "Naomi Marlow, Ben Marlow and 12 more".
fn some(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] if names.len() <= NAMED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..NAMED].join(", "), names.len() - NAMED),
    }
}

/// How somebody who is asked is reminded, at this moment.
enum Fate {
    /// A mail is queued, or one that waits has it.
    Told,
    /// They have had today's reminder, which said all that waits.
    ToldToday,
    /// Not, because they …
    Not(&'static str),
}

/// Somebody who is asked, with their name, which others may have too.
type Meant = (Id<Contact>, String);

/// Those who are reminded in one command.
struct Round {
    now: Timestamp,
    today: Day,
    by_hand: bool,
    /// Who was in this command, with what came of it.
    told: HashSet<Id<Contact>>,
}

impl Round {
    fn new(tx: &Write<'_, '_>, by_hand: bool) -> Result<Self> {
        let (now, firm): (_, Firm) = (tx.now(), tx.need(Id::MIN)?);
        let today = Day::at(now, firm.zone.tz());
        Ok(Self { now, today, by_hand, told: HashSet::new() })
    }

    /// Reminds those who are asked. Gives each with what came of it.
    fn remind(&mut self, tx: &mut Write<'_, '_>, request: &Request) -> Result<Vec<(Meant, Fate)>> {
        let (client, mut fates): (Client, _) = (tx.need(request.client)?, Vec::new());
        for tie in tx.by::<Membership>("membership.client", client.id, usize::MAX)? {
            if !request.audience.means(tie.contact) {
                continue;
            }
            let contact: Contact = tx.need(tie.contact)?;
            let fate = self.fate(tx, request, &client, &tie)?;
            fates.push(((contact.id, contact.full_name()), fate));
        }
        Ok(fates)
    }

    fn fate(
        &mut self,
        tx: &mut Write<'_, '_>,
        request: &Request,
        client: &Client,
        tie: &Membership,
    ) -> Result<Fate> {
        if let Some(why) = why_not(tx, request, client, tie)? {
            return Ok(Fate::Not(why));
        }
        if !self.told.contains(&tie.contact)
            && let Some((at, mail)) = last_reminder(tx, tie.contact)?
        {
            let firm: Firm = tx.need(Id::MIN)?;
            if self.by_hand && at > self.now - BY_HAND {
                return Ok(Fate::Not("was reminded less than an hour ago"));
            }
            let today = Day::at(at, firm.zone.tz()) == self.today;
            if !self.by_hand && today && !mail.is_some_and(|mail: Mail| mail.waits()) {
                return Ok(Fate::ToldToday);
            }
        }
        let who = Who::Contact(tie.contact);
        Ok(match tx.tell_of_request(who, request, RequestNews::Reminder)? {
            Some(_) => {
                self.told.insert(tie.contact);
                Fate::Told
            }
            None => Fate::Not("cannot be reminded"),
        })
    }
}

/// Why this contact gets no reminder, if they do not.
fn why_not(
    tx: &Write<'_, '_>,
    request: &Request,
    client: &Client,
    tie: &Membership,
) -> Result<Option<&'static str>> {
    if !client.active {
        return Ok(Some("belongs to an inactive client"));
    }
    if !tie.has_access() {
        return Ok(Some("has no access to the portal"));
    }
    if !is_asked(request, client, tie) {
        return Ok(Some("has access, but not to Requests"));
    }
    if tx.first_by::<Login>("login.who", Who::Contact(tie.contact).key())?.is_none() {
        return Ok(Some("has no account"));
    }
    if tx.get(RemindersOff::key(tie.contact))?.is_some() {
        return Ok(Some("has switched reminders off"));
    }
    let bounced = reaches_nobody(tx, tie.contact)?;
    Ok(bounced.then_some("could not be reached by the last mail: see the outbox"))
}

impl System {
    /// Sends what is due of reminders, and tells staff of what is overdue, if this is the time of day for it. Gives how many
    /// requests were dealt with. Does nothing while the host's clock is not believed: what was sent too early would count as
    /// sent until that day.
    pub async fn remind(&self) -> Result<usize> {
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let mut all = 0;
        loop {
            let due = self.due_reminders()?;
            if due.is_empty() {
                return Ok(all);
            }
            all += due.len();
            let remind = move |tx: &mut Write<'_, '_>| {
                tx.unsaid("who was reminded stands in the history of each request");
                let mut round = Round::new(tx, false)?;
                due.into_iter().try_for_each(|id| one_due(tx, &mut round, id))
            };
            self.core().db.write(By::SYSTEM, remind).await?;
            self.outbox_bell().notify_one();
        }
    }

    /// Some of the requests whose reminder is due, or of which the firm is to hear that they are overdue.
    fn due_reminders(&self) -> Result<BTreeSet<Id<Request>>> {
        let Ok(firm) = self.firm() else { return Ok(BTreeSet::new()) };
        let (now, zone) = (self.now(), firm.zone.tz());
        let today = Day::at(now, zone);
        self.core().db.read(|r| {
            let mut due = BTreeSet::new();
            if !ReminderSettings::of(r)?.leave_at(now, zone) {
                return Ok(due);
            }
            for (index, until) in
                [("request.remind", today), ("request.untold", today.plus_days(-1))]
            {
                let until = until.key();
                r.walk_index::<Request>(index, &Span::all(), Order::Ascending, |key, id| {
                    if key > until.as_slice() || due.len() >= AT_ONCE {
                        return ControlFlow::Break(());
                    }
                    due.insert(id);
                    ControlFlow::Continue(())
                })?;
            }
            Ok(due)
        })
    }
}

/// Deals with one request that was due when it was looked at.
fn one_due(tx: &mut Write<'_, '_>, round: &mut Round, id: Id<Request>) -> Result<()> {
    let Some(mut request): Option<Request> = tx.get(id)? else { return Ok(()) };
    if request.next_reminder().is_some_and(|day| day <= round.today) {
        let fates = round.remind(tx, &request)?;
        let told = |((_, name), fate): (Meant, Fate)| match fate {
            Fate::Told | Fate::ToldToday => Some(name),
            Fate::Not(_) => None,
        };
        let whom: Vec<String> = fates.into_iter().filter_map(told).collect();
        // However many days were missed, it is one reminder.
        request.reminded(round.today, !whom.is_empty());
        tx.put(&request)?;
        if !whom.is_empty() {
            tx.note_change(id, None, What::Reminded { whom, leaves: None })?;
        }
    }
    if request.overdue(round.today) && request.reminders.overdue_told != request.due {
        tx.tell_staff_of_request(&request, RequestNews::Overdue)?;
        request.reminders.overdue_told = request.due;
        tx.put(&request)?;
    }
    Ok(())
}

impl Console {
    /// Reminds those who are asked now, whatever is planned: each gets one mail of all that waits for them, at most once an
    /// hour. A reminder that is planned for today is thereby sent, unless it leaves only after the quiet hours: until then
    /// it can be taken back.
    pub async fn remind_requests(&self, requests: Vec<Id<Request>>) -> Result<Reminded> {
        let me = Author::of(self.me());
        let said = self
            .write(move |tx| {
                let (mut round, mut said) = (Round::new(tx, true)?, Reminded::default());
                let firm: Firm = tx.need(Id::MIN)?;
                let leaves = ReminderSettings::of(tx)?.awake(round.now, firm.zone.tz());
                said.leaves = Some(leaves).filter(|at| *at > round.now);
                let (mut reminded, mut not) = (BTreeMap::new(), BTreeMap::new());
                for id in once_each(&requests) {
                    let request: Option<Request> = tx.get(id)?;
                    let Some(request) = request.filter(|request| request.stage.open()) else {
                        continue;
                    };
                    said.requests += 1;
                    let names = (&mut reminded, &mut not);
                    remind_one(tx, &mut round, request, (&me, said.leaves), names)?;
                }
                if said.requests == 0 {
                    return Err(Error::refused("None of this waits for a client at present."));
                }
                if reminded.is_empty() {
                    tx.unsaid("nobody was reminded");
                }
                not.retain(|contact, _| !reminded.contains_key(contact));
                said.reminded = reminded.into_values().collect();
                said.reminded.sort();
                said.not = not.into_values().collect();
                said.not.sort_by(|one, other| one.name.cmp(&other.name));
                Ok(said)
            })
            .await?;
        self.core().outbox.notify_one();
        Ok(said)
    }
}

type People<'a> =
    (&'a mut BTreeMap<Id<Contact>, String>, &'a mut BTreeMap<Id<Contact>, NotReminded>);

fn remind_one(
    tx: &mut Write<'_, '_>,
    round: &mut Round,
    mut request: Request,
    (me, leaves): (&Author, Option<Timestamp>),
    (reminded, not): People<'_>,
) -> Result<()> {
    let mut whom = Vec::new();
    for ((contact, name), fate) in round.remind(tx, &request)? {
        match fate {
            Fate::Told | Fate::ToldToday => {
                reminded.insert(contact, name.clone());
                whom.push(name);
            }
            Fate::Not(why) => {
                not.insert(contact, NotReminded { name, why });
            }
        }
    }
    if whom.is_empty() {
        return Ok(());
    }
    whom.sort();
    if leaves.is_none() && request.next_reminder().is_some_and(|day| day <= round.today) {
        request.reminded(round.today, true);
        tx.put(&request)?;
    }
    let did = if leaves.is_some() { "asked for a reminder to" } else { "reminded" };
    let what = format!("{did} {} of “{}”", some(&whom), request.title);
    tx.say("request-reminded", Some(request.client), what)?;
    tx.note_change(request.id, Some(me.clone()), What::Reminded { whom, leaves })
}

#[cfg(test)]
pub(super) mod tests;
