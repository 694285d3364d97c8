//! Who is reminded of what and when, as the people of one client meet it; any rule and any order of events is in
//! `property.rs`.

mod property;

use jiff::SignedDuration;

use super::*;
use crate::model::MailFilter;
use crate::model::file::Audience;
use crate::model::membership::{Access, Areas};
use crate::model::notices::tests::Desk;
use crate::model::outbox::{Letter, MailState, RequestLine, Told};
use crate::model::posting::Outcome;
use crate::model::request::{
    Ask, Entry, Item, ItemState, Question, ReminderRule, Reminders, Sheet, Stage, Whole,
};
use crate::model::testing::{PASSWORD, request_to};
use crate::values::Instructions;

pub(in crate::model::request) fn day(day: &str) -> Day {
    Day::parse(day).unwrap()
}

pub(in crate::model::request) fn rule(
    before: &[u16],
    every: Option<u16>,
    most: u16,
) -> ReminderRule {
    ReminderRule { before: before.to_vec(), every, most }
}

/// A request for everyone at a client, sent at this moment.
pub(in crate::model::request) async fn ask(
    desk: &Desk,
    client: &Client,
    title: &str,
    due: Option<Day>,
    rule: ReminderRule,
) -> Request {
    let (id, now) = (desk.office.write(|tx| Ok(tx.id())).await, desk.office.clock.now());
    let mut request = Request {
        id,
        due,
        reminders: Reminders::by(rule),
        ..request_to(client.id, title, Author::of(&desk.priya), now)
    };
    request.begin_reminders(desk.office.system.firm().unwrap().zone.tz());
    let item = Item {
        number: 1,
        title: "Bank statement".to_owned().try_into().unwrap(),
        help: None,
        required: true,
        only_if: None,
        ask: Ask::Question(Question::Short),
    };
    let entry = Entry { item, revision: 0, answer: None, state: ItemState::Open };
    let sheet = Sheet {
        id: Sheet::of(id),
        instructions: Instructions::default(),
        attached: vec![],
        entries: vec![entry],
        next_item: 2,
    };
    let mut whole = Whole { request, sheet };
    let put = move |tx: &mut Write<'_, '_>| {
        whole.put(tx)?;
        Ok(whole.request)
    };
    desk.office.write(put).await
}

pub(in crate::model::request) async fn change(
    desk: &Desk,
    id: Id<Request>,
    change: impl FnOnce(&mut Request) + Send + 'static,
) -> Request {
    let put = move |tx: &mut Write<'_, '_>| {
        let mut request: Request = tx.need(id)?;
        change(&mut request);
        tx.put(&request)?;
        Ok(request)
    };
    desk.office.write(put).await
}

fn stored(desk: &Desk, id: Id<Request>) -> Request {
    desk.office.get(id).unwrap()
}

pub(in crate::model::request) async fn console(desk: &Desk) -> Console {
    let cookie = desk.office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    desk.office.guest.console(&cookie).unwrap()
}

/// Sets the clock, has the job look, and hands over what is due then.
async fn at(desk: &Desk, time: &str) -> Vec<(String, Letter)> {
    desk.office.clock.set(time.parse().unwrap());
    desk.office.system.remind().await.unwrap();
    desk.deliver().await
}

fn lines(letter: &Letter) -> Vec<(&str, &Told)> {
    let (Letter::RequestNews { lines, .. }
    | Letter::RequestReminder { lines, .. }
    | Letter::FromClients { lines, .. }
    | Letter::RequestsOverdue { lines, .. }) = letter
    else {
        panic!("not about requests: {letter:?}")
    };
    lines.iter().map(|line: &RequestLine| (line.title.as_str(), &line.told)).collect()
}

const WAITS: Told = Told::Waits { overdue: false };
const OVERDUE: Told = Told::Waits { overdue: true };
const ONE_DAY_BEFORE: &[u16] = &[1];

fn to<'a>(sent: &'a [(String, Letter)], address: &str) -> Vec<&'a Letter> {
    sent.iter().filter(|(to, _)| to.starts_with(address)).map(|(_, letter)| letter).collect()
}

