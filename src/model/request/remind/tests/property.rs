//! Whatever rule, whatever due date, however the clock jumps: nobody is reminded twice on a day, no request more often than
//! its rule says, and none that does not wait.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::model::testing::{cases, request_to};

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    Ask { due: Option<i32>, before: Vec<u16>, every: Option<u16>, most: u16 },
    Sleep(i64),
    HandIn(usize),
    SendBack(usize),
    Pause(usize, bool),
    Move(usize, i32),
    Skip(usize),
    ByHand(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let before = proptest::collection::btree_set(0..9_u16, 0..4);
    let before = before.prop_map(|days| days.into_iter().rev().collect::<Vec<_>>());
    let ask = (proptest::option::of(-3..20_i32), before, proptest::option::of(1..6_u16), 0..6_u16);
    let step = prop_oneof![
        2 => ask.prop_map(|(due, before, every, most)| Step::Ask { due, before, every, most }),
        6 => prop_oneof![1..60_i64, 60..1_500_i64, 1_500..20_000_i64].prop_map(Step::Sleep),
        1 => (0..4_usize).prop_map(Step::HandIn),
        1 => (0..4_usize).prop_map(Step::SendBack),
        1 => (0..4_usize, any::<bool>()).prop_map(|(nr, on)| Step::Pause(nr, on)),
        1 => (0..4_usize, -5..15_i32).prop_map(|(nr, days)| Step::Move(nr, days)),
        1 => (0..4_usize).prop_map(Step::Skip),
        1 => (0..4_usize).prop_map(Step::ByHand),
    ];
    proptest::collection::vec(step, 4..40)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn nobody_is_reminded_twice_on_a_day(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(played(steps))?;
    }

    /// The days that are planned, counted in another way: day by day.
    #[test]
    fn planned_days_are_those_of_the_rule(
        due in proptest::option::of(-20..60_i32),
        before in proptest::collection::btree_set(0..40_u16, 0..5),
        every in proptest::option::of(1..30_u16),
        most in 0..9_u16,
        done in proptest::option::of(0..60_i32),
        sent in 0..4_u16,
        skipped in proptest::collection::vec(0..90_i32, 0..4),
    ) {
        let begin = day("2027-12-20");
        let at = |days: i32| begin.plus_days(days);
        let due = due.map(at);
        let sent_at = "2027-12-20T12:00:00Z".parse().unwrap();
        let before: Vec<u16> = before.into_iter().rev().collect();
        let plan = Reminders {
            sent_on: Some(begin),
            sent,
            done_until: done.map(at),
            skipped: skipped.iter().copied().map(at).collect(),
            ..Reminders::by(ReminderRule { before: before.clone(), every, most })
        };
        let request = sample(Stage::Sent { sent: sent_at }, due, plan.clone());
        let planned: Vec<Day> = request.planned_reminders().take(20).collect();
        let from = due.unwrap_or(begin);
        let is_planned = |day: Day| {
            let past = from.days_until(day);
            let early = due.is_some() && before.iter().any(|days| -i32::from(*days) == past);
            let late = every.is_some_and(|every| past > 0 && past % i32::from(every) == 0);
            let done = Some(day) <= plan.done_until;
            (early || late) && day > begin && !done && !plan.skipped.contains(&day)
        };
        let left = usize::from(most.saturating_sub(sent));
        let counted: Vec<Day> = (0..900).map(at).filter(|day| is_planned(*day)).take(left).collect();
        prop_assert_eq!(planned, counted);
        let by = request.by.clone();
        for stage in [Stage::Draft, Stage::HandedIn { sent: sent_at, at: sent_at, by }] {
            prop_assert_eq!(sample(stage, due, plan.clone()).next_reminder(), None);
        }
        let paused = Reminders { paused: true, ..plan };
        prop_assert_eq!(sample(request.stage, due, paused).next_reminder(), None);
    }
}

