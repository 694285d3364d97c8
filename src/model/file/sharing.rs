//! Sharing: staff decide who of a client's contacts sees files and folders, and invite those who cannot yet.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::audience::{Circle, Reader, check_audience, set_audience, with_whom};
use super::place::{Picked, Things, files_in, with_below};
use super::{Audience, Author, Because, File};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::firm::Firm;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::inviting::{Sent, draft, send};
use crate::model::membership::tie;
use crate::model::staff::Staff;

/// What became of sharing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SharedFiles {
    /// What was shared: "“Lease.pdf”", "3 files and the folder “VAT”".
    pub what: String,
    /// With whom: "everyone at Alder Ltd".
    pub with: String,
    /// Those who cannot see it yet, invited just now or not.
    pub cannot_see: Vec<Reader>,
    /// What became of each invite.
    pub sent: Vec<Sent>,
}

impl Console {
    /// Sets who sees files and folders: nobody outside the firm, everyone, or some contacts. With a folder goes all that is
    /// in it and below, and what staff add there later. `invite` offers the portal to those of them who need that, in the
    /// same command; without it they see nothing until somebody does. `once` makes twenty clicks one.
    pub async fn share_files(
        &self,
        client: Id<Client>,
        picked: Picked,
        audience: Audience,
        invite: bool,
        once: String,
    ) -> Result<SharedFiles> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let client: Client = tx.need(client)?;
                let audience = check_audience(tx, client.id, audience)?;
                let things = Things::live(tx, client.id, &picked)?;
                let what = things.words();
                let with = with_whom(tx, &client, &audience)?;
                if share(tx, things, &audience, &Author::of(&me))? {
                    let said = match audience {
                        Audience::Firm => format!("made {what} internal to the firm"),
                        _ => format!("shared {what} with {with}"),
                    };
                    tx.say("files-shared", Some(client.id), said)?;
                } else {
                    tx.unsaid("it was so before");
                }
                let sent =
                    if invite { invites(tx, &firm, &me, &client, &audience)? } else { vec![] };
                let cannot_see = Circle::of(tx, client, tx.now())?.cannot_see(&audience);
                Ok(SharedFiles { what, with, cannot_see, sent })
            })
        })
        .await
    }

    /// Invites those of an audience who need that, for files that are still on their way. Whoever has an invite already
    /// gets no other, so that it may be called for each of them.
    pub async fn invite_to_see(&self, client: Id<Client>, audience: Audience) -> Result<Vec<Sent>> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            let client: Client = tx.need(client)?;
            let audience = check_audience(tx, client.id, audience)?;
            let sent = invites(tx, &firm, &me, &client, &audience)?;
            if sent.is_empty() {
                tx.unsaid("nobody needs an invite");
            }
            Ok(sent)
        })
        .await
    }

    /// Those who are to see some of these files and cannot yet. What is no file of this client is passed over.
    pub fn cannot_see_files(&self, client: Id<Client>, files: &[Id<File>]) -> Result<Vec<Reader>> {
        self.read(|r| {
            let circle = Circle::of(r, r.need(client)?, self.now())?;
            let mut meant = HashSet::new();
            for id in files {
                let file: Option<File> = r.get(*id)?;
                let file = file.filter(|file| file.client == client && file.trash.is_none());
                let blind = file.map(|file| circle.cannot_see(&file.audience)).unwrap_or_default();
                meant.extend(blind.into_iter().map(|reader| reader.contact));
            }
            let all = circle.readers.into_iter();
            Ok(all.filter(|reader| meant.contains(&reader.contact)).collect())
        })
    }
}

/// Says whether anybody sees something else than before.
fn share(tx: &mut Write<'_, '_>, things: Things, audience: &Audience, by: &Author) -> Result<bool> {
    let (at, mut changed) = (tx.now(), false);
    for file in things.files {
        let because = Because::Chosen { by: by.clone(), at };
        changed |= set_audience(tx, file, audience, because)?;
    }
    for folder in things.folders {
        let name = folder.name.to_string();
        let because = Because::Folder { name, by: by.clone(), at };
        for id in with_below(tx, folder.client, folder.id)? {
            changed |= set_default(tx, id, audience)?;
            for file in files_in(tx, folder.client, Some(id), usize::MAX)? {
                let file: File = tx.need(file)?;
                changed |= set_audience(tx, file, audience, because.clone())?;
            }
        }
    }
    Ok(changed)
}

/// Who sees what staff add to a folder from now on.
fn set_default(tx: &mut Write<'_, '_>, id: Id<Folder>, audience: &Audience) -> Result<bool> {
    let folder: Folder = tx.need(id)?;
    if folder.audience == *audience {
        return Ok(false);
    }
    tx.put(&Folder { audience: audience.clone(), ..folder })?;
    Ok(true)
}

/// Invites those of an audience whom an invite would help.
pub(in crate::model) fn invites(
    tx: &mut Write<'_, '_>,
    firm: &Firm,
    me: &Staff,
    client: &Client,
    audience: &Audience,
) -> Result<Vec<Sent>> {
    let circle = Circle::of(tx, client.clone(), tx.now())?;
    let mut sent = Vec::new();
    for reader in circle.cannot_see(audience).into_iter().filter(|one| one.sees.can_invite()) {
        let draft = draft(tx, tie(tx, client.id, reader.contact)?)?;
        sent.push(send(tx, firm, me, draft, None, None)?);
    }
    Ok(sent)
}

/// Takes somebody who is none of a client's contacts any more out of the audiences there: whoever is added again begins
/// anew.
pub(in crate::model) fn drop_from_audiences(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    contact: Id<Contact>,
) -> Result<()> {
    let key = [client.bytes(), contact.bytes()].concat();
    for mut file in tx.by::<File>("file.named", &key, usize::MAX)? {
        file.audience = without(file.audience, contact);
        tx.put(&file)?;
    }
    for mut folder in tx.by::<Folder>("folder.named", &key, usize::MAX)? {
        folder.audience = without(folder.audience, contact);
        tx.put(&folder)?;
    }
    Ok(())
}

pub(in crate::model) fn without(audience: Audience, contact: Id<Contact>) -> Audience {
    let Audience::Named(mut contacts) = audience else { return audience };
    contacts.retain(|named| *named != contact);
    if contacts.is_empty() { Audience::Firm } else { Audience::Named(contacts) }
}
