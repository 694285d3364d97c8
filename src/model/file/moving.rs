//! Moving files and folders. Who sees them stays as it is.

use super::File;
use super::place::{
    Picked, Things, Ways, check_depth, height, place, place_words, taken, with_below,
};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::folder::Folder;
use crate::model::id::Id;

impl Console {
    /// Moves files and folders of a client into one of its folders; none is the top. All of them, or none. Says what was
    /// moved.
    pub async fn move_files(
        &self,
        client: Id<Client>,
        picked: Picked,
        to: Option<Id<Folder>>,
    ) -> Result<String> {
        self.write(move |tx| {
            tx.need(client)?;
            let things = Things::live(tx, client, &picked)?;
            let target = place(tx, client, to)?;
            let words = things.words();
            let mut moved = false;
            for folder in things.folders.into_iter().filter(|folder| folder.parent != to) {
                check_folder(tx, &folder, target.as_ref())?;
                tx.put(&Folder { parent: to, ..folder })?;
                moved = true;
            }
            for file in things.files.into_iter().filter(|file| file.folder != to) {
                tx.put(&File { folder: to, ..file })?;
                moved = true;
            }
            if moved {
                let what = format!("moved {words} to {}", place_words(target.as_ref()));
                tx.say("files-moved", Some(client), what)?;
            }
            Ok(words)
        })
        .await
    }
}

/// Refuses to move a folder into itself, too deep, or beside another of its name.
fn check_folder(tx: &Write<'_, '_>, folder: &Folder, target: Option<&Folder>) -> Result<()> {
    let to = target.map(|target| target.id);
    if let Some(target) = target
        && with_below(tx, folder.client, folder.id)?.contains(&target.id)
    {
        let name = &folder.name;
        let why = if target.id == folder.id {
            format!("The folder “{name}” cannot be moved into itself.")
        } else {
            format!("The folder “{name}” cannot be moved into “{}”, which lies in it.", target.name)
        };
        return Err(Error::refused(why));
    }
    let depth = Ways::new(tx).to(to)?.len();
    check_depth(depth + height(tx, folder.client, folder.id)?)?;
    match taken(tx, folder.client, to, &folder.name)? {
        Some(other) => Err(Error::refused(format!(
            "There is a folder “{}” in {} already. Rename one of the two first.",
            other.name,
            place_words(target)
        ))),
        None => Ok(()),
    }
}
