//! The team: staff are invited by the same invites as contacts, change roles and leave.

use jiff::{SignedDuration, Timestamp};

use super::calendar::forget_calendar;
use super::console::Console;
use super::db::{Read, Records, Write};
use super::ending::end_invite;
use super::firm::Firm;
use super::id::Id;
use super::invite::{Invite, InviteState, Invitee};
use super::inviting::{Sent, SentOutcome, expiry, new_link};
use super::link::end_links;
use super::login::{Login, Who};
use super::outbox::{Letter, NewMail};
use super::owner::Owner;
use super::session::end_sessions;
use super::staff::{Notices, Role, Staff, StaffState};
use super::status::{Delivery, last_mail};
use super::system::MailFlow;
use crate::error::{Error, Result};
use crate::values::{Email, FullName, Message, search::sort_key};

/// A member of staff as the team's page shows them.
#[derive(Clone, Debug)]
pub struct TeamMember {
    /// The record.
    pub staff: Staff,
    /// Their login, once they have accepted.
    pub login: Option<Login>,
    /// Their latest invite.
    pub invite: Option<Invite>,
    /// How far its last mail got.
    pub delivery: Delivery,
}

/// Somebody to join the team.
#[derive(Clone, Debug)]
pub struct NewStaff {
    /// Their name.
    pub name: FullName,
    /// Where the invite goes.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// The personal message, if any.
    pub message: Option<Message>,
}

impl Console {
    /// Everybody who works here or is invited to, by name.
    pub fn team(&self) -> Result<Vec<TeamMember>> {
        let (now, flow) = (self.now(), self.mail_flow()?);
        let mut team = self.read(|r| {
            let mut staff: Vec<Staff> = Vec::new();
            r.all(|one| {
                staff.push(one);
                std::ops::ControlFlow::Continue(())
            })?;
            staff.retain(|staff| staff.state != StaffState::Removed);
            staff.into_iter().map(|staff| member(r, staff, &flow, now)).collect::<Result<Vec<_>>>()
        })?;
        team.sort_by_cached_key(|member| sort_key(member.staff.name.as_str()));
        Ok(team)
    }
}

fn member(r: &Read, staff: Staff, flow: &MailFlow, now: Timestamp) -> Result<TeamMember> {
    let login = r.first_by("login.who", Who::Staff(staff.id).key())?;
    let invite: Option<Invite> = r.by("invite.staff", staff.id.bytes(), usize::MAX)?.pop();
    let pending = invite.as_ref().filter(|invite| invite.state == InviteState::Pending);
    let mail = pending.map(|invite| last_mail(r, invite.id)).transpose()?.flatten();
    Ok(TeamMember { delivery: Delivery::of(mail.as_ref(), flow, now), staff, login, invite })
}

impl Owner {
    /// Invites somebody to the console.
    pub async fn invite_staff(&self, new: NewStaff, once: String) -> Result<Sent> {
        let console = self.console();
        let (firm, me) = (console.firm()?, console.me().clone());
        console
            .write(move |tx| {
                tx.once(&once, |tx| {
                    let known: Vec<Staff> = tx.by("staff.email", new.email.key(), usize::MAX)?;
                    if known.iter().any(|staff| staff.state != StaffState::Removed) {
                        let why = "Somebody on the team has this address already";
                        return Err(Error::field("email", why));
                    }
                    let staff = Staff {
                        id: tx.id(),
                        name: new.name,
                        email: new.email,
                        role: new.role,
                        state: StaffState::Invited,
                        notices: Notices { accepted: true, bounced: true },
                        added: tx.now(),
                    };
                    tx.put(&staff)?;
                    let message = new.message.map(String::from).unwrap_or_default();
                    let invite = staff_invite(tx, &firm, &me, &staff, message)?;
                    send_staff_invite(tx, &firm, &me, staff, invite)
                })
            })
            .await
    }

    /// Invites somebody anew whose invite was taken back, with the same message.
    pub async fn invite_staff_again(&self, staff: Id<Staff>) -> Result<Sent> {
        let console = self.console();
        let (firm, me) = (console.firm()?, console.me().clone());
        console
            .write(move |tx| {
                let staff: Staff = tx.need(staff)?;
                let last: Option<Invite> = tx.by("invite.staff", staff.id, usize::MAX)?.pop();
                let last = last.filter(|invite| invite.state != InviteState::Pending);
                let Some(last) = last.filter(|_| staff.state == StaffState::Invited) else {
                    return Err(Error::refused("They have an account, or an invite that works."));
                };
                let invite = staff_invite(tx, &firm, &me, &staff, last.message)?;
                send_staff_invite(tx, &firm, &me, staff, invite)
            })
            .await
    }

