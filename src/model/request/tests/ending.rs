//! How requests end, go on, and lose those who are asked.

use std::collections::HashSet;

use super::kit::{Desk, desk, files, new_request, short, yes_no};
use crate::model::client::Client;
use crate::model::file::{Audience, Review};
use crate::model::id::Id;
use crate::model::inbox::InboxOrder;
use crate::model::recurrence::{Every, Recurrence, Repeat};
use crate::model::request::{
    Change, Comment, Condition, Holds, Item, NewRequest, ReminderRule, Request, Sending, Sheet,
    Stage, What,
};
use crate::values::Day;

fn week_and_day() -> ReminderRule {
    ReminderRule { before: vec![7, 0], every: Some(7), most: 4 }
}

/// Due in so many days, with reminders.
async fn due_in(desk: &Desk, days: i32) -> Id<Request> {
    let due = Some(desk.today().plus_days(days));
    let reminders = Some(week_and_day());
    desk.sent(NewRequest { due, reminders, ..new_request(vec![short(1, "VAT")]) }).await
}

fn planned(desk: &Desk, id: Id<Request>) -> Vec<Day> {
    desk.whole(id).request.planned_reminders().collect()
}

async fn reminded(desk: &Desk, id: Id<Request>, day: Day) {
    desk.office
        .write(move |tx| {
            use crate::model::db::Records;
            let mut request: Request = tx.need(id)?;
            request.reminded(day, true);
            tx.put(&request)
        })
        .await;
}

#[tokio::test]
async fn another_due_date_plans_anew_and_forgets_nothing_that_was_sent() {
    let desk = desk().await;
    let (start, sam) = (desk.today(), desk.sam());
    let day = |days: i32| start.plus_days(days);
    let id = due_in(&desk, 10).await;
    assert_eq!(planned(&desk, id), [3, 10, 17, 24].map(day));
    desk.days_pass(3);
    reminded(&desk, id, day(3)).await;

    let moved = sam.extend_requests(vec![id], Some(day(20))).await.unwrap();
    assert_eq!(moved, 1);
    assert_eq!(planned(&desk, id), [13, 20, 27].map(day), "one was sent, three are left");
    let what = What::Moved { from: Some(day(10)), to: Some(day(20)) };
    assert_eq!(desk.history(id).last(), Some(&what));

    // What would have come days ago is not made up for, and what comes today still comes.
    sam.extend_requests(vec![id], Some(day(5))).await.unwrap();
    assert_eq!(planned(&desk, id), [5, 12, 19].map(day));
    desk.days_pass(1);
    sam.extend_requests(vec![id], Some(day(11))).await.unwrap();
    assert_eq!(planned(&desk, id)[0], day(4));
    assert_eq!(sam.extend_requests(vec![id], None).await.unwrap(), 1);
    assert_eq!(planned(&desk, id), [7, 14, 21].map(day), "from the day of sending on");
    let over = sam.extend_requests(vec![id], Some(day(3))).await.unwrap_err();
    assert!(over.to_string().contains("This day is over"), "{over}");
}

#[tokio::test]
async fn a_skipped_day_does_not_hide_the_reminder_of_another_due_date() {
    let desk = desk().await;
    let (start, id) = (desk.today(), due_in(&desk, 10).await);
    desk.sam().skip_reminder(id, start.plus_days(10), true).await.unwrap();
    assert!(!planned(&desk, id).contains(&start.plus_days(10)));
    desk.sam().extend_requests(vec![id], Some(start.plus_days(17))).await.unwrap();
    assert!(planned(&desk, id).contains(&start.plus_days(10)));
}

#[tokio::test]
async fn what_was_planned_while_reminders_were_stopped_is_not_made_up_for() {
    let desk = desk().await;
    let (start, sam, id) = (desk.today(), desk.sam(), due_in(&desk, 10).await);
    sam.pause_reminders(id, true).await.unwrap();
    assert_eq!(planned(&desk, id), []);
    desk.days_pass(10);
    sam.pause_reminders(id, false).await.unwrap();
    assert_eq!(planned(&desk, id)[0], start.plus_days(10));
    sam.pause_reminders(id, false).await.unwrap();
    let paused = desk.history(id).into_iter().filter(|what| matches!(what, What::Paused { .. }));
    assert_eq!(paused.count(), 2);
}

#[tokio::test]
async fn what_waited_for_the_firm_reminds_nobody_when_it_comes_back() {
    let desk = desk().await;
    let (start, sam, id) = (desk.today(), desk.sam(), due_in(&desk, 10).await);
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.hand_in(&desk.maya, id).await;
    assert_eq!(planned(&desk, id), []);
    desk.days_pass(10);
    let why = super::kit::message("Which country?");
    sam.return_item(id, 1, why).await.unwrap();
    assert_eq!(planned(&desk, id)[0], start.plus_days(17), "today they are told of that already");
}

