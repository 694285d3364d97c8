//! What people change about themselves: contacts in the portal, where the firm sees it, and staff in the console.

use super::console::Console;
use super::contact::{Contact, ContactPhone};
use super::db::{Records, Write};
use super::edition::{check_edition, edition};
use super::id::Id;
use super::membership::Membership;
use super::person::{Person, needs_portal};
use super::staff::{Notices, Staff};
use crate::error::{Error, Result};
use crate::values::{FullName, PersonName};

/// What a contact can change about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutContact {
    /// How they are greeted.
    pub first: PersonName,
    /// Absent for people who have one name.
    pub last: Option<PersonName>,
    /// The first one is called first.
    pub phones: Vec<ContactPhone>,
}

/// What a member of staff can change about themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutStaff {
    /// As clients read it.
    pub name: FullName,
    /// Which notices they want.
    pub notices: Notices,
}

impl AboutContact {
    /// As it stands in the record.
    #[must_use]
    pub fn of(contact: &Contact) -> Self {
        let Contact { first, last, phones, .. } = contact.clone();
        Self { first, last, phones }
    }

    /// See [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(&(&self.first, &self.last, &self.phones))
    }
}

impl Person {
    /// Changes their own record; the firm sees what they changed. Says whether anything is different now. Refused for
    /// whom no portal opens any more: the record is the firm's. `seen` is the [`AboutContact::edition`] that was shown.
    pub async fn edit_me(&self, new: AboutContact, seen: String) -> Result<bool> {
        let (id, firm) = (self.me().id, self.firm()?);
        self.write(move |tx| {
            needs_portal(tx, id, &firm)?;
            let mut contact: Contact = tx.get(id)?.ok_or(Error::SignIn)?;
            let before = contact.clone();
            check_edition(&seen, &AboutContact::of(&before).edition())?;
            contact.first = new.first;
            contact.last = new.last;
            contact.phones = new.phones;
            let mut what = Vec::new();
            if contact.full_name() != before.full_name() {
                what.push(format!("changed their name from {}", before.full_name()));
            }
            if contact.phones != before.phones {
                what.push("changed their phone numbers".to_owned());
            }
            if what.is_empty() {
                return Ok(false);
            }
            contact.edited_by_contact = Some(tx.now());
            tx.put(&contact)?;
            say_to_clients(tx, id, "contact-edited-themselves", &what.join(" and "))?;
            Ok(true)
        })
        .await
    }
}

impl Console {
    /// Changes their own name and the notices they get.
    pub async fn edit_me(&self, new: AboutStaff) -> Result<()> {
        let id = self.me().id;
        self.write(move |tx| {
            let mut staff: Staff = tx.get(id)?.ok_or(Error::SignIn)?;
            if staff.name == new.name {
                tx.unsaid("which notices they want is nobody else's business");
            } else {
                let what = format!("changed their name from {}", staff.name);
                tx.say("staff-edited-themselves", None, what)?;
            }
            staff.name = new.name;
            staff.notices = new.notices;
            tx.put(&staff)
        })
        .await
    }
}

/// Writes what a contact did into the activity of each of their clients.
pub(super) fn say_to_clients(
    tx: &mut Write<'_, '_>,
    contact: Id<Contact>,
    event: &'static str,
    what: &str,
) -> Result<()> {
    let ties: Vec<Membership> = tx.by("membership.contact", contact, usize::MAX)?;
    if ties.is_empty() {
        return tx.say(event, None, what);
    }
    for tie in ties {
        tx.say(event, Some(tie.client), what)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
