//! "View as this contact": for an hour, or until they stop, a member of staff sees the portal of one client as one of its
//! contacts does. They change nothing there: [`Person::write`] refuses. That they looked is in the activity, and so is what
//! they downloaded, in their own name; nothing they do counts as the contact's.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::activity::{Actor, By};
use super::client::Client;
use super::console::Console;
use super::contact::Contact;
use super::db::{Records, record, time_key};
use super::guest::Guest;
use super::id::Id;
use super::membership::tie;
use super::person::Person;
use super::portal::{Portal, Viewer};
use super::session::Session;
use super::staff::Staff;
use crate::error::{Error, Result};

/// How long it lasts, if nobody stops it.
pub(super) const VIEW: SignedDuration = SignedDuration::from_hours(1);

/// What a member of staff looks at, in one browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Viewing {
    /// That of the browser's session: there is one at a time, and none without the session.
    pub id: Id<Viewing>,
    /// As whom they look.
    pub contact: Id<Contact>,
    /// At the portal of which client.
    pub client: Id<Client>,
    /// Since when.
    pub since: Timestamp,
}

impl Viewing {
    /// That of a session.
    fn of(session: Id<Session>) -> Id<Self> {
        Id::from_bytes(session.bytes())
    }

    fn lasts(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) < VIEW
    }
}

record!(Viewing, "vw", "viewings", |viewing, rows| rows
    .by("viewing.since", time_key(viewing.since)));

impl Console {
    /// Opens the client's portal for this session as the contact sees it. Refuses if they see none.
    pub async fn view_as(&self, contact: Id<Contact>, client: Id<Client>) -> Result<()> {
        let session = self.session();
        self.write(move |tx| {
            let (membership, client) = (tie(tx, client, contact)?, tx.need(client)?);
            let name = tx.need(contact)?.full_name();
            if !membership.has_access() {
                let why = format!("{name} has no access to this portal, so there is nothing to see. Invite them first.");
                return Err(Error::refused(why));
            }
            if !client.active {
                let why = format!("{} is inactive: its portal opens for nobody.", client.name);
                return Err(Error::refused(why));
            }
            let (id, since) = (Viewing::of(session), tx.now());
            tx.put(&Viewing { id, contact, client: client.id, since })?;
            tx.say("portal-viewed", Some(client.id), format!("looked at the portal as {name}"))
        })
        .await
    }

    /// As whom this session looks at a portal, if it does: it goes on when they come back to the console.
    pub fn viewing(&self) -> Result<Option<String>> {
        let (id, now) = (Viewing::of(self.session()), self.now());
        self.read(|r| {
            let viewing = r.get(id)?.filter(|viewing| viewing.lasts(now));
            let Some(viewing) = viewing else { return Ok(None) };
            let contact: Option<Contact> = r.get(viewing.contact)?;
            Ok(contact.map(|contact| contact.full_name()))
        })
    }

    /// Ends what this session looks at, and says of which client it was.
    pub async fn stop_viewing(&self) -> Result<Option<Id<Client>>> {
        let id = Viewing::of(self.session());
        self.write(move |tx| {
            tx.unsaid("it was said when it began");
            let was = tx.get(id)?;
            tx.delete(id)?;
            Ok(was.map(|was| was.client))
        })
        .await
    }
}

/// Whether a session still views the portal as this contact sees it.
pub(super) fn still_viewed(
    r: &impl Records,
    session: Id<Session>,
    viewer: &Viewer,
    now: Timestamp,
) -> Result<bool> {
    let viewing: Option<Viewing> = r.get(Viewing::of(session))?;
    Ok(viewing.is_some_and(|viewing| {
        let same = viewing.contact == viewer.contact() && viewing.client == viewer.client();
        same && viewing.lasts(now)
    }))
}

impl Guest {
    /// The portal that a member of staff views in this session. Another client's, and none at all, are the same answer.
    pub(super) fn viewed(
        &self,
        session: &Session,
        staff: Id<Staff>,
        client: Id<Client>,
    ) -> Result<Portal> {
        let console = Console::enter(self.core().clone(), session, staff, self.from())?;
        let viewing = console.read(|r| r.get(Viewing::of(session.id)))?;
        let lasts = |viewing: &Viewing| viewing.client == client && viewing.lasts(console.now());
        let viewing = viewing.filter(lasts).ok_or(Error::NotFound)?;
        let by = By { actor: Actor::Staff(staff), from: self.from() };
        match Person::viewed_by(self.core().clone(), session, viewing.contact, by) {
            // A contact who was removed meanwhile has no portal to look at.
            Err(Error::SignIn) => Err(Error::NotFound),
            person => person?.portal(client),
        }
    }
}

impl Portal {
    /// Whether a member of staff looks, as the contact would.
    #[must_use]
    pub fn viewed(&self) -> bool {
        self.person().viewed()
    }
}
