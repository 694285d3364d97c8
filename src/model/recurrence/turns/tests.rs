use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::{Every, Recurrence, RecurrenceChange, RecurrenceState};
use super::MOST_MISSED;
use crate::model::Console;
use crate::model::client::Client;
use crate::model::file::{Audience, Author};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::outbox::Mail;
use crate::model::request::{Request, Stage};
use crate::model::request_template::{Blueprint, RelativeDue};
use crate::model::staff::{Role, Staff, StaffState};
use crate::model::testing::{Office, PASSWORD, cases, office};
use crate::values::{Day, Title, Zone};

/// A firm whose one client is asked for its papers again and again.
pub(in crate::model::recurrence) struct Books {
    pub(in crate::model::recurrence) office: Office,
    sam: Staff,
    client: Client,
    pub(in crate::model::recurrence) id: Id<Recurrence>,
}

pub(in crate::model::recurrence) async fn books(zone: &str, every: Every, first: Day) -> Books {
    let office = office().await;
    let firm: Firm = office.get(Id::MIN).unwrap();
    office.put(Firm { zone: Zone::parse(zone).unwrap(), ..firm }).await;
    let sam = office.staff("Sam Oyelaran", "sam@firm.example", Role::Owner).await;
    let client = office.client("Alder Ltd").await;
    office.member("Naomi", "naomi@alder.example", &client).await;
    let recurrence = Recurrence {
        id: office.write(|tx| Ok(tx.id())).await,
        client: client.id,
        audience: Audience::Everyone,
        blueprint: Blueprint {
            title: Title::parse("Papers for {{month}}").unwrap(),
            due: RelativeDue::After { days: 7 },
            ..Blueprint::blank()
        },
        template: None,
        every,
        first,
        made: 0,
        until: None,
        paused: false,
        by: Author::of(&sam),
        begun: office.clock.now(),
        changed: None,
    };
    let id = recurrence.id;
    office.put(recurrence).await;
    Books { office, sam, client, id }
}

impl Books {
    /// Sets the clock to a moment in the firm's zone, and lets the job look.
    pub(in crate::model::recurrence) async fn at(&self, moment: &str) -> usize {
        let firm: Firm = self.office.get(Id::MIN).unwrap();
        let at: jiff::civil::DateTime = moment.parse().unwrap();
        self.office.clock.set(at.to_zoned(firm.zone.tz().clone()).unwrap().timestamp());
        self.office.system.make_due_requests().await.unwrap()
    }

    pub(in crate::model::recurrence) fn recurrence(&self) -> Recurrence {
        self.office.get(self.id).unwrap()
    }

    pub(in crate::model::recurrence) fn titles(&self) -> Vec<String> {
        let mut all: Vec<Request> = self.office.all();
        all.sort_by_key(|one| one.id);
        all.iter().map(|one| one.title.to_string()).collect()
    }

    pub(in crate::model::recurrence) async fn console(&self) -> Console {
        let cookie = self.office.log_in("sam@firm.example", PASSWORD).await;
        self.office.guest.console(&cookie.text()).unwrap()
    }
}

pub(in crate::model::recurrence) fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[tokio::test]
async fn each_turn_is_made_once_as_its_day_begins_in_the_firms_zone() {
    let books = books("Pacific/Auckland", Every::Month, day("2027-01-31")).await;
    assert_eq!(books.at("2027-01-30T23:59:59").await, 0);
    assert_eq!(books.at("2027-01-31T00:00:00").await, 1);
    assert_eq!(books.at("2027-01-31T00:01:00").await, 0);
    assert_eq!(books.at("2027-02-27T23:59:59").await, 0);
    assert_eq!(books.at("2027-02-28T00:00:00").await, 1, "February has no 31st");
    assert_eq!(books.at("2027-03-30T12:00:00").await, 0);
    assert_eq!(books.at("2027-03-31T12:00:00").await, 1, "and it comes back");

    assert_eq!(
        books.titles(),
        ["Papers for January 2027", "Papers for February 2027", "Papers for March 2027"]
    );
    let requests: Vec<Request> = books.office.all();
    let sent = |one: &Request| {
        matches!(one.stage, Stage::Sent { .. })
            && one.recurrence == Some(books.id)
            && one.by.name == "Sam Oyelaran"
    };
    assert!(requests.iter().all(sent), "{requests:?}");
    assert!(!books.office.all::<Mail>().is_empty(), "Naomi is told");
}

