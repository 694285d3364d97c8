//! Bytes that have all arrived become a file, or a new version of one.

use super::Received;
use super::handed_in::add_answer;
use super::sender::{Plan, Sender, Uploads};
use crate::blobs::Stored;
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::file::{
    Audience, Because, File, Review, Version, folders_at, live_file, place, shown_place, with_whom,
};
use crate::model::firm::Firm;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::{FileName, Media};

/// Bytes that lie where they stay, and that no record refers to yet.
#[derive(Clone)]
pub(super) struct Landed {
    pub stored: Stored,
    pub media: Media,
}

impl Uploads {
    /// Looks how the bytes begin, which tells what they are.
    pub(super) fn land(&self, stored: Stored, name: &FileName) -> Result<Landed> {
        let secret = self.core.client_secret(self.client)?;
        let content = self.core.blobs.content(&secret, &stored.name, stored.bytes)?;
        let head = content.read(0..stored.bytes.min(Media::HEAD as u64))?;
        Ok(Landed { media: Media::of(&head, name.extension()), stored })
    }
}

/// Adds the file, if its sender still may.
pub(super) fn add(
    tx: &mut Write<'_, '_>,
    uploads: &Uploads,
    plan: Plan,
    landed: Landed,
) -> Result<Received> {
    let sender = uploads.sender(tx)?;
    let version = Version {
        number: 1,
        blob: landed.stored.name,
        sha256: landed.stored.sha256,
        bytes: landed.stored.bytes,
        media: landed.media,
        at: tx.now(),
        by: sender.author.clone(),
        scan: tx.new_scan()?,
    };
    if plan.handed_in_for.is_some() {
        return match add_answer(tx, &sender, (&plan, &version))? {
            Ok(received) => Ok(received),
            Err(why) => keep(tx, &sender, plan, version, &why),
        };
    }
    sender.check(None)?;
    let replaced = plan.replaces.map(|file| there(live_file(tx, uploads.client, file)));
    match replaced.transpose()?.flatten() {
        Some(file) => replace(tx, &sender, file, version, &plan.name),
        None => add_new(tx, &sender, plan, version),
    }
}

/// What was sent for a request that takes it no more is not lost: it is kept as any other file of its sender.
fn keep(
    tx: &mut Write<'_, '_>,
    sender: &Sender,
    plan: Plan,
    version: Version,
    why: &str,
) -> Result<Received> {
    let received = add_new(tx, sender, Plan { handed_in_for: None, ..plan }, version)?;
    let firm: Firm = tx.need(Id::MIN)?;
    let kept = format!("{why} {} has got the file all the same.", firm.name);
    Ok(Received { kept: Some(kept), ..received })
}

/// None for what is gone. What somebody has sent for an hour is kept all the same.
fn there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn replace(
    tx: &mut Write<'_, '_>,
    sender: &Sender,
    before: File,
    version: Version,
    sent_as: &FileName,
) -> Result<Received> {
    let mut file = before.clone();
    let version = Version { number: file.next_version, ..version };
    file.next_version += 1;
    file.changed = tx.now();
    // A version of another kind needs another ending, or it could not be opened.
    file.name = file.name.with_extension(sent_as.extension());
    file.versions.push(version);
    tx.put(&file)?;
    let what = format!("added a new version of {} of {}", file.name, sender.client.name);
    tx.say("file-version-added", Some(file.client), what)?;
    tx.tell_contacts_of_file(&file, Some(&before))?;
    Ok(received(&file))
}

fn add_new(
    tx: &mut Write<'_, '_>,
    sender: &Sender,
    plan: Plan,
    version: Version,
) -> Result<Received> {
    let folder = folder_of(tx, sender, &plan)?;
    let contact = sender.viewer.is_some();
    let file = File {
        id: tx.id(),
        client: sender.client.id,
        folder: folder.as_ref().map(|folder| folder.id),
        audience: plan.audience_in(folder.as_ref()),
        name: plan.name,
        because: Because::Added,
        by: sender.author.clone(),
        note: plan.note,
        review: contact.then_some(Review::Waiting),
        versions: vec![version],
        next_version: 2,
        added: tx.now(),
        changed: tx.now(),
        trash: None,
        handed_in_for: plan.handed_in_for,
    };
    tx.add(&file)?;
    let whom = match contact && file.audience == Audience::Firm {
        true => "the firm only".to_owned(),
        false => with_whom(tx, &sender.client, &file.audience)?,
    };
    let what = format!("added {} to the files of {}, for {whom}", file.name, sender.client.name);
    tx.say("file-added", Some(file.client), what)?;
    tx.tell_contacts_of_file(&file, None)?;
    if contact {
        tx.tell_staff_of_upload(&file)?;
    }
    Ok(received(&file))
}

/// The folder of a new file: the top, if the one it was meant for is gone meanwhile.
fn folder_of(tx: &mut Write<'_, '_>, sender: &Sender, plan: &Plan) -> Result<Option<Folder>> {
    let client = sender.client.id;
    let folder: Option<Id<Folder>> = match &sender.viewer {
        Some(viewer) => there(shown_place(tx, viewer, plan.folder))?.flatten(),
        None => there(place(tx, client, plan.folder))?.flatten().map(|folder| folder.id),
    };
    let shown = (plan.audience.as_ref(), &sender.author);
    let folder = folders_at(tx, client, folder, &plan.folders, shown)?;
    place(tx, client, folder)
}

pub(super) fn received(file: &File) -> Received {
    let version = file.newest();
    Received {
        file: file.id,
        name: file.name.clone(),
        sha256: version.sha256,
        bytes: version.bytes,
        version: version.number,
        kept: None,
    }
}
