//! From a backup to a data folder that serves: whole, or nothing is left behind.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::extract::{DATABASE, Extracted, Identities, LIST, extract};
use super::manifest::Manifest;
use super::place::{Folder, Partial, Sink};
use super::scratch::{Scratch, make_folder};
use super::trial::blocking;
use super::{Cancel, blobs, recovery, refused};
use crate::error::{Error, Result};
use crate::model::{OldKey, Settled, settle_restored};

/// What is to be restored, and where.
pub struct Restore {
    /// The backup.
    pub file: PathBuf,
    /// The data folder that shall be; absent or empty.
    pub data: PathBuf,
    /// What may open the backup.
    pub identities: Identities,
    /// Where the keys are, if the backup does not hold them.
    pub keys: Option<PathBuf>,
    /// The keys are lost; do without what only they can open.
    pub without_keys: bool,
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Of when the data is, if the backup tells.
    pub made_at: Option<Timestamp>,
    /// Which version made it, if the backup tells.
    pub version: Option<String>,
    /// What was done to it.
    pub settled: Settled,
}

/// Restores a backup.
pub async fn restore(order: Restore, cancel: Cancel) -> Result<Restored> {
    let made = !order.data.exists();
    require_empty(&order.data)?;
    make_folder(&order.data)?;
    let outcome = in_folder(&order, cancel).await;
    if outcome.is_err() && made {
        let _ = fs::remove_dir(&order.data); // only if nothing is in it
    }
    outcome
}

/// A folder with something in it may be somebody's data.
fn require_empty(data: &Path) -> Result<()> {
    let mut entries = match fs::read_dir(data) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => {
            entries.map_err(|why| refused(format!("{} cannot be used", data.display()), &why))?
        }
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let data = data.display();
    Err(Error::refused(format!(
        "{data} is not empty. Restore into a new folder, and keep the old one until all is well."
    )))
}

async fn in_folder(order: &Restore, cancel: Cancel) -> Result<Restored> {
    let scratch = Scratch::below(&order.data, ".restoring-")?;
    let manifest = take_out(order, scratch.path(), cancel).await?;
    let old = old_key(order, manifest.as_ref(), scratch.path())?;
    let made_at = manifest.as_ref().map(|manifest| manifest.made_at);
    let settled = settle_restored(scratch.path(), old, made_at).await;
    let settled = settled.map_err(|why| Error::refused(why.to_string()))?;
    // Of data in an older shape, a copy was laid aside; the backup itself is that copy.
    let _ = fs::remove_dir_all(scratch.path().join("backups"));
    let _ = fs::remove_file(scratch.path().join(LIST));
    settle_in(scratch.path(), &order.data)
        .map_err(|why| refused(format!("{} could not be filled", order.data.display()), &why))?;
    let version = manifest.map(|manifest| manifest.version);
    Ok(Restored { made_at, version, settled })
}

/// The archive and the files of clients that lie beside it.
async fn take_out(order: &Restore, into: &Path, cancel: Cancel) -> Result<Option<Manifest>> {
    let (file, into) = (order.file.clone(), into.to_owned());
    let keys = order.identities.clone();
    blocking(move || {
        let from = File::open(&file)
            .map_err(|why| refused(format!("{} could not be read", file.display()), &why))?;
        let extracted = extract(from, &keys, &into, &cancel)?;
        let Extracted::Archive(manifest) = extracted else { return Ok(None) };
        if !manifest.blobs.contained && manifest.blobs.count > 0 {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            let place = Folder::new(folder.unwrap_or(Path::new(".")))?;
            blobs::fetch(&into.join(LIST), &place, &into, &cancel)?;
        }
        Ok(Some(*manifest))
    })
    .await
}

/// Brings the keys into the folder, but for the link key: a new one is made, and that of then opens what it sealed.
fn old_key(order: &Restore, manifest: Option<&Manifest>, into: &Path) -> Result<Option<OldKey>> {
    let folder = into.join("keys");
    let inside = manifest.is_some_and(|manifest| manifest.keys);
    if !inside {
        let Some(from) = keys_beside(order, manifest)? else { return Ok(None) };
        make_folder(&folder)?;
        for (name, bytes) in recovery::read(&from)? {
            let mut sink = Box::new(Partial::begin(&folder.join(name), &Cancel::default())?);
            io::copy(&mut bytes.expose().as_slice(), &mut sink)
                .map_err(|why| refused("The keys could not be written", &why))?;
            sink.finish()?;
        }
    }
    let link = folder.join("link.key");
    let bytes = match fs::read(&link) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|why| refused("The link key could not be read", &why))?,
    };
    fs::remove_file(&link).map_err(|why| refused("The link key could not be replaced", &why))?;
    let key = OldKey::new(&bytes);
    key.map(Some).ok_or_else(|| Error::refused("The link key among the keys is damaged."))
}

/// Where the keys are that the backup does not hold; none if they are given up.
fn keys_beside(order: &Restore, manifest: Option<&Manifest>) -> Result<Option<PathBuf>> {
    if let Some(keys) = &order.keys {
        return Ok(Some(keys.clone()));
    }
    // A copy that an upgrade laid aside lies in a data folder, which has the keys.
    let folder = order.file.parent().filter(|folder| folder.ends_with("backups"));
    let keys = folder.and_then(Path::parent).map(|data| data.join("keys"));
    if let (None, Some(keys)) = (manifest, keys.filter(|keys| keys.join("link.key").exists())) {
        return Ok(Some(keys));
    }
    if order.without_keys {
        return Ok(None);
    }
    Err(Error::refused(
        "The backup is not encrypted, so it does not hold the keys. Name the file of recovery keys with --keys. If it is \
         lost, --without-keys restores everything but what only those keys can open.",
    ))
}

/// Moves what was restored to its place, the store last: without it the folder is no data folder yet.
fn settle_in(from: &Path, data: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(from)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name() == DATABASE);
    for entry in entries {
        fs::rename(entry.path(), data.join(entry.file_name()))?;
    }
    File::open(data)?.sync_all()
}
