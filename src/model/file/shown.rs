//! What a contact sees of a file.

use jiff::Timestamp;
use serde::Serialize;

use super::{Audience, File, Review, Scan};
use crate::model::contact::Contact;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::portal::{InModel, Shown, Viewer};
use crate::model::request::Request;
use crate::values::{Digest, FileName, Media, Message};

/// What a contact sees of a file.
#[derive(Clone, Debug, Serialize)]
pub struct PortalFile {
    /// Its id.
    pub id: Id<File>,
    /// The folder it lies in.
    pub folder: Option<Id<Folder>>,
    /// What it is called.
    pub name: FileName,
    /// Whether they added it themselves.
    pub mine: bool,
    /// Who added it.
    pub from: String,
    /// When its newest version that they can open came.
    pub at: Timestamp,
    /// What they can open; none while it waits for the virus scan, or was found infected.
    pub version: Option<PortalVersion>,
    /// How it stands with their own upload.
    pub upload: Option<PortalUpload>,
}

/// What a contact sees of the bytes of a file.
#[derive(Clone, Debug, Serialize)]
pub struct PortalVersion {
    /// Its number.
    pub number: u32,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// What they are.
    pub media: Media,
}

/// What a contact sees of their own upload beside the file.
#[derive(Clone, Debug, Serialize)]
pub struct PortalUpload {
    /// What they wrote to it.
    pub note: Option<Message>,
    /// What the firm says of it.
    pub review: Option<Review>,
    /// Whether everyone at the client sees it.
    pub everyone: bool,
    /// Whether contacts other than they see it.
    pub others: bool,
    /// What the virus scan said.
    pub scan: Scan,
    /// When they handed it in.
    pub added: Timestamp,
    /// How many bytes they handed in.
    pub bytes: u64,
    /// SHA-256 of what they handed in.
    pub sha256: Digest,
    /// The request whose item it was handed in for: it is changed there, and nowhere else.
    pub request: Option<Id<Request>>,
}

impl PortalUpload {
    /// Whether the firm cannot use it, so that it has to be added again.
    #[must_use]
    pub fn is_useless(&self) -> bool {
        let infected = matches!(self.scan, Scan::Infected { .. });
        infected || matches!(self.review, Some(Review::Rejected { .. }))
    }
}

impl InModel for File {}
impl Shown for File {
    type View = PortalFile;
    fn shown_to(&self, viewer: &Viewer) -> Option<PortalFile> {
        let mine = self.by.contact() == Some(viewer.contact());
        if !self.open_to(viewer) || self.trash.is_some() || !self.seen_by(viewer.contact()) {
            return None;
        }
        let version = self.current();
        Some(PortalFile {
            id: self.id,
            folder: self.folder,
            name: self.name.clone(),
            mine,
            from: self.by.name.clone(),
            at: version.map_or(self.added, |version| version.at),
            version: version.map(|version| PortalVersion {
                number: version.number,
                bytes: version.bytes,
                sha256: version.sha256,
                media: version.media,
            }),
            upload: mine.then(|| self.upload_of(viewer.contact())),
        })
    }
}

impl File {
    /// Whether it belongs to a part of the client's portal that is open to them: what was handed in belongs to Requests as
    /// well as to Files.
    fn open_to(&self, viewer: &Viewer) -> bool {
        let areas = viewer.areas();
        let handed_in = areas.requests && self.handed_in_for.is_some();
        (areas.files || handed_in) && self.client == viewer.client()
    }

    /// What its uploader is given a receipt for, also once it lies in the trash; none for anybody else.
    pub(in crate::model) fn receipted(&self, viewer: &Viewer) -> Option<PortalUpload> {
        let mine = self.by.contact() == Some(viewer.contact());
        (self.open_to(viewer) && mine).then(|| self.upload_of(viewer.contact()))
    }

    /// What its uploader sees of it.
    fn upload_of(&self, me: Id<Contact>) -> PortalUpload {
        let first = self.versions.first().expect("a file has a version");
        let others = match &self.audience {
            Audience::Firm => false,
            Audience::Everyone => true,
            Audience::Named(contacts) => contacts.iter().any(|contact| *contact != me),
        };
        PortalUpload {
            note: self.note.clone(),
            review: self.review.clone(),
            everyone: self.audience == Audience::Everyone,
            others,
            scan: first.scan.clone(),
            added: self.added,
            bytes: first.bytes,
            sha256: first.sha256,
            request: self.handed_in_for.filter(|of| of.item.is_some()).map(|of| of.request),
        }
    }
}
