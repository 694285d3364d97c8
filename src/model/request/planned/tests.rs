use crate::model::Console;
use crate::model::notices::tests::Desk;
use crate::model::request::remind::tests::{ask, change, console, day, rule};
use crate::model::request::{Planned, Request};

/// All titles of a page, in its order.
fn titles(planned: &Planned) -> Vec<String> {
    let rows = planned.groups.iter().flat_map(|group| &group.rows);
    rows.map(|row| row.request.title.to_string()).collect()
}

fn page(console: &Console, page: usize) -> Planned {
    console.planned_reminders(page).unwrap()
}

#[tokio::test]
async fn each_of_very_many_reminders_is_on_some_page_and_can_be_taken_out_there() {
    let desk = Desk::new().await;
    let console = console(&desk).await;
    let due = Some(day("2026-03-06"));
    for number in 0..120 {
        ask(&desk, &desk.client, &format!("Accounts {number:03}"), due, rule(&[1, 0], None, 9))
            .await;
    }
    let stopped = ask(&desk, &desk.client, "Lease", due, rule(&[0], None, 9)).await;
    change(&desk, stopped.id, |request: &mut Request| request.reminders.paused = true).await;

    let first = page(&console, 1);
    let counts: Vec<_> = first
        .all
        .iter()
        .map(|one| (one.day.map(|day| day.to_string()), one.count, one.page))
        .collect();
    let on = |day: &str| Some(day.to_owned());
    assert_eq!(counts, [(on("2026-03-05"), 120, 1), (on("2026-03-06"), 120, 2), (None, 1, 3)]);
    assert_eq!((first.total, first.more, titles(&first).len()), (241, true, 100));
    let last = page(&console, 3);
    assert!(!last.more);
    assert_eq!(titles(&last).last().unwrap(), "Lease");
    let mut all = titles(&first);
    all.extend([page(&console, 2), last].iter().flat_map(titles));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 121, "none is missing");

    let deep = page(&console, 3).groups[0].rows[0].request.id;
    console.skip_reminder(deep, day("2026-03-06"), true).await.unwrap();
    let again = page(&console, 3);
    let row = again.groups[0].rows.iter().find(|row| row.request.id == deep).unwrap();
    assert!(row.skipped, "it stays where it was, to be put back");
    assert!(page(&console, 9).groups.is_empty());
}
