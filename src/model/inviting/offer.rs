//! How one invite comes about: whether it may, its words, its link, its mail. All of it within the caller's command.

use jiff::{SignedDuration, Timestamp};

use super::{Chosen, InviteDraft, Save, Sent, SentOutcome};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::contact::{Contact, make_primary};
use crate::model::db::{Records, Write};
use crate::model::ending::end_invite;
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::link::{Link, Purpose};
use crate::model::login::{Login, Who};
use crate::model::membership::{Access, Membership};
use crate::model::outbox::{Letter, NewMail};
use crate::model::staff::{Role, Staff};
use crate::values::{Email, MergeText, MergeValues, When};

/// Between two mails that invite the same contact for the same client.
const COOL_DOWN: SignedDuration = SignedDuration::from_secs(60);
/// Mails that invite the same contact for the same client within a day.
const A_DAY: usize = 3;

/// The personal message: with fields to fill in, or as it was sent before.
pub(in crate::model) enum Text<'a> {
    Merge(Option<&'a MergeText>),
    Ready(String),
}

/// What the words of an invite mail depend on, beside its recipient.
pub(in crate::model) struct Writer<'a> {
    pub(super) firm: &'a Firm,
    pub(super) sender: &'a Staff,
    pub(super) now: Timestamp,
    pub(super) expires: Timestamp,
}

impl Writer<'_> {
    fn message(&self, draft: &InviteDraft, message: Option<&MergeText>) -> String {
        let Some(message) = message else { return String::new() };
        let when = When { now: self.now, zone: self.firm.zone.tz(), style: self.firm.date_style };
        message.fill(&MergeValues {
            contact_first_name: draft.contact.first.as_str(),
            contact_full_name: &draft.contact.full_name(),
            client_name: draft.client.name.as_str(),
            firm_name: self.firm.name.as_str(),
            sender_name: self.sender.name.as_str(),
            help_url: &self.firm.public_url.join("/help"),
            expires: &when.day(self.expires),
        })
    }

    pub(super) fn letter(
        &self,
        draft: &InviteDraft,
        message: Option<&MergeText>,
        link: Id<Link>,
    ) -> Letter {
        self.letter_saying(draft, self.message(draft, message), link)
    }

    fn letter_saying(&self, draft: &InviteDraft, message: String, link: Id<Link>) -> Letter {
        Letter::Invite {
            link,
            first_name: draft.contact.first.to_string(),
            client: draft.client.name.to_string(),
            sender: self.sender.name.to_string(),
            message,
            expires: self.expires,
            has_login: draft.has_login,
        }
    }
}

pub(in crate::model) fn draft(r: &impl Records, membership: Membership) -> Result<InviteDraft> {
    let contact: Contact = r.need(membership.contact)?;
    let login: Option<Login> = r.first_by("login.who", Who::Contact(contact.id).key())?;
    Ok(InviteDraft {
        client: r.need(membership.client)?,
        contact,
        latest: latest(r, membership.id)?,
        has_login: login.is_some(),
        membership,
    })
}

/// All invites of a membership, oldest first.
fn invites(r: &impl Records, membership: Id<Membership>) -> Result<Vec<Invite>> {
    r.by("invite.membership", membership, usize::MAX)
}

/// A membership's pending invite; if there is none, the latest, whatever became of it.
pub(in crate::model) fn latest(
    r: &impl Records,
    membership: Id<Membership>,
) -> Result<Option<Invite>> {
    let mut invites = invites(r, membership)?;
    Ok(match invites.iter().rposition(|invite| invite.state == InviteState::Pending) {
        Some(at) => Some(invites.swap_remove(at)),
        None => invites.pop(),
    })
}

/// The contacts of a client whom nobody has offered its portal, or only in vain. The portal of an inactive client is
/// closed, so none of its contacts is among them.
pub(in crate::model) fn uninvited(
    r: &impl Records,
    client: Id<Client>,
) -> Result<Vec<InviteDraft>> {
    let mut uninvited = Vec::new();
    if !r.get(client)?.is_some_and(|client: Client| client.active) {
        return Ok(uninvited);
    }
    for tie in r.by::<Membership>("membership.client", client, usize::MAX)? {
        if tie.access == Access::None {
            let draft = draft(r, tie)?;
            let pending = |invite: &Invite| invite.state == InviteState::Pending;
            uninvited.extend(Some(draft).filter(|d| !d.latest.as_ref().is_some_and(pending)));
        }
    }
    Ok(uninvited)
}

