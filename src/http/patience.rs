//! How long a connection may keep us waiting for the head of a request.
//!
//! hyper's own `header_read_timeout` starts when the previous response ends, so that one number
//! would have to serve both the pause between two pages and a head that trickles in. It is used
//! for the pause only; this wrapper limits the rest: the first byte of a connection, and the time
//! from the first byte of a head to its last. Where a head begins while the previous request is
//! still being answered, hyper's longer limit holds.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Whether a request is being answered; shared by the service and the bytes under it.
#[derive(Clone, Default)]
pub(super) struct Answering(Arc<AtomicBool>);

/// Dropped with the response's body, that is when its last byte was handed over.
pub(super) struct Answer(Answering);

impl Answering {
    /// A whole head has been read.
    pub(super) fn begin(&self) -> Answer {
        self.0.store(true, Ordering::Release);
        Answer(self.clone())
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

/// A connection whose reads fail when the peer is too slow with the head of a request.
pub(super) struct Patience<IO> {
    io: IO,
    answering: Answering,
    limit: Duration,
    /// Runs while a head is awaited or arriving.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<IO> Patience<IO> {
    /// The peer's time for its first head starts now.
    pub(super) fn new(io: IO, answering: Answering, limit: Duration) -> Self {
        Self { io, answering, limit, deadline: Some(Box::pin(tokio::time::sleep(limit))) }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Patience<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(cx, buf);
        if self.answering.is_on() {
            self.deadline = None;
            return read;
        }
        if read.is_ready() && self.deadline.is_none() {
            self.deadline = Some(Box::pin(tokio::time::sleep(self.limit)));
        }
        let late = self.deadline.as_mut().is_some_and(|deadline| {
            deadline.deadline() <= Instant::now() || deadline.as_mut().poll(cx).is_ready()
        });
        if late { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { read }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Patience<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
