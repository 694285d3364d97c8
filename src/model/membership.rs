//! Memberships: a contact's tie to one client. Only [`Access::Given`] opens that client's portal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::contact::Contact;
use super::db::{Record, Records, Rows};
use super::id::{Id, Kind};
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

/// The parts of a portal a contact may use.
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
}

impl Membership {
    /// Whether this client's portal opens for this contact.
    #[must_use]
    pub fn has_access(&self) -> bool {
        matches!(self.access, Access::Given { .. })
    }
}

impl Kind for Membership {
    const PREFIX: &'static str = "me";
}

impl Record for Membership {
    const TABLE: &'static str = "memberships";
    fn id(&self) -> Id<Self> {
        self.id
    }
    fn index(&self, rows: &mut Rows) {
        rows.by("membership.client", self.client.bytes());
        rows.by("membership.contact", self.contact.bytes());
        rows.by("membership.pair", [self.contact.bytes(), self.client.bytes()].concat());
    }
}

/// The tie of a contact to a client. Absent and somebody else's are the same answer.
pub(super) fn tie(
    r: &impl Records,
    client: Id<Client>,
    contact: Id<Contact>,
) -> Result<Membership> {
    let pair = [contact.bytes(), client.bytes()].concat();
    r.first_by("membership.pair", pair)?.ok_or(Error::NotFound)
}
