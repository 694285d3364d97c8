//! Where calendar programs read what is due: for whoever has the secret of the address.

use poem::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG};
use poem::http::{HeaderMap, StatusCode};
use poem::web::Path;
use poem::{Response, handler};

use crate::error::{Error, Result};
use crate::http::assets::is_known;
use crate::http::routes::Routes;
use crate::model::Guest;

pub(super) fn routes() -> Routes {
    Routes::default().get("/calendar/:secret", calendar)
}

/// Kept by the program alone, which asks each time whether it is still the same.
const ASK_FIRST: &str = "private, no-cache";

#[handler]
async fn calendar(guest: Guest, headers: &HeaderMap, Path(file): Path<String>) -> Result<Response> {
    let secret = file.strip_suffix(".ics").ok_or(Error::NotFound)?;
    let feed = guest.calendar(secret)?;
    let etag = format!("\"{}\"", feed.tag);
    let answer = Response::builder().header(CACHE_CONTROL, ASK_FIRST).header(ETAG, &etag);
    if is_known(headers, &etag) {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    Ok(answer
        .header(CONTENT_TYPE, "text/calendar; charset=utf-8")
        .header(CONTENT_DISPOSITION, "inline; filename=\"due.ics\"")
        .body(feed.text))
}
