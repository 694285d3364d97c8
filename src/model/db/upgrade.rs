//! What surrounds a change of the data's shape, or a repair: a snapshot of the data as it was, made and looked through
//! before anything is changed, and what the log says. Without the snapshot nothing is changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use super::look::Bytes;
use super::migrate::{Shape, Upgrade};
use super::open::{OpenError, known};
use super::shadow;
use super::snapshot::{self, SnapshotFacts};
use crate::error::{Error, Result};
use crate::files;
use crate::values::size;

/// Snapshots that are kept, the newest ones.
const KEPT: usize = 3;
/// How much room must be free, as a multiple of the file: one for the snapshot, one for what the steps write anew.
const ROOM: u64 = 2;

/// The folder of snapshots beside a data file.
fn backups(path: &Path) -> PathBuf {
    path.with_file_name("backups")
}

/// What a snapshot is made before.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// The steps to today's shape, from this one.
    Upgrade {
        /// The schema that was found.
        found: u64,
    },
    /// A repair.
    Repair,
}

impl Before {
    /// How the snapshots are called.
    fn prefix(self) -> &'static str {
        match self {
            Self::Upgrade { .. } => concat!("before-", env!("CARGO_PKG_VERSION"), "-"),
            Self::Repair => "before-repair-",
        }
    }

    fn refusal(self, why: &dyn std::fmt::Display) -> OpenError {
        let what = match self {
            Self::Upgrade { .. } => "has to be brought up to date",
            Self::Repair => "has to be repaired",
        };
        OpenError::NotReady(format!(
            "The data {what}, and a snapshot of it could not be made first: {why} Nothing was changed."
        ))
    }
}

/// Makes a snapshot of a file that is going to be changed, reads all of it once, and says where it is.
pub(super) fn lay_aside(
    path: &Path,
    file: &Database,
    before: Before,
    now: Timestamp,
) -> Result<PathBuf, OpenError> {
    let folder = backups(path);
    let refusal = |why: &dyn std::fmt::Display| before.refusal(why);
    files::make_folder(&folder).map_err(|why| refusal(&why))?;
    let free = room_in(&folder).map_err(|why| refusal(&why))?;
    if let Some(lack) = lack_of_room(fs::metadata(path)?.len(), free) {
        return Err(refusal(&format!("on the disk of the data folder {lack}.")));
    }
    let name = format!("{}{}.redb", before.prefix(), now.strftime("%Y%m%dT%H%M%SZ"));
    let to = folder.join(name);
    if let Before::Upgrade { found } = before {
        tracing::info!(
            "the data is of an older version (schema {found}): making a snapshot of it first, {}",
            to.display()
        );
    }
    let snapshot = file.begin_read().map_err(Error::from)?;
    let facts = snapshot::copy(snapshot, &to).map_err(|why| match why {
        Error::Full | Error::Refused(_) => refusal(&why),
        damaged => damaged.into(),
    })?;
    read_through(&to, &facts).map_err(|why| refusal(&why))?;
    // A start that fails again and again must not fill the disk.
    remove_old(&folder, before.prefix());
    Ok(to)
}

/// What is lacking for a copy of a file of this size and for what is changed in it, where so much is free; none if there
/// is enough.
pub(in crate::model) fn lack_of_room(file: u64, free: u64) -> Option<String> {
    let needed = file.saturating_mul(ROOM);
    let missing = needed.checked_sub(free).filter(|missing| *missing > 0)?;
    Some(format!("{} of room are needed, {} more than are free", size(needed), size(missing)))
}

/// Bytes that we may still write to the disk of this folder.
pub(in crate::model) fn room_in(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Reads every row of a snapshot that was just made.
fn read_through(to: &Path, facts: &SnapshotFacts) -> Result<()> {
    let file = shadow::open(to)?;
    let snapshot = file.begin_read()?;
    for table in snapshot.list_tables()? {
        let rows = snapshot.open_table(TableDefinition::<Bytes, Bytes>::new(table.name()))?;
        let mut read = 0;
        for row in rows.iter()? {
            row?;
            read += 1;
        }
        if facts.rows.get(table.name()) != Some(&read) {
            return Err(Error::bug(format!("the snapshot of {} is not whole", table.name())));
        }
    }
    Ok(())
}

/// Tells that it is done, and keeps the newest snapshots.
pub(super) fn finished(path: &Path, done: &Upgrade, before: Option<&Path>) {
    let Upgrade { from, to, millis, .. } = done;
    let seconds = millis / 1000;
    let kept = before.map(|before| format!("; the data as it was is kept in {}", before.display()));
    tracing::info!(
        "the data is up to date: schema {from} became {to} in {seconds}.{:03} s{}",
        millis % 1000,
        kept.unwrap_or_default()
    );
    remove_old(&backups(path), "before-");
}

/// Snapshots whose names begin so, the oldest first. The time stands at the end of the name.
fn snapshots(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let named = |entry: io::Result<fs::DirEntry>| {
        let path = entry.ok()?.path();
        let name = path.file_name()?.to_str()?.strip_suffix(".redb")?;
        let time = name.starts_with(prefix).then(|| name.rsplit('-').next())??.to_owned();
        Some((time, path))
    };
    let mut found: Vec<(String, PathBuf)> = entries.filter_map(named).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

fn remove_old(folder: &Path, prefix: &str) {
    let found = snapshots(folder, prefix);
    for old in found.iter().take(found.len().saturating_sub(KEPT)) {
        if let Err(why) = fs::remove_file(old) {
            tracing::warn!(%why, "an old snapshot stays: {}", old.display());
        }
    }
}

/// The newest snapshot that a version of this shape can use. Looks without a change to any.
pub(super) fn newest_before(path: &Path, shape: &Shape) -> Option<PathBuf> {
    let usable = |path: &PathBuf| {
        let schema = shadow::open(path).ok().and_then(|file| known_here(path, &file, shape));
        schema.is_some()
    };
    snapshots(&backups(path), "before-").into_iter().rev().find(usable)
}

fn known_here(path: &Path, file: &Database, shape: &Shape) -> Option<u64> {
    known(path, file, shape).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_for_a_snapshot_nothing_is_begun() {
        assert_eq!(lack_of_room(1_000, 2_000), None);
        let why = lack_of_room(5_000_001, 7_000_000).unwrap();
        assert_eq!(why, "10 MB of room are needed, 3 MB more than are free");
    }

    #[test]
    fn the_newest_snapshots_are_kept_whatever_version_made_them() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["0.9.0-20260101T000000Z", "0.1.0-20260301T000000Z", "0.2.0-20260201T000000Z"];
        for name in names.iter().chain(&["0.10.0-20251231T000000Z"]) {
            fs::File::create(folder.path().join(format!("before-{name}.redb"))).unwrap();
        }
        fs::File::create(folder.path().join("nightly.tar")).unwrap();
        remove_old(folder.path(), "before-");
        let order = [names[0], names[2], names[1]];
        let kept = order.map(|name| folder.path().join(format!("before-{name}.redb")));
        assert_eq!(snapshots(folder.path(), "before-"), kept);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "and nothing else was removed");
    }
}
