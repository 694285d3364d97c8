//! The file: made with the right mode, locked, looked at before it is touched, or refused with a sentence.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase, StorageError};

use super::migrate::{self, Shape};
use crate::error::Error;
use crate::model::keys::KeyError;

/// Memory for pages of the file, in bytes. The kernel caches the rest of it.
const CACHE: usize = 8 << 20;

/// Why the data file cannot be used. Each says what to do in one sentence.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it.
    InUse,
    /// It was written by a newer version, and has not been touched.
    NewerSchema {
        /// The file's schema.
        found: u64,
        /// The newest one this version knows.
        known: u64,
    },
    /// It is damaged, or no data file of ours.
    Corrupt(String),
    /// The file or its folder cannot be written to.
    NotWritable(io::Error),
    /// The key that belongs to it is missing or damaged.
    Key(KeyError),
    /// The system refused something else.
    Io(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str(
                "The data folder is in use by another process: stop that one first, or choose another folder.",
            ),
            Self::NewerSchema { found, known } => write!(
                f,
                "The data was written by a newer version (schema {found}, this version knows {known}): \
                 install that version, or restore the backup it made. Nothing was changed.",
            ),
            Self::Corrupt(why) => {
                write!(f, "The data file is damaged ({why}): restore it from a backup.")
            }
            Self::NotWritable(error) => write!(
                f,
                "The data folder cannot be written to ({error}): make it belong to the user who runs the server.",
            ),
            Self::Key(error) => error.fmt(f),
            Self::Io(error) => write!(f, "The data file cannot be used: {error}."),
        }
    }
}
impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable(error)
            }
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

impl From<KeyError> for OpenError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Io { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                Self::NotWritable(error)
            }
            other => Self::Key(other),
        }
    }
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Self::InUse,
            DatabaseError::Storage(StorageError::Io(error)) => error.into(),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

/// What the store says of a file that is open: its contents are at fault.
impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// At the start: makes the file, or looks at it before it is opened for writing.
pub(super) fn first(path: &Path, shape: &Shape) -> Result<Database, OpenError> {
    no_panic(|| make_or_open(path, shape))
}

/// Opens a file that [`first`] has opened before.
pub(super) fn again(path: &Path) -> Result<Database, OpenError> {
    no_panic(|| Ok(builder().create(path)?))
}

/// redb trusts a file that was closed cleanly, and may panic if something else has damaged it since.
fn no_panic<T>(open: impl FnOnce() -> Result<T, OpenError>) -> Result<T, OpenError> {
    catch_unwind(AssertUnwindSafe(open))
        .unwrap_or_else(|_| Err(OpenError::Corrupt("its parts do not fit together".into())))
}

fn make_or_open(path: &Path, shape: &Shape) -> Result<Database, OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if fs::metadata(path).is_ok_and(|file| file.len() > 0) {
        look_before(path, shape)?;
        keep_private(path)?;
    } else {
        make(folder, path)?;
    }
    let database = again(path)?;
    File::open(folder)?.sync_all()?; // or a power cut might lose the name of a new file
    migrate::bring_up(&database, shape)?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    builder
}

fn make(folder: &Path, path: &Path) -> Result<(), OpenError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
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

/// Refuses a newer file untouched, and lays a copy of an older one aside.
fn look_before(path: &Path, shape: &Shape) -> Result<(), OpenError> {
    let file = match builder().open_read_only(path) {
        // A crash of something that did not commit as we do: only opening it for writing can repair it.
        Err(DatabaseError::RepairAborted) => {
            again(path)?.close()?;
            builder().open_read_only(path)?
        }
        opened => opened?,
    };
    let known = shape.schema();
    match schema(&file)? {
        Some(found) if found > known => Err(OpenError::NewerSchema { found, known }),
        Some(found) if found < known => copy_aside(path), // still locked by `file`: nobody writes meanwhile
        _ => Ok(()),
    }
}

fn schema(file: &ReadOnlyDatabase) -> Result<Option<u64>, OpenError> {
    let snapshot = file.begin_read().map_err(Error::from)?;
    Ok(migrate::schema(&super::Read::new(snapshot))?)
}

/// Where [`first`] puts a file before it changes its shape.
fn aside(path: &Path) -> PathBuf {
    let name = concat!("before-", env!("CARGO_PKG_VERSION"), ".redb");
    path.with_file_name("backups").join(name)
}

