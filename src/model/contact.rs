//! Contacts: the people the firm writes to. A contact may belong to several clients.

mod add;
mod areas;
mod edit;
mod remove;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) use add::add_first;
pub use add::{ContactsFound, FirstContact, KnownContact, LookAlike};
pub use areas::Closed;
pub(super) use edit::make_primary;
pub use edit::{Edited, Replaced};
pub use remove::Ending;
pub(super) use remove::forget;

use super::db::record;
use super::edition::edition;
use super::id::Id;
use super::membership::{Membership, OpenAreas};
use crate::values::{Email, Label, PersonName, Phone};

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: Id<Contact>,
    /// How they are greeted.
    pub first: PersonName,
    /// Absent for people who have one name.
    pub last: Option<PersonName>,
    /// The first one is the primary address.
    pub emails: Vec<ContactEmail>,
    /// The first one is called first.
    pub phones: Vec<ContactPhone>,
    /// When they were added.
    pub added: Timestamp,
    /// When the contact last changed this record themselves, in the portal; the console marks it.
    pub edited_by_contact: Option<Timestamp>,
}

/// One of a contact's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactEmail {
    /// The address.
    pub address: Email,
    /// Where it belongs.
    pub kind: Place,
}

/// One of a contact's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPhone {
    /// The number as typed.
    pub number: Phone,
    /// Where it rings.
    pub kind: Place,
}

/// Where an address or a number belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Work.
    Work,
    /// Personal.
    Personal,
    /// Other.
    Other,
}

impl Place {
    /// All of them, in the order of the selector.
    pub const ALL: [Self; 3] = [Self::Work, Self::Personal, Self::Other];

    /// As the interface writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Work => "Work",
            Self::Personal => "Personal",
            Self::Other => "Other",
        }
    }

    /// As forms send it: `work`.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        Self::ALL
            .into_iter()
            .find(|place| place.label().eq_ignore_ascii_case(typed.trim()))
            .ok_or("Choose Work, Personal or Other")
    }
}

/// What staff fill in of a contact of one client.
#[derive(Clone, Debug)]
pub struct NewContact {
    /// How they are greeted.
    pub first: PersonName,
    /// Absent for people who have one name.
    pub last: Option<PersonName>,
    /// What they are at this client: "Director".
    pub role: Option<Label>,
    /// The first one is the primary address.
    pub emails: Vec<ContactEmail>,
    /// The first one is called first.
    pub phones: Vec<ContactPhone>,
    /// What they may use in the portal of this client.
    pub areas: OpenAreas,
}

impl NewContact {
    /// First and last name as everybody reads them.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.first, self.last.as_ref())
    }
}

fn full_name(first: &PersonName, last: Option<&PersonName>) -> String {
    match last {
        Some(last) => format!("{first} {last}"),
        None => first.to_string(),
    }
}

impl Contact {
    /// First and last name as everybody reads them.
    #[must_use]
    pub fn full_name(&self) -> String {
        full_name(&self.first, self.last.as_ref())
    }

    /// The primary address.
    #[must_use]
    pub fn primary(&self) -> Option<&Email> {
        self.emails.first().map(|email| &email.address)
    }

    /// Whether one of their addresses has this key.
    #[must_use]
    pub fn has_address(&self, address: &Email) -> bool {
        self.emails.iter().any(|email| email.address.key() == address.key())
    }

    /// Changes with every edit, also of what they are and may use at this client; see [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self, at: &Membership) -> String {
        edition(&(self, &at.role, at.areas))
    }
}

record!(Contact, "co", "contacts", |contact, rows| {
    for email in &contact.emails {
        rows.by("contact.email", email.address.key());
    }
});
