//! What looks into the files of strangers: a process of the built program that can do nothing else. Whatever is in a file,
//! whoever asked gets an image or a sentence, and soon.

mod made;
mod seen;

use std::fs::{self, Permissions};
use std::future::ready;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anteroom::worker::{Answer, Failed, Head, ImageKind, Pool, Task, Why};
use bytes::Bytes;
use futures_util::stream::{self, FuturesUnordered, Stream, StreamExt};
use image::RgbImage;
use tempfile::TempDir;
use tokio::time::timeout;

use made::{document, encrypted, form, hello, pdf, stream as pdf_stream};

const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
/// For a debug build on a busy machine.
const SOON: Duration = Duration::from_secs(60);
const PAGE: Task = Task::Page(1);
/// Small files that unpack to much: `tests/fixtures/README.md` says how they were made.
const UNPACKS: [&[u8]; 3] = [
    include_bytes!("../fixtures/files/unpacks-to-nothing.pdf"),
    include_bytes!("../fixtures/files/unpacks-to-lines.pdf"),
    include_bytes!("../fixtures/files/unpacks-to-an-image.pdf"),
];

fn pool() -> Pool {
    Pool::new(BINARY.into())
}

fn pieces(file: &[u8]) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let pieces: Vec<_> =
        file.chunks(64 * 1024).map(|some| Ok(Bytes::copy_from_slice(some))).collect();
    stream::iter(pieces)
}

/// Somebody's document, that of this person.
async fn ask(
    pool: &Pool,
    who: u8,
    (task, bytes): (Task, u64),
    document: impl Stream<Item = io::Result<Bytes>>,
) -> Result<Answer, Failed> {
    let place = pool.place([who; 16]).await.ok_or(Failed::Busy)?;
    pool.ask(&place, task, bytes, document).await
}

async fn asked_of(pool: &Pool, task: Task, file: &[u8]) -> Answer {
    let answer = ask(pool, 1, (task, file.len() as u64), pieces(file));
    timeout(SOON, answer).await.expect("it takes too long").unwrap()
}

async fn asked(task: Task, file: &[u8]) -> Answer {
    asked_of(&pool(), task, file).await
}

/// What was drawn, and how many pages there are.
fn drawn(answer: &Answer) -> (RgbImage, u32) {
    let Head::Image { kind: ImageKind::Png, width, height, pages } = answer.head else {
        panic!("{:?}", answer.head)
    };
    let image = image::load_from_memory(&answer.body).unwrap().into_rgb8();
    assert_eq!(image.dimensions(), (width, height));
    (image, pages)
}

/// A program in the worker's place that does this; it has no environment.
fn instead(commands: &str) -> (TempDir, Pool) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("program");
    let text = format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{commands}\n");
    fs::File::create(&path)
        .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
        .unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let pool = Pool::new(path);
    (place, pool)
}

