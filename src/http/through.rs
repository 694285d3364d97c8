//! How a request came: for the page on which an Admin sees whether the proxy in front of the server is set up right.

use std::net::IpAddr;

use poem::{Addr, FromRequest, Request, RequestBody};

use super::addresses::came_encrypted;
use super::client_ip::{ClientIp, is_forwarded, is_from_proxy};
use super::doors::App;

/// How a request came, and what was read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// The other end of the connection; none if that is a socket file.
    pub peer: Option<IpAddr>,
    /// That is a proxy which the firm trusts.
    pub trusted: bool,
    /// A proxy left its mark, trusted or not.
    pub marked: bool,
    /// Whom limits are counted for, and whom Activity shows.
    pub client: IpAddr,
    /// The browser came by https, here or at the proxy.
    pub encrypted: bool,
}

impl<'a> FromRequest<'a> for Through {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let proxies = App::of(req)?.trusted_proxies();
        let peer = match &req.remote_addr().0 {
            Addr::SocketAddr(at) => Some(at.ip().to_canonical()),
            _ => None,
        };
        Ok(Self {
            peer,
            trusted: is_from_proxy(req, proxies),
            marked: is_forwarded(req),
            client: ClientIp::of(req, proxies).0,
            encrypted: came_encrypted(req, proxies),
        })
    }
}
