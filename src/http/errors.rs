//! The one place where an error becomes a response.
//!
//! A page request gets the error page of its audience, our own `fetch` gets JSON, and both get the
//! same sentence. Faults of ours are logged here, once, with the request id that the page shows.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use minijinja::HtmlEscape;
use poem::error::{MethodNotAllowedError, ParsePathError, ResponseError};
use poem::http::header::{ACCEPT, ALLOW, CONNECTION, CONTENT_TYPE, COOKIE, RETRY_AFTER};
use poem::http::uri::PathAndQuery;
use poem::http::{HeaderValue, Method, StatusCode, Uri};
use poem::{Request, Response};
use serde::Serialize;
use serde_json::json;

use super::cookies::{self, SESSION};
use super::guard::loggable;
use super::origin::Site;
use super::request_id::RequestId;
use super::respond::{HTML, local_path, seconds_of, see_other};
use crate::error::{Error, Fields, Result};

/// When to come back if the server is at its limit.
const BUSY_PAUSE: Duration = Duration::from_secs(5);
const FAULT: &str = "Something went wrong on our side. It has been noted; please try again.";

impl ResponseError for Error {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::ReadOnly => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full | Self::NoRoom(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A request that is refused for its form, before any handler could judge what it asks.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    sentence: Cow<'static, str>,
    allow: Option<&'static str>,
}

impl Refusal {
    /// With this status and this sentence for the person.
    pub fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { status, sentence: sentence.into(), allow: None }
    }

    /// 405, with the methods that would do.
    pub fn method(allow: &'static str) -> Self {
        let refusal =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "This page cannot be used in that way.");
        Self { allow: Some(allow), ..refusal }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status(&self) -> StatusCode {
        self.status
    }
}

/// For whom an error page is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The firm.
    Console,
    /// A client's contact.
    Portal,
    /// Nobody in particular.
    Guest,
}

impl Audience {
    fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("console") => Self::Console,
            Some("p") => Self::Portal,
            _ => Self::Guest,
        }
    }

    /// The template of this audience's error page.
    pub fn template(self) -> &'static str {
        match self {
            Self::Console => "console/error.html",
            Self::Portal => "portal/error.html",
            Self::Guest => "guest/error.html",
        }
    }
}

/// What is still known of a request once its handler has consumed it.
pub struct ErrorRequest {
    /// Shown on the page and in the log.
    pub id: RequestId,
    /// As asked.
    pub method: Method,
    /// Path and query; may hold a secret, see [`loggable`].
    pub uri: Uri,
    site: Site,
    cookies: Option<HeaderValue>,
    wants: Wants,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    Page,
    Json,
    /// Only the status counts.
    Events,
}

impl ErrorRequest {
    pub(super) fn of(req: &Request, id: RequestId, site: Site) -> Self {
        let accept = req.headers().get(ACCEPT).map_or(&[][..], HeaderValue::as_bytes);
        let accepts = |kind: &[u8]| accept.windows(kind.len()).any(|part| part == kind);
        let wants = if accepts(b"application/json") {
            Wants::Json
        } else if accepts(b"text/event-stream") {
            Wants::Events
        } else {
            Wants::Page
        };
        let cookies = req.headers().get(COOKIE).cloned();
        Self { id, method: req.method().clone(), uri: req.uri().clone(), site, cookies, wants }
    }

    /// Whose error page it is.
    pub fn audience(&self) -> Audience {
        Audience::of(self.uri.path())
    }

    /// The token of the session, not checked, for a page with its navigation.
    pub fn session(&self) -> Option<&str> {
        cookies::find(self.cookies.as_ref()?, SESSION, self.site.is_https())
    }
}

/// What an error page says.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// Two or three words.
    pub title: &'static str,
    /// One or two sentences: what the person can do next.
    pub message: String,
    /// Wrong fields of a form that has no page to go back to.
    pub fields: Fields,
    /// What to tell whoever looks into the log.
    pub request_id: String,
}

/// Draws error pages; a trait because this file knows neither templates nor sessions.
pub trait ErrorPages: Send + Sync + 'static {
    /// The page as HTML. If this fails, a plain page with the same words is shown.
    fn error_page(&self, req: &ErrorRequest, page: &ErrorPage) -> Result<String>;
}

/// The response to whatever went wrong.
pub(super) fn answer(
    error: poem::Error,
    req: &ErrorRequest,
    pages: &Arc<dyn ErrorPages>,
) -> Response {
    if error.is_from_response() && error.status().as_u16() < 400 {
        // A redirect that only travelled as an error.
        return error.into_response();
    }
    let error = in_our_words(error);
    note(&error, req);
    if matches!(error.downcast_ref(), Some(Error::SignIn)) && req.wants == Wants::Page {
        return to_login(req);
    }
    let mut response = match req.wants {
        Wants::Json => in_json(&page_of(&error, req)),
        Wants::Events => Response::default(),
        Wants::Page => in_html(&page_of(&error, req), req, pages),
    };
    response.set_status(error.status());
    add_headers(&error, &mut response);
    response
}

