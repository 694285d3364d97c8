//! (tests) Cuts the power after any write, keeps any part of what was not yet synced, and looks again; and a disk
//! that fails for a while.

use redb::{Builder, ReadableDatabase};

use super::disk::{Asked, Disk, apply};
use super::open::tests::{NEW, OLD};
use super::tests::{Entry, Mail, RECORDS, Task, id};
use super::{Db, Records, migrate};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::health::StoreState;

/// Numbers that look like chance and are the same in each run.
struct Chance(u64);
impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// What a command of the real model writes: a record and its index rows, the activity entry and the mail.
async fn command(db: &Db, n: u8) -> Result<()> {
    db.write(By::SYSTEM, move |tx| {
        tx.put(&Task {
            id: id(n),
            client: vec![n % 3],
            labels: vec!["x".repeat(usize::from(n) * 90)],
        })?;
        tx.put(&Mail { id: id(n), to: n })?;
        tx.mark_said();
        tx.put(&Entry { id: id(n), of: n })
    })
    .await
}

/// How many of the things that [`command`] writes are there.
fn traces(db: &Db, n: u8) -> usize {
    db.read(|r| {
        let indexed = r.ids_by::<Task>("task.client", [n % 3], usize::MAX)?.contains(&id(n));
        let there = [r.get::<Task>(id(n))?.is_some(), r.get::<Mail>(id(n))?.is_some()];
        let said = r.get::<Entry>(id(n))?.is_some();
        Ok([there[0], there[1], said, indexed].into_iter().filter(|yes| *yes).count())
    })
    .unwrap()
}

/// What is on the disk if the power fails before the call of this number. Of the calls since the last sync any
/// sector may be there or not, whatever their order was.
fn after_the_cut(log: &[Asked], cut: usize, chance: &mut Chance) -> Vec<u8> {
    let synced = log[..cut].iter().rposition(|asked| matches!(asked, Asked::Sync)).unwrap_or(0);
    let mut bytes = Vec::new();
    log[..synced].iter().for_each(|asked| apply(&mut bytes, asked));
    let mut unsynced: Vec<&Asked> = log[synced..cut].iter().collect();
    for last in (1..unsynced.len()).rev() {
        unsynced.swap(last, chance.below(last + 1));
    }
    for asked in unsynced {
        match asked {
            Asked::Write(at, data) => {
                for (sector, bytes_of_it) in data.chunks(512).enumerate() {
                    if chance.below(2) == 0 {
                        let at = at + 512 * sector as u64;
                        apply(&mut bytes, &Asked::Write(at, bytes_of_it.to_vec()));
                    }
                }
            }
            other if chance.below(2) == 0 => apply(&mut bytes, other),
            _ => {}
        }
    }
    bytes
}

#[tokio::test]
async fn a_command_survives_a_power_cut_whole_or_not_at_all() {
    const COMMANDS: u8 = 40;
    const CUTS: usize = 400;
    let (disk, mut answered) = (Disk::default(), Vec::new());
    let db = disk.store();
    let born = disk.log().len();
    for n in 0..COMMANDS {
        command(&db, n).await.unwrap();
        answered.push(disk.log().len());
    }
    let (log, mut chance) = (disk.log(), Chance(7));
    let (mut whole, mut absent) = (0, 0);
    for _ in 0..CUTS {
        let cut = born + chance.below(log.len() - born + 1);
        let disk = Disk::of(after_the_cut(&log, cut, &mut chance));
        assert!(disk.database().check_integrity().unwrap(), "cut {cut}");
        let db = disk.store();
        for n in 0..COMMANDS {
            match traces(&db, n) {
                4 => whole += 1,
                0 => {
                    absent += 1;
                    assert!(answered[usize::from(n)] > cut, "cut {cut}: {n} was answered and lost");
                }
                some => panic!("cut {cut}: {some} of 4 traces of {n}"),
            }
        }
        assert_eq!(db.read(|r| migrate::check(r, RECORDS)).unwrap(), [""; 0], "cut {cut}");
    }
    assert!(
        whole > 1000 && absent > 1000,
        "{whole} whole, {absent} absent: the cuts are not spread"
    );
}

