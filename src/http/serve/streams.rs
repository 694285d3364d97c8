//! What HTTP/2 needs beyond HTTP/1.1: several requests on one connection at once, each of which the peer may take as slowly
//! as it likes, or not at all. A connection that moves says nothing about one of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// An answer is handed over in parts of so many bytes, so that a slow peer is told from one that takes nothing.
const PART: usize = 32 * 1024;

tokio::task_local! {
    /// Of the request that this task answers.
    static TAKING: Taking;
}

/// The tasks of one connection's requests: they end with it.
#[derive(Clone)]
pub(super) struct Tasks {
    running: Arc<Mutex<JoinSet<()>>>,
    stall: Duration,
}

impl Tasks {
    /// A request ends, and all that its answer has open, when the peer takes nothing of it for so long.
    pub(super) fn new(stall: Duration) -> Self {
        Self { running: Arc::default(), stall }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let (taking, stall) = (Taking::default(), self.stall);
        let limited = {
            let taking = taking.clone();
            async move {
                tokio::select! {
                    () = task => {}
                    () = taking.is_over(stall) => tracing::debug!("nobody took the answer: ended"),
                }
            }
        };
        let mut tasks = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(TAKING.scope(taking, limited));
    }
}

/// Since when an answer waits for its peer to take more of it; none while it does not.
#[derive(Clone, Default)]
struct Taking(Arc<Mutex<Option<Instant>>>);

impl Taking {
    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves once it has waited for so long.
    async fn is_over(&self, limit: Duration) {
        loop {
            let since = *self.since();
            let until = since.unwrap_or_else(Instant::now) + limit;
            if since.is_some() && until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

/// The body of an answer, handed over part by part as the peer takes it.
pub(super) struct Parts<B> {
    body: B,
    /// What is made and not handed over.
    rest: Bytes,
    taking: Taking,
}

impl<B> Parts<B> {
    /// Of the request that this task answers.
    pub(super) fn of(body: B) -> Self {
        let taking = TAKING.try_with(Taking::clone).unwrap_or_default();
        *taking.since() = Some(Instant::now());
        Self { body, rest: Bytes::new(), taking }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Parts<B> {
    type Data = Bytes;
    type Error = B::Error;

    /// hyper asks for more once the peer has room for it.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        *self.taking.since() = None;
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx))
                .map(|made| made.map(Frame::into_data))
            {
                Some(Ok(Ok(bytes))) => self.rest = bytes,
                Some(Ok(Err(other))) => return Poll::Ready(Some(Ok(other))),
                Some(Err(why)) => return Poll::Ready(Some(Err(why))),
                None => return Poll::Ready(None),
            }
        }
        let most = self.rest.len().min(PART);
        let part = self.rest.split_to(most);
        *self.taking.since() = Some(Instant::now());
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, behind) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(behind.lower() + rest);
        if let Some(upper) = behind.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

/// How many requests of a connection are being answered.
#[derive(Clone)]
pub(super) struct Busy(watch::Sender<usize>);

/// Dropped with the response's body, that is when its last byte was handed over.
pub(super) struct Answer(Busy);

impl Busy {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// A whole head has been read.
    pub(super) fn begin(&self) -> Answer {
        self.0.send_modify(|requests| *requests += 1);
        Answer(self.clone())
    }

    /// Resolves once nothing has been asked for a while: for `first` at the beginning, and for `idle` later.
    pub(super) async fn is_over(&self, first: Duration, idle: Duration) {
        let mut requests = self.0.subscribe();
        let mut limit = first;
        loop {
            let count = *requests.borrow_and_update();
            let wait = async {
                match count {
                    0 => sleep(limit).await,
                    _ => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => return,
                _ = requests.changed() => limit = idle,
            }
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.0.send_modify(|requests| *requests -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_connection_is_over_when_nothing_was_asked_for_a_while() {
        let (busy, limit) = (Busy::new(), Duration::from_millis(20));
        busy.is_over(limit, Duration::MAX).await;
        let (one, two) = (busy.begin(), busy.begin());
        drop(one);
        let over = timeout(limit * 5, busy.is_over(limit, limit)).await;
        assert!(over.is_err(), "one is being answered");
        let mut watching = std::pin::pin!(busy.is_over(Duration::MAX, limit));
        assert!(timeout(limit, watching.as_mut()).await.is_err());
        drop(two);
        timeout(Duration::from_secs(20), watching).await.expect("the last answer is over");
    }
}
