//! Around every request, before routing: who may ask at all, and what every answer carries.
//!
//! **Cross-site requests.** Cookies are `SameSite=Lax`, and beyond that every unsafe method must
//! prove that it comes from a page of ours. Browsers say so in `Sec-Fetch-Site`; where that is
//! missing (plain http in a local network) `Origin` must be ours, and without that `Referer`. With
//! none of the three the sender is no browser that we support, for all of them send `Origin` with
//! a POST. Forging a request needs somebody else's browser and its cookies, so such a sender is
//! let through only if it brings no cookie. What ends mails is sent by mail programs, and says by its
//! address alone that it may.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use ipnet::IpNet;
use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HeaderMap, ORIGIN, REFERER, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use poem::http::uri::Authority;
use poem::http::{HeaderName, HeaderValue, Method, StatusCode};
use poem::{Endpoint, Request, Response};

use super::addresses::{PublicOrigin, came_encrypted, is_ours};
use super::client_ip::{ClientIp, is_from_proxy};
use super::cookies;
use super::deadline::Deadline;
use super::errors::{self, ErrorPages, ErrorRequest, Refusal};
use super::origin::{Origin, Site, authority, host_of, is_loopback};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::traffic::{self, Traffic};
use crate::error::Error;

/// For a handler to answer. Events and downloads answer at once and take their time afterwards.
const HANDLER_LIMIT: Duration = Duration::from_secs(30);

/// Sent with every response, also errors. Nothing is loaded from elsewhere, nothing runs inline.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
             connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; manifest-src 'self'",
        ),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex")),
];
const STAY_ON_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The first part of paths that may hold a secret: never logged in full, never sent as a referrer.
const SECRET_PATHS: [&str; 5] = ["invite", "reset", "verify-address", "calendar", UNSUBSCRIBE];
/// What mail programs send a form to, from wherever they are (RFC 8058). The secret in the address says all; nobody is asked for
/// their session.
const UNSUBSCRIBE: &str = "unsubscribe";

/// The path as the log may have it.
pub fn loggable(path: &str) -> &str {
    let first = first_part(path);
    if SECRET_PATHS.contains(&first) { &path[..=first.len()] } else { path }
}

fn first_part(path: &str) -> &str {
    path.strip_prefix('/').and_then(|rest| rest.split('/').next()).unwrap_or("")
}

/// What the guard needs to know.
#[derive(Clone)]
pub struct Guard {
    pages: Arc<dyn ErrorPages>,
    public: PublicOrigin,
    /// Told of whoever comes by a new public address, while the one before it still answers.
    answered: Arc<dyn Fn(&str) + Send + Sync>,
    trusted_proxies: Arc<[IpNet]>,
    handler_limit: Duration,
    traffic: Arc<Traffic>,
}

impl Guard {
    /// Draws errors with `pages`, and asks `public` for the firm's address at each request.
    pub fn new(
        pages: Arc<dyn ErrorPages>,
        public: PublicOrigin,
        trusted_proxies: Arc<[IpNet]>,
    ) -> Self {
        let (traffic, answered) = (Arc::default(), Arc::new(|_: &str| {}));
        Self { pages, public, answered, trusted_proxies, handler_limit: HANDLER_LIMIT, traffic }
    }

    /// Tells whose session came by a new public address, while the one before it still answers. Anybody can make up a
    /// session: who it is has yet to be asked.
    #[must_use]
    pub fn on_new_address(self, answered: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { answered: Arc::new(answered), ..self }
    }

    /// Counts every answer here.
    #[must_use]
    pub fn counting(self, traffic: Arc<Traffic>) -> Self {
        Self { traffic, ..self }
    }

    /// `inner`, guarded. The result answers every request and never fails.
    pub fn around(
        self,
        inner: impl Endpoint<Output = Response> + 'static,
    ) -> impl Endpoint<Output = Response> + 'static {
        Guarded { guard: self, inner }
    }
}

