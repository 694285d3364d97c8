//! Editing contacts. An address is more than a field: invites hang on it, and people log in with it.

use super::areas::set_areas;
use super::{Contact, ContactEmail, NewContact, Place};
use crate::error::Result;
use crate::model::address::ask_for_proof;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::edition::check_edition;
use crate::model::ending::end_invite;
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::login::{Login, Who};
use crate::model::membership::tie;
use crate::values::Email;

/// What an edit led to.
#[derive(Clone, Debug, Default)]
pub struct Edited {
    /// Invites that ended because their address is no longer the contact's.
    pub replaced: Vec<Replaced>,
    /// The address that must be proved before they log in with it.
    pub proving: Option<Email>,
}

/// An invite that ended because its address is no longer the contact's.
#[derive(Clone, Debug)]
pub struct Replaced {
    /// Whose portal it offered.
    pub client: Id<Client>,
    /// Where it had been sent.
    pub address: Email,
}

impl Console {
    /// Changes a contact, and what they are and may use at this client. `seen` is the [`Contact::edition`] that was shown.
    pub async fn edit_contact(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
        new: NewContact,
        seen: String,
    ) -> Result<Edited> {
        self.write(move |tx| {
            let mut tie = tie(tx, client, contact)?;
            let old: Contact = tx.need(contact)?;
            let current = old.edition(&tie);
            let contact = Contact {
                first: new.first,
                last: new.last,
                emails: new.emails,
                phones: new.phones,
                ..old.clone()
            };
            let mut what = differences(&old, &contact);
            if tie.role != new.role {
                what.push("role".into());
            }
            let same_areas = tie.areas.open() == new.areas;
            // The same form sent twice changes nothing the second time, and is no conflict.
            if what.is_empty() && same_areas {
                return Ok(Edited::default());
            }
            check_edition(&seen, &current)?;
            if !same_areas {
                set_areas(tx, &mut tie, &contact, new.areas)?;
            }
            if what.is_empty() {
                return Ok(Edited::default());
            }
            tie.role = new.role;
            tx.put(&tie)?;
            save(tx, client, &old, &contact, &what.join(", "))
        })
        .await
    }

    /// Makes an address the primary one. Where it is not there yet, it is added with this kind.
    pub async fn set_primary_email(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
        address: Email,
        kind: Place,
    ) -> Result<Edited> {
        self.write(move |tx| make_primary(tx, client, contact, address, kind)).await
    }
}

/// Within a command: makes an address the primary one, and lets everything follow that hangs on it.
pub(in crate::model) fn make_primary(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    contact: Id<Contact>,
    address: Email,
    kind: Place,
) -> Result<Edited> {
    tie(tx, client, contact)?;
    let old: Contact = tx.need(contact)?;
    let mut contact = old.clone();
    contact.emails.retain(|email| email.address.key() != address.key());
    contact.emails.insert(0, ContactEmail { address, kind });
    if contact.emails == old.emails {
        return Ok(Edited::default());
    }
    let what = differences(&old, &contact).join(", ");
    save(tx, client, &old, &contact, &what)
}

/// Stores the contact, says what changed, and lets everything follow that hangs on an address.
fn save(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    old: &Contact,
    new: &Contact,
    what: &str,
) -> Result<Edited> {
    tx.put(new)?;
    let mut what = format!("edited {}: {what}", new.full_name());
    let replaced = replace_invites(tx, old, new)?;
    for invite in &replaced {
        what +=
            &format!("; the invite to {} ended, for it is no longer their address", invite.address);
    }
    let proving = prove_address(tx, old, new)?;
    tx.say("contact-edited", Some(client), what)?;
    Ok(Edited { replaced, proving })
}

/// F14: an address that is taken out of the record takes its pending invites with it.
fn replace_invites(tx: &mut Write<'_, '_>, old: &Contact, new: &Contact) -> Result<Vec<Replaced>> {
    let pending: Vec<Invite> = tx.by("invite.pending-contact", new.id, usize::MAX)?;
    let state = InviteState::Replaced { at: tx.now() };
    let mut replaced = Vec::new();
    for mut invite in pending {
        // An invite to an address that was chosen for this time only does not hang on the record.
        if !old.has_address(&invite.address) || new.has_address(&invite.address) {
            continue;
        }
        end_invite(tx, &mut invite, state)?;
        if let Invitee::Contact { client, .. } = invite.to {
            replaced.push(Replaced { client, address: invite.address });
        }
    }
    Ok(replaced)
}

/// F15: somebody who has a login goes on logging in as before until the new address is proved.
fn prove_address(tx: &mut Write<'_, '_>, old: &Contact, new: &Contact) -> Result<Option<Email>> {
    let Some(address) = new.primary() else { return Ok(None) };
    if old.primary().is_some_and(|old| old.key() == address.key()) {
        return Ok(None);
    }
    let login: Option<Login> = tx.first_by("login.who", Who::Contact(new.id).key())?;
    let Some(login) = login.filter(|login| login.address.key() != address.key()) else {
        return Ok(None);
    };
    ask_for_proof(tx, &login, address)?;
    Ok(Some(address.clone()))
}

/// What an edit changed, for the activity; addresses in full, before and after.
fn differences(old: &Contact, new: &Contact) -> Vec<String> {
    let mut what = Vec::new();
    if old.full_name() != new.full_name() {
        what.push(format!("name from {}", old.full_name()));
    }
    match (old.primary(), new.primary()) {
        (Some(before), Some(after)) if before != after => {
            what.push(format!("e-mail from {before} to {after}"));
        }
        (None, Some(after)) => what.push(format!("e-mail {after}")),
        (Some(before), None) => what.push(format!("e-mail {before} taken out")),
        _ if old.emails != new.emails => what.push("e-mail addresses".into()),
        _ => {}
    }
    if old.phones != new.phones {
        what.push("phone numbers".into());
    }
    what
}
