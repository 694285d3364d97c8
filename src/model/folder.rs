//! Folders: where files of a client lie. A folder shows itself to nobody: contacts see those in which something is shown
//! to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::db::{Record, Rows, time_key};
use super::file::{ALL, Audience, Author, Trashed};
use super::id::{Id, Kind};
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
    /// Who sees what staff add to it, unless they choose otherwise then.
    pub audience: Audience,
    /// Who made it.
    pub by: Author,
    /// When.
    pub made: Timestamp,
    /// Since when it is in the trash.
    pub trash: Option<Trashed>,
}

impl Kind for Folder {
    const PREFIX: &'static str = "fo";
}

impl Record for Folder {
    const TABLE: &'static str = "folders";
    fn id(&self) -> Id<Self> {
        self.id
    }
    fn index(&self, rows: &mut Rows) {
        let client = self.client.bytes();
        rows.by("folder.client", client);
        if let Audience::Named(contacts) = &self.audience {
            for contact in contacts {
                rows.by("folder.named", [client, contact.bytes()].concat());
            }
        }
        if let Some(trash) = &self.trash {
            match trash.with {
                Some(folder) => rows.by("folder.with", folder),
                None => rows.by("folder.trash", [client.as_slice(), &time_key(trash.at)].concat()),
            }
            rows.by("folder.trashed", time_key(trash.at));
            return;
        }
        let here = [client, self.parent.map_or(ALL, Id::bytes)].concat();
        rows.by("folder.name", [here.as_slice(), self.name.sort_key().as_bytes()].concat());
    }
}
