//! The image of a page, as a page shows it in an `<img>`. It is of our own making, and still sent as something that could do
//! harm: whoever opens its address by itself gets a picture in a sandbox, and nothing else.

use poem::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH,
};
use poem::http::{HeaderMap, StatusCode};
use poem::{Body, Response};

use crate::error::{Error, Result};
use crate::model::FilePreview;

/// Nothing runs, nothing is loaded.
const SANDBOX: &str = "sandbox; default-src 'none'";
/// This browser may keep it, but asks each time, so that what is no longer shown to somebody is not shown from there.
const ASK_FIRST: &str = "private, no-cache";

/// The answer to a browser that asks for the image of a page; [`Error::NotFound`] if that is no image.
pub fn image(asked: &HeaderMap, preview: FilePreview) -> Result<Response> {
    let FilePreview::Image(image) = preview else { return Err(Error::NotFound) };
    let etag = image.etag();
    let response = Response::builder()
        .header(CACHE_CONTROL, ASK_FIRST)
        .header(CONTENT_SECURITY_POLICY, SANDBOX)
        .header(ETAG, &etag);
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|known| known.to_str().ok());
    if known.flat_map(|known| known.split(',')).any(|known| known.trim() == etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let length = image.content.len();
    Ok(response
        .header(CONTENT_TYPE, image.media)
        .header(CONTENT_LENGTH, length)
        .header(CONTENT_DISPOSITION, "inline")
        .body(Body::from_bytes_stream(image.content.stream(0..length))))
}