#[tokio::test]
async fn what_was_missed_is_made_for_its_own_month_and_is_due_from_today() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    assert_eq!(books.at("2026-06-20T09:00:00").await, 3);
    assert_eq!(
        books.titles(),
        ["Papers for April 2026", "Papers for May 2026", "Papers for June 2026"]
    );
    let requests: Vec<Request> = books.office.all();
    assert!(requests.iter().all(|one| one.due == Some(day("2026-06-27"))), "{requests:?}");
    assert_eq!(books.recurrence().next(), Some(day("2026-07-01")));
}

#[tokio::test]
async fn of_years_that_were_missed_only_the_last_turns_are_made() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    let most = usize::try_from(MOST_MISSED).unwrap();
    assert_eq!(books.at("2029-06-20T09:00:00").await, most);
    assert_eq!(books.titles()[0], "Papers for July 2028");
    assert_eq!(books.titles()[most - 1], "Papers for June 2029");
}

#[tokio::test]
async fn of_one_that_ended_while_the_server_slept_nothing_is_made_after_its_last_day() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    let until = Some(day("2028-01-15"));
    books.office.put(Recurrence { until, ..books.recurrence() }).await;
    assert_eq!(books.at("2029-06-20T09:00:00").await, 0);
    assert_eq!((books.titles().len(), books.recurrence().next()), (0, None));
}

#[tokio::test]
async fn an_inactive_client_is_left_alone_and_nothing_is_made_up_for() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    books.office.put(Client { active: false, ..books.client.clone() }).await;
    assert_eq!(books.at("2026-06-20T09:00:00").await, 0);
    books.office.put(books.client.clone()).await;
    assert_eq!(books.at("2026-06-21T09:00:00").await, 0);
    assert_eq!(books.at("2026-07-01T09:00:00").await, 1);
}

#[tokio::test]
async fn a_paused_one_goes_on_with_the_next_turn_and_an_ended_one_never() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    let console = books.console().await;
    let change = |change| console.change_recurrences(vec![books.id], change);
    assert_eq!(change(RecurrenceChange::Pause).await.unwrap(), 1);
    assert_eq!(change(RecurrenceChange::Pause).await.unwrap(), 0);
    assert_eq!(books.at("2026-06-20T09:00:00").await, 0);
    let console = books.console().await;
    let change = |change| console.change_recurrences(vec![books.id], change);
    assert_eq!(change(RecurrenceChange::Resume).await.unwrap(), 1);
    assert_eq!(books.recurrence().next(), Some(day("2026-07-01")));
    assert_eq!(change(RecurrenceChange::End).await.unwrap(), 1);
    assert_eq!(books.recurrence().state(), RecurrenceState::Ended);
    assert_eq!(books.at("2027-06-20T09:00:00").await, 0);
    assert!(books.titles().is_empty());
}

#[tokio::test]
async fn who_has_left_the_firm_is_followed_by_whoever_looks_after_the_client() {
    let books = books("Europe/London", Every::Year, day("2026-04-01")).await;
    let rita = books.office.staff("Rita Sandoval", "rita@firm.example", Role::Staff).await;
    books.office.put(Staff { state: StaffState::Removed, ..books.sam.clone() }).await;
    books.office.put(Client { looked_after_by: Some(rita.id), ..books.client.clone() }).await;
    assert_eq!(books.at("2026-04-01T09:00:00").await, 1);
    let requests: Vec<Request> = books.office.all();
    assert_eq!(requests[0].by.name, "Rita Sandoval");
}

