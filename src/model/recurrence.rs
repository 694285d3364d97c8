//! Requests that come again: monthly, quarterly or yearly, by civil day in the firm's zone.
//!
//! - `begin.rs`: how one begins · `turns.rs`: making what is due, once · `change.rs`: asking something else from then on
//! - `verbs.rs`: looking at them, pausing and ending them

mod begin;
mod change;
mod turns;
mod verbs;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use begin::Repeat;
pub(super) use begin::begin;
pub use change::NewRecurrence;
pub use turns::MOST_MISSED;
pub use verbs::{RecurrenceChange, RecurrenceList, RecurrenceRow, RecurrenceState};

use super::client::Client;
use super::db::record;
use super::file::{Audience, Author};
use super::id::Id;
use super::request_template::{Blueprint, RequestTemplate};
use crate::values::Day;

/// What makes a request of one client again and again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recurrence {
    /// Its id.
    pub id: Id<Recurrence>,
    /// Who is asked.
    pub client: Id<Client>,
    /// Which of its contacts.
    pub audience: Audience,
    /// What is asked, as it was when this began or was changed last.
    pub blueprint: Blueprint,
    /// The template it was made of, which may be gone.
    pub template: Option<Id<RequestTemplate>>,
    /// How often.
    pub every: Every,
    /// The civil day in the firm's zone on which the first was sent. The others are counted from it, so that the 31st comes
    /// back after a shorter month.
    pub first: Day,
    /// How many turns are over, made or left out: the next comes so many turns after the first.
    pub made: u32,
    /// The last day on which one may be made.
    pub until: Option<Day>,
    /// Whether it rests.
    pub paused: bool,
    /// Who began it. The requests are sent in their name.
    pub by: Author,
    /// When.
    pub begun: Timestamp,
    /// Who changed last what is asked or when, if anybody has.
    pub changed: Option<Changed>,
}

/// A change by staff.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Changed {
    /// Who.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Every {
    /// Each month.
    Month,
    /// Every third month.
    Quarter,
    /// Each year.
    Year,
}

impl Every {
    /// How many months lie between two.
    #[must_use]
    pub const fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }
}

impl Recurrence {
    /// The civil day in the firm's zone on which the next one is made; none if it rests or is over.
    #[must_use]
    pub fn next(&self) -> Option<Day> {
        let day = self.day_of(self.made);
        let over = self.until.is_some_and(|until| day > until) || day == Day::LAST;
        (!self.paused && !over).then_some(day)
    }

    /// The day of a turn, counted from the first.
    #[must_use]
    pub fn day_of(&self, turn: u32) -> Day {
        let months = turn.saturating_mul(self.every.months());
        self.first.plus_months(i32::try_from(months).unwrap_or(i32::MAX))
    }

    /// The turn that comes next, or would if it did not rest: what it misses while it rests is left out.
    #[must_use]
    pub fn coming(&self, today: Day) -> u32 {
        if self.paused { self.turn_from(today) } else { self.made }
    }

    /// The first turn that is not over and does not lie before this day.
    fn turn_from(&self, day: Day) -> u32 {
        let over = |turn: &u32| self.day_of(*turn) < day && self.day_of(*turn) < Day::LAST;
        (self.made..=u32::MAX).find(|turn| !over(turn)).unwrap_or(u32::MAX)
    }

    /// Leaves out the turns that lie before this day.
    fn skip_until(&mut self, day: Day) {
        self.made = self.turn_from(day);
    }
}

record!(Recurrence, "re", "recurrences", |recurrence, rows| {
    rows.by("recurrence.client", recurrence.client);
    if let Audience::Named(contacts) = &recurrence.audience {
        for contact in contacts {
            rows.by("recurrence.named", [recurrence.client.bytes(), contact.bytes()].concat());
        }
    }
    if let Some(day) = recurrence.next() {
        rows.by("recurrence.next", day.key());
    }
});
