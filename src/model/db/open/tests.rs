//! (tests) What is opened, what is brought up to date first, and what is refused.

use std::io;
use std::sync::Arc;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::error::Result;
use crate::model::activity::By;
use crate::model::clock::Clock;
use crate::model::db::migrate::Step;
use crate::model::db::tests::{RECORDS, Task, id};
use crate::model::db::{Db, Records};
use crate::model::keys::Keys;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/anteroom.redb");
    (folder, path)
}

fn store(path: &Path) -> Result<Db, OpenError> {
    Db::open(path, Clock::system(), Arc::new(Keys::for_tests()), |_| {})
}

fn first(path: &Path, shape: &Shape) -> Result<Database, OpenError> {
    super::first(path, shape, "2026-03-01T12:00:00Z".parse().unwrap())
}

/// Where [`first`] makes its snapshot.
fn aside(path: &Path) -> PathBuf {
    let name = concat!("before-", env!("CARGO_PKG_VERSION"), "-20260301T120000Z.redb");
    path.with_file_name("backups").join(name)
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
pub(in crate::model::db) const STEPS: &[Step] = &[
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
pub(in crate::model::db) const OLD: Shape = Shape { steps: &[], records: RECORDS };
pub(in crate::model::db) const NEW: Shape = Shape { steps: STEPS.split_at(2).0, records: RECORDS };
const FAILING: Shape = Shape { steps: STEPS, records: RECORDS };

/// A file of the old shape with one task in it.
async fn old_file() -> (TempDir, PathBuf) {
    let (folder, path) = folder();
    let db = Db::open_as(&path, &OLD);
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

/// Every file under a folder, with what is in it.
fn everything(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

#[tokio::test]
async fn newer_data_is_refused_untouched_with_the_way_back() {
    let (folder, path) = old_file().await;
    drop(first(&path, &NEW).unwrap());
    let before = everything(folder.path());
    let refused = first(&path, &OLD).err().unwrap();
    let sentence = refused.to_string();
    assert!(matches!(refused, OpenError::NewerSchema { found: 3, known: 1, .. }), "{refused:?}");
    let version = env!("CARGO_PKG_VERSION");
    let start = format!(
        "The data was written by version {version} of anteroom (schema 3); this is version {version}, which \
         knows schema 1. Nothing was changed."
    );
    let data = path.parent().unwrap().display();
    let way = format!("anteroom restore {} --data-dir {data}-restored", aside(&path).display());
    assert!(sentence.starts_with(&start) && sentence.ends_with(&way), "{sentence}");
    assert!(everything(folder.path()) == before);
}

/// As a server of the newer version leaves it that was killed.
#[tokio::test]
async fn newer_data_of_a_server_that_was_killed_is_refused_untouched() {
    let (folder, path) = old_file().await;
    let newer = first(&path, &NEW).unwrap();
    let killed = folder.path().join("killed/anteroom.redb");
    fs::create_dir(killed.parent().unwrap()).unwrap();
    fs::copy(&path, &killed).unwrap();
    drop(newer);
    let before = everything(folder.path());
    let refused = first(&killed, &OLD).err().unwrap();
    assert!(matches!(refused, OpenError::NewerSchema { before: None, .. }), "{refused:?}");
    assert!(everything(folder.path()) == before);
}

#[tokio::test]
async fn without_a_snapshot_nothing_is_brought_up_to_date() {
    let (folder, path) = old_file().await;
    fs::File::create(path.with_file_name("backups")).unwrap(); // where a folder must be
    let before = everything(folder.path());
    let refused = first(&path, &NEW).err().unwrap();
    let sentence = refused.to_string();
    assert!(matches!(refused, OpenError::NotReady(_)), "{refused:?}");
    assert!(sentence.contains("a snapshot of it could not be made first"), "{sentence}");
    assert!(everything(folder.path()) == before);
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