#[tokio::test]
async fn one_that_asks_nobody_any_more_is_paused_and_the_others_are_made() {
    let books = books("Europe/London", Every::Month, day("2026-04-01")).await;
    let lonely = Recurrence {
        id: books.office.write(|tx| Ok(tx.id())).await,
        audience: Audience::Firm,
        ..books.recurrence()
    };
    books.office.put(lonely.clone()).await;
    assert_eq!(books.at("2026-04-01T09:00:00").await, 1);
    let lonely: Recurrence = books.office.get(lonely.id).unwrap();
    assert!(lonely.paused);
    assert!(books.office.said().iter().any(|said| said.contains("cannot be sent any more")));
}

fn every() -> impl Strategy<Value = Every> {
    prop_oneof![Just(Every::Month), Just(Every::Quarter), Just(Every::Year)]
}

proptest! {
    /// Turns come in order, each in its own month, on the day that was chosen or the last one of a shorter month.
    #[test]
    fn turns_never_drift_and_never_share_a_month(offset in 0..80_000_i32, every in every(), turns in 1..60_u32) {
        let first = Day::FIRST.plus_days(offset);
        let mut recurrence = Recurrence {
            id: Id::MIN,
            client: Id::MIN,
            audience: Audience::Everyone,
            blueprint: Blueprint::blank(),
            template: None,
            every,
            first,
            made: 0,
            until: None,
            paused: false,
            by: Author { who: crate::model::login::Who::Staff(Id::MIN), name: "Sam".into() },
            begun: Timestamp::UNIX_EPOCH,
            changed: None,
        };
        let mut before: Option<Day> = None;
        for turn in 0..turns {
            recurrence.made = turn;
            let Some(day) = recurrence.next() else { break };
            let (date, wanted) = (day.date(), first.date().day());
            prop_assert!(date.day() == wanted || date.day() == date.days_in_month() && date.day() < wanted);
            if let Some(before) = before {
                let months = |day: Day| i32::from(day.date().year()) * 12 + i32::from(day.date().month());
                prop_assert_eq!(months(day) - months(before), i32::try_from(every.months()).unwrap());
            }
            before = Some(day);
        }
    }
}

proptest! {
    #![proptest_config(cases(12))]

    /// However the clock jumps, wherever the firm is, and however often the job looks: each turn is made once.
    #[test]
    fn nothing_is_made_twice_and_nothing_is_forgotten(
        hours in -12..=14_i32,
        every in every(),
        start in 0..800_i32,
        jumps in proptest::collection::vec((1..4_000_i64, 1..3_u8), 1..8),
    ) {
        let zone = match hours {
            0 => "Etc/UTC".to_owned(),
            // Their signs are those of POSIX.
            east if east > 0 => format!("Etc/GMT-{east}"),
            west => format!("Etc/GMT+{}", -west),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            // From the end of 2027 on: with the leap day of 2028 among them.
            let first = day("2027-12-01").plus_days(start);
            let books = books(&zone, every, first).await;
            let firm: Firm = books.office.get(Id::MIN).unwrap();
            books.office.clock.set("2027-11-01T00:00:00Z".parse().unwrap());
            for (hours, looks) in jumps {
                books.office.clock.advance(SignedDuration::from_hours(hours));
                for _ in 0..looks {
                    books.office.system.make_due_requests().await.unwrap();
                }
                let today = Day::at(books.office.clock.now(), firm.zone.tz());
                let recurrence = books.recurrence();
                let due = (0..).map(|turn| recurrence.day_of(turn)).take_while(|day| *day <= today);
                let expected: Vec<String> =
                    due.map(|day| day.date().strftime("Papers for %B %Y").to_string()).collect();
                assert_eq!(books.titles(), expected, "{zone}, {first}, {today}");
            }
        });
    }
}
