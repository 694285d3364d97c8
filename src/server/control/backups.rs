//! What the command line can ask about backups.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use super::Answer;
use crate::backups::{self, Cancel, CancelOnDrop, NewBackup, Piece};
use crate::error::{Error, Result};
use crate::jobs::backups::record;
use crate::model::System;
use crate::model::backups::runs::{BackupRun, Cause};
use crate::values::{Recipient, size};

/// What the command line can ask about backups.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "backup", rename_all = "kebab-case")]
pub enum BackupVerb {
    /// Make one at the place of the plan.
    Create {
        /// Print JSON.
        json: bool,
    },
    /// Make one that holds everything, and hand it over; the answer is [`Created`] as JSON.
    HandOver(HandOver),
    /// List what lies at the place of the plan.
    List {
        /// Print JSON.
        json: bool,
    },
    /// Restore the newest into a scratch folder and compare.
    Verify {
        /// Print JSON.
        json: bool,
    },
    /// Remove those that newer ones have replaced.
    Prune {
        /// Print JSON.
        json: bool,
    },
}

/// A backup that whoever asks writes to a file of theirs.
#[derive(Debug, Serialize, Deserialize)]
pub struct HandOver {
    /// Who alone can read it; those of the plan if there are none.
    pub recipients: Vec<Recipient>,
    /// Whoever asks has a place for the keys, if they are not in it.
    pub keys: bool,
    /// Who takes it.
    #[serde(skip)]
    pub to: Option<mpsc::Sender<Piece>>,
}

/// Carries one out.
pub(super) async fn carry_out(system: &System, verb: BackupVerb) -> Result<Answer> {
    match verb {
        BackupVerb::Create { json } => create(system, json).await,
        BackupVerb::HandOver(order) => hand_over(system, order).await,
        BackupVerb::List { json } => list(system, json).await,
        BackupVerb::Verify { json } => verify(system, json).await,
        BackupVerb::Prune { json } => prune(system, json).await,
    }
}

/// On a thread that may wait. Whoever asked may leave: then it stops.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce(&Cancel) -> Result<T> + Send + 'static,
) -> Result<T> {
    let cancel = Cancel::default();
    let _left = CancelOnDrop(cancel.clone());
    tokio::task::spawn_blocking(move || work(&cancel)).await.map_err(Error::bug)?
}

async fn create(system: &System, json: bool) -> Result<Answer> {
    let (work, started) = (system.clone(), system.now());
    let made = blocking(move |cancel| backups::make(&work, cancel)).await;
    let created = Created::from(record(system, Cause::Terminal, started, made).await?);
    Ok(Answer::Done(if json { serde_json::to_string(&created)? } else { created.to_string() }))
}

async fn hand_over(system: &System, order: HandOver) -> Result<Answer> {
    const BOTH_WAYS: &str = "This backup would not be encrypted, and then the keys of this installation must lie apart from it. \
        Either encrypt it with --recipient AGE1…: the keys are in it then. Or name a file in another place with --keys-to FILE.";
    let HandOver { recipients, keys, to } = order;
    if recipients.is_empty() && !keys && system.backup_plan()?.is_open() {
        return Ok(Answer::Wrong(BOTH_WAYS.into()));
    }
    let to = to.ok_or_else(|| Error::bug("a backup is handed over to nobody"))?;
    let work = system.clone();
    let made = blocking(move |cancel| backups::hand_over(&work, &to, &recipients, cancel)).await?;
    Ok(Answer::Done(serde_json::to_string(&Created::from(made))?))
}

/// A backup that was made, as the command line tells of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Created {
    /// Where it lies; until somebody has given it a place, what it is called.
    pub file: String,
    bytes: u64,
    sha256: String,
    encrypted: bool,
    made_at: Timestamp,
    schema: u64,
    rows: BTreeMap<String, u64>,
    blobs: u64,
    new_blob_bytes: u64,
    /// Where the keys lie, if they were written beside it.
    pub recovery_keys: Option<PathBuf>,
    removed: Vec<String>,
}

