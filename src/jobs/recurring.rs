//! Makes the requests that come again. Which are due is asked of the records each time, so that a day on which the server
//! slept is made up for as soon as it runs.

use std::time::Duration;

use tokio::time::sleep;

use super::{Stop, log};
use crate::model::System;

/// Between two looks: a day begins in the firm's zone, and nobody tells us.
const LOOK: Duration = Duration::from_secs(60);

/// Until told to stop.
pub(super) async fn run(system: System, mut stop: Stop) {
    loop {
        // Each is made in a command of its own, so that one may stop between two of them.
        tokio::select! {
            () = stop.wait() => return,
            made = system.make_due_requests() => log("recurring", made.map(|_| ())),
        }
        tokio::select! {
            () = stop.wait() => return,
            () = sleep(LOOK.min(system.longest_sleep())) => {}
        }
    }
}
