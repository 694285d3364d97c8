//! One connection, from accept to close.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response as PoemResponse};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;
use tokio_rustls::server::TlsStream;

use super::proxy::{self, Behind};
use super::streams::{Busy, Parts, Tasks};
use super::{Accepted, HEAD_BYTES, Shared, Socket, Speaks};
use crate::http::client_ip::BY_SOCKET_FILE;
use crate::http::guard::is_health;
use crate::http::patience::{Answering, Patience};
use crate::http::seats::Seat;
use crate::http::tls::Tls;

/// For the first request of a connection that was accepted when the server was told to stop.
const FIRST: Duration = Duration::from_millis(500);
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Between two looks whether a silent HTTP/2 peer is still there, and for its answer.
const PING: Duration = Duration::from_secs(20);
/// Of one HTTP/2 response, in memory until the peer takes it.
const SEND_BYTES: usize = 64 * 1024;

type Body = BoxBody<Bytes, io::Error>;

/// Who speaks with whom.
struct Ends {
    local: LocalAddr,
    remote: RemoteAddr,
    scheme: Scheme,
}

/// One connection, from accept to close.
pub(super) async fn talk<E>(accepted: Accepted, seat: Seat, speaks: Speaks, shared: Arc<Shared<E>>)
where
    E: Endpoint<Output = PoemResponse> + 'static,
{
    match accepted {
        Accepted::Tcp(mut stream, peer) => {
            if let Err(why) = stream.set_nodelay(true) {
                tracing::debug!(%why, "nodelay");
            }
            let local = Socket::local(&stream);
            if !(shared.limits.proxy_protocol && shared.limits.trusts(peer.ip())) {
                let remote = RemoteAddr(peer.into());
                let ends = Ends { local, remote, scheme: Scheme::HTTP };
                return greet(stream, ends, speaks, &shared, seat).await;
            }
            if let Some(behind) = behind(&mut stream, &shared).await {
                let Some((ends, seat)) = introduce(behind, peer, local, seat, &shared) else {
                    return;
                };
                greet(stream, ends, speaks, &shared, seat).await;
            }
        }
        Accepted::Unix(mut stream) => {
            let mut remote = RemoteAddr(BY_SOCKET_FILE);
            let mut scheme = Scheme::HTTP;
            if shared.limits.proxy_protocol {
                let Some(behind) = behind(&mut stream, &shared).await else { return };
                if let Some(from) = behind.from {
                    remote = RemoteAddr(from.into());
                }
                if behind.encrypted {
                    scheme = Scheme::HTTPS;
                }
            }
            let ends = Ends { local: LocalAddr::default(), remote, scheme };
            greet(stream, ends, speaks, &shared, seat).await;
        }
    }
}

/// The header of a proxy; none if it did not come, whole and right, in time.
async fn behind<E>(stream: &mut (impl AsyncRead + Unpin), shared: &Shared<E>) -> Option<Behind> {
    match timeout(shared.limits.head, proxy::read(stream)).await {
        Ok(Ok(behind)) => Some(behind),
        Ok(Err(why)) => {
            tracing::warn!(%why, "closed a connection of a trusted proxy");
            None
        }
        Err(_) => {
            tracing::warn!("a trusted proxy sent no PROXY v2 header in time: closed");
            None
        }
    }
}

/// The peer behind a proxy, in a seat of its own.
fn introduce<E>(
    behind: Behind,
    proxy: SocketAddr,
    local: LocalAddr,
    seat: Seat,
    shared: &Shared<E>,
) -> Option<(Ends, Seat)> {
    let scheme = if behind.encrypted { Scheme::HTTPS } else { Scheme::HTTP };
    let Some(from) = behind.from else {
        return Some((Ends { local, remote: RemoteAddr(proxy.into()), scheme }, seat));
    };
    drop(seat);
    let seat = shared.seats.take(from.ip())?;
    Some((Ends { local, remote: RemoteAddr(from.into()), scheme }, seat))
}

/// The handshake where there is one, and then the requests.
async fn greet<E, IO>(io: IO, ends: Ends, speaks: Speaks, shared: &Arc<Shared<E>>, seat: Seat)
where
    E: Endpoint<Output = PoemResponse> + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let talking = requests(io, ends, speaks, shared, &seat);
    tokio::select! {
        () = talking => {}
        () = seat.must_leave() => {}
    }
}