impl From<NewBackup> for Created {
    fn from(new: NewBackup) -> Self {
        Self {
            file: new.place,
            bytes: new.made.bytes,
            sha256: new.made.sha256,
            encrypted: new.made.encrypted,
            made_at: new.manifest.made_at,
            schema: new.manifest.schema,
            rows: new.manifest.rows,
            blobs: new.made.blobs,
            new_blob_bytes: new.made.new_bytes,
            recovery_keys: None,
            removed: new.removed,
        }
    }
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Made {} ({}).", self.file, size(self.bytes))?;
        if self.blobs > 0 {
            let bytes = size(self.new_blob_bytes);
            write!(f, "\nFiles of clients: {}, of which {bytes} had to be copied.", self.blobs)?;
        }
        let keys = match (self.encrypted, &self.recovery_keys) {
            (true, _) => "It is encrypted, and the keys of this installation are in it.".to_owned(),
            (false, Some(keys)) => format!(
                "The keys are in {}.\nKeep that file apart from the backup: a restore needs both, and whoever has both can \
                 read everything.",
                keys.display()
            ),
            (false, None) => "It is not encrypted, so it does not hold the keys: an Owner downloads them in Settings › \
                              Backup."
                .to_owned(),
        };
        write!(f, "\n{keys}")?;
        let mut removed = self.removed.iter();
        removed.try_for_each(|name| write!(f, "\nRemoved {name}: newer ones replace it."))
    }
}

async fn list(system: &System, json: bool) -> Result<Answer> {
    let (work, runs) = (system.clone(), system.backup_runs()?);
    let found = blocking(move |_| backups::list(&work)).await?;
    let run_of = |name: &str| {
        runs.iter().find(|run: &&BackupRun| run.made().is_some_and(|made| made.file == name))
    };
    let verified = |name: &str| run_of(name)?.verified.clone();
    if json {
        let shown = found.iter().map(|one| {
            let verified = verified(&one.name);
            json!({
                "file": one.name,
                "bytes": one.bytes,
                "verified_at": verified.as_ref().map(|seen| seen.at),
                "restores": verified.map(|seen| seen.why.is_none()),
            })
        });
        return Ok(Answer::Done(serde_json::to_string(&shown.collect::<Vec<_>>())?));
    }
    if found.is_empty() {
        return Ok(Answer::Done("There is no backup yet.".into()));
    }
    let shown = found.iter().map(|one| {
        let verified = match verified(&one.name) {
            Some(seen) if seen.why.is_none() => format!("  verified {:.0}", seen.at),
            Some(_) => "  does not restore".to_owned(),
            None => String::new(),
        };
        format!("{:>10}  {}{verified}", size(one.bytes), one.name)
    });
    Ok(Answer::Done(shown.collect::<Vec<_>>().join("\n")))
}

async fn verify(system: &System, json: bool) -> Result<Answer> {
    let cancel = Cancel::default();
    let _left = CancelOnDrop(cancel.clone());
    let (run, outcome) = backups::try_newest(system, cancel).await?;
    let why = outcome.as_ref().err().map(ToString::to_string);
    system.record_trial(run.id, why.clone()).await?;
    let file = run.made().map(|made| made.file.clone()).unwrap_or_default();
    let text = match (json, &outcome) {
        (true, _) => serde_json::to_string(&json!({
            "file": file,
            "restores": outcome.is_ok(),
            "why": why,
            "rows": outcome.as_ref().ok().map(|trial| trial.rows),
        }))?,
        (false, Ok(trial)) => trial.sentence(&file),
        (false, Err(why)) => format!("{file} does not restore. {why}"),
    };
    Ok(if outcome.is_ok() { Answer::Done(text) } else { Answer::NotWell(text) })
}

async fn prune(system: &System, json: bool) -> Result<Answer> {
    let work = system.clone();
    let removed = blocking(move |_| backups::prune(&work)).await?;
    system.record_removed(removed.clone()).await?;
    let text = match removed.as_slice() {
        removed if json => serde_json::to_string(&json!({ "removed": removed }))?,
        [] => "Nothing to remove: all of them are kept.".into(),
        removed => {
            let lines: Vec<String> = removed.iter().map(|name| format!("Removed {name}")).collect();
            lines.join("\n")
        }
    };
    Ok(Answer::Done(text))
}