#[tokio::test]
async fn everybody_gets_one_mail_of_all_that_waits_at_all_of_their_clients() {
    let desk = Desk::new().await;
    let trust = desk.office.client("Marlow Trust").await;
    let since = desk.office.clock.now();
    desk.office.tie(&desk.naomi, &trust, Access::Given { since }).await;
    // It is Monday 2 March, nine o'clock.
    let due = Some(day("2026-03-05"));
    ask(&desk, &desk.client, "Accounts", due, rule(ONE_DAY_BEFORE, None, 1)).await;
    ask(&desk, &trust, "Minutes", due, rule(ONE_DAY_BEFORE, None, 1)).await;
    ask(&desk, &trust, "Lease", Some(day("2026-03-20")), ReminderRule::NEVER).await;
    assert!(at(&desk, "2026-03-03T12:00:00Z").await.is_empty());
    assert!(at(&desk, "2026-03-04T08:59:00Z").await.is_empty(), "the hour has not come");
    let sent = at(&desk, "2026-03-04T09:00:00Z").await;
    assert_eq!(sent.len(), 2, "{sent:?}");
    let [ben] = to(&sent, "ben@")[..] else { panic!("{sent:?}") };
    assert_eq!(lines(ben), [("Accounts", &WAITS)]);
    let [naomi] = to(&sent, "naomi@")[..] else { panic!("{sent:?}") };
    assert_eq!(lines(naomi), [("Accounts", &WAITS), ("Minutes", &WAITS), ("Lease", &WAITS)]);
    let Letter::RequestReminder { count: 3, path, .. } = naomi else { panic!("{naomi:?}") };
    assert_eq!(path, "/p/todo");
    for time in ["2026-03-04T09:01:00Z", "2026-03-04T19:00:00Z", "2026-03-05T12:00:00Z"] {
        assert!(at(&desk, time).await.is_empty(), "{time}");
    }
}

#[tokio::test]
async fn what_is_asked_next_is_told_on_the_next_day_at_the_earliest() {
    let desk = Desk::new().await;
    let first =
        ask(&desk, &desk.client, "Accounts", Some(day("2026-03-05")), rule(&[1], None, 2)).await;
    assert_eq!(at(&desk, "2026-03-04T09:00:00Z").await.len(), 2);
    // Its reminder is due on the same day, but everybody has read of all that waits.
    let other =
        ask(&desk, &desk.client, "Lease", Some(day("2026-03-04")), rule(&[], Some(1), 1)).await;
    let moved = change(&desk, other.id, |request| {
        request.reminders.sent_on = Some(day("2026-03-01"));
        request.due = Some(day("2026-03-03"));
    })
    .await;
    assert_eq!(moved.next_reminder(), Some(day("2026-03-04")));
    let sent = at(&desk, "2026-03-04T10:00:00Z").await;
    assert!(to(&sent, "naomi@").is_empty(), "{sent:?}");
    assert_eq!(stored(&desk, other.id).reminders.sent, 1);
    assert_eq!(stored(&desk, first.id).reminders.sent, 1);
}

#[tokio::test]
async fn after_the_server_has_slept_it_is_one_reminder() {
    let desk = Desk::new().await;
    let asked =
        ask(&desk, &desk.client, "Accounts", Some(day("2026-03-10")), rule(&[5, 3, 0], Some(7), 9))
            .await;
    // It slept from the 2nd until Saturday the 14th, on which none leaves.
    assert!(at(&desk, "2026-03-14T12:00:00Z").await.is_empty());
    let sent = at(&desk, "2026-03-16T03:00:00Z").await;
    assert!(sent.is_empty(), "in the night: {sent:?}");
    let sent = at(&desk, "2026-03-16T09:30:00Z").await;
    assert_eq!(lines(to(&sent, "naomi@")[0]), [("Accounts", &OVERDUE)]);
    assert_eq!(to(&sent, "naomi@").len(), 1);
    assert_eq!(to(&sent, "priya@").len(), 1, "and staff hear that it is overdue");
    let asked = stored(&desk, asked.id);
    assert_eq!((asked.reminders.sent, asked.next_reminder()), (1, Some(day("2026-03-17"))));
}

/// How a request ends.
type Ending = fn(&mut Request);

#[tokio::test]
async fn nobody_is_reminded_of_what_does_not_wait_for_them() {
    let desk = Desk::new().await;
    let ways: [(&str, Ending); 4] = [
        ("handed in", |request| {
            let sent = request.made;
            request.stage = Stage::HandedIn { sent, at: sent, by: request.by.clone() };
        }),
        ("withdrawn", |request| {
            let sent = request.made;
            request.stage = Stage::Withdrawn { sent, at: sent, by: request.by.clone() };
        }),
        ("paused", |request| request.reminders.paused = true),
        ("for nobody", |request| request.audience = Audience::Firm),
    ];
    for (how, end) in ways {
        let due = Some(day("2026-03-05"));
        let asked = ask(&desk, &desk.client, "Accounts", due, rule(&[1], None, 1)).await;
        change(&desk, asked.id, end).await;
        let sent = at(&desk, "2026-03-04T09:00:00Z").await;
        assert!(sent.is_empty(), "{how}: {sent:?}");
        desk.office.clock.set("2026-03-02T09:00:00Z".parse().unwrap());
    }
}

