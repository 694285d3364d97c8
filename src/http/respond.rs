//! The few answers a handler gives.

use std::time::Duration;

use poem::Response;
use poem::http::header::{CONTENT_TYPE, LOCATION};
use poem::http::{HeaderValue, StatusCode};

use super::cookies::{self, SESSION};
use super::flash::Flash;

/// What every page is.
pub const HTML: &str = "text/html; charset=utf-8";

/// After a write: the browser fetches `path`, and reloading that repeats nothing.
pub fn see_other(path: impl AsRef<str>) -> Response {
    let path = local_path(path.as_ref()).unwrap_or("/");
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    Response::builder().status(StatusCode::SEE_OTHER).header(LOCATION, location).finish()
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
    }
}
