//! How the firm reminds: the rule that a new request begins with, at which hour a day's reminders leave, and when none do.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ReminderRule;
use crate::error::{Check, Result};
use crate::model::admin::Admin;
use crate::model::console::Console;
use crate::model::db::{Records, Write, record};
use crate::model::edition::{check_edition, edition};
use crate::model::id::Id;
use crate::values::Day;

/// The most days before, or between, that a rule may have.
const MOST_DAYS: u16 = 365;
/// The most reminders of one request.
const MOST_REMINDERS: u16 = 50;
/// So many days before may be listed.
const LONGEST_LIST: usize = 10;
/// The hours of a day.
const HOURS: u8 = 24;

/// One row, under [`Id::MIN`]; without it everything is as usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSettings {
    /// Always [`Id::MIN`].
    pub(in crate::model) id: Id<ReminderSettings>,
    /// What a request reminds by, unless it has a rule of its own. Sending fixes it.
    pub rule: ReminderRule,
    /// At which hour of the firm's day its reminders leave.
    pub hour: u8,
    /// From which hour on none leaves. The same as `quiet_to` for no quiet hours.
    pub quiet_from: u8,
    /// At which hour that ends.
    pub quiet_to: u8,
    /// Whether they leave on Saturdays and Sundays too; else on the Monday after.
    pub weekends: bool,
}

impl Default for ReminderSettings {
    fn default() -> Self {
        let rule = ReminderRule { before: vec![7, 2, 0], every: Some(7), most: 6 };
        Self { id: Id::MIN, rule, hour: 9, quiet_from: 20, quiet_to: 7, weekends: false }
    }
}

record!(ReminderSettings, "rm", "reminder-settings");

impl ReminderSettings {
    /// As they are stored.
    pub(in crate::model) fn of(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or_default())
    }

    /// See [`crate::model::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }

    fn quiet(&self, hour: u8) -> bool {
        match self.quiet_from <= self.quiet_to {
            true => (self.quiet_from..self.quiet_to).contains(&hour),
            false => hour >= self.quiet_from || hour < self.quiet_to,
        }
    }

    fn works(&self, day: Day) -> bool {
        let weekend = matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday);
        self.weekends || !weekend
    }

    /// Whether the reminders of a day may leave at this moment.
    pub(in crate::model) fn leave_at(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let hour = hour(now, zone);
        self.works(Day::at(now, zone)) && hour >= self.hour && !self.quiet(hour)
    }

    /// The first moment from now on that is not in the quiet hours.
    pub(in crate::model) fn awake(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let mut at = now;
        // They end within a day, which may have an hour more than usual.
        for _ in 0..=HOURS {
            if !self.quiet(hour(at, zone)) {
                break;
            }
            at = next_hour(at, zone);
        }
        at
    }

    /// The day on which a reminder of this day leaves, seen from today.
    pub(in crate::model) fn leaves_on(&self, day: Day, today: Day) -> Day {
        let mut on = day.max(today);
        while !self.works(on) && on < Day::LAST {
            on = on.plus_days(1);
        }
        on
    }
}

fn hour(at: Timestamp, zone: &TimeZone) -> u8 {
    at.to_zoned(zone.clone()).hour().unsigned_abs()
}

/// When the next hour begins there.
fn next_hour(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let there = at.to_zoned(zone.clone());
    let past = i64::from(there.minute()) * 60 + i64::from(there.second());
    let past = SignedDuration::new(past, there.subsec_nanosecond());
    at - past + SignedDuration::from_hours(1)
}

impl ReminderRule {
    /// As it is stored, if it is within what the form of the settings takes.
    pub(in crate::model) fn checked(mut self) -> Result<Self, String> {
        self.before.sort_unstable_by(|a, b| b.cmp(a));
        self.before.dedup();
        let far = self.before.iter().chain(&self.every).any(|days| *days > MOST_DAYS);
        if far || self.every == Some(0) {
            return Err(format!(
                "Remind at most {MOST_DAYS} days before, and every 1 to {MOST_DAYS} days"
            ));
        }
        if self.before.len() > LONGEST_LIST {
            return Err(format!("Give at most {LONGEST_LIST} numbers of days before"));
        }
        if self.most > MOST_REMINDERS {
            return Err(format!("Remind {MOST_REMINDERS} times at most"));
        }
        Ok(self)
    }

    /// In words, of a request that is due on a day or on none: "7 days after sending, then every 7 days, at most 6".
    #[must_use]
    pub fn text_for(&self, due: Option<Day>) -> String {
        match self.every {
            _ if due.is_some() || self.most == 0 => self.text(),
            None => "No reminders, as there is no due date".to_owned(),
            Some(1) if self.most == 1 => "Once, the day after sending".to_owned(),
            Some(days) if self.most == 1 => format!("Once, {days} days after sending"),
            Some(1) => format!("The day after sending, then every day, at most {}", self.most),
            Some(days) => {
                format!("{days} days after sending, then every {days} days, at most {}", self.most)
            }
        }
    }

    /// In words: "7 and 2 days before, on the day, then every 7 days, at most 6".
    #[must_use]
    pub fn text(&self) -> String {
        if self.most == 0 || (self.before.is_empty() && self.every.is_none()) {
            return "No reminders".to_owned();
        }
        let before: Vec<_> = self.before.iter().filter(|days| **days > 0).collect();
        let mut said = Vec::new();
        match before.as_slice() {
            [] => {}
            [1] => said.push("1 day before".to_owned()),
            [days] => said.push(format!("{days} days before")),
            [most @ .., last] => {
                let most: Vec<_> = most.iter().map(ToString::to_string).collect();
                let unit = if **last == 1 { "day" } else { "days" };
                said.push(format!("{} and {last} {unit} before", most.join(", ")));
            }
        }
        if self.before.contains(&0) {
            said.push("on the day".to_owned());
        }
        if let Some(days) = self.every {
            let every =
                if days == 1 { "every day".to_owned() } else { format!("every {days} days") };
            said.push(if said.is_empty() { every } else { format!("then {every}") });
        }
        format!("{}, at most {}", said.join(", "), self.most)
    }
}

