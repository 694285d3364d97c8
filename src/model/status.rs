//! Portal status: where a contact stands with one client, and how far the last invite mail got. Both are derived.

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::client::Client;
use super::console::Console;
use super::contact::Contact;
use super::db::{Read, Records};
use super::id::Id;
use super::invite::{Invite, InviteState};
use super::login::{Login, Who};
use super::membership::{Access, Membership};
use super::outbox::{Mail, MailState};
use super::system::MailFlow;
use crate::error::Result;
use crate::values::{ClientName, When, sort_key};

/// Where a contact stands with one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalStatus {
    /// Nobody offered them this portal, or the offer was taken back.
    NotInvited,
    /// The first mail waits for "Undo".
    Sending {
        /// Until then.
        until: Timestamp,
    },
    /// Invited, and never logged in here.
    Invited {
        /// When the last mail was written.
        sent: Timestamp,
        /// Whether its link has ended.
        expired: bool,
        /// When its page was first open in a browser.
        opened: Option<Timestamp>,
    },
    /// They have access.
    Active {
        /// When they last logged in.
        last: Timestamp,
        /// When they got access to this client.
        since: Timestamp,
    },
    /// They had access.
    Removed {
        /// Until then.
        since: Timestamp,
    },
}

/// How far the last mail of a pending invite got. Never more than we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// There is none to speak of.
    None,
    /// It waits for "Undo".
    Waiting {
        /// Until then.
        until: Timestamp,
    },
    /// It is being handed to the mail server.
    Sending,
    /// No mail server is set, or none ever will be: it stays in the outbox.
    Kept,
    /// The data was restored from a backup: it waits for an Admin.
    Held,
    /// The mail server took it.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// It will be tried again.
    Delayed {
        /// Why, in plain language.
        why: String,
        /// When.
        next: Timestamp,
    },
    /// It was refused for good.
    Failed {
        /// Why, in plain language, with what to do.
        plain: String,
    },
    /// It was taken back.
    Cancelled,
}

/// A contact in a client's record.
#[derive(Clone, Debug)]
pub struct ContactStatus {
    /// The tie to this client.
    pub membership: Membership,
    /// Who.
    pub contact: Contact,
    /// Where they stand.
    pub status: PortalStatus,
    /// How far the last mail got.
    pub delivery: Delivery,
    /// Their latest invite for this client, whatever became of it.
    pub invite: Option<Invite>,
    /// Whether its last mail can be taken back still, as [`Console::undo_invite`] does.
    pub undo: bool,
    /// Whose contact they are besides.
    pub others: Vec<(Id<Client>, ClientName)>,
}

impl PortalStatus {
    /// From what was stored. `delivery` is that of the pending invite's last mail.
    fn of(
        membership: &Membership,
        pending: Option<&Invite>,
        delivery: &Delivery,
        login: Option<&Login>,
        now: Timestamp,
    ) -> Self {
        match (membership.access, pending) {
            (Access::Given { since }, _) => {
                Self::Active { last: login.map_or(since, |login| login.last), since }
            }
            (_, Some(invite)) => match delivery {
                Delivery::Waiting { until } if invite.sent.len() < 2 => {
                    Self::Sending { until: *until }
                }
                _ => Self::Invited {
                    sent: invite.sent.last().copied().unwrap_or(invite.made),
                    expired: invite.expired_at(now),
                    opened: invite.opened,
                },
            },
            (Access::Removed { since }, None) => Self::Removed { since },
            (Access::None, None) => Self::NotInvited,
        }
    }

    /// The shape beside the words: `none`, `sending`, `invited`, `expired`, `active` or `removed`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotInvited => "none",
            Self::Sending { .. } => "sending",
            Self::Invited { expired: true, .. } => "expired",
            Self::Invited { .. } => "invited",
            Self::Active { .. } => "active",
            Self::Removed { .. } => "removed",
        }
    }

    /// As it stands under the contact's name.
    #[must_use]
    pub fn text(&self, when: &When<'_>) -> String {
        match self {
            Self::NotInvited => "Not invited".into(),
            Self::Sending { until } => {
                let seconds = until.duration_since(when.now).as_secs().max(1);
                let unit = if seconds == 1 { "second" } else { "seconds" };
                format!("Sends in {seconds} {unit}")
            }
            Self::Invited { sent, expired: false, .. } => {
                format!("Invited {}, never logged in", when.short_day(*sent))
            }
            Self::Invited { sent, expired: true, .. } => {
                format!("Invited {}, never logged in · link expired", when.short_day(*sent))
            }
            Self::Active { last, .. } => format!("Last login {}", when.relative(*last)),
            Self::Removed { .. } => "Access removed".into(),
        }
    }

    /// The time its words speak of, for those who want it exactly.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::NotInvited => None,
            Self::Sending { until: at }
            | Self::Invited { sent: at, .. }
            | Self::Active { last: at, .. }
            | Self::Removed { since: at } => Some(*at),
        }
    }
}

