//! Seeing that a backup restores: it is really restored, into a scratch folder, and compared with what it says of itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::extract::{DATABASE, Extracted, Identities, LIST, extract};
use super::manifest::Manifest;
use super::place::{self, Folder, Place};
use super::scratch::Scratch;
use super::{Cancel, TURN, blobs, read_identities, refused};
use crate::error::{Error, Result};
use crate::model::backups::runs::{BackupRun, Made};
use crate::model::{System, try_copy};

/// Files of clients that are read to the end, beside those that are only looked for.
const READ: u64 = 200;

/// What was seen.
#[derive(Debug)]
pub struct Trial {
    /// What the backup says of itself; none for a bare copy of the store.
    pub manifest: Option<Manifest>,
    /// The number of the shape of its data.
    pub schema: u64,
    /// Rows of all tables together.
    pub rows: u64,
}

/// Restores a file into a scratch folder below `scratch` and compares.
pub async fn try_file(
    file: PathBuf,
    keys: Identities,
    scratch: PathBuf,
    cancel: Cancel,
) -> Result<Trial> {
    let folder = file.parent().map(Path::to_owned).unwrap_or_default();
    let scratch = Scratch::below(&scratch, ".trial-")?;
    let into = scratch.path().to_owned();
    let extracted = blocking(move || {
        let from = File::open(&file)
            .map_err(|why| refused(format!("{} could not be read", file.display()), &why))?;
        let extracted = extract(from, &keys, &into, &cancel)?;
        if let Extracted::Archive(manifest) = &extracted
            && !manifest.blobs.contained
            && manifest.blobs.count > 0
        {
            let place = Folder::new(&folder)?;
            blobs::look(&into.join(LIST), manifest.blobs, &place, READ, &cancel)?;
        }
        Ok(extracted)
    });
    compare(extracted.await?, &scratch).await
}

/// Restores the newest backup of the plan into a scratch folder and compares. Gives which one it was.
pub async fn try_newest(system: &System, cancel: Cancel) -> Result<(BackupRun, Result<Trial>)> {
    let runs = system.backup_runs()?;
    let newest = runs.into_iter().find(|run| run.made().is_some());
    let Some(newest) = newest else {
        return Err(Error::refused("There is no backup yet."));
    };
    let outcome = try_run(system, &newest, cancel).await;
    Ok((newest, outcome))
}

async fn try_run(system: &System, run: &BackupRun, cancel: Cancel) -> Result<Trial> {
    let made: Made = run.made().cloned().ok_or(Error::NotFound)?;
    let keys = match system.opener(run) {
        Some(key) => read_identities(key.expose())?,
        None if made.encrypted => {
            return Err(Error::refused(
                "The newest backup is encrypted, and this server does not have its key. Make another one, or use \
                 anteroom backup verify with --identity.",
            ));
        }
        None => Identities::default(),
    };
    let _turn = TURN.lock().await;
    let task = system.backup_task()?;
    let scratch = Arc::new(Scratch::in_data(&task.data)?);
    let (held, into) = (scratch.clone(), scratch.path().to_owned());
    let extracted = blocking(move || {
        let _held = held; // it is not removed under the hands of this thread
        let place: Box<dyn Place> = place::open(&task.target)?;
        let extracted = extract(place.open(&made.file)?, &keys, &into, &cancel)?;
        if let Extracted::Archive(manifest) = &extracted {
            blobs::look(&into.join(LIST), manifest.blobs, place.as_ref(), READ, &cancel)?;
        }
        Ok(extracted)
    });
    compare(extracted.await?, &scratch).await
}

async fn compare(extracted: Extracted, scratch: &Scratch) -> Result<Trial> {
    // Its keys are of no use here, and a key of the wrong shape would be in the way.
    let _ = std::fs::remove_dir_all(scratch.path().join("keys"));
    debug_assert!(scratch.path().join(DATABASE).exists());
    let tried = try_copy(scratch.path().to_owned()).await;
    let tried = tried.map_err(|why| Error::refused(why.to_string()))?;
    if let Some(first) = tried.faults.first() {
        return Err(Error::refused(format!("The data in the backup is not well: {first}")));
    }
    let rows = tried.facts.rows.values().sum();
    let trial = |manifest| Trial { manifest, schema: tried.facts.schema, rows };
    let Extracted::Archive(manifest) = extracted else { return Ok(trial(None)) };
    if (manifest.schema, &manifest.rows) != (tried.facts.schema, &tried.facts.rows) {
        return Err(Error::refused("The data in the backup is not what its manifest says."));
    }
    Ok(trial(Some(*manifest)))
}

/// Streams on a thread that may wait.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::bug)?
}

impl Trial {
    /// What was seen, for a person.
    #[must_use]
    pub fn sentence(&self, file: &str) -> String {
        let rows = self.rows;
        let compared = "Every digest is right, and its index says what its records say.";
        match &self.manifest {
            Some(manifest) => format!(
                "{file} restores: {rows} rows of {} tables, made {:.0} by version {}. {compared}",
                manifest.rows.len(),
                manifest.made_at,
                manifest.version
            ),
            None => format!(
                "{file} restores: {rows} rows, schema {}. It is a bare copy of the store.",
                self.schema
            ),
        }
    }
}
