//! From which network address a request came.
//!
//! The socket knows. Headers can be written by anybody, so they count only when the peer is a
//! proxy that the firm named in `trusted_proxies`, and only as far as such proxies vouch for them.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use ipnet::IpNet;
use poem::http::HeaderName;
use poem::http::header::{FORWARDED, VIA};
use poem::{Addr, FromRequest, Request, RequestBody};

use super::origin::{authority, host_of, is_loopback};
use crate::error::Error;

/// The peer of a request that came in by a socket file. Whoever may open the file is a proxy that is trusted.
pub(super) const BY_SOCKET_FILE: Addr = Addr::Custom("unix", Cow::Borrowed("socket file"));

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// The address that limits are counted for and that Activity shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl<'a> FromRequest<'a> for ClientIp {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let known = req.data::<Self>().copied();
        Ok(known.ok_or_else(|| Error::bug("this request did not come through http::guard"))?)
    }
}

impl ClientIp {
    /// Reads the forwarded addresses from right to left, that is from the nearest hop outwards.
    /// The first that is not a trusted proxy is the client; an unreadable one ends the search at
    /// the proxy that wrote it.
    pub fn of(req: &Request, trusted: &[IpNet]) -> Self {
        let trusts = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
        let mut nearest = peer(req);
        if !is_from_proxy(req, trusted) {
            return Self(nearest);
        }
        for hop in forwarded(req).iter().rev() {
            let Some(ip) = address_in(hop) else { break };
            nearest = ip;
            if !trusts(&nearest) {
                break;
            }
        }
        Self(nearest)
    }
}

/// Whether a proxy that the firm trusts handed this request over.
pub(super) fn is_from_proxy(req: &Request, trusted: &[IpNet]) -> bool {
    let by_file = matches!(req.remote_addr().0, Addr::Custom(..));
    let peer = peer(req);
    by_file || trusted.iter().any(|net| net.contains(&peer))
}

/// The other end of the socket.
fn peer(req: &Request) -> IpAddr {
    match &req.remote_addr().0 {
        Addr::SocketAddr(at) => at.ip().to_canonical(),
        _ => Ipv4Addr::UNSPECIFIED.into(),
    }
}

/// The hops as written, nearest last: `X-Forwarded-For`, or else `Forwarded`.
fn forwarded(req: &Request) -> Vec<&str> {
    let entries = |name: HeaderName| {
        let lines = req.headers().get_all(name).iter();
        // A line that is no text is kept as an unreadable hop, or an older one would take its place.
        lines.flat_map(|line| line.to_str().unwrap_or("unknown").split(',')).collect::<Vec<_>>()
    };
    let simple = entries(X_FORWARDED_FOR);
    if !simple.is_empty() {
        return simple;
    }
    entries(FORWARDED).into_iter().map(for_parameter).collect()
}

/// The value of `for=` in one element of `Forwarded` (RFC 7239 §4).
fn for_parameter(element: &str) -> &str {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    found.map_or("unknown", |(_, value)| value)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, each perhaps in quotes.
fn address_in(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim().trim_matches('"');
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let ip = bare.parse().or_else(|_| hop.parse::<SocketAddr>().map(|at| at.ip())).ok()?;
    Some(ip.to_canonical())
}

/// Whether this is a browser on this very machine: the peer is loopback, it asked for a loopback
/// name, and no proxy stands between. The first-run page then asks for no set-up code.
pub fn came_directly(req: &Request) -> bool {
    let names_this_machine = authority(req).is_some_and(|host| is_loopback(&host_of(&host)));
    peer(req).is_loopback() && names_this_machine && !is_forwarded(req)
}

/// Whether a proxy left its mark.
pub(super) fn is_forwarded(req: &Request) -> bool {
    let by = |name: &HeaderName| {
        [FORWARDED, VIA, X_REAL_IP].contains(name) || name.as_str().starts_with("x-forwarded-")
    };
    req.headers().keys().any(by)
}

#[cfg(test)]
mod tests {
    use poem::http::uri::Scheme;
    use poem::web::{LocalAddr, RemoteAddr};
    use poem::{Body, RequestParts};

    use super::*;

    fn request(peer: &str, headers: &[(&'static str, &str)]) -> Request {
        let mut parts = poem::http::Request::new(()).into_parts().0;
        for (name, value) in headers {
            parts.headers.append(*name, value.parse().unwrap());
        }
        let peer = RemoteAddr(SocketAddr::new(peer.parse().unwrap(), 4_711).into());
        let parts = RequestParts::from((parts, LocalAddr::default(), peer, Scheme::HTTP));
        Request::from_parts(parts, Body::empty())
    }

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "2001:db8:ff::/48".parse().unwrap()];
        ClientIp::of(&request(peer, headers), &trusted).0.to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        for name in ["x-forwarded-for", "x-real-ip", "forwarded"] {
            assert_eq!(client("192.0.2.9", &[(name, "198.51.100.1")]), "192.0.2.9");
        }
        assert_eq!(client("10.0.0.1", &[("x-real-ip", "198.51.100.1")]), "10.0.0.1");
    }

    #[test]
    fn hops_are_read_from_the_nearest_outwards() {
        let chain = "203.0.113.66, 198.51.100.1:5000, 10.2.2.2";
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", chain)]), "198.51.100.1");
        let lines = [("x-forwarded-for", "203.0.113.66"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(client("::ffff:10.0.0.1", &lines), "198.51.100.1");
        let chain = "for=203.0.113.66, proto=https; For=\"[2001:db8::7]:4711\";by=10.0.0.1";
        assert_eq!(client("2001:db8:ff::1", &[("forwarded", chain)]), "2001:db8::7");
    }

    #[test]
    fn what_cannot_be_read_ends_at_the_proxy_that_wrote_it() {
        for bad in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1, 10.2.2.2.2"] {
            assert_eq!(client("10.0.0.1", &[("x-forwarded-for", bad)]), "10.0.0.1", "{bad}");
        }
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "10.3.3.3")]), "10.3.3.3");
    }

    #[test]
    fn only_a_browser_on_this_machine_comes_directly() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080"] {
            assert!(came_directly(&request("127.0.0.1", &[("host", host)])), "{host}");
        }
        assert!(came_directly(&request("::1", &[("host", "localhost")])));
        assert!(!came_directly(&request("192.0.2.1", &[("host", "localhost")])));
        assert!(!came_directly(&request("127.0.0.1", &[("host", "firm.example")])));
        assert!(!came_directly(&request("127.0.0.1", &[])));
        for name in ["x-forwarded-proto", "x-forwarded-for", "forwarded", "x-real-ip", "via"] {
            let headers = [("host", "localhost"), (name, "x")];
            assert!(!came_directly(&request("127.0.0.1", &headers)), "{name}");
        }
    }
}
