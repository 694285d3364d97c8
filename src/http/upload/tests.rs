use std::io;

use futures_util::stream;
use poem::Body;
use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
use serde::Deserialize;

use super::*;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Fields {
    note: String,
    contact: Vec<String>,
}

const KIND: &str = "multipart/form-data; boundary=XX";

fn part(disposition: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--XX\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat().as_slice(), b"--XX--\r\n"].concat()
}

/// A request whose body comes in pieces of this size, and then ends or breaks off.
async fn upload(kind: &str, whole: &[u8], size: usize, breaks: bool) -> Upload {
    let pieces = whole.chunks(size.max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece)));
    let end = breaks.then(|| Err(io::Error::other("reset")));
    let body = Body::from_bytes_stream(stream::iter(pieces.chain(end).collect::<Vec<_>>()));
    let (req, mut body) = Request::builder().content_type(kind).body(body).split();
    Upload::from_request(&req, &mut body).await.expect("it is read later")
}

type Files = Vec<(String, String, Vec<u8>)>;

async fn read(mut upload: Upload) -> Result<(Fields, Files), u16> {
    let status = |why: poem::Error| why.status().as_u16();
    let fields = upload.fields().await.map_err(status)?;
    let mut files = Files::new();
    while let Some(mut file) = upload.file().await.map_err(status)? {
        let mut whole = Vec::new();
        while let Some(bytes) = file.next().await.map_err(status)? {
            assert!(!bytes.is_empty());
            whole.extend_from_slice(&bytes);
        }
        files.push((file.field, file.name, whole));
    }
    Ok((fields, files))
}

#[tokio::test]
async fn fields_come_before_files_of_any_number() {
    let whole = form(&[
        part("name=\"note\"", "für Müller".as_bytes()),
        part("name=\"contact\"", b"a"),
        part("name=\"contact\"", b"b"),
        part("name=\"file\"; filename=\"\"", b""),
        part("name=\"file\"; filename=\"a %22b%22; c.pdf\"", b"%PDF\r\n--X\r\n-"),
        part("name=\"file\"; filename=\"2026/VAT/b.pdf\"", b""),
        part("name=\"file\"; filename=\"back\\\"", b"\r\n"),
    ]);
    for size in [1, 2, 3, 7, 64, 10_000] {
        let (fields, files) = read(upload(KIND, &whole, size, false).await).await.unwrap();
        let meant = Fields { note: "für Müller".into(), contact: vec!["a".into(), "b".into()] };
        assert_eq!(fields, meant);
        let files: Vec<_> = files.iter().map(|(_, name, bytes)| (&name[..], &bytes[..])).collect();
        let meant: [(&str, &[u8]); 3] =
            [("a \"b\"; c.pdf", b"%PDF\r\n--X\r\n-"), ("2026/VAT/b.pdf", b""), ("back\\", b"\r\n")];
        assert_eq!(files, meant, "in pieces of {size}");
    }
}

#[tokio::test]
async fn what_breaks_off_is_never_taken_for_whole() {
    let whole = form(&[part("name=\"file\"; filename=\"a\"", b"content")]);
    for cut in 0..whole.len() - 4 {
        for breaks in [false, true] {
            let answer = read(upload(KIND, &whole[..cut], 5, breaks).await).await;
            assert_eq!(answer, Err(400), "{cut}");
        }
    }
    assert_eq!(read(upload(KIND, &whole, 5, true).await).await, Err(400));
}

#[tokio::test]
async fn what_browsers_never_send_is_refused() {
    let file = part("name=\"file\"; filename=\"a\"", b"a");
    let note = part("name=\"note\"", b"b");
    let many = vec![part("name=\"x\"", b"y"); MOST_FIELDS + 1];
    for (whole, status) in [
        (form(&[file.clone(), note]), 400),
        (form(&many), 413),
        (form(&[part("name=\"note\"", &vec![b'a'; body::FORM_BYTES + 1])]), 413),
        (form(&[part("name=\"note\"", b"\xff")]), 400),
        (form(&[part(&format!("name=\"{}\"", "x".repeat(5_000)), b"")]), 400),
        ([&b"preamble\r\n"[..], &form(std::slice::from_ref(&file))].concat(), 400),
        ([form(std::slice::from_ref(&file)), b"something more".to_vec()].concat(), 400),
        (b"--XX\r\n".repeat(3), 400),
        ([&b"--XX\r\n"[..], &vec![b'a'; 100_000]].concat(), 400),
    ] {
        assert_eq!(read(upload(KIND, &whole, 100, false).await).await, Err(status));
    }
    for kind in ["text/plain", "multipart/form-data", "multipart/mixed; boundary=XX"] {
        assert_eq!(
            read(upload(kind, &form(std::slice::from_ref(&file)), 100, false).await).await,
            Err(415)
        );
    }
}

