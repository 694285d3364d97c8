//! Removing a contact from a client, and with the last client altogether.

use super::Contact;
use crate::error::Result;
use crate::model::calendar::forget_calendar;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::ending::{cancel_waiting_mails, end_log_ins, end_membership_access};
use crate::model::file::drop_from_audiences;
use crate::model::id::Id;
use crate::model::invite::{Invite, Invitee};
use crate::model::login::{Login, Who};
use crate::model::membership::{Membership, tie};
use crate::model::notices::{Choice, RemindersOff};
use crate::model::request::drop_from_requests;
use crate::model::session::Session;
use crate::model::status::other_clients;
use crate::values::ClientName;

/// What ends when a contact is removed from a client.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Who.
    pub contact: Contact,
    /// Their tie to this client.
    pub membership: Membership,
    /// The address of a pending invite.
    pub invited_at: Option<String>,
    /// Browsers they are logged in with.
    pub sessions: usize,
    /// Whose contact they stay.
    pub others: Vec<(Id<Client>, ClientName)>,
}

impl Console {
    /// What would end if this contact were removed from this client.
    pub fn what_ends(&self, client: Id<Client>, contact: Id<Contact>) -> Result<Ending> {
        self.read(|r| {
            let membership = tie(r, client, contact)?;
            let login: Option<Login> = r.first_by("login.who", Who::Contact(contact).key())?;
            let sessions = match login {
                Some(login) => r.ids_by::<Session>("session.login", login.id, usize::MAX)?.len(),
                None => 0,
            };
            let invites: Vec<Invite> = r.by("invite.pending-contact", contact, usize::MAX)?;
            let here = |invite: &&Invite| {
                matches!(invite.to, Invitee::Contact { client: of, .. } if of == client)
            };
            let pending = invites.iter().find(here);
            Ok(Ending {
                contact: r.need(contact)?,
                invited_at: pending.map(|invite| invite.address.to_string()),
                sessions,
                others: other_clients(r, &membership)?,
                membership,
            })
        })
    }

    /// Removes a contact from a client: what access they had there ends. With their last client the record, the login
    /// and everything of it go too. Gives their name.
    pub async fn remove_contact(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
        once: String,
    ) -> Result<String> {
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let tie = tie(tx, client, contact)?;
                let (client, contact): (Client, Contact) = (tx.need(client)?, tx.need(contact)?);
                let name = contact.full_name();
                end_membership_access(tx, &tie)?;
                tx.delete(tie.id)?;
                drop_from_audiences(tx, client.id, contact.id)?;
                drop_from_requests(tx, client.id, contact.id)?;
                let what = format!("removed {name} from the contacts of {}", client.name);
                tx.say("contact-removed", Some(client.id), what)?;
                if tx.ids_by::<Membership>("membership.contact", contact.id, 1)?.is_empty() {
                    forget(tx, contact.id)?;
                }
                Ok(name)
            })
        })
        .await
    }
}

/// Deletes a person whom no client has any more.
pub(in crate::model) fn forget(tx: &mut Write<'_, '_>, contact: Id<Contact>) -> Result<()> {
    cancel_waiting_mails(tx, contact)?;
    if let Some(login) = end_log_ins(tx, contact)? {
        tx.delete(login.id)?;
    }
    tx.delete(Choice::key(Who::Contact(contact)))?;
    tx.delete(RemindersOff::key(contact))?;
    forget_calendar(tx, Who::Contact(contact))?;
    tx.delete(contact)
}
