//! (tests) Commands at random, against the same on a map: what they see, what they leave, and the index.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use proptest::prelude::*;

use super::disk::Disk;
use super::look::{EVERYTHING, Look};
use super::record::{INDEX, Rows};
use super::tests::{Entry, RECORDS, Task, entries, entry, id, panic_as_asked, runtime};
use super::{Db, Order, Records, Span, Write, migrate};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::id::Id;
use crate::model::testing::cases;

type Tasks = BTreeMap<Id<Task>, Task>;

/// All that can be read of the tasks.
#[derive(Debug, PartialEq)]
struct Seen {
    all: Vec<Task>,
    newest: Vec<Task>,
    by: Vec<Vec<Task>>,
    walks: Vec<Vec<(Vec<u8>, Id<Task>)>>,
}

/// Keys, and prefixes of keys, that are easily mistaken for others.
const KEYS: [&[u8]; 9] =
    [&[], &[0], &[0, 0], &[0, 1], &[1], &[1, 0], &[255], &[255, 255], &[255, 0]];

fn spans() -> Vec<Span> {
    let ends = || {
        KEYS.iter()
            .flat_map(|at| [Span::default().at(at), Span::default().behind(at, id::<Task>(3))])
    };
    let mut spans: Vec<Span> = ends().collect();
    for prefix in KEYS {
        spans.push(Span::prefix(prefix));
        spans.extend(KEYS.iter().map(|at| Span::prefix(prefix).at(at)));
        spans.extend(KEYS.iter().map(|at| Span::prefix(prefix).behind(at, id::<Task>(3))));
    }
    spans
}

const ORDERS: [Order; 2] = [Order::Ascending, Order::Descending];

