//! Due dates that count from the day of sending.

use super::RelativeDue;
use crate::values::Day;

/// The most days between sending and due.
pub(in crate::model) const MOST_DAYS: u16 = 730;

const MONTHS: [(&str, i8); 12] = [
    ("January", 31),
    ("February", 29),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

impl RelativeDue {
    /// The due date of what is sent on this day. A day of a year or of a month is the next one after it.
    #[must_use]
    pub fn on(self, sent: Day) -> Option<Day> {
        match self {
            Self::None => None,
            Self::After { days } => Some(sent.plus_days(days.into())),
            Self::Yearly { month, day } => {
                let year = sent.date().year();
                Some(next(sent, (year..).take(2).map(|year| last_until(year, month, day))))
            }
            Self::Monthly { day } => {
                let first = Day::new(sent.date().year(), sent.date().month(), 1);
                let days = (0..2).map(|later| {
                    let month = first?.plus_months(later).date();
                    last_until(month.year(), month.month(), day)
                });
                Some(next(sent, days))
            }
        }
    }

    /// What these two dates have between them: proposed where a request becomes a template.
    #[must_use]
    pub fn between(sent: Day, due: Option<Day>) -> Self {
        let Some(due) = due else { return Self::None };
        let days = u16::try_from(sent.days_until(due).max(0)).unwrap_or(MOST_DAYS);
        Self::After { days: days.min(MOST_DAYS) }
    }

    /// In words: "14 days after sending".
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::None => "no due date".into(),
            Self::After { days: 0 } => "on the day of sending".into(),
            Self::After { days: 1 } => "1 day after sending".into(),
            Self::After { days } => format!("{days} days after sending"),
            Self::Yearly { month, day } => {
                let month = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at));
                format!("on {day} {}", month.map_or("", |(name, _)| name))
            }
            Self::Monthly { day } => {
                let ending = match day {
                    1 | 21 | 31 => "st",
                    2 | 22 => "nd",
                    3 | 23 => "rd",
                    _ => "th",
                };
                format!("on the {day}{ending} of the month")
            }
        }
    }

    /// It, unless there is no such day.
    pub fn checked(self) -> Result<Self, String> {
        match self {
            Self::After { days } if days > MOST_DAYS => {
                Err(format!("Give at most {MOST_DAYS} days between sending and due"))
            }
            Self::Yearly { month, day } => {
                let found = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at));
                let (name, last) = found.ok_or("Give the month as a number from 1 to 12")?;
                if (1..=*last).contains(&day) {
                    Ok(self)
                } else {
                    Err(format!("{name} has the days 1 to {last}"))
                }
            }
            Self::Monthly { day } if !(1..=31).contains(&day) => {
                Err("Give the day of the month as a number from 1 to 31".into())
            }
            _ => Ok(self),
        }
    }

    /// The months a day of a year can be in, as a form offers them: their number and name.
    pub fn months() -> impl Iterator<Item = (usize, &'static str)> {
        MONTHS.iter().enumerate().map(|(at, (name, _))| (at + 1, *name))
    }
}

/// This day of a month, or the last one before it.
fn last_until(year: i16, month: i8, day: i8) -> Option<Day> {
    (1..=day).rev().take(4).find_map(|day| Day::new(year, month, day))
}

/// The first of these days after another; where the calendar ends, its last.
fn next(after: Day, mut days: impl Iterator<Item = Option<Day>>) -> Day {
    days.find_map(|day| day.filter(|day| *day > after)).unwrap_or(Day::LAST)
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};
    use jiff::{SignedDuration, Timestamp};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn the_31st_of_january_is_the_next_one_after_sending() {
        let due = RelativeDue::Yearly { month: 1, day: 31 };
        assert_eq!(due.on(day("2026-11-26")), Some(day("2027-01-31")));
        assert_eq!(due.on(day("2027-01-30")), Some(day("2027-01-31")));
        assert_eq!(due.on(day("2027-01-31")), Some(day("2028-01-31")));
    }

    #[test]
    fn short_months_and_leap_days_end_earlier() {
        let leap = RelativeDue::Yearly { month: 2, day: 29 };
        assert_eq!(leap.on(day("2026-11-26")), Some(day("2027-02-28")));
        assert_eq!(leap.on(day("2027-02-28")), Some(day("2028-02-29")));
        assert_eq!(leap.on(day("2028-02-28")), Some(day("2028-02-29")));
        let last = RelativeDue::Monthly { day: 31 };
        assert_eq!(last.on(day("2027-01-31")), Some(day("2027-02-28")));
        assert_eq!(last.on(day("2027-02-28")), Some(day("2027-03-31")));
        assert_eq!(RelativeDue::Monthly { day: 7 }.on(day("2026-12-07")), Some(day("2027-01-07")));
    }

    #[test]
    fn it_is_said_in_words() {
        let text = |due: RelativeDue| due.text();
        assert_eq!(text(RelativeDue::After { days: 14 }), "14 days after sending");
        assert_eq!(text(RelativeDue::Yearly { month: 1, day: 31 }), "on 31 January");
        assert_eq!(text(RelativeDue::Monthly { day: 22 }), "on the 22nd of the month");
        assert!(RelativeDue::Yearly { month: 4, day: 31 }.checked().is_err());
        assert!(RelativeDue::Yearly { month: 13, day: 1 }.checked().is_err());
    }

    proptest! {
        /// Whatever the firm's zone makes the day of sending, the due date is reckoned from that day alone.
        #[test]
        fn a_due_date_comes_after_sending_and_within_its_period(
            seconds in 0..6_000_000_000_i64, hours in -12..=14_i8, month in 1..=12_i8, date in 1..=31_i8,
            days in 0..=MOST_DAYS,
        ) {
            let zone = TimeZone::fixed(Offset::constant(hours));
            let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
            let sent = Day::at(at, &zone);
            let after = RelativeDue::After { days }.on(sent).unwrap();
            prop_assert_eq!(sent.days_until(after), i32::from(days));
            prop_assert_eq!(RelativeDue::between(sent, Some(after)), RelativeDue::After { days });

            let monthly = RelativeDue::Monthly { day: date }.on(sent).unwrap();
            prop_assert!(monthly > sent && sent.days_until(monthly) <= 31);
            let found = monthly.date();
            prop_assert!(found.day() == date || found.day() == found.days_in_month() && found.day() < date);

            if let Ok(due) = (RelativeDue::Yearly { month, day: date }).checked() {
                let yearly = due.on(sent).unwrap();
                prop_assert!(yearly > sent && sent.days_until(yearly) <= 366);
                prop_assert_eq!(yearly.date().month(), month);
                prop_assert!(yearly.date().day() == date || (month, date) == (2, 29));
            }
        }
    }
}