#[tokio::test]
async fn what_ends_between_the_look_and_the_mail_is_not_told() {
    let desk = Desk::new().await;
    let due = Some(day("2026-03-05"));
    let asked = ask(&desk, &desk.client, "Accounts", due, rule(&[1], None, 1)).await;
    ask(&desk, &desk.client, "Lease", None, ReminderRule::NEVER).await;
    desk.office.clock.set("2026-03-04T09:00:00Z".parse().unwrap());
    desk.office.system.remind().await.unwrap();
    change(&desk, asked.id, |request| {
        let sent = request.made;
        request.stage = Stage::HandedIn { sent, at: sent, by: request.by.clone() };
    })
    .await;
    assert!(desk.deliver().await.is_empty(), "what is left had no reminder due");
}

#[tokio::test]
async fn whoever_cannot_see_it_or_wants_none_or_is_not_reached_is_left_out_with_the_reason() {
    let desk = Desk::new().await;
    let asked = ask(&desk, &desk.client, "Accounts", None, ReminderRule::NEVER).await;
    let cookie = desk.office.log_in("naomi@marlow.example", PASSWORD).await.text();
    let naomi = || desk.office.guest.person(&cookie).unwrap();
    naomi().choose_reminders(false).await.unwrap();
    assert!(!naomi().wants_reminders().unwrap());
    // Ben's last mail came back.
    let console = console(&desk).await;
    let first = console.remind_requests(vec![asked.id]).await.unwrap();
    assert_eq!((first.reminded, first.requests), (vec!["Ben Marlow".to_owned()], 1));
    let due = desk.office.system.due_mails(9).unwrap();
    let refused = Outcome::Refused { plain: "No such mailbox.".into(), words: "550".into() };
    desk.office
        .system
        .record(due.into_iter().map(|id| (id, refused.clone())).collect())
        .await
        .unwrap();
    desk.pass(SignedDuration::from_hours(1));
    let none = console.remind_requests(vec![asked.id]).await.unwrap();
    assert_eq!(
        none.text(&desk.office.system.firm().unwrap()),
        "Nobody was reminded. Ben Marlow could not be reached by the last mail: see the outbox. \
         Naomi Marlow has switched reminders off."
    );
    naomi().choose_reminders(true).await.unwrap();
    let ties: Vec<Membership> = desk.office.all();
    for tie in ties {
        desk.office.put(Membership { areas: Areas { requests: false, ..Areas::ALL }, ..tie }).await;
    }
    let none = console.remind_requests(vec![asked.id]).await.unwrap();
    assert!(none.not.iter().all(|one| one.why.contains("not to Requests")), "{none:?}");
    desk.office.put(Client { active: false, ..desk.client.clone() }).await;
    let none = console.remind_requests(vec![asked.id]).await.unwrap();
    assert!(none.not.iter().all(|one| one.why.contains("inactive")), "{none:?}");
}

#[tokio::test]
async fn of_two_people_of_one_name_each_is_named_with_what_became_of_them() {
    let desk = Desk::new().await;
    let asked = ask(&desk, &desk.client, "Accounts", None, ReminderRule::NEVER).await;
    let address = "naomi.junior@marlow.example";
    desk.office.member("Naomi", address, &desk.client).await;
    let cookie = desk.office.log_in(address, PASSWORD).await.text();
    desk.office.guest.person(&cookie).unwrap().choose_reminders(false).await.unwrap();
    let said = console(&desk).await.remind_requests(vec![asked.id]).await.unwrap();
    assert_eq!(
        said.text(&desk.office.system.firm().unwrap()),
        "Ben Marlow and Naomi Marlow are reminded. Naomi Marlow has switched reminders off."
    );
}

