//! (tests) Whatever happens to the bytes of a file behind the program's back is told, and only that.

use std::fs;
use std::fs::File as OnDisk;
use std::io::Write as _;
use std::path::PathBuf;

use bytes::Bytes;

use super::*;
use crate::model::check::{Part, Report};
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::upload::{NewUpload, Received};

const PRIYA: &str = "priya@alderfinch.example";

/// An office with a member of staff and a client.
async fn prepared() -> (Office, Id<Client>) {
    let office = office().await;
    office.staff("Priya Nair", PRIYA, Role::Staff).await;
    let client = office.client("Marlow Ceramics Ltd").await;
    (office, client.id)
}

async fn add(office: &Office, client: Id<Client>, bytes: Vec<u8>) -> Received {
    let cookie = office.log_in(PRIYA, PASSWORD).await.text();
    let uploads = office.guest.console(&cookie).unwrap().uploads(client).unwrap();
    let new = NewUpload { name: "accounts.txt".into(), ..NewUpload::default() };
    let mut receiving = uploads.receive(new, None).await.unwrap();
    receiving.write(Bytes::from(bytes)).await.unwrap();
    receiving.finish().await.unwrap()
}

fn blob(office: &Office, file: &Received) -> PathBuf {
    let core = office.system.core();
    let record: File = core.db.read(|r| crate::model::db::Records::need(r, file.file)).unwrap();
    let name = record.newest().blob.to_string();
    core.data.join("blobs").join(&name[..2]).join(name)
}

fn told(report: Report) -> Vec<String> {
    assert!(report.findings.iter().all(|finding| finding.part == Part::Files), "{report:?}");
    report.findings.into_iter().map(|finding| finding.what).collect()
}

#[tokio::test]
async fn a_file_that_is_not_what_was_stored_is_found_and_nobody_gets_it() {
    let (office, client) = prepared().await;
    let whole = add(&office, client, vec![b'a'; 200_000]).await;
    let spoilt = add(&office, client, vec![b'b'; 200_000]).await;
    let cut = add(&office, client, vec![b'c'; 200_000]).await;
    let gone = add(&office, client, vec![b'd'; 200_000]).await;
    let twin = add(&office, client, vec![b'd'; 200_000]).await;
    let report = office.system.check().unwrap();
    assert_eq!((report.files.referred, report.files.read), (4, 4), "{report}");
    assert!(report.to_string().contains("4 of 4 blobs of files were read to the end"), "{report}");
    assert_eq!(told(report), [""; 0]);

    let mut bytes = fs::read(blob(&office, &spoilt)).unwrap();
    bytes[150_000] ^= 1;
    OnDisk::create(blob(&office, &spoilt)).unwrap().write_all(&bytes).unwrap();
    OnDisk::options().write(true).open(blob(&office, &cut)).unwrap().set_len(70_000).unwrap();
    fs::remove_file(blob(&office, &gone)).unwrap();

    let sizes = told(office.system.check_so_far(Depth::Sizes).unwrap());
    assert_eq!(sizes.len(), 3, "{sizes:?}");
    let all = told(office.system.check().unwrap());
    for (file, fault) in [
        (&spoilt, "does not hold the bytes that were stored"),
        (&cut, "has "),
        (&gone, "is not there"),
        (&twin, "is not there"),
    ] {
        let about = format!("version 1 of the file {} has 200000 bytes", file.file);
        let found = all.iter().find(|what| what.starts_with(&about)).unwrap();
        assert!(found.contains(fault), "{found}");
    }
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(!all.iter().any(|what| what.contains(&whole.file.to_string())));
    assert_eq!(office.system.vitals().unwrap().damaged_files, 3);
}

#[tokio::test]
async fn bytes_that_nothing_refers_to_are_counted_and_taken_after_a_day() {
    let (office, client) = prepared().await;
    let file = add(&office, client, b"some".to_vec()).await;
    let (path, id) = (blob(&office, &file), file.file);
    office.write(move |tx| tx.delete(id)).await;
    let report = office.system.check().unwrap();
    assert_eq!(report.files.unreferenced, 1);
    assert!(report.to_string().contains("1 blob belongs to no file"), "{report}");
    assert_eq!(told(report), [""; 0]);

    let age = |path: &PathBuf, hours: i64| {
        let then = office.system.now() - jiff::SignedDuration::from_hours(hours);
        OnDisk::open(path).unwrap().set_modified(then.into()).unwrap();
    };
    age(&path, 23);
    assert_eq!(office.system.sweep_blobs().await.unwrap().blobs, 0, "it is not a day old");
    age(&path, 25);
    let kept = add(&office, client, b"others".to_vec()).await;
    age(&blob(&office, &kept), 25);
    assert_eq!(office.system.sweep_blobs().await.unwrap().blobs, 1);
    assert!(!path.exists() && blob(&office, &kept).exists());
}

#[tokio::test]
async fn the_same_bytes_serve_two_files_until_both_are_gone() {
    let (office, client) = prepared().await;
    let one = add(&office, client, b"the same".to_vec()).await;
    let two = add(&office, client, b"the same".to_vec()).await;
    assert_ne!(one.file, two.file);
    let path = blob(&office, &one);
    assert_eq!(path, blob(&office, &two));
    let then = office.system.now() - jiff::SignedDuration::from_hours(48);
    OnDisk::open(&path).unwrap().set_modified(then.into()).unwrap();
    for (file, left) in [(one.file, true), (two.file, false)] {
        office.write(move |tx| tx.delete(file)).await;
        office.system.sweep_blobs().await.unwrap();
        assert_eq!(path.exists(), left);
    }
}
