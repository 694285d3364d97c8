//! How access ends: in one place, so that nothing of it is left alive. What is called here happens in the caller's
//! transaction, which also says why.

use super::contact::Contact;
use super::db::{Records, Write};
use super::id::Id;
use super::invite::{Invite, InviteState};
use super::link::end_links;
use super::login::{Login, Who};
use super::mailroom::cancel;
use super::membership::{Access, Membership};
use super::notices::end_notices;
use super::outbox::Mail;
use super::session::end_sessions;
use crate::error::Result;

/// Ends the pending invites of a membership in this state, and takes their waiting mails back. Gives those that were
/// ended, as they are now. Their links stay, so that an old mail leads to a page that says what happened.
pub(super) fn end_invites(
    tx: &mut Write<'_, '_>,
    membership: Id<Membership>,
    state: InviteState,
) -> Result<Vec<Invite>> {
    let invites: Vec<Invite> = tx.by("invite.membership", membership.bytes(), usize::MAX)?;
    let mut ended = Vec::new();
    for mut invite in invites.into_iter().filter(|i| i.state == InviteState::Pending) {
        end_invite(tx, &mut invite, state)?;
        ended.push(invite);
    }
    Ok(ended)
}

/// Ends one invite and takes its waiting mails back.
pub(super) fn end_invite(
    tx: &mut Write<'_, '_>,
    invite: &mut Invite,
    state: InviteState,
) -> Result<()> {
    invite.state = state;
    tx.put(invite)?;
    end_waiting_mails_of(tx, invite.id)
}

/// Takes back the mails of an invite that have not left.
pub(super) fn end_waiting_mails_of(tx: &mut Write<'_, '_>, invite: Id<Invite>) -> Result<()> {
    for mail in tx.by::<Mail>("mail.invite", invite, usize::MAX)? {
        if mail.waits() {
            cancel(tx, mail)?;
        }
    }
    Ok(())
}

/// Takes back the mails to a contact that have not left. Those of an invite that is still open stay: another client
/// wants them.
pub(super) fn cancel_waiting_mails(tx: &mut Write<'_, '_>, contact: Id<Contact>) -> Result<()> {
    for mail in tx.by::<Mail>("mail.waiting-contact", contact, usize::MAX)? {
        let invite: Option<Invite> = mail.invite.map(|id| tx.get(id)).transpose()?.flatten();
        if invite.is_none_or(|invite| invite.state != InviteState::Pending) {
            cancel(tx, mail)?;
        }
    }
    Ok(())
}

/// Withdraws a contact's access to one client: invites are revoked, waiting mails taken back, and given access is
/// removed. Access to other clients keeps its sessions; with the last one they end too. The login stays, for an
/// invite that is accepted later.
pub(super) fn end_membership_access(tx: &mut Write<'_, '_>, membership: &Membership) -> Result<()> {
    let now = tx.now();
    end_invites(tx, membership.id, InviteState::Revoked { at: now })?;
    end_notices(tx, membership.contact, membership.client)?;
    if membership.has_access() {
        let ended = Membership { access: Access::Removed { since: now }, ..membership.clone() };
        tx.put(&ended)?;
    }
    if !has_access_elsewhere(tx, membership)? {
        end_log_ins(tx, membership.contact)?;
        cancel_waiting_mails(tx, membership.contact)?;
    }
    Ok(())
}

/// Whether the contact may open the portal of another client than this one.
fn has_access_elsewhere(tx: &Write<'_, '_>, membership: &Membership) -> Result<bool> {
    let others: Vec<Membership> =
        tx.by("membership.contact", membership.contact.bytes(), usize::MAX)?;
    Ok(others.iter().any(|other| other.id != membership.id && other.has_access()))
}

/// Ends a contact's sessions and the links of their login. The login itself stays, and is given.
pub(super) fn end_log_ins(tx: &mut Write<'_, '_>, contact: Id<Contact>) -> Result<Option<Login>> {
    let login: Option<Login> = tx.first_by("login.who", Who::Contact(contact).key())?;
    if let Some(login) = &login {
        end_sessions(tx, login.id, None)?;
        end_links(tx, login.id)?;
    }
    Ok(login)
}

#[cfg(test)]
mod tests;
