//! Adding contacts to a client: new ones, and people who are known from another client.

use super::{Contact, NewContact};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Read, Records, Write};
use crate::model::directory::Total;
use crate::model::id::Id;
use crate::model::membership::{Access, Areas, Membership, OpenAreas, tied};
use crate::values::{ClientName, Label, sort_key};

/// Somebody who may be the person about to be added.
#[derive(Clone, Debug)]
pub struct LookAlike {
    /// Who.
    pub contact: Contact,
    /// What they have in common: "has the same e-mail address".
    pub why: &'static str,
    /// Whose contact they are.
    pub clients: Vec<(Id<Client>, ClientName)>,
}

/// A first contact of a new client.
#[derive(Clone, Debug)]
pub struct FirstContact {
    /// As typed.
    pub new: NewContact,
    /// The known person this is: they are tied to the client, and only the role is taken from what was typed.
    pub same_as: Option<Id<Contact>>,
}

impl From<NewContact> for FirstContact {
    fn from(new: NewContact) -> Self {
        Self { new, same_as: None }
    }
}

/// Contacts that were searched for.
#[derive(Clone, Debug)]
pub struct ContactsFound {
    /// At most fifty, by name.
    pub rows: Vec<KnownContact>,
    /// How many match.
    pub total: Total,
}

/// Somebody, and whose contact they are.
#[derive(Clone, Debug)]
pub struct KnownContact {
    /// Who.
    pub contact: Contact,
    /// Whose contact they are, by name.
    pub clients: Vec<(Id<Client>, ClientName)>,
}

impl Console {
    /// The contacts of a client with their ties, by name.
    pub fn contacts_of(&self, client: Id<Client>) -> Result<Vec<(Contact, Membership)>> {
        let mut list = self.read(|r| {
            r.need(client)?;
            let ties: Vec<Membership> = r.by("membership.client", client, usize::MAX)?;
            ties.into_iter().map(|tie| Ok((r.need(tie.contact)?, tie))).collect::<Result<Vec<_>>>()
        })?;
        list.sort_by_cached_key(|(contact, _)| (sort_key(&contact.full_name()), contact.id));
        Ok(list)
    }

    /// Adds a new contact to a client.
    pub async fn add_contact(
        &self,
        client: Id<Client>,
        new: NewContact,
        once: String,
    ) -> Result<Id<Contact>> {
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let client: Client = tx.need(client)?;
                add_new(tx, &client, new)
            })
        })
        .await
    }

    /// A contact's name, whoever's contact they are.
    pub fn contact_name(&self, contact: Id<Contact>) -> Result<String> {
        self.read(|r| Ok(r.need(contact)?.full_name()))
    }

    /// Adds somebody who is known from another client. They get no access by it.
    pub async fn add_existing_contact(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
        role: Option<Label>,
    ) -> Result<Contact> {
        self.write(move |tx| {
            let client: Client = tx.need(client)?;
            add_known(tx, &client, contact, role)
        })
        .await
    }

    /// Who may be this person: somebody with the same address, or of the same name.
    pub fn look_alikes(&self, new: &NewContact) -> Result<Vec<LookAlike>> {
        let core = self.core();
        let namesakes = core.directory.look(&core.db, |book| book.namesakes(&new.full_name()))?;
        self.read(|r| {
            let mut found: Vec<LookAlike> = Vec::new();
            for email in &new.emails {
                let same: Vec<Contact> = r.by("contact.email", email.address.key(), usize::MAX)?;
                note(r, &mut found, same, "has the same e-mail address")?;
            }
            let same = namesakes.into_iter().map(|id| r.get(id)).collect::<Result<Vec<_>>>()?;
            note(r, &mut found, same.into_iter().flatten(), "has the same name")?;
            Ok(found)
        })
    }

    /// Contacts found by what was typed, but for those of this client, if one is named.
    pub fn find_contacts(&self, find: &str, but_of: Option<Id<Client>>) -> Result<ContactsFound> {
        let core = self.core();
        let list = core.directory.look(&core.db, |book| book.find_contacts(find, but_of))?;
        let rows = self.read(|r| {
            let mut rows = Vec::with_capacity(list.ids.len());
            for id in &list.ids {
                // Removed since the directory was asked.
                let Some(contact) = r.get(*id)? else { continue };
                rows.push(KnownContact { contact, clients: clients_of(r, *id)? });
            }
            Ok(rows)
        })?;
        Ok(ContactsFound { rows, total: list.total })
    }
}

/// Adds a first contact of a new client: a new one, or somebody who is known.
pub(in crate::model) fn add_first(
    tx: &mut Write<'_, '_>,
    client: &Client,
    first: FirstContact,
) -> Result<()> {
    match first.same_as {
        Some(known) => add_known(tx, client, known, first.new.role).map(drop),
        None => add_new(tx, client, first.new).map(drop),
    }
}

/// Ties a known person to a client. They get no access by it.
fn add_known(
    tx: &mut Write<'_, '_>,
    client: &Client,
    contact: Id<Contact>,
    role: Option<Label>,
) -> Result<Contact> {
    let contact: Contact = tx.need(contact)?;
    if tied(tx, client.id, contact.id)?.is_some() {
        let name = contact.full_name();
        return Err(Error::refused(format!("{name} is already a contact of {}.", client.name)));
    }
    join(tx, client, &contact, role, OpenAreas::ALL)?;
    Ok(contact)
}

/// Adds a new contact within the command that wants it.
fn add_new(tx: &mut Write<'_, '_>, client: &Client, new: NewContact) -> Result<Id<Contact>> {
    let contact = Contact {
        id: tx.id(),
        first: new.first,
        last: new.last,
        emails: new.emails,
        phones: new.phones,
        added: tx.now(),
        edited_by_contact: None,
    };
    tx.put(&contact)?;
    join(tx, client, &contact, new.role, new.areas)?;
    Ok(contact.id)
}

fn join(
    tx: &mut Write<'_, '_>,
    client: &Client,
    contact: &Contact,
    role: Option<Label>,
    open: OpenAreas,
) -> Result<()> {
    tx.put(&Membership {
        id: tx.id(),
        contact: contact.id,
        client: client.id,
        role,
        access: Access::None,
        areas: Areas::ALL.with(open),
        added: tx.now(),
    })?;
    let narrowed = open.narrowed().map(|said| format!(": {said}")).unwrap_or_default();
    let what = format!("added {} as a contact of {}{narrowed}", contact.full_name(), client.name);
    tx.say("contact-added", Some(client.id), what)
}

/// Notes those that are not there yet.
fn note(
    r: &Read,
    found: &mut Vec<LookAlike>,
    contacts: impl IntoIterator<Item = Contact>,
    why: &'static str,
) -> Result<()> {
    for contact in contacts {
        if !found.iter().any(|known| known.contact.id == contact.id) {
            let clients = clients_of(r, contact.id)?;
            found.push(LookAlike { contact, why, clients });
        }
    }
    Ok(())
}

/// Whose contact somebody is, by name.
fn clients_of(r: &Read, contact: Id<Contact>) -> Result<Vec<(Id<Client>, ClientName)>> {
    let mut clients = Vec::new();
    for tie in r.by::<Membership>("membership.contact", contact, usize::MAX)? {
        let client: Client = r.need(tie.client)?;
        clients.push((client.id, client.name));
    }
    clients.sort_by_cached_key(|(_, name)| sort_key(name.as_str()));
    Ok(clients)
}
