//! Our own accept loop: poem routes, hyper speaks HTTP, and this file decides who may connect and
//! for how long. poem's server has no limit on slow heads, no cap and no pause at accept errors.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{
    Endpoint, EndpointExt, FromRequest, IntoEndpoint, Request, RequestBody,
    Response as PoemResponse,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::patience::{Answering, Patience};
use super::seats::{Seat, Seats};
use crate::error::Error;

/// The most bytes of one request head, in memory per connection.
const HEAD_BYTES: usize = 64 * 1024;
/// After a failed accept, mostly for want of file descriptors: without it the loop would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What one listener grants its peers.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections in all. A peer beyond it is closed at once.
    pub connections: usize,
    /// Connections from one IPv4 address or IPv6 /64.
    pub per_network: usize,
    /// From accept to the first byte, and from the first byte of a head to its last.
    pub head: Duration,
    /// Between the end of one response and the next request.
    pub idle: Duration,
    /// For requests that are under way when the server is told to stop.
    pub drain: Duration,
    /// Not bound by `per_network`: they speak for many people.
    pub trusted_proxies: Arc<[IpNet]>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            per_network: 128,
            head: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            drain: Duration::from_secs(10),
            trusted_proxies: Arc::default(),
        }
    }
}

/// Tells long answers that the server wants to stop. In every request that [`serve`] handed over.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Resolves once the server has been told to stop.
    pub async fn wait(mut self) {
        // The sender is only dropped when `serve` is over, which is a stop as well.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }

    /// With what tells it to stop.
    pub(super) fn pair() -> (watch::Sender<bool>, Self) {
        let (stop, stopping) = watch::channel(false);
        (stop, Self(stopping))
    }
}

impl<'a> FromRequest<'a> for Stopping {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let stopping = req.data::<Self>().cloned();
        Ok(stopping.ok_or_else(|| Error::bug("this request did not come through http::serve"))?)
    }
}

/// Serves until `shutdown` resolves, then takes no new connection, finishes the requests under way
/// and ends what is left after [`Limits::drain`].
pub async fn serve<E>(
    listener: TcpListener,
    endpoint: E,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    let endpoint = Arc::new(endpoint.into_endpoint().map_to_response());
    let proxies = limits.trusted_proxies.clone();
    let seats = Seats::new(limits.connections, limits.per_network, proxies);
    let (stop, stopping) = Stopping::pair();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((tcp, peer)) => {
                // Without a seat, `tcp` is dropped here: the peer sees the connection close.
                if let Some(seat) = seats.take(peer.ip()) {
                    let (endpoint, stopping) = (endpoint.clone(), stopping.clone());
                    connections.spawn(talk(tcp, peer, seat, endpoint, limits.clone(), stopping));
                }
            }
            Err(why) => {
                tracing::warn!(%why, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.drain, drained).await.is_err() {
        tracing::warn!(connections = connections.len(), "still busy after the time to finish: cut");
    }
    // Dropping the set ends the tasks that are left.
}

/// One plain HTTP/1.1 connection, from accept to close.
async fn talk<E>(
    tcp: TcpStream,
    peer: SocketAddr,
    _seat: Seat,
    endpoint: Arc<E>,
    limits: Limits,
    stopping: Stopping,
) where
    E: Endpoint<Output = PoemResponse> + 'static,
{
    let Ok(local) = tcp.local_addr() else { return };
    if let Err(why) = tcp.set_nodelay(true) {
        tracing::debug!(%why, "nodelay");
    }
    let (local, remote) = (LocalAddr(local.into()), RemoteAddr(peer.into()));
    let answering = Answering::default();
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let answer = answering.begin();
        let addressed = (request, local.clone(), remote.clone(), Scheme::HTTP);
        let mut request = Request::from(addressed);
        request.set_data(stopping.clone());
        let endpoint = endpoint.clone();
        async move {
            let response: hyper::Response<BoxBody<Bytes, io::Error>> =
                endpoint.get_response(request).await.into();
            let held_to_its_end = move |why| {
                let _ = &answer;
                why
            };
            Ok::<_, Infallible>(response.map(|body| body.map_err(held_to_its_end)))
        }
    });
    let io = TokioIo::new(Patience::new(tcp, answering.clone(), limits.head));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.clone().wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%why, "connection");
    }
}

#[cfg(test)]
mod tests;
