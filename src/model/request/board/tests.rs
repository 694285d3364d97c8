use std::cmp::Reverse;
use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Lane, Looking, RequestQuery, RequestState};
use crate::error::Result;
use crate::model::client::{Client, ClientKind};
use crate::model::console::Console;
use crate::model::db::{Read, Records, Write};
use crate::model::file::{Audience, Author};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::request::{Progress, ReminderRule, Reminders, Request, Stage};
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, cases, office};
use crate::values::{Day, words};

const TITLES: [&str; 5] =
    ["VAT return", "Year end papers", "Änderung", "vat: missing receipts", "New client"];
const NAMES: [&str; 4] = ["Alder Ltd", "Béla Bartók", "Vat & Son", "Elm"];
const FINDS: [&str; 6] = ["", "vat", "al va", "bela papers", "e", "nothing"];
const NOON: &str = "2026-03-02T12:00:00Z";

fn id<T>(number: u8) -> Id<T> {
    Id::from_bytes([0, 0, 0, 0, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 1])
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn today() -> Day {
    Day::parse("2026-03-02").unwrap()
}

fn client(number: u8, variant: u8) -> Client {
    Client {
        id: id(number),
        kind: ClientKind::Business,
        name: NAMES[usize::from(variant) % NAMES.len()].to_owned().try_into().unwrap(),
        since: None,
        looked_after_by: (variant & 4 == 0).then(|| id(1 + (variant & 1))),
        tags: vec![],
        active: true,
        notes: String::new().try_into().unwrap(),
        added: noon(),
    }
}

fn stage(variant: u8) -> Stage {
    let hours = i64::from(variant) * 7;
    let (sent, at) = (noon(), noon() - SignedDuration::from_hours(hours));
    let by = Author { who: Who::Staff(id(1)), name: "Priya".into() };
    match variant % 7 {
        0 => Stage::Draft,
        1 => Stage::Sent { sent },
        2 | 3 => Stage::InProgress { sent },
        4 => Stage::HandedIn { sent, at, by },
        5 => Stage::Completed { sent, at, by },
        _ => Stage::Withdrawn { sent, at, by },
    }
}

/// Of one of which a part was sent back, and of most that were handed in.
fn to_review(variant: u8) -> u16 {
    u16::from(variant % 7 == 3 || (variant % 7 == 4 && variant != 18))
}

fn request(number: u8, client: u8, variant: u8) -> Request {
    let due = (!variant.is_multiple_of(5)).then(|| today().plus_days(i32::from(variant % 21) - 9));
    Request {
        id: id(number),
        client: id(client),
        title: TITLES[usize::from(variant) % TITLES.len()].to_owned().try_into().unwrap(),
        audience: Audience::Everyone,
        due,
        stage: stage(variant),
        progress: Progress { done: 1, of: 3, to_review: to_review(variant), returned: 0 },
        reminders: Reminders::by(ReminderRule::NEVER),
        template: (variant & 8 == 0).then(|| id(1 + variant % 2)),
        recurrence: None,
        by: Author { who: Who::Staff(id(1 + variant % 3)), name: "Priya".into() },
        made: noon(),
        changed: noon() - SignedDuration::from_mins(i64::from(variant)),
        untouched: false,
    }
}

async fn desk(office: &Office) -> Console {
    office.staff("Priya Nair", "priya@alderfinch.example", Role::Staff).await;
    let cookie = office.log_in("priya@alderfinch.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap()
}

#[tokio::test]
async fn the_list_goes_by_due_date_and_what_is_done_comes_last() {
    let office = office().await;
    office.put(client(1, 0)).await;
    let console = desk(&office).await;
    office
        .write(|tx| {
            for number in 0..120 {
                let due = Some(today().plus_days(i32::from(number) - 2)).filter(|_| number != 7);
                let stage = if number == 3 { stage(5) } else { stage(1) };
                tx.put(&Request { due, stage, ..request(number, 1, 1) })?;
            }
            Ok(())
        })
        .await;
    let page = |state, page| {
        let query = RequestQuery { state, page, ..RequestQuery::default() };
        console.requests(&query).unwrap()
    };

    let first = page(RequestState::Unfinished, 1);
    assert_eq!((first.rows.len(), first.total, first.more), (50, 119, true));
    assert_eq!(first.rows[0].request.id, id(0), "the one that is longest overdue");
    let last = page(RequestState::Any, 3);
    assert_eq!((last.rows.len(), last.total, last.more), (20, 120, false));
    assert_eq!(last.rows[18].request.id, id(7), "without a due date");
    assert_eq!(last.rows[19].request.id, id(3), "completed");
    assert_eq!(page(RequestState::Overdue, 1).total, 2);
    assert_eq!(page(RequestState::Soon, 1).total, 6, "without the completed and the undated");
    let far = page(RequestState::Any, usize::MAX);
    assert_eq!((far.rows.len(), far.total, far.more), (0, 120, false));
}

#[tokio::test]
async fn the_board_counts_all_and_shows_the_first_and_forgets_what_was_completed_long_ago() {
    let office = office().await;
    let console = desk(&office).await;
    office.put(client(1, 0)).await;
    office
        .write(|tx| {
            for (number, variant) in (0..).zip([0, 0, 0, 1, 3, 4, 18, 5, 6]) {
                tx.put(&request(number, 1, variant))?;
            }
            Ok(())
        })
        .await;
    let board = |most| {
        let query = RequestQuery { state: RequestState::Any, ..RequestQuery::default() };
        let columns = console.request_board(&query, most).unwrap();
        columns.iter().map(|column| (column.total, column.rows.len())).collect::<Vec<_>>()
    };

    assert_eq!(board(2), [(3, 2), (1, 1), (1, 1), (2, 2), (1, 1)], "a part sent back waits too");
    assert_eq!(console.review_count().unwrap(), 2);
    assert_eq!(console.client(id(1)).unwrap().requests, 4);
    let now = console.requests_now(1).unwrap();
    assert_eq!((now.to_review, now.came_in.len()), (2, 1));

    office.clock.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(board(2)[4], (0, 0), "completed a month ago");
}

#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    which: u8,
    of: u8,
    variant: u8,
}

fn step() -> impl Strategy<Value = Step> {
    let parts = (0..8_u8, 0..6_u8, 0..3_u8, any::<u8>());
    parts.prop_map(|(what, which, of, variant)| Step { what, which, of, variant })
}

fn take(tx: &mut Write<'_, '_>, step: Step) -> Result<()> {
    let Step { what, which, of, variant } = step;
    match what {
        0..=4 => tx.put(&request(which, which % 3, variant)),
        5 => tx.delete::<Request>(id(which)),
        6 => tx.put(&client(of, variant)),
        _ => {
            for number in (0..6).filter(|number| number % 3 == of) {
                tx.delete::<Request>(id(number))?;
            }
            tx.delete::<Client>(id(of))
        }
    }
}

fn states() -> impl Strategy<Value = RequestState> {
    let lane = prop::sample::select(Lane::ALL.to_vec()).prop_map(RequestState::At);
    let others = [
        RequestState::Unfinished,
        RequestState::Any,
        RequestState::Open,
        RequestState::Overdue,
        RequestState::Soon,
    ];
    prop_oneof![lane, prop::sample::select(others.to_vec())]
}

fn queries() -> impl Strategy<Value = RequestQuery> {
    let some = |most: u8| prop::option::weighted(0.3, 0..most);
    (0..FINDS.len(), states(), some(4), some(3), some(4)).prop_map(
        |(find, state, staff, template, client)| RequestQuery {
            find: FINDS[find].into(),
            state,
            staff: staff.map(id),
            template: template.map(id),
            client: client.map(id),
            page: 1,
        },
    )
}

/// What should be found, in its order, from the records alone.
fn naive(r: &Read, query: &RequestQuery) -> Result<Vec<Id<Request>>> {
    let mut all = Vec::new();
    r.all::<Request>(|request| {
        all.push(request);
        ControlFlow::Continue(())
    })?;
    let mut found = Vec::new();
    for request in all {
        let client: Option<Client> = r.get(request.client)?;
        let mut known = words(request.title.as_str());
        known.extend(client.iter().flat_map(|client| words(client.name.as_str())));
        let days = request.due.map(|due| today().days_until(due));
        let lane = request.lane();
        let out = matches!(lane, Lane::Sent | Lane::InProgress);
        let done = matches!(lane, Lane::Completed | Lane::Withdrawn);
        let stands = match query.state {
            RequestState::Unfinished => !done,
            RequestState::Any => true,
            RequestState::At(Lane::InProgress) => {
                matches!(lane, Lane::InProgress | Lane::Reviewed)
            }
            RequestState::At(one) => one == lane,
            RequestState::Open => out,
            RequestState::Overdue => out && days.is_some_and(|days| days < 0),
            RequestState::Soon => out && days.is_some_and(|days| (0..=7).contains(&days)),
        };
        let whose = |staff| {
            let after = client.as_ref().and_then(|client| client.looked_after_by);
            request.by.who == Who::Staff(staff) || after == Some(staff)
        };
        let fits = stands
            && words(&query.find).iter().all(|w| known.iter().any(|k| k.starts_with(w)))
            && query.staff.is_none_or(whose)
            && query.template.is_none_or(|one| request.template == Some(one))
            && query.client.is_none_or(|one| request.client == one);
        if fits {
            let ended = done.then_some(Reverse(request.since()));
            let due = if done { None } else { request.due };
            found.push((ended, due.is_none(), due, request.id));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(.., id)| id).collect())
}

proptest! {
    #![proptest_config(cases(64))]
    #[test]
    fn it_finds_what_the_records_say_after_any_changes(
        rounds in prop::collection::vec(
            (prop::collection::vec(step(), 1..8), prop::collection::vec(queries(), 1..8)), 1..6
        )
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let office = office().await;
            for (steps, asked) in rounds {
                office.write(move |tx| steps.iter().try_for_each(|step| take(tx, *step))).await;
                let core = office.system.core();
                for query in asked {
                    let should = core.db.read(|r| naive(r, &query)).unwrap();
                    let found = core.requests.look(&core.db, |book| {
                        Looking::of(book, &query, today()).found().map(|card| card.id).collect()
                    });
                    let found: Vec<Id<Request>> = found.unwrap();
                    assert_eq!(found, should, "{query:?}");
                }
            }
        });
    }
}
