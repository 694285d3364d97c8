//! The binary is swapped for a newer one: the data of the older one is kept as it was, brought up to date whole or not at
//! all, and refused untouched by the older one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::old_firm::{large_firm, schema_1};

const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
const VERSION: &str = env!("CARGO_PKG_VERSION");

fn place() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    (place, data)
}

fn anteroom(verb: &[&str], data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().args(verb).arg("--data-dir").arg(data);
    command
}

/// Exit code, and what was said on standard output and standard error.
fn told(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn asserts_ends(command: &mut Command, code: i32) -> (String, String) {
    let (ended, said, complained) = told(command);
    assert_eq!(ended, code, "{said}\n{complained}");
    (said, complained)
}

/// A server of its own. Killed when the test ends.
struct Server {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Server {
    /// Comes back at once.
    fn spawn(data: &Path) -> Self {
        let mut command = anteroom(&["serve", "--listen", "127.0.0.1:0"], data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, log }
    }

    /// Comes back when it serves.
    fn start(data: &Path) -> Self {
        let mut server = Self::spawn(data);
        let lines = BufReader::new(server.child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("Mail:")), "it did not start");
        server
    }

    /// What the log said, after it was stopped in order.
    fn stop(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.log.by_ref().map_while(Result::ok).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file under a folder, with what is in it.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut all, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.insert(path, bytes);
        }
    }
    all
}

/// The snapshots in a data folder.
fn snapshots(data: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(data.join("backups")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|end| end == "redb")).collect()
}

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// Of a copy: a server that was killed leaves something to repair, and that is not ours to do.
fn rows(file: &Path, table: &str) -> Rows {
    let copy = tempfile::NamedTempFile::new().unwrap();
    fs::copy(file, copy.path()).unwrap();
    let database = Database::open(copy.path()).unwrap();
    let definition = TableDefinition::<&[u8], &[u8]>::new(table);
    let rows = database.begin_read().unwrap().open_table(definition).unwrap();
    let rows = rows.iter().unwrap().map(Result::unwrap);
    rows.map(|(key, value)| (key.value().to_vec(), value.value().to_vec())).collect()
}

fn schema(file: &Path) -> u64 {
    u64::from_be_bytes(rows(file, "meta")[b"schema".as_slice()].as_slice().try_into().unwrap())
}

/// The schema of this version.
const TODAY: u64 = 4;

/// Changes a store behind the program's back.
fn tamper(data: &Path, table: &str, change: impl FnOnce(&mut redb::Table<'_, &[u8], &[u8]>)) {
    let database = Database::open(data.join("anteroom.redb")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "nobody else has the file")]
    let transaction = database.begin_write().unwrap();
    change(&mut transaction.open_table(TableDefinition::new(table)).unwrap());
    transaction.commit().unwrap();
}

#[test]
fn the_first_start_of_a_newer_version_keeps_the_data_as_it_was() {
    let (place, data) = place();
    schema_1(&data).unwrap();
    let before = place.path().join("before.redb");
    fs::copy(data.join("anteroom.redb"), &before).unwrap();
    let log = Server::start(&data).stop();
    for said in
        ["making a snapshot of it first", "each activity entry is sealed", "the data is up to date"]
    {
        assert!(log.contains(said), "{log}");
    }
    let [snapshot] = &snapshots(&data)[..] else { panic!("{:?}", snapshots(&data)) };
    for table in ["activity", "contacts", "index", "meta", "outbox"] {
        assert!(rows(snapshot, table) == rows(&before, table), "{table}");
    }
    assert_eq!((schema(snapshot), schema(&data.join("anteroom.redb"))), (1, TODAY));
    assert!(log.contains(&snapshot.display().to_string()), "{log}");
    let log = Server::start(&data).stop();
    assert!(!log.contains("up to date"), "and only once: {log}");
    assert_eq!(snapshots(&data).len(), 1);
    let (said, _) = asserts_ends(&mut anteroom(&["check"], &data), 0);
    assert!(said.contains("entries of the activity are as they were written"), "{said}");
}

