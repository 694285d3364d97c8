//! The file: made with the right mode, locked, looked at before it is touched, or refused with a sentence.

use std::fs::{self, File, OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use redb::{Builder, Database, ReadableDatabase};

use super::Read;
use super::migrate::{self, Shape};
use super::upgrade::Before;
use super::{shadow, upgrade};
use crate::error::Error;
use crate::files;

mod error;

pub use error::OpenError;

/// Memory for pages of the file, in bytes. The kernel caches the rest of it.
const CACHE: usize = 8 << 20;

/// At the start: makes the file, or looks at it before it is opened for writing.
pub(super) fn first(path: &Path, shape: &Shape, now: Timestamp) -> Result<Database, OpenError> {
    no_panic(|| make_or_open(path, shape, now))
}

/// Opens a file that [`first`] has opened before.
pub(super) fn again(path: &Path) -> Result<Database, OpenError> {
    no_panic(|| Ok(builder().create(path)?))
}

/// redb trusts a file that was closed cleanly, and may panic if something else has damaged it since.
pub(super) fn no_panic<T>(open: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(open))
        .unwrap_or_else(|_| Err(OpenError::Corrupt("its parts do not fit together".into())))
}

fn make_or_open(path: &Path, shape: &Shape, now: Timestamp) -> Result<Database, OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut before = None;
    if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        before = look_before(path, shape, now)?;
        keep_private(path)?;
    } else {
        make(folder, path)?;
    }
    let database = again(path)?;
    File::open(folder)?.sync_all()?; // or a power cut might lose the name of a new file
    if let Some(done) = migrate::bring_up(&database, shape)? {
        upgrade::finished(path, &done, before.as_deref());
    }
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn make(folder: &Path, path: &Path) -> Result<(), OpenError> {
    files::make_folder(folder)?;
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    Ok(())
}

/// A restored file may have come with any mode.
fn keep_private(path: &Path) -> Result<(), OpenError> {
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Refuses a newer file untouched, and makes a snapshot of an older one.
fn look_before(path: &Path, shape: &Shape, now: Timestamp) -> Result<Option<PathBuf>, OpenError> {
    let file = shadow::open(path)?;
    match known(path, &file, shape)? {
        // Still locked by `file`: nobody writes meanwhile.
        Some(found) if found < shape.schema() => {
            upgrade::lay_aside(path, &file, Before::Upgrade { found }, now).map(Some)
        }
        _ => Ok(None),
    }
}

/// The schema of a file, unless it is newer than this one; none if it has no data yet.
pub(super) fn known(path: &Path, file: &Database, shape: &Shape) -> Result<Option<u64>, OpenError> {
    let snapshot = Read::new(file.begin_read().map_err(Error::from)?);
    let (found, known) = (migrate::schema(&snapshot)?, shape.schema());
    match found {
        Some(found) if found > known => Err(OpenError::NewerSchema {
            found,
            known,
            version: migrate::version(&snapshot)?,
            data: path.with_file_name(""),
            before: upgrade::newest_before(path, shape),
        }),
        found => Ok(found),
    }
}

#[cfg(test)]
pub(super) mod tests;
