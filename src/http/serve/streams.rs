//! What HTTP/2 needs beyond HTTP/1.1: several requests on one connection at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The tasks of one connection's requests: they end with it.
#[derive(Clone, Default)]
pub(super) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
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