#[test]
fn where_no_snapshot_can_be_made_nothing_is_changed() {
    let (_place, data) = place();
    schema_1(&data).unwrap();
    fs::File::create(data.join("backups")).unwrap(); // where a folder has to be
    let before = everything(&data);
    let (_, why) = asserts_ends(&mut anteroom(&["serve", "--listen", "127.0.0.1:0"], &data), 69);
    assert!(why.contains("a snapshot of it could not be made first"), "{why}");
    assert!(everything(&data) == before);
}

#[test]
fn data_of_a_newer_version_is_refused_untouched_with_the_way_back() {
    let (_place, data) = place();
    schema_1(&data).unwrap();
    Server::start(&data).stop();
    let [snapshot] = &snapshots(&data)[..] else { panic!("no snapshot") };
    // As a version after this one leaves it: its snapshot is of no use here, the older one is.
    fs::copy(data.join("anteroom.redb"), data.join("backups/before-9.9.9-29990101T000000Z.redb"))
        .unwrap();
    tamper(&data, "meta", |meta| {
        meta.insert(b"schema".as_slice(), 99u64.to_be_bytes().as_slice()).unwrap();
        meta.insert(b"version".as_slice(), b"9.9.9".as_slice()).unwrap();
    });
    fs::copy(data.join("anteroom.redb"), data.join("backups/before-9.9.9-29990102T000000Z.redb"))
        .unwrap();
    fs::remove_file(data.join("backups/before-9.9.9-29990101T000000Z.redb")).unwrap();
    let before = everything(&data);
    for verb in [&["serve", "--listen", "127.0.0.1:0"][..], &["check"], &["upgrade", "check"]] {
        let (_, why) = asserts_ends(&mut anteroom(verb, &data), 65);
        let versions = format!("version 9.9.9 of anteroom (schema 99); this is version {VERSION}");
        assert!(why.contains(&versions) && why.contains("Nothing was changed"), "{why}");
        assert!(everything(&data) == before, "{verb:?}");
    }
    let (_, why) = asserts_ends(&mut anteroom(&["setup-code"], &data), 65);
    let data = data.display();
    let way = format!("anteroom restore {} --data-dir {data}-restored", snapshot.display());
    assert!(why.contains(&way), "{why}");
}

#[test]
fn upgrade_check_tells_what_the_first_start_would_do_and_does_nothing() {
    let (_place, data) = place();
    large_firm(&data, 500).unwrap();
    let before = everything(&data);
    let (said, _) = asserts_ends(&mut anteroom(&["upgrade", "check"], &data), 0);
    let steps = "from schema 1 to 4:\n  1. each activity entry is sealed with a hash of the one before it (";
    assert!(said.contains(steps) && said.ends_with("Nothing was changed.\n"), "{said}");
    let (said, _) = asserts_ends(&mut anteroom(&["upgrade", "check", "--json"], &data), 0);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["schema"], &said["becomes"]), (&1.into(), &TODAY.into()));
    let entries = rows(&data.join("anteroom.redb"), "activity").len();
    assert_eq!(said["steps"][0]["records"], entries);
    assert!(said["findings"].as_array().unwrap().is_empty(), "{said}");
    assert!(everything(&data) == before);
}

#[test]
fn upgrade_check_asks_the_server_that_runs() {
    let (_place, data) = place();
    schema_1(&data).unwrap();
    let server = Server::start(&data);
    let (said, _) = asserts_ends(&mut anteroom(&["upgrade", "check"], &data), 0);
    assert!(said.contains(&format!("Version {VERSION} would change nothing")), "{said}");
    assert!(!data.join("upgrade-check").exists());
    server.stop();
}

/// However far it came: killed at each line of its log, and by luck a little later.
#[test]
fn kill_9_while_data_is_brought_up_to_date_leaves_the_old_or_the_new() {
    let points =
        ["making a snapshot", "is sealed", "making the index anew", "the data is up to date"];
    let (place, old) = place();
    large_firm(&old, 1_500).unwrap();
    let before = rows(&old.join("anteroom.redb"), "activity");
    for (n, point) in points.into_iter().enumerate() {
        let data = place.path().join(n.to_string());
        crate::old_firm::copy_folder(&old, &data).unwrap();
        let mut server = Server::spawn(&data);
        let mut log = server.log.by_ref().map_while(Result::ok);
        assert!(log.any(|line| line.contains(point)), "{point}");
        drop(server); // SIGKILL
        let store = data.join("anteroom.redb");
        let sealed = rows(&store, "activity") != before;
        assert_eq!(schema(&store), if sealed { TODAY } else { 1 }, "{point}");
        let finished = n == points.len() - 1;
        assert!(sealed == finished || n == points.len() - 2, "{point}");
        for snapshot in snapshots(&data) {
            assert!(rows(&snapshot, "activity") == before, "{point}");
        }
        Server::start(&data).stop();
        asserts_ends(&mut anteroom(&["check"], &data), 0);
        assert_eq!(schema(&store), TODAY, "{point}");
        assert!(!snapshots(&data).is_empty(), "{point}");
    }
}

