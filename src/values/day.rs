//! Civil days: a date without a time, as people agree on one. Which instant it begins at depends on the zone of whoever
//! reads it.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use super::place::DateStyle;

/// A day of the calendar, from 1900 to 2199. Printed as ISO 8601 writes it, `2026-11-30`, which is also what browsers send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// The first year that is no slip of the finger.
const FIRST_YEAR: i16 = 1900;
/// The last one.
const LAST_YEAR: i16 = 2199;

/// More than the calendar has, and no more than jiff counts with.
const MOST_DAYS: i32 = 200_000;
/// The same in months.
const MOST_MONTHS: i32 = 4_000;

impl Day {
    /// The earliest.
    pub const FIRST: Self = Self(date(FIRST_YEAR, 1, 1));
    /// The latest.
    pub const LAST: Self = Self(date(LAST_YEAR, 12, 31));

    /// The day of a date field.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let day: Date = typed
            .trim()
            .parse()
            .map_err(|_| "Give the date as year, month and day, like 2026-11-30")?;
        if (FIRST_YEAR..=LAST_YEAR).contains(&day.year()) {
            Ok(Self(day))
        } else {
            Err("Check the year of this date")
        }
    }

    /// The same, where a date may be left out.
    pub fn parse_or_none(typed: &str) -> Result<Option<Self>, &'static str> {
        if typed.trim().is_empty() { Ok(None) } else { Self::parse(typed).map(Some) }
    }

    /// This day of the calendar, if there is one.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = Date::new(year, month, day).ok()?;
        (FIRST_YEAR..=LAST_YEAR).contains(&year).then_some(Self(date))
    }

    /// The day that it is somewhere at an instant.
    pub fn at(instant: Timestamp, zone: &TimeZone) -> Self {
        Self(instant.to_zoned(zone.clone()).date()).within()
    }

    /// As jiff counts with it.
    pub const fn date(self) -> Date {
        self.0
    }

    /// So many days later, or earlier. Ends where the calendar does.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        self.plus(days.clamp(-MOST_DAYS, MOST_DAYS).days())
    }

    /// So many months later, or earlier. The 31st becomes the last day of a shorter month.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        self.plus(months.clamp(-MOST_MONTHS, MOST_MONTHS).months())
    }

    fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span)).within()
    }

    fn within(self) -> Self {
        self.clamp(Self::FIRST, Self::LAST)
    }

    /// How many days lie between: 1 if the other is tomorrow, −1 if it was yesterday.
    pub fn days_until(self, other: Self) -> i32 {
        let between = self.0.until(other.0).map(|span| span.get_days());
        between.expect("two dates of three centuries are days apart")
    }

    /// The key, or a part of the key, of an index row: bytes that sort as the days do.
    pub(crate) fn key(self) -> [u8; 4] {
        let (year, month, day) = (self.0.year(), self.0.month(), self.0.day());
        let [high, low] = year.cast_unsigned().to_be_bytes();
        [high, low, month.cast_unsigned(), day.cast_unsigned()]
    }

    /// "Mon 30 Nov", with the year unless it is that of `today`.
    pub fn short(self, today: Self, style: DateStyle) -> String {
        let this_year = self.0.year() == today.0.year();
        let format = match (style, this_year) {
            (DateStyle::MonthFirst, true) => "%a, %b %-d",
            (DateStyle::MonthFirst, false) => "%a, %b %-d, %Y",
            (DateStyle::DayFirst, true) => "%a %-d %b",
            (DateStyle::DayFirst, false) => "%a %-d %b %Y",
        };
        self.0.strftime(format).to_string()
    }

    /// "Monday 30 November 2026".
    pub fn full(self, style: DateStyle) -> String {
        let format = match style {
            DateStyle::MonthFirst => "%A, %B %-d, %Y",
            DateStyle::DayFirst => "%A %-d %B %Y",
        };
        self.0.strftime(format).to_string()
    }
}

/// How days travel through forms, records and calendars.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(typed: String) -> Result<Self, String> {
        Self::parse(&typed).map_err(String::from)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let typed = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
        Self::parse(&typed).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_month_later_is_the_last_day_of_a_shorter_one() {
        assert_eq!(day("2027-01-31").plus_months(1), day("2027-02-28"));
        assert_eq!(day("2028-02-29").plus_months(12), day("2029-02-28"));
        assert_eq!(day("2026-11-30").plus_days(1), day("2026-12-01"));
    }

    #[test]
    fn it_reads_as_the_firm_writes_dates() {
        let (due, today) = (day("2026-11-30"), day("2026-11-03"));
        assert_eq!(due.short(today, DateStyle::DayFirst), "Mon 30 Nov");
        assert_eq!(due.short(day("2025-01-01"), DateStyle::MonthFirst), "Mon, Nov 30, 2026");
        assert_eq!(due.full(DateStyle::DayFirst), "Monday 30 November 2026");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for typed in ["", "2026-02-30", "30.11.2026", "0026-11-30", "2026-11-30T10:00"] {
            assert!(Day::parse(typed).is_err() || typed.contains('T'), "{typed}");
        }
        assert_eq!(Day::parse_or_none(" "), Ok(None));
    }

    #[test]
    fn at_one_instant_it_is_another_day_elsewhere() {
        let instant: Timestamp = "2026-11-30T11:30:00Z".parse().unwrap();
        let at = |zone: &str| Day::at(instant, crate::values::Zone::parse(zone).unwrap().tz());
        assert_eq!(at("Pacific/Kiritimati"), day("2026-12-01"));
        assert_eq!(at("Pacific/Pago_Pago"), day("2026-11-30"));
    }

    proptest! {
        #[test]
        fn keys_sort_as_days_do(a in 0..100_000_i32, b in 0..100_000_i32) {
            let (one, other) = (Day::FIRST.plus_days(a), Day::FIRST.plus_days(b));
            prop_assert_eq!(one.cmp(&other), one.key().cmp(&other.key()));
            prop_assert_eq!(one.days_until(other), b - a);
            prop_assert_eq!(Day::parse(&one.to_string()), Ok(one));
        }

        #[test]
        fn no_step_leaves_the_calendar(step: i32) {
            for far in [Day::FIRST.plus_days(step), Day::FIRST.plus_months(step)] {
                prop_assert!((Day::FIRST..=Day::LAST).contains(&far));
            }
        }
    }
}