#[tokio::test]
async fn by_hand_everybody_is_reminded_once_an_hour_and_never_in_the_night() {
    let desk = Desk::new().await;
    let asked =
        ask(&desk, &desk.client, "Accounts", Some(day("2026-03-05")), rule(&[1], None, 2)).await;
    let other = ask(&desk, &desk.client, "Lease", None, ReminderRule::NEVER).await;
    let console = console(&desk).await;
    let both = console.remind_requests(vec![asked.id, other.id]).await.unwrap();
    assert_eq!(
        both.text(&desk.office.system.firm().unwrap()),
        "Ben Marlow and Naomi Marlow are reminded."
    );
    let sent = desk.deliver().await;
    assert_eq!(sent.len(), 2, "one mail each: {sent:?}");
    assert_eq!(lines(&sent[0].1), [("Accounts", &WAITS), ("Lease", &WAITS)]);
    desk.pass(SignedDuration::from_mins(59));
    let soon = console.remind_requests(vec![asked.id]).await.unwrap();
    assert!(soon.reminded.is_empty() && soon.not[0].why.contains("less than an hour"), "{soon:?}");
    // The one that is planned for the day is sent by it, also if that is done before its hour.
    desk.office.clock.set("2026-03-04T05:00:00Z".parse().unwrap());
    let early = console.remind_requests(vec![asked.id]).await.unwrap();
    assert_eq!(
        early.text(&desk.office.system.firm().unwrap()),
        "A reminder to Ben Marlow and Naomi Marlow leaves after the quiet hours, at 7:00."
    );
    assert!(at(&desk, "2026-03-04T06:59:00Z").await.is_empty());
    assert_eq!(at(&desk, "2026-03-04T07:00:00Z").await.len(), 2);
    assert!(at(&desk, "2026-03-04T09:00:00Z").await.is_empty());
    assert_eq!(stored(&desk, asked.id).reminders.sent, 1);
    let said = desk.office.said();
    assert!(
        said.contains(&"reminded Ben Marlow and Naomi Marlow of “Accounts”".to_owned()),
        "{said:?}"
    );
}

#[tokio::test]
async fn what_was_asked_for_in_the_night_is_taken_back_until_it_leaves() {
    let desk = Desk::new().await;
    let rule = || rule(&[0], None, 9);
    let asked = ask(&desk, &desk.client, "Accounts", Some(day("2026-03-04")), rule()).await;
    ask(&desk, &desk.client, "Lease", Some(day("2026-03-20")), rule()).await;
    desk.office.clock.set("2026-03-04T05:00:00Z".parse().unwrap());
    let console = console(&desk).await;
    console.remind_requests(vec![asked.id]).await.unwrap();
    let waits = console.request_reminders(asked.id).unwrap().waiting.unwrap();
    assert_eq!(waits.whom, ["Ben Marlow", "Naomi Marlow"]);
    assert_eq!(waits.leaves.to_string(), "2026-03-04T07:00:00Z");
    let listed = console.outbox(MailFilter::Waiting, None, 9).unwrap();
    assert!(listed.idle.is_empty());
    for mail in &listed.mails {
        assert_eq!(lines(&mail.letter), [("Accounts", &WAITS), ("Lease", &WAITS)], "as it leaves");
    }

    assert_eq!(console.take_back_reminder(asked.id).await.unwrap(), Vec::<String>::new());
    assert_eq!(console.request_reminders(asked.id).unwrap().waiting, None);
    assert!(console.take_back_reminder(asked.id).await.is_err(), "there is none any more");
    assert!(at(&desk, "2026-03-04T07:00:00Z").await.is_empty());
    assert_eq!(at(&desk, "2026-03-04T09:00:00Z").await.len(), 2, "that of the day was not meant");
    assert_eq!(stored(&desk, asked.id).reminders.sent, 1);
}

#[tokio::test]
async fn the_outbox_says_which_mail_will_not_be_sent_as_all_of_it_is_over() {
    let desk = Desk::new().await;
    let asked = ask(&desk, &desk.client, "Accounts", None, ReminderRule::NEVER).await;
    desk.office.clock.set("2026-03-03T22:00:00Z".parse().unwrap());
    let console = console(&desk).await;
    console.remind_requests(vec![asked.id]).await.unwrap();
    console.withdraw_requests(vec![asked.id]).await.unwrap();
    let listed = console.outbox(MailFilter::Waiting, None, 9).unwrap();
    let mails: Vec<_> = listed.mails.iter().map(|mail| mail.id).collect();
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|id| listed.idle.contains(id)), "{listed:?}");
    assert!(console.open_mail(mails[0]).unwrap().idle);
    assert!(at(&desk, "2026-03-04T07:00:00Z").await.is_empty());
}