/// Wherever the power fails while data is brought up to date, it is the old data or the new, and the next start
/// finishes.
#[tokio::test]
async fn data_is_brought_up_to_date_whole_or_not_at_all() {
    const CUTS: usize = 80;
    const TASKS: u8 = 30;
    let disk = Disk::default();
    let db = disk.store_as(&OLD);
    for n in 0..TASKS {
        command(&db, n).await.unwrap();
    }
    db.close().await;
    let database = disk.database();
    let born = disk.log().len();
    migrate::bring_up(&database, &NEW).unwrap().unwrap();
    drop(database);
    let (log, mut chance, mut seen) = (disk.log(), Chance(11), [0, 0]);
    for n in 0..CUTS {
        // Each fourth is at the end, where the commit is.
        let cut = match n % 4 {
            0 => log.len() - chance.below(3),
            _ => born + chance.below(log.len() - born + 1),
        };
        let disk = Disk::of(after_the_cut(&log, cut, &mut chance));
        assert!(disk.database().check_integrity().unwrap(), "cut {cut}");
        let database = disk.database();
        let look = |database: &redb::Database| {
            let snapshot = super::Read::new(database.begin_read().unwrap());
            let schema = migrate::schema(&snapshot).unwrap().unwrap();
            let changed =
                (0..TASKS).filter(|n| snapshot.get::<Task>(id(*n)).unwrap().unwrap().client == [9]);
            let changed = changed.count();
            assert_eq!(migrate::check(&snapshot, RECORDS).unwrap(), [""; 0], "cut {cut}");
            (schema, changed)
        };
        match look(&database) {
            (1, 0) => seen[0] += 1,
            (3, 30) => seen[1] += 1,
            between => panic!("cut {cut}: {between:?}"),
        }
        migrate::bring_up(&database, &NEW).unwrap();
        assert_eq!(look(&database), (3, 30), "cut {cut}");
    }
    assert!(seen[0] > 20 && seen[1] > 0, "{seen:?}: the cuts are not spread");
}

#[tokio::test]
async fn whoever_is_answered_is_on_disk_and_a_crash_needs_no_repair() {
    let disk = Disk::default();
    let db = disk.store();
    for n in 0..5 {
        command(&db, n).await.unwrap();
        assert!(disk.all_is_synced(), "answered before it was synced");
    }
    let crashed = disk.copy();
    let mut builder = Builder::new();
    builder.set_repair_callback(|_| panic!("the whole file is read: quick_repair is off"));
    let database = builder.create_with_backend(crashed).unwrap();
    let snapshot = super::Read::new(database.begin_read().unwrap());
    assert!(snapshot.get::<Task>(id(4)).unwrap().is_some());
}

/// Whichever call fails: nobody is told what is not true, and afterwards all is well again.
#[tokio::test]
async fn a_failing_disk_is_survived() {
    let mut unknown = 0;
    for good in 0..60 {
        for broken in [1, 4] {
            let disk = Disk::default();
            let db = disk.store();
            command(&db, 0).await.unwrap();
            disk.fail(good, broken);
            let mut answers = Vec::new();
            for n in 1..25 {
                answers.push((n, command(&db, n).await));
            }
            assert!(disk.failures() > 0, "no call failed");
            command(&db, 100).await.expect("the disk works again");
            assert_eq!(db.state(), StoreState::Fine);
            for (n, answer) in answers {
                match (answer, traces(&db, n)) {
                    (Ok(()), 4) => {}
                    (Err(Error::Busy), 0 | 4) => unknown += 1,
                    (answer, traces) => panic!("{n}: {answer:?} and {traces} of 4 traces"),
                }
            }
            db.close().await;
            assert_eq!(db.state(), StoreState::Closed);
            assert_eq!(traces(&disk.store(), 100), 4);
        }
    }
    assert!(unknown > 0, "no failure was ever told");
}

/// A full disk is said as such, loses nothing, and is over as soon as there is room.
#[tokio::test]
async fn a_full_disk_is_told_from_a_busy_one() {
    let disk = Disk::default();
    let db = disk.store();
    command(&db, 0).await.unwrap();
    disk.fill(true);
    let mut n = 1;
    let refused = loop {
        match command(&db, n).await {
            Ok(()) => n += 1,
            Err(why) => break why,
        }
        assert!(n < 250, "the disk never filled up");
    };
    assert!(matches!(refused, Error::Full), "{refused:?}");
    assert_eq!(db.state(), StoreState::Full);
    assert_eq!(traces(&db, 0), 4, "it can still be read");
    disk.fill(false);
    command(&db, 255).await.expect("there is room again");
    assert_eq!((traces(&db, n - 1), traces(&db, 255)), (4, 4));
}

/// A disk that has become read-only is said as such, and is used again as soon as it can be written.
#[tokio::test]
async fn a_disk_that_becomes_read_only_is_told_and_survived() {
    let disk = Disk::default();
    let db = disk.store();
    command(&db, 0).await.unwrap();
    disk.freeze(true);
    for n in 1..4 {
        let refused = command(&db, n).await.unwrap_err();
        assert!(matches!(refused, Error::ReadOnly), "{refused:?}");
    }
    disk.freeze(false);
    command(&db, 4).await.expect("it can be written again");
    assert_eq!((traces(&db, 0), traces(&db, 4)), (4, 4));
}
