//! The store: typed records in one redb file, written by one thread, read from snapshots.
//!
//! A command is a closure that runs in one transaction: all of it happens or nothing. The writer thread runs
//! every command that waits, in order, over one redb transaction, makes one durable commit of them and answers
//! their callers only then. Reads run where they are called, each on its own snapshot.
//!
//! - `look.rs`: raw rows, from a snapshot or within a command
//! - `record.rs`: records, and the one index derived from them
//! - `write.rs`: what a command can do
//! - `writer.rs`: the thread, the group commit, and a disk that fails
//! - `snapshot.rs`: a copy of all of it as it is at one moment
//! - `open.rs`: the file: its lock, its mode, its sentence when it cannot be used
//! - `migrate.rs`: the shape of the data, and the rebuild of the index · `steps.rs`: every change of it
//! - `upgrade.rs`: the snapshot that is made before, and before a repair · `offline.rs`: files that nobody serves
//! - `shadow.rs`: a file that is looked at without a change to it

mod look;
mod migrate;
mod offline;
mod open;
mod record;
mod shadow;
mod snapshot;
mod steps;
mod upgrade;
mod write;
mod writer;

#[cfg(test)]
mod crash;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod like_a_map;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::ReadableDatabase;
use tokio::sync::{Semaphore, oneshot};

pub(super) use look::Read;
pub use migrate::StepDone;
pub(super) use migrate::{Registered, fact};
pub(super) use offline::{Inspected, Rehearsed, Repaired, copy, inspect, rehearse};
pub use open::OpenError;
pub(super) use record::{Order, Record, Records, Rows, Span, readable, record, time_key};
pub use snapshot::SnapshotFacts;
pub(super) use snapshot::facts_of;
pub(super) use upgrade::{lack_of_room, room_in};
pub(super) use write::Write;

use super::activity::By;
use super::clock::Clock;
use super::health::StoreState;
use super::id::Stamps;
use super::keys::Keys;
use crate::error::{Error, Result};
use writer::{Command, Commands, File, Opener, Writer};

/// Commands that may wait or run at once. Further callers wait for room, so memory is bounded.
const ROOM: u32 = 4096;

/// A record that was put or deleted: whoever keeps something derived from it looks at it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The record's table.
    pub table: &'static str,
    /// The record's id.
    pub id: [u8; 16],
}

/// What commands take from outside, and what is told of them.
struct Context {
    clock: Clock,
    keys: Arc<Keys>,
    stamps: Stamps,
    observe: Observer,
    /// Whether the last commit that failed had no room on the disk.
    full: AtomicBool,
    /// Whether it found the disk read-only.
    read_only: AtomicBool,
    /// Whether the last commit failed.
    failed: AtomicBool,
}

type Observer = Box<dyn Fn(&[Change]) + Send + Sync>;

/// Where the index differs from what the records say, as sentences. Empty if all is well.
pub(super) fn check_index(snapshot: &Read) -> Result<Vec<String>> {
    migrate::check(snapshot, migrate::Shape::TODAY.records)
}

/// The schema of this version. A store that is open has it.
pub(super) const fn schema() -> u64 {
    migrate::Shape::TODAY.schema()
}

/// The open store. Clones share it.
#[derive(Clone)]
pub(super) struct Db {
    file: File,
    commands: Commands,
    room: Arc<Semaphore>,
    context: Arc<Context>,
}

