//! Files on their way out: whole or one part of them, as a download that no browser runs in our origin.
//!
//! Every answer says how long it is. Where reading fails in between, the connection is broken off, so that nobody takes
//! a part for the whole. A browser may keep what it got, but has to ask each time whether it still may show it.

mod asked;
mod name;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use poem::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED,
};
use poem::http::{HeaderMap, HeaderValue, StatusCode};
use poem::{Body, Response};

pub use self::asked::Asked;
use self::asked::{Known, Part};
pub(super) use self::name::attachment;
use crate::error::{Error, Result};
use crate::model::FilePreview;
use crate::values::{FileName, Media};

/// Of a file: nothing in it runs, loads or submits, should a browser show it after all.
pub(super) const SEALED: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// A file that was withdrawn is not shown from what the browser kept, and no proxy keeps any.
const ASK_FIRST: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Something that is sent as a download, or a picture of it that we drew ourselves.
pub struct Download {
    content_type: HeaderValue,
    disposition: HeaderValue,
    bytes: u64,
    etag: String,
    modified: Option<Timestamp>,
}

impl Download {
    /// A file as it was stored. No other bytes have its `tag`, which is plain letters and digits.
    #[must_use]
    pub fn file(name: &FileName, media: Media, bytes: u64, tag: &str, modified: Timestamp) -> Self {
        Self {
            content_type: HeaderValue::from_static(media.content_type()),
            disposition: attachment(name),
            bytes,
            etag: format!("\"{tag}\""),
            modified: Some(modified),
        }
    }

    /// What we drew of a file, shown within a page.
    #[must_use]
    pub fn preview(content_type: &'static str, bytes: u64, tag: &str) -> Self {
        Self {
            content_type: HeaderValue::from_static(content_type),
            disposition: HeaderValue::from_static("inline"),
            bytes,
            etag: format!("\"{tag}\""),
            modified: None,
        }
    }

    /// The answer. `read` gives the bytes of a part; it is not called where none are sent.
    pub fn answer<S>(&self, asked: &Asked, read: impl FnOnce(Range<u64>) -> S) -> Response
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        match asked.known(&self.etag, self.modified) {
            Known::Another => return self.empty(StatusCode::PRECONDITION_FAILED),
            Known::Same => return self.empty(StatusCode::NOT_MODIFIED),
            Known::No => {}
        }
        let (status, part) = match asked.part(self.bytes, &self.etag, self.modified) {
            Part::Whole => (StatusCode::OK, 0..self.bytes),
            Part::Of(part) => (StatusCode::PARTIAL_CONTENT, part),
            Part::Beyond => {
                let mut response = self.empty(StatusCode::RANGE_NOT_SATISFIABLE);
                let whole = format!("bytes */{}", self.bytes);
                response.headers_mut().insert(CONTENT_RANGE, plain(whole));
                return response;
            }
        };
        let mut response = Response::builder().status(status).finish();
        let headers = response.headers_mut();
        self.describe(headers);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, self.bytes);
            headers.insert(CONTENT_RANGE, plain(range));
        }
        if !asked.head && !part.is_empty() {
            let bytes = part.end - part.start;
            response.set_body(Body::from_bytes_stream(exactly(bytes, read(part))));
        }
        response
    }

    fn empty(&self, status: StatusCode) -> Response {
        let mut response = Response::builder().status(status).finish();
        let headers = response.headers_mut();
        self.describe(headers);
        headers.remove(CONTENT_TYPE);
        headers.remove(CONTENT_DISPOSITION);
        response
    }

    fn describe(&self, headers: &mut HeaderMap) {
        headers.reserve(16); // with those that the guard adds
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CONTENT_DISPOSITION, self.disposition.clone());
        headers.insert(CONTENT_SECURITY_POLICY, SEALED);
        headers.insert(CACHE_CONTROL, ASK_FIRST);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(ETAG, plain(self.etag.clone()));
        if let Some(date) = self.modified.and_then(http_date) {
            headers.insert(LAST_MODIFIED, date);
        }
    }
}

/// A text that we wrote ourselves, to be kept.
#[must_use]
pub fn text(name: &FileName, text: String) -> Response {
    written(name, "text/plain; charset=utf-8", text)
}

/// The same for JSON.
#[must_use]
pub fn json(name: &FileName, text: String) -> Response {
    written(name, "application/json", text)
}

fn written(name: &FileName, content_type: &'static str, text: String) -> Response {
    Response::builder()
        .header(CONTENT_TYPE, content_type)
        .header(CONTENT_DISPOSITION, attachment(name))
        .body(text)
}

/// The image of a page, as a page shows it in an `<img>`; [`Error::NotFound`] if that is no image. Whoever opens its address
/// by itself gets a picture in a sandbox, and nothing else.
pub fn preview_answer(asked: &Asked, preview: FilePreview) -> Result<Response> {
    let FilePreview::Image(image) = preview else { return Err(Error::NotFound) };
    let download = Download::preview(image.media, image.content.len(), &image.tag);
    Ok(download.answer(asked, |part| image.content.stream(part)))
}

/// Of a text that we wrote ourselves.
fn plain(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// RFC 9110, 5.6.7.
fn http_date(at: Timestamp) -> Option<HeaderValue> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok().map(plain)
}

/// The bytes, or an error if they are not so many: more were none of this part, and fewer not all of it.
pub(super) fn exactly<S>(bytes: u64, from: S) -> impl Stream<Item = io::Result<Bytes>> + Send
where
    S: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    stream::unfold(Some((from.boxed(), bytes)), |state| async {
        let (mut from, left) = state?;
        let next = match from.next().await {
            None if left == 0 => return None,
            None => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(next) => next,
        };
        let rest = next.as_ref().ok().and_then(|next| left.checked_sub(next.len() as u64));
        match (next, rest) {
            (Ok(next), Some(rest)) => Some((Ok(next), Some((from, rest)))),
            (Ok(_), None) => Some((Err(io::Error::other("more bytes than there are")), None)),
            (Err(why), _) => {
                tracing::warn!(%why, "a download was broken off");
                Some((Err(why), None))
            }
        }
    })
}