    /// Changes what a member of staff may do. The last Owner stays one.
    pub async fn set_role(&self, staff: Id<Staff>, role: Role) -> Result<()> {
        self.console()
            .write(move |tx| {
                let staff: Staff = tx.need(staff)?;
                if role < Role::Owner {
                    keeps_an_owner(tx, &staff)?;
                }
                let what = format!("made {} {}", staff.name, role.label());
                tx.put(&Staff { role, ..staff })?;
                tx.say("role-changed", None, what)
            })
            .await
    }

    /// Ends a member's access: sessions, links and the invites they sent end in the same moment.
    pub async fn remove_staff(&self, staff: Id<Staff>) -> Result<()> {
        self.console()
            .write(move |tx| {
                let staff: Staff = tx.need(staff)?;
                keeps_an_owner(tx, &staff)?;
                let at = tx.now();
                for mut invite in
                    tx.by::<Invite>("invite.pending-by", staff.id.bytes(), usize::MAX)?
                {
                    end_invite(tx, &mut invite, InviteState::Revoked { at })?;
                }
                for mut invite in tx.by::<Invite>("invite.staff", staff.id.bytes(), usize::MAX)? {
                    if invite.state == InviteState::Pending {
                        end_invite(tx, &mut invite, InviteState::Revoked { at })?;
                    }
                }
                if let Some(login) =
                    tx.first_by::<Login>("login.who", Who::Staff(staff.id).key())?
                {
                    end_sessions(tx, login.id, None)?;
                    end_links(tx, login.id)?;
                    tx.delete(login.id)?;
                }
                forget_calendar(tx, Who::Staff(staff.id))?;
                let what = format!("removed {} from the team", staff.name);
                tx.put(&Staff { state: StaffState::Removed, ..staff })?;
                tx.say("staff-removed", None, what)
            })
            .await
    }
}

/// An invite that has not been sent yet.
fn staff_invite(
    tx: &Write<'_, '_>,
    firm: &Firm,
    by: &Staff,
    staff: &Staff,
    message: String,
) -> Result<Invite> {
    Ok(Invite {
        id: tx.id(),
        to: Invitee::Staff { staff: staff.id },
        address: staff.email.clone(),
        by: by.id,
        message,
        made: tx.now(),
        expires: expiry(firm, tx.now())?,
        state: InviteState::Pending,
        opened: None,
        sent: vec![],
        replaces: None,
    })
}

/// A firm without an Owner could never be managed again.
fn keeps_an_owner(tx: &Write<'_, '_>, without: &Staff) -> Result<()> {
    let mut other = false;
    tx.all(|staff: Staff| {
        other |= staff.id != without.id && staff.active() && staff.role == Role::Owner;
        if other { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    })?;
    if other || without.role < Role::Owner || !without.active() {
        Ok(())
    } else {
        Err(Error::refused("This is the only Owner. Make somebody else an Owner first."))
    }
}

/// Sends the invite of a member of staff, for the first time or again.
pub(super) fn send_staff_invite(
    tx: &mut Write<'_, '_>,
    firm: &Firm,
    sender: &Staff,
    staff: Staff,
    mut invite: Invite,
) -> Result<Sent> {
    let name = staff.name.to_string();
    let before: Vec<Invite> = tx.by("invite.staff", staff.id, usize::MAX)?;
    if let Some(why) = super::inviting::too_soon(&before, tx.now()) {
        tx.unsaid("nobody was invited");
        return Ok(Sent { name, outcome: SentOutcome::Refused(why) });
    }
    invite.by = sender.id;
    invite.expires = expiry(firm, tx.now())?;
    invite.note_sent(tx.now());
    tx.put(&invite)?;
    let link = new_link(tx, &invite)?;
    let undo_until = tx.now() + SignedDuration::from_secs(firm.undo_seconds.into());
    tx.mail(NewMail {
        letter: Letter::StaffInvite {
            link: link.id,
            name: staff.first_name().to_owned(),
            sender: sender.name.to_string(),
            message: invite.message.clone(),
            expires: invite.expires,
        },
        to: invite.address.clone(),
        to_name: name.clone(),
        from: Some(sender.id),
        contact: None,
        invite: Some(invite.id),
        not_before: undo_until,
    })?;
    tx.say(
        "staff-invited",
        None,
        format!("invited {name} to the console as {}", staff.role.label()),
    )?;
    let address = invite.address.clone();
    Ok(Sent { name, outcome: SentOutcome::Queued { invite: invite.id, address, undo_until } })
}
