//! What a member of staff should know first: what a new firm has still to do, and what waits for somebody. Nothing of it
//! is stored: each is asked from what is true.

use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use super::backups::BackupPlan;
use super::client::Client;
use super::console::Console;
use super::contact::Contact;
use super::db::{Order, Read, Records, Span, time_key};
use super::firm::Firm;
use super::id::Id;
use super::invite::{Invite, InviteState, Invitee};
use super::outbox::Mail;
use super::restoring::not_invited_again;
use super::staff::{Staff, StaffState};
use super::status::{Delivery, last_mail};
use super::system::MailFlow;
use super::tls::TlsWay;
use crate::error::Result;
use crate::values::ClientName;

/// After so long, an invite nobody answered is worth a look.
const QUIET: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows of an index that are looked at for one page.
const MOST_LOOKED_AT: usize = 100;

/// What of a new firm's first steps is done; none for a step that this server has no use for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact")]
pub struct FirstSteps {
    /// There is a client.
    pub client: bool,
    /// A contact was invited.
    pub invite: bool,
    /// Mails leave; none in a demonstration, whose mails never shall.
    pub mail: Option<bool>,
    /// There is somebody else on the team.
    pub team: bool,
    /// There is a logo.
    pub logo: bool,
    /// Links work on other machines.
    pub address: bool,
    /// Backups are made; none in a demonstration, which nobody would miss.
    pub backups: Option<bool>,
    /// Browsers find a certificate; none where nobody asked us for one.
    pub encryption: Option<bool>,
}

/// An invite that somebody should look at.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// The invite.
    pub invite: Id<Invite>,
    /// Who was invited.
    pub name: String,
    /// To whose portal; none for a member of staff.
    pub client: Option<(Id<Client>, ClientName)>,
    /// Which contact.
    pub contact: Option<Id<Contact>>,
    /// What is the matter.
    pub why: Why,
    /// Since when.
    pub since: Timestamp,
}

/// What is the matter with an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its mail was refused for good; the reason in plain language.
    Failed(String),
    /// Nobody followed it in time.
    Expired,
    /// For a week nobody has followed it.
    Quiet,
    /// It ended when the data was restored from a backup.
    Restored,
}

impl Console {
    /// What of a new firm's first steps is done.
    pub fn first_steps(&self) -> Result<FirstSteps> {
        let firm = self.firm()?;
        let listening = self.core().certificate.borrow().listening;
        let chosen = self.core().tls_settings()?.way != TlsWay::Off;
        self.read(|r| {
            let mut team = 0_usize;
            r.all(|staff: Staff| {
                team += usize::from(staff.state != StaffState::Removed);
                if team > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(FirstSteps {
                client: is_any(r, |_: Client| true)?,
                invite: is_any(r, |invite: Invite| matches!(invite.to, Invitee::Contact { .. }))?,
                mail: (!firm.demo).then_some(firm.smtp.is_some()),
                team: team > 1,
                logo: firm.logo.is_some(),
                address: !firm.public_url.is_loopback(),
                backups: (!firm.demo).then_some(BackupPlan::stored(r)?.on),
                // Where it is listened for and no way is chosen, there is but a makeshift certificate to show.
                encryption: (listening || chosen).then_some(listening && chosen),
            })
        })
    }

    /// Invites that somebody should look at, the latest first: at most `limit`.
    pub fn stuck_invites(&self, limit: usize) -> Result<Vec<Stuck>> {
        let (firm, now, flow) = (self.firm()?, self.now(), self.mail_flow()?);
        self.read(|r| {
            let mut stuck = failed(r, &flow, now)?;
            for one in unanswered(r, &firm, now)? {
                if stuck.iter().all(|other| other.invite != one.invite) {
                    stuck.push(one);
                }
            }
            for (invite, since) in not_invited_again(r, MOST_LOOKED_AT)? {
                stuck.push(look(r, &invite, Why::Restored, since)?);
            }
            stuck.sort_by_key(|one| std::cmp::Reverse(one.since));
            stuck.truncate(limit);
            Ok(stuck)
        })
    }
}

fn is_any<R: super::db::Record>(r: &Read, what: impl Fn(R) -> bool) -> Result<bool> {
    let mut found = false;
    r.all(|record| {
        found = what(record);
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(found)
}

/// Pending invites whose last mail was refused for good.
fn failed(r: &Read, flow: &MailFlow, now: Timestamp) -> Result<Vec<Stuck>> {
    let mails: Vec<Id<Mail>> = latest(r, "mail.failed-invite", &Span::all())?;
    let mut stuck: Vec<Stuck> = Vec::new();
    for mail in mails {
        let Some(invite) = r.need(mail)?.invite else { continue };
        let invite: Invite = r.need(invite)?;
        if invite.state != InviteState::Pending || stuck.iter().any(|one| one.invite == invite.id) {
            continue;
        }
        let last = last_mail(r, invite.id)?;
        if let (Some(last), Delivery::Failed { plain }) =
            (&last, Delivery::of(last.as_ref(), flow, now))
        {
            let since = last.last.as_ref().map_or(last.made, |answer| answer.at);
            stuck.push(look(r, &invite, Why::Failed(plain), since)?);
        }
    }
    Ok(stuck)
}

/// Pending invites that have expired, or were sent more than a week ago.
fn unanswered(r: &Read, firm: &Firm, now: Timestamp) -> Result<Vec<Stuck>> {
    let life = SignedDuration::from_hours(24 * i64::from(firm.invite_days));
    let begin = time_key(now.checked_sub(QUIET.min(life))?);
    let invites: Vec<Id<Invite>> = latest(r, "invite.pending-sent", &Span::all().at(begin))?;
    let mut stuck = Vec::new();
    for invite in invites {
        let invite: Invite = r.need(invite)?;
        let sent = invite.sent.last().copied().unwrap_or(invite.made);
        if invite.expired_at(now) {
            stuck.push(look(r, &invite, Why::Expired, invite.expires)?);
        } else if now.duration_since(sent) >= QUIET {
            stuck.push(look(r, &invite, Why::Quiet, sent)?);
        }
    }
    Ok(stuck)
}

/// The last rows of an index that is ordered by time.
fn latest<R: super::db::Record>(r: &Read, index: &'static str, span: &Span) -> Result<Vec<Id<R>>> {
    r.ids_in(index, span, Order::Descending, MOST_LOOKED_AT)
}

fn look(r: &Read, invite: &Invite, why: Why, since: Timestamp) -> Result<Stuck> {
    let (name, client, contact) = match invite.to {
        Invitee::Staff { staff } => (r.need(staff)?.name.to_string(), None, None),
        Invitee::Contact { contact, client, .. } => {
            let client: Client = r.need(client)?;
            (r.need(contact)?.full_name(), Some((client.id, client.name)), Some(contact))
        }
    };
    Ok(Stuck { invite: invite.id, name, client, contact, why, since })
}
