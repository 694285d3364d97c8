//! How long a connection may keep us waiting: for the head of a request, and for taking an answer.
//!
//! hyper's own `header_read_timeout` starts when the previous response ends, so that one number
//! would have to serve both the pause between two pages and a head that trickles in. It is used
//! for the pause only; this wrapper limits the rest: the first byte of a connection, and the time
//! from the first byte of a head to its last. Where a head begins while the previous request is
//! still being answered, hyper's longer limit holds.
//!
//! At the end, whoever is still sending is heard out for a while: a connection that is closed with bytes unread is reset,
//! and the answer that was sent before may be lost with it (RFC 9112, 9.6).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::ready;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// For the end of what a peer sends although it was answered, in all and between two pieces.
const HEAR_OUT: Duration = Duration::from_secs(20);
const HEAR_MORE: Duration = Duration::from_secs(3);

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

/// A connection whose reads fail when the peer is too slow with the head of a request, and whose writes fail when it
/// takes nothing for too long.
pub(super) struct Patience<IO> {
    io: IO,
    answering: Answering,
    limit: Duration,
    /// For the peer to take a part of an answer.
    stall: Duration,
    /// Until when the head must be whole, while one is awaited or arriving.
    deadline: Option<Instant>,
    /// Wakes us then. Most heads come at once and never wait for it, so it is set only when they do.
    timer: Pin<Box<Sleep>>,
    /// Wakes us when the peer has taken nothing for too long; there while that lasts.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Until when the peer is heard out; there once our side is closed.
    closed: Option<Instant>,
}

impl<IO> Patience<IO> {
    /// The peer's time for its first head starts now.
    pub(super) fn new(io: IO, answering: Answering, limit: Duration, stall: Duration) -> Self {
        let deadline = Instant::now() + limit;
        let timer = Box::pin(sleep_until(deadline));
        let deadline = Some(deadline);
        Self { io, answering, limit, stall, deadline, timer, stalled: None, closed: None }
    }

    /// The outcome of a write, or an error where the peer has taken nothing for too long.
    fn taken<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let until = Instant::now() + self.stall;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(sleep_until(until)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
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

impl<IO: AsyncRead + Unpin> Patience<IO> {
    /// Reads for nothing what the peer still sends, until its end or until it was enough.
    fn hear_out(&mut self, until: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut bytes = [0; 8 * 1024];
        loop {
            let mut buf = ReadBuf::new(&mut bytes);
            let read = Pin::new(&mut self.io).poll_read(cx, &mut buf);
            let more = match read {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => true,
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => false,
            };
            let now = Instant::now();
            if now >= until {
                return Poll::Ready(());
            }
            if more {
                self.deadline = Some(until.min(now + HEAR_MORE));
                continue;
            }
            // Most have nothing more to say, and need not be waited for.
            let Some(deadline) = self.deadline else { return Poll::Ready(()) };
            return if self.is_late(deadline, true, cx) { Poll::Ready(()) } else { Poll::Pending };
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patience<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.taken(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.taken(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let until = match self.closed {
            Some(until) => until,
            None => {
                let shut = Pin::new(&mut self.io).poll_shutdown(cx);
                ready!(self.taken(shut, cx))?;
                self.deadline = None;
                *self.closed.insert(Instant::now() + HEAR_OUT)
            }
        };
        self.hear_out(until, cx).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.taken(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
