//! What contacts may still do to a file they added: until the firm has looked at it, it is theirs.

use super::sender::{Sender, Uploads};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Because, File, PortalFile, Review, Trashed, live_file};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::portal::Portal;
use crate::values::FileName;

impl Portal {
    /// Gives an own file another name.
    pub async fn rename_upload(&self, file: Id<File>, name: FileName) -> Result<PortalFile> {
        self.change(file, move |tx, sender, mut file| {
            if file.name == name {
                tx.unsaid("it has the name already");
                return Ok(());
            }
            let what = format!("renamed {} of {} to {name}", file.name, sender.client.name);
            file.name = name;
            tx.put(&file)?;
            tx.say("file-renamed", Some(file.client), what)
        })
        .await?;
        self.get(file)
    }

    /// Takes an own file back: it goes into the firm's trash. Gives its name.
    pub async fn withdraw_upload(&self, file: Id<File>) -> Result<FileName> {
        self.change(file, |tx, sender, mut file| {
            let what = format!("withdrew {} from the files of {}", file.name, sender.client.name);
            file.trash = Some(Trashed { at: tx.now(), by: sender.author, with: None });
            tx.put(&file)?;
            tx.say("file-withdrawn", Some(file.client), what)?;
            Ok(file.name)
        })
        .await
    }

    /// Shows an own file to everyone at the client, or to the firm alone again.
    pub async fn show_upload_to(&self, file: Id<File>, everyone: bool) -> Result<PortalFile> {
        self.change(file, move |tx, sender, before| {
            // Whom staff have named stays so until the uploader shows it to all.
            if everyone == (before.audience == Audience::Everyone) {
                tx.unsaid("it is shown so already");
                return Ok(());
            }
            let audience = if everyone { Audience::Everyone } else { Audience::Firm };
            let because = Because::Chosen { by: sender.author, at: tx.now() };
            let file = File { audience, because, ..before.clone() };
            tx.put(&file)?;
            let whom = if everyone { "everyone at" } else { "the firm alone, not to others at" };
            let what = format!("showed {} to {whom} {}", file.name, sender.client.name);
            tx.say("file-shared", Some(file.client), what)?;
            tx.tell_contacts_of_file(&file, Some(&before))
        })
        .await?;
        self.get(file)
    }

    /// One command on an own file that waits in the Inbox.
    async fn change<T: Send + 'static>(
        &self,
        file: Id<File>,
        change: impl FnOnce(&mut Write<'_, '_>, Sender, File) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let uploads = self.uploads()?;
        let me = uploads.clone();
        uploads
            .write(move |tx| {
                let sender = me.sender(tx)?;
                let file = own_waiting(tx, &me, file)?;
                sender.check(None)?;
                change(tx, sender, file)
            })
            .await
    }
}

fn own_waiting(r: &impl Records, me: &Uploads, file: Id<File>) -> Result<File> {
    let file = live_file(r, me.client, file)?;
    match file.review {
        _ if file.by.who != me.who => Err(Error::NotFound),
        _ if file.handed_in_for.is_some_and(|of| of.item.is_some()) => Err(Error::refused(
            "This file belongs to a request. You can remove it there, as long as that is open.",
        )),
        Some(Review::Waiting) => Ok(file),
        _ => {
            let firm: Firm = r.need(Id::MIN)?;
            let why = format!(
                "{} has looked at this file, so you cannot change it any more. Write to them if something is wrong.",
                firm.name
            );
            Err(Error::refused(why))
        }
    }
}
