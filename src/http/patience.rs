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
use tokio::time::{Instant, Sleep, sleep_until};

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
    /// Until when the head must be whole, while one is awaited or arriving.
    deadline: Option<Instant>,
    /// Wakes us then. Most heads come at once and never wait for it, so it is set only when they do.
    timer: Pin<Box<Sleep>>,
}

impl<IO> Patience<IO> {
    /// The peer's time for its first head starts now.
    pub(super) fn new(io: IO, answering: Answering, limit: Duration) -> Self {
        let deadline = Instant::now() + limit;
        let timer = Box::pin(sleep_until(deadline));
        Self { io, answering, limit, deadline: Some(deadline), timer }
    }

    /// Whether the time is over. Where `waits`, the task is woken then.
    fn is_late(&mut self, deadline: Instant, waits: bool, cx: &mut Context<'_>) -> bool {
        if !waits {
            return deadline <= Instant::now();
        }
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        self.timer.as_mut().poll(cx).is_ready()
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
        let Some(deadline) = self.deadline else {
            if read.is_ready() {
                self.deadline = Some(Instant::now() + self.limit);
            }
            return read;
        };
        let late = self.is_late(deadline, read.is_pending(), cx);
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
