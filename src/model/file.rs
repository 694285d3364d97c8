//! Files: the documents of a client. Who sees one stands on it, so that no other record can widen it.
//!
//! What staff add is the firm's until they share it. What a contact adds is seen by them and the firm, and by others only
//! when the contact or staff say so. Who sees what is in a folder is written to each file by the verb that decides it.

mod audience;
mod book;
mod change;
mod folder_template;
mod inside;
mod list;
mod moving;
mod newest;
mod place;
mod portal;
mod reader;
mod receipt;
mod search;
mod sharing;
mod shown;
mod sight;
#[cfg(test)]
pub(super) mod tests;
mod trash;
mod twin;
mod version;
mod zip;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use audience::{Reader, Seen, Sees};
pub use folder_template::{
    FOLDER_PRESETS, FolderPreset, FolderTemplate, FolderTree, NewFolderTemplate, TemplateChoice,
    TreeFolder,
};
pub use inside::FolderSeen;
pub use list::{FileDetail, FileOrder, FilePage, FileQuery, FileRow, FolderRow};
pub use place::{Crumb, FolderChoice, Picked};
pub use portal::{PortalFolder, PortalFolderPage, PortalRow};
pub use reader::FileBytes;
pub use receipt::{Opening, ReadReceipt, Reading, Times};
pub use sharing::SharedFiles;
pub use shown::{PortalFile, PortalUpload, PortalVersion};
pub use trash::{TRASH_DAYS, Trash};
pub use twin::Twins;
pub use version::OpenedFile;
pub use zip::{Missing, Zip, ZipEntry};

pub(super) use audience::{Area, Circle, check_audience, default_audience, with_whom};
pub(super) use book::Book;
pub(super) use place::{folders_at, live_file, once_each, place, way_to};
pub(super) use portal::shown_place;
pub(super) use receipt::forget_receipts;
pub(super) use sharing::{drop_from_audiences, invites, without};

use super::client::Client;
use super::contact::Contact;
use super::db::{record, time_key};
use super::folder::Folder;
use super::id::Id;
use super::login::Who;
use super::request::HandedInFor;
use super::staff::Staff;
use crate::blobs::BlobName;
use crate::values::{Digest, FileName, Media, Message, Title};

/// In index keys: the top of a client's files, or everyone at a client.
pub(super) const ALL: [u8; 16] = [0; 16];

/// A document of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct File {
    /// Its id.
    pub id: Id<File>,
    /// Whose document it is. Never changes.
    pub client: Id<Client>,
    /// The folder it lies in; none is the top.
    pub folder: Option<Id<Folder>>,
    /// What it is called. Two files may share a name.
    pub name: FileName,
    /// Who of the client's contacts sees it. Whoever of them added it sees it in any case.
    pub audience: Audience,
    /// Why it is seen so.
    pub because: Because,
    /// Who added it.
    pub by: Author,
    /// What they wrote to it.
    pub note: Option<Message>,
    /// What the firm says of a contact's upload; none for what staff added.
    pub review: Option<Review>,
    /// Oldest first, never empty.
    pub versions: Vec<Version>,
    /// The number of the next version: none is given twice.
    pub next_version: u32,
    /// When it was added.
    pub added: Timestamp,
    /// When its newest version came.
    pub changed: Timestamp,
    /// Since when it is in the trash.
    pub trash: Option<Trashed>,
    /// What it was handed in for.
    pub handed_in_for: Option<HandedInFor>,
}

/// Which contacts of the client see a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// None: it is internal to the firm.
    Firm,
    /// All of them, also those who are added later.
    Everyone,
    /// These. Whoever is none of the client's contacts any more has no portal to see it in.
    Named(Vec<Id<Contact>>),
}

impl Audience {
    /// Whether it means this contact of the client.
    pub(super) fn means(&self, contact: Id<Contact>) -> bool {
        match self {
            Self::Firm => false,
            Self::Everyone => true,
            Self::Named(contacts) => contacts.contains(&contact),
        }
    }
}

/// Why somebody sees a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Because {
    /// It was so when it was added.
    Added,
    /// Somebody chose it for this file.
    Chosen {
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
    },
    /// Somebody chose it for a folder and all that is in it.
    Folder {
        /// What the folder was called then.
        name: String,
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
    },
    /// It was handed in for a request, or belongs to one, and whoever is asked sees it.
    Request {
        /// What the request was called then.
        title: Title,
        /// Who handed it in, or sent the request.
        by: Author,
        /// When.
        at: Timestamp,
    },
}

/// Who did something to a file, under the name they had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub who: Who,
    /// Their name.
    pub name: String,
}

impl Author {
    /// A member of staff.
    pub(super) fn of(staff: &Staff) -> Self {
        Self { who: Who::Staff(staff.id), name: staff.name.to_string() }
    }

    /// A contact.
    pub(super) fn of_contact(contact: &Contact) -> Self {
        Self { who: Who::Contact(contact.id), name: contact.full_name() }
    }

    /// The contact, if it was one.
    #[must_use]
    pub const fn contact(&self) -> Option<Id<Contact>> {
        match self.who {
            Who::Contact(contact) => Some(contact),
            Who::Staff(_) => None,
        }
    }
}

/// What the firm says of a contact's upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    /// It is in the Inbox. Until the firm has looked, its uploader may rename or withdraw it.
    Waiting,
    /// Somebody has looked at it.
    Reviewed {
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
    },
    /// The firm cannot use it.
    Rejected {
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
        /// Why, for the uploader.
        reason: Message,
    },
}

