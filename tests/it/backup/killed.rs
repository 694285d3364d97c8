//! A server that is killed while it makes a backup.

use std::fs;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::backup::{anteroom, aside, demo, key, names, plant, said};
use crate::office::Office;

#[test]
fn a_process_killed_while_it_makes_a_backup_leaves_none_that_looks_whole() {
    let (_place, data) = demo();
    for n in 0..8_u8 {
        let mut bytes = vec![n; 4_000_000];
        bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= ((at * at) >> 7) as u8);
        plant(&data, &format!("ab/{n:04x}"), &bytes);
    }
    let folder = data.with_file_name("made");
    fs::create_dir(&folder).unwrap();
    let (file, keys) = (folder.join("made.tar.zst"), data.with_file_name("keys.json"));
    let (to, keys) = (file.to_str().unwrap(), keys.to_str().unwrap());
    let create = ["backup", "create", "-o", to, "--keys-to", keys];
    for _ in 0..10 {
        let mut command = anteroom(&create, &data);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        // It has begun to write.
        let begun = || names(&folder).iter().any(|name| name.ends_with(".partial"));
        while !begun() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::KILL).ok();
        child.wait().unwrap();
        if file.exists() {
            // It was faster than the signal: then it is whole.
            said(&mut anteroom(&["backup", "verify", to], &data));
            fs::remove_file(&file).unwrap();
        }
    }
    said(&mut anteroom(&create, &data));
    said(&mut anteroom(&["backup", "verify", to], &data));
    assert!(!names(&folder).iter().any(|name| name.ends_with(".partial")), "it was swept");
    assert!(!names(&data.join("backups")).iter().any(|name| name.starts_with(".scratch")));
    assert!(said(&mut anteroom(&["check"], &data)).contains("index"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gives_up_a_backup_that_nobody_waits_for_any_more() {
    let office = Office::founded().await;
    for n in 0..8_u8 {
        plant(&office.data(), &format!("ab/{n:04x}"), &vec![n; 40_000_000]);
    }
    let (data, folder) = (office.data(), office.data().with_file_name("made"));
    fs::create_dir(&folder).unwrap();
    let (_, public) = key(&folder);
    aside(move || {
        let (file, scratch) = (folder.join("made.age"), data.join("backups"));
        let to = file.to_str().unwrap();
        let create = ["backup", "create", "-o", to, "--recipient", &public];
        let mut child = anteroom(&create, &data).stdout(Stdio::null()).spawn().unwrap();
        let at_work = || scratch.exists() && !names(&scratch).is_empty();
        while !at_work() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::INT).ok();
        assert!(!child.wait().unwrap().success(), "it was given up");
        while at_work() {
            std::thread::yield_now();
        }
        assert!(!file.exists());
        said(&mut anteroom(&create, &data));
        assert!(file.exists());
    })
    .await;
    office.close().await;
}
