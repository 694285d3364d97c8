//! When the contacts of a request are reminded. All of it is civil days in the firm's zone; at which hour a day's mails
//! leave is the firm's setting. Which reminders are planned is derived from the request alone.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{ReminderSettings, Request, Stage};
use crate::error::Result;
use crate::model::db::Records;
use crate::values::Day;

/// How often is reminded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderRule {
    /// So many days before it is due, each once; 0 is the day itself. Largest first, each once.
    pub before: Vec<u16>,
    /// Every so many days after it was due, or after it was sent where it has no due date; none for never.
    pub every: Option<u16>,
    /// So many reminders at most, all together.
    pub most: u16,
}

impl ReminderRule {
    /// None at all.
    pub const NEVER: Self = Self { before: Vec::new(), every: None, most: 0 };
}

/// What is planned, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminders {
    /// How often. None only on a draft: it follows the firm's default until it is sent, which fixes it.
    pub rule: Option<ReminderRule>,
    /// The civil day in the firm's zone on which it was sent: reminders are counted from there.
    pub sent_on: Option<Day>,
    /// Whether staff stopped them.
    pub paused: bool,
    /// How many were sent.
    pub sent: u16,
    /// Up to this day, with it, all that was planned was sent or is too late.
    pub done_until: Option<Day>,
    /// Days whose reminder staff took out.
    pub skipped: Vec<Day>,
    /// The due date of which the firm was told that it is over.
    pub overdue_told: Option<Day>,
}

impl Reminders {
    /// For a new draft.
    #[must_use]
    pub fn by(rule: impl Into<Option<ReminderRule>>) -> Self {
        Self {
            rule: rule.into(),
            sent_on: None,
            paused: false,
            sent: 0,
            done_until: None,
            skipped: Vec::new(),
            overdue_told: None,
        }
    }

    /// How often, by the firm's default of this moment where nothing else was chosen.
    pub(super) fn rule_now(&self, r: &impl Records) -> Result<ReminderRule> {
        match &self.rule {
            Some(rule) => Ok(rule.clone()),
            None => Ok(ReminderSettings::of(r)?.rule),
        }
    }

    /// How many are sent at most.
    pub(super) fn most(&self) -> u16 {
        self.rule.as_ref().map_or(0, |rule| rule.most)
    }
}

impl Request {
    /// The days on which its contacts will be reminded, the next one first. None while it waits for nobody, or is paused.
    pub fn planned_reminders(&self) -> impl Iterator<Item = Day> {
        let plan = &self.reminders;
        let active = self.stage.open() && !plan.paused;
        let left = usize::from(plan.most().saturating_sub(plan.sent));
        let sent_on = plan.sent_on.filter(|_| active);
        let before = plan.rule.iter().flat_map(|rule| &rule.before);
        let before = before.filter_map(|days| Some(self.due?.plus_days(-i32::from(*days))));
        let every = plan.rule.as_ref().and_then(|rule| rule.every);
        let every = every.filter(|days| *days > 0).map(i32::from);
        let from = self.due.or(plan.sent_on);
        let after = every.zip(from).into_iter().flat_map(|(days, from)| {
            (1..).map(move |turn: i32| from.plus_days(days.saturating_mul(turn)))
        });
        // The calendar ends, and with it what would be planned for ever.
        let after = after.take_while(|day| *day < Day::LAST);
        let done = plan.done_until.max(sent_on);
        let all = before.chain(after).filter(move |day| Some(*day) > done);
        let all = all.filter(|day| !plan.skipped.contains(day));
        sent_on.into_iter().flat_map(move |_| all.clone().take(left))
    }

    /// The next of them.
    #[must_use]
    pub fn next_reminder(&self) -> Option<Day> {
        self.planned_reminders().next()
    }

    /// Takes note that a reminder of this day was sent, or that all of them up to it are too late.
    pub(in crate::model) fn reminded(&mut self, day: Day, was_sent: bool) {
        self.reminders.done_until = self.reminders.done_until.max(Some(day));
        self.reminders.sent += u16::from(was_sent);
        self.reminders.skipped.retain(|skipped| *skipped > day);
    }

    /// It is sent: reminders count from this day on.
    pub(in crate::model) fn begin_reminders(&mut self, zone: &TimeZone) {
        if let Stage::Sent { sent } = self.stage {
            self.reminders.sent_on = Some(Day::at(sent, zone));
        }
    }
}
