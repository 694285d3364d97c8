//! Files on their way in, by a form or piece by piece from a script. Nothing of them is kept here: whoever reads a file
//! hands its bytes on as they come, and a browser that leaves in between is an error, never the end of the file.
//!
//! A form is `multipart/form-data` as browsers send it: first the fields, few and small, then the files, of any size. A
//! piece is the body of a `PATCH` with `Upload-Offset`, after the IETF's draft on resumable uploads.
//!
//! Both are read by the handler, not while its parameters are made: whoever may not be here is told that first.

mod parts;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use poem::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use poem::http::{HeaderName, HeaderValue, StatusCode};
use poem::{FromRequest, Request, RequestBody, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use self::parts::{Head, Parts};
use super::body::{self, Arriving};
use super::errors::Refusal;
use crate::error::Result;

/// Where a piece begins, or where the next one has to.
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// Of the draft.
const PARTIAL_UPLOAD: &str = "application/partial-upload";
/// What a script sends that names no type.
const OCTETS: &str = "application/octet-stream";
/// Before the first file.
const MOST_FIELDS: usize = 500;
/// Of a form whose fields and files are mixed: it may have many items.
const MOST_MIXED: usize = 5_000;
/// Their bytes: many of them may be long texts.
const MIXED_BYTES: usize = 2 * 1024 * 1024;
/// Whoever has more sends them in turns.
const MOST_FILES: usize = 10_000;
/// Of one piece. Scripts send less: many proxies take a megabyte.
const MOST_PIECE: usize = 64 * 1024 * 1024;
/// Of a piece that was refused, read so that the refusal arrives.
const MOST_LEFT: usize = 2 * 1024 * 1024;

/// A form with files, as it arrives: read [`Upload::fields`], then one [`Upload::file`] after the other.
pub struct Upload {
    parts: Result<Parts, Refusal>,
    /// The first file's, which ended the fields.
    ahead: Option<Head>,
    files: usize,
    /// Fields of a mixed form that were read, and their bytes.
    read: (usize, usize),
    announced: Option<u64>,
}

impl<'a> FromRequest<'a> for Upload {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let parts =
            body::boundary(req).and_then(|boundary| Parts::of(Arriving::of(req, body)?, &boundary));
        let announced = req.header(CONTENT_LENGTH).and_then(|digits| digits.parse().ok());
        Ok(Self { parts, ahead: None, files: 0, read: (0, 0), announced })
    }
}

impl Upload {
    /// How many bytes the whole form has, if the browser says so.
    #[must_use]
    pub const fn announced(&self) -> Option<u64> {
        self.announced
    }

    /// The fields that stand before the files. One that comes several times is a `Vec`.
    pub async fn fields<T: DeserializeOwned>(&mut self) -> poem::Result<T> {
        let fields = self.typed().await?;
        let form = serde_html_form::to_string(&fields).map_err(|_| not_understood())?;
        Ok(serde_html_form::from_str(&form).map_err(|why| {
            tracing::debug!(%why, "a form that is none of ours");
            not_understood()
        })?)
    }

    /// The next part of a form in which fields and files stand in any order, as each file is taken without knowing what
    /// comes behind it. A field in which the person chose no file is skipped.
    pub async fn part(&mut self) -> poem::Result<Option<Part<'_>>> {
        let parts = self.parts.as_mut().map_err(|why| why.clone())?;
        loop {
            let Some(Head { field, file_name }) = parts.head().await? else { return Ok(None) };
            let Some(name) = file_name else {
                let (fields, bytes) = self.read;
                if fields == MOST_MIXED {
                    return Err(too_many().into());
                }
                let room = MIXED_BYTES - bytes;
                let text = text_of(parts, room).await?;
                let text = text.ok_or_else(|| body::too_large(MIXED_BYTES))?;
                self.read = (fields + 1, bytes + text.len());
                return Ok(Some(Part::Field { name: field, text }));
            };
            if name.is_empty() {
                continue;
            }
            self.files += 1;
            if self.files > MOST_FILES {
                return Err(too_many().into());
            }
            return Ok(Some(Part::File(ArrivingFile { field, name, parts })));
        }
    }

    async fn typed(&mut self) -> Result<Vec<(String, String)>, Refusal> {
        let parts = self.parts.as_mut().map_err(|why| why.clone())?;
        let (mut fields, mut room) = (Vec::new(), body::FORM_BYTES);
        while let Some(head) = parts.head().await? {
            if head.file_name.is_some() {
                self.ahead = Some(head);
                break;
            }
            if fields.len() == MOST_FIELDS {
                return Err(too_many());
            }
            let text = text_of(parts, room).await?;
            let text = text.ok_or_else(|| body::too_large(body::FORM_BYTES))?;
            room -= text.len();
            fields.push((head.field, text));
        }
        Ok(fields)
    }

    /// The next file; none if there are no more. What is left of the one before is skipped, and so is a field in which
    /// the person chose no file.
    pub async fn file(&mut self) -> poem::Result<Option<ArrivingFile<'_>>> {
        let parts = self.parts.as_mut().map_err(|why| why.clone())?;
        let mut head = self.ahead.take();
        loop {
            let next = match head.take() {
                Some(head) => Some(head),
                None => parts.head().await?,
            };
            let Some(Head { field, file_name }) = next else { return Ok(None) };
            // A field behind a file would come too late for what it says about it.
            let name = file_name.ok_or_else(not_understood)?;
            if name.is_empty() {
                continue;
            }
            self.files += 1;
            if self.files > MOST_FILES {
                return Err(too_many().into());
            }
            return Ok(Some(ArrivingFile { field, name, parts }));
        }
    }
}

