//! Reads a request's body whole, within a size and a time.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use poem::http::StatusCode;
use poem::{Request, RequestBody};

use super::errors::Refusal;

/// Of a form, unless its route says otherwise with [`BodyLimit`].
pub const FORM_BYTES: usize = 64 * 1024;
/// For the whole body of a form.
const FORM_TIME: Duration = Duration::from_secs(10);
/// For the whole body of a small upload; the handler's own limit is close behind.
const UPLOAD_TIME: Duration = Duration::from_secs(25);

const CUT_SHORT: &str = "This did not arrive whole. Please send it again.";

/// The most bytes of a body, put on a route with `.data(BodyLimit(…))`.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

/// The body of an ordinary form.
pub(super) async fn read_form(req: &Request, body: &mut RequestBody) -> poem::Result<Bytes> {
    if media_type(req) != "application/x-www-form-urlencoded" {
        return Err(unsupported().into());
    }
    read(body, limit(req, FORM_BYTES), FORM_TIME).await
}

/// The body of a form that may hold a small file, and the boundary between its parts.
pub(super) async fn read_multipart(
    req: &Request,
    body: &mut RequestBody,
    most: usize,
) -> poem::Result<(Bytes, String)> {
    let boundary = parameter(req, "boundary").filter(|_| media_type(req) == "multipart/form-data");
    let boundary = boundary.ok_or_else(unsupported)?;
    Ok((read(body, limit(req, most), UPLOAD_TIME).await?, boundary))
}

fn limit(req: &Request, otherwise: usize) -> usize {
    req.data::<BodyLimit>().map_or(otherwise, |limit| limit.0)
}

/// Counts what arrives: a `Content-Length` is a claim, and chunked bodies make none.
async fn read(body: &mut RequestBody, most: usize, within: Duration) -> poem::Result<Bytes> {
    let mut stream = pin!(body.take()?.into_bytes_stream());
    let arriving = async {
        let mut whole = Vec::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| refused(StatusCode::BAD_REQUEST, CUT_SHORT))?;
            if whole.len() + chunk.len() > most {
                return Err(too_large(most));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(whole))
    };
    let arrived = tokio::time::timeout(within, arriving).await;
    Ok(arrived.unwrap_or_else(|_| {
        let sentence = "Your connection was too slow for this. Nothing was done; please try again.";
        Err(refused(StatusCode::REQUEST_TIMEOUT, sentence))
    })?)
}

fn refused(status: StatusCode, sentence: &'static str) -> Refusal {
    Refusal::new(status, sentence)
}

fn unsupported() -> Refusal {
    refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This was not sent as a form of this site.")
}

fn too_large(most: usize) -> Refusal {
    let most = if most >= 1024 * 1024 {
        format!("{} MB", most / (1024 * 1024))
    } else {
        format!("{} KB", most / 1024)
    };
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("This is too large: at most {most}."))
}

/// In lower case and without parameters.
fn media_type(req: &Request) -> String {
    let whole = req.content_type().unwrap_or("");
    whole.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn parameter(req: &Request, name: &str) -> Option<String> {
    let mut parameters = req.content_type()?.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        key.trim().eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures_util::stream;
    use poem::Body;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    async fn status_of(kind: &str, body: Body) -> u16 {
        let (mut req, mut body) = Request::builder().content_type(kind).body(body).split();
        req.set_data(BodyLimit(8));
        match read_form(&req, &mut body).await {
            Ok(_) => 200,
            Err(why) => why.status().as_u16(),
        }
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_kind() {
        assert_eq!(status_of(FORM, Body::from("12345678")).await, 200);
        assert_eq!(status_of(FORM, Body::from("123456789")).await, 413);
        assert_eq!(status_of("application/json", Body::from("{}")).await, 415);
        assert_eq!(status_of("text/plain", Body::from("a=b")).await, 415);
    }

    #[tokio::test]
    async fn chunks_are_counted_as_they_come() {
        let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(b"abc")));
        assert_eq!(status_of(FORM, Body::from_bytes_stream(endless)).await, 413);
        let broken = stream::iter([Err::<Bytes, _>(io::Error::other("reset"))]);
        assert_eq!(status_of(FORM, Body::from_bytes_stream(broken)).await, 400);
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let never = Body::from_bytes_stream(stream::pending::<Result<Bytes, io::Error>>());
        let mut body = RequestBody::new(never);
        let answer = read(&mut body, 8, Duration::from_millis(20)).await;
        assert_eq!(answer.unwrap_err().status(), 408);
    }

    #[tokio::test]
    async fn a_boundary_may_be_in_quotes() {
        let kind = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"";
        let (req, mut body) = Request::builder().content_type(kind).body("x").split();
        let (whole, boundary) = read_multipart(&req, &mut body, 8).await.unwrap();
        assert_eq!((&whole[..], boundary.as_str()), (&b"x"[..], "a b"));
    }
}
