//! The keys of the files, as whoever looks after an installation handles them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::cli::{BINARY, Server, told};

/// The program, with nothing of our own environment. What it said, and how it ended.
fn anteroom(args: &[&str], data: &Path) -> (i32, String, String) {
    let mut command = Command::new(BINARY);
    told(&command.env_clear().args(args).arg("--data-dir").arg(data).output().unwrap())
}

#[track_caller]
fn said(args: &[&str], data: &Path) -> String {
    let (code, said, complained) = anteroom(args, data);
    assert_eq!(code, 0, "{said}\n{complained}");
    said
}

/// A fictional firm with files, in a data folder that nobody serves.
fn demo() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    said(&["demo"], &data);
    (place, data)
}

/// Every file was read and is well.
#[track_caller]
fn all_is_well(data: &Path) {
    let report = said(&["check"], data);
    let read = report.lines().find(|line| line.contains("blobs of files")).expect(&report);
    let mut words = read.split(' ');
    let (read, of) = (words.next().unwrap(), words.nth(1).unwrap());
    assert!(read == of && read.parse::<u32>().unwrap() > 0, "{report}");
}

#[test]
fn a_master_key_is_changed_with_and_without_a_server_and_no_file_is_touched() {
    let (_place, data) = demo();
    let key = || fs::read(data.join("keys/master.key")).unwrap();
    let changed = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let blobs = fs::read_dir(data.join("blobs")).unwrap().map(|entry| entry.unwrap().path());
    let blob = blobs
        .filter(|path| !path.ends_with("tmp"))
        .find_map(|folder| Some(fs::read_dir(folder).unwrap().next()?.unwrap().path()));
    let blob = blob.unwrap();
    let (first, written) = (key(), changed(&blob));
    all_is_well(&data);

    let told = said(&["keys", "rotate"], &data);
    assert!(told.contains("wrapped anew; no file was touched"), "{told}");
    let second = key();
    assert_ne!(second, first);
    all_is_well(&data);

    let server = Server::start(&data);
    let told = said(&["keys", "rotate"], &data);
    assert!(told.contains("There is a new master key"), "{told}");
    assert_ne!(key(), second);
    all_is_well(&data);
    drop(server); // killed
    all_is_well(&data);
    assert_eq!(changed(&blob), written);
}

#[test]
fn a_backup_brings_the_files_back_with_the_keys_and_says_what_is_lost_without() {
    let (place, data) = demo();
    let (apart, file) = (place.path().join("apart"), place.path().join("made.tar.zst"));
    fs::create_dir(&apart).unwrap();
    let (file, apart) = (file.to_str().unwrap(), apart.to_str().unwrap());
    said(&["backup", "create", "-o", file, "--keys-to", apart], &data);
    said(&["keys", "rotate"], &data);
    let recovery = fs::read_dir(apart).unwrap().next().unwrap().unwrap().path();

    let new = place.path().join("new");
    said(&["restore", file, "--keys", recovery.to_str().unwrap()], &new);
    all_is_well(&new);
    let without = place.path().join("without");
    let told = said(&["restore", file, "--without-keys"], &without);
    assert!(told.contains("Put back keys/master.key"), "{told}");
    let (code, report, _) = anteroom(&["check"], &without);
    assert!(code == 1 && report.contains("could not be read"), "{report}");
    fs::copy(new.join("keys/master.key"), without.join("keys/master.key")).unwrap();
    all_is_well(&without);
}

#[test]
fn the_master_key_may_come_from_a_service_manager() {
    let (place, data) = demo();
    let credentials = place.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::rename(data.join("keys/master.key"), credentials.join("master_key")).unwrap();
    let (code, report, _) = anteroom(&["check"], &data);
    assert!(code == 1 && report.contains("could not be read"), "{report}");
    let port = crate::cli::free_port();
    let mut command = Command::new(BINARY);
    command.env_clear().env("CREDENTIALS_DIRECTORY", &credentials);
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"]).arg(&data);
    let server = Server::from(&mut command, port);
    all_is_well(&data);
    let (code, _, why) = anteroom(&["keys", "rotate"], &data);
    assert!(code == 1 && why.contains("credentials/master_key"), "{why}");
    drop(server);
    File::create(data.join("keys/master.key")).unwrap().write_all(b"short").unwrap();
    let (code, _, why) = anteroom(&["keys", "rotate"], &data);
    assert!(code != 0 && why.contains("master.key has 5 bytes instead of 32"), "{why}");
}
