//! Backups, as somebody at the machine makes and reads them: through the built binary, and with the tools that come with
//! every distribution.

mod bucket;
mod killed;
mod plan;
mod restored;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::cast::{ALDER, FIRM};
use crate::office::Office;

const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");

/// The program, with nothing of our own environment.
fn anteroom(args: &[&str], data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().args(args).arg("--data-dir").arg(data);
    command
}

/// What it said, and how it ended.
fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// What it said, asserting that all went well.
fn said(command: &mut Command) -> String {
    let (code, said, complained) = told(&command.output().unwrap());
    assert_eq!(code, 0, "{said}\n{complained}");
    said
}

/// What it complained of, asserting that it refused.
fn complains(command: &mut Command) -> String {
    let (code, said, complained) = told(&command.output().unwrap());
    assert_ne!(code, 0, "{said}");
    complained
}

/// The same from a thread that may wait, so that a server of this process can answer.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

/// A shell line with these words as `$1`, `$2`, …
fn shell(line: &str, words: &[&Path]) -> String {
    let mut command = Command::new("bash");
    command.args(["-o", "pipefail", "-ec", line, "bash"]).args(words);
    said(&mut command)
}

/// A key pair of age in a file, and its public half.
fn key(folder: &Path) -> (PathBuf, String) {
    let path = folder.join("key.txt");
    let (_, _, text) = told(&Command::new("age-keygen").arg("-o").arg(&path).output().unwrap());
    (path, text.split_whitespace().last().unwrap().to_owned())
}

/// A file of a client, as a later version will keep them.
fn plant(data: &Path, name: &str, bytes: &[u8]) {
    let path = data.join("blobs").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().write_all(bytes).unwrap();
}

/// A fictional firm in a data folder that nobody serves.
fn demo() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    said(&mut anteroom(&["demo"], &data));
    (place, data)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_while_people_work_and_the_usual_tools_read_it() {
    let office = Office::founded().await;
    let place = tempfile::tempdir().unwrap();
    let (key, public) = key(place.path());
    plant(&office.data(), "ab/abcd", b"a tax return");
    let (data, to) = (office.data(), place.path().join("made.tar.zst.age"));
    let file = to.clone();
    let making = aside(move || {
        let file = file.to_str().unwrap();
        said(&mut anteroom(
            &["backup", "create", "-o", file, "--recipient", &public, "--json"],
            &data,
        ))
    });
    let working = async {
        for _ in 0..5 {
            office.olive().get("/console/clients").await.assert_sees(ALDER);
        }
    };

    let (made, ()) = tokio::join!(making, working);

    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!((&made["encrypted"], &made["rows"]["clients"]), (&true.into(), &3.into()));
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    let digest = shell("sha256sum < \"$1\"", &[&to]);
    assert!(digest.starts_with(made["sha256"].as_str().unwrap()), "{digest}");
    let inside = place.path().join("inside");
    fs::create_dir(&inside).unwrap();
    shell("age -d -i \"$1\" \"$2\" | zstd -dc | tar -x -C \"$3\"", &[&key, &to, &inside]);
    assert_eq!(names(&inside), ["blobs", "blobs.sha256", "keys", "manifest.json", "store.redb"]);
    shell("cd \"$1\" && sha256sum -c --quiet blobs.sha256", &[&inside]);
    assert_eq!(fs::read(inside.join("blobs/ab/abcd")).unwrap(), b"a tax return");
    assert_eq!(names(&inside.join("keys")), ["link.key", "master.key"]);
    let text = fs::read_to_string(inside.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["firm"], FIRM);
    for member in manifest["members"].as_array().unwrap() {
        let path = inside.join(member["path"].as_str().unwrap());
        let digest = shell("sha256sum < \"$1\"", &[&path]);
        assert!(digest.starts_with(member["sha256"].as_str().unwrap()), "{member}");
        assert_eq!(member["bytes"], fs::metadata(&path).unwrap().len());
    }
    office.close().await;
}

