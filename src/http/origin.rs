//! Where a request claims to be addressed to, and where the firm says its portal is.

use std::net::IpAddr;
use std::sync::Arc;

use poem::Request;
use poem::http::Uri;
use poem::http::header::HOST;
use poem::http::uri::Authority;

/// Scheme, host and port of a web address: all that browsers compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    /// In lower case; an IPv6 address without its brackets.
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of `http(s)://host[:port][/…]`; `None` for anything else, also for `null`.
    pub fn parse(address: &str) -> Option<Self> {
        let uri: Uri = address.trim().parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let port = authority.port_u16().unwrap_or(if https { 443 } else { 80 });
        Some(Self { https, host: host_of(authority), port })
    }

    /// That of https at this authority.
    pub(super) fn of_https(authority: &Authority) -> Self {
        let port = authority.port_u16().unwrap_or(443);
        Self { https: true, host: host_of(authority), port }
    }

    /// Whether cookies can be `Secure` and browsers may be told to stay on https.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The name alone, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host and port are those of `authority`, where a port left out is the scheme's.
    pub(super) fn has_authority(&self, authority: &Authority) -> bool {
        let port = authority.port_u16().unwrap_or(if self.https { 443 } else { 80 });
        self.host == host_of(authority) && self.port == port
    }
}

/// The address that a request is judged by, most often the public one, as it was when this request came in; in every request behind the guard.
#[derive(Clone, Default)]
pub struct Site(pub Option<Arc<Origin>>);

impl Site {
    /// Of this request.
    pub fn of(req: &Request) -> Self {
        req.data::<Self>().cloned().unwrap_or_default()
    }

    /// Whether people come by https.
    pub fn is_https(&self) -> bool {
        self.0.as_ref().is_some_and(|origin| origin.is_https())
    }
}

/// What the request is addressed to; `None` if it does not say, or says two things.
pub fn authority(req: &Request) -> Option<Authority> {
    let mut hosts = req.headers().get_all(HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return None;
    }
    let host = host.map(|host| Authority::try_from(host.as_bytes()));
    let authority = match (req.uri().authority().cloned(), host) {
        (None, Some(Ok(host))) => host,
        (Some(target), None) => target,
        (Some(target), Some(Ok(host))) if target == host => target,
        _ => return None,
    };
    (!authority.as_str().contains('@')).then_some(authority)
}

/// The name in lower case, without port and brackets, and without the dot that ends a full name.
pub(super) fn host_of(authority: &Authority) -> String {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// `localhost` and all below it (RFC 6761), 127.0.0.0/8 or `::1`: names that only this machine's own
/// browser can mean.
pub(super) fn is_loopback(host: &str) -> bool {
    let is_name = host == "localhost" || host.ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str, hosts: &[&str]) -> Request {
        let start = Request::builder().uri_str(uri);
        hosts.iter().fold(start, |building, host| building.header("host", *host)).finish()
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let origin = Origin::parse("https://Portal.Firm.example/login").unwrap();
        assert_eq!(origin, Origin::parse("https://portal.firm.example:443").unwrap());
        assert_ne!(origin, Origin::parse("http://portal.firm.example").unwrap());
        assert_eq!(Origin::parse("http://[::1]:8080").unwrap().host(), "::1");
        for none in ["null", "", "ftp://a", "/login", "https://you@firm.example", "javascript:1"] {
            assert_eq!(Origin::parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_request_says_once_where_it_goes() {
        let host = |req: &Request| authority(req).map(|found| host_of(&found));
        assert_eq!(host(&request("/", &["Firm.example.:80"])).unwrap(), "firm.example");
        assert_eq!(host(&request("/", &["[::1]:8080"])).unwrap(), "::1");
        assert_eq!(host(&request("http://a.example/", &["a.example"])).unwrap(), "a.example");
        assert_eq!(host(&request("http://a.example/", &["b.example"])), None);
        assert_eq!(host(&request("/", &["a.example", "b.example"])), None);
        assert_eq!(host(&request("/", &["x@a.example"])), None);
        assert_eq!(host(&request("/", &["a example"])), None);
        assert_eq!(host(&request("/", &[])), None);
    }

    #[test]
    fn loopback_is_what_cannot_be_elsewhere() {
        for yes in ["localhost", "portal.localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback(yes), "{yes}");
        }
        for no in ["localhost.firm.example", "10.0.0.1", "firm.example", "0.0.0.0"] {
            assert!(!is_loopback(no), "{no}");
        }
    }
}
