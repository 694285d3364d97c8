//! Memberships: a contact's tie to one client. Only [`Access::Given`] opens that client's portal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::contact::Contact;
use super::db::{Records, record};
use super::edition::edition;
use super::id::Id;
use crate::error::{Error, Result};
use crate::values::Label;

/// A contact's tie to one client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Membership {
    /// Its id.
    pub id: Id<Membership>,
    /// Who.
    pub contact: Id<Contact>,
    /// Of which client.
    pub client: Id<Client>,
    /// What they are there: "Director".
    pub role: Option<Label>,
    /// Whether they may open this client's portal.
    pub access: Access,
    /// Which parts of it.
    pub areas: Areas,
    /// When they were added to this client.
    pub added: Timestamp,
}

/// Portal access. Accepting an invite for this client is the only way to `Given`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Never had it.
    None,
    /// Has it since.
    Given {
        /// When the invite was accepted.
        since: Timestamp,
    },
    /// Had it until.
    Removed {
        /// When staff removed it.
        since: Timestamp,
    },
}

/// The parts of a portal a contact may use. Staff decide on [`OpenAreas`]; the others are open to everybody until the
/// product has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Areas {
    /// Files.
    pub files: bool,
    /// Requests and tasks.
    pub requests: bool,
    /// Invoices and payments.
    pub billing: bool,
    /// Signature requests.
    pub signing: bool,
    /// Conversations.
    pub messages: bool,
}

impl Areas {
    /// Everything.
    pub const ALL: Self =
        Self { files: true, requests: true, billing: true, signing: true, messages: true };

    /// Those that staff open and close.
    #[must_use]
    pub const fn open(self) -> OpenAreas {
        OpenAreas { files: self.files, requests: self.requests }
    }

    /// The same with those opened and closed; the others stay as they are.
    #[must_use]
    pub const fn with(self, open: OpenAreas) -> Self {
        Self { files: open.files, requests: open.requests, ..self }
    }
}

/// The areas that the product has so far, as staff open and close them to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAreas {
    /// Files.
    pub files: bool,
    /// Requests and tasks.
    pub requests: bool,
}

impl OpenAreas {
    /// Both: what a new contact begins with.
    pub const ALL: Self = Self { files: true, requests: true };

    /// How it is said of somebody to whom something is closed: "Files only".
    #[must_use]
    pub const fn narrowed(self) -> Option<&'static str> {
        match (self.files, self.requests) {
            (true, true) => None,
            (true, false) => Some("Files only"),
            (false, true) => Some("Requests only"),
            (false, false) => Some("No area open"),
        }
    }
}

impl Membership {
    /// Whether this client's portal opens for this contact.
    #[must_use]
    pub fn has_access(&self) -> bool {
        matches!(self.access, Access::Given { .. })
    }

    /// Changes whenever an area is opened or closed; see [`super::client::Client::edition`].
    #[must_use]
    pub fn areas_edition(&self) -> String {
        edition(&self.areas)
    }
}

record!(Membership, "me", "memberships", |membership, rows| {
    rows.by("membership.client", membership.client.bytes());
    rows.by("membership.contact", membership.contact.bytes());
    rows.by("membership.pair", [membership.contact.bytes(), membership.client.bytes()].concat());
});

/// The tie of a contact to a client. Absent and somebody else's are the same answer.
pub(super) fn tie(
    r: &impl Records,
    client: Id<Client>,
    contact: Id<Contact>,
) -> Result<Membership> {
    tied(r, client, contact)?.ok_or(Error::NotFound)
}

/// The same; none where there is none.
pub(super) fn tied(
    r: &impl Records,
    client: Id<Client>,
    contact: Id<Contact>,
) -> Result<Option<Membership>> {
    r.first_by("membership.pair", [contact.bytes(), client.bytes()].concat())
}