#[test]
fn without_encryption_the_keys_are_in_a_file_of_their_own_that_a_restore_needs() {
    let (place, data) = demo();
    let place = place.path();
    let to = place.join("made.tar.zst");
    let file = to.to_str().unwrap();
    let create = ["backup", "create", "-o", file];
    let why = complains(&mut anteroom(&create, &data));
    assert!(why.contains("--recipient AGE1") && why.contains("--keys-to FILE"), "{why}");
    let with_keys_to = |keys: &Path| {
        anteroom(&[&create[..], &["--keys-to", keys.to_str().unwrap()]].concat(), &data)
    };
    for beside in [place.join("keys.json"), place.to_owned(), place.join("data/../keys.json")] {
        let why = complains(&mut with_keys_to(&beside));
        assert!(why.contains("would lie beside the backup"), "{why}");
    }
    assert_eq!(names(place), ["data"], "nothing was written");
    let apart = place.join("apart");
    fs::create_dir(&apart).unwrap();
    let said_so = said(&mut with_keys_to(&apart));
    let recovery = apart.join(&names(&apart)[0]);
    assert!(recovery.to_str().unwrap().contains("anteroom-recovery-keys-alder-finch-"));
    assert!(said_so.contains("Keep that file apart"), "{said_so}");
    assert!(said_so.contains(recovery.to_str().unwrap()), "{said_so}");
    assert_eq!(fs::metadata(&recovery).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!shell("zstd -dc \"$1\" | tar -t", &[&to]).contains("keys/"));
    let key = fs::read(data.join("keys/link.key")).unwrap();
    let plain = shell("zstd -dc \"$1\" | tar -xO | xxd -p | tr -d '\\n'", &[&to]);
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!plain.contains(&hex), "the key is not in it");

    let new = place.join("new");
    let why = complains(&mut anteroom(&["restore", file], &new));
    assert!(why.contains("--keys") && why.contains("--without-keys"), "{why}");
    assert!(!new.exists(), "nothing is left behind");
    let with = ["restore", file, "--keys", recovery.to_str().unwrap()];
    let report = said(&mut anteroom(&with, &new));
    assert!(report.contains("Alder & Finch") && report.contains("open invites ended"), "{report}");
    assert!(said(&mut anteroom(&["check"], &new)).contains("index"));
    assert_ne!(fs::read(new.join("keys/link.key")).unwrap(), key, "there is a new link key");
    let without = place.join("without");
    said(&mut anteroom(&["restore", file, "--without-keys"], &without));
}

#[test]
fn a_restore_takes_no_folder_with_something_in_it_and_no_damaged_backup() {
    let (place, data) = demo();
    let place = place.path();
    let (identity, public) = key(place);
    let (open, secret) = (place.join("open.tar.zst"), place.join("secret.tar.zst.age"));
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    plant(&data, "ab/abcd", &vec![7; 50_000]);
    let keys = path(&data.join("keys.json"));
    said(&mut anteroom(&["backup", "create", "-o", &path(&open), "--keys-to", &keys], &data));
    let create = ["backup", "create", "-o", &path(&secret), "--recipient", &public];
    said(&mut anteroom(&create, &data));
    let restore = ["restore", &path(&secret), "--identity", &path(&identity)];

    let why = complains(&mut anteroom(&restore, &data));
    assert!(why.contains("is not empty"), "{why}");
    let new = place.join("new");
    let why = complains(&mut anteroom(&restore[..2], &new));
    assert!(why.contains("--identity"), "{why}");
    let others = place.join("others");
    fs::create_dir(&others).unwrap();
    let other = path(&key(&others).0);
    let why = complains(&mut anteroom(&["restore", &path(&secret), "--identity", &other], &new));
    assert!(why.contains("for somebody else"), "{why}");
    for whole in [&open, &secret] {
        let bytes = fs::read(whole).unwrap();
        for at in [bytes.len() / 4, bytes.len() / 2, bytes.len() - 40] {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            let bad = place.join("bad");
            File::create(&bad).unwrap().write_all(&wrong).unwrap();
            let args = ["restore", &path(&bad), "--identity", &path(&identity), "--without-keys"];
            let why = complains(&mut anteroom(&args, &new));
            assert!(why.contains("damaged"), "{at}: {why}");
            assert!(!new.exists(), "nothing is left behind");
        }
        File::create(place.join("cut")).unwrap().write_all(&bytes[..bytes.len() / 2]).unwrap();
        let cut = path(&place.join("cut"));
        let args = ["restore", &cut, "--identity", &path(&identity), "--without-keys"];
        complains(&mut anteroom(&args, &new));
    }
    fs::create_dir(&new).unwrap();
    said(&mut anteroom(&restore, &new));
    assert_eq!(fs::read(new.join("blobs/ab/abcd")).unwrap(), vec![7; 50_000]);
    assert_eq!(names(&new), ["anteroom.redb", "blobs", "keys"]);
}

