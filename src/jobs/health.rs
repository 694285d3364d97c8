//! Looks at the store every few seconds, and tells systemd that the server is ready, works, and stops.
//!
//! systemd restarts a server that has not spoken for a while, so it speaks only after the store's file could be read.
//! Without systemd nobody hears it, and the look alone remains.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval};

use super::Stop;
use crate::error::{Error, Result};
use crate::model::{StoreState, System};

/// Between two looks, unless systemd wants to hear more often.
const LOOK: Duration = Duration::from_secs(10);

/// Until told to stop. It begins once every listener is open and the store is.
pub(super) async fn run(system: System, mut stop: Stop) {
    let mut turns = interval(period(sd_notify::watchdog_enabled()));
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = String::new();
    let mut ready = false;
    loop {
        tokio::select! {
            () = stop.wait() => break,
            _ = turns.tick() => {}
        }
        let state = match look(&system).await {
            Ok(state) => state,
            Err(why) => {
                tracing::error!(job = "health", %why, "the store could not be looked at");
                continue;
            }
        };
        let words = words(&system, state);
        let mut news = vec![];
        if state != StoreState::Closed {
            news.push(NotifyState::Watchdog);
            if !ready {
                news.push(NotifyState::Ready);
                ready = true;
            }
        }
        if words != told {
            news.push(NotifyState::Status(&words));
        }
        tell(&news);
        told = words;
        if matches!(state, StoreState::Full | StoreState::Failed)
            && let Err(why) = system.try_store_again().await
        {
            tracing::warn!(job = "health", %why, "the store still cannot be written");
        }
    }
    tell(&[NotifyState::Stopping, NotifyState::Status("Stopping.")]);
}

/// Twice within the time that systemd waits, as it advises.
fn period(patience: Option<Duration>) -> Duration {
    patience.map_or(LOOK, |patience| (patience / 2).min(LOOK))
}

/// On a thread that may wait for the disk.
async fn look(system: &System) -> Result<StoreState> {
    let system = system.clone();
    let looked = tokio::task::spawn_blocking(move || system.store_state());
    looked.await.map_err(Error::bug)
}

/// What `systemctl status` shows.
fn words(system: &System, state: StoreState) -> String {
    match state {
        StoreState::Full => "The disk is full: nothing can be saved.".into(),
        StoreState::Failed => "The disk failed: nothing can be saved.".into(),
        StoreState::Closed => "The store is closed.".into(),
        StoreState::Fine => match system.firm() {
            Ok(firm) => format!("Serving {}", firm.public_url),
            Err(_) => "Set-up needed: run anteroom setup-code".into(),
        },
    }
}

fn tell(news: &[NotifyState<'_>]) {
    if !news.is_empty()
        && let Err(why) = sd_notify::notify(news)
    {
        tracing::warn!(job = "health", %why, "systemd cannot be told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_hears_twice_within_its_patience() {
        assert_eq!(period(None), LOOK);
        assert_eq!(period(Some(Duration::from_secs(60))), LOOK);
        assert_eq!(period(Some(Duration::from_secs(4))), Duration::from_secs(2));
    }
}