struct Guarded<E> {
    guard: Guard,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Endpoint for Guarded<E> {
    type Output = Response;

    async fn call(&self, mut req: Request) -> poem::Result<Response> {
        let began = Instant::now();
        if asks_whether_alive(&req) {
            return Ok(self.alive(req, began).await);
        }
        let proxies = &self.guard.trusted_proxies;
        let (encrypted, addresses) = (came_encrypted(&req, proxies), (self.guard.public)());
        let (site, is_new) = addresses.of(&req, encrypted);
        let from = ClientIp::of(&req, proxies);
        let id = RequestId::of(&req, is_from_proxy(&req, proxies));
        let seen = ErrorRequest::of(&req, id, site.clone());
        let (answered, route) = match admit(&req, site.0.as_deref()) {
            Ok(()) => {
                req.set_data(from);
                req.set_data(site.clone());
                if is_new && let Some(session) = cookies::session(&req) {
                    (self.guard.answered)(session);
                }
                req.set_data(id);
                // Apart, so that the short way for health does not carry the room for the long one.
                Box::pin(traffic::noting(self.in_time(req))).await
            }
            Err(refusal) => (Err(refusal.into()), 0),
        };
        let mut response =
            answered.unwrap_or_else(|error| errors::answer(error, &seen, &self.guard.pages));
        // Set-up gives the firm its address in this very request, and the next one looks for its cookie.
        let https = if site.0.is_some() { site.is_https() } else { encrypted || self.is_https() };
        cookies::write_out(&mut response, https);
        add_headers(response.headers_mut(), seen.uri.path(), addresses.insist && site.is_https());
        response.headers_mut().insert(X_REQUEST_ID, id.header());
        self.tell(&seen, from, route, response.status().as_u16(), began);
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Guarded<E> {
    /// Counts the answer, and tells the log of it. The route's pattern stands there, not the path: that may be secret.
    fn tell(&self, req: &ErrorRequest, from: ClientIp, route: usize, status: u16, began: Instant) {
        let (traffic, took) = (&self.guard.traffic, began.elapsed());
        traffic.note(route, status, took);
        tracing::debug!(
            target: "anteroom::access",
            method = %req.method,
            route = %traffic.pattern(route),
            status,
            ms = took.as_millis() as u64,
            client_ip = %from.0,
            request_id = %req.id,
            "answered"
        );
    }

    /// The short way for whoever watches the server: many ask often, the answer is for no browser, keeps nobody
    /// waiting and is of no use in the log. So it has neither a name nor a deadline.
    async fn alive(&self, req: Request, began: Instant) -> Response {
        let (mut response, route) = traffic::noting(self.inner.get_response(req)).await;
        add_headers(response.headers_mut(), "", false);
        self.guard.traffic.note(route, response.status().as_u16(), began.elapsed());
        response
    }

    fn is_https(&self) -> bool {
        Site((self.guard.public)().public).is_https()
    }

    /// The handler's answer, unless it panics or takes too long.
    async fn in_time(&self, mut req: Request) -> poem::Result<Response> {
        let deadline = Deadline::after(self.guard.handler_limit);
        req.set_data(deadline.clone());
        let answer = AssertUnwindSafe(self.inner.call(req)).catch_unwind();
        tokio::select! {
            biased;
            answered = answer => {
                answered.unwrap_or_else(|panic| Err(Error::bug(words_of(panic.as_ref())).into()))
            }
            () = deadline.passed() => Err(Error::Busy.into()),
        }
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", words.unwrap_or("without words"))
}

/// Whether this request may be routed.
fn admit(req: &Request, public: Option<&Origin>) -> Result<(), Refusal> {
    let safe = match *req.method() {
        Method::GET | Method::HEAD | Method::OPTIONS => true,
        Method::POST | Method::PATCH => false,
        _ => return Err(Refusal::method("GET, HEAD, POST, PATCH, OPTIONS")),
    };
    if is_health(req.uri().path()) {
        return Ok(());
    }
    let asked = authority(req);
    if !is_ours(req, asked.as_ref(), public) {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "This server does not answer under that address. Use the address the firm gave you.",
        ));
    }
    let by_mail = first_part(req.uri().path()) == UNSUBSCRIBE;
    if safe || by_mail || is_same_site(req.headers(), asked.as_ref(), public) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "This form came from another site, so nothing was done. Open the page here and try again.",
    ))
}

/// What whoever watches the server asks, under whatever name they reach it by. It tells no secret.
pub(super) fn is_health(path: &str) -> bool {
    matches!(path, "/healthz" | "/healthz/live" | "/healthz/ready" | "/livez" | "/readyz")
}

fn asks_whether_alive(req: &Request) -> bool {
    let reads = matches!(*req.method(), Method::GET | Method::HEAD);
    reads && matches!(req.uri().path(), "/healthz" | "/healthz/live" | "/livez")
}

/// Whether an unsafe request comes from a page of this site; the reasons are at the top.
fn is_same_site(headers: &HeaderMap, asked: Option<&Authority>, public: Option<&Origin>) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    let Some(from) = headers.get(ORIGIN).or_else(|| headers.get(REFERER)) else {
        return !headers.contains_key(COOKIE);
    };
    let Some(from) = from.to_str().ok().and_then(Origin::parse) else { return false };
    if public == Some(&from) {
        return true;
    }
    // Under the public name nothing but the public origin will do. Under another admitted name,
    // or before there is a public one, the page must have come from where the form goes.
    let public_name = public.filter(|public| !is_loopback(public.host()));
    asked.is_some_and(|asked| {
        from.has_authority(asked)
            && public_name.is_none_or(|public| public.host() != host_of(asked))
    })
}

fn add_headers(headers: &mut HeaderMap, path: &str, insist: bool) {
    headers.reserve(ALWAYS.len() + 4); // at once, not bit by bit
    for (name, value) in ALWAYS {
        // A page that shows somebody's HTML brings a policy of its own.
        headers.entry(name).or_insert(value);
    }
    // The bare origin tells no secret. With `no-referrer` browsers would send `Origin: null` with
    // the page's own form, and those without `Sec-Fetch-Site` could not prove where they come from.
    let secret = SECRET_PATHS.contains(&first_part(path));
    let referrer = if secret { "strict-origin" } else { "same-origin" };
    headers.insert(REFERRER_POLICY, HeaderValue::from_static(referrer));
    if insist {
        headers.insert(STRICT_TRANSPORT_SECURITY, STAY_ON_HTTPS);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests;
