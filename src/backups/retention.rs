//! Which archives are kept: the newest of each of the last days, weeks and months that have one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::model::backups::Keep;

/// The names that are not kept, of these names with their times.
pub(super) fn superfluous<'a>(
    archives: &[(&'a str, Timestamp)],
    keep: Keep,
    zone: &TimeZone,
) -> Vec<&'a str> {
    let mut newest_first = archives.to_vec();
    newest_first.sort_by_key(|(name, at)| std::cmp::Reverse((*at, *name)));
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let kept: BTreeSet<&str> = [
        first_of(&newest_first, keep.daily, day),
        first_of(&newest_first, keep.weekly, |at| monday(day(at))),
        first_of(&newest_first, keep.monthly, |at| day(at).first_of_month()),
    ]
    .concat()
    .into_iter()
    // Whatever was typed: the newest one stays.
    .chain(newest_first.first().map(|(name, _)| *name))
    .collect();
    newest_first.into_iter().map(|(name, _)| name).filter(|name| !kept.contains(name)).collect()
}

/// The newest of each of the last `most` spans that have one.
fn first_of<'a>(
    newest_first: &[(&'a str, Timestamp)],
    most: u16,
    span: impl Fn(Timestamp) -> Date,
) -> Vec<&'a str> {
    let (mut spans, mut first) = (Vec::new(), Vec::new());
    for (name, at) in newest_first {
        let of = span(*at);
        if spans.last() != Some(&of) {
            if spans.len() >= usize::from(most) {
                break;
            }
            spans.push(of);
            first.push(*name);
        }
    }
    first
}

fn monday(day: Date) -> Date {
    let back = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(jiff::Span::new().days(back)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn daily(count: i64) -> Vec<(String, Timestamp)> {
        let last: Timestamp = "2026-11-26T02:30:00Z".parse().unwrap();
        (0..count)
            .map(|back| last - SignedDuration::from_hours(24 * back))
            .map(|at| (at.strftime("%Y-%m-%d").to_string(), at))
            .collect()
    }

    fn kept(archives: &[(String, Timestamp)], keep: Keep) -> Vec<&str> {
        let named: Vec<_> = archives.iter().map(|(name, at)| (name.as_str(), *at)).collect();
        let gone = superfluous(&named, keep, &TimeZone::UTC);
        named.into_iter().map(|(name, _)| name).filter(|name| !gone.contains(name)).collect()
    }

    #[test]
    fn seven_days_four_weeks_and_twelve_months_are_kept() {
        let archives = daily(500);
        let kept = kept(&archives, Keep::default());
        assert_eq!(kept[..7].first(), Some(&"2026-11-26"));
        assert_eq!(kept[6], "2026-11-20");
        // Weeks end with their Sunday: 22, 15 and 8 November; this week's newest is kept as a day.
        assert!(kept.contains(&"2026-11-15") && kept.contains(&"2026-11-08"));
        assert!(kept.contains(&"2026-10-31") && kept.contains(&"2025-12-31"));
        assert!(!kept.contains(&"2025-11-30"), "the thirteenth month");
        assert_eq!(kept.len(), 7 + 2 + 11);
    }

    #[test]
    fn days_without_a_backup_do_not_count_and_the_newest_always_stays() {
        let archives = daily(100);
        let few: Vec<_> = archives.into_iter().step_by(10).collect();
        assert_eq!(kept(&few, Keep { daily: 3, weekly: 0, monthly: 0 }).len(), 3);
        assert_eq!(kept(&few, Keep { daily: 0, weekly: 0, monthly: 0 }), ["2026-11-26"]);
        assert_eq!(kept(&[], Keep::default()), [""; 0]);
    }

    #[test]
    fn of_several_on_a_day_the_last_is_kept() {
        let at = |text: &str| (text.to_owned(), format!("2026-11-26T{text}Z").parse().unwrap());
        let archives = [at("01:00:00"), at("23:00:00"), at("12:00:00")];
        assert_eq!(kept(&archives, Keep { daily: 2, weekly: 1, monthly: 1 }), ["23:00:00"]);
    }
}