/// What a field holds; none if that is more bytes than there is room for.
async fn text_of(parts: &mut Parts, room: usize) -> Result<Option<String>, Refusal> {
    let mut text = Vec::new();
    while let Some(bytes) = parts.content().await? {
        if text.len() + bytes.len() > room {
            return Ok(None);
        }
        text.extend_from_slice(&bytes);
    }
    String::from_utf8(text).map(Some).map_err(|_| not_understood())
}

/// A part of a form in which fields and files are mixed.
pub enum Part<'u> {
    /// A field.
    Field {
        /// Its name.
        name: String,
        /// What it holds.
        text: String,
    },
    /// A file, as it arrives.
    File(ArrivingFile<'u>),
}

/// A file of a form, as it arrives.
pub struct ArrivingFile<'u> {
    /// The name of its field.
    pub field: String,
    /// What the browser calls it: a claim, and perhaps a path.
    pub name: String,
    parts: &'u mut Parts,
}

impl ArrivingFile<'_> {
    /// The next bytes; none when all have come.
    pub async fn next(&mut self) -> poem::Result<Option<Bytes>> {
        Ok(self.parts.content().await?)
    }
}

/// The bytes of a file from where `Upload-Offset` says.
pub struct Piece {
    body: Result<Arriving, Refusal>,
    offset: Option<u64>,
    bytes: usize,
}

impl<'a> FromRequest<'a> for Piece {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let body = match body::media_type(req).as_str() {
            PARTIAL_UPLOAD | OCTETS | "" => Arriving::of(req, body),
            _ => Err(body::unsupported()),
        };
        // The draft's header is a number as in a structured field: digits only.
        let plain = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit());
        let offset = req.header(UPLOAD_OFFSET).filter(plain).and_then(|digits| digits.parse().ok());
        Ok(Self { body, offset, bytes: 0 })
    }
}

impl Piece {
    /// Where it begins in the file.
    pub fn offset(&self) -> poem::Result<u64> {
        self.body.as_ref().map_err(|why| why.clone())?;
        Ok(self.offset.ok_or_else(not_understood)?)
    }

    /// The next bytes; none when all have come.
    pub async fn next(&mut self) -> poem::Result<Option<Bytes>> {
        let next = self.body.as_mut().map_err(|why| why.clone())?.next().await?;
        self.bytes += next.as_ref().map_or(0, Bytes::len);
        if self.bytes > MOST_PIECE {
            return Err(body::too_large(MOST_PIECE).into());
        }
        Ok(next)
    }

    /// Reads on for nothing, before it is refused: some browsers take an answer that comes before they have sent all for
    /// a broken line.
    pub async fn settle(mut self) {
        let enough = self.bytes + MOST_LEFT;
        while self.bytes < enough && matches!(self.next().await, Ok(Some(_))) {}
    }
}

/// 201: an upload has begun.
pub fn begun(upload: &impl Serialize) -> Result<Response> {
    json_of(StatusCode::CREATED, upload)
}

/// 204: so much of it has come, and the next piece begins there.
pub fn arrived(offset: u64) -> Response {
    at(offset, Response::builder().status(StatusCode::NO_CONTENT).finish())
}

/// 409: the piece does not begin where the next one has to.
pub fn elsewhere(offset: u64) -> Result<Response> {
    Ok(at(offset, json_of(StatusCode::CONFLICT, &json!({ "offset": offset }))?))
}

/// 200: all of it has come.
pub fn complete(file: &impl Serialize) -> Result<Response> {
    json_of(StatusCode::OK, file)
}

fn at(offset: u64, mut response: Response) -> Response {
    response.headers_mut().insert(UPLOAD_OFFSET, HeaderValue::from(offset));
    response
}

fn json_of(status: StatusCode, what: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_string(what)?;
    Ok(Response::builder().status(status).header(CONTENT_TYPE, "application/json").body(body))
}

fn not_understood() -> Refusal {
    let sentence = "This form was not understood. Open the page again and try once more.";
    Refusal::new(StatusCode::BAD_REQUEST, sentence)
}

fn too_many() -> Refusal {
    let sentence = "These are too many at once. Send them in several turns.";
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
}