fn sample(stage: Stage, due: Option<Day>, reminders: Reminders) -> Request {
    let by = Author { who: Who::Staff(Id::MIN), name: "Priya Nair".into() };
    let made = "2027-12-20T12:00:00Z".parse().unwrap();
    Request { due, stage, reminders, ..request_to(Id::MIN, "Accounts", by, made) }
}

/// Mails by person and day: scheduled ones, or what was left of those by hand.
type Counted = BTreeMap<(String, Day), u32>;

async fn played(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let desk = Desk::new().await;
    let console = console(&desk).await;
    let (mut asked, mut mails) = (Vec::new(), Counted::new());
    for step in steps {
        let by_hand = matches!(step, Step::ByHand(_));
        play(&desk, &console, &mut asked, step).await?;
        if by_hand {
            // These may come beside the scheduled one.
            desk.deliver().await;
        }
        desk.office.system.remind().await.unwrap();
        prop_assert_eq!(desk.office.system.remind().await.unwrap(), 0, "nothing is left to do");
        let (now, firm) = (desk.office.clock.now(), desk.office.system.firm().unwrap());
        let today = Day::at(now, firm.zone.tz());
        for (to, letter) in desk.deliver().await {
            if matches!(letter, Letter::RequestReminder { .. }) {
                *mails.entry((to, today)).or_default() += 1;
            }
        }
        let leaves = ReminderSettings::default().leave_at(now, firm.zone.tz());
        for id in &asked {
            let request = stored(&desk, *id);
            prop_assert!(request.reminders.sent <= request.reminders.most());
            let late = request.next_reminder().is_some_and(|day| day <= today);
            prop_assert!(!(leaves && late), "what is due was dealt with");
        }
    }
    for ((to, day), count) in mails {
        prop_assert!(count <= 1, "{count} to {to} on {day}");
    }
    Ok(())
}

async fn play(
    desk: &Desk,
    console: &Console,
    asked: &mut Vec<Id<Request>>,
    step: Step,
) -> Result<(), TestCaseError> {
    let today = console.today().unwrap();
    let nr = match &step {
        Step::HandIn(nr)
        | Step::SendBack(nr)
        | Step::Pause(nr, _)
        | Step::Move(nr, _)
        | Step::Skip(nr)
        | Step::ByHand(nr) => *nr,
        Step::Ask { .. } | Step::Sleep(_) => 0,
    };
    let id = asked.get(nr).copied();
    match (step, id) {
        (Step::Ask { due, before, every, most }, _) => {
            let due = due.map(|days| today.plus_days(days));
            let rule = ReminderRule { before, every, most };
            asked.push(ask(desk, &desk.client, "Accounts", due, rule).await.id);
        }
        (Step::Sleep(minutes), _) => desk.pass(SignedDuration::from_mins(minutes)),
        (_, None) => {}
        (Step::HandIn(_), Some(id)) => {
            change(desk, id, |request| {
                let sent = request.made;
                request.stage = Stage::HandedIn { sent, at: sent, by: request.by.clone() };
            })
            .await;
        }
        (Step::SendBack(_), Some(id)) => {
            let back =
                |request: &mut Request| request.stage = Stage::InProgress { sent: request.made };
            change(desk, id, back).await;
        }
        (Step::Pause(_, paused), Some(id)) => {
            change(desk, id, move |request| request.reminders.paused = paused).await;
        }
        (Step::Move(_, days), Some(id)) => {
            change(desk, id, move |request| request.due = Some(today.plus_days(days))).await;
        }
        (Step::Skip(_), Some(id)) => {
            let next = console.request_reminders(id).unwrap().days;
            if let Some(next) = next.into_iter().find(|planned| !planned.skipped) {
                console.skip_reminder(id, next.day, true).await.unwrap();
                let after = console.request_reminders(id).unwrap().days;
                let again = after.iter().any(|planned| planned.day == next.day && !planned.skipped);
                prop_assert!(!again, "it was skipped");
            }
        }
        (Step::ByHand(_), Some(id)) => {
            // Refused while it waits for nobody.
            let _ = console.remind_requests(vec![id]).await;
        }
    }
    Ok(())
}
