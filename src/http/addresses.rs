//! Under which of the firm's addresses a request came: the public one, a former one, or that of the machine itself.

use std::sync::Arc;

use ipnet::IpNet;
use poem::http::HeaderName;
use poem::http::header::FORWARDED;
use poem::http::uri::{Authority, Scheme};
use poem::{Addr, Request};

use super::client_ip::{is_forwarded, is_from_proxy};
use super::origin::{Origin, Site, authority, host_of, is_loopback};

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where the portal is reached, as the settings have it at this moment.
#[derive(Clone, Default)]
pub struct Addresses {
    /// The origin of every link; none before set-up.
    pub public: Option<Arc<Origin>>,
    /// The one before it, as long as no Admin has come by the new one.
    pub former: Option<Arc<Origin>>,
    /// Browsers may be told to insist on https: the certificate has proven itself.
    pub insist: bool,
}

/// Asks for the addresses at each request, for the first-run page and the settings change them.
pub type PublicOrigin = Arc<dyn Fn() -> Addresses + Send + Sync>;

impl Addresses {
    /// The address that a request is judged by; and whether it came by a new one, just as that is set.
    pub(super) fn of(&self, req: &Request, encrypted: bool) -> (Site, bool) {
        let Some(public) = &self.public else { return (Site(None), false) };
        let asked = authority(req);
        let host = asked.as_ref().map(host_of);
        if let Some(former) = self.former.as_ref().filter(|former| {
            let same = public.host() == former.host();
            let plain = !encrypted && !is_forwarded(req) && !former.is_https();
            host.as_deref() == Some(former.host()) && (!same || (plain && public.is_https()))
        }) {
            return (Site(Some(former.clone())), false);
        }
        let is_new = self.former.is_some()
            && asked.as_ref().is_some_and(|asked| is_reached(req, asked, public, encrypted));
        if encrypted
            && !public.is_https()
            && is_ours(req, asked.as_ref(), Some(public))
            && let Some(asked) = asked
        {
            // By TLS under an address that is set to be plain: the cookies are as safe as they can be.
            return (Site(Some(Arc::new(Origin::of_https(&asked)))), is_new);
        }
        (Site(Some(public.clone())), is_new)
    }
}

/// Whether a request came by exactly this address. A proxy may leave the port out and not say how it was spoken to.
fn is_reached(req: &Request, asked: &Authority, public: &Origin, encrypted: bool) -> bool {
    let forwarded = is_forwarded(req);
    let there = public.has_authority(asked) || (forwarded && host_of(asked) == public.host());
    let as_set = encrypted == public.is_https() || (forwarded && public.is_https());
    there && as_set
}

/// Once there is a firm, only its public name counts, and what can only mean this machine: a
/// loopback name, or the very address the connection came in on. Any other name may be one that a
/// foreign page has pointed here, to be taken for this site by a browser (DNS rebinding). Before
/// set-up there is nothing to get at, and the name the firm will have is not known.
pub(super) fn is_ours(req: &Request, asked: Option<&Authority>, public: Option<&Origin>) -> bool {
    let Some(public) = public else { return true };
    let Some(host) = asked.map(host_of) else { return false };
    host == public.host() || is_loopback(&host) || is_socket(&host, &req.local_addr().0)
}

/// Whether the host is the very address the connection came in on.
pub(super) fn is_socket(host: &str, local: &Addr) -> bool {
    let Addr::SocketAddr(local) = local else { return false };
    host.parse().is_ok_and(|ip: std::net::IpAddr| ip == local.ip().to_canonical())
}

/// Whether the person's browser came by TLS: to this server, or to a proxy that the firm trusts and that says so.
pub(super) fn came_encrypted(req: &Request, trusted: &[IpNet]) -> bool {
    req.scheme() == &Scheme::HTTPS
        || (is_from_proxy(req, trusted) && told_proto(req).is_some_and(|proto| proto == "https"))
}

/// What the nearest proxy says it was spoken to with: the last word is its own.
fn told_proto(req: &Request) -> Option<String> {
    let last = |name: HeaderName| {
        let line = req.headers().get_all(name).iter().next_back()?.to_str().ok()?;
        line.rsplit(',').next().map(|word| word.trim().to_ascii_lowercase())
    };
    if let Some(proto) = last(X_FORWARDED_PROTO) {
        return Some(proto);
    }
    let element = last(FORWARDED)?;
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == "proto");
    found.map(|(_, proto)| proto.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests;
