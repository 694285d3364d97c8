//! Files through a real connection, both ways.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use poem::{Request, RequestBody, Response, Route};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::http::download::{Asked, Download};
use crate::http::upload::Upload;
use crate::values::{FileName, Media};

/// Far beyond every limit in these tests: reached only if the server does not close.
const DEADLINE: Duration = Duration::from_secs(20);
const BYTES: u64 = 50_000_000;

/// Whole, if `all`; otherwise it cannot be read beyond its middle.
async fn download(req: Request, all: bool) -> poem::Result<Response> {
    let asked = Asked::from_request(&req, &mut RequestBody::default()).await?;
    let name = FileName::tame("a.bin");
    let file = Download::file(&name, Media::File, BYTES, "a", Timestamp::UNIX_EPOCH);
    Ok(file.answer(&asked, move |part| {
        let piece =
            |from: u64, end: u64| Bytes::from(vec![b'a'; (end - from).min(100_000) as usize]);
        let pieces = stream::unfold(part.start, move |from| async move {
            (from < part.end).then(|| (Ok(piece(from, part.end)), (from + 100_000).min(part.end)))
        });
        let broken = stream::iter([Err(io::Error::other("damaged"))]);
        pieces.take(if all { usize::MAX } else { 250 }).chain(broken)
    }))
}

/// Tells how each upload ended: with so many bytes, or with an error.
async fn upload(req: Request, told: mpsc::Sender<Result<usize, u16>>) -> poem::Result<String> {
    let (req, mut body) = req.split();
    let mut form = Upload::from_request(&req, &mut body).await?;
    let mut bytes = 0;
    let read = async {
        while let Some(mut file) = form.file().await? {
            while let Some(piece) = file.next().await? {
                bytes += piece.len();
            }
        }
        Ok::<_, poem::Error>(())
    };
    let ended = read.await;
    let tell = ended.as_ref().map(|()| bytes).map_err(|why| why.status().as_u16());
    told.send(tell).await.expect("the test listens");
    ended.map(|()| bytes.to_string())
}

async fn start(limits: Limits) -> (std::net::SocketAddr, mpsc::Receiver<Result<usize, u16>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel(1);
    let app = Route::new()
        .at("/file", poem::endpoint::make(|req| download(req, true)))
        .at("/damaged", poem::endpoint::make(|req| download(req, false)))
        .at("/refused", poem::endpoint::make_sync(|_| "refused"))
        .at("/upload", poem::endpoint::make(move |req| upload(req, tell.clone())));
    #[expect(clippy::disallowed_methods, reason = "the test plays the server's part")]
    tokio::spawn(serve(listener, app, limits, std::future::pending()));
    (at, told)
}

async fn ask(at: std::net::SocketAddr, head: &str) -> TcpStream {
    let mut tcp = TcpStream::connect(at).await.unwrap();
    let head = format!("{head} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    tcp.write_all(head.as_bytes()).await.unwrap();
    tcp
}

/// The head, and how many bytes came behind it until the connection was closed.
async fn answer(tcp: &mut TcpStream) -> (String, usize) {
    let mut all = Vec::new();
    let read = timeout(DEADLINE, tcp.read_to_end(&mut all)).await;
    let _closed_or_reset = read.expect("the server closes the connection");
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").map_or(all.len(), |at| at + 4);
    (String::from_utf8_lossy(&all[..end]).to_lowercase(), all.len() - end)
}

#[tokio::test]
async fn a_head_says_how_long_the_file_is() {
    let (at, _) = start(Limits::default()).await;
    for (ask_for, bytes) in [("HEAD /file", 0), ("GET /file", BYTES as usize)] {
        let mut tcp = ask(at, ask_for).await;
        tcp.write_all(b"\r\n").await.unwrap();
        let (head, came) = answer(&mut tcp).await;
        assert!(head.contains("content-length: 50000000\r\n"), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
        assert_eq!(came, bytes);
    }
}

#[tokio::test]
async fn a_part_ends_where_it_was_asked_to() {
    let (at, _) = start(Limits::default()).await;
    let mut tcp = ask(at, "GET /file").await;
    tcp.write_all(b"Range: bytes=7-1000000\r\n\r\n").await.unwrap();
    let (head, came) = answer(&mut tcp).await;
    assert!(head.contains(" 206 ") && head.contains("content-range: bytes 7-1000000/50000000"));
    assert_eq!(came, 999_994);
}

#[tokio::test]
async fn what_cannot_be_read_to_its_end_does_not_look_whole() {
    let (at, _) = start(Limits::default()).await;
    let mut tcp = ask(at, "GET /damaged").await;
    tcp.write_all(b"\r\n").await.unwrap();
    let (head, came) = answer(&mut tcp).await;
    assert!(head.contains("content-length: 50000000"), "{head}");
    assert!(came < BYTES as usize);
}

#[tokio::test]
async fn who_takes_nothing_is_left() {
    let open = Arc::new(AtomicUsize::new(0));
    let stall = Duration::from_millis(200);
    let (at, _) = start(Limits { stall, open: open.clone(), ..Limits::default() }).await;
    let mut tcp = ask(at, "GET /file").await;
    tcp.write_all(b"\r\n").await.unwrap();
    let mut first = [0; 1];
    tcp.read_exact(&mut first).await.unwrap();
    let left = async {
        while open.load(std::sync::atomic::Ordering::Relaxed) > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(DEADLINE, left).await.expect("the seat is free again");
    assert!(answer(&mut tcp).await.1 < BYTES as usize);
}

const FORM: &str = "Content-Type: multipart/form-data; boundary=XX\r\n";
const FILE: &str =
    "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncontent";

#[tokio::test]
async fn a_browser_that_leaves_has_sent_no_file() {
    let (at, mut told) = start(Limits::default()).await;
    let end = "\r\n--XX--\r\n";
    let length = FILE.len() + end.len();
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let by_length = |text: &str| format!("{FORM}Content-Length: {length}\r\n\r\n{text}");
    let by_chunks = |text: &str| format!("{FORM}Transfer-Encoding: chunked\r\n\r\n{text}");
    for (sent, ended) in [
        (by_length(FILE), Err(400)),
        (by_length(&format!("{FILE}{end}")), Ok(7)),
        (by_chunks(&chunk(FILE)), Err(400)),
        (by_chunks(&format!("{}0\r\n\r\n", chunk(FILE))), Err(400)),
        (by_chunks(&chunk(&format!("{FILE}{end}"))), Err(400)),
        (by_chunks(&format!("{}0\r\n\r\n", chunk(&format!("{FILE}{end}")))), Ok(7)),
    ] {
        let mut tcp = ask(at, "POST /upload").await;
        tcp.write_all(sent.as_bytes()).await.unwrap();
        tcp.shutdown().await.unwrap();
        let how = timeout(DEADLINE, told.recv()).await.expect("it ends").unwrap();
        assert_eq!(how, ended, "{sent}");
    }
}

#[tokio::test]
async fn who_is_refused_while_sending_hears_it() {
    let (at, _) = start(Limits::default()).await;
    let mut tcp = ask(at, "POST /refused").await;
    let head = format!("{FORM}Content-Length: {BYTES}\r\n\r\n{FILE}");
    tcp.write_all(head.as_bytes()).await.unwrap();
    // A browser reads the answer only once all is sent.
    let sent = timeout(DEADLINE, tcp.write_all(&vec![b'a'; BYTES as usize - FILE.len()])).await;
    sent.expect("it is taken").expect("and nobody hangs up");
    assert!(answer(&mut tcp).await.0.contains(" 200 "));
}
