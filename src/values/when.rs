//! How times read. Pure: the present is passed in.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::place::DateStyle;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Someone who reads a time: now, in a zone, in a style.
#[derive(Debug, Clone, Copy)]
pub struct When<'a> {
    /// The present.
    pub now: Timestamp,
    /// The reader's zone.
    pub zone: &'a TimeZone,
    /// How the firm writes dates.
    pub style: DateStyle,
}

impl When<'_> {
    /// "just now", "5 minutes ago" or "in 2 hours" for a day, then "Nov 3", then "Nov 3, 2025".
    pub fn relative(&self, at: Timestamp) -> String {
        let seconds = self.now.as_second() - at.as_second();
        let spoken = match seconds.abs() {
            ..MINUTE => return "just now".into(),
            gap @ MINUTE..HOUR => count(gap / MINUTE, "minute"),
            gap @ HOUR..DAY => count(gap / HOUR, "hour"),
            _ => return self.short_day(at),
        };
        if seconds > 0 { format!("{spoken} ago") } else { format!("in {spoken}") }
    }

    /// "Nov 3", with the year unless it is this one.
    pub fn short_day(&self, at: Timestamp) -> String {
        self.dated(at, ["%b %-d", "%b %-d, %Y", "%-d %b", "%-d %b %Y"])
    }

    /// "December 8", with the year unless it is this one.
    pub fn day(&self, at: Timestamp) -> String {
        self.dated(at, ["%B %-d", "%B %-d, %Y", "%-d %B", "%-d %B %Y"])
    }

    /// "December 8 at 10:42 AM GMT", with the year unless it is this one: for readers who may be in another zone.
    pub fn exact(&self, at: Timestamp) -> String {
        let formats = [
            "%B %-d at %-I:%M %p",
            "%B %-d, %Y at %-I:%M %p",
            "%-d %B at %H:%M",
            "%-d %B %Y at %H:%M",
        ];
        format!("{} {}", self.dated(at, formats), zone_name(&self.local(at)))
    }

    /// "Tuesday, November 3, 2026 at 10:42 AM GMT".
    pub fn full(&self, at: Timestamp) -> String {
        let at = self.local(at);
        let format = match self.style {
            DateStyle::MonthFirst => "%A, %B %-d, %Y at %-I:%M %p",
            DateStyle::DayFirst => "%A, %-d %B %Y at %H:%M",
        };
        format!("{} {}", at.strftime(format), zone_name(&at))
    }

    /// "Tuesday, November 3".
    pub fn weekday(&self, at: Timestamp) -> String {
        let format = match self.style {
            DateStyle::MonthFirst => "%A, %B %-d",
            DateStyle::DayFirst => "%A, %-d %B",
        };
        self.local(at).strftime(format).to_string()
    }

    /// "Good morning", as somebody in this zone would say now.
    pub fn greeting(&self) -> &'static str {
        match self.local(self.now).hour() {
            4..12 => "Good morning",
            12..18 => "Good afternoon",
            _ => "Good evening",
        }
    }

    /// By style and year: month first this year, and another; day first this year, and another.
    fn dated(&self, at: Timestamp, formats: [&str; 4]) -> String {
        let at = self.local(at);
        let [month_here, month_far, day_here, day_far] = formats;
        let this_year = at.year() == self.local(self.now).year();
        let format = match (self.style, this_year) {
            (DateStyle::MonthFirst, true) => month_here,
            (DateStyle::MonthFirst, false) => month_far,
            (DateStyle::DayFirst, true) => day_here,
            (DateStyle::DayFirst, false) => day_far,
        };
        at.strftime(format).to_string()
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }
}

/// For `<time datetime>`: UTC, to the second.
pub fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// "GMT" or "EDT"; zones that have no letters are said as their distance, "UTC-03".
fn zone_name(at: &Zoned) -> String {
    let name = at.strftime("%Z").to_string();
    if name.starts_with(['+', '-']) { format!("UTC{name}") } else { name }
}

/// "10 seconds", "5 minutes", "1 day": the largest unit, rounded up, so that waiting so long is enough.
pub fn in_words(duration: Duration) -> String {
    let whole = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX - 1);
    let seconds = whole + i64::from(duration.subsec_nanos() > 0);
    let up = |unit: i64| seconds / unit + i64::from(seconds % unit > 0);
    let (minutes, hours) = (up(MINUTE), up(HOUR));
    match () {
        () if seconds < 60 => count(seconds, "second"),
        () if minutes < 60 => count(minutes, "minute"),
        () if hours < 24 => count(hours, "hour"),
        () => count(up(DAY), "day"),
    }
}

