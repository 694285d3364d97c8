//! Our own accept loop: poem routes, hyper speaks HTTP, and this file decides who may connect and
//! for how long. poem's server has no limit on slow heads, no cap and no pause at accept errors.
//!
//! One loop for each [`Listener`]. Each speaks in its own way; all share the seats, the site, and the end.

mod proxy;
mod streams;
mod talk;

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use ipnet::IpNet;
use poem::{Endpoint, FromRequest, Request, RequestBody};
use poem::{Response as PoemResponse, web::LocalAddr};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::redirect::Redirect;
use super::seats::Seats;
use super::tls::Tls;
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
    /// From accept to the end of the TLS handshake.
    pub handshake: Duration,
    /// From accept to the first byte, and from the first byte of a head to its last.
    pub head: Duration,
    /// Between the end of one response and the next request.
    pub idle: Duration,
    /// For the peer to take some of an answer.
    pub stall: Duration,
    /// For requests that are under way when the server is told to stop.
    pub drain: Duration,
    /// Not bound by `per_network`: they speak for many people.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Trusted proxies begin each connection with a PROXY v2 header.
    pub proxy_protocol: bool,
    /// Where the open connections are counted.
    pub open: Arc<AtomicUsize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            per_network: 128,
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(5),
            idle: Duration::from_mins(1),
            stall: Duration::from_mins(1),
            drain: Duration::from_secs(10),
            trusted_proxies: Arc::default(),
            proxy_protocol: false,
            open: Arc::default(),
        }
    }
}

impl Limits {
    fn trusts(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.trusted_proxies.iter().any(|net| net.contains(&peer))
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

    /// Whether the server has been told.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
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

/// Where peers come in.
pub enum Socket {
    /// From the network.
    Tcp(TcpListener),
    /// From a proxy on this machine: whoever may open the file is trusted as a proxy.
    Unix(UnixListener),
}

impl Socket {
    /// Where it is, as `--listen` writes it.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Tcp(listener) => Some(listener.local_addr().ok()?.to_string()),
            Self::Unix(listener) => {
                let place = listener.local_addr().ok()?;
                Some(format!("unix:{}", place.as_pathname()?.to_str()?))
            }
        }
    }

    /// The same socket once more. Both take from one queue, and it stays open until both are closed.
    pub fn again(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => Self::tcp_again(listener),
            Self::Unix(listener) => {
                let same = listener.as_fd().try_clone_to_owned()?;
                Ok(Self::Unix(UnixListener::from_std(same.into())?))
            }
        }
    }

    /// [`Socket::again`] of a socket in the network.
    pub fn tcp_again(listener: &TcpListener) -> io::Result<Self> {
        let same = listener.as_fd().try_clone_to_owned()?;
        Ok(Self::Tcp(TcpListener::from_std(same.into())?))
    }
}

/// What is spoken with them.
#[derive(Clone)]
pub enum Speaks {
    /// The site, by plain HTTP/1.1.
    Http,
    /// The site, by HTTP/2 or HTTP/1.1 in TLS.
    Https(Tls),
    /// Plain HTTP/1.1 that leads on to HTTPS.
    Redirect(Arc<Redirect>),
}

/// A socket that peers come in by, and what is spoken there.
pub struct Listener {
    /// Where.
    pub socket: Socket,
    /// What.
    pub speaks: Speaks,
    /// Takes no more connections once this says so, or is gone; none for as long as the server runs.
    pub open: Option<watch::Receiver<bool>>,
}

impl Listener {
    /// Open for as long as the server runs.
    #[must_use]
    pub fn new(socket: Socket, speaks: Speaks) -> Self {
        Self { socket, speaks, open: None }
    }

    /// Resolves when it is to be closed before the server ends.
    async fn closed(open: Option<watch::Receiver<bool>>) {
        match open {
            Some(mut open) => drop(open.wait_for(|open| !open).await.is_ok()),
            None => std::future::pending().await,
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::new(Socket::Tcp(listener), Speaks::Http)
    }
}

/// Those there are, and those that are opened while the server runs.
pub struct Listeners {
    /// At once.
    pub now: Vec<Listener>,
    /// Later.
    pub later: mpsc::Receiver<Listener>,
}

impl From<TcpListener> for Listeners {
    fn from(listener: TcpListener) -> Self {
        Self { now: vec![listener.into()], later: mpsc::channel(1).1 }
    }
}

/// What all listeners share.
struct Shared<E> {
    endpoint: E,
    seats: Seats,
    limits: Limits,
    stopping: Stopping,
}

/// Serves until `shutdown` resolves, then takes no new connection, finishes the requests under way
/// and ends what is left after [`Limits::drain`].
pub async fn serve(
    listeners: impl Into<Listeners>,
    endpoint: impl Endpoint<Output = PoemResponse> + 'static,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) {
    let Listeners { now, mut later } = listeners.into();
    let proxies = limits.trusted_proxies.clone();
    let open = limits.open.clone();
    let seats = Seats::new(limits.connections, limits.per_network, proxies, open);
    let (stop, stopping) = Stopping::pair();
    let drain = limits.drain;
    let shared = Arc::new(Shared { endpoint, seats, limits, stopping });
    let mut loops = JoinSet::new();
    for listener in now {
        loops.spawn(accept(listener, shared.clone()));
    }
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = loops.join_next() => {}
            Some(listener) = later.recv() => drop(loops.spawn(accept(listener, shared.clone()))),
        }
    }
    stop.send_replace(true);
    let drained = async { while loops.join_next().await.is_some() {} };
    if tokio::time::timeout(drain, drained).await.is_err() {
        tracing::warn!("some connections are still busy after the time to finish: cut");
    }
    // Dropping the set ends the tasks that are left.
}

/// One end of a connection that was accepted.
enum Accepted {
    Tcp(TcpStream, std::net::SocketAddr),
    Unix(UnixStream),
}

impl Socket {
    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok(Accepted::Tcp(stream, peer))
            }
            Self::Unix(listener) => Ok(Accepted::Unix(listener.accept().await?.0)),
        }
    }

    /// As requests see it.
    fn local(stream: &TcpStream) -> LocalAddr {
        stream.local_addr().map(|at| LocalAddr(at.into())).unwrap_or_default()
    }
}

/// Takes connections at one listener until it is closed or the server stops, and ends with the last of them.
async fn accept<E>(listener: Listener, shared: Arc<Shared<E>>)
where
    E: Endpoint<Output = PoemResponse> + 'static,
{
    let Listener { socket, speaks, open } = listener;
    let mut connections = JoinSet::new();
    let closed = async {
        tokio::select! {
            () = shared.stopping.clone().wait() => {}
            () = Listener::closed(open) => {}
        }
    };
    let mut closed = std::pin::pin!(closed);
    loop {
        let accepted = tokio::select! {
            () = &mut closed => break,
            Some(_) = connections.join_next() => continue,
            accepted = socket.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => {
                // Without a seat, the stream is dropped here: the peer sees the connection close.
                let seat = match &accepted {
                    Accepted::Tcp(_, peer) => shared.seats.take(peer.ip()),
                    Accepted::Unix(_) => shared.seats.take_for_proxy(),
                };
                if let Some(seat) = seat {
                    let talk = talk::talk(accepted, seat, speaks.clone(), shared.clone());
                    connections.spawn(talk);
                }
            }
            Err(why) => {
                tracing::warn!(%why, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(socket);
    while connections.join_next().await.is_some() {}
}

#[cfg(test)]
mod carrying;
#[cfg(test)]
mod tests;
