//! The portal's door: one contact looking at one client. It reads what is [`Shown`] to that pair, and nothing else.

use serde::Serialize;

use super::client::Client;
use super::contact::Contact;
use super::db::{Record, Records};
use super::id::Id;
use super::membership::{Areas, Membership, tied};
use super::person::Person;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::{ClientName, Email, FullName};

/// A contact, the client they look at, and the areas they were given there.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    contact: Id<Contact>,
    client: Id<Client>,
    areas: Areas,
}

impl Viewer {
    /// How a contact sees a client at this moment; none if its portal does not open for them: without access, or once the
    /// client is inactive.
    pub(super) fn now(
        r: &impl Records,
        client: Id<Client>,
        contact: Id<Contact>,
    ) -> Result<Option<Self>> {
        let tie = tied(r, client, contact)?.filter(Membership::has_access);
        let Some(tie) = tie else { return Ok(None) };
        let active = r.get(client)?.is_some_and(|client| client.active);
        Ok(active.then(|| Self::new(contact, client, tie.areas)))
    }

    /// The same viewer at this moment: a command may run after their access has ended.
    pub(super) fn again(&self, r: &impl Records) -> Result<Self> {
        Self::now(r, self.client, self.contact)?.ok_or(Error::NotFound)
    }

    /// For whoever has seen to it that the portal opens for them.
    pub(super) const fn new(contact: Id<Contact>, client: Id<Client>, areas: Areas) -> Self {
        Self { contact, client, areas }
    }

    /// Who looks.
    #[must_use]
    pub const fn contact(&self) -> Id<Contact> {
        self.contact
    }

    /// At which client.
    #[must_use]
    pub const fn client(&self) -> Id<Client> {
        self.client
    }

    /// At which parts.
    #[must_use]
    pub const fn areas(&self) -> Areas {
        self.areas
    }
}

mod sealed {
    /// Only the model says what is shown.
    pub trait InModel {}
}
pub(super) use sealed::InModel;

/// A record a contact may see: when, and how much of it. `rg 'impl Shown for'` lists all that a client can ever read.
#[expect(
    private_bounds,
    reason = "the store's trait stays in the model; nobody outside implements this one"
)]
pub trait Shown: Record + InModel {
    /// What they see of it. It has no field that they must not see.
    type View: Serialize;
    /// None, or exactly what they see.
    fn shown_to(&self, viewer: &Viewer) -> Option<Self::View>;
}

/// One contact looking at one client.
pub struct Portal {
    person: Person,
    viewer: Viewer,
    client: PortalClient,
}

impl Portal {
    /// Made by [`Person::portal`] alone.
    pub(super) fn enter(person: Person, viewer: Viewer, client: PortalClient) -> Self {
        Self { person, viewer, client }
    }

    /// Who looks at what.
    #[must_use]
    pub const fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The contact's own door: settings and the list of their clients.
    #[must_use]
    pub const fn person(&self) -> &Person {
        &self.person
    }

    /// A path below this client's portal.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        format!("/p/{}{below}", self.viewer.client)
    }

    /// What this viewer sees of a record. Absent and not theirs are the same answer.
    pub fn get<R: Shown>(&self, id: Id<R>) -> Result<R::View> {
        let record: Option<R> = self.person.core().db.read(|r| r.get(id))?;
        record.and_then(|record| record.shown_to(&self.viewer)).ok_or(Error::NotFound)
    }

    /// The client they look at, as it was when the door was opened.
    #[must_use]
    pub const fn client(&self) -> &PortalClient {
        &self.client
    }

    /// Who looks after the client, as the client may see them.
    pub fn looked_after_by(&self) -> Result<Option<PortalStaff>> {
        match self.client.looked_after_by {
            Some(staff) => match self.get(staff) {
                Ok(staff) => Ok(Some(staff)),
                Err(Error::NotFound) => Ok(None),
                Err(e) => Err(e),
            },
            None => Ok(None),
        }
    }
}

/// What contacts see of their client. No notes, no tags.
#[derive(Clone, Debug, Serialize)]
pub struct PortalClient {
    /// Its id.
    pub id: Id<Client>,
    /// Its name.
    pub name: ClientName,
    /// Who looks after them.
    pub looked_after_by: Option<Id<Staff>>,
}

impl InModel for Client {}
impl Shown for Client {
    type View = PortalClient;
    fn shown_to(&self, viewer: &Viewer) -> Option<PortalClient> {
        (self.active && self.id == viewer.client()).then(|| PortalClient {
            id: self.id,
            name: self.name.clone(),
            looked_after_by: self.looked_after_by,
        })
    }
}

/// What contacts see of a member of staff.
#[derive(Clone, Debug, Serialize)]
pub struct PortalStaff {
    /// Their name.
    pub name: FullName,
    /// Where to write to them.
    pub email: Email,
}

impl InModel for Staff {}
impl Shown for Staff {
    type View = PortalStaff;
    fn shown_to(&self, _: &Viewer) -> Option<PortalStaff> {
        self.active().then(|| PortalStaff { name: self.name.clone(), email: self.email.clone() })
    }
}