async fn requests<E, IO>(io: IO, ends: Ends, speaks: Speaks, shared: &Arc<Shared<E>>, seat: &Seat)
where
    E: Endpoint<Output = PoemResponse> + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    match speaks {
        Speaks::Http => {
            http1(io, ends, shared, seat, |shared, request| {
                let shared = shared.clone();
                async move { ask(&shared.endpoint, request).await }
            })
            .await;
        }
        Speaks::Redirect(redirect) => {
            http1(io, ends, shared, seat, move |shared, request| {
                let (shared, redirect) = (shared.clone(), redirect.clone());
                async move {
                    if is_health(request.uri().path()) {
                        return ask(&shared.endpoint, request).await;
                    }
                    redirect.answer(&request)
                }
            })
            .await;
        }
        Speaks::Https(tls) => {
            let Some(stream) = handshake(io, &tls, shared.limits.handshake).await else { return };
            let ends = Ends { scheme: Scheme::HTTPS, ..ends };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                return http2(stream, ends, shared, seat).await;
            }
            http1(stream, ends, shared, seat, |shared, request| {
                let shared = shared.clone();
                async move { ask(&shared.endpoint, request).await }
            })
            .await;
        }
    }
}

/// None if it failed, took too long, or was an authority's look at a proof, which is over with it.
async fn handshake<IO>(io: IO, tls: &Tls, limit: Duration) -> Option<TlsStream<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let shaking = async {
        let start = LazyConfigAcceptor::new(Acceptor::default(), io).await?;
        if Tls::is_authority(&start.client_hello()) {
            let mut stream = start.into_stream(tls.for_authorities()).await?;
            stream.shutdown().await?;
            tracing::info!("an authority looked whether the name is ours (TLS-ALPN-01)");
            return Ok(None);
        }
        Ok::<_, io::Error>(Some(start.into_stream(tls.for_browsers()).await?))
    };
    match timeout(limit, shaking).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(why)) => {
            tracing::debug!(%why, "handshake");
            None
        }
        Err(_) => {
            tracing::debug!("a handshake took too long");
            None
        }
    }
}

/// A request as the site sees it.
fn addressed<E>(request: hyper::Request<Incoming>, ends: &Ends, shared: &Shared<E>) -> Request {
    let (local, remote) = (ends.local.clone(), ends.remote.clone());
    let mut request = Request::from((request, local, remote, ends.scheme.clone()));
    request.set_data(shared.stopping.clone());
    request
}

/// What the site says to it. On the heap from the start: the whole way through the site is one large future, which hyper
/// would move about several times before it begins.
fn ask<E>(endpoint: &E, request: Request) -> impl Future<Output = PoemResponse> + Send
where
    E: Endpoint<Output = PoemResponse>,
{
    Box::pin(endpoint.get_response(request))
}

/// The response, with something that lives until its last byte was handed over.
fn held<H: Send + Sync + 'static>(response: PoemResponse, hold: H) -> hyper::Response<Body> {
    let response: hyper::Response<Body> = response.into();
    response.map(|body| {
        let held_to_its_end = move |why| {
            let _ = &hold;
            why
        };
        body.map_err(held_to_its_end).boxed()
    })
}

async fn http1<E, IO, A, F>(io: IO, ends: Ends, shared: &Arc<Shared<E>>, seat: &Seat, answer: A)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    A: Fn(&Arc<Shared<E>>, Request) -> F,
    F: Future<Output = PoemResponse>,
{
    let (limits, answering) = (&shared.limits, Answering::default());
    let began = AtomicBool::new(false);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        began.store(true, Ordering::Relaxed);
        let hold = (answering.begin(), seat.at_work());
        let answered = answer(shared, addressed(request, &ends, shared));
        async move { Ok::<_, Infallible>(held(answered.await, hold)) }
    });
    let io = TokioIo::new(Patience::new(io, answering.clone(), limits.head, limits.stall));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.stopping.clone().wait() => {
            // Whoever has just come in is not sent away unheard, as hyper would.
            let new = !began.load(Ordering::Relaxed);
            match timeout(if new { FIRST } else { Duration::ZERO }, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            }
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%why, "connection");
    }
}

async fn http2<E, IO>(io: IO, ends: Ends, shared: &Arc<Shared<E>>, seat: &Seat)
where
    E: Endpoint<Output = PoemResponse> + 'static,
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (limits, busy) = (&shared.limits, Busy::new());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (hold, shared) = ((busy.begin(), seat.at_work()), shared.clone());
        let request = addressed(request, &ends, &shared);
        async move {
            let response = held(ask(&shared.endpoint, request).await, hold);
            Ok::<_, Infallible>(response.map(Parts::of))
        }
    });
    let connection = http2::Builder::new(Tasks::new(limits.stall))
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BYTES as u32)
        .max_send_buf_size(SEND_BYTES)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .serve_connection(TokioIo::new(io), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shared.stopping.clone().wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = busy.is_over(limits.head, limits.idle) => {
            connection.as_mut().graceful_shutdown();
            // A peer that does not take leave is left.
            timeout(limits.head, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(why) = ended {
        tracing::debug!(%why, "connection");
    }
}

#[cfg(test)]
mod tests;
