//! The directory: what clients and contacts are searched, filtered and sorted by, kept in memory. It is derived from
//! the records, made when it is first needed, and brought up to date before each look, so that whatever was written
//! before is found.

mod book;
mod find;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{Mutex, PoisonError, RwLock};

use book::Book;
pub use find::{
    ClientFound, ClientList, ClientOrder, ClientQuery, LookedAfter, PortalFilter, PortalSummary,
    Total,
};

use super::client::Client;
use super::contact::Contact;
use super::db::{Change, Db, Record};
use super::invite::Invite;
use super::membership::Membership;
use super::staff::Staff;
use super::system::System;
use crate::error::Result;

/// The tables it is derived from.
const TABLES: [&str; 5] =
    [Client::TABLE, Contact::TABLE, Membership::TABLE, Invite::TABLE, Staff::TABLE];
/// More noted changes than this cost more than reading everything again.
const MOST_NOTED: usize = 100_000;

/// What clients and contacts are found by.
#[derive(Default)]
pub(super) struct Directory {
    /// None while nothing is kept: then the next look reads everything.
    noted: Mutex<Option<Vec<Change>>>,
    book: RwLock<Book>,
}

impl Directory {
    /// Hears of each commit, on the writer thread.
    pub(super) fn note(&self, changes: &[Change]) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(list) = noted.as_mut() else { return };
        list.extend(changes.iter().filter(|change| TABLES.contains(&change.table)));
        if list.len() > MOST_NOTED {
            *noted = None;
        }
    }

    /// Looks at the directory as it is after everything that was written so far.
    pub(super) fn look<T>(&self, db: &Db, look: impl FnOnce(&Book) -> T) -> Result<T> {
        if !self.is_fresh() {
            self.refresh(db)?;
        }
        Ok(look(&self.book.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn is_fresh(&self) -> bool {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.as_ref().is_some_and(Vec::is_empty)
    }

    /// The noted changes are taken before the snapshot, which therefore holds all of them; and while the book is held
    /// for writing, so that nobody looks at it in between.
    fn refresh(&self, db: &Db) -> Result<()> {
        let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
        let noted = self.begin();
        let done = db.read(|r| match noted {
            Some(changes) => book.apply(r, &changes),
            None => Book::read(r).map(|whole| *book = whole),
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

impl System {
    /// Makes the directory before somebody waits for it. Takes a second or two for a hundred thousand contacts: call
    /// it on a thread that may block.
    pub fn warm_directory(&self) -> Result<()> {
        if !self.core().has_firm()? {
            return Ok(());
        }
        self.core().directory.look(&self.core().db, |_| ())
    }
}
