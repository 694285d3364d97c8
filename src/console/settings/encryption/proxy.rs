//! What an Admin who puts a proxy in front needs: its configuration with the firm's host in it, and whether it works.

use std::net::SocketAddr;

use serde::Serialize;

use crate::http::through::Through;
use crate::model::tls::OpenPorts;
use crate::values::PublicUrl;

/// The files that are shipped and tested, so that what is shown here cannot be another thing.
const SNIPPETS: [(&str, &str); 3] = [
    ("nginx", include_str!("../../../../packaging/proxies/nginx.conf")),
    ("Caddy", include_str!("../../../../packaging/proxies/Caddyfile")),
    ("HAProxy", include_str!("../../../../packaging/proxies/haproxy.cfg")),
];
/// What stands in them for the firm's host, for its address and for where the server takes plain HTTP.
const HOST: &str = "portal.firm.example";
const PLACE: &str = "127.0.0.1:8080";

/// For the way "behind a proxy".
#[derive(Serialize)]
pub(in crate::console::settings) struct ProxyShown {
    /// How this very request came.
    live: Live,
    snippets: Vec<Snippet>,
}

#[derive(Serialize)]
struct Snippet {
    program: &'static str,
    text: String,
}

/// What is seen of the proxy in the request that asks.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Live {
    tone: &'static str,
    icon: &'static str,
    says: String,
}

impl ProxyShown {
    pub(in crate::console::settings) fn of(
        public: &PublicUrl,
        ports: &OpenPorts,
        through: &Through,
    ) -> Self {
        let host = public.host();
        // A proxy on this machine finds us where we listen; on all addresses, that is this machine as well.
        let places = ports.site.iter().filter_map(|place| place.parse::<SocketAddr>().ok());
        let place = places.map(|at| match at.ip().is_unspecified() {
            true => format!("127.0.0.1:{}", at.port()),
            false => at.to_string(),
        });
        let place = place.take(1).next().unwrap_or_else(|| PLACE.to_owned());
        let fill = |text: &str| text.replace(HOST, host).replace(PLACE, &place);
        let snippets = SNIPPETS.iter();
        Self {
            live: Live::of(through, public.is_https(), ports.proxy_protocol),
            snippets: snippets
                .map(|(program, text)| Snippet { program, text: fill(text) })
                .collect(),
        }
    }
}

impl Live {
    fn new(tone: &'static str, says: String) -> Self {
        let icon = match tone {
            "good" => "check",
            "info" => "info",
            _ => "alert",
        };
        Self { tone, icon, says }
    }

    /// `https` is what the public address begins with; with `introduces`, proxies use the PROXY protocol.
    fn of(through: &Through, https: bool, introduces: bool) -> Self {
        let peer = through.peer.map_or("a socket file".to_owned(), |peer| peer.to_string());
        let scheme = if through.encrypted { "https" } else { "http" };
        let client = through.client;
        if through.trusted {
            if !through.marked || through.peer == Some(through.client) {
                return Self::new(
                    "warn",
                    format!(
                        "This page came through a trusted proxy ({peer}), but it does not say for whom: everybody \
                         counts as one visitor. Have it send X-Forwarded-For and X-Forwarded-Proto."
                    ),
                );
            }
            let says = format!(
                "This page came through a trusted proxy ({peer}). It says that you are at {client} and came by {scheme}."
            );
            return match https && !through.encrypted {
                true => Self::new(
                    "warn",
                    format!(
                        "{says} The public address begins with https: have it send X-Forwarded-Proto."
                    ),
                ),
                false => Self::new("good", says),
            };
        }
        if through.marked {
            return Self::new(
                "bad",
                format!(
                    "This page came through a proxy at {peer} that is not trusted, so what it says of its visitors is \
                     ignored. Start Anteroom with --trusted-proxies {peer}."
                ),
            );
        }
        if introduces {
            return Self::new(
                "info",
                format!(
                    "By the PROXY protocol, or without a proxy, you are at {client} and came by {scheme}."
                ),
            );
        }
        Self::new(
            "info",
            format!(
                "This page came straight from {peer} by {scheme}, without a proxy. Open it at the public address to \
                 see what the proxy says."
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(trusted: bool, marked: bool, client: &str, encrypted: bool) -> Through {
        let (peer, client) = ("10.0.0.1".parse().ok(), client.parse().unwrap());
        Through { peer, trusted, marked, client, encrypted }
    }

    #[test]
    fn a_proxy_is_judged_by_what_it_says() {
        let tone = |through: &Through| Live::of(through, true, false).tone;
        assert_eq!(tone(&through(true, true, "198.51.100.1", true)), "good");
        assert_eq!(tone(&through(true, true, "198.51.100.1", false)), "warn", "no proto");
        assert_eq!(tone(&through(true, true, "10.0.0.1", true)), "warn", "no visitor");
        assert_eq!(tone(&through(false, false, "10.0.0.1", false)), "info");
        let stranger = Live::of(&through(false, true, "10.0.0.1", false), true, false);
        assert_eq!(stranger.tone, "bad");
        assert!(stranger.says.contains("--trusted-proxies 10.0.0.1"), "{stranger:?}");
    }

    #[test]
    fn snippets_are_for_this_firm_and_this_server() {
        let public = PublicUrl::parse("https://portal.alderfinch.example").unwrap();
        let ports = OpenPorts { site: vec!["0.0.0.0:9090".into()], ..OpenPorts::default() };
        let shown = ProxyShown::of(&public, &ports, &through(false, false, "10.0.0.1", false));
        for Snippet { program, text } in &shown.snippets {
            assert!(text.contains("portal.alderfinch.example"), "{program}: {text}");
            assert!(text.contains("127.0.0.1:9090"), "{program}: {text}");
            assert!(!text.contains(HOST) && !text.contains(PLACE), "{program}: {text}");
        }
    }
}
