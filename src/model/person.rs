//! The person's door: one contact with no client chosen. Their settings, their devices, the list of their clients.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::activity::{Actor, By};
use super::client::Client;
use super::contact::Contact;
use super::core::Core;
use super::db::{Read, Records, Write};
use super::firm::Firm;
use super::id::Id;
use super::login::Login;
use super::membership::{Areas, Membership};
use super::portal::{Portal, Shown, Viewer};
use super::session::Session;
use super::staff::Staff;
use crate::error::{Error, Result};

/// One contact.
pub struct Person {
    core: Arc<Core>,
    me: Contact,
    login: Id<Login>,
    session: Id<Session>,
    by: By,
}

impl Person {
    /// Made by [`super::Guest::person`] alone, anew for each request.
    pub(super) fn enter(
        core: Arc<Core>,
        session: &Session,
        contact: Id<Contact>,
        from: Option<IpAddr>,
    ) -> Result<Self> {
        let by = By { actor: Actor::Contact(contact), from };
        Self::viewed_by(core, session, contact, by)
    }

    /// The same, as somebody else looks at it; made by [`super::Guest::viewed`] alone.
    pub(super) fn viewed_by(
        core: Arc<Core>,
        session: &Session,
        contact: Id<Contact>,
        by: By,
    ) -> Result<Self> {
        let me: Contact = core.db.read(|r| r.get(contact))?.ok_or(Error::SignIn)?;
        Ok(Self { core, me, login: session.login, session: session.id, by })
    }

    /// Who holds this door.
    #[must_use]
    pub fn me(&self) -> &Contact {
        &self.me
    }

    /// The session it was opened with, which stays when the others are ended.
    #[must_use]
    pub fn session(&self) -> Id<Session> {
        self.session
    }

    /// The firm.
    pub fn firm(&self) -> Result<Arc<Firm>> {
        self.core.firm()
    }

    /// The time, for pages that say how long ago something was.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// The clients whose portal opens for them, by name.
    pub fn clients(&self) -> Result<Vec<Client>> {
        Ok(self.open()?.into_iter().map(|(client, _)| client).collect())
    }

    /// The clients whose portal opens for them, by name, with the parts they may use there.
    pub fn open(&self) -> Result<Vec<(Client, Areas)>> {
        let mut open = self.read(|r| open_to(r, self.me.id))?;
        open.sort_by_cached_key(|(client, _)| crate::values::sort_key(client.name.as_str()));
        Ok(open)
    }

    /// One client's portal. Not theirs, withdrawn and inactive are the same answer.
    pub fn portal(self, client: Id<Client>) -> Result<Portal> {
        let open = self.read(|r| {
            let viewer = Viewer::now(r, client, self.me.id)?.ok_or(Error::NotFound)?;
            Ok(r.need(client)?.shown_to(&viewer).map(|client| (viewer, client)))
        })?;
        let (viewer, client) = open.ok_or(Error::NotFound)?;
        Ok(Portal::enter(self, viewer, client))
    }

    /// Refuses whoever has no portal at present.
    pub fn needs_portal(&self) -> Result<()> {
        let firm = self.firm()?;
        self.read(|r| needs_portal(r, self.me.id, &firm))
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(super) fn login(&self) -> Id<Login> {
        self.login
    }

    pub(super) fn by(&self) -> By {
        self.by
    }

    /// Whether a member of staff looks, as this contact would.
    pub(super) fn viewed(&self) -> bool {
        self.by.actor != Actor::Contact(self.me.id)
    }

    /// The member of staff who looks, as this contact would.
    pub(super) fn viewed_by_staff(&self) -> Option<Id<Staff>> {
        match self.by.actor {
            Actor::Staff(staff) => Some(staff),
            _ => None,
        }
    }

    /// Refuses whoever only looks.
    pub(super) fn own(&self) -> Result<()> {
        if self.viewed() {
            let why = format!(
                "You see the portal as {} does. Nothing can be changed.",
                self.me.full_name()
            );
            return Err(Error::refused(why));
        }
        Ok(())
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        self.core.db.read(look)
    }

    /// One command, one transaction, in this person's name. Whoever only looks is refused.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.own()?;
        self.core.db.write(self.by(), command).await
    }
}

/// The clients whose portal opens for a contact, with the parts they may use there.
pub(super) fn open_to(r: &impl Records, contact: Id<Contact>) -> Result<Vec<(Client, Areas)>> {
    let memberships: Vec<Membership> = r.by("membership.contact", contact, usize::MAX)?;
    let mut open = Vec::new();
    for membership in memberships.iter().filter(|m| m.has_access()) {
        let client = r.get(membership.client)?.filter(|client: &Client| client.active);
        open.extend(client.map(|client| (client, membership.areas)));
    }
    Ok(open)
}

/// Refuses what only those may do for whom a portal opens. The others can still log in, and change their password.
pub(super) fn needs_portal(r: &impl Records, contact: Id<Contact>, firm: &Firm) -> Result<()> {
    if open_to(r, contact)?.is_empty() {
        let why = format!("You have no access to a portal at present. Ask {}.", firm.name);
        return Err(Error::refused(why));
    }
    Ok(())
}
