//! Folders: where files of a client lie. Contacts see those in which something is shown to them, unless the folder itself is
//! for the firm only, or for others: then they see what is theirs in it without learning its name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::contact::Contact;
use super::db::{record, time_key};
use super::file::{ALL, Audience, Author, Trashed};
use super::id::Id;
use crate::values::FolderName;

/// A folder of a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Folder {
    /// Its id.
    pub id: Id<Folder>,
    /// Whose it is. Never changes.
    pub client: Id<Client>,
    /// The folder it lies in; none is the top.
    pub parent: Option<Id<Folder>>,
    /// What it is called. No other folder beside it has the name.
    pub name: FolderName,
    /// To whom its name is shown, and who sees what staff add to it, unless they choose otherwise then.
    pub audience: Audience,
    /// Who made it.
    pub by: Author,
    /// When.
    pub made: Timestamp,
    /// Since when it is in the trash.
    pub trash: Option<Trashed>,
}

impl Folder {
    /// Whether a contact may learn its name: those of its audience may.
    pub(in crate::model) fn named_to(&self, contact: Id<Contact>) -> bool {
        self.audience.means(contact)
    }
}

record!(Folder, "fo", "folders", |folder, rows| {
    let client = folder.client.bytes();
    rows.by("folder.client", client);
    if let Audience::Named(contacts) = &folder.audience {
        for contact in contacts {
            rows.by("folder.named", [client, contact.bytes()].concat());
        }
    }
    if let Some(trash) = &folder.trash {
        match trash.with {
            Some(folder) => rows.by("folder.with", folder),
            None => rows.by("folder.trash", [client.as_slice(), &time_key(trash.at)].concat()),
        }
        rows.by("folder.trashed", time_key(trash.at));
        return;
    }
    let here = [client, folder.parent.map_or(ALL, Id::bytes)].concat();
    rows.by("folder.name", [here.as_slice(), folder.name.sort_key().as_bytes()].concat());
});