impl Seen {
    fn of(look: &impl Records) -> Result<Self> {
        let (mut all, mut walks) = (Vec::new(), Vec::new());
        look.all(|task: Task| {
            all.push(task);
            ControlFlow::Continue(())
        })?;
        let newest = look.all_reverse_from(Some(id(4)), 3)?;
        let by = KEYS.iter().map(|key| look.by("task.client", key, 4)).collect::<Result<_>>()?;
        for (span, order) in spans().iter().flat_map(|span| ORDERS.map(|order| (span, order))) {
            let mut walked = Vec::new();
            look.walk_index("task.client", span, order, |key, id| {
                walked.push((key.to_vec(), id));
                if walked.len() < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            walks.push(walked);
        }
        Ok(Self { all, newest, by, walks })
    }

    /// The same, by looking at each task.
    fn expected(tasks: &Tasks) -> Self {
        let newest = tasks.range(..id(4)).rev().take(3).map(|(_, task)| task.clone()).collect();
        let under = |key: &&[u8]| {
            tasks.values().filter(|task| task.client == *key).take(4).cloned().collect()
        };
        let mut rows: Vec<_> = tasks.values().map(|task| (task.client.clone(), task.id)).collect();
        rows.sort();
        let mut walks = Vec::new();
        for (span, order) in spans().iter().flat_map(|span| ORDERS.map(|order| (span, order))) {
            let inside = rows.iter().filter(|(key, id)| span.has(key, *id, order)).cloned();
            walks.push(match order {
                Order::Ascending => inside.take(5).collect(),
                Order::Descending => inside.rev().take(5).collect(),
            });
        }
        let by = KEYS.iter().map(under).collect();
        Self { all: tasks.values().cloned().collect(), newest, by, walks }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Put(Task),
    Delete(Id<Task>),
    Look,
}
#[derive(Clone, Copy, Debug)]
enum End {
    Well,
    Refused,
    Silent,
    Panic,
    PanicInWalk,
}

fn task() -> impl Strategy<Value = Task> {
    let key = prop::collection::vec(prop::sample::select(vec![0u8, 1, 255]), 0..3);
    (0u8..6, key, prop::collection::vec("[ab]", 0..3)).prop_map(|(n, client, labels)| Task {
        id: id(n),
        client,
        labels,
    })
}
fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => task().prop_map(Op::Put),
        1 => (0u8..6).prop_map(|n| Op::Delete(id(n))),
        1 => Just(Op::Look),
    ]
}
fn end() -> impl Strategy<Value = End> {
    let ends =
        [End::Well, End::Well, End::Well, End::Refused, End::Silent, End::Panic, End::PanicInWalk];
    prop::sample::select(ends.to_vec())
}

/// Runs the operations and notes what they see.
fn run(tx: &mut Write<'_, '_>, ops: Vec<Op>, end: End, log: &Mutex<Vec<Seen>>) -> Result<()> {
    for op in ops {
        match op {
            Op::Put(task) => tx.put(&task)?,
            Op::Delete(id) => tx.delete(id)?,
            Op::Look => {
                let seen = Seen::of(tx)?;
                log.lock().unwrap().push(seen);
            }
        }
    }
    match end {
        End::Well => tx.mark_said(),
        End::Refused => return Err(Error::refused("no")),
        End::Silent => tx.put(&entry(1))?,
        End::Panic => panic_as_asked(),
        End::PanicInWalk => {
            tx.put(&entry(1))?;
            tx.all(|_: Entry| panic_as_asked())?;
        }
    }
    Ok(())
}

/// The same on a map: what is seen, and the map afterwards.
fn run_on_map(tasks: &mut Tasks, ops: &[Op], end: End) -> Vec<Seen> {
    let (mut mine, mut seen) = (tasks.clone(), Vec::new());
    for op in ops {
        match op {
            Op::Put(task) => drop(mine.insert(task.id, task.clone())),
            Op::Delete(id) => drop(mine.remove(id)),
            Op::Look => seen.push(Seen::expected(&mine)),
        }
    }
    if matches!(end, End::Well) {
        *tasks = mine;
    }
    seen
}

fn index_is_what_the_records_say(db: &Db, tasks: &Tasks) {
    let expected: BTreeSet<Vec<u8>> =
        tasks.values().flat_map(|task| Rows::of(task).into_keys()).collect();
    let mut found = BTreeSet::new();
    db.read(|r| {
        assert_eq!(migrate::check(r, RECORDS)?, [""; 0]);
        r.walk(INDEX, EVERYTHING, Order::Ascending, |row, _| {
            found.insert(row.to_vec());
            ControlFlow::Continue(())
        })
    })
    .unwrap();
    assert_eq!(found, expected);
}

proptest! {
    #![proptest_config(cases(150))]
    #[test]
    fn commands_behave_as_on_a_map_and_the_index_cannot_drift(
        batches in prop::collection::vec(
            prop::collection::vec((prop::collection::vec(op(), 0..8), end()), 1..7),
            1..5,
        )
    ) {
        let (db, mut tasks) = (Disk::default().store(), Tasks::new());
        for batch in batches {
            let (mut running, mut expected) = (Vec::new(), Vec::new());
            for (ops, end) in batch {
                expected.push((end, run_on_map(&mut tasks, &ops, end)));
                let (db, log) = (&db, Arc::new(Mutex::new(Vec::new())));
                running.push(async move {
                    let logged = log.clone();
                    let answer = db.write(By::SYSTEM, move |tx| run(tx, ops, end, &logged)).await;
                    (answer, Arc::into_inner(log).unwrap().into_inner().unwrap())
                });
            }
            // Queued at once and in this order, so that they share commits.
            let answers = runtime().block_on(join_all(running));
            for ((end, expected), (answer, seen)) in expected.into_iter().zip(answers) {
                prop_assert_eq!(seen, expected);
                prop_assert!(matches!(
                    (end, &answer),
                    (End::Well, Ok(()))
                        | (End::Refused, Err(Error::Refused(_)))
                        | (End::Silent | End::Panic | End::PanicInWalk, Err(Error::Internal(_)))
                ), "{:?} {:?}", end, answer);
            }
            prop_assert_eq!(db.read(Seen::of).unwrap(), Seen::expected(&tasks));
            prop_assert_eq!(db.read(|r| Ok(entries(r))).unwrap(), Vec::<u8>::new());
            index_is_what_the_records_say(&db, &tasks);
        }
    }
}
