//! New folders, and new names.

use super::place::{add_folder, live_file, place, taken};
use super::{Author, File, default_audience};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::{FileName, FolderName};

impl Console {
    /// Makes a folder; none is at the top. What staff add there is seen as in the folder around it. `once` makes twenty
    /// clicks one.
    pub async fn make_folder(
        &self,
        client: Id<Client>,
        parent: Option<Id<Folder>>,
        name: FolderName,
        once: String,
    ) -> Result<Id<Folder>> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                tx.need(client)?;
                let around = place(tx, client, parent)?;
                check_name(tx, (client, parent), &name, None)?;
                let audience = default_audience(around.as_ref());
                let folder = add_folder(tx, (client, parent), name, audience, &by)?;
                let what = format!("made the folder “{}”", folder.name);
                tx.say("folder-made", Some(client), what)?;
                Ok(folder.id)
            })
        })
        .await
    }

    /// Gives a folder another name.
    pub async fn rename_folder(
        &self,
        client: Id<Client>,
        folder: Id<Folder>,
        name: FolderName,
    ) -> Result<()> {
        self.write(move |tx| {
            let folder = place(tx, client, Some(folder))?.ok_or(Error::NotFound)?;
            if folder.name == name {
                return Ok(());
            }
            check_name(tx, (client, folder.parent), &name, Some(folder.id))?;
            let what = format!("renamed the folder “{}” to “{name}”", folder.name);
            tx.put(&Folder { name, ..folder })?;
            tx.say("folder-renamed", Some(client), what)
        })
        .await
    }

    /// Gives a file another name.
    pub async fn rename_file(
        &self,
        client: Id<Client>,
        file: Id<File>,
        name: FileName,
    ) -> Result<()> {
        self.write(move |tx| {
            let file = live_file(tx, client, file)?;
            if file.name == name {
                return Ok(());
            }
            let what = format!("renamed “{}” to “{name}”", file.name);
            tx.put(&File { name, ..file })?;
            tx.say("file-renamed", Some(client), what)
        })
        .await
    }
}

/// Refuses a name that another folder beside it has.
fn check_name(
    tx: &Write<'_, '_>,
    (client, parent): (Id<Client>, Option<Id<Folder>>),
    name: &FolderName,
    except: Option<Id<Folder>>,
) -> Result<()> {
    match taken(tx, client, parent, name)?.filter(|folder| Some(folder.id) != except) {
        Some(folder) => {
            let why =
                format!("There is a folder “{}” here already. Choose another name", folder.name);
            Err(Error::field("name", why))
        }
        None => Ok(()),
    }
}
