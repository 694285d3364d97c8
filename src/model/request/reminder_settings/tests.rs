use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::values::Zone;

fn rule(before: &[u16], every: Option<u16>, most: u16) -> ReminderRule {
    ReminderRule { before: before.to_vec(), every, most }
}

#[test]
fn a_rule_reads_as_people_say_it() {
    for (rule, said) in [
        (
            ReminderSettings::default().rule,
            "7 and 2 days before, on the day, then every 7 days, at most 6",
        ),
        (rule(&[1], None, 1), "1 day before, at most 1"),
        (rule(&[14, 7, 1], None, 9), "14, 7 and 1 day before, at most 9"),
        (rule(&[], Some(1), 3), "every day, at most 3"),
        (rule(&[0], Some(3), 3), "on the day, then every 3 days, at most 3"),
        (ReminderRule::NEVER, "No reminders"),
        (rule(&[2], None, 0), "No reminders"),
    ] {
        assert_eq!(rule.text(), said);
        assert_eq!(rule.text_for(Some(Day::LAST)), said);
    }
    for (rule, said) in [
        (ReminderSettings::default().rule, "7 days after sending, then every 7 days, at most 6"),
        (rule(&[0], Some(1), 3), "The day after sending, then every day, at most 3"),
        (rule(&[0], Some(1), 1), "Once, the day after sending"),
        (rule(&[2, 0], None, 3), "No reminders, as there is no due date"),
        (ReminderRule::NEVER, "No reminders"),
    ] {
        assert_eq!(rule.text_for(None), said);
    }
}

#[test]
fn the_form_takes_what_people_type_and_says_what_is_wrong() {
    let form = |before: &str, every: &str, most: &str| ReminderForm {
        reminders_before: before.into(),
        reminders_every: every.into(),
        reminders_most: most.into(),
    };
    let mut check = Check::default();
    assert_eq!(form("2;7, 0 7", " 7", "3").read(&mut check), Some(rule(&[7, 2, 0], Some(7), 3)));
    assert_eq!(form("", "", "0").read(&mut check), Some(ReminderRule::NEVER));
    let stored = ReminderSettings::default().rule;
    assert_eq!(ReminderForm::of(&stored).read(&mut check), Some(stored));
    assert!(check.finish(|| Some(())).is_ok());
    for (before, every, most, field) in [
        ("soon", "", "1", "reminders_before"),
        ("400", "", "1", "reminders_before"),
        ("1 2 3 4 5 6 7 8 9 10 11", "", "1", "reminders_before"),
        ("", "0", "1", "reminders_every"),
        ("", "", "51", "reminders_most"),
        ("", "", "", "reminders_most"),
    ] {
        let mut check = Check::default();
        assert_eq!(form(before, every, most).read(&mut check), None);
        let wrong = check.finish(|| Some(())).unwrap_err();
        assert!(
            matches!(wrong, crate::error::Error::Invalid(fields) if fields.contains_key(field))
        );
    }
    let quiet = ReminderSettingsForm {
        hour: "22".into(),
        ..ReminderSettingsForm::of(&ReminderSettings::default())
    };
    assert!(quiet.read().is_err(), "at 22:00 it is quiet");
}

#[test]
fn on_weekends_and_in_quiet_hours_nothing_leaves() {
    let settings = ReminderSettings::default();
    let zone = Zone::parse("Europe/London").unwrap();
    let leaves = |at: &str| settings.leave_at(at.parse().unwrap(), zone.tz());
    assert!(leaves("2026-03-02T09:00:00Z"), "a Monday");
    assert!(!leaves("2026-03-02T08:59:59Z"));
    assert!(!leaves("2026-03-02T20:00:00Z"));
    assert!(!leaves("2026-03-07T12:00:00Z"), "a Saturday");
    let day = |day: &str| Day::parse(day).unwrap();
    let on = |planned, today| settings.leaves_on(day(planned), day(today));
    assert_eq!(on("2026-03-07", "2026-03-02"), day("2026-03-09"));
    assert_eq!(on("2026-03-04", "2026-03-05"), day("2026-03-05"), "it is late");
    let awake = |at: &str| settings.awake(at.parse().unwrap(), zone.tz()).to_string();
    assert_eq!(awake("2026-03-02T12:34:56Z"), "2026-03-02T12:34:56Z");
    assert_eq!(awake("2026-03-02T23:34:56.5Z"), "2026-03-03T07:00:00Z");
    let never = ReminderSettings { quiet_from: 3, quiet_to: 3, ..settings };
    assert!(!never.quiet(3));
}

proptest! {
    #[test]
    fn quiet_hours_end_within_a_day_wherever_one_is(
        from in 0..24_u8,
        to in 0..24_u8,
        zone in prop_oneof![Just("Pacific/Kiritimati"), Just("Asia/Kathmandu"), Just("Australia/Lord_Howe"), Just("Pacific/Pago_Pago")],
        hours in 0..9_000_i64,
        seconds in 0..3_600_i64,
    ) {
        let settings = ReminderSettings { quiet_from: from, quiet_to: to, ..ReminderSettings::default() };
        let zone = Zone::parse(zone).unwrap();
        let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let now = begin + SignedDuration::from_secs(hours * 3_600 + seconds);
        let awake = settings.awake(now, zone.tz());
        prop_assert!(!settings.quiet(hour(awake, zone.tz())));
        prop_assert!(awake >= now && awake <= now + 25.hours());
        prop_assert_eq!(settings.awake(awake, zone.tz()), awake);
    }
}
