//! Ending the mails of one kind from the mail itself (RFC 8058): at an address that is a secret, without logging in.
//!
//! The address does this and nothing else, and tells nothing. It is derived from who the mail is for with a key outside the
//! store, so that none has to be kept, and a copy of the store makes none. Whoever ended mails begins them again on the page
//! where they choose which they get.

use super::choice::{Pace, choose, want_reminders};
use crate::error::{Error, Result};
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::guest::Guest;
use crate::model::id::Id;
use crate::model::keys::Keys;
use crate::model::limits::Limit;
use crate::model::login::Who;
use crate::model::outbox::Letter;
use crate::model::sign_ins::Tried;
use crate::model::staff::Staff;
use crate::values::Token;

/// What is said of an address that ends nothing, whatever it was.
const GONE: &str = "It may not be complete. Log in to choose which e-mails you get.";

/// Mails that their reader can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndableMails {
    /// To a contact: of new files.
    Files(Id<Contact>),
    /// To a contact: of what waits for them.
    Reminders(Id<Contact>),
    /// To a member of staff: of what clients do.
    Clients(Id<Staff>),
}

impl EndableMails {
    /// Those that a letter to this reader belongs to; none if it is one that everybody gets.
    pub(in crate::model) fn of(letter: &Letter, reader: Who) -> Option<Self> {
        match (letter, reader) {
            (Letter::NewFiles { .. }, Who::Contact(contact)) => Some(Self::Files(contact)),
            (Letter::RequestReminder { .. }, Who::Contact(contact)) => {
                Some(Self::Reminders(contact))
            }
            (
                Letter::NewUploads { .. }
                | Letter::FromClients { .. }
                | Letter::RequestsOverdue { .. },
                Who::Staff(staff),
            ) => Some(Self::Clients(staff)),
            _ => None,
        }
    }

    /// As an address names them.
    const fn name(self) -> &'static str {
        match self {
            Self::Files(_) => "files",
            Self::Reminders(_) => "reminders",
            Self::Clients(_) => "clients",
        }
    }

    /// The secret of the address, another for each kind and reader.
    fn token(self, keys: &Keys) -> Token {
        let (purpose, reader) = match self {
            Self::Files(contact) => ("end-files", contact.bytes()),
            Self::Reminders(contact) => ("end-reminders", contact.bytes()),
            Self::Clients(staff) => ("end-clients", staff.bytes()),
        };
        Token::from_bytes(keys.token(purpose, reader))
    }

    /// The path at which they are ended. Secret.
    pub(in crate::model) fn path(self, keys: &Keys) -> String {
        let reader = match self {
            Self::Files(contact) | Self::Reminders(contact) => contact.to_string(),
            Self::Clients(staff) => staff.to_string(),
        };
        format!("/unsubscribe/{}/{reader}/{}", self.name(), self.token(keys).text())
    }

    /// Those that a path means, if its secret is right.
    fn parse((name, reader, token): (&str, &str, &str), keys: &Keys) -> Option<Self> {
        let mails = match name {
            "files" => Self::Files(reader.parse().ok()?),
            "reminders" => Self::Reminders(reader.parse().ok()?),
            "clients" => Self::Clients(reader.parse().ok()?),
            _ => return None,
        };
        let token = Token::parse(token).ok()?;
        // Of hashes, so that the time it takes tells nothing.
        (token.hash() == mails.token(keys).hash()).then_some(mails)
    }

    /// Whether there is still somebody who gets mails.
    fn has_reader(self, r: &impl Records) -> Result<bool> {
        Ok(match self {
            Self::Files(contact) | Self::Reminders(contact) => r.get(contact)?.is_some(),
            Self::Clients(staff) => r.get(staff)?.is_some_and(|staff| staff.active()),
        })
    }
}

impl Guest {
    /// Which mails the address of a mail ends. Nothing is changed: programs look at links before people do.
    /// [`Error::Gone`] for any other address; whoever has tried many such has to wait.
    pub fn endable_mails(&self, address: (&str, &str, &str)) -> Result<EndableMails> {
        let (core, network, now) = (self.core(), self.network(), self.now());
        core.limits.check(Limit::Token, &network, now)?;
        let Some(mails) = EndableMails::parse(address, &core.keys) else {
            core.limits.fail(Limit::Token, &network, now);
            core.sign_ins.failed(Tried::Link, self.from());
            return Err(Error::Gone(GONE));
        };
        if !core.db.read(|r| mails.has_reader(r))? {
            return Err(Error::Gone(GONE));
        }
        Ok(mails)
    }

    /// Ends them. What waits to leave is taken back.
    pub async fn end_mails(&self, address: (&str, &str, &str)) -> Result<EndableMails> {
        let mails = self.endable_mails(address)?;
        let end = move |tx: &mut Write<'_, '_>| {
            if !mails.has_reader(tx)? {
                return Err(Error::Gone(GONE));
            }
            match mails {
                EndableMails::Files(contact) => choose(tx, Who::Contact(contact), Pace::Off),
                EndableMails::Reminders(contact) => want_reminders(tx, contact, false),
                EndableMails::Clients(staff) => choose(tx, Who::Staff(staff), Pace::Off),
            }
        };
        self.core().db.write(self.by(), end).await?;
        Ok(mails)
    }
}