#[tokio::test]
async fn what_is_left_of_a_file_is_skipped() {
    let whole = form(&[
        part("name=\"file\"; filename=\"a\"", &[b'a'; 1_000]),
        part("name=\"file\"; filename=\"b\"", b"b"),
    ]);
    let mut upload = upload(KIND, &whole, 10, false).await;
    let mut first = upload.file().await.unwrap().unwrap();
    assert!(first.next().await.unwrap().is_some());
    let mut second = upload.file().await.unwrap().unwrap();
    assert_eq!(second.name, "b");
    assert_eq!(second.next().await.unwrap().as_deref(), Some(&b"b"[..]));
    assert!(upload.file().await.unwrap().is_none());
    assert!(upload.file().await.unwrap().is_none());
}

async fn piece(headers: &[(&str, &str)], body: &'static [u8]) -> Piece {
    let req =
        headers.iter().fold(Request::builder(), |req, (name, value)| req.header(*name, *value));
    let (req, mut body) = req.body(body).split();
    Piece::from_request(&req, &mut body).await.expect("it is read later")
}

#[tokio::test]
async fn a_piece_says_where_it_begins() {
    let kind = ("content-type", PARTIAL_UPLOAD);
    let mut whole = piece(&[kind, ("upload-offset", "983040")], b"bytes").await;
    assert_eq!(whole.offset().unwrap(), 983_040);
    assert_eq!(whole.next().await.unwrap().as_deref(), Some(&b"bytes"[..]));
    assert_eq!(whole.next().await.unwrap(), None);
    for bad in ["", "-1", "+1", " 1", "1.5", "99999999999999999999"] {
        let offset = piece(&[kind, ("upload-offset", bad)], b"").await.offset();
        assert_eq!(offset.unwrap_err().status(), 400, "{bad:?}");
    }
    let form = [("content-type", "text/plain"), ("upload-offset", "0")];
    assert_eq!(piece(&form, b"").await.offset().unwrap_err().status(), 415);
}

#[test]
fn answers_say_where_to_go_on() {
    let told = |response: &Response| {
        let offset = response.header("upload-offset").map(str::to_owned);
        (response.status().as_u16(), offset)
    };
    assert_eq!(told(&arrived(7)), (204, Some("7".into())));
    assert_eq!(told(&elsewhere(8).unwrap()), (409, Some("8".into())));
    assert_eq!(told(&begun(&json!({ "id": "up_1" })).unwrap()), (201, None));
    assert_eq!(complete(&json!({})).unwrap().content_type(), Some("application/json"));
}

proptest! {
    #[test]
    fn no_body_panics_or_hangs(
        pieces in prop::collection::vec(
            prop::sample::select(&["--XX", "\r\n", "--", "Content-Disposition: form-data;",
                " name=\"", "a", "\"", "; filename=\"", "\r\n\r\n", ":", ";", "é", "\r"][..]),
            0..40,
        ),
        noise in any::<Vec<u8>>(),
        size in 1_usize..20,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let whole = [pieces.concat().as_bytes(), &noise].concat();
        let _answer = runtime.block_on(async { read(upload(KIND, &whole, size, false).await).await });
    }

    #[test]
    fn any_content_arrives_as_it_was(
        content in prop::collection::vec(prop::sample::select(&b"\r\n-XaB"[..]), 0..200),
        size in 1_usize..30,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let whole = form(&[part("name=\"f\"; filename=\"a\"", &content)]);
        let answer = runtime.block_on(async { read(upload(KIND, &whole, size, false).await).await });
        let inside = [b"\r\n", content.as_slice()].concat();
        if !inside.windows(6).any(|window| window == b"\r\n--XX") {
            let (_, files) = answer.unwrap();
            prop_assert_eq!(files.len(), 1);
            prop_assert!(files[0].2 == content);
        }
    }
}