/// What is said of a recipient who was taken out of the client's contacts after the page was loaded. Nothing is said
/// of somebody who never was one.
pub(in crate::model) fn no_contact(
    r: &impl Records,
    client: Id<Client>,
    tie: Id<Membership>,
) -> Result<Sent> {
    let contact = match latest(r, tie)?.map(|invite| invite.to) {
        Some(Invitee::Contact { client: of, contact, .. }) if of == client => r.get(contact)?,
        _ => None,
    };
    let name = contact.map_or("One of those you ticked".into(), |one: Contact| one.full_name());
    let outcome = SentOutcome::Refused("is no longer a contact of this client".into());
    Ok(Sent { name, outcome })
}

/// When an invite made now would expire.
pub(in crate::model) fn expiry(firm: &Firm, now: Timestamp) -> Result<Timestamp> {
    Ok(now.checked_add(SignedDuration::from_hours(24 * i64::from(firm.invite_days)))?)
}

pub(in crate::model) fn send(
    tx: &mut Write<'_, '_>,
    firm: &Firm,
    sender: &Staff,
    draft: InviteDraft,
    chosen: Option<Chosen>,
    message: Option<&MergeText>,
) -> Result<Sent> {
    send_text(tx, firm, sender, draft, chosen, &Text::Merge(message))
}

/// One recipient: the invite (or the pending one again), its link, its mail, its entry.
pub(in crate::model) fn send_text(
    tx: &mut Write<'_, '_>,
    firm: &Firm,
    sender: &Staff,
    mut draft: InviteDraft,
    chosen: Option<Chosen>,
    text: &Text<'_>,
) -> Result<Sent> {
    let name = draft.contact.full_name();
    let refused = |why: String| Ok(Sent { name: name.clone(), outcome: SentOutcome::Refused(why) });
    let address = match address_for(&draft, chosen.as_ref()) {
        Ok(address) => address,
        Err(why) => return refused(why),
    };
    // Without a latest one there is none at all.
    if draft.latest.is_some()
        && let Some(why) = too_soon(&invites(tx, draft.membership.id)?, tx.now())
    {
        return refused(why);
    }
    if let Some(Chosen { save: Save::ToRecord(kind), .. }) = chosen {
        make_primary(tx, draft.client.id, draft.contact.id, address.clone(), kind)?;
        draft.contact = tx.need(draft.contact.id)?;
    }
    let writer = Writer { firm, sender, now: tx.now(), expires: expiry(firm, tx.now())? };
    let message = match text {
        Text::Merge(message) => writer.message(&draft, *message),
        Text::Ready(message) => message.clone(),
    };
    let again = draft.latest.as_ref().is_some_and(|invite| invite.state == InviteState::Pending);
    let invite = open_invite(tx, &draft, &address, sender, &message, writer.expires)?;
    let link = new_link(tx, &invite)?;
    let undo_until = tx.now() + SignedDuration::from_secs(firm.undo_seconds.into());
    tx.mail(NewMail {
        letter: writer.letter_saying(&draft, message, link.id),
        to: address.clone(),
        to_name: name.clone(),
        from: Some(sender.id),
        contact: Some(draft.contact.id),
        invite: Some(invite.id),
        not_before: undo_until,
    })?;
    let verb = if again { "sent the invite again to" } else { "invited" };
    let what = format!("{verb} {name} at {address}");
    tx.say("invite-sent", Some(draft.client.id), what)?;
    Ok(Sent { name, outcome: SentOutcome::Queued { invite: invite.id, address, undo_until } })
}

/// Where it goes, or why it cannot go.
fn address_for(draft: &InviteDraft, chosen: Option<&Chosen>) -> Result<Email, String> {
    if draft.membership.has_access() {
        return Err("has access to the portal already".into());
    }
    if !draft.client.active {
        return Err("belongs to an inactive client, whose portal is closed".into());
    }
    let address = chosen.map(|chosen| &chosen.address).or(draft.contact.primary());
    address.cloned().ok_or_else(|| "has no e-mail address yet. Add one to invite them".into())
}

