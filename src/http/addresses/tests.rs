use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, RequestParts};

use super::*;

/// A request from this peer, by this scheme, with these headers.
fn request(peer: &str, scheme: Scheme, headers: &[(&'static str, &str)]) -> Request {
    let mut parts = poem::http::Request::new(()).into_parts().0;
    for (name, value) in headers {
        parts.headers.append(*name, value.parse().unwrap());
    }
    let at = |ip: &str| Addr::from(std::net::SocketAddr::new(ip.parse().unwrap(), 4_711));
    let ends = (LocalAddr(at("192.0.2.1")), RemoteAddr(at(peer)));
    let parts = RequestParts::from((parts, ends.0, ends.1, scheme));
    Request::from_parts(parts, Body::empty())
}

fn encrypted(peer: &str, headers: &[(&'static str, &str)]) -> bool {
    came_encrypted(&request(peer, Scheme::HTTP, headers), &["10.0.0.0/8".parse().unwrap()])
}

#[test]
fn only_a_trusted_proxy_can_say_that_somebody_came_by_tls() {
    let says = [("x-forwarded-proto", "https")];
    assert!(encrypted("10.0.0.1", &says) && !encrypted("192.0.2.9", &says));
    assert!(
        !encrypted("10.0.0.1", &[]) && !encrypted("10.0.0.1", &[("x-forwarded-proto", "http")])
    );
    assert!(!encrypted("10.0.0.1", &[("x-forwarded-proto", "https, http")]), "the nearest counts");
    let forwarded = "for=192.0.2.7;proto=http, for=10.0.0.9;Proto=\"https\"";
    assert!(encrypted("10.0.0.1", &[("forwarded", forwarded)]));
    assert!(came_encrypted(&request("192.0.2.9", Scheme::HTTPS, &[]), &[]));
}

fn addresses(public: &str, former: &str) -> Addresses {
    let parse = |url: &str| Origin::parse(url).map(Arc::new);
    Addresses { public: parse(public), former: parse(former), insist: false }
}

/// The origin that a request to this host is judged by, and whether it came by the new address.
fn judged(addresses: &Addresses, host: &str, https: bool) -> (Option<Origin>, bool) {
    let scheme = if https { Scheme::HTTPS } else { Scheme::HTTP };
    let (site, first) = addresses.of(&request("192.0.2.9", scheme, &[("host", host)]), https);
    (site.0.map(|origin| (*origin).clone()), first)
}

#[test]
fn a_former_address_is_judged_by_itself_until_the_new_one_was_reached() {
    let both = addresses("https://new.example", "http://old.example:8080");
    let old = judged(&both, "old.example:8080", false);
    assert_eq!(old, (Origin::parse("http://old.example:8080"), false));
    assert_eq!(judged(&both, "new.example", true), (Origin::parse("https://new.example"), true));
    let alone = addresses("https://new.example", "");
    let stranger = judged(&alone, "old.example:8080", false);
    assert_eq!(stranger, (Origin::parse("https://new.example"), false));
}

#[test]
fn the_same_name_with_https_is_another_address() {
    let both = addresses("https://portal.example", "http://portal.example");
    let plain = judged(&both, "portal.example", false);
    assert_eq!(plain, (Origin::parse("http://portal.example"), false));
    let secure = judged(&both, "portal.example", true);
    assert_eq!(secure, (Origin::parse("https://portal.example"), true));
    let behind = request(
        "10.0.0.1",
        Scheme::HTTP,
        &[("host", "portal.example"), ("x-forwarded-for", "192.0.2.9")],
    );
    assert!(both.of(&behind, false).1, "a proxy that does not say how it was spoken to");
}

#[test]
fn only_the_new_address_itself_is_the_new_one() {
    let both = addresses("https://portal.example:8443", "http://portal.lan");
    let is_new = |host: &str, https| judged(&both, host, https).1;
    assert!(is_new("portal.example:8443", true) && is_new("Portal.Example:8443", true));
    assert!(!is_new("portal.example:8443", false), "in the clear");
    assert!(!is_new("portal.example", true) && !is_new("127.0.0.1:8443", true), "elsewhere");
    let plain = addresses("http://nas.lan:9090", "http://nas.lan:8080");
    assert!(!judged(&plain, "nas.lan:8080", false).1 && judged(&plain, "nas.lan:9090", false).1);
}

#[test]
fn tls_under_a_plain_address_makes_cookies_safe_but_no_foreign_name_ours() {
    let plain = addresses("http://localhost:8080", "");
    let local = judged(&plain, "localhost:8443", true);
    assert_eq!(local, (Origin::parse("https://localhost:8443"), false));
    let foreign = judged(&plain, "evil.example", true);
    assert_eq!(foreign, (Origin::parse("http://localhost:8080"), false));
}
