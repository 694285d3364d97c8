//! What the server does by itself: one loop for each job, ended before the store closes.

pub mod backups;
mod certificates;
mod health;
mod outbox;
mod recurring;
mod reminders;
mod scans;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::backups::pause_backups;
use crate::error::Result;
use crate::http::pages::Templates;
use crate::http::tls::Certificates;
use crate::model::System;

/// When sessions were last used is kept in memory this long before it is written down.
const NOTE_SESSIONS: Duration = Duration::from_secs(60);
/// Between two sweeps.
const SWEEP: Duration = Duration::from_secs(60 * 60);
/// For a job to finish what it is at when the server stops; what it has not written is done again later.
const GRACE: Duration = Duration::from_secs(5);

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

/// Tells a job that the server wants to stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Resolves once the server wants to stop.
    pub async fn wait(&mut self) {
        // The sender only goes when the jobs do, which is a stop as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Jobs {
    /// Starts every job there is.
    #[must_use]
    pub fn start(system: &System, templates: Arc<Templates>) -> Self {
        let (stop, told) = watch::channel(false);
        let stopping = Stop(told);
        let mut running = JoinSet::new();
        let warm = system.clone();
        running.spawn_blocking(move || log("what is kept in memory", warm.warm()));
        let seen = system.clone();
        running.spawn(every("sessions", NOTE_SESSIONS, stopping.clone(), move || {
            let system = seen.clone();
            async move { system.note_seen_sessions().await }
        }));
        running.spawn(health::run(system.clone(), stopping.clone()));
        running.spawn(outbox::run(system.clone(), templates, stopping.clone()));
        running.spawn(scans::run(system.clone(), stopping.clone()));
        running.spawn(recurring::run(system.clone(), stopping.clone()));
        running.spawn(reminders::run(system.clone(), stopping.clone()));
        running.spawn(backups::run(system.clone(), stopping.clone()));
        let kept = system.clone();
        running.spawn(every("blobs", SWEEP, stopping.clone(), move || {
            let system = kept.clone();
            async move {
                // What a backup copies must not change under it. It may take long, and keeps nobody else waiting.
                let _turn = pause_backups().await;
                let changed = system.change_master_key_if_due().await;
                system.sweep_blobs().await.and(changed)
            }
        }));
        let (changed, mut told) = (system.clone(), stopping.clone());
        running.spawn(async move {
            loop {
                tokio::select! {
                    () = told.wait() => return,
                    () = changed.key_destroyed() => {
                        let _turn = pause_backups().await;
                        log("keys", changed.change_master_key_if_due().await);
                    }
                }
            }
        });
        let swept = system.clone();
        running.spawn(every("sweep", SWEEP, stopping, move || {
            let system = swept.clone();
            async move {
                system.sweep_sessions().await?;
                system.sweep_trash().await?;
                system.sweep_uploads().await?;
                system.sweep_previews().await.map(|_| ())
            }
        }));
        Self { stop, running }
    }

    /// Looks after what [`Certificates`] show, too. `data` is the data folder.
    pub fn keep_certificates(&mut self, system: &System, shown: Arc<Certificates>, data: &Path) {
        let (stop, data) = (Stop(self.stop.subscribe()), data.to_owned());
        self.running.spawn(certificates::run(system.clone(), shown, data, stop));
    }

    /// Lets an address answer until the one that follows it has.
    pub fn retire_addresses(&mut self, system: &System) {
        let (mut stop, system) = (Stop(self.stop.subscribe()), system.clone());
        self.running.spawn(async move {
            loop {
                tokio::select! {
                    () = stop.wait() => return,
                    retired = system.retire_former_address() => log("addresses", retired),
                }
            }
        });
    }

    /// Has them begin nothing new.
    pub fn tell(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until they have ended, but not for ever.
    pub async fn end(mut self) {
        self.tell();
        let ended = async { while self.running.join_next().await.is_some() {} };
        if timeout(GRACE, ended).await.is_err() {
            tracing::warn!(jobs = self.running.len(), "still busy after the time to finish: cut");
        }
    }
}

/// Does `work` now and after each `period`, until told to stop. A failure is logged and costs one turn.
async fn every<W>(name: &'static str, period: Duration, mut stop: Stop, work: impl Fn() -> W)
where
    W: Future<Output = Result<()>>,
{
    let mut turns = interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.wait() => return,
            _ = turns.tick() => log(name, work().await),
        }
    }
}

fn log(name: &'static str, done: Result<()>) {
    if let Err(why) = done {
        tracing::error!(job = name, %why, "a job failed");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::error::Error;

    #[tokio::test(flavor = "current_thread")]
    async fn a_job_goes_on_after_a_failure_and_ends_when_told() {
        let (stop, told) = watch::channel(false);
        let turns = Arc::new(AtomicUsize::new(0));
        let counted = turns.clone();
        let job = every("test", Duration::from_millis(1), Stop(told), move || {
            let turn = counted.fetch_add(1, Ordering::Relaxed);
            if turn == 2 {
                stop.send_replace(true);
            }
            async { Err(Error::Busy) }
        });
        timeout(Duration::from_secs(10), job).await.unwrap();
        assert!(turns.load(Ordering::Relaxed) >= 3);
    }
}
