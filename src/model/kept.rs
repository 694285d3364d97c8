//! What is derived from the records and kept in memory, because asking the records each time would take too long. It is
//! made when it is first needed, and brought up to date before each look, so that whatever was written before is found.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError, RwLock};

use super::db::{Change, Db, Read, Record};
use super::id::Id;
use super::system::System;
use crate::error::Result;

/// More noted changes than this cost more than reading everything again.
const MOST_NOTED: usize = 100_000;

/// What can be kept.
pub(super) trait Derived: Default {
    /// The tables it is derived from.
    const TABLES: &'static [&'static str];

    /// All of it, from the records.
    fn read(r: &Read) -> Result<Self>;

    /// Follows these changes, as far as the snapshot knows of them.
    fn apply(&mut self, r: &Read, changes: &[Change]) -> Result<()>;
}

/// Something derived, with what it has yet to follow.
#[derive(Default)]
pub(super) struct Kept<D> {
    /// None while nothing is kept: then the next look reads everything.
    noted: Mutex<Option<Vec<Change>>>,
    derived: RwLock<D>,
}

impl<D: Derived> Kept<D> {
    /// Hears of each commit, on the writer thread.
    pub(super) fn note(&self, changes: &[Change]) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(list) = noted.as_mut() else { return };
        list.extend(changes.iter().filter(|change| D::TABLES.contains(&change.table)));
        if list.len() > MOST_NOTED {
            *noted = None;
        }
    }

    /// Looks at it as it is after everything that was written so far.
    pub(super) fn look<T>(&self, db: &Db, look: impl FnOnce(&D) -> T) -> Result<T> {
        if !self.is_fresh() {
            self.refresh(db)?;
        }
        Ok(look(&self.derived.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn is_fresh(&self) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.as_ref().is_some_and(Vec::is_empty)
    }

    /// The noted changes are taken before the snapshot, which therefore holds all of them; and while it is held for
    /// writing, so that nobody looks at it in between.
    fn refresh(&self, db: &Db) -> Result<()> {
        let mut derived = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        let noted = self.begin();
        let done = db.read(|r| match noted {
            Some(changes) => derived.apply(r, &changes),
            None => D::read(r).map(|whole| *derived = whole),
        });
        done.inspect_err(|_| self.give_up())
    }

    /// What was noted since the last time, from now on noting anew.
    fn begin(&self) -> Option<Vec<Change>> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.replace(Vec::new())
    }

    fn give_up(&self) {
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The changed ids of a kind, each once.
pub(super) fn changed<R: Record>(changes: &[Change]) -> BTreeSet<Id<R>> {
    let of_kind = changes.iter().filter(|change| change.table == R::TABLE);
    of_kind.map(|change| Id::from_bytes(change.id)).collect()
}

impl System {
    /// Makes what is kept before somebody waits for it. Takes a second or two for a hundred thousand contacts: call it on
    /// a thread that may block.
    pub fn warm(&self) -> Result<()> {
        let core = self.core();
        if !core.has_firm()? {
            return Ok(());
        }
        core.directory.look(&core.db, |_| ())?;
        core.files.look(&core.db, |_| ())?;
        core.requests.look(&core.db, |_| ())
    }
}
