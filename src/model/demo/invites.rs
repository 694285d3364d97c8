//! The invites of the fictional firm, and the mails that carried them.

use jiff::SignedDuration;

use super::cast::{STAFF, Standing};
use super::{Part, Stage};
use crate::error::Result;
use crate::model::activity::Actor;
use crate::model::firm::INVITE_DAYS;
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::link::{Link, Purpose};
use crate::model::outbox::{Answer, Letter, Mail, MailState};

impl Stage<'_, '_, '_> {
    pub(super) fn invite(&mut self, part: &Part<'_>, standing: Standing) -> Result<()> {
        let (sent, state) = match standing {
            Standing::NotInvited => return Ok(()),
            Standing::Waiting => (self.now, InviteState::Pending),
            Standing::Asked(days)
            | Standing::Opened(days)
            | Standing::Expired(days)
            | Standing::Bounced(days) => (self.ago(days), InviteState::Pending),
            Standing::Active(days) => {
                (self.ago(days + 1), InviteState::Accepted { at: self.ago(days) })
            }
            Standing::Removed(days) => {
                (self.ago(days + 300), InviteState::Accepted { at: self.ago(days + 299) })
            }
        };
        let Some(address) = part.contact.primary().cloned() else { return Ok(()) };
        let by = part.client.looked_after_by.unwrap_or(self.staff[0]);
        let opened = match standing {
            Standing::Opened(days) => Some(self.ago(days - 1)),
            Standing::Active(_) | Standing::Removed(_) => {
                Some(sent + SignedDuration::from_hours(23))
            }
            _ => None,
        };
        let invite = Invite {
            id: Id::fresh(sent),
            to: Invitee::Contact {
                membership: part.membership,
                contact: part.contact.id,
                client: part.client.id,
            },
            address,
            by,
            message: "We would like to share some files with you securely.".into(),
            made: sent,
            expires: sent + SignedDuration::from_hours(24 * i64::from(INVITE_DAYS)),
            state,
            opened,
            sent: vec![sent],
            replaces: None,
        };
        self.tx.put(&invite)?;
        let what = format!("invited {} at {}", part.contact.full_name(), invite.address);
        self.say(Actor::Staff(by), sent, Some(part.client.id), "invite-sent", what)?;
        self.mail(part, &invite, standing)
    }

    /// The invite's mail, with the link that it would carry.
    fn mail(&mut self, part: &Part<'_>, invite: &Invite, standing: Standing) -> Result<()> {
        let purpose = Purpose::Invite(invite.id);
        let id = Id::fresh(invite.made);
        let link = Link::new(id, self.tx.keys(), purpose, invite.made, invite.expires);
        self.tx.put(&link)?;
        let at = invite.made + SignedDuration::from_secs(12);
        let said = |plain: &str, words: &str| {
            Some(Answer { at, plain: plain.into(), words: words.into() })
        };
        let (state, last) = match standing {
            Standing::Waiting => (MailState::Waiting { not_before: self.now }, None),
            Standing::Bounced(_) => (
                MailState::Failed { at },
                said(
                    "The domain of this address takes no mail. Look for a typing error in it.",
                    "550 5.1.2 Host not found",
                ),
            ),
            _ => (MailState::Accepted { at }, said("The mail server took it.", "250 2.0.0 OK")),
        };
        let sender = STAFF[self.staff.iter().position(|id| *id == invite.by).unwrap_or(0)].0;
        self.tx.put(&Mail {
            id: Id::fresh(invite.made),
            letter: Letter::Invite {
                link: link.id,
                first_name: part.contact.first.to_string(),
                client: part.client.name.to_string(),
                sender: sender.into(),
                message: invite.message.clone(),
                expires: invite.expires,
                has_login: false,
            },
            to: invite.address.clone(),
            to_name: part.contact.full_name(),
            from: Some(invite.by),
            contact: Some(part.contact.id),
            invite: Some(invite.id),
            made: invite.made,
            tries: u32::from(last.is_some()),
            state,
            last,
        })
    }
}
