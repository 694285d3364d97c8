//! What answers at port 80: browsers are led on to HTTPS, and an authority finds its proof. Nothing else is there.

use std::sync::Arc;

use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use poem::http::{HeaderValue, StatusCode};
use poem::{Request, Response};

use super::addresses::is_socket;
use super::origin::{authority, host_of};
use super::tls::Certificates;

/// Where an authority looks (RFC 8555 §8.3).
const PROOFS: &str = "/.well-known/acme-challenge/";

/// Where HTTPS is for a host that is ours: the host, with the port if that is not 443. None for a host that is not ours.
/// It is told the host, and whether that is the very address the request came in on. Asked at each request, for the
/// settings change it.
pub type Onward = Arc<dyn Fn(&str, bool) -> Option<String> + Send + Sync>;

/// Leads from plain HTTP to HTTPS.
pub struct Redirect {
    certificates: Arc<Certificates>,
    onward: Onward,
}

impl Redirect {
    /// With the proofs of these certificates.
    #[must_use]
    pub fn new(certificates: Arc<Certificates>, onward: Onward) -> Self {
        Self { certificates, onward }
    }

    /// The same path at HTTPS. The host is one of ours or the address the request came in on: it is never led to a place
    /// that the request alone names.
    pub(super) fn answer(&self, req: &Request) -> Response {
        let path = req.uri().path();
        if let Some(token) = path.strip_prefix(PROOFS) {
            return match self.certificates.text_for(token) {
                Some(proof) => text(StatusCode::OK, proof),
                None => text(StatusCode::NOT_FOUND, "There is nothing here."),
            };
        }
        let asked = authority(req).map(|asked| host_of(&asked));
        let place = |host: String| (self.onward)(&host, is_socket(&host, &req.local_addr().0));
        let Some(onward) = asked.and_then(place) else {
            let sorry = "This server does not answer under that address. Use the address the firm gave you.";
            return text(StatusCode::MISDIRECTED_REQUEST, sorry);
        };
        let path = req.uri().path_and_query().map_or("/", |path| path.as_str());
        let Ok(to) = HeaderValue::try_from(format!("https://{onward}{path}")) else {
            return text(StatusCode::BAD_REQUEST, "This address cannot be read.");
        };
        let mut response = text(StatusCode::PERMANENT_REDIRECT, "This page is at https.");
        response.headers_mut().insert(LOCATION, to);
        response
    }
}

fn text(status: StatusCode, body: impl Into<String>) -> Response {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        // Nobody must be led on for ever after encryption was switched off.
        .header(CACHE_CONTROL, "no-store")
        .body(body.into())
}
