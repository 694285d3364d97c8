//! What became of backups: each that was made, failed or was missed, whether it was seen to restore, and who was told.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::BackupPlan;
use crate::error::Result;
use crate::model::activity::By;
use crate::model::admin::Admin;
use crate::model::core::Core;
use crate::model::db::{Records, Write, record};
use crate::model::id::Id;
use crate::model::outbox::Letter;
use crate::model::staff::Staff;
use crate::model::system::System;
use crate::values::Secret;

/// Runs that are kept. Of a run beyond them only its file is left, if it is kept that long.
const KEPT: usize = 500;
/// Runs that are looked at to see how things stand.
const LOOKED_AT: usize = 100;
/// Between two mails about the same trouble.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// The page where all of it is seen.
const PAGE: &str = "/console/settings/backup";

/// A backup that was made, or was not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupRun {
    /// Time-ordered.
    pub id: Id<BackupRun>,
    /// Who wanted it.
    pub cause: Cause,
    /// When it began: the moment of the data in it, or a little before.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// What became of it.
    pub outcome: RunOutcome,
    /// When it was last restored to see that it can be, and what came of that.
    pub verified: Option<Verified>,
    /// Whether the owners were told of it.
    pub told: bool,
    /// When its file was removed because newer ones are there.
    pub removed: Option<Timestamp>,
    /// The key with which this server can open this one file, sealed. Kept for the newest backup alone: it exists so that
    /// an encrypted backup can be tried, and tells nobody more than the data folder beside it.
    pub(super) opener: Option<Vec<u8>>,
}

/// Who wanted a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The plan.
    Schedule,
    /// Somebody, in the settings.
    Asked(Id<Staff>),
    /// Somebody at the machine.
    Terminal,
}

/// What became of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunOutcome {
    /// It is where it shall be.
    Made(Made),
    /// It could not be made.
    Failed {
        /// Why, in plain language.
        why: String,
    },
    /// The server was not running when it was due.
    Missed {
        /// Then.
        due: Timestamp,
    },
}

/// A backup that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Name of the file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, in hex.
    pub sha256: String,
    /// Whether only its recipients can read it.
    pub encrypted: bool,
    /// Files of clients that belong to it.
    pub blobs: u64,
    /// Bytes of them that had to be written because they were not there yet.
    pub new_bytes: u64,
}

/// A backup that was restored to see that it can be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// When.
    pub at: Timestamp,
    /// What was wrong; none if all was well.
    pub why: Option<String>,
}

impl BackupRun {
    /// What was made, if it was and its file is still kept.
    #[must_use]
    pub fn made(&self) -> Option<&Made> {
        match &self.outcome {
            RunOutcome::Made(made) => Some(made).filter(|_| self.removed.is_none()),
            RunOutcome::Failed { .. } | RunOutcome::Missed { .. } => None,
        }
    }

    /// Whether this server can open its file.
    #[must_use]
    pub fn can_verify(&self) -> bool {
        self.made().is_some_and(|made| !made.encrypted) || self.opener.is_some()
    }
}

record!(BackupRun, "br", "backup_runs");

/// A run as the job reports it.
#[derive(Debug)]
pub struct NewRun {
    /// Who wanted it.
    pub cause: Cause,
    /// When it began.
    pub started: Timestamp,
    /// What became of it.
    pub outcome: RunOutcome,
    /// The key that opens its file, if it is encrypted.
    pub opener: Option<Secret<String>>,
}

/// How backups stand, for whoever looks at the first page.
#[derive(Clone, Debug)]
pub struct BackupState {
    /// Whether they are made by themselves.
    pub on: bool,
    /// They do not hold the keys, and no Owner has taken those along.
    pub without_keys: bool,
    /// The newest whose file is there.
    pub newest: Option<BackupRun>,
    /// The newest that was seen to restore, and when that was.
    pub verified: Option<Timestamp>,
    /// The last run, if it failed or was missed, or the newest backup could not be restored: why, and since when.
    pub trouble: Option<(Trouble, Timestamp)>,
}

/// What is the matter with backups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The last one could not be made; the reason in plain language.
    Failed(String),
    /// The newest one could not be restored; the reason in plain language.
    NotRestored(String),
}

impl BackupState {
    fn of(plan: &BackupPlan, runs: &[BackupRun]) -> Self {
        let newest = runs.iter().find(|run| run.made().is_some()).cloned();
        let tried = runs.iter().filter_map(|run| run.verified.as_ref());
        let good = tried.clone().filter(|one| one.why.is_none()).map(|one| one.at).max();
        let last = runs.iter().find(|run| !matches!(run.outcome, RunOutcome::Missed { .. }));
        let trouble = match last.map(|run| (&run.outcome, run.ended)) {
            Some((RunOutcome::Failed { why }, at)) => Some((Trouble::Failed(why.clone()), at)),
            _ => None,
        };
        let unrestored = || {
            let last = tried.clone().max_by_key(|one| one.at)?;
            Some((Trouble::NotRestored(last.why.clone()?), last.at))
        };
        let without_keys = plan.is_open() && plan.keys_taken.is_none();
        let trouble = trouble.or_else(unrestored);
        Self { on: plan.on, without_keys, verified: good, trouble, newest }
    }
}

impl Core {
    pub(in crate::model) fn backup_state(&self) -> Result<BackupState> {
        self.db.read(|r| {
            let runs: Vec<BackupRun> = r.all_reverse_from(None, LOOKED_AT)?;
            Ok(BackupState::of(&BackupPlan::stored(r)?, &runs))
        })
    }

    pub(in crate::model) fn backup_runs(&self) -> Result<Vec<BackupRun>> {
        self.db.read(|r| r.all_reverse_from(None, LOOKED_AT))
    }
}

