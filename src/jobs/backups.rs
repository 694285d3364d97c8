//! Makes backups when they are due or asked for, and sees that the newest restores.

use std::future::Future;

use tokio::time::{sleep, timeout};

use super::Stop;
use crate::backups::{self, Cancel, NewBackup};
use crate::error::{Error, Result};
use crate::model::System;
use crate::model::backups::desk::{Ask, Busy};
use crate::model::backups::due::Due;
use crate::model::backups::runs::{Cause, NewRun, RunOutcome};

/// How long work that streams may take to notice that it shall stop.
const LAST_STEP: std::time::Duration = std::time::Duration::from_secs(3);

/// Works until told to stop.
pub(super) async fn run(system: System, stop: Stop) {
    let desk = system.backup_desk();
    let mut told = stop.clone();
    loop {
        let worker = Worker { system: &system, stop: stop.clone() };
        match worker.turn().await {
            // There may be more to do at once: a backup that was missed is made up for.
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => tracing::error!(job = "backups", %why, "a job failed"),
        }
        tokio::select! {
            biased;
            () = told.wait() => return,
            () = desk.rung() => {}
            () = sleep(system.longest_sleep()) => {}
        }
    }
}

struct Worker<'a> {
    system: &'a System,
    stop: Stop,
}

impl Worker<'_> {
    /// Does one thing that is due or was asked for. Says whether there was one.
    async fn turn(mut self) -> Result<bool> {
        let desk = self.system.backup_desk();
        let ask = match desk.take() {
            Some(ask) => ask,
            None => match self.due()? {
                Due::Nothing => return Ok(false),
                Due::Backup => Ask::Backup(Cause::Schedule),
                Due::Verify => Ask::Verify,
                Due::Missed(due) => {
                    self.note(Cause::Schedule, RunOutcome::Missed { due }).await?;
                    return Ok(true);
                }
            },
        };
        let verifying = ask == Ask::Verify;
        desk.set_busy(Some(Busy { verifying, since: self.system.now() }));
        let done = match ask {
            Ask::Backup(cause) => self.back_up(cause).await,
            Ask::Verify => self.verify().await,
        };
        desk.set_busy(None);
        done
    }

    fn due(&self) -> Result<Due> {
        let firm = match self.system.firm() {
            Ok(firm) => firm,
            Err(Error::NotFound) => return Ok(Due::Nothing),
            Err(why) => return Err(why),
        };
        let plan = self.system.backup_plan()?;
        if !plan.on || self.system.is_held() {
            return Ok(Due::Nothing);
        }
        Ok(plan.due(&self.system.backup_runs()?, self.system.now(), firm.zone.tz()))
    }

    async fn note(&self, cause: Cause, outcome: RunOutcome) -> Result<()> {
        let started = self.system.now();
        let run = NewRun { cause, started, outcome, opener: None };
        self.system.record_backup(run).await.map(drop)
    }

    /// False if the server stops.
    async fn back_up(&mut self, cause: Cause) -> Result<bool> {
        let (system, cancel) = (self.system.clone(), Cancel::default());
        let (work, told) = (system.clone(), cancel.clone());
        let making = tokio::task::spawn_blocking(move || backups::make(&work, &told));
        let started = system.now();
        let making = async { making.await.map_err(Error::bug)? };
        let Some(made) = self.unless_stopped(making, &cancel).await else { return Ok(false) };
        match record(&system, cause, started, made).await {
            // It is written down, and the owners know.
            Err(Error::Refused(_)) => Ok(true),
            recorded => recorded.map(|_| true),
        }
    }

    /// False if the server stops.
    async fn verify(&mut self) -> Result<bool> {
        let (system, cancel) = (self.system.clone(), Cancel::default());
        let trying = backups::try_newest(&system, cancel.clone());
        let Some(tried) = self.unless_stopped(trying, &cancel).await else { return Ok(false) };
        let (run, outcome) = match tried {
            // Nothing to verify is no failure of a backup.
            Err(Error::Refused(why)) => {
                tracing::info!(job = "backups", %why, "nothing was verified");
                return Ok(true);
            }
            tried => tried?,
        };
        system.record_trial(run.id, outcome.err().map(|why| plain(&why))).await?;
        Ok(true)
    }

    /// The outcome of the work; none if the server stops meanwhile, which cancels it.
    async fn unless_stopped<T>(
        &mut self,
        work: impl Future<Output = T>,
        cancel: &Cancel,
    ) -> Option<T> {
        tokio::pin!(work);
        tokio::select! {
            done = &mut work => return Some(done),
            () = self.stop.wait() => cancel.cancel(),
        }
        // What it does then is of no interest, but it must not outlive the store.
        let _ = timeout(LAST_STEP, work).await;
        None
    }
}

/// Writes down what became of a backup to the place of the plan, whoever wanted it.
pub async fn record(
    system: &System,
    cause: Cause,
    started: jiff::Timestamp,
    made: Result<NewBackup>,
) -> Result<NewBackup> {
    let new = match made {
        Ok(new) => new,
        Err(why) => {
            tracing::error!(job = "backups", %why, "a backup failed");
            let outcome = RunOutcome::Failed { why: plain(&why) };
            system.record_backup(NewRun { cause, started, outcome, opener: None }).await?;
            return Err(Error::refused(plain(&why)));
        }
    };
    let (outcome, opener) = (RunOutcome::Made(new.made.clone()), new.opener.clone());
    system.record_backup(NewRun { cause, started, outcome, opener }).await?;
    if !new.removed.is_empty() {
        system.record_removed(new.removed.clone()).await?;
    }
    Ok(new)
}

/// As people are told; a fault of ours has no words for them.
fn plain(why: &Error) -> String {
    match why {
        Error::Internal(_) => {
            "Something unexpected went wrong; the log of the server tells more.".into()
        }
        why => why.to_string(),
    }
}
