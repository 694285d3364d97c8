//! (tests) A disk in memory: it outlives the store, remembers what was written, fails when told, loses power.

use std::io;
use std::sync::{Arc, Mutex};

use redb::{Builder, Database, StorageBackend};

use super::{Context, Db, migrate};
use crate::model::clock::Clock;
use crate::model::id::Stamps;
use crate::model::keys::Keys;

/// What a disk is asked to do.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

/// A disk. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    log: Vec<Asked>,
    /// Calls that still work, then calls that fail; then all is well again.
    good: Option<u64>,
    broken: u64,
    failed: u64,
    /// The most bytes it holds.
    room: Option<usize>,
    frozen: bool,
}

pub(super) fn apply(bytes: &mut Vec<u8>, asked: &Asked) {
    match asked {
        Asked::Write(at, data) => {
            let (at, end) = (*at as usize, *at as usize + data.len());
            bytes.resize(bytes.len().max(end), 0);
            bytes[at..end].copy_from_slice(data);
        }
        Asked::Length(length) => bytes.resize(*length as usize, 0),
        Asked::Sync => {}
    }
}

impl Disk {
    /// A disk with this on it.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { bytes, ..State::default() })))
    }

    /// What it was asked so far.
    pub(super) fn log(&self) -> Vec<Asked> {
        self.0.lock().unwrap().log.clone()
    }

    /// Whether all that was written is synced.
    pub(super) fn all_is_synced(&self) -> bool {
        matches!(self.0.lock().unwrap().log.last(), Some(Asked::Sync))
    }

    /// A disk with the same bytes, as after a crash of the process.
    pub(super) fn copy(&self) -> Self {
        Self::of(self.0.lock().unwrap().bytes.clone())
    }

    /// Fails `broken` calls after `good` more.
    pub(super) fn fail(&self, good: u64, broken: u64) {
        let mut state = self.0.lock().unwrap();
        (state.good, state.broken) = (Some(good), broken);
    }

    /// Holds no more than it does now, or as much as one likes.
    pub(super) fn fill(&self, full: bool) {
        let mut state = self.0.lock().unwrap();
        state.room = full.then_some(state.bytes.len());
    }

    /// Takes nothing any more, as a disk that the kernel has found faulty, or takes it again.
    pub(super) fn freeze(&self, frozen: bool) {
        self.0.lock().unwrap().frozen = frozen;
    }

    /// How many calls have failed.
    pub(super) fn failures(&self) -> u64 {
        self.0.lock().unwrap().failed
    }

    fn ask(&self, asked: Asked) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        match state.good {
            Some(0) if state.broken > 0 => {
                state.broken -= 1;
                state.failed += 1;
                return Err(io::Error::other("the disk says no"));
            }
            Some(good) => state.good = Some(good.saturating_sub(1)),
            None => {}
        }
        if state.frozen {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let needed = match &asked {
            Asked::Write(at, data) => *at as usize + data.len(),
            Asked::Length(length) => *length as usize,
            Asked::Sync => 0,
        };
        if state.room.is_some_and(|room| needed > room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        apply(&mut state.bytes, &asked);
        state.log.push(asked);
        Ok(())
    }

    /// Opens what is on the disk.
    pub(super) fn database(&self) -> Database {
        Self::builder().create_with_backend(self.clone()).unwrap()
    }

    fn builder() -> Builder {
        let mut builder = Builder::new();
        builder.set_cache_size(1 << 20);
        builder
    }

    /// The store on this disk. `observe` hears of its commits.
    pub(super) fn store_with(
        &self,
        observe: impl Fn(&[super::Change]) + Send + Sync + 'static,
    ) -> Db {
        self.open(&migrate::Shape::TODAY, observe)
    }

    /// The store on this disk, of another shape.
    pub(super) fn store_as(&self, shape: &migrate::Shape) -> Db {
        self.open(shape, |_| {})
    }

    fn open(
        &self,
        shape: &migrate::Shape,
        observe: impl Fn(&[super::Change]) + Send + Sync + 'static,
    ) -> Db {
        let database = self.database();
        migrate::bring_up(&database, shape).unwrap();
        let context = Context {
            clock: Clock::pinned("2026-03-01T12:00:00Z".parse().unwrap()),
            keys: Arc::new(Keys::for_tests()),
            stamps: Stamps::default(),
            observe: Box::new(observe),
            full: std::sync::atomic::AtomicBool::new(false),
            read_only: std::sync::atomic::AtomicBool::new(false),
            failed: std::sync::atomic::AtomicBool::new(false),
        };
        let disk = self.clone();
        let again = move || Ok(Disk::builder().create_with_backend(disk.clone())?);
        Db::start(database, Box::new(again), context).unwrap()
    }

    /// The store on this disk.
    pub(super) fn store(&self) -> Db {
        self.store_with(|_| {})
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }
    fn read(&self, at: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let (state, at) = (self.0.lock().unwrap(), at as usize);
        let bytes = state.bytes.get(at..at + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }
    fn set_len(&self, length: u64) -> Result<(), io::Error> {
        self.ask(Asked::Length(length))
    }
    fn sync_data(&self) -> Result<(), io::Error> {
        self.ask(Asked::Sync)
    }
    fn write(&self, at: u64, data: &[u8]) -> Result<(), io::Error> {
        self.ask(Asked::Write(at, data.to_vec()))
    }
}