/// The worker, which leaves its number in a file.
fn that_tells_its_number() -> (TempDir, Pool, PathBuf) {
    let (place, pool) = instead(&format!("echo $$ >\"$0.number\"\nexec {BINARY} \"$@\""));
    let number = place.path().join("program.number");
    (place, pool, number)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_pdf_is_drawn() {
    let file = hello(3);
    let (page, pages) = drawn(&asked(Task::Page(2), &file).await);
    assert_eq!((page.dimensions(), pages), ((1_400, 1_812), 3));
    assert_eq!(page.get_pixel(5, 5).0, [255, 255, 255], "paper is white");
    assert_eq!(page.get_pixel(700, 300).0, [255, 0, 0], "a red bar is at the top");
    assert!(page.pixels().any(|pixel| pixel.0 == [0, 0, 0]), "there are letters");
    assert_eq!(asked(Task::Page(4), &file).await, Answer::not(Why::NoSuchPage));
    assert_eq!(asked(Task::Page(0), &file).await, Answer::not(Why::NoSuchPage));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_said_in_a_sentence() {
    for (file, why) in [
        (encrypted(), Why::Protected),
        (b"%PDF-1.7\nand no more".to_vec(), Why::Damaged),
        (vec![], Why::Damaged),
    ] {
        assert_eq!(asked(PAGE, &file).await, Answer::not(why));
        assert!(why.sentence().ends_with("Download it to open it."));
    }
    assert_eq!(asked(Task::Picture, b"GIF89a").await, Answer::not(Why::Damaged));
    let large = ask(&pool(), 1, (PAGE, 101 << 20), stream::pending()).await.unwrap();
    assert_eq!(large, Answer::not(Why::TooLarge), "nobody reads it for that");
}

/// Files that were made to end whoever opens them. Some of them can be drawn after all.
#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_goes_off_where_it_harms_nobody() {
    let nested = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let deep = pdf(&[[b"<< /Type /Catalog /Pages 2 0 R /X ", &nested[..], b" >>"].concat()]);
    let inside_itself = form("/F 5 0 R", "/F Do /F Do");
    let mut laughs: Vec<Vec<u8>> =
        (6..18).map(|next| form(&format!("/F {next} 0 R"), &"/F Do ".repeat(10))).collect();
    laughs.push(form("", "0 0 612 792 re f"));
    let pages = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>",
    ]);
    let draws_f = "/XObject << /F 5 0 R >>";
    for (name, file, can_be_drawn) in [
        ("arrays in arrays", deep, false),
        ("arrays in arrays on a page", document("", "", &b"[".repeat(2_000_000), &[]), true),
        ("a page that unpacks to 2 GB", UNPACKS[0].to_vec(), false),
        ("a page that unpacks to 40 million lines", UNPACKS[1].to_vec(), false),
        ("an image that unpacks to 11 GB", UNPACKS[2].to_vec(), false),
        ("a form in itself", document(draws_f, "", b"/F Do", &[inside_itself]), true),
        ("a thousand million forms", document(draws_f, "", b"/F Do", &laughs), false),
        ("pages in themselves", pages, false),
        (
            "dashes without end",
            document("", "", b"[0.00001] 0 d 9 w 0 0 m 600 700 l S", &[]),
            false,
        ),
    ] {
        let answer = asked(PAGE, &file).await;
        match answer.head {
            Head::Not(why) => assert!(why.sentence().contains("ownload it"), "{name}: {why:?}"),
            _ => assert!(can_be_drawn, "{name}"),
        }
    }
    // The same server goes on.
    drawn(&asked(PAGE, &hello(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_end_is_given_up() {
    let endless = format!("{{{} pop 600 div }}", "dup pop ".repeat(100_000));
    let function =
        pdf_stream("/FunctionType 4 /Domain [0 600 0 700] /Range [0 1]", endless.as_bytes());
    let shading = "/Shading << /S << /ShadingType 1 /ColorSpace /DeviceGray /Domain [0 600 0 700] \
                   /Function 5 0 R >> >>";
    let answer = asked(PAGE, &document(shading, "", b"/S sh", &[function])).await;
    let Head::Not(why) = answer.head else { panic!("{:?}", answer.head) };
    assert_eq!(why.sentence(), Why::TooLong.sentence());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_long_text_only_the_beginning_is_read() {
    let line = Bytes::from(vec![b'x'; 1 << 20]);
    for (task, why_not) in [(Task::Rows, true), (Task::Text, false)] {
        let mut read = 0;
        let lines = stream::repeat_with(|| {
            read += 1;
            Ok(line.clone())
        });
        let answer = ask(&pool(), 1, (task, 100 << 20), lines).await.unwrap();
        match answer.head {
            Head::Not(why) => assert!(why_not && why == Why::LongRows),
            head => assert_eq!((head, answer.body.len()), (Head::Text { whole: false }, 64 << 10)),
        }
        assert_eq!(read, 1, "of a hundred");
    }
    let answer = asked(Task::Rows, b"date;sum\n2026-03-02;10,50\n").await;
    assert_eq!(answer.head, Head::Rows { whole: true });
    assert_eq!(answer.body, br#"[["date","sum"],["2026-03-02","10,50"]]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_has_given_everything_away_before_it_reads() {
    let (_place, pool, number) = that_tells_its_number();
    let asking = ask(&pool, 1, (PAGE, 1_000), stream::pending());
    let looking = async {
        let locked_in = |status: &String| status.contains("Seccomp:\t2");
        let status = loop {
            let id = fs::read_to_string(&number).unwrap_or_default();
            let status = fs::read_to_string(format!("/proc/{}/status", id.trim()));
            match status {
                Ok(status) if locked_in(&status) => break status,
                _ => tokio::task::yield_now().await,
            }
        };
        (status, fs::read_to_string(&number).unwrap().trim().to_owned())
    };
    let (status, id) = tokio::select! {
        _ = asking => panic!("it did not wait for the file"),
        seen = timeout(SOON, looking) => seen.unwrap(),
    };
    assert!(status.contains("NoNewPrivs:\t1") && status.contains("Threads:\t1"), "{status}");
    // Nobody waits for it any more, so it is killed.
    let gone = async {
        while fs::exists(format!("/proc/{id}/exe")).unwrap() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, gone).await.expect("it still runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_taken_over_is_not_believed() {
    let lies = [
        r#"printf '{"Image":{"kind":"Png","width":9,"height":9,"pages":1}}\n<script>'"#,
        r#"printf '{"Not":"Call us at once"}\n'"#,
        "yes",
        "exit 0",
        "kill -SEGV $$",
    ];
    for lie in lies {
        let (_place, pool) = instead(&format!("cat >/dev/null\n{lie}"));
        assert_eq!(asked_of(&pool, PAGE, &hello(1)).await, Answer::not(Why::Ended), "{lie}");
    }
    let gone = Pool::new("/nowhere/anteroom".into());
    let gone = ask(&gone, 1, (PAGE, 1), stream::pending()).await;
    assert!(matches!(gone, Err(Failed::Start(_))));
    let unreadable = stream::once(ready(Err(io::ErrorKind::InvalidData.into())));
    assert!(matches!(ask(&pool(), 1, (PAGE, 9), unreadable).await, Err(Failed::Document(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_too_many_ask_at_once_the_last_is_told_so_at_once() {
    let pool = pool();
    let mut asking: FuturesUnordered<_> =
        (0..40).map(|who| ask(&pool, who, (PAGE, 9), stream::pending())).collect();
    let first = timeout(Duration::from_secs(5), asking.next()).await.expect("it waits");
    assert!(matches!(first, Some(Err(Failed::Busy))));
    drop(asking);
    drawn(&asked_of(&pool, PAGE, &hello(1)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_many_slow_documents_keeps_nobody_else_waiting() {
    let pool = pool();
    let mut slow: FuturesUnordered<_> =
        (0..20).map(|_| ask(&pool, 1, (PAGE, 9), stream::pending())).collect();
    let quick = async {
        for _ in 0..3 {
            let file = hello(1);
            drawn(&ask(&pool, 2, (PAGE, file.len() as u64), pieces(&file)).await.unwrap());
        }
    };
    let quick = timeout(SOON, quick);
    tokio::pin!(quick);
    loop {
        tokio::select! {
            done = &mut quick => break done.unwrap(),
            // Their own wait for each other, and are told so in the end.
            Some(told) = slow.next() => assert!(!matches!(told, Ok(Answer { head: Head::Image { .. }, .. }))),
        }
    }
}