/// poem's own errors become ours.
fn in_our_words(error: poem::Error) -> poem::Error {
    if error.status() == StatusCode::NOT_FOUND || error.is::<ParsePathError>() {
        return Error::NotFound.into();
    }
    if error.is::<MethodNotAllowedError>() {
        return Refusal::method("GET, HEAD, POST, OPTIONS").into();
    }
    error
}

/// The log's line, for what somebody should look into.
fn note(error: &poem::Error, req: &ErrorRequest) {
    let (request_id, method, path) = (req.id, &req.method, loggable(req.uri.path()));
    match error.downcast_ref::<Error>() {
        Some(Error::Internal(bug)) => tracing::error!(%request_id, %method, path, "{bug}"),
        Some(Error::Busy) => tracing::warn!(%request_id, %method, path, "answered: busy"),
        Some(Error::Full) => {
            tracing::error!(%request_id, %method, path, "answered: the disk is full");
        }
        Some(Error::NoRoom(_)) => {
            tracing::warn!(%request_id, %method, path, "answered: no room for more files");
        }
        Some(Error::ReadOnly) => {
            tracing::error!(%request_id, %method, path, "answered: the disk is read-only");
        }
        None if error.status().is_server_error() => {
            tracing::error!(%request_id, %method, path, "{error}");
        }
        _ => tracing::debug!(%request_id, %method, path, status = %error.status(), "refused"),
    }
}

fn to_login(req: &ErrorRequest) -> Response {
    let asked = req.uri.path_and_query().map(PathAndQuery::as_str);
    // After a POST there is nothing to come back to: the form is gone.
    let then = asked.and_then(local_path).filter(|_| req.method == Method::GET);
    match then.map(|then| serde_html_form::to_string([("then", then)])) {
        Some(Ok(query)) => see_other(format!("/login?{query}")),
        _ => see_other("/login"),
    }
}

fn page_of(error: &poem::Error, req: &ErrorRequest) -> ErrorPage {
    let status = error.status();
    let mut fields = Fields::new();
    let message = match (error.downcast_ref::<Error>(), error.downcast_ref::<Refusal>()) {
        (Some(Error::Internal(_)), _) => FAULT.to_owned(),
        (Some(Error::Invalid(wrong)), _) => {
            fields.clone_from(wrong);
            "Some of this needs another look.".to_owned()
        }
        (Some(error), _) => error.to_string(),
        (None, Some(refusal)) => refusal.to_string(),
        _ if status.is_server_error() => FAULT.to_owned(),
        _ => "This was not understood. Open the page again and try once more.".to_owned(),
    };
    let request_id = req.id.to_string();
    ErrorPage { status: status.as_u16(), title: title(status), message, fields, request_id }
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Log in to go on",
        403 => "Not allowed",
        404 => "Nothing here",
        408 => "That took too long",
        409 => "Not possible now",
        410 => "This link has ended",
        413 => "Too large",
        421 => "Wrong address",
        422 => "Please check this",
        429 => "Too many tries",
        503 => "Busy right now",
        507 => "No room left",
        500.. => "Something went wrong",
        _ => "Not understood",
    }
}

fn in_json(page: &ErrorPage) -> Response {
    let ErrorPage { status, message, fields, request_id, .. } = page;
    let body = json!({ "error": {
        "status": status, "message": message, "fields": fields, "request_id": request_id,
    }});
    Response::builder().header(CONTENT_TYPE, "application/json").body(body.to_string())
}

fn in_html(page: &ErrorPage, req: &ErrorRequest, pages: &Arc<dyn ErrorPages>) -> Response {
    let html = pages.error_page(req, page).unwrap_or_else(|why| {
        tracing::error!(request_id = %req.id, "the error page failed: {why}");
        plain(page)
    });
    Response::builder().header(CONTENT_TYPE, HTML).body(html)
}

/// Needs no template, so that it cannot fail.
fn plain(page: &ErrorPage) -> String {
    let (title, message) = (HtmlEscape(page.title), HtmlEscape(&page.message));
    let id = HtmlEscape(&page.request_id);
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1><p>{message}</p><p>Request {id}</p></html>"
    )
}

fn add_headers(error: &poem::Error, response: &mut Response) {
    let headers = response.headers_mut();
    let pause = match error.downcast_ref::<Error>() {
        Some(Error::TooMany { again_in }) => Some(seconds_of(*again_in)),
        Some(Error::Busy) => Some(BUSY_PAUSE.as_secs()),
        _ => None,
    };
    if let Some(seconds) = pause {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if let Some(allow) = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.allow) {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    if matches!(error.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
        // The rest of the body would be taken for the next request.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

#[cfg(test)]
mod tests;
