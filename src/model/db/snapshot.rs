//! A copy of the whole store as it is at one moment, in a fresh file, made while the store is read and written. The
//! file itself must not be copied: pages of several moments would lie in the copy.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use redb::backends::FileBackend;
use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition, TableHandle,
};
use serde::{Deserialize, Serialize};

use super::look::{Bytes, Read};
use super::{Db, OpenError, migrate};
use crate::error::{Error, Result};
use crate::files;

/// Memory for pages of the copy, in bytes.
const CACHE: usize = 8 << 20;

/// What a snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFacts {
    /// The number of the shape that its data has.
    pub schema: u64,
    /// How many rows each table has, the index and the file's own facts among them.
    pub rows: BTreeMap<String, u64>,
    /// Size of the file.
    pub bytes: u64,
}

impl Db {
    /// Copies the store as it is now to a file of this name, which replaces one that is there already. Blocks until
    /// the copy is on disk. Two copies to the same name at once are the caller's to prevent.
    pub(in crate::model) fn snapshot(&self, to: &Path) -> Result<SnapshotFacts> {
        copy(self.file.with(|database| Ok(database.begin_read()?))?, to)
    }
}

/// What a copy holds, in a file that nobody writes to.
pub(in crate::model) fn facts_of(path: &Path) -> Result<SnapshotFacts, OpenError> {
    let file = Builder::new().set_cache_size(CACHE).open_read_only(path)?;
    let snapshot = file.begin_read().map_err(Error::from)?;
    Ok(facts(snapshot, fs::metadata(path)?.len())?)
}

/// Writes the copy beside its place and moves it there when it is whole, so that there is never half a copy under the
/// name.
pub(super) fn copy(snapshot: ReadTransaction, to: &Path) -> Result<SnapshotFacts> {
    let beside = files::beside(to);
    let made = fill(&snapshot, &beside).and_then(|()| {
        let file = File::open(&beside)?;
        files::settle(&file, &beside, to).map_err(|why| refused(to, why))?;
        facts(snapshot, file.metadata()?.len())
    });
    if made.is_err() {
        let _ = fs::remove_file(&beside); // the failure is told; the next copy to this name removes it too
    }
    made
}

fn fill(snapshot: &ReadTransaction, beside: &Path) -> Result<()> {
    match fs::remove_file(beside) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(refused(beside, why)),
        _ => {} // whoever began it was killed
    }
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(beside);
    let file = file.map_err(|why| refused(beside, why))?;
    let database =
        Builder::new().set_cache_size(CACHE).create_with_backend(FileBackend::new(file)?)?;
    copy_tables(snapshot, &database)?;
    Ok(database.close()?)
}

fn copy_tables(snapshot: &ReadTransaction, database: &Database) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a file that nobody else has")]
    let transaction = database.begin_write()?;
    for table in snapshot.list_tables()? {
        let definition = TableDefinition::<Bytes, Bytes>::new(table.name());
        let mut copied = transaction.open_table(definition)?;
        for row in snapshot.open_table(definition)?.iter()? {
            let (key, value) = row?;
            copied.insert(key.value(), value.value())?;
        }
    }
    Ok(transaction.commit()?)
}

fn facts(snapshot: ReadTransaction, bytes: u64) -> Result<SnapshotFacts> {
    let mut rows = BTreeMap::new();
    for table in snapshot.list_tables()? {
        let definition = TableDefinition::<Bytes, Bytes>::new(table.name());
        rows.insert(table.name().to_owned(), snapshot.open_table(definition)?.len()?);
    }
    let schema = migrate::schema(&Read::new(snapshot))?;
    let schema = schema.ok_or_else(|| Error::bug("the store has no schema"))?;
    Ok(SnapshotFacts { schema, rows, bytes })
}

/// The place was chosen by a person.
fn refused(place: &Path, why: io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::StorageFull => Error::Full,
        _ => Error::refused(format!("{} cannot be written: {why}.", place.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::By;
    use crate::model::db::Records;
    use crate::model::db::disk::Disk;
    use crate::model::db::tests::{entries, entry};
    use std::os::unix::fs::PermissionsExt;

    async fn put(db: &Db, n: u8) {
        let command = db.write(By::SYSTEM, move |tx| {
            tx.mark_said();
            tx.put(&entry(n))
        });
        command.await.unwrap();
    }

    fn opened(path: &Path) -> Read {
        let file = Builder::new().open_read_only(path).unwrap();
        Read::new(file.begin_read().unwrap())
    }

    #[tokio::test]
    async fn a_snapshot_is_the_store_of_one_moment_in_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy.redb");
        let db = Disk::default().store();
        put(&db, 1).await;
        let facts = db.snapshot(&to).unwrap();
        put(&db, 2).await;
        assert_eq!(entries(&opened(&to)), [1]);
        assert_eq!((facts.rows["entries"], facts.rows["meta"]), (1, 2));
        assert_eq!(facts.schema, migrate::Shape::TODAY.schema());
        let file = fs::metadata(&to).unwrap();
        assert_eq!((file.len(), file.permissions().mode() & 0o777), (facts.bytes, 0o600));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
        db.snapshot(&to).unwrap();
        assert_eq!(entries(&opened(&to)), [1, 2], "the newer one took its place");
    }

    #[tokio::test]
    async fn a_snapshot_of_a_store_that_is_being_written_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy.redb");
        let db = Disk::default().store();
        let copies = {
            let (db, to) = (db.clone(), to.clone());
            tokio::task::spawn_blocking(move || {
                let copy = |_| {
                    let rows = db.snapshot(&to).unwrap().rows.get("entries").copied();
                    let there = opened(&to);
                    assert_eq!(entries(&there).len() as u64, rows.unwrap_or(0));
                    assert_eq!(there.get(entry(0).id).unwrap().is_some(), rows.is_some());
                };
                (0..20).for_each(copy);
            })
        };
        for n in 0..200 {
            put(&db, n).await;
        }
        copies.await.unwrap();
    }

    #[tokio::test]
    async fn a_place_that_cannot_be_written_is_named_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let db = Disk::default().store();
        let refused = db.snapshot(&folder.path().join("absent/copy.redb")).unwrap_err();
        assert!(refused.to_string().contains("absent/copy.redb.partial cannot be written"));
        fs::create_dir(folder.path().join("taken")).unwrap();
        let refused = db.snapshot(&folder.path().join("taken")).unwrap_err();
        assert!(refused.to_string().contains("taken cannot be written"), "{refused}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