#[tokio::test]
async fn a_reminder_that_was_taken_out_is_not_sent_and_can_be_put_back() {
    let desk = Desk::new().await;
    let asked =
        ask(&desk, &desk.client, "Accounts", Some(day("2026-03-08")), rule(&[4, 1, 0], None, 9))
            .await;
    let console = console(&desk).await;
    // Those of Saturday and Sunday leave together, on Monday.
    let days = |console: &Console| console.request_reminders(asked.id).unwrap().days;
    let shown = |skipped: bool| {
        let planned = |(day, skipped): (&str, bool)| crate::model::request::PlannedDay {
            day: Day::parse(day).unwrap(),
            skipped,
        };
        vec![planned(("2026-03-04", skipped)), planned(("2026-03-09", false))]
    };
    assert_eq!(days(&console), shown(false));
    console.skip_reminder(asked.id, day("2026-03-04"), true).await.unwrap();
    assert_eq!(days(&console), shown(true));
    let planned = console.planned_reminders(1).unwrap();
    let rows = planned.groups.iter().flat_map(|group| &group.rows);
    let [skipped, _] = &rows.collect::<Vec<_>>()[..] else { panic!() };
    assert!(skipped.skipped && skipped.to == "everyone" && skipped.client == "Marlow Ceramics");
    assert!(at(&desk, "2026-03-04T12:00:00Z").await.is_empty());
    console.skip_reminder(asked.id, day("2026-03-09"), true).await.unwrap();
    console.skip_reminder(asked.id, day("2026-03-09"), false).await.unwrap();
    assert_eq!(to(&at(&desk, "2026-03-09T09:00:00Z").await, "naomi@").len(), 1);
    let gone = console.skip_reminder(asked.id, day("2026-03-09"), true).await;
    assert!(gone.is_err(), "it was sent");
    assert!(days(&console).is_empty());
}

#[tokio::test]
async fn in_place_of_a_reminder_that_was_taken_out_no_other_leaves_that_day() {
    let desk = Desk::new().await;
    let asked = ask(&desk, &desk.client, "Accounts", None, rule(&[], Some(1), 1)).await;
    let console = console(&desk).await;
    desk.office.clock.set("2026-03-14T12:00:00Z".parse().unwrap());
    // It is Saturday: those of twelve days would leave together on Monday, and one is left to send.
    console.skip_reminder(asked.id, day("2026-03-16"), true).await.unwrap();
    assert!(at(&desk, "2026-03-16T12:00:00Z").await.is_empty());
    assert_eq!(to(&at(&desk, "2026-03-17T09:00:00Z").await, "naomi@").len(), 1);
}

#[tokio::test]
async fn of_what_is_overdue_staff_get_one_mail_on_the_day_after() {
    let desk = Desk::new().await;
    let due = Some(day("2026-03-03"));
    let first = ask(&desk, &desk.client, "Accounts", due, ReminderRule::NEVER).await;
    ask(&desk, &desk.client, "Lease", due, ReminderRule::NEVER).await;
    assert!(at(&desk, "2026-03-03T12:00:00Z").await.is_empty(), "the day is not over");
    let sent = at(&desk, "2026-03-04T09:00:00Z").await;
    let [(to, letter)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(to, "priya@alderfinch.example", "who made it, for nobody looks after the client");
    assert_eq!(lines(letter), [("Accounts", &OVERDUE), ("Lease", &OVERDUE)]);
    assert!(at(&desk, "2026-03-05T09:00:00Z").await.is_empty(), "once is enough");
    change(&desk, first.id, |request| request.due = Some(day("2026-03-10"))).await;
    let sent = at(&desk, "2026-03-11T09:00:00Z").await;
    assert_eq!(lines(&sent[0].1), [("Accounts", &OVERDUE)], "it is late once more");
}

#[tokio::test]
async fn ten_thousand_requests_are_one_mail_to_each_and_none_is_doubled() {
    let desk = Desk::new().await;
    let asked =
        ask(&desk, &desk.client, "Accounts", Some(day("2026-03-05")), rule(&[1], None, 1)).await;
    let sheet: Sheet = desk.office.get(Sheet::of(asked.id)).unwrap();
    for _ in 0..20 {
        let (asked, sheet) = (asked.clone(), sheet.clone());
        desk.office
            .write(move |tx| {
                for _ in 0..500 {
                    let id = tx.id();
                    tx.add(&Request { id, ..asked.clone() })?;
                    tx.add(&Sheet { id: Sheet::of(id), ..sheet.clone() })?;
                }
                Ok(())
            })
            .await;
    }
    desk.office.clock.set("2026-03-04T09:00:00Z".parse().unwrap());
    assert_eq!(desk.office.system.remind().await.unwrap(), 10_001);
    assert_eq!(desk.office.system.remind().await.unwrap(), 0);
    let sent = desk.deliver().await;
    assert_eq!(sent.len(), 2);
    assert!(matches!(sent[0].1, Letter::RequestReminder { count: 10_001, .. }));
    let requests: Vec<Request> = desk.office.all();
    assert!(requests.iter().all(|request| request.reminders.sent == 1));
    let waits = |mail: &&Mail| matches!(mail.state, MailState::Waiting { .. });
    assert_eq!(desk.office.mails().iter().filter(waits).count(), 0);
}