impl Delivery {
    /// From the last mail of a pending invite.
    pub(super) fn of(mail: Option<&Mail>, flow: &MailFlow, now: Timestamp) -> Self {
        let Some(mail) = mail else { return Self::None };
        let plain = || mail.last.as_ref().map(|answer| answer.plain.clone()).unwrap_or_default();
        match (&mail.state, flow) {
            (MailState::Accepted { at }, _) => Self::Accepted { at: *at },
            (MailState::Failed { .. }, _) => Self::Failed { plain: plain() },
            (MailState::Cancelled { .. }, _) => Self::Cancelled,
            (MailState::Waiting { .. }, MailFlow::Held(_)) => Self::Held,
            (MailState::Waiting { .. }, MailFlow::Kept | MailFlow::Demo) => Self::Kept,
            (MailState::Waiting { not_before }, flow) => {
                match (mail.undo_until(now), flow, &mail.last) {
                    (Some(until), ..) => Self::Waiting { until },
                    (None, MailFlow::Paused(paused), _) => {
                        Self::Delayed { why: paused.plain.clone(), next: paused.next }
                    }
                    (None, _, Some(_)) => Self::Delayed { why: plain(), next: *not_before },
                    (None, _, None) => Self::Sending,
                }
            }
        }
    }

    /// The shape beside its words: good, warn, bad, info or quiet.
    #[must_use]
    pub const fn tone(&self) -> &'static str {
        match self {
            Self::None | Self::Waiting { .. } | Self::Cancelled => "quiet",
            Self::Sending => "info",
            Self::Accepted { .. } => "good",
            Self::Kept | Self::Held | Self::Delayed { .. } => "warn",
            Self::Failed { .. } => "bad",
        }
    }

    /// As it stands beside the status; empty if there is nothing to say.
    #[must_use]
    pub fn text(&self, when: &When<'_>) -> String {
        match self {
            Self::None | Self::Waiting { .. } => String::new(),
            Self::Sending => "Sending the mail".into(),
            Self::Held => "Held in the outbox until an Admin releases the mails".into(),
            Self::Kept => "Kept in the outbox until e-mail is set up".into(),
            Self::Accepted { at } => {
                format!("Accepted by the mail server {}", when.relative(*at))
            }
            Self::Delayed { why, next } if *next > when.now => {
                format!("Delayed. {why} Next try {}.", when.relative(*next))
            }
            Self::Delayed { why, .. } => format!("Delayed. {why} Next try now."),
            Self::Failed { plain } => format!("Not delivered. {plain}"),
            Self::Cancelled => "The mail was taken back, so none has left".into(),
        }
    }
}

impl Console {
    /// The contacts of a client, by name, with where each stands.
    pub fn contact_statuses(&self, client: Id<Client>) -> Result<Vec<ContactStatus>> {
        let (now, flow) = (self.now(), self.mail_flow()?);
        let mut list = self.read(|r| {
            r.need(client)?;
            let ties: Vec<Membership> = r.by("membership.client", client, usize::MAX)?;
            ties.into_iter().map(|tie| standing(r, tie, &flow, now)).collect::<Result<Vec<_>>>()
        })?;
        list.sort_by_cached_key(|row| (sort_key(&row.contact.full_name()), row.contact.id));
        Ok(list)
    }

    /// One contact of a client, with where they stand.
    pub fn contact_status(
        &self,
        client: Id<Client>,
        contact: Id<Contact>,
    ) -> Result<ContactStatus> {
        let (now, flow) = (self.now(), self.mail_flow()?);
        self.read(|r| {
            let tie = super::membership::tie(r, client, contact)?;
            standing(r, tie, &flow, now)
        })
    }
}

fn standing(
    r: &Read,
    membership: Membership,
    flow: &MailFlow,
    now: Timestamp,
) -> Result<ContactStatus> {
    let contact: Contact = r.need(membership.contact)?;
    let login: Option<Login> = r.first_by("login.who", Who::Contact(contact.id).key())?;
    let invite = super::inviting::latest(r, membership.id)?;
    let open = |invite: &&Invite| invite.state == InviteState::Pending && !membership.has_access();
    let pending = invite.as_ref().filter(open);
    let mail = pending.map(|invite| last_mail(r, invite.id)).transpose()?.flatten();
    let delivery = Delivery::of(mail.as_ref(), flow, now);
    Ok(ContactStatus {
        status: PortalStatus::of(&membership, pending, &delivery, login.as_ref(), now),
        undo: mail.is_some_and(|mail| mail.undo_until(now).is_some()),
        delivery,
        others: other_clients(r, &membership)?,
        invite,
        contact,
        membership,
    })
}

/// The last mail of an invite that was not taken back; one that was, if there is no other.
pub(super) fn last_mail(r: &Read, invite: Id<Invite>) -> Result<Option<Mail>> {
    let mut mails: Vec<Mail> = r.by("mail.invite", invite, usize::MAX)?;
    let kept = mails.iter().rposition(|mail| !matches!(mail.state, MailState::Cancelled { .. }));
    Ok(match kept {
        Some(at) => Some(mails.swap_remove(at)),
        None => mails.pop(),
    })
}

/// Whose contact somebody is besides.
pub(super) fn other_clients(
    r: &impl Records,
    membership: &Membership,
) -> Result<Vec<(Id<Client>, ClientName)>> {
    let ties: Vec<Membership> = r.by("membership.contact", membership.contact, usize::MAX)?;
    let mut others = Vec::new();
    for tie in ties.iter().filter(|tie| tie.id != membership.id) {
        let client: Client = r.need(tie.client)?;
        others.push((client.id, client.name));
    }
    others.sort_by_cached_key(|(_, name)| sort_key(name.as_str()));
    Ok(others)
}
