//! Invites: the offer of portal access to one contact for one client, or of a console login to a member of staff.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::contact::Contact;
use super::db::{record, time_key};
use super::id::Id;
use super::membership::Membership;
use super::staff::Staff;
use crate::values::Email;

/// An offer. It ends by being accepted, revoked or replaced; that it has expired is derived.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Invite {
    /// Its id.
    pub id: Id<Invite>,
    /// To whom, for what.
    pub to: Invitee,
    /// The one address it was sent to, which the account will have.
    pub address: Email,
    /// Who offers.
    pub by: Id<Staff>,
    /// The personal message, merge fields filled in.
    pub message: String,
    /// When it was made.
    pub made: Timestamp,
    /// Until when its links work; each resend sets it anew.
    pub expires: Timestamp,
    /// What became of it.
    pub state: InviteState,
    /// When somebody's browser first said that its page was open. Not proof that anyone read it.
    pub opened: Option<Timestamp>,
    /// When mails with its link were queued, newest last, at most the last three. What was undone is not among them.
    pub sent: Vec<Timestamp>,
    /// The pending invite to another address that it ended, for "Undo".
    pub replaces: Option<Id<Invite>>,
}

/// To whom an invite goes, for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Invitee {
    /// A contact, to the portal of one client.
    Contact {
        /// The tie that gets access.
        membership: Id<Membership>,
        /// Who.
        contact: Id<Contact>,
        /// Whose portal.
        client: Id<Client>,
    },
    /// A member of staff, to the console.
    Staff {
        /// Who.
        staff: Id<Staff>,
    },
}

/// What became of an invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InviteState {
    /// Open, unless it has expired.
    Pending,
    /// A password was stored, or an existing login gained the client.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// Taken back by staff, or with what it was for.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// The address changed before it was accepted.
    Replaced {
        /// When.
        at: Timestamp,
    },
}

/// Mails whose times an invite remembers: as many as may leave within a day.
const REMEMBERED: usize = 3;

impl Invite {
    /// Notes that a mail with its link was queued.
    pub(super) fn note_sent(&mut self, at: Timestamp) {
        self.sent.push(at);
        self.sent.drain(..self.sent.len().saturating_sub(REMEMBERED));
    }

    /// Whether a link of it still leads to the working page.
    #[must_use]
    pub fn open_at(&self, now: Timestamp) -> bool {
        self.state == InviteState::Pending && now < self.expires
    }

    /// Pending, but its time is over.
    #[must_use]
    pub fn expired_at(&self, now: Timestamp) -> bool {
        self.state == InviteState::Pending && now >= self.expires
    }
}

record!(Invite, "in", "invites", |invite, rows| {
    match invite.to {
        Invitee::Contact { membership, contact, .. } => {
            rows.by("invite.membership", membership.bytes());
            if invite.state == InviteState::Pending {
                rows.by("invite.pending-contact", contact.bytes());
            }
        }
        Invitee::Staff { staff } => rows.by("invite.staff", staff.bytes()),
    }
    if invite.state == InviteState::Pending {
        rows.by("invite.pending-by", invite.by.bytes());
        let sent = invite.sent.last().copied().unwrap_or(invite.made);
        rows.by("invite.pending-sent", time_key(sent));
    }
});