/// A rule as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct ReminderForm {
    /// Days before, with commas: "7, 2, 0".
    pub reminders_before: String,
    /// Every so many days after; empty for never.
    pub reminders_every: String,
    /// So many at most; 0 for none.
    pub reminders_most: String,
}

impl ReminderForm {
    /// The form as a rule fills it in.
    #[must_use]
    pub fn of(rule: &ReminderRule) -> Self {
        let before: Vec<_> = rule.before.iter().map(ToString::to_string).collect();
        Self {
            reminders_before: before.join(", "),
            reminders_every: rule.every.map(|days| days.to_string()).unwrap_or_default(),
            reminders_most: rule.most.to_string(),
        }
    }

    /// The rule, or what is wrong noted under the fields' names.
    pub fn read(&self, check: &mut Check) -> Option<ReminderRule> {
        let before = check.take("reminders_before", days_before(&self.reminders_before));
        let every = match self.reminders_every.trim() {
            "" => Some(None),
            typed => check.take("reminders_every", number(typed, 1..=MOST_DAYS)).map(Some),
        };
        let most = check.take("reminders_most", number(&self.reminders_most, 0..=MOST_REMINDERS));
        Some(ReminderRule { before: before?, every: every?, most: most? })
    }
}

fn days_before(typed: &str) -> Result<Vec<u16>, String> {
    let parts = typed.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let days: Result<Vec<u16>, String> = parts.map(|part| number(part, 0..=MOST_DAYS)).collect();
    let mut days = days
        .map_err(|_| "Write numbers of days with commas between them, like 7, 2, 0".to_owned())?;
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    match days.len() > LONGEST_LIST {
        true => Err(format!("Write {LONGEST_LIST} of them at most")),
        false => Ok(days),
    }
}

fn number<N>(typed: &str, bounds: std::ops::RangeInclusive<N>) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = typed.trim().parse().ok().filter(|number| bounds.contains(number));
    number
        .ok_or_else(|| format!("Write a whole number from {} to {}", bounds.start(), bounds.end()))
}

/// The settings as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ReminderSettingsForm {
    /// See [`ReminderForm`].
    pub reminders_before: String,
    /// See [`ReminderForm`].
    pub reminders_every: String,
    /// See [`ReminderForm`].
    pub reminders_most: String,
    /// An hour.
    pub hour: String,
    /// An hour.
    pub quiet_from: String,
    /// An hour.
    pub quiet_to: String,
    /// Ticked, or empty.
    pub weekends: String,
    /// The [`ReminderSettings::edition`] that was shown.
    pub seen: String,
}

impl ReminderSettingsForm {
    /// The form as the stored settings fill it in.
    #[must_use]
    pub fn of(settings: &ReminderSettings) -> Self {
        let rule = ReminderForm::of(&settings.rule);
        Self {
            reminders_before: rule.reminders_before,
            reminders_every: rule.reminders_every,
            reminders_most: rule.reminders_most,
            hour: settings.hour.to_string(),
            quiet_from: settings.quiet_from.to_string(),
            quiet_to: settings.quiet_to.to_string(),
            weekends: if settings.weekends { "on".into() } else { String::new() },
            seen: settings.edition(),
        }
    }

    fn read(&self) -> Result<ReminderSettings> {
        let mut check = Check::default();
        let rule = ReminderForm {
            reminders_before: self.reminders_before.clone(),
            reminders_every: self.reminders_every.clone(),
            reminders_most: self.reminders_most.clone(),
        };
        let rule = rule.read(&mut check);
        let mut hour = |name, typed: &str| check.take(name, number(typed, 0..=HOURS - 1));
        let at = hour("hour", &self.hour);
        let from = hour("quiet_from", &self.quiet_from);
        let to = hour("quiet_to", &self.quiet_to);
        if let (Some(hour), Some(quiet_from), Some(quiet_to)) = (at, from, to)
            && (ReminderSettings { quiet_from, quiet_to, ..ReminderSettings::default() })
                .quiet(hour)
        {
            check.note("hour", "Choose an hour outside the quiet hours");
        }
        check.finish(|| {
            Some(ReminderSettings {
                id: Id::MIN,
                rule: rule?,
                hour: at?,
                quiet_from: from?,
                quiet_to: to?,
                weekends: !self.weekends.is_empty(),
            })
        })
    }
}

impl Console {
    /// How the firm reminds.
    pub fn request_settings(&self) -> Result<ReminderSettings> {
        self.read(ReminderSettings::of)
    }
}

impl Admin {
    /// Changes how the firm reminds. Requests that were sent keep the rule they were sent with.
    pub async fn save_request_settings(&self, form: ReminderSettingsForm) -> Result<()> {
        let new = form.read()?;
        let write = move |tx: &mut Write<'_, '_>| {
            let old = ReminderSettings::of(tx)?;
            check_edition(&form.seen, &old.edition())?;
            if old == new {
                tx.unsaid("it was so before");
                return Ok(());
            }
            tx.put(&new)?;
            let what = format!(
                "set how requests remind: {}. Reminders leave at {}:00",
                new.rule.text(),
                new.hour
            );
            tx.say("request-settings-changed", None, what)
        };
        self.console().write(write).await
    }
}

#[cfg(test)]
mod tests;
