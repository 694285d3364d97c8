//! What a file leaves on the disk, and what is said when the disk has not kept it.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::sending::{PIECE, begun, console_of, id, piece, send};
use crate::cast::ALDER;
use crate::cli::{anteroom, told};
use crate::office::Office;

/// A line with a number that nobody else may read.
const LINE: &str = "Salary of Ada Lovelace: 481,516 in account 2342-1089.\n";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => found.extend(files(&entry.path())),
            kind if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

fn holding(data: &Path, words: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(words.len()).any(|some| some == words.as_bytes())
    };
    files(data).into_iter().filter(holds).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_of_the_data_folder_tells_what_was_handed_in() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let all = LINE.repeat(20_000).into_bytes();
    let done = send(maya, &place, "Payroll.txt", &all).await;
    let half = begun(maya, &place, "Payroll 2.txt", all.len()).await;
    assert_eq!(piece(maya, &half, 0, &all[..PIECE]).await.status, 204);

    let data = office.data();
    let stored: Vec<PathBuf> = files(&data.join("blobs"));
    assert!(stored.len() >= 2, "one whole, one half: {stored:?}");
    let digest = id(&done, "sha256");
    assert!(!stored.iter().any(|path| path.to_str().unwrap().contains(&digest)));
    for words in ["Lovelace", "481,516", "2342-1089"] {
        assert_eq!(holding(&data, words), Vec::<PathBuf>::new(), "{words}");
    }
    let page = maya.get(&format!("{}/download", id(&done, "href"))).await;
    page.assert_status(200);
    assert!(page.body().as_bytes() == all, "it comes back whole");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_disk_has_not_kept_is_refused_and_told_to_the_firm() {
    let office = Office::open().await;
    let (maya, place) = (office.maya(), office.portal_path(ALDER).await);
    let done = send(maya, &place, "Payroll.txt", LINE.repeat(4_000).as_bytes()).await;
    let blobs = files(&office.data().join("blobs"));
    let blob = blobs.iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    fs::File::options().write(true).open(blob).unwrap().write_all_at(b"spoilt", 90).unwrap();

    let (ended, report, _) = told(&anteroom("check", &office.data()).output().unwrap());
    let named = format!("has {} bytes, and their blob", LINE.len() * 4_000);
    assert!(ended == 1 && report.contains(&named), "{report}");
    assert!(report.contains("does not hold the bytes that were stored"), "{report}");
    let page = maya.get(&format!("{}/download", id(&done, "href"))).await;
    page.assert_status(410);
    assert!(page.text().contains("damaged on our side"), "{}", page.text());
    let health = office.olive().get("/console/settings/health").await;
    assert!(health.text().contains("1 file was found to be damaged"), "{}", health.text());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_downloads_a_file_that_is_deleted_meanwhile_gets_it_to_its_end() {
    let office = Office::open().await;
    let record = console_of(&office, ALDER).await;
    // More than the machine holds on the way from one end to the other.
    let all = LINE.repeat(600_000).into_bytes();
    let added = office.sam().add_files(&format!("{record}/files"), &[], &[("All.txt", &all)]).await;
    added.assert_status(303);
    let list = office.sam().get(&format!("{record}/files")).await;
    let file = list.link("All.txt");
    let path = format!("{file}/download");
    let mut slow = office.sam().begin("GET", &path, 0, &[]).await;
    slow.hear().await;

    let only = [("only", file.rsplit('/').next().unwrap())];
    let trashed = office.sam().post(&format!("{record}/files/trash"), &only).await;
    trashed.assert_status(303);
    office.sam().get(&path).await.assert_missing();
    // As the sweep does a month later.
    for blob in files(&office.data().join("blobs")) {
        fs::remove_file(blob).unwrap();
    }

    let answer = slow.answer().await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.as_bytes() == all, "{} of {} bytes", answer.body.len(), all.len());
    office.close().await;
}