fn copy_aside(path: &Path) -> Result<(), OpenError> {
    let copy = aside(path);
    let folder = path.with_file_name("backups");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let beside = copy.with_extension("new");
    let mut options = OpenOptions::new();
    let mut to = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    io::copy(&mut File::open(path)?, &mut to)?;
    to.sync_all()?;
    fs::rename(&beside, &copy)?;
    File::open(&folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::activity::By;
    use crate::model::clock::Clock;
    use crate::model::db::migrate::Step;
    use crate::model::db::tests::{RECORDS, Task, id};
    use crate::model::db::{Db, Read, Records};
    use crate::model::keys::Keys;
    use serde_json::json;
    use std::sync::Arc;
    use tempfile::TempDir;

    fn folder() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/anteroom.redb");
        (folder, path)
    }

    fn store(path: &Path) -> Result<Db, OpenError> {
        Db::open(path, Clock::system(), Arc::new(Keys::for_tests()), |_| {})
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn task() -> Task {
        Task { id: id(1), client: vec![0, 7], labels: vec!["late".into()] }
    }

    async fn put_task(db: &Db) {
        let command = db.write(By::SYSTEM, |tx| {
            tx.mark_said();
            tx.put(&task())
        });
        command.await.unwrap();
    }

    #[tokio::test]
    async fn a_new_store_is_private_and_there_after_the_next_start() {
        let (_folder, path) = folder();
        let db = store(&path).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        put_task(&db).await;
        db.close().await;
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let db = store(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(db.read(|r| r.need::<Task>(id(1))).unwrap(), task());
        assert!(!path.with_file_name("backups").exists(), "nothing was migrated");
    }

    #[test]
    fn a_store_in_use_is_refused() {
        let (_folder, path) = folder();
        let _open = store(&path).unwrap();
        let second = store(&path).err().unwrap();
        assert!(matches!(second, OpenError::InUse));
        assert!(second.to_string().contains("in use by another process"));
    }

    /// Clients of tasks become labels: what a step can do.
    const STEPS: &[Step] = &[
        Step {
            says: "tasks have a client label",
            run: |migration| {
                migration.each("tasks", |task| {
                    task.insert("client".into(), json!([9]));
                    Ok(())
                })
            },
        },
        Step {
            says: "labels are loud",
            run: |migration| {
                migration.each("tasks", |task| {
                    let labels = task
                        .remove("labels")
                        .and_then(|labels| labels[0].as_str().map(str::to_uppercase));
                    task.insert("labels".into(), json!([labels]));
                    Ok(())
                })
            },
        },
        Step { says: "this step fails", run: |_| Err(Error::bug("as asked")) },
    ];
    const OLD: Shape = Shape { steps: &[], records: RECORDS };
    const NEW: Shape = Shape { steps: STEPS.split_at(2).0, records: RECORDS };
    const FAILING: Shape = Shape { steps: STEPS, records: RECORDS };

    async fn old_file() -> (TempDir, PathBuf) {
        let (folder, path) = folder();
        let db = store(&path).unwrap();
        put_task(&db).await;
        db.close().await;
        (folder, path)
    }

    fn look(database: &Database) -> Read {
        Read::new(database.begin_read().unwrap())
    }

    #[tokio::test]
    async fn older_data_is_laid_aside_and_then_brought_up_to_date() {
        let (_folder, path) = old_file().await;
        let database = first(&path, &NEW).unwrap();
        let migrated = Task { client: vec![9], labels: vec!["LATE".into()], ..task() };
        let snapshot = look(&database);
        assert_eq!(snapshot.need::<Task>(id(1)).unwrap(), migrated);
        assert_eq!(snapshot.by::<Task>("task.label", "LATE", 2).unwrap(), [migrated]);
        assert_eq!(migrate::schema(&snapshot).unwrap(), Some(3));
        assert_eq!(migrate::check(&snapshot, RECORDS).unwrap(), [""; 0]);
        drop((snapshot, database));
        drop(first(&path, &NEW).unwrap()); // and no step is done twice
        let copy = aside(&path);
        assert_eq!(mode(&copy), 0o600);
        let before = first(&copy, &OLD).unwrap();
        assert_eq!(look(&before).need::<Task>(id(1)).unwrap(), task());
    }

    #[tokio::test]
    async fn a_step_that_fails_changes_nothing() {
        let (_folder, path) = old_file().await;
        assert!(matches!(first(&path, &FAILING), Err(OpenError::Corrupt(_))));
        let database = first(&path, &OLD).unwrap();
        assert_eq!(look(&database).need::<Task>(id(1)).unwrap(), task());
        assert_eq!(look(&database).by::<Task>("task.label", "late", 2).unwrap(), [task()]);
    }

    #[tokio::test]
    async fn newer_data_is_refused_untouched() {
        let (_folder, path) = old_file().await;
        drop(first(&path, &NEW).unwrap());
        let bytes = fs::read(&path).unwrap();
        let refused = store(&path).err().unwrap();
        assert!(matches!(refused, OpenError::NewerSchema { found: 3, known: 1 }));
        assert!(refused.to_string().contains("schema 3, this version knows 1"));
        assert!(fs::read(&path).unwrap() == bytes);
    }

    #[tokio::test]
    async fn what_is_no_store_of_ours_is_damaged_and_stays_as_it_is() {
        let (_folder, path) = old_file().await;
        let whole = fs::read(&path).unwrap();
        let (half, mut scribbled) = (whole[..whole.len() / 2].to_vec(), whole);
        scribbled[..100].fill(0xee);
        for bytes in [b"hello".to_vec(), vec![0; 100_000], half, scribbled] {
            io::Write::write_all(&mut File::create(&path).unwrap(), &bytes).unwrap();
            let refused = store(&path).err().unwrap();
            assert!(matches!(refused, OpenError::Corrupt(_)), "{refused:?}");
            assert!(fs::read(&path).unwrap() == bytes);
        }
    }

    #[tokio::test]
    async fn damage_anywhere_is_told_or_harmless_but_never_a_panic() {
        let (_folder, path) = old_file().await;
        let whole = fs::read(&path).unwrap();
        for page in 0..whole.len() / 4096 {
            let mut damaged = whole.clone();
            damaged[page * 4096..][..4096].fill(0xee);
            let path = path.with_file_name(format!("{page}.redb"));
            io::Write::write_all(&mut File::create(&path).unwrap(), &damaged).unwrap();
            if let Err(refused) = store(&path) {
                assert!(matches!(refused, OpenError::Corrupt(_)), "page {page}: {refused:?}");
            }
        }
    }

    #[test]
    fn a_folder_that_refuses_is_named_as_the_cause() {
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            assert!(matches!(OpenError::from(io::Error::from(kind)), OpenError::NotWritable(_)));
        }
        assert!(matches!(store(Path::new("/proc/nothing/a.redb")), Err(OpenError::Io(_))));
    }
}
