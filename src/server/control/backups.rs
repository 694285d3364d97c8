//! What the command line can ask about backups.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Answer;
use crate::backups::{self, Cancel, CancelOnDrop, NewBackup};
use crate::error::{Error, Result};
use crate::jobs::backups::record;
use crate::model::System;
use crate::model::backups::runs::{BackupRun, Cause};
use crate::values::Recipient;
use crate::values::backup::size;

/// What the command line can ask about backups.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "backup", rename_all = "kebab-case")]
pub enum BackupVerb {
    /// Make one.
    Create {
        /// As one file that holds everything, here; else at the place of the plan. Absolute: the server may stand in
        /// another folder.
        to: Option<PathBuf>,
        /// Who alone can read it; those of the plan if there are none.
        recipients: Vec<Recipient>,
        /// Print JSON.
        json: bool,
    },
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

/// Carries one out.
pub(super) async fn carry_out(system: &System, verb: BackupVerb) -> Result<Answer> {
    match verb {
        BackupVerb::Create { to, recipients, json } => create(system, to, recipients, json).await,
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

async fn create(
    system: &System,
    to: Option<PathBuf>,
    recipients: Vec<Recipient>,
    json: bool,
) -> Result<Answer> {
    let (work, started) = (system.clone(), system.now());
    let new = match to {
        Some(to) => {
            blocking(move |cancel| backups::make_file(&work, &to, &recipients, cancel)).await?
        }
        None if recipients.is_empty() => {
            let made = blocking(move |cancel| backups::make(&work, cancel)).await;
            record(system, Cause::Terminal, started, made).await?
        }
        None => {
            return Err(Error::refused(
                "--recipient needs -o FILE. For all backups of the plan, set the keys in Settings › Backup.",
            ));
        }
    };
    Ok(Answer::Done(if json { created_json(&new)? } else { created(&new) }))
}

fn created_json(new: &NewBackup) -> Result<String> {
    Ok(serde_json::to_string(&json!({
        "file": new.place,
        "bytes": new.made.bytes,
        "sha256": new.made.sha256,
        "encrypted": new.made.encrypted,
        "made_at": new.manifest.made_at,
        "schema": new.manifest.schema,
        "rows": new.manifest.rows,
        "blobs": new.made.blobs,
        "new_blob_bytes": new.made.new_bytes,
        "recovery_keys": new.recovery,
        "removed": new.removed,
    }))?)
}

fn created(new: &NewBackup) -> String {
    let mut lines = vec![format!("Made {} ({}).", new.place, size(new.made.bytes))];
    if new.made.blobs > 0 {
        let (blobs, bytes) = (new.made.blobs, size(new.made.new_bytes));
        lines.push(format!("Files of clients: {blobs}, of which {bytes} had to be copied."));
    }
    if new.made.encrypted {
        lines.push("It is encrypted, and the keys of this installation are in it.".into());
    } else if let Some(recovery) = &new.recovery {
        lines.push(format!("The keys are in {}.", recovery.display()));
        lines.push(
            "Keep that file apart from the backup: a restore needs both, and whoever has both can read everything."
                .into(),
        );
    } else {
        lines.push(
            "It is not encrypted, so it does not hold the keys: an Owner downloads them in Settings › Backup."
                .into(),
        );
    }
    lines.extend(new.removed.iter().map(|name| format!("Removed {name}: newer ones replace it.")));
    lines.join("\n")
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
