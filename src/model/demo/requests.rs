//! What the fictional firm asks for: requests in every state, with answers, comments and a history. What stands in them:
//! `requests/script.rs`; its items: `requests/sheet.rs`.

mod mails;
mod script;
mod sheet;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

pub(super) use script::HANDED_IN;
use script::{Asked, At, COMMENTS, EACH_MONTH, REQUESTS, State, TEMPLATE};

use super::cast::ZONE;
use super::files::By;
use super::{Written, made};
use crate::error::{Error, Result};
use crate::model::activity::Actor;
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Author, File};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::recurrence::{Every, Recurrence};
use crate::model::request::{
    Change, Comment, ReminderRule, Reminders, Request, Sheet, Stage, What,
};
use crate::model::request_template::{Blueprint, RelativeDue, RequestTemplate};
use crate::values::{Day, Zone};

/// The files by client and name.
pub(super) type Files = HashMap<(usize, &'static str), Id<File>>;
/// The requests by their keys.
pub(super) type Requests = HashMap<&'static str, Id<Request>>;

/// The ids of all of them, in the order in which they were made.
pub(super) fn ids(now: Timestamp) -> Requests {
    REQUESTS.iter().map(|asked| (asked.key, Id::fresh(begun(asked, now)))).collect()
}

/// When a request was written: an hour before it was sent.
fn begun(asked: &Asked, now: Timestamp) -> Timestamp {
    let hours = match asked.at {
        At::Draft => 25,
        At::Sent(days)
        | At::InProgress(days, _)
        | At::HandedIn(days, ..)
        | At::Completed(days, ..)
        | At::Withdrawn(days, ..) => 24 * days,
    };
    now - SignedDuration::from_hours(hours + 1)
}

/// Writes the records of all of them.
pub(super) fn write(
    tx: &mut Write<'_, '_>,
    written: &Written,
    requests: &Requests,
    files: &Files,
) -> Result<()> {
    let (zone, now): (Zone, _) = (made(ZONE)?, tx.now());
    let mut desk = Desk { tx, written, requests, files, zone, now };
    for asked in &REQUESTS {
        desk.request(asked)?;
    }
    desk.comments()?;
    desk.template()
}

struct Desk<'a, 'b, 't> {
    tx: &'a mut Write<'b, 't>,
    written: &'a Written,
    requests: &'a Requests,
    files: &'a Files,
    zone: Zone,
    now: Timestamp,
}