#[tokio::test]
async fn several_are_withdrawn_or_moved_at_once_and_what_is_over_is_passed_over() {
    let desk = desk().await;
    let sam = desk.sam();
    let open = desk.sent(new_request(vec![short(1, "VAT")])).await;
    let done = desk.sent(new_request(vec![])).await;
    sam.complete_request(done).await.unwrap();
    let draft = desk.draft(new_request(vec![])).await;
    let all = vec![open, done, draft, open, Id::MIN];
    let due = Some(desk.today().plus_days(3));
    assert_eq!(sam.extend_requests(all.clone(), due).await.unwrap(), 1);
    assert_eq!(sam.withdraw_requests(all.clone()).await.unwrap(), 1);
    assert_eq!(sam.withdraw_requests(all).await.unwrap(), 0);
    assert!(matches!(desk.stage(open), Stage::Withdrawn { .. }));
    assert!(desk.portal(&desk.maya).todo(None, 9).unwrap().open.is_empty());
    assert!(desk.office.said().contains(&"withdrew the request “Year end”".to_owned()));
}

#[tokio::test]
async fn whoever_is_no_contact_any_more_is_asked_nothing() {
    let desk = desk().await;
    let sam = desk.sam();
    let hers = NewRequest { audience: Audience::Named(vec![desk.maya.id]), ..new_request(vec![]) };
    let id = desk.draft(hers).await;
    let repeat = Some(Repeat { every: Every::Month, until: None });
    sam.send_request(id, Sending { repeat, ..Sending::default() }).await.unwrap();
    let both = Audience::Named(vec![desk.maya.id, desk.noor.id]);
    let theirs = desk.sent(NewRequest { audience: both, ..new_request(vec![]) }).await;

    sam.remove_contact(desk.alder.id, desk.maya.id, String::new()).await.unwrap();
    assert_eq!(desk.whole(id).request.audience, Audience::Firm);
    assert_eq!(sam.request(id).unwrap().to, "nobody");
    let left = Audience::Named(vec![desk.noor.id]);
    assert_eq!(desk.whole(theirs).request.audience, left);
    let [recurrence] = desk.recurrences().try_into().unwrap();
    assert_eq!((recurrence.audience, recurrence.paused), (Audience::Firm, true));
    assert_eq!(desk.lost(), Vec::<String>::new());
}

#[tokio::test]
async fn of_a_client_that_is_erased_no_request_stays() {
    let desk = desk().await;
    let id = desk.draft(new_request(vec![short(1, "VAT")])).await;
    let repeat = Some(Repeat { every: Every::Month, until: None });
    desk.sam().send_request(id, Sending { repeat, ..Sending::default() }).await.unwrap();
    desk.answer(&desk.maya, id, 1, "GB 1").await;
    desk.draft(new_request(vec![])).await;
    let elsewhere = desk
        .sam()
        .new_request(desk.beech.id, super::kit::blank(), None, String::new())
        .await
        .unwrap();
    desk.office.put(Client { active: false, ..desk.alder.clone() }).await;
    let owner = desk.sam().owner().unwrap();
    owner.erase_client(desk.alder.id, "Alder Ltd".into()).await.unwrap();
    let requests: HashSet<_> = desk.office.all::<Request>().iter().map(|one| one.id).collect();
    assert_eq!(requests, HashSet::from([elsewhere]));
    assert_eq!(desk.office.all::<Sheet>().len(), 1);
    assert!(desk.office.all::<Change>().iter().all(|change| change.request == elsewhere));
    assert!(desk.office.all::<Comment>().is_empty() && desk.office.all::<Recurrence>().is_empty());
    assert_eq!(desk.lost(), Vec::<String>::new());
}

#[tokio::test]
async fn files_that_nobody_reviewed_wait_in_the_inbox_when_a_request_is_over() {
    let desk = desk().await;
    let (sam, place) = (desk.sam(), InboxOrder::Oldest);
    let waits = || {
        let rows = sam.inbox(place, None, 9).unwrap().rows;
        rows.into_iter().map(|row| row.file.id).collect::<HashSet<_>>()
    };
    let withdrawn = desk.sent(new_request(vec![files(1, "Lease")])).await;
    let lease = desk.upload(&desk.maya, withdrawn, 1).await;
    let (loan, only_if) = (files(2, "Loan"), Some(Condition { item: 1, holds: Holds::Yes }));
    let asked = vec![yes_no(1, "Any loans?"), Item { only_if, ..loan }, files(3, "Rent")];
    let done = desk.sent(new_request(asked)).await;
    desk.answer(&desk.maya, done, 1, "yes").await;
    let loan = desk.upload(&desk.maya, done, 2).await;
    desk.answer(&desk.maya, done, 1, "no").await;
    let rent = desk.upload(&desk.maya, done, 3).await;
    desk.hand_in(&desk.maya, done).await;
    assert!(waits().is_empty());

    sam.withdraw_requests(vec![withdrawn]).await.unwrap();
    assert_eq!(waits(), HashSet::from([lease]));
    desk.accept(done, vec![]).await.unwrap();
    assert!(matches!(desk.stage(done), Stage::Completed { .. }));
    assert_eq!(waits(), HashSet::from([lease, loan]), "it does not belong to what was handed in");
    assert!(matches!(desk.review(rent), Some(Review::Reviewed { .. })));
    sam.reopen_request(done).await.unwrap();
    assert_eq!(waits(), HashSet::from([lease]), "the request has its files back");
    sam.complete_request(done).await.unwrap();
    assert_eq!(waits(), HashSet::from([lease, loan]));
    assert_eq!(desk.lost(), Vec::<String>::new());
}