#[test]
fn a_large_firm_is_brought_up_to_date_with_every_record() {
    let (_place, data) = place();
    large_firm(&data, 2_000).unwrap();
    let store = data.join("anteroom.redb");
    let kinds = ["activity", "clients", "contacts", "memberships", "logins", "staff", "invites"];
    let before = kinds.map(|kind| rows(&store, kind).len());
    Server::start(&data).stop();
    assert_eq!(kinds.map(|kind| rows(&store, kind).len()), before);
    let (said, _) = asserts_ends(&mut anteroom(&["check", "--json"], &data), 0);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["entries"], before[0]);
}

#[test]
fn check_finds_what_was_changed_and_repairs_the_index() {
    let (_place, data) = place();
    schema_1(&data).unwrap();
    let (_, why) = asserts_ends(&mut anteroom(&["check"], &data), 1);
    assert!(
        why.contains("written by an older version (schema 1; this version works with 4)"),
        "{why}"
    );
    Server::start(&data).stop();
    tamper(&data, "index", |index| {
        index.pop_first().unwrap();
        index.insert(b"nothing".as_slice(), b"".as_slice()).unwrap();
    });
    let before = everything(&data);
    let (said, why) = asserts_ends(&mut anteroom(&["check"], &data), 1);
    assert!(everything(&data) == before, "a look changes nothing");
    assert!(said.contains("index: a row is missing") && said.contains("left over"), "{said}");
    assert!(said.contains("anteroom check --repair") && why.contains("Not all is well"), "{said}");
    let server = Server::start(&data);
    let (said, _) = asserts_ends(&mut anteroom(&["check"], &data), 1);
    assert!(
        said.contains("The server runs, so the pages of its file were not looked at"),
        "{said}"
    );
    let (_, why) = asserts_ends(&mut anteroom(&["check", "--repair"], &data), 75);
    assert!(why.contains("Stop it first"), "{why}");
    server.stop();
    let (said, _) = asserts_ends(&mut anteroom(&["check", "--repair"], &data), 0);
    assert!(said.starts_with("Repaired: the index was made anew"), "{said}");
    let kept =
        snapshots(&data).into_iter().find(|path| path.display().to_string().contains("repair"));
    let kept = kept.expect("the data as it was before the repair");
    assert!(said.contains(&format!("kept in {}.", kept.display())), "{said}");
    assert!(rows(&kept, "index").contains_key(b"nothing".as_slice()), "with all that was wrong");
    let (said, _) = asserts_ends(&mut anteroom(&["check", "--repair"], &data), 0);
    assert!(!said.contains("Repaired") && snapshots(&data).contains(&kept), "{said}");
    asserts_ends(&mut anteroom(&["check"], &data), 0);

    // What nothing can make good again is told, and stays told.
    tamper(&data, "activity", |activity| {
        activity.pop_first().unwrap();
    });
    let (said, _) = asserts_ends(&mut anteroom(&["check", "--repair"], &data), 1);
    assert!(said.contains("activity: entry 1 is missing."), "{said}");
}

#[test]
fn a_look_at_the_data_of_a_server_that_was_killed_changes_nothing() {
    let (_place, data) = place();
    schema_1(&data).unwrap();
    drop(Server::start(&data)); // SIGKILL
    let store = || fs::read(data.join("anteroom.redb")).unwrap();
    let before = store();
    let (said, _) = asserts_ends(&mut anteroom(&["check"], &data), 0);
    assert!(said.contains("The pages of the file fit together."), "{said}");
    assert!(store() == before);
}
