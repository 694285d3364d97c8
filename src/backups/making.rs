//! Making a backup: a snapshot, an archive of it, and the files of clients. The server goes on serving.

use age::secrecy::ExposeSecret;
use age::x25519;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::archive::{Archive, Written};
use super::blobs::BlobList;
use super::manifest::{BLOBS, MANIFEST, Manifest, STORE};
use super::outside::{Handed, Piece, hand};
use super::place::{Place, Sink};
use super::scratch::Scratch;
use super::{Cancel, TURN, blobs, name, place, recovery, refused, retention};
use crate::error::Result;
use crate::model::backups::runs::Made;
use crate::model::backups::{BackupTask, OpenTarget};
use crate::model::{SnapshotFacts, System};
use crate::values::{Recipient, Secret};

/// A backup that was made.
#[derive(Debug)]
pub struct NewBackup {
    /// For the list of backups.
    pub made: Made,
    /// Where it lies, for people.
    pub place: String,
    /// What it holds.
    pub manifest: Manifest,
    /// The key with which this server can open this one file, if it is encrypted.
    pub opener: Option<Secret<String>>,
    /// What newer ones have replaced.
    pub removed: Vec<String>,
}

/// Makes the backup of the plan, and removes those that newer ones have replaced. Blocks for as long as it takes.
pub fn make(system: &System, cancel: &Cancel) -> Result<NewBackup> {
    let _turn = TURN.blocking_lock();
    let task = system.backup_task()?;
    let place = place::open(&task.target)?;
    if let OpenTarget::Folder(folder) = &task.target {
        place::sweep(folder);
    }
    let (slug, at) = (name::slug(task.firm.as_deref()), system.now());
    let there = place.sizes("")?;
    let encrypted = !task.recipients.is_empty();
    let name = name::fresh(&slug, at, encrypted, |name| there.contains_key(name));
    let opener = encrypted.then(x25519::Identity::generate);
    let scratch = Scratch::in_data(&task.data)?;
    let work = Work { system, task: &task, scratch: &scratch, at, cancel };
    let facts = work.snapshot()?;
    let list = blobs::lay_beside(&task.data, scratch.path(), place.as_ref(), cancel)?;
    if list.facts.count > 0 {
        blobs::keep_list(scratch.path(), place.as_ref(), &name, cancel)?;
    }
    let keys = keys_of(&task.recipients, opener.as_ref());
    let sink = place.create(&name, cancel)?;
    let (written, manifest, list) = work.archive(sink, &keys, &facts, Some(list))?;
    let made = Made {
        file: name.clone(),
        bytes: written.bytes,
        sha256: written.sha256,
        encrypted,
        blobs: list.facts.count,
        new_bytes: list.new_bytes,
    };
    let removed = thin_out(system, place.as_ref(), &task).unwrap_or_else(|why| {
        tracing::warn!(%why, "older backups could not be removed");
        Vec::new()
    });
    let opener = opener.map(|key| Secret::new(key.to_string().expose_secret().to_owned()));
    let place = match &task.target {
        OpenTarget::Folder(folder) => folder.join(&name).display().to_string(),
        OpenTarget::Bucket(open) => {
            format!("{}/{}{name}", open.bucket.name, open.bucket.prefix)
        }
    };
    Ok(NewBackup { made, place, manifest, opener, removed })
}

