use futures_util::stream;
use poem::http::Method;
use poem::{FromRequest, Request};

use super::*;

const CONTENT: &[u8] = b"0123456789";

fn lease() -> Download {
    let at = "2026-11-06T08:49:37.5Z".parse().unwrap();
    Download::file(&FileName::tame("Lease.pdf"), Media::Pdf, 10, "abc", at)
}

async fn asked(method: Method, headers: &[(&str, &str)]) -> Asked {
    let req = headers
        .iter()
        .fold(Request::builder().method(method), |req, (name, value)| req.header(*name, *value));
    let (req, mut body) = req.finish().split();
    Asked::from_request(&req, &mut body).await.unwrap()
}

/// In pieces of four bytes.
fn read(part: Range<u64>) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let part = &CONTENT[part.start as usize..part.end as usize];
    stream::iter(part.chunks(4).map(|piece| Ok(Bytes::from_static(piece))))
}

async fn get(headers: &[(&str, &str)]) -> (u16, String, String) {
    let response = lease().answer(&asked(Method::GET, headers).await, read);
    let header = |name| response.header(name).unwrap_or_default().to_owned();
    let (status, range) = (response.status().as_u16(), header("content-range"));
    assert_eq!(header("etag"), "\"abc\"");
    assert_eq!(header("cache-control"), "private, no-cache");
    let length = header("content-length");
    let body = response.into_body().into_string().await.unwrap();
    if matches!(status, 200 | 206) {
        assert_eq!(length, body.len().to_string());
    }
    (status, range, body)
}

fn answered(status: u16, range: &str, body: &str) -> (u16, String, String) {
    (status, range.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_file_is_sent_whole_or_in_part() {
    assert_eq!(get(&[]).await, answered(200, "", "0123456789"));
    let range = |range| [("range", range)];
    assert_eq!(get(&range("bytes=3-7")).await, answered(206, "bytes 3-7/10", "34567"));
    assert_eq!(get(&range("bytes=-2")).await, answered(206, "bytes 8-9/10", "89"));
    assert_eq!(get(&range("bytes=10-")).await, answered(416, "bytes */10", ""));
    assert_eq!(get(&range("bytes=1-2,4-5")).await, answered(200, "", "0123456789"));
    let twice = [("range", "bytes=1-2"), ("range", "bytes=4-5")];
    assert_eq!(get(&twice).await, answered(200, "", "0123456789"));
}

#[tokio::test]
async fn a_download_goes_on_only_with_the_same_file() {
    let part = answered(206, "bytes 8-9/10", "89");
    for (condition, fits) in [
        ("\"abc\"", true),
        ("\"abd\"", false),
        ("W/\"abc\"", false),
        ("Fri, 06 Nov 2026 08:49:37 GMT", true),
        ("Fri, 06 Nov 2026 08:49:36 GMT", false),
        ("nonsense", false),
    ] {
        let answer = get(&[("range", "bytes=8-"), ("if-range", condition)]).await;
        assert_eq!(answer == part, fits, "{condition}");
        assert_eq!(answer.0 == 200, !fits, "{condition}");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    for (name, value, status) in [
        ("if-none-match", "\"x\", W/\"abc\"", 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"x\"", 200),
        ("if-modified-since", "Fri, 06 Nov 2026 08:49:37 GMT", 304),
        ("if-modified-since", "Fri, 06 Nov 2026 08:49:36 GMT", 200),
        ("if-modified-since", "nonsense", 200),
        ("if-match", "\"abc\"", 200),
        ("if-match", "W/\"abc\"", 412),
        ("if-match", "\"x\"", 412),
        ("if-unmodified-since", "Fri, 06 Nov 2026 08:49:36 GMT", 412),
        ("if-unmodified-since", "Fri, 06 Nov 2026 08:49:37 GMT", 200),
    ] {
        assert_eq!(get(&[(name, value)]).await.0, status, "{name}: {value}");
    }
    let both = [("if-none-match", "\"x\""), ("if-modified-since", "Fri, 06 Nov 2026 08:49:37 GMT")];
    assert_eq!(get(&both).await.0, 200);
}

#[tokio::test]
async fn a_head_reads_nothing() {
    let asked = asked(Method::HEAD, &[("range", "bytes=1-2")]).await;
    let response = lease().answer(&asked, |_| -> stream::Empty<_> { panic!("nothing is read") });
    let header = |name| response.header(name).unwrap_or_default();
    assert_eq!((response.status().as_u16(), header("content-length")), (200, "10"));
    assert_eq!(header("accept-ranges"), "bytes");
    assert_eq!(header("last-modified"), "Fri, 06 Nov 2026 08:49:37 GMT");
    assert_eq!(header("content-disposition"), "attachment; filename=\"Lease.pdf\"");
    assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
}

#[tokio::test]
async fn an_empty_file_is_one() {
    let asked = asked(Method::GET, &[]).await;
    let empty = Download::preview("image/png", 0, "abc");
    let response = empty.answer(&asked, |_| -> stream::Empty<_> { panic!("nothing is read") });
    assert_eq!(response.header("content-length"), Some("0"));
    assert_eq!(response.header("content-disposition"), Some("inline"));
    assert_eq!(response.status().as_u16(), 200);
}

#[tokio::test]
async fn what_is_not_whole_is_broken_off() {
    let asked = asked(Method::GET, &[]).await;
    let short = stream::iter([Ok(Bytes::from_static(b"012"))]);
    let long = stream::iter([Ok(Bytes::from_static(b"01234567890"))]);
    let broken = stream::iter([Err(io::Error::other("damaged"))]);
    for stream in [short.boxed(), long.boxed(), broken.boxed()] {
        let response = lease().answer(&asked, |_| stream);
        assert!(response.into_body().into_vec().await.is_err());
    }
}
