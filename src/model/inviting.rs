//! Inviting: staff offer a contact the portal of a client, send the offer again, copy its link, take it back.

mod offer;
mod right_person;
#[cfg(test)]
pub(super) mod tests;
mod undo;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::console::Console;
use super::contact::{Contact, Place};
use super::db::Records;
use super::ending::{end_invite, end_membership_access};
use super::id::Id;
use super::invite::{Invite, InviteState, Invitee};
use super::membership::{Membership, tie};
use super::outbox::Letter;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::search::sort_key;
use crate::values::{Email, MergeText};

use offer::{Text, Writer, name, no_contact, note_refusals, pending, send_text, uninvited};
pub(super) use offer::{client_of, draft, expiry, latest, new_link, send, too_soon, whom};

/// Whom to invite, at which address.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The contact's tie to the client.
    pub membership: Id<Membership>,
    /// None for the primary address of the record.
    pub address: Option<Chosen>,
}

/// An address chosen in the invite dialog.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The address.
    pub address: Email,
    /// Whether the record learns it.
    pub save: Save,
}

/// What happens to the record when another address is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Save {
    /// Nothing.
    OnlyThisTime,
    /// It becomes the primary address.
    ToRecord(Place),
}

/// What became of one recipient of a send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The contact's full name.
    pub name: String,
    /// Queued, or why not.
    pub outcome: SentOutcome,
}

/// Queued, or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SentOutcome {
    /// Its mail is in the outbox.
    Queued {
        /// The invite.
        invite: Id<Invite>,
        /// To this address.
        address: Email,
        /// Until then "Undo" works.
        undo_until: Timestamp,
    },
    /// Nothing happened for this one, for this reason.
    Refused(String),
}

/// What the invite dialog shows of one recipient.
#[derive(Clone, Debug)]
pub struct InviteDraft {
    /// The client.
    pub client: Client,
    /// The contact.
    pub contact: Contact,
    /// The tie that would get access.
    pub membership: Membership,
    /// Their latest invite for this client, whatever became of it.
    pub latest: Option<Invite>,
    /// They have a login already and would only add this client.
    pub has_login: bool,
}

impl Console {
    /// What the invite dialog shows of one recipient.
    pub fn invite_draft(&self, client: Id<Client>, contact: Id<Contact>) -> Result<InviteDraft> {
        self.read(|r| {
            let membership = tie(r, client, contact)?;
            draft(r, membership)
        })
    }

    /// What the dialog for several shows: everybody at this client, by name.
    pub fn invite_drafts(&self, client: Id<Client>) -> Result<Vec<InviteDraft>> {
        let mut drafts = self.read(|r| {
            r.need(client)?;
            let ties: Vec<Membership> = r.by("membership.client", client.bytes(), usize::MAX)?;
            ties.into_iter().map(|tie| draft(r, tie)).collect::<Result<Vec<_>>>()
        })?;
        drafts.sort_by_cached_key(|d| sort_key(&d.contact.full_name()));
        Ok(drafts)
    }

    /// The mail one recipient would get, for the preview. Its link is not made before it is sent.
    pub fn preview_invite(
        &self,
        draft: &InviteDraft,
        message: Option<&MergeText>,
    ) -> Result<Letter> {
        let firm = self.firm()?;
        let expires = expiry(&firm, self.now())?;
        let writer = Writer { firm: &firm, sender: self.me(), now: self.now(), expires };
        Ok(writer.letter(draft, message, Id::MIN))
    }