/// F22: what was sent a moment ago, or three times today, is not sent again. `invites` are all that the same person
/// had for the same client: one that was revoked or replaced has left nevertheless.
pub(in crate::model) fn too_soon(invites: &[Invite], now: Timestamp) -> Option<String> {
    let sent = || invites.iter().flat_map(|invite| &invite.sent);
    if sent().any(|at| now.duration_since(*at) < COOL_DOWN) {
        return Some(
            "was invited less than a minute ago. Wait a moment before you send it again".into(),
        );
    }
    let day = SignedDuration::from_hours(24);
    let today = sent().filter(|at| now.duration_since(**at) < day).count();
    (today >= A_DAY)
        .then(|| "was invited three times today. Try again tomorrow, or copy the link".into())
}

/// The pending invite to the same address once more, or a new one in its place.
fn open_invite(
    tx: &mut Write<'_, '_>,
    draft: &InviteDraft,
    address: &Email,
    sender: &Staff,
    message: &str,
    expires: Timestamp,
) -> Result<Invite> {
    let now = tx.now();
    let pending = draft.latest.clone().filter(|invite| invite.state == InviteState::Pending);
    let mut replaces = None;
    if let Some(mut invite) = pending {
        if invite.address.key() == address.key() {
            invite.note_sent(now);
            let invite = Invite { by: sender.id, message: message.to_owned(), expires, ..invite };
            tx.put(&invite)?;
            return Ok(invite);
        }
        end_invite(tx, &mut invite, InviteState::Replaced { at: now })?;
        replaces = Some(invite.id);
    }
    let (membership, contact, client) = (draft.membership.id, draft.contact.id, draft.client.id);
    let invite = Invite {
        id: tx.id(),
        to: Invitee::Contact { membership, contact, client },
        address: address.clone(),
        by: sender.id,
        message: message.to_owned(),
        made: now,
        expires,
        state: InviteState::Pending,
        opened: None,
        sent: vec![now],
        replaces,
    };
    tx.add(&invite)?;
    Ok(invite)
}

/// A further link of an invite.
pub(in crate::model) fn new_link(tx: &mut Write<'_, '_>, invite: &Invite) -> Result<Link> {
    let link = Link::new(tx.id(), tx.keys(), Purpose::Invite(invite.id), tx.now(), invite.expires);
    tx.add(&link)?;
    Ok(link)
}

/// A send that refused everybody changed nothing but its once-value, which needs no entry.
pub(in crate::model) fn note_refusals(tx: &mut Write<'_, '_>, sent: &[Sent]) {
    if sent.iter().all(|one| matches!(one.outcome, SentOutcome::Refused(_))) {
        tx.unsaid("nobody was invited");
    }
}

/// A pending invite that this person may handle: those to staff are the Owner's.
pub(in crate::model) fn pending(
    tx: &Write<'_, '_>,
    me: &Staff,
    invite: Id<Invite>,
) -> Result<Invite> {
    let invite: Invite = tx.need(invite)?;
    if matches!(invite.to, Invitee::Staff { .. }) && me.role < Role::Owner {
        return Err(Error::Forbidden("The team is for Owners. Ask an Owner of your firm."));
    }
    match invite.state {
        InviteState::Pending => Ok(invite),
        InviteState::Accepted { .. } => Err(Error::refused("This invite was accepted.")),
        InviteState::Revoked { .. } => Err(Error::refused("This invite was already revoked.")),
        InviteState::Replaced { .. } => {
            Err(Error::refused("This invite was replaced. Send a new one instead."))
        }
    }
}

/// The invited person and address, for the activity.
pub(in crate::model) fn whom(r: &impl Records, invite: &Invite) -> Result<String> {
    Ok(format!("{} at {}", name(r, invite)?, invite.address))
}

pub(super) fn name(r: &impl Records, invite: &Invite) -> Result<String> {
    let name = match invite.to {
        Invitee::Contact { contact, .. } => {
            r.get(contact)?.map(|contact: Contact| contact.full_name())
        }
        Invitee::Staff { staff } => r.get(staff)?.map(|staff: Staff| staff.name.to_string()),
    };
    Ok(name.unwrap_or_else(|| "somebody removed".into()))
}

/// The client an invite is for.
pub(in crate::model) const fn client_of(invite: &Invite) -> Option<Id<Client>> {
    match invite.to {
        Invitee::Contact { client, .. } => Some(client),
        Invitee::Staff { .. } => None,
    }
}

#[cfg(test)]
mod tests;
