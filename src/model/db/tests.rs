//! (tests) What the store promises, on records that no noun owns.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, mpsc};

use futures_util::future::join_all;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::record::record;
use super::{Change, Db, Records, Registered, Write, time_key};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::id::Id;

pub(super) const RECORDS: &[Registered] =
    &[Registered::of::<Task>(), Registered::of::<Entry>(), Registered::of::<Mail>()];

/// The id that is this byte sixteen times.
pub(super) fn id<T>(n: u8) -> Id<T> {
    Id::from_bytes([n; 16])
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: Id<Task>,
    pub(super) client: Vec<u8>,
    pub(super) labels: Vec<String>,
}
record!(Task, "tt", "tasks", |task, rows| {
    rows.by("task.client", &task.client);
    for label in &task.labels {
        rows.by("task.label", label);
    }
});

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: Id<Entry>,
    pub(super) of: u8,
}
record!(Entry, "te", "entries");

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Mail {
    pub(super) id: Id<Mail>,
    pub(super) to: u8,
}
record!(Mail, "tm", "mails", |mail, rows| rows.by("mail.to", [mail.to]));

/// A panic that prints nothing.
pub(super) fn panic_as_asked() -> ! {
    std::panic::resume_unwind(Box::new("as asked"))
}

pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(super) fn entry(n: u8) -> Entry {
    Entry { id: id(n), of: n }
}

async fn put(db: &Db, n: u8) -> Result<()> {
    let command = move |tx: &mut Write<'_, '_>| {
        tx.mark_said();
        tx.put(&entry(n))
    };
    db.write(By::SYSTEM, command).await
}

pub(super) fn entries(look: &impl Records) -> Vec<u8> {
    let mut all = Vec::new();
    look.all(|entry: Entry| {
        all.push(entry.of);
        ControlFlow::Continue(())
    })
    .unwrap();
    all
}

proptest! {
    #[test]
    fn times_sort_as_keys(early in any::<i32>(), late in any::<i32>()) {
        let at = |second: i32| time_key(jiff::Timestamp::from_second(second.into()).unwrap());
        prop_assert_eq!(at(early).cmp(&at(late)), early.cmp(&late));
    }
}

#[tokio::test]
async fn what_fails_leaves_no_trace_and_who_says_nothing_is_a_bug() {
    let db = Disk::default().store();
    let silent = db.write(By::SYSTEM, |tx| tx.put(&entry(1))).await;
    assert!(matches!(silent, Err(Error::Internal(_))));
    let sentence = silent.unwrap_err().to_string();
    assert!(sentence.contains("a command changed entries and said nothing"), "{sentence}");
    let told = db.write(By::SYSTEM, |tx| {
        tx.unsaid("only a counter");
        tx.put(&entry(2))
    });
    told.await.unwrap();
    let only_looked = db.write(By::SYSTEM, |tx| tx.need(id::<Entry>(2))).await.unwrap();
    assert_eq!(only_looked, entry(2));
    assert!(matches!(db.read(|r| r.need(id::<Entry>(1))), Err(Error::NotFound)));
}

#[test]
fn a_snapshot_does_not_see_what_is_written_meanwhile() {
    let (db, runtime) = (Disk::default().store(), runtime());
    runtime.block_on(put(&db, 1)).unwrap();
    let look = |r: &super::Read| {
        let before = entries(r);
        runtime.block_on(put(&db, 2))?;
        Ok((before, entries(r)))
    };
    assert_eq!(db.read(look).unwrap(), (vec![1], vec![1]));
    assert_eq!(db.read(|r| Ok(entries(r))).unwrap(), [1, 2]);
}

#[tokio::test]
async fn the_observer_hears_of_each_commit_before_anybody_is_answered() {
    let heard = Arc::new(Mutex::new(Vec::<Change>::new()));
    let log = heard.clone();
    let db = Disk::default().store_with(move |changes| {
        log.lock().unwrap().extend(changes);
        panic_as_asked(); // its own loss
    });
    put(&db, 1).await.unwrap();
    let entry_1 = Change { table: "entries", id: [1; 16] };
    assert_eq!(*heard.lock().unwrap(), [entry_1]);
    let refused = db.write(By::SYSTEM, |tx| {
        tx.mark_said();
        tx.put(&entry(2))?;
        Err::<(), _>(Error::NotFound)
    });
    assert!(matches!(refused.await, Err(Error::NotFound)));
    let task = Task { id: id(3), client: vec![3], labels: vec!["a".into()] };
    let both = db.write(By::SYSTEM, move |tx| {
        tx.mark_said();
        tx.put(&task)?;
        tx.delete(id::<Entry>(1))
    });
    both.await.unwrap();
    let task_3 = Change { table: "tasks", id: [3; 16] };
    assert_eq!(*heard.lock().unwrap(), [entry_1, entry_1, task_3], "and not of index rows");
}

#[tokio::test]
async fn commands_that_wait_share_one_commit() {
    let disk = Disk::default();
    let db = disk.store();
    let (go_on, gate) = mpsc::channel::<()>();
    let first = db.write(By::SYSTEM, move |_| {
        let _ = gate.recv(); // until `go_on` is dropped
        Ok(())
    });
    let others = join_all((0..200).map(|n| put(&db, n)));
    let syncs =
        || disk.log().iter().filter(|asked| matches!(asked, super::disk::Asked::Sync)).count();
    let before = syncs();
    let mut go_on = Some(go_on);
    let all = async {
        tokio::task::yield_now().await; // all of them are queued by now
        drop(go_on.take());
    };
    let (first, others, ()) = tokio::join!(first, others, all);
    first.unwrap();
    others.into_iter().for_each(Result::unwrap);
    assert!(syncs() - before <= 4, "{} syncs", syncs() - before);
    assert_eq!(db.read(|r| Ok(entries(r).len())).unwrap(), 200);
}

#[tokio::test]
async fn ten_thousand_records_fit_in_one_command() {
    let db = Disk::default().store();
    let big = db.write(By::SYSTEM, |tx| {
        tx.mark_said();
        for n in 0..10_000u128 {
            let client = (n / 100).to_be_bytes().to_vec();
            let id = Id::from_bytes(n.to_be_bytes());
            tx.put(&Task { id, client: client.clone(), labels: vec!["big".into()] })?;
            tx.put(&Mail { id: Id::from_bytes(n.to_be_bytes()), to: 1 })?;
            assert_eq!(tx.ids_by::<Task>("task.client", &client, 1)?.len(), 1);
        }
        Ok(())
    });
    big.await.unwrap();
    let key = 7u128.to_be_bytes();
    assert_eq!(db.read(|r| r.by::<Task>("task.client", key, usize::MAX)).unwrap().len(), 100);
    assert_eq!(db.read(|r| r.ids_by::<Mail>("mail.to", [1], usize::MAX)).unwrap().len(), 10_000);
}

#[tokio::test]
async fn a_closed_store_takes_nothing_more_and_keeps_what_it_had() {
    let disk = Disk::default();
    let db = disk.store();
    let (answers, ()) = tokio::join!(join_all((0..50).map(|n| put(&db, n))), async {
        tokio::task::yield_now().await;
        db.close().await;
    });
    answers.into_iter().for_each(Result::unwrap);
    assert!(matches!(put(&db, 100).await, Err(Error::Busy)));
    assert!(matches!(db.read(|_| Ok(())), Err(Error::Busy)));
    db.close().await;
    assert_eq!(disk.store().read(|r| Ok(entries(r).len())).unwrap(), 50);
}