impl Db {
    /// Opens the file, or makes it, and brings its data into today's shape.
    ///
    /// `observe` hears of the records of each commit once it is on disk, and before anybody is answered. It
    /// runs on the writer thread: it must be quick. After a failed commit it hears of records that may or may
    /// not have changed.
    pub(super) fn open(
        path: &Path,
        clock: Clock,
        keys: Arc<Keys>,
        observe: impl Fn(&[Change]) + Send + Sync + 'static,
    ) -> Result<Self, OpenError> {
        let database = open::first(path, &migrate::Shape::TODAY, clock.now())?;
        let snapshot = Read::new(database.begin_read().map_err(Error::from)?);
        if let Some(kept) = migrate::kept_time(&snapshot)? {
            clock.believe(kept);
        }
        drop(snapshot);
        let path = path.to_owned();
        let stamps = Stamps::default();
        let (observe, full) = (Box::new(observe), AtomicBool::new(false));
        let (read_only, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        let context = Context { clock, keys, stamps, observe, full, read_only, failed };
        Self::start(database, Box::new(move || open::again(&path)), context)
    }

    /// A store of another shape, in a file.
    #[cfg(test)]
    fn open_as(path: &Path, shape: &migrate::Shape) -> Self {
        let clock = Clock::system();
        let database = open::first(path, shape, clock.now()).unwrap();
        let path = path.to_owned();
        let off = || AtomicBool::new(false);
        let (full, read_only, failed) = (off(), off(), off());
        let (keys, stamps) = (Arc::new(Keys::for_tests()), Stamps::default());
        let observe = Box::new(|_: &[Change]| {});
        let context = Context { clock, keys, stamps, observe, full, read_only, failed };
        Self::start(database, Box::new(move || open::again(&path)), context).unwrap()
    }

    /// `again` opens the file after a failed commit has closed it.
    fn start(database: redb::Database, again: Opener, context: Context) -> Result<Self, OpenError> {
        let (file, context) = (File::new(database), Arc::new(context));
        let commands = Writer::start(file.clone(), again, context.clone())?;
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Ok(Self { file, commands, room, context })
    }

    /// Looks at one snapshot: what is written meanwhile is not seen.
    pub(super) fn read<T>(&self, look: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        let snapshot = self.file.with(|database| Ok(database.begin_read()?))?;
        look(&Read::new(snapshot))
    }

    /// Runs a command, and returns when it is on disk.
    ///
    /// An error or a panic of the command means that nothing happened. [`Error::Busy`], [`Error::Full`] and
    /// [`Error::ReadOnly`] mean that it may or may not have happened: the disk failed, and only the next look at the file tells. Once it
    /// is queued the command runs even if nobody waits for its answer any more.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        by: By,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let room = self.room.clone().acquire_owned().await.map_err(|_| Error::Busy)?;
        let (answer, answered) = oneshot::channel();
        let context = self.context.clone();
        let run: Command = Box::new(move |batch, round| {
            let mut write = Write::new(batch, &context, by);
            let outcome = catch_unwind(AssertUnwindSafe(|| command(&mut write)))
                .unwrap_or_else(|_| Err(Error::bug("a command panicked")))
                .and_then(|done| write.told().map(|()| done));
            if outcome.is_ok() {
                write.merge(&mut round.changes)?;
            }
            round.answers.push(Box::new(move || {
                let _ = answer.send(outcome); // the caller may have left
                drop(room);
            }));
            Ok(())
        });
        self.commands.send(run).map_err(|_| Error::Busy)?;
        answered.await.unwrap_or_else(|_| Err(self.unknown()))
    }

    /// What can be done with it at present, as far as the last commit tells.
    pub(super) fn state(&self) -> StoreState {
        if self.room.is_closed() || !self.file.is_open() {
            return StoreState::Closed;
        }
        match (
            self.context.failed.load(Ordering::Relaxed),
            self.context.full.load(Ordering::Relaxed),
        ) {
            (false, _) => StoreState::Fine,
            (true, true) => StoreState::Full,
            (true, false) => StoreState::Failed,
        }
    }

    /// What callers hear whose commit failed.
    fn unknown(&self) -> Error {
        if self.context.full.load(Ordering::Relaxed) {
            Error::Full
        } else if self.context.read_only.load(Ordering::Relaxed) {
            Error::ReadOnly
        } else {
            Error::Busy
        }
    }

    /// Answers what is queued, takes no more, and closes the file, so that the next start finds nothing to
    /// repair. A store that is merely dropped closes its file a moment later, on the writer thread.
    pub(super) async fn close(&self) {
        // Every command holds its room until it is answered.
        let all = self.room.acquire_many(ROOM).await;
        self.room.close();
        drop(all);
        self.file.close();
    }
}