    /// Invites contacts of one client: each gets an own mail with an own link. One that cannot be invited does not
    /// keep the others from it; everyone is reported by name. `once` makes twenty clicks one.
    pub async fn send_invites(
        &self,
        client: Id<Client>,
        to: Vec<Recipient>,
        message: Option<MergeText>,
        once: String,
    ) -> Result<Vec<Sent>> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                tx.need(client)?;
                let mut sent = Vec::with_capacity(to.len());
                for recipient in to {
                    let tie: Option<Membership> = tx.get(recipient.membership)?;
                    sent.push(match tie {
                        // No page of this client has it: somebody made this form.
                        Some(tie) if tie.client != client => return Err(Error::NotFound),
                        Some(tie) => {
                            let draft = draft(tx, tie)?;
                            send(tx, &firm, &me, draft, recipient.address, message.as_ref())
                        }
                        None => no_contact(tx, client, recipient.membership),
                    }?);
                }
                note_refusals(tx, &sent);
                Ok(sent)
            })
        })
        .await
    }

    /// Invites everyone at these clients who was not invited yet; see [`Console::send_invites`].
    pub async fn invite_clients(
        &self,
        clients: Vec<Id<Client>>,
        message: Option<MergeText>,
        once: String,
    ) -> Result<Vec<Sent>> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let mut sent = Vec::new();
                for client in clients {
                    for draft in uninvited(tx, client)? {
                        sent.push(send(tx, &firm, &me, draft, None, message.as_ref())?);
                    }
                }
                note_refusals(tx, &sent);
                Ok(sent)
            })
        })
        .await
    }

    /// An invite, for the pages about it.
    pub fn invite(&self, invite: Id<Invite>) -> Result<Invite> {
        self.read(|r| r.need(invite))
    }

    /// Who was invited, by name.
    pub fn invited_name(&self, invite: Id<Invite>) -> Result<String> {
        self.read(|r| name(r, &r.need(invite)?))
    }

    /// Ends a contact's access to one client: its sessions, links and mails end in the same moment. Gives their name.
    pub async fn remove_access(&self, client: Id<Client>, contact: Id<Contact>) -> Result<String> {
        self.write(move |tx| {
            let tie = tie(tx, client, contact)?;
            if !tie.has_access() {
                return Err(Error::refused("They have no access to this portal."));
            }
            end_membership_access(tx, &tie)?;
            let name = tx.need(contact)?.full_name();
            tx.say("access-removed", Some(client), format!("removed the portal access of {name}"))?;
            Ok(name)
        })
        .await
    }

    /// Whom [`Console::invite_clients`] would invite: each client with those not invited yet, by name.
    pub fn uninvited(&self, clients: &[Id<Client>]) -> Result<Vec<InviteDraft>> {
        let mut drafts = self.read(|r| {
            let mut drafts = Vec::new();
            for client in clients {
                drafts.append(&mut uninvited(r, *client)?);
            }
            Ok(drafts)
        })?;
        drafts.sort_by_cached_key(|d| sort_key(&d.contact.full_name()));
        Ok(drafts)
    }

    /// Sends the invite again to the same address with a fresh expiry. Its earlier links go on working.
    pub async fn resend_invite(&self, invite: Id<Invite>) -> Result<Sent> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            let invite = pending(tx, &me, invite)?;
            match invite.to {
                Invitee::Contact { membership, .. } => {
                    let tie: Membership = tx.need(membership)?;
                    let chosen =
                        Chosen { address: invite.address.clone(), save: Save::OnlyThisTime };
                    let message = Text::Ready(invite.message.clone());
                    let sent = send_text(tx, &firm, &me, draft(tx, tie)?, Some(chosen), &message)?;
                    note_refusals(tx, std::slice::from_ref(&sent));
                    Ok(sent)
                }
                Invitee::Staff { staff } => {
                    let staff: Staff = tx.need(staff)?;
                    super::team::send_staff_invite(tx, &firm, &me, staff, invite)
                }
            }
        })
        .await
    }

    /// Takes an invite back. Tells whether its page had been opened.
    pub async fn revoke_invite(&self, invite: Id<Invite>) -> Result<Option<Timestamp>> {
        let me = self.me().clone();
        self.write(move |tx| {
            let mut invite = pending(tx, &me, invite)?;
            let at = tx.now();
            end_invite(tx, &mut invite, InviteState::Revoked { at })?;
            let what = format!("revoked the invite to {}", whom(tx, &invite)?);
            tx.say("invite-revoked", client_of(&invite), what)?;
            Ok(invite.opened)
        })
        .await
    }

    /// A further link of the same invite, to hand over by other means; and the code that can be typed at `/join`.
    pub async fn copy_invite_link(&self, invite: Id<Invite>) -> Result<CopiedLink> {
        let (firm, me) = (self.firm()?, self.me().clone());
        self.write(move |tx| {
            let invite = pending(tx, &me, invite)?;
            if invite.expired_at(tx.now()) {
                return Err(Error::refused(
                    "This invite has expired. Resend it to get a new link.",
                ));
            }
            let link = new_link(tx, &invite)?;
            let what = format!("copied the link of the invite to {}", whom(tx, &invite)?);
            tx.say("invite-link-copied", client_of(&invite), what)?;
            let path = format!("/invite/{}", link.token(tx.keys()).text());
            let code = link.typed_code(tx.keys()).shown();
            Ok(CopiedLink { url: firm.public_url.join(&path), code, expires: invite.expires })
        })
        .await
    }
}

/// A link for handing over by other means.
#[derive(Clone, Debug)]
pub struct CopiedLink {
    /// The whole address.
    pub url: String,
    /// What can be typed at `/join` instead.
    pub code: String,
    /// Until when both work.
    pub expires: Timestamp,
}
