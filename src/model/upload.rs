//! Uploads under way: a file that arrives in pieces, and goes on where it stopped after a lost connection, a page that was
//! loaded anew, or a restart of the server. How much has arrived is what lies on disk; no record counts it.
//!
//! - `sender.rs`: who adds what where · `room.rs`: how much of it
//! - `receiving.rs`: a file in one request · `begin.rs`, `pieces.rs`: one in many · `desk.rs`: those under way
//! - `commit.rs`: the bytes become a file · `handed_in.rs`: one that a request asked for · `own.rs`: what contacts may still do to theirs · `receipt.rs`: what they are given

mod begin;
mod commit;
mod desk;
mod handed_in;
mod own;
mod pieces;
mod receipt;
mod receiving;
mod room;
mod sender;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::db::{record, time_key};
use super::file::{Audience, Author, File};
use super::folder::Folder;
use super::id::Id;
use super::login::Who;
use super::request::HandedInFor;
use crate::values::{Digest, FileName, Message};
pub use begin::{PIECE, UnderWay, UploadLimits};
pub(super) use desk::Desk;
pub use pieces::{GoOn, Piece, Progress};
pub use receipt::{Receipt, ReceiptLine, Receipted};
pub use receiving::Receiving;
pub use sender::Uploads;

/// An upload under way. Its bytes lie under its id among the unfinished blobs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    /// Its id.
    pub id: Id<Upload>,
    /// For which client.
    pub client: Id<Client>,
    /// Who sends it. Nobody else can go on with it.
    pub by: Author,
    /// What the file is to be called.
    pub name: FileName,
    /// How many bytes it has.
    pub bytes: u64,
    /// Where it is to lie.
    pub folder: Option<Id<Folder>>,
    /// Who is to see it.
    pub audience: Audience,
    /// What they wrote to it.
    pub note: Option<Message>,
    /// The file of which it is to be a new version.
    pub replaces: Option<Id<File>>,
    /// What it is handed in for.
    pub handed_in_for: Option<HandedInFor>,
    /// When it began.
    pub begun: Timestamp,
}

record!(Upload, "up", "uploads", |upload, rows| {
    rows.by("upload.by", Self::key(upload.client, upload.by.who));
    rows.by("upload.begun", time_key(upload.begun));
});

impl Upload {
    /// The key of `upload.by`.
    pub(super) fn key(client: Id<Client>, by: Who) -> Vec<u8> {
        [client.bytes().as_slice(), &by.key()].concat()
    }
}

/// A file that somebody is about to add.
#[derive(Clone, Debug, Default)]
pub struct NewUpload {
    /// What the browser calls it, perhaps with folders before it. For staff these are made where they are missing.
    pub name: String,
    /// Where it is to lie; none is the top.
    pub folder: Option<Id<Folder>>,
    /// Who is to see it; none for what is usual there. A contact can show it to everyone and to nobody else.
    pub audience: Option<Audience>,
    /// What they write to it.
    pub note: Option<Message>,
    /// The file of which it is to be a new version. Contacts have none.
    pub replaces: Option<Id<File>>,
    /// What it is handed in for. Only a contact hands something in.
    pub handed_in_for: Option<HandedInFor>,
    /// The form's once-value; empty for none.
    pub once: String,
}

/// A file that has arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The file.
    pub file: Id<File>,
    /// What it is called.
    pub name: FileName,
    /// SHA-256 of the bytes.
    pub sha256: Digest,
    /// How many bytes.
    pub bytes: u64,
    /// Which version of the file they are.
    pub version: u32,
    /// Why it does not count for what it was sent for, as a sentence: it is kept as any other file of its sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}
