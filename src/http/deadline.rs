//! How long a handler may take. The time stands still while an upload arrives, which has a rule of its own.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Of one request; the guard puts it there and waits for it. Clones share it.
#[derive(Clone)]
pub(super) struct Deadline {
    limit: Duration,
    /// None while it stands still.
    at: watch::Sender<Option<Instant>>,
}

/// The time stands still until this is dropped; then all of it is there again.
pub(super) struct Hold(Deadline);

impl Deadline {
    /// So much from now on.
    pub(super) fn after(limit: Duration) -> Self {
        Self { limit, at: watch::Sender::new(Some(Instant::now() + limit)) }
    }

    /// Has it stand still.
    pub(super) fn hold(&self) -> Hold {
        self.at.send_replace(None);
        Hold(self.clone())
    }

    /// Resolves once the time is over.
    pub(super) async fn passed(&self) {
        let mut changes = self.at.subscribe();
        loop {
            let at = *changes.borrow_and_update();
            let over = async {
                match at {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                _ = changes.changed() => {}
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.at.send_replace(Some(Instant::now() + self.0.limit));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn time_stands_still_while_it_is_held() {
        let limit = Duration::from_millis(40);
        let (deadline, began) = (Deadline::after(limit), Instant::now());
        let hold = deadline.hold();
        assert!(timeout(limit * 3, deadline.passed()).await.is_err());
        drop(hold);
        deadline.passed().await;
        assert!(began.elapsed() >= limit * 4);
    }
}
