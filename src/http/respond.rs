//! The few answers a handler gives.

use std::time::Duration;

use poem::Response;
use poem::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use poem::http::{HeaderValue, StatusCode};

use super::cookies::{self, SESSION};
use super::flash::Flash;
use crate::error::{Error, Result};

/// What every page is.
pub const HTML: &str = "text/html; charset=utf-8";

/// After a write: the browser fetches `path`, and reloading that repeats nothing.
pub fn see_other(path: impl AsRef<str>) -> Response {
    let path = local_path(path.as_ref()).unwrap_or("/");
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    Response::builder().status(StatusCode::SEE_OTHER).header(LOCATION, location).finish()
}

/// Sent with a form that a dialog over a page sends by itself.
pub const FROM_DIALOG: &str = "x-dialog";

/// Where a form led, for the dialog that sent it: a script that followed would take the message from the page that the person
/// is then led to, and would not learn the fragment.
#[must_use]
pub fn told(mut response: Response) -> Response {
    if response.status() == StatusCode::SEE_OTHER {
        response.set_status(StatusCode::NO_CONTENT);
    }
    response
}

/// What a refusal says, on the page of `path`. Any other error keeps travelling.
pub fn refused_there(error: Error, path: impl AsRef<str>) -> Result<Response> {
    match error {
        Error::Refused(why) => Ok(see_other(path).flash(Flash::bad(why))),
        other => Err(other),
    }
}

/// A page.
pub fn html(page: String) -> Response {
    Response::builder().header(CONTENT_TYPE, HTML).body(page)
}

/// The page with the form again: what was typed, and what is wrong with it.
pub fn unprocessable(page: String) -> Response {
    Response::builder()
        .status(StatusCode::UNPROCESSABLE_ENTITY)
        .header(CONTENT_TYPE, HTML)
        .body(page)
}

/// The page with the form again, for whoever tried too often: what was typed, and how long to wait.
pub fn too_many(page: String, again_in: Duration) -> Response {
    Response::builder()
        .status(StatusCode::TOO_MANY_REQUESTS)
        .header(CONTENT_TYPE, HTML)
        .header(RETRY_AFTER, seconds_of(again_in))
        .body(page)
}

/// In how many seconds to try again, for `Retry-After`: rounded up, for a moment too early is refused again.
pub fn seconds_of(pause: Duration) -> u64 {
    const ALMOST_A_SECOND: Duration = Duration::from_nanos(999_999_999);
    (pause + ALMOST_A_SECOND).as_secs().max(1)
}

/// `path` if it can only lead to this site: browsers read `//host` and `/\host` as other sites.
pub fn local_path(path: &str) -> Option<&str> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (path.starts_with('/') && !path.starts_with("//") && plain).then_some(path)
}

/// What can be added to an answer.
pub trait Answer {
    /// A message for the page that comes next.
    #[must_use]
    fn flash(self, flash: impl Into<Flash>) -> Self;
    /// The browser is now logged in with this token, for `max_age`.
    #[must_use]
    fn session(self, token: String, max_age: Duration) -> Self;
    /// The browser is no longer logged in.
    #[must_use]
    fn no_session(self) -> Self;
}

impl Answer for Response {
    fn flash(mut self, flash: impl Into<Flash>) -> Self {
        flash.into().put_on(&mut self);
        self
    }

    fn session(mut self, token: String, max_age: Duration) -> Self {
        cookies::set(&mut self, SESSION, token, max_age);
        self
    }

    fn no_session(mut self) -> Self {
        cookies::clear(&mut self, SESSION);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_on_this_site() {
        let location = |path: &str| see_other(path).header(LOCATION).unwrap().to_owned();
        assert_eq!(location("/console/clients?page=2#top"), "/console/clients?page=2#top");
        for path in
            ["//evil.example", "/\\evil.example", "https://evil.example", "", "a", "/a\r\nb"]
        {
            assert_eq!(location(path), "/", "{path}");
        }
    }

    #[test]
    fn a_page_says_what_it_is() {
        assert_eq!(html("<p>".into()).content_type(), Some(HTML));
        let again = unprocessable("<p>".into());
        assert_eq!((again.status().as_u16(), again.content_type()), (422, Some(HTML)));
        let later = too_many("<p>".into(), Duration::from_millis(1_001));
        assert_eq!((later.status().as_u16(), later.header("retry-after")), (429, Some("2")));
    }
}