impl Desk<'_, '_, '_> {
    fn ago(&self, hours: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(hours)
    }

    fn today(&self) -> Day {
        Day::at(self.now, self.zone.tz())
    }

    fn request(&mut self, asked: &Asked) -> Result<()> {
        let (id, client) = (self.requests[asked.key], &self.written.clients[asked.client]);
        let (client, to) = (client.id, client.name.to_string());
        let sheet = self.sheet(id, asked)?;
        let mut history =
            vec![(begun(asked, self.now), self.staff(asked.by), What::Made { template: None })];
        self.answers(asked, &mut history)?;
        let stage = self.stage(asked, &to, &mut history);
        let mut request = Request {
            id,
            client,
            title: made(asked.title)?,
            audience: self.audience(asked),
            due: asked.due.map(|days| self.today().plus_days(days)),
            stage,
            progress: sheet.progress(),
            reminders: Reminders::by(rule()),
            template: None,
            recurrence: None,
            by: self.staff(asked.by),
            made: begun(asked, self.now),
            changed: self.now,
            untouched: false,
        };
        self.remind(asked, &mut request, &mut history)?;
        if asked.key == EACH_MONTH {
            request.recurrence = Some(self.each_month(&request, &sheet)?);
        }
        history.sort_by_key(|(at, ..)| *at);
        request.changed = history.last().map_or(request.made, |(at, ..)| *at);
        self.tx.put(&request)?;
        self.tx.put(&sheet)?;
        for (at, by, what) in history {
            self.say(&request, at, &by, &what)?;
            self.mails(asked, &request, at, &what)?;
            // Nobody reminds: it is done by itself.
            let by = Some(by).filter(|_| !matches!(what, What::Reminded { .. }));
            self.tx.put(&Change { id: Id::fresh(at), request: id, at, by, what })?;
        }
        Ok(())
    }

    fn audience(&self, asked: &Asked) -> Audience {
        match asked.named {
            [] => Audience::Everyone,
            named => {
                let mut named: Vec<_> = named.iter().map(|at| self.written.people[at].id).collect();
                named.sort_unstable();
                Audience::Named(named)
            }
        }
    }

    fn staff(&self, at: usize) -> Author {
        self.written.author(By::Staff(at))
    }

    /// What happened to its items.
    fn answers(&self, asked: &Asked, history: &mut Vec<(Timestamp, Author, What)>) -> Result<()> {
        for piece in asked.items {
            if let Some((_, who, hours)) = piece.answer {
                let what = What::Answered { item: made(piece.title)? };
                history.push((self.ago(hours), self.written.author(By::Contact(who)), what));
            }
            match piece.state {
                State::Open | State::Waiting => {}
                State::Accepted(who, hours) => {
                    let what = What::Accepted { item: made(piece.title)? };
                    history.push((self.ago(hours), self.staff(who), what));
                }
                State::Returned(who, hours, reason) => {
                    let what = What::Returned { item: made(piece.title)?, reason: made(reason)? };
                    history.push((self.ago(hours), self.staff(who), what));
                }
            }
        }
        Ok(())
    }

    /// Where it stands, and how it came there.
    fn stage(
        &self,
        asked: &Asked,
        to: &str,
        history: &mut Vec<(Timestamp, Author, What)>,
    ) -> Stage {
        let mut note = |hours: i64, by: Author, what: What| {
            history.push((self.ago(hours), by.clone(), what));
            (self.ago(hours), by)
        };
        let to = match asked.named {
            [] => format!("everyone at {to}"),
            named => {
                let names = named.iter().map(|at| self.written.people[at].full_name());
                names.collect::<Vec<_>>().join(" and ")
            }
        };
        let mut sent =
            |days: i64| note(24 * days, self.staff(asked.by), What::Sent { to: to.clone() }).0;
        let handed_in = |hours: i64, who: usize| (hours, self.written.author(By::Contact(who)));
        match asked.at {
            At::Draft => Stage::Draft,
            At::Sent(days) => Stage::Sent { sent: sent(days) },
            At::InProgress(days, returned) => {
                let sent = sent(days);
                if let Some((hours, by)) = returned.map(|(hours, who)| handed_in(hours, who)) {
                    note(hours, by, What::HandedIn);
                }
                Stage::InProgress { sent }
            }
            At::HandedIn(days, hours, who) => {
                let (sent, (hours, by)) = (sent(days), handed_in(hours, who));
                let (at, by) = note(hours, by, What::HandedIn);
                Stage::HandedIn { sent, at, by }
            }
            At::Completed(days, hours, who) => {
                let sent = sent(days);
                let last = asked.items.iter().filter_map(|piece| piece.answer);
                if let Some((_, who, hours)) = last.min_by_key(|(.., hours)| *hours) {
                    let (hours, by) = handed_in(hours, who);
                    note(hours, by, What::HandedIn);
                }
                let (at, by) = note(hours, self.staff(who), What::Completed);
                Stage::Completed { sent, at, by }
            }
            At::Withdrawn(days, hours, who) => {
                let sent = sent(days);
                let (at, by) = note(hours, self.staff(who), What::Withdrawn);
                Stage::Withdrawn { sent, at, by }
            }
        }
    }

    /// What it was reminded of until now. The next ones are planned.
    fn remind(
        &self,
        asked: &Asked,
        request: &mut Request,
        history: &mut Vec<(Timestamp, Author, What)>,
    ) -> Result<()> {
        let Some(sent) = request.stage.sent() else { return Ok(()) };
        request.reminders.sent_on = Some(Day::at(sent, self.zone.tz()));
        let today = self.today();
        let whom: Vec<String> =
            Self::readers(asked).map(|who| self.written.people[&who].full_name()).collect();
        while let Some(day) = request.next_reminder().filter(|day| *day <= today) {
            request.reminded(day, !whom.is_empty());
            let morning = day.date().at(9, 0, 0, 0).to_zoned(self.zone.tz().clone());
            let at = morning.map_err(Error::bug)?.timestamp().min(self.now);
            if !whom.is_empty() {
                history.push((
                    at,
                    self.staff(asked.by),
                    What::Reminded { whom: whom.clone(), leaves: None },
                ));
            }
        }
        if request.overdue(today) {
            request.reminders.overdue_told = request.due;
        }
        Ok(())
    }

    /// In the activity stands what the history has, as far as it is news.
    fn say(&mut self, request: &Request, at: Timestamp, by: &Author, what: &What) -> Result<()> {
        let title = &request.title;
        let (event, what) = match what {
            What::Sent { to } => ("request-sent", format!("sent the request “{title}” to {to}")),
            What::HandedIn => ("request-handed-in", format!("handed in the request “{title}”")),
            What::Returned { item, .. } => {
                ("request-returned", format!("sent back “{item}” of the request “{title}”"))
            }
            What::Completed => ("request-completed", format!("completed the request “{title}”")),
            What::Withdrawn => ("request-withdrawn", format!("withdrew the request “{title}”")),
            _ => return Ok(()),
        };
        let actor = match by.who {
            Who::Staff(staff) => Actor::Staff(staff),
            Who::Contact(contact) => Actor::Contact(contact),
        };
        self.tx.say_of((actor, at), Some(request.client), event, what)
    }

    fn comments(&mut self) -> Result<()> {
        for (key, item, by, hours, text, names) in COMMENTS {
            let asked = REQUESTS.iter().find(|asked| asked.key == key);
            let asked =
                asked.ok_or_else(|| Error::bug(format!("the demo asks nothing called {key}")))?;
            let files = names.iter().map(|name| self.file(asked.client, name));
            let at = self.ago(hours);
            let comment = Comment {
                id: Id::fresh(at),
                request: self.requests[key],
                client: self.written.clients[asked.client].id,
                item,
                by: self.written.author(by),
                at,
                text: made(text)?,
                files: files.collect::<Result<_>>()?,
            };
            self.tx.put(&comment)?;
        }
        Ok(())
    }

    /// What makes the request again each month.
    fn each_month(&mut self, request: &Request, sheet: &Sheet) -> Result<Id<Recurrence>> {
        let first = request.reminders.sent_on.unwrap_or_else(|| self.today());
        let blueprint = Blueprint {
            title: made("Payroll changes, {{month}}")?,
            due: RelativeDue::After { days: 14 },
            ..blueprint(request, sheet)
        };
        let recurrence = Recurrence {
            id: Id::fresh(request.made),
            client: request.client,
            audience: request.audience.clone(),
            blueprint,
            template: None,
            every: Every::Month,
            first,
            made: 1,
            until: None,
            paused: false,
            by: request.by.clone(),
            begun: request.made,
            changed: None,
        };
        self.tx.put(&recurrence)?;
        Ok(recurrence.id)
    }

    fn template(&mut self) -> Result<()> {
        let (name, key) = TEMPLATE;
        let request: Request = self.tx.need(self.requests[key])?;
        let sheet = self.tx.need(Sheet::of(request.id))?;
        let changed = self.ago(900);
        let template = RequestTemplate {
            id: Id::fresh(changed),
            name: made(name)?,
            blueprint: Blueprint {
                title: made("VAT return of {{client.name}}")?,
                due: RelativeDue::After { days: 14 },
                ..blueprint(&request, &sheet)
            },
            by: self.written.staff[1],
            changed,
        };
        self.tx.put(&template)
    }
}

/// The same again.
fn blueprint(request: &Request, sheet: &Sheet) -> Blueprint {
    Blueprint {
        title: request.title.clone(),
        instructions: sheet.instructions.clone(),
        items: sheet.entries.iter().map(|entry| entry.item.clone()).collect(),
        due: RelativeDue::None,
        reminders: None,
    }
}

/// As the firm has it by default.
fn rule() -> ReminderRule {
    ReminderRule { before: vec![7, 2, 0], every: Some(7), most: 6 }
}
