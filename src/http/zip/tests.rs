use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use ::zip::ZipArchive;

use super::*;

fn entry(path: &str, media: Media, pieces: Vec<io::Result<Bytes>>) -> Entry {
    let bytes = pieces.iter().flatten().map(|piece| piece.len() as u64).sum();
    Entry {
        path: path.to_owned(),
        bytes,
        media,
        modified: "2026-11-06T22:49:37Z".parse().unwrap(),
        open: Box::new(|| Ok(stream::iter(pieces).boxed())),
    }
}

fn text(pieces: usize) -> Vec<io::Result<Bytes>> {
    let piece = Bytes::from("Every line of it is the same.\n".repeat(2_000));
    (0..pieces).map(|_| Ok(piece.clone())).collect()
}

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(2))
}

#[tokio::test]
async fn a_zip_holds_what_was_put_into_it() {
    let picture: Vec<u8> = (0..100_000_u32).map(|n| n.wrapping_mul(2_654_435_761) as u8).collect();
    let entries = vec![
        entry("2026/Müller “1”.txt", Media::Text, text(5)),
        entry("a.jpg", Media::Jpeg, vec![Ok(Bytes::from(picture.clone()))]),
        entry("empty", Media::File, Vec::new()),
    ];
    let name = FileName::tame("Alder Ltd files.zip");
    let response = answer(&name, &zone(), entries.into_iter());
    assert_eq!(response.content_type(), Some("application/zip"));
    let disposition = response.header("content-disposition").unwrap();
    assert_eq!(disposition, "attachment; filename=\"Alder Ltd files.zip\"");
    let whole = response.into_body().into_vec().await.unwrap();
    assert!(whole.len() < 150_000, "the text is packed");

    let mut zip = ZipArchive::new(Cursor::new(whole)).unwrap();
    let names: Vec<_> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["2026/Müller “1”.txt", "a.jpg", "empty"]);
    let mut read = |at: usize| {
        let mut file = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (content, file.compression(), file.last_modified().unwrap())
    };
    let (words, method, modified) = read(0);
    assert_eq!((words.len(), method), (5 * 2_000 * 30, CompressionMethod::Deflated));
    assert_eq!((modified.day(), modified.hour(), modified.minute()), (7, 0, 49), "local time");
    assert_eq!(read(1).0, picture);
    assert_eq!(read(1).1, CompressionMethod::Stored);
    assert!(read(2).0.is_empty());
}

#[tokio::test]
async fn it_begins_before_the_last_file_is_opened() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let entries = (0..1_000).map(move |at| {
        let count = count.clone();
        let entry = entry(&format!("{at}.txt"), Media::Text, text(1));
        Entry {
            open: Box::new(move || {
                count.fetch_add(1, Ordering::Relaxed);
                (entry.open)()
            }),
            ..entry
        }
    });
    let mut zip = Box::pin(packed(zone(), entries));
    assert!(!zip.next().await.unwrap().unwrap().is_empty());
    assert_eq!(opened.load(Ordering::Relaxed), 1);
    let mut whole = Vec::new();
    while let Some(bytes) = zip.next().await {
        let bytes = bytes.unwrap();
        assert!(bytes.len() < 2 * STEP, "no more in memory");
        whole.extend_from_slice(&bytes);
    }
    assert_eq!(opened.load(Ordering::Relaxed), 1_000);
}

#[tokio::test]
async fn what_cannot_be_read_breaks_the_whole_off() {
    let broken = vec![Ok(Bytes::from_static(b"a")), Err(io::Error::other("damaged"))];
    let mut short = entry("b", Media::Text, text(1));
    short.bytes += 1;
    let mut missing = entry("c", Media::Text, text(1));
    missing.open = Box::new(|| Err(crate::error::Error::Gone("damaged")));
    for bad in [entry("a", Media::Pdf, broken), short, missing] {
        let entries =
            vec![entry("good", Media::Text, text(1)), bad, entry("d", Media::Text, text(1))];
        let response = answer(&FileName::tame("a.zip"), &zone(), entries.into_iter());
        assert!(response.into_body().into_vec().await.is_err());
    }
}

#[tokio::test]
async fn an_empty_zip_is_one() {
    let response = answer(&FileName::tame("a.zip"), &zone(), std::iter::empty());
    let whole = response.into_body().into_vec().await.unwrap();
    assert_eq!(ZipArchive::new(Cursor::new(whole)).unwrap().len(), 0);
}

#[test]
fn a_time_that_the_format_cannot_say_is_its_first_day() {
    let day = |at: &str| local(at.parse().unwrap(), &zone()).to_string();
    assert_eq!(day("1970-01-01T00:00:00Z"), "1980-01-01 00:00:00");
    assert_eq!(day("2026-12-31T22:30:00Z"), "2027-01-01 00:30:00");
}