fn count(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::{DateStyle, When, in_words, iso};
    use crate::values::Zone;
    use jiff::Timestamp;
    use proptest::{prop_assert, proptest};
    use std::time::Duration;

    const SECONDS: std::ops::Range<i64> = -377_705_000_000..253_402_000_000; // all that jiff has

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read<T>(zone: &str, style: DateStyle, now: &str, of: impl FnOnce(When<'_>) -> T) -> T {
        let zone = Zone::parse(zone).unwrap();
        of(When { now: time(now), zone: zone.tz(), style })
    }

    #[test]
    fn the_last_day_is_told_by_distance() {
        read("UTC", DateStyle::MonthFirst, "2026-11-04T12:00:00Z", |when| {
            for (at, reads) in [
                ("2026-11-04T12:00:30Z", "just now"),
                ("2026-11-04T11:59:01Z", "just now"),
                ("2026-11-04T11:59:00Z", "1 minute ago"),
                ("2026-11-04T11:54:10Z", "5 minutes ago"),
                ("2026-11-04T10:42:00Z", "1 hour ago"),
                ("2026-11-03T12:00:01Z", "23 hours ago"),
                ("2026-11-03T12:00:00Z", "Nov 3"),
                ("2025-11-03T12:00:00Z", "Nov 3, 2025"),
                ("2026-11-04T14:00:00Z", "in 2 hours"),
                ("2026-12-08T14:00:00Z", "Dec 8"),
            ] {
                assert_eq!(when.relative(time(at)), reads, "{at}");
            }
        });
    }

    #[test]
    fn both_styles_are_written_as_their_readers_write() {
        let (now, at) = ("2026-11-20T12:00:00Z", time("2026-11-03T10:42:00Z"));
        read("Europe/London", DateStyle::MonthFirst, now, |when| {
            assert_eq!(when.relative(at), "Nov 3");
            assert_eq!(when.day(at), "November 3");
            assert_eq!(when.full(at), "Tuesday, November 3, 2026 at 10:42 AM GMT");
            assert_eq!(when.exact(at), "November 3 at 10:42 AM GMT");
        });
        read("Europe/London", DateStyle::DayFirst, now, |when| {
            assert_eq!(when.relative(at), "3 Nov");
            assert_eq!(when.day(time("2027-12-08T10:42:00Z")), "8 December 2027");
            assert_eq!(when.exact(time("2027-12-08T10:42:00Z")), "8 December 2027 at 10:42 GMT");
            assert_eq!(when.full(at), "Tuesday, 3 November 2026 at 10:42 GMT");
            assert_eq!(iso(at), "2026-11-03T10:42:00Z");
        });
    }

    #[test]
    fn an_expiry_reads_right_on_both_sides_of_a_clock_change() {
        // Clocks in New York go back an hour at 06:00 UTC on November 1, 2026.
        read("America/New_York", DateStyle::MonthFirst, "2026-10-20T12:00:00Z", |when| {
            for (at, reads) in [
                ("2026-11-01T05:30:00Z", "Sunday, November 1, 2026 at 1:30 AM EDT"),
                ("2026-11-01T06:30:00Z", "Sunday, November 1, 2026 at 1:30 AM EST"),
                ("2026-11-19T04:59:59Z", "Wednesday, November 18, 2026 at 11:59 PM EST"),
            ] {
                assert_eq!(when.full(time(at)), reads);
            }
            assert_eq!(when.day(time("2026-11-19T04:59:59Z")), "November 18");
        });
    }

    #[test]
    fn the_hour_is_greeted_as_in_the_zone() {
        for (zone, now, reads) in [
            ("UTC", "2026-11-20T03:59:00Z", "Good evening"),
            ("UTC", "2026-11-20T04:00:00Z", "Good morning"),
            ("America/New_York", "2026-11-20T16:59:00Z", "Good morning"),
            ("Asia/Tokyo", "2026-11-20T03:00:00Z", "Good afternoon"),
            ("UTC", "2026-11-20T18:00:00Z", "Good evening"),
        ] {
            let greeting = read(zone, DateStyle::DayFirst, now, |when| when.greeting());
            assert_eq!(greeting, reads, "{zone} {now}");
        }
        let day = |style| read("UTC", style, "2026-11-03T03:00:00Z", |when| when.weekday(when.now));
        assert_eq!(day(DateStyle::MonthFirst), "Tuesday, November 3");
        assert_eq!(day(DateStyle::DayFirst), "Tuesday, 3 November");
    }

    #[test]
    fn the_year_is_that_of_the_reader() {
        read("Asia/Tokyo", DateStyle::DayFirst, "2026-12-31T16:00:00Z", |when| {
            assert_eq!(when.day(time("2026-12-30T16:00:00Z")), "31 December 2026");
            assert_eq!(when.day(time("2027-03-01T00:00:00Z")), "1 March");
        });
    }

    #[test]
    fn a_zone_without_letters_is_told_by_its_distance() {
        read("America/Sao_Paulo", DateStyle::DayFirst, "2026-11-20T12:00:00Z", |when| {
            assert!(when.full(when.now).ends_with("at 09:00 UTC-03"));
        });
    }

    #[test]
    fn waits_are_told_in_the_largest_unit_and_never_too_short() {
        for (millis, words) in [
            (0, "0 seconds"),
            (900, "1 second"),
            (10_000, "10 seconds"),
            (61_000, "2 minutes"),
            (300_000, "5 minutes"),
            (3_599_000, "1 hour"),
            (7_200_000, "2 hours"),
            (86_400_000, "1 day"),
            (2_592_000_000, "30 days"),
        ] {
            assert_eq!(in_words(Duration::from_millis(millis)), words);
        }
        assert!(in_words(Duration::MAX).ends_with(" days"));
    }

    proptest! {
        #[test]
        fn any_two_times_can_be_told(now in SECONDS, at in SECONDS) {
            let zone = Zone::parse("Pacific/Kiritimati").unwrap();
            let time = |second| Timestamp::from_second(second).unwrap();
            let (now, at) = (time(now), time(at));
            let when = When { now, zone: zone.tz(), style: DateStyle::MonthFirst };
            for reads in [when.relative(at), when.full(at), when.day(at)] {
                prop_assert!(!reads.is_empty());
            }
        }
    }
}