/// The bytes of a file as they were handed in once. Never changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Version {
    /// From one on; older ones may be gone.
    pub number: u32,
    /// Where the bytes are.
    pub blob: BlobName,
    /// SHA-256 of the bytes, for receipts.
    pub sha256: Digest,
    /// How many bytes.
    pub bytes: u64,
    /// What they are, by their content.
    pub media: Media,
    /// When they came.
    pub at: Timestamp,
    /// From whom.
    pub by: Author,
    /// What the virus scan said.
    pub scan: Scan,
}

/// What the virus scan said of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scan {
    /// The firm has none.
    Off,
    /// It waits for the scanner. Nobody opens it before.
    Waiting,
    /// Nothing was found.
    Clean {
        /// When.
        at: Timestamp,
    },
    /// It is locked.
    Infected {
        /// When.
        at: Timestamp,
        /// What the scanner calls it.
        what: String,
    },
    /// The scanner could not look at it. It is locked.
    Unscanned {
        /// When.
        at: Timestamp,
        /// Why, and what to do, in whole sentences.
        why: String,
    },
}

impl Version {
    /// Whether it may be opened.
    #[must_use]
    pub const fn usable(&self) -> bool {
        matches!(self.scan, Scan::Off | Scan::Clean { .. })
    }
}

/// That something lies in the trash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trashed {
    /// Since when.
    pub at: Timestamp,
    /// Who put it there.
    pub by: Author,
    /// The folder it went there with, and comes back with.
    pub with: Option<Id<Folder>>,
}

impl File {
    /// The newest version.
    #[must_use]
    pub fn newest(&self) -> &Version {
        self.versions.last().expect("a file has a version")
    }

    /// The newest version that may be opened.
    #[must_use]
    pub fn current(&self) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.usable())
    }

    /// The version of this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// Who sees it: [`ALL`] for everyone at the client, or ids of contacts.
    fn seers(&self) -> impl Iterator<Item = [u8; 16]> + '_ {
        let (everyone, named) = match &self.audience {
            Audience::Firm => (None, &[][..]),
            Audience::Everyone => (Some(ALL), &[][..]),
            Audience::Named(contacts) => (None, contacts.as_slice()),
        };
        // Nobody but its uploader has to do with what the firm could not use, or with what nobody may open yet.
        let rejected = matches!(self.review, Some(Review::Rejected { .. }));
        let others = !rejected && self.current().is_some();
        let named = named.iter().map(|contact| contact.bytes());
        let others = everyone.into_iter().chain(named).filter(move |_| others);
        others.chain(self.by.contact().map(Id::bytes))
    }

    /// Whether all of these contacts see it, once they see the client's files.
    pub(super) fn seen_by_all(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Firm => true,
            Audience::Everyone => self.seers().any(|seer| seer == ALL),
            Audience::Named(contacts) => contacts.iter().all(|contact| self.seen_by(*contact)),
        }
    }

    /// Whether this contact sees it, once they see the client's files.
    fn seen_by(&self, contact: Id<Contact>) -> bool {
        self.seers().any(|seer| seer == ALL || seer == contact.bytes())
    }
}

record!(File, "fi", "files", |file, rows| {
    let (client, place) = (file.client.bytes(), file.folder.map_or(ALL, Id::bytes));
    rows.by("file.client", client);
    for version in &file.versions {
        rows.by("file.blob", version.blob);
        match version.scan {
            Scan::Waiting => rows.by("file.scan", time_key(version.at)),
            Scan::Unscanned { at, .. } => rows.by("file.unscanned", time_key(at)),
            Scan::Off | Scan::Clean { .. } | Scan::Infected { .. } => {}
        }
    }
    if let Audience::Named(contacts) = &file.audience {
        for contact in contacts {
            rows.by("file.named", [client, contact.bytes()].concat());
        }
    }
    if let Some(of) = file.handed_in_for {
        rows.by("file.request", of.request);
    }
    if let Some(trash) = &file.trash {
        match trash.with {
            Some(folder) => rows.by("file.with", folder),
            None => rows.by("file.trash", [client.as_slice(), &time_key(trash.at)].concat()),
        }
        rows.by("file.trashed", time_key(trash.at));
        return;
    }
    let (name, changed) = (file.name.sort_key(), time_key(file.changed));
    let size = file.newest().bytes.to_be_bytes();
    let here = [client, place].concat();
    rows.by("file.name", [here.as_slice(), name.as_bytes()].concat());
    rows.by("file.changed", [here.as_slice(), &changed].concat());
    rows.by("file.size", [here.as_slice(), &size].concat());
    for seer in file.seers() {
        let theirs = [client, seer].concat();
        rows.by("file.shown", [theirs.as_slice(), &place, name.as_bytes()].concat());
        // What waits for the virus scan does not move it.
        let came = time_key(file.current().map_or(file.added, |version| version.at));
        rows.by("file.recent", [theirs.as_slice(), &came].concat());
    }
    if let (Some(contact), Some(Review::Rejected { .. })) = (file.by.contact(), &file.review) {
        rows.by("file.rejected", [client, contact.bytes()].concat());
    }
    let with_item = file.handed_in_for.is_some_and(|of| of.item.is_some());
    if file.review == Some(Review::Waiting) && !with_item {
        rows.by("file.review", changed);
    }
});
