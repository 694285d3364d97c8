//! A server that is killed while it makes a backup.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

use crate::backup::{anteroom, demo, names, plant, said};

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
    let file = folder.join("made.tar.zst");
    for _ in 0..10 {
        let mut command = anteroom(&["backup", "create", "-o", file.to_str().unwrap()], &data);
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        // It has begun to write.
        let begun = || names(&folder).iter().any(|name| name.ends_with(".partial"));
        while !begun() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::KILL).ok();
        child.wait().unwrap();
        if file.exists() {
            // It was faster than the signal: then it is whole.
            said(&mut anteroom(&["backup", "verify", file.to_str().unwrap()], &data));
            fs::remove_file(&file).unwrap();
        }
    }
    said(&mut anteroom(&["backup", "create", "-o", file.to_str().unwrap()], &data));
    said(&mut anteroom(&["backup", "verify", file.to_str().unwrap()], &data));
    assert!(!names(&folder).iter().any(|name| name.ends_with(".partial")), "it was swept");
    assert!(!names(&data.join("backups")).iter().any(|name| name.starts_with(".scratch")));
    assert!(said(&mut anteroom(&["check"], &data)).contains("index"));
}
