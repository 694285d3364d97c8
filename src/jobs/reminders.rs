//! Reminders: every minute it is looked whether one is due, or something is overdue. Both are rows of an index, so that a look
//! costs nothing. The time is the model's, not the host's: what a late start has missed is made up for in one mail.

use std::time::Duration;

use tokio::time::sleep;

use super::Stop;
use crate::model::System;

/// Between two looks, at most.
const LOOK: Duration = Duration::from_secs(60);

/// Reminds until told to stop.
pub(super) async fn run(system: System, mut stop: Stop) {
    loop {
        let nap = system.longest_sleep().min(LOOK);
        tokio::select! {
            () = stop.wait() => return,
            done = system.remind() => match done {
                Ok(0) => {}
                Ok(requests) => tracing::info!(job = "reminders", requests, "reminded"),
                Err(why) => tracing::error!(job = "reminders", %why, "nobody could be reminded"),
            },
        }
        tokio::select! {
            () = stop.wait() => return,
            () = sleep(nap) => {}
        }
    }
}
