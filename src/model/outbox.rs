//! The outbox: every mail the server has sent or will send, with its delivery state. A mail is a row written by the
//! command that caused it, and leaves only after that command is on disk. What it says is its [`Letter`].

mod letter;

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) use letter::LANES;
pub use letter::{Letter, RequestLine, Told};

use super::contact::Contact;
use super::db::{Records, Write, record, time_key};
use super::id::Id;
use super::invite::Invite;
use super::staff::{Role, Staff};
use crate::error::Result;
use crate::values::Email;

/// A mail. Its text is made of `letter` when it is sent or looked at; secrets are never part of the row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mail {
    /// Time-ordered; also the left half of its Message-ID.
    pub id: Id<Mail>,
    /// What it says.
    pub letter: Letter,
    /// To which address.
    pub to: Email,
    /// Whose name stands beside it.
    pub to_name: String,
    /// Whose name stands before "at FIRM" in From, and who gets the replies.
    pub from: Option<Id<Staff>>,
    /// The contact it is for, so that it ends with their access.
    pub contact: Option<Id<Contact>>,
    /// The invite whose delivery state it is.
    pub invite: Option<Id<Invite>>,
    /// When it was written.
    pub made: Timestamp,
    /// What became of it.
    pub state: MailState,
    /// How often it was handed to a server that answered.
    pub tries: u32,
    /// The last answer.
    pub last: Option<Answer>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailState {
    /// To be handed over, not before.
    Waiting {
        /// Undo, or back-off.
        not_before: Timestamp,
    },
    /// The mail server took it. Not "delivered", never "read".
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// It will not be tried again.
    Failed {
        /// When.
        at: Timestamp,
    },
    /// Taken back before it left.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// What a mail server last said about a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// When.
    pub at: Timestamp,
    /// In plain language, with what to do.
    pub plain: String,
    /// Its own words.
    pub words: String,
}

/// A mail that a command writes.
pub(super) struct NewMail {
    /// What it says.
    pub letter: Letter,
    /// To which address.
    pub to: Email,
    /// Whose name stands beside it.
    pub to_name: String,
    /// In whose name.
    pub from: Option<Id<Staff>>,
    /// The contact it is for.
    pub contact: Option<Id<Contact>>,
    /// The invite it carries.
    pub invite: Option<Id<Invite>>,
    /// Not before.
    pub not_before: Timestamp,
}

record!(Mail, "ma", "outbox", |mail, rows| {
    if let Some((index, key)) = mail.index_key() {
        rows.by(index, key);
    }
    if let (Some(contact), MailState::Waiting { .. }) = (mail.contact, &mail.state) {
        rows.by("mail.waiting-contact", contact.bytes());
    }
    if let (Some(contact), MailState::Failed { at }) = (mail.contact, &mail.state) {
        rows.by("mail.failed-contact", [contact.bytes().as_slice(), &time_key(*at)].concat());
    }
    if let Some(invite) = mail.invite {
        rows.by("mail.invite", invite.bytes());
        if let MailState::Failed { at } = mail.state {
            rows.by("mail.failed-invite", time_key(at));
        }
    }
});

impl Write<'_, '_> {
    /// Queues a mail to each of those who own the firm and can log in: who hears of what nobody may overlook. Each gets
    /// the letter with their own first name.
    pub(super) fn mail_owners(&mut self, letter: impl Fn(String) -> Letter) -> Result<()> {
        let mut owners = Vec::new();
        self.all::<Staff>(|staff| {
            owners.extend(Some(staff).filter(|staff| staff.active() && staff.role == Role::Owner));
            ControlFlow::Continue(())
        })?;
        for owner in owners {
            self.mail(NewMail {
                letter: letter(owner.first_name().to_owned()),
                to: owner.email,
                to_name: owner.name.to_string(),
                from: None,
                contact: None,
                invite: None,
                not_before: self.now(),
            })?;
        }
        Ok(())
    }

    /// Queues a mail in this command's transaction.
    pub(super) fn mail(&mut self, new: NewMail) -> Result<Id<Mail>> {
        let mail = Mail {
            id: self.id(),
            letter: new.letter,
            to: new.to,
            to_name: new.to_name,
            from: new.from,
            contact: new.contact,
            invite: new.invite,
            made: self.now(),
            state: MailState::Waiting { not_before: new.not_before },
            tries: 0,
            last: None,
        };
        self.add(&mail)?;
        Ok(mail.id)
    }
}