#[test]
fn a_copy_of_an_older_version_is_restored_and_brought_up_to_date() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-1");
    let place = tempfile::tempdir().unwrap();
    let old = place.path().join("old");
    fs::create_dir_all(old.join("backups")).unwrap();
    fs::create_dir_all(old.join("keys")).unwrap();
    fs::copy(fixtures.join("anteroom.redb"), old.join("backups/before-0.2.0.redb")).unwrap();
    fs::copy(fixtures.join("keys/link.key"), old.join("keys/link.key")).unwrap();
    let new = place.path().join("new");
    let copy = old.join("backups/before-0.2.0.redb");

    let report = said(&mut anteroom(&["restore", copy.to_str().unwrap()], &new));

    assert!(report.starts_with("Restored into"), "{report}");
    assert!(said(&mut anteroom(&["check"], &new)).contains("index"));
    assert_eq!(names(&new), ["anteroom.redb", "blobs", "keys"]);
}

#[test]
fn a_second_backup_of_much_writes_about_what_is_new() {
    let (_place, data) = demo();
    for n in 0..20_u8 {
        plant(&data, &format!("many/{n:04x}"), &vec![n; 200_000]);
    }
    let create = ["backup", "create", "--json"];
    let first: Value = serde_json::from_str(&said(&mut anteroom(&create, &data))).unwrap();
    let count = |made: &Value, of: &str| made[of].as_u64().unwrap();
    assert!(count(&first, "new_blob_bytes") > 4_000_000, "with the files of the demo: {first}");
    plant(&data, "cd/ffff", &vec![9; 30_000]);

    let second: Value = serde_json::from_str(&said(&mut anteroom(&create, &data))).unwrap();

    assert_eq!(count(&second, "blobs"), count(&first, "blobs") + 1);
    assert_eq!(count(&second, "new_blob_bytes"), 30_000);
    assert!(second["bytes"].as_u64().unwrap() < 400_000, "{second}");
    assert!(said(&mut anteroom(&["backup", "verify"], &data)).contains("restores"));
    let listed = said(&mut anteroom(&["backup", "list"], &data));
    assert!(listed.contains("anteroom-alder-finch-") && listed.contains("verified"), "{listed}");

    // From another machine: the archive and the folder beside it are all there is.
    let archive = second["file"].as_str().unwrap();
    let new = data.with_extension("new");
    said(&mut anteroom(&["restore", archive, "--without-keys"], &new));
    assert_eq!(fs::read(new.join("blobs/cd/ffff")).unwrap(), vec![9; 30_000]);
    assert_eq!(names(&new.join("blobs/many")).len(), 20);

    // One that is missing, or not what it was, is noticed.
    let beside = data.join("backups/blobs/cd/ffff");
    File::create(&beside).unwrap().write_all(&vec![8; 30_000]).unwrap();
    let why = complains(&mut anteroom(&["restore", archive, "--without-keys"], &data.join("no")));
    assert!(why.contains("blobs/cd/ffff is not what it was"), "{why}");
    fs::remove_file(&beside).unwrap();
    let (code, told, _) = told(&anteroom(&["backup", "verify"], &data).output().unwrap());
    assert!(code == 1 && told.contains("blobs/cd/ffff is missing"), "{told}");
}
