//! Erasing a client: everything the firm keeps of it goes, and the key of its files is destroyed, so that the bytes that
//! still lie anywhere are noise. The activity alone remembers what was done, with names, for nothing in it is ever changed
//! (GDPR, article 17: whoever must keep records for the law makes a client inactive instead).

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::client_key::destroy;
use super::contact::{Contact, forget};
use super::db::{Order, Records, Span, Write, record};
use super::ending::end_membership_access;
use super::file::{File, forget_receipts};
use super::folder::Folder;
use super::id::Id;
use super::invite::{Invite, Invitee};
use super::link::Link;
use super::membership::Membership;
use super::notices::Notice;
use super::once::Once;
use super::outbox::Mail;
use super::owner::Owner;
use super::preview::Preview;
use super::request::erase_requests;
use super::upload::{Received, Upload};
use crate::error::{Error, Result};
use crate::values::ClientName;

/// That a client was erased, and nothing else of it. Entries of the activity name its id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Erased {
    /// The bytes of the client's id.
    id: Id<Erased>,
    /// When.
    at: Timestamp,
}

record!(Erased, "er", "erased");

impl Erased {
    /// Which client it was.
    pub(super) const fn client(&self) -> Id<Client> {
        Id::from_bytes(self.id.bytes())
    }
}

/// What goes with a client, for whoever is about to erase it.
#[derive(Clone, Debug)]
pub struct Erasing {
    /// The client.
    pub client: Client,
    /// How many files, also in the trash.
    pub files: usize,
    /// How many bytes they have, with older versions.
    pub bytes: u64,
    /// Contacts who go with it, for they belong to no other client.
    pub contacts: Vec<String>,
    /// Contacts who stay with another client.
    pub stay: Vec<String>,
    /// The file from elsewhere that the master key was given in: it cannot be changed from here.
    pub master_key: Option<PathBuf>,
}

impl Owner {
    /// What would go with a client.
    pub fn what_is_erased(&self, client: Id<Client>) -> Result<Erasing> {
        self.console().read(|r| {
            let files: Vec<File> = r.by("file.client", client, usize::MAX)?;
            let versions = files.iter().flat_map(|file| &file.versions);
            let (mut contacts, mut stay) = (Vec::new(), Vec::new());
            for tie in r.by::<Membership>("membership.client", client, usize::MAX)? {
                let name = r.need(tie.contact)?.full_name();
                let ties = r.ids_by::<Membership>("membership.contact", tie.contact, 2)?;
                if ties.len() == 1 { contacts.push(name) } else { stay.push(name) }
            }
            let bytes = versions.map(|version| version.bytes).sum();
            let (client, files) = (r.need(client)?, files.len());
            let master_key = self.console().core().keys.masters().given().map(Path::to_owned);
            Ok(Erasing { client, files, bytes, contacts, stay, master_key })
        })
    }

    /// Erases a client for good. It must be inactive, and `typed` its name.
    pub async fn erase_client(&self, client: Id<Client>, typed: String) -> Result<ClientName> {
        self.console()
            .write(move |tx| {
                let Client { name, active, .. } = tx.need(client)?;
                if active {
                    return Err(Error::refused(format!(
                        "{name} is active. Make it inactive first, which closes its portal."
                    )));
                }
                if typed.trim() != name.as_str() {
                    return Err(Error::field("name", "Type the name as it is written above"));
                }
                let contacts = erase_contacts(tx, client)?;
                erase_invites_and_mails(tx, client, &name, &contacts)?;
                erase_answers(tx, client)?;
                erase_requests(tx, client)?;
                erase_files(tx, client)?;
                destroy(tx, client)?;
                tx.delete(client)?;
                tx.put(&Erased { id: Id::from_bytes(client.bytes()), at: tx.now() })?;
                tx.say(
                    "client-erased",
                    Some(client),
                    format!("erased {name} and all of its files"),
                )?;
                Ok(name)
            })
            .await
    }
}

/// Unties all contacts, and gives those who are gone altogether.
fn erase_contacts(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<HashSet<Id<Contact>>> {
    let mut gone = HashSet::new();
    for tie in tx.by::<Membership>("membership.client", client, usize::MAX)? {
        end_membership_access(tx, &tie)?;
        tx.delete(tie.id)?;
        if tx.ids_by::<Membership>("membership.contact", tie.contact, 1)?.is_empty() {
            forget(tx, tie.contact)?;
            gone.insert(tie.contact);
        }
    }
    Ok(gone)
}

/// Invites to the client's portal, with their links; all mails to those who are gone, and those to others that name the client
/// or its files.
fn erase_invites_and_mails(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    name: &ClientName,
    gone: &HashSet<Id<Contact>>,
) -> Result<()> {
    let (mut invites, mut mails) = (HashSet::new(), Vec::new());
    // Nothing is in a hurry here, and no index is kept for it.
    tx.all(|invite: Invite| {
        if matches!(invite.to, Invitee::Contact { client: of, .. } if of == client) {
            invites.insert(invite.id);
        }
        ControlFlow::Continue(())
    })?;
    tx.all(|mail: Mail| {
        let of_invite = mail.invite.is_some_and(|invite| invites.contains(&invite));
        let to_them = mail.contact.is_some_and(|contact| gone.contains(&contact));
        if of_invite || to_them || mail.letter.is_about(client, name) {
            mails.push(mail.id);
        }
        ControlFlow::Continue(())
    })?;
    for invite in invites {
        for link in tx.ids_by::<Link>("link.invite", invite, usize::MAX)? {
            tx.delete(link)?;
        }
        tx.delete(invite)?;
    }
    mails.into_iter().try_for_each(|mail| tx.delete(mail))
}

/// Files, folders and what is on its way in. The sweep takes the bytes.
fn erase_files(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<()> {
    let theirs = Span::prefix(client);
    let uploads = tx.ids_in::<Upload>("upload.by", &theirs, Order::Ascending, usize::MAX)?;
    uploads.into_iter().try_for_each(|upload| tx.delete(upload))?;
    let mut notices = Vec::new();
    tx.all(|notice: Notice| {
        notices.extend(Some(notice.id).filter(|_| notice.client == client));
        ControlFlow::Continue(())
    })?;
    notices.into_iter().try_for_each(|notice| tx.delete(notice))?;
    for folder in tx.ids_by::<Folder>("folder.client", client, usize::MAX)? {
        tx.delete(folder)?;
    }
    for file in tx.ids_by::<File>("file.client", client, usize::MAX)? {
        forget_receipts(tx, file)?;
        Preview::forget(tx, file)?;
        tx.delete(file)?;
    }
    Ok(())
}

/// What forms and uploads answered a moment ago. Of an upload it is known whose file it is; of forms it is not, so theirs go
/// too: they only keep a form from being carried out twice.
fn erase_answers(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<()> {
    let mut answers: Vec<Once> = Vec::new();
    tx.all(|once| {
        answers.push(once);
        ControlFlow::Continue(())
    })?;
    for once in answers {
        let elsewhere = match serde_json::from_str::<Received>(&once.answer) {
            Ok(received) => tx.get(received.file)?.is_some_and(|file: File| file.client != client),
            Err(_) => false,
        };
        if !elsewhere {
            tx.delete(once.id)?;
        }
    }
    Ok(())
}
