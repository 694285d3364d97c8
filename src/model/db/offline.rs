//! What is done to a file that nobody serves: a copy of it, a rehearsal of bringing it up to date, a thorough look.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use redb::{Database, ReadableDatabase};

use super::Read;
use super::migrate::{self, Shape, Upgrade};
use super::open::{OpenError, again, known, no_panic};
use super::shadow;
use super::snapshot::{self, SnapshotFacts};
use super::upgrade::{self, Before};
use crate::error::{Error, Result};

/// Copies the store in a file that no server holds, without a change to it.
pub(in crate::model) fn copy(from: &Path, to: &Path) -> Result<SnapshotFacts, OpenError> {
    no_panic(|| {
        let file = shadow::open(from)?;
        known(from, &file, &Shape::TODAY)?;
        let copied = snapshot::copy(file.begin_read().map_err(Error::from)?, to);
        copied.map_err(|why| match why {
            Error::Refused(_) => OpenError::NotReady(why.to_string()),
            other => other.into(),
        })
    })
}

/// A copy that was brought up to date.
pub(in crate::model) struct Rehearsed<T> {
    /// The schema it had.
    pub(in crate::model) found: u64,
    /// What was done; none if there was nothing to do.
    pub(in crate::model) done: Option<Upgrade>,
    /// How large the file was at its largest, in bytes.
    pub(in crate::model) bytes: u64,
    /// What was seen in it afterwards.
    pub(in crate::model) seen: T,
}

/// Brings a copy up to date as a start would, and looks at what came of it.
pub(in crate::model) fn rehearse<T>(
    path: &Path,
    look: impl FnOnce(&Read) -> Result<T>,
) -> Result<Rehearsed<T>, OpenError> {
    no_panic(|| {
        let file = shadow::open(path)?;
        let found = known(path, &file, &Shape::TODAY)?;
        let found = found.ok_or_else(|| OpenError::Corrupt("there is nothing in it".into()))?;
        drop(file);
        let database = again(path)?;
        // The log would say that the data is being changed.
        let silent = tracing::subscriber::NoSubscriber::default();
        let done = tracing::subscriber::with_default(silent, || {
            migrate::bring_up(&database, &Shape::TODAY)
        })?;
        let bytes = fs::metadata(path)?.len();
        let seen = look(&Read::new(database.begin_read().map_err(Error::from)?))?;
        database.close()?;
        Ok(Rehearsed { found, done, bytes, seen })
    })
}

/// A file that was looked at by nobody but us.
pub(in crate::model) struct Inspected<T> {
    /// Whether its pages fitted together.
    pub(in crate::model) whole: bool,
    /// What was put right; none if nothing was to be, or if nobody asked for it.
    pub(in crate::model) repaired: Option<Repaired>,
    /// What was seen in it, after that.
    pub(in crate::model) seen: T,
}

/// What was put right in a file.
pub(in crate::model) struct Repaired {
    /// Where the data is kept as it was before.
    pub(in crate::model) before: PathBuf,
    /// Whether the pages did not fit together, and do now.
    pub(in crate::model) pages: bool,
    /// Rows of the index, if it was wrong and was made anew.
    pub(in crate::model) index_made: Option<u64>,
    /// The time that was kept with the data, if it lay ahead and was forgotten.
    pub(in crate::model) time_forgotten: Option<Timestamp>,
}

/// Looks through a file of today's schema, without a change to it. With `repair` what is wrong and can be put right is:
/// the list of free pages, an index that is made anew from the records, and a time that lies ahead of `now`. A snapshot
/// of the data as it was is made first.
pub(in crate::model) fn inspect<T>(
    path: &Path,
    repair: bool,
    now: Timestamp,
    look: impl FnOnce(&Read) -> Result<T>,
) -> Result<Inspected<T>, OpenError> {
    no_panic(|| {
        let shape = &Shape::TODAY;
        let mut file = shadow::open(path)?;
        match (known(path, &file, shape)?, shape.schema()) {
            (Some(found), known) if found < known => {
                return Err(OpenError::OlderSchema { found, known });
            }
            (None, _) => return Err(OpenError::Corrupt("there is nothing in it".into())),
            _ => {}
        }
        let whole = file.check_integrity()?;
        let snapshot = snapshot_of(&file)?;
        let index = migrate::check(&snapshot, shape.records)?.is_empty();
        let ahead = migrate::kept_time(&snapshot)?.filter(|kept| *kept > now);
        if !repair || (whole && index && ahead.is_none()) {
            let seen = look(&snapshot)?;
            return Ok(Inspected { whole, repaired: None, seen });
        }
        drop(snapshot);
        drop(file);
        let (before, mut database) = lay_aside_and_open(path, now)?;
        let pages = !database.check_integrity()?;
        let index_made = if index { None } else { Some(migrate::rebuild(&database, shape)?) };
        if ahead.is_some() {
            migrate::forget_time(&database)?;
        }
        let seen = look(&snapshot_of(&database)?)?;
        database.close()?;
        let repaired = Repaired { before, pages, index_made, time_forgotten: ahead };
        Ok(Inspected { whole, repaired: Some(repaired), seen })
    })
}

/// The snapshot is of the file as it lies there: what was put right in memory, to look at it, is not in it.
fn lay_aside_and_open(path: &Path, now: Timestamp) -> Result<(PathBuf, Database), OpenError> {
    let file = shadow::open(path)?;
    let before = upgrade::lay_aside(path, &file, Before::Repair, now)?;
    drop(file);
    Ok((before, again(path)?))
}

fn snapshot_of(file: &Database) -> Result<Read> {
    Ok(Read::new(file.begin_read()?))
}
