//! Where the server takes connections: what the settings page shows, and what a look before an order asks.

use std::net::SocketAddr;

/// Where the server takes connections, and where it would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenPorts {
    /// Plain HTTP of the site: an address with a port, or `unix:` and a path.
    pub site: Vec<String>,
    /// HTTPS, if somebody listens for it.
    pub https: Option<SocketAddr>,
    /// Plain HTTP that leads on to HTTPS and answers an authority, if somebody listens for it.
    pub onward: Option<SocketAddr>,
    /// Plain HTTP beside HTTPS that leads nobody on yet, because nobody has chosen where a certificate comes from.
    pub beside: Option<SocketAddr>,
    /// Where HTTPS is listened for once it is on.
    pub would_https: Option<SocketAddr>,
    /// Where plain HTTP leads on to it then.
    pub would_http: Option<SocketAddr>,
    /// Trusted proxies introduce their visitors by the PROXY protocol.
    pub proxy_protocol: bool,
}