/// Makes a backup that holds everything, and hands it over; the keys come first where it will not hold them. Its name is
/// what it is called if whoever takes it knows nothing better. Blocks for as long as it takes.
pub fn hand_over(
    system: &System,
    to: &mpsc::Sender<Piece>,
    recipients: &[Recipient],
    cancel: &Cancel,
) -> Result<NewBackup> {
    let _turn = TURN.blocking_lock();
    let mut task = system.backup_task_without_place()?;
    if !recipients.is_empty() {
        task.recipients = recipients.to_vec();
    }
    let encrypted = !task.recipients.is_empty();
    let (slug, at) = (name::slug(task.firm.as_deref()), system.now());
    let file = name::fresh(&slug, at, encrypted, |_| false);
    if !encrypted {
        let (_, text) = recovery::file(task.firm.as_deref(), &system.read_keys()?);
        hand(to, Piece::Keys(text))
            .map_err(|why| refused("The keys could not be handed over", &why))?;
    }
    let scratch = Scratch::in_data(&task.data)?;
    let work = Work { system, task: &task, scratch: &scratch, at, cancel };
    let facts = work.snapshot()?;
    let (sink, keys) = (Box::new(Handed::new(to.clone(), cancel)), keys_of(&task.recipients, None));
    let (written, manifest, list) = work.archive(sink, &keys, &facts, None)?;
    let made = Made {
        file: file.clone(),
        bytes: written.bytes,
        sha256: written.sha256,
        encrypted,
        blobs: list.facts.count,
        new_bytes: list.new_bytes,
    };
    Ok(NewBackup { made, place: file, manifest, opener: None, removed: Vec::new() })
}

/// Removes the backups that newer ones have replaced, and says which.
pub fn prune(system: &System) -> Result<Vec<String>> {
    let _turn = TURN.blocking_lock();
    let task = system.backup_task()?;
    let place = place::open(&task.target)?;
    thin_out(system, place.as_ref(), &task)
}

/// Others may use the same place: ours are those of the firm's name, and those that our list says we made when the firm
/// was called otherwise.
fn thin_out(system: &System, place: &dyn Place, task: &BackupTask) -> Result<Vec<String>> {
    let (there, made) = (place.list("")?, system.backup_files()?);
    let slug = name::slug(task.firm.as_deref());
    let ours = |name: &str| name::slug_of(name) == Some(&slug) || made.contains(name);
    let archives: Vec<(&str, Timestamp)> = there
        .iter()
        .filter(|found| ours(&found.name))
        .filter_map(|found| Some((found.name.as_str(), name::time_of(&found.name)?)))
        .collect();
    let mut removed = Vec::new();
    for name in retention::superfluous(&archives, task.keep, &task.zone) {
        place.remove(name)?;
        removed.push(name.to_owned());
    }
    blobs::tidy(place)?;
    Ok(removed)
}

/// Those who shall be able to read it, and the key of this one file.
fn keys_of(recipients: &[Recipient], opener: Option<&x25519::Identity>) -> Vec<x25519::Recipient> {
    let opener = opener.map(x25519::Identity::to_public);
    recipients.iter().filter_map(Recipient::key).chain(opener).collect()
}

/// What every archive takes.
struct Work<'a> {
    system: &'a System,
    task: &'a BackupTask,
    scratch: &'a Scratch,
    at: Timestamp,
    cancel: &'a Cancel,
}

impl Work<'_> {
    /// Copies the store. It comes before the files of clients, so that each file its records speak of is there; one that
    /// comes later is carried along and harms nobody.
    fn snapshot(&self) -> Result<SnapshotFacts> {
        self.system.snapshot(&self.scratch.path().join(STORE))
    }

    /// Writes the archive; with the files of clients in it, unless they lie beside it and are listed already.
    fn archive(
        &self,
        sink: Box<dyn Sink>,
        keys: &[x25519::Recipient],
        facts: &SnapshotFacts,
        beside: Option<BlobList>,
    ) -> Result<(Written, Manifest, BlobList)> {
        let store = self.scratch.path().join(STORE);
        let mut archive = Archive::begin(sink, keys, self.at, self.cancel)?;
        let mut manifest = Manifest::new(facts, self.at, self.task.firm.clone());
        manifest.members.push(archive.add_file(STORE, &store)?);
        std::fs::remove_file(&store)?;
        if !keys.is_empty() {
            for (name, path) in &self.task.keys {
                manifest.members.push(archive.add_file(&format!("keys/{name}"), path)?);
            }
            manifest.keys = true;
        }
        let list = match beside {
            Some(list) => list,
            None => blobs::contain(&self.task.data, self.scratch.path(), &mut archive)?,
        };
        manifest.blobs = list.facts;
        manifest.members.push(archive.add_file(BLOBS, &self.scratch.path().join(BLOBS))?);
        archive.add_bytes(MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
        Ok((archive.finish()?, manifest, list))
    }
}