impl Admin {
    /// The latest runs, newest first.
    pub fn backup_runs(&self, limit: usize) -> Result<Vec<BackupRun>> {
        self.console().read(|r| r.all_reverse_from(None, limit))
    }

    /// How backups stand.
    pub fn backup_state(&self) -> Result<BackupState> {
        self.console().core().backup_state()
    }
}

impl System {
    /// How backups stand.
    pub fn backup_state(&self) -> Result<BackupState> {
        self.core().backup_state()
    }

    /// The latest runs, newest first.
    pub fn backup_runs(&self) -> Result<Vec<BackupRun>> {
        self.core().backup_runs()
    }

    /// The files of all runs that are kept, but for those that were removed.
    pub fn backup_files(&self) -> Result<BTreeSet<String>> {
        let runs: Vec<BackupRun> = self.core().db.read(|r| r.all_reverse_from(None, KEPT))?;
        Ok(runs.iter().filter_map(BackupRun::made).map(|made| made.file.clone()).collect())
    }

    /// The key that opens the file of a run, where this server has it.
    #[must_use]
    pub fn opener(&self, run: &BackupRun) -> Option<Secret<String>> {
        let plain = self.core().keys.unseal(run.opener.as_ref()?)?;
        String::from_utf8(plain).ok().map(Secret::new)
    }

    /// Writes down what became of a backup. Owners are told of a failure, but not more than once a day.
    pub async fn record_backup(&self, new: NewRun) -> Result<Id<BackupRun>> {
        let record = move |tx: &mut Write<'_, '_>| {
            let runs: Vec<BackupRun> = tx.all_reverse_from(None, LOOKED_AT)?;
            let mut run = BackupRun {
                id: tx.id(),
                cause: new.cause,
                started: new.started,
                ended: tx.now(),
                outcome: new.outcome,
                verified: None,
                told: false,
                removed: None,
                opener: new.opener.map(|key| tx.keys().seal(key.expose().as_bytes())),
            };
            let trouble = match &run.outcome {
                RunOutcome::Made(_) => {
                    tx.unsaid("the list of backups says it");
                    forget_openers(tx, &runs)?;
                    None
                }
                RunOutcome::Failed { why } => {
                    tx.say("backup-failed", None, format!("could not make a backup. {why}"))?;
                    Some(("A backup could not be made", why.clone()))
                }
                RunOutcome::Missed { .. } => {
                    let why = "The server was not running when a backup was due. One is made now.";
                    tx.say("backup-missed", None, "missed a backup: the server was not running")?;
                    Some(("A backup was missed", why.to_owned()))
                }
            };
            if let Some((what, why)) = trouble
                && !told_lately(&runs, tx.now())
            {
                tell_owners(tx, what, &why)?;
                run.told = true;
            }
            tx.put(&run)?;
            forget_oldest(tx)?;
            Ok(run.id)
        };
        self.core().db.write(By::SYSTEM, record).await
    }

    /// Writes down whether a backup could be restored. Owners are told if it could not.
    pub async fn record_trial(&self, run: Id<BackupRun>, why: Option<String>) -> Result<()> {
        let record = move |tx: &mut Write<'_, '_>| {
            let mut run: BackupRun = tx.need(run)?;
            match &why {
                None => tx.unsaid("the list of backups says it"),
                Some(why) => {
                    let what = format!("could not restore the newest backup. {why}");
                    tx.say("backup-not-restored", None, what)?;
                    tell_owners(tx, "A backup cannot be restored", why)?;
                }
            }
            run.verified = Some(Verified { at: tx.now(), why });
            tx.put(&run)
        };
        self.core().db.write(By::SYSTEM, record).await
    }

    /// Writes down that files were removed because newer ones are there.
    pub async fn record_removed(&self, files: Vec<String>) -> Result<()> {
        let record = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("the plan says how many backups are kept");
            for mut run in tx.all_reverse_from::<BackupRun>(None, KEPT)? {
                if run.made().is_some_and(|made| files.contains(&made.file)) {
                    run.removed = Some(tx.now());
                    run.opener = None;
                    tx.put(&run)?;
                }
            }
            Ok(())
        };
        self.core().db.write(By::SYSTEM, record).await
    }
}

/// Whether owners were told within a day, of this row of failures.
fn told_lately(runs: &[BackupRun], now: Timestamp) -> bool {
    let row = runs.iter().take_while(|run| !matches!(run.outcome, RunOutcome::Made(_)));
    row.filter(|run| run.told).any(|run| now.duration_since(run.ended) < TOLD_AGAIN)
}

fn forget_openers(tx: &mut Write<'_, '_>, runs: &[BackupRun]) -> Result<()> {
    for run in runs.iter().filter(|run| run.opener.is_some()) {
        tx.put(&BackupRun { opener: None, ..run.clone() })?;
    }
    Ok(())
}

fn forget_oldest(tx: &mut Write<'_, '_>) -> Result<()> {
    let runs: Vec<BackupRun> = tx.all_reverse_from(None, KEPT + 10)?;
    runs.iter().skip(KEPT).try_for_each(|run| tx.delete(run.id))
}

fn tell_owners(tx: &mut Write<'_, '_>, what: &str, why: &str) -> Result<()> {
    tx.mail_owners(|first_name| Letter::BackupTrouble {
        first_name,
        what: what.to_owned(),
        why: why.to_owned(),
        path: PAGE.to_owned(),
    })
}

impl BackupRun {
    /// The run without the key of its file, if it has one: the key was sealed with a link key that is no more.
    pub(in crate::model) fn without_opener(self) -> Option<Self> {
        self.opener.as_ref()?;
        Some(Self { opener: None, ..self })
    }
}
