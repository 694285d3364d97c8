//! The bytes of a file: opening a version, and bringing an older one back.

use jiff::Timestamp;

use super::place::live_file;
use super::reader::{FileBytes, Reads};
use super::receipt::Reading;
use super::{Author, File, Scan, Version};
use crate::blobs::Content;
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::core::Core;
use crate::model::id::Id;
use crate::values::{Digest, FileName, Media};

/// A version of a file, open.
pub struct OpenedFile {
    /// What the file is called.
    pub name: FileName,
    /// Which version.
    pub version: u32,
    /// What it is, by its content.
    pub media: Media,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// When it came.
    pub at: Timestamp,
    /// The bytes.
    pub content: FileBytes,
    /// Whose they are.
    pub(in crate::model) client: Id<Client>,
}

impl OpenedFile {
    /// What is noted when a contact has read it.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { file: self.content.file, name: self.name.clone(), version: self.version }
    }

    /// Which file it is.
    pub(in crate::model) fn file(&self) -> Id<File> {
        self.content.file
    }

    /// Opens what may be opened.
    pub(super) fn open(core: &Core, file: &File, version: &Version, reads: Reads) -> Result<Self> {
        let content = content(core, file.client, version)?;
        Ok(Self {
            name: file.name_of(version),
            version: version.number,
            media: version.media,
            bytes: version.bytes,
            sha256: version.sha256,
            at: version.at,
            content: FileBytes { content, file: file.id, reads },
            client: file.client,
        })
    }
}

impl File {
    /// What a version is called: as the file, with the ending of what it is if the file has become something else since.
    fn name_of(&self, version: &Version) -> FileName {
        if version.media == self.newest().media {
            return self.name.clone();
        }
        self.name.with_extension(version.media.extension())
    }
}

/// The bytes of a version that may be opened.
pub(super) fn content(core: &Core, client: Id<Client>, version: &Version) -> Result<Content> {
    check_usable(version)?;
    let secret = core.client_secret(client)?;
    core.blobs.content(&secret, &version.blob, version.bytes)
}

/// Refuses what the virus scan locks.
pub(super) fn check_usable(version: &Version) -> Result<()> {
    match &version.scan {
        Scan::Off | Scan::Clean { .. } => Ok(()),
        Scan::Waiting => Err(Error::refused(
            "This version waits for the virus scan. It can be opened when the scan has found nothing.",
        )),
        Scan::Infected { what, .. } => Err(Error::refused(format!(
            "This version is locked: the virus scan found {what} in it."
        ))),
        Scan::Unscanned { why, .. } => {
            Err(Error::refused(format!("This version is locked: it was not scanned. {why}")))
        }
    }
}

impl Console {
    /// Opens a version of a file; none is the newest.
    pub fn open_file(
        &self,
        client: Id<Client>,
        file: Id<File>,
        version: Option<u32>,
    ) -> Result<OpenedFile> {
        let file = self.read(|r| live_file(r, client, file))?;
        let version = match version {
            Some(number) => file.version(number).ok_or(Error::NotFound)?,
            None => file.newest(),
        };
        OpenedFile::open(self.core(), &file, version, Reads::of_staff(self, client))
    }

    /// Makes an older version the newest again: as a further version with the same bytes. Gives its number.
    pub async fn restore_version(
        &self,
        client: Id<Client>,
        file: Id<File>,
        number: u32,
    ) -> Result<u32> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            let mut file = live_file(tx, client, file)?;
            let old = file.version(number).ok_or(Error::NotFound)?.clone();
            if old.blob == file.newest().blob {
                return Err(Error::refused(format!("Version {number} is what the file is now.")));
            }
            check_usable(&old)?;
            let (before, new, at) = (file.clone(), file.next_version, tx.now());
            file.name = file.name_of(&old);
            file.versions.push(Version { number: new, at, by, ..old });
            file.next_version = new + 1;
            file.changed = at;
            tx.put(&file)?;
            tx.tell_contacts_of_file(&file, Some(&before))?;
            let what = format!("made version {number} of “{}” the newest again", file.name);
            tx.say("file-version-restored", Some(client), what)?;
            Ok(new)
        })
        .await
    }
}
