//! What a restore leaves behind, and how an Admin ends it. Yesterday's data does not know what happened since: links that
//! were followed, mails that have left. So the links of then end, everybody logs in anew, and no mail leaves before an
//! Admin has looked at the outbox.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activity::By;
use super::admin::Admin;
use super::backups::runs::BackupRun;
use super::backups::{BackupPlan, Target};
use super::check::Depth;
use super::clock::Clock;
use super::core::{Core, Open, Overrides, open};
use super::db::{Change, OpenError, Read, Record, Records, SnapshotFacts, Write, record};
use super::dkim::Dkim;
use super::ending::end_invite;
use super::firm::Firm;
use super::id::Id;
use super::invite::{Invite, InviteState, Invitee};
use super::inviting::latest;
use super::keys::Keys;
use super::link::{Link, Purpose};
use super::mailroom::cancel;
use super::outbox::Mail;
use super::session::Session;
use super::system::System;
use crate::error::{Error, Result};
use crate::values::When;

/// Invites of a restore that are looked at for one page.
const LOOKED_AT: usize = 2_000;

/// That the data came from a backup. There is one record of it, under [`Id::MIN`]; none means that it never did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Restored {
    id: Id<Restored>,
    /// When it was restored.
    at: Timestamp,
    /// Of when the data is, if the backup tells.
    made: Option<Timestamp>,
    /// Whether mails are held still.
    held: bool,
    /// The invites that were open, and have ended.
    invites: Vec<Id<Invite>>,
}

record!(Restored, "rs", "restored");

/// Mails are held after a restore, until an Admin releases them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// When the data was restored.
    pub since: Timestamp,
    /// Of when it is, if the backup tells.
    pub made: Option<Timestamp>,
}

/// What was done to restored data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The firm; none before set-up.
    pub firm: Option<String>,
    /// How many log-ins ended.
    pub sessions: usize,
    /// How many open invites ended.
    pub invites: usize,
    /// How many mails are held.
    pub mails: usize,
    /// What to do about what cannot be read without the keys of then.
    pub lost: Vec<&'static str>,
}

impl Core {
    /// Whether mails are held, as the store says.
    pub(super) fn look_for_hold(&self) -> Result<()> {
        let restored: Option<Restored> = self.db.read(|r| r.get(Id::MIN))?;
        let hold =
            restored.filter(|one| one.held).map(|one| Hold { since: one.at, made: one.made });
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = hold;
        Ok(())
    }

    /// Why no mail leaves before an Admin has said so.
    pub(super) fn hold(&self) -> Option<Hold> {
        *self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admin {
    /// Lets the mails go that are held after a restore, or takes them all back first. Says how many that were.
    pub async fn release_mails(&self, take_back: bool) -> Result<usize> {
        let core = self.console().core().clone();
        let released = self.console().write(move |tx| {
            let restored: Option<Restored> = tx.get(Id::MIN)?;
            let Some(restored) = restored.filter(|one| one.held) else {
                return Err(Error::refused("The mails were released already."));
            };
            tx.put(&Restored { held: false, ..restored })?;
            let waiting = waiting(tx)?;
            let count = waiting.len();
            if take_back {
                waiting.into_iter().try_for_each(|mail| cancel(tx, mail))?;
            }
            let what = match take_back {
                true => format!("took back the {count} mails that were held after the restore"),
                false => format!("released the {count} mails that were held after the restore"),
            };
            tx.say("mails-released", None, what)?;
            Ok(count)
        });
        let count = released.await?;
        core.look_for_hold()?;
        core.live.publish(&[Change { table: Mail::TABLE, id: Id::<Mail>::MIN.bytes() }]);
        core.outbox.notify_one();
        core.backups.ring();
        Ok(count)
    }
}

fn waiting(r: &impl Records) -> Result<Vec<Mail>> {
    let mut waiting = Vec::new();
    r.all::<Mail>(|mail| {
        waiting.extend(Some(mail).filter(Mail::waits));
        ControlFlow::Continue(())
    })?;
    Ok(waiting)
}

/// The invites that ended with a restore, whose people have been offered nothing since; and when that was.
pub(super) fn not_invited_again(r: &Read, most: usize) -> Result<Vec<(Invite, Timestamp)>> {
    let Some(restored) = r.get::<Restored>(Id::MIN)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for id in restored.invites.into_iter().take(LOOKED_AT) {
        let Some(invite) = r.get::<Invite>(id)? else { continue };
        if still_waits(r, &invite)? {
            found.push((invite, restored.at));
        }
        if found.len() >= most {
            break;
        }
    }
    Ok(found)
}

/// Whether nobody has offered them anything since, and they have no access by another way.
fn still_waits(r: &Read, invite: &Invite) -> Result<bool> {
    if !matches!(invite.state, InviteState::Replaced { .. }) {
        return Ok(false);
    }
    match invite.to {
        Invitee::Contact { membership, contact, client } => {
            let there = r.get(contact)?.is_some() && r.get(client)?.is_some();
            let tie: Option<super::membership::Membership> = r.get(membership)?;
            let last = latest(r, membership)?.is_some_and(|last| last.id == invite.id);
            Ok(there && last && tie.is_some_and(|tie| !tie.has_access()))
        }
        Invitee::Staff { staff } => {
            let staff: Option<super::staff::Staff> = r.get(staff)?;
            let invited = staff.filter(|one| one.state == super::staff::StaffState::Invited);
            let Some(staff) = invited else { return Ok(false) };
            let last: Option<Invite> = r.by("invite.staff", staff.id, usize::MAX)?.pop();
            Ok(last.is_some_and(|last| last.id == invite.id))
        }
    }
}

/// The old link key of restored data, for what was sealed with it.
pub struct OldKey(Keys);

impl OldKey {
    /// From the key file of then. None if that is no key.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        Some(Self(Keys::of(bytes)?))
    }
}

/// Opens restored data in its folder, which has no link key yet, brings it into today's shape, and settles it: a new link
/// key, no log-ins, no open invites, and all mails held.
pub async fn settle_restored(
    data: &Path,
    old: Option<OldKey>,
    made: Option<Timestamp>,
) -> Result<Settled, OpenError> {
    let (_, system) = open(Open {
        data,
        link_key: None,
        master_key: None,
        clock: Clock::system(),
        overrides: Overrides::default(),
    })?;
    let settled = system.settle(old, made).await;
    system.close().await?;
    Ok(settled?)
}

impl System {
    async fn settle(&self, old: Option<OldKey>, made: Option<Timestamp>) -> Result<Settled> {
        let unreadable = self.unreadable_clients()?;
        let command = move |tx: &mut Write<'_, '_>| {
            let mut lost = reseal(tx, old.map(|old| old.0))?;
            if unreadable > 0 {
                lost.push("Put back keys/master.key: without it no file of a client can be opened");
            }
            let invites = end_open_invites(tx)?;
            let sessions = end_all_sessions(tx)?;
            end_other_links(tx)?;
            let mut mails = 0;
            for mail in waiting(tx)? {
                // The link in it leads nowhere any more.
                if mail.letter.links().is_empty() { mails += 1 } else { cancel(tx, mail)? }
            }
            let (id, at) = (Id::MIN, tx.now());
            let restored = Restored { id, at, made, held: true, invites };
            tx.put(&restored)?;
            let firm: Option<Firm> = tx.get(Id::MIN)?;
            let what = match (made, &firm) {
                (Some(made), Some(firm)) => {
                    let (zone, style) = (firm.zone.tz(), firm.date_style);
                    let when = When { now: at, zone, style };
                    format!("restored the data from the backup of {}", when.full(made))
                }
                _ => "restored the data from a backup".to_owned(),
            };
            tx.say("restored", None, what)?;
            let firm = firm.map(|firm| firm.name.to_string());
            Ok(Settled { firm, sessions, invites: restored.invites.len(), mails, lost })
        };
        self.core().db.write(By::SYSTEM, command).await
    }
}

/// Seals anew, with the key of now, what was sealed with that of then. Every record that holds something sealed is here.
fn reseal(tx: &mut Write<'_, '_>, old: Option<Keys>) -> Result<Vec<&'static str>> {
    let mut lost = Vec::new();
    let again = |sealed: &[u8], keys: &Keys| Some(keys.seal(&old.as_ref()?.unseal(sealed)?));
    if let Some(mut firm) = tx.get::<Firm>(Id::MIN)?
        && let Some(smtp) = &mut firm.smtp
        && let Some(sealed) = &smtp.password
    {
        match again(sealed, tx.keys()) {
            Some(sealed) => smtp.password = Some(sealed),
            None => lost.push("Type the mail server's password again, in Settings › E-mail"),
        }
        tx.put(&firm)?;
    }
    if let Some(mut plan) = tx.get::<BackupPlan>(Id::MIN)? {
        if let Target::Bucket(bucket) = &mut plan.target {
            match again(&bucket.secret, tx.keys()) {
                Some(sealed) => bucket.secret = sealed,
                None => {
                    lost.push("Type the secret of the bucket's key again, in Settings › Backup");
                }
            }
        }
        plan.keys_taken = None;
        tx.put(&plan)?;
    }
    let dkim: Option<Dkim> = tx.get(Id::MIN)?;
    if old.is_none() && dkim.is_some_and(|dkim| dkim.current.is_some()) {
        lost.push("Make a new key that signs mails, in Settings › E-mail");
    }
    for run in tx.all_reverse_from::<BackupRun>(None, usize::MAX)? {
        if let Some(run) = run.without_opener() {
            tx.put(&run)?;
        }
    }
    Ok(lost)
}

fn end_open_invites(tx: &mut Write<'_, '_>) -> Result<Vec<Id<Invite>>> {
    let mut open = Vec::new();
    tx.all::<Invite>(|invite| {
        open.extend(Some(invite).filter(|invite| invite.state == InviteState::Pending));
        ControlFlow::Continue(())
    })?;
    let at = tx.now();
    for invite in &mut open {
        end_invite(tx, invite, InviteState::Replaced { at })?;
    }
    Ok(open.into_iter().map(|invite| invite.id).collect())
}

fn end_all_sessions(tx: &mut Write<'_, '_>) -> Result<usize> {
    let mut sessions = Vec::new();
    tx.all::<Session>(|session| {
        sessions.push(session.id);
        ControlFlow::Continue(())
    })?;
    sessions.iter().try_for_each(|id| tx.delete(*id))?;
    Ok(sessions.len())
}

/// Those of invites stay, so that an old mail leads to a page that says what happened. They open nothing.
fn end_other_links(tx: &mut Write<'_, '_>) -> Result<()> {
    let mut links = Vec::new();
    tx.all::<Link>(|link| {
        if !matches!(link.purpose, Purpose::Invite(_)) {
            links.push(link.id);
        }
        ControlFlow::Continue(())
    })?;
    links.into_iter().try_for_each(|id| tx.delete(id))
}

impl System {
    /// Whether mails are held since a restore. Then nothing else goes out by itself either: data that was restored for a
    /// look must not touch the backups of the firm.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.core().hold().is_some()
    }
}

/// What was found in a copy of the store that was opened to see whether it can be.
#[derive(Clone, Debug)]
pub struct TriedCopy {
    /// As the file was, before it was brought into today's shape.
    pub facts: SnapshotFacts,
    /// What is not well in it, as sentences.
    pub faults: Vec<String>,
}

/// Opens the store of a scratch folder as a server would, and checks it. The folder is spoiled by it.
pub async fn try_copy(scratch: PathBuf) -> Result<TriedCopy, OpenError> {
    let facts = super::db::facts_of(&scratch.join("anteroom.redb"))?;
    let (_, system) = open(Open {
        data: &scratch,
        link_key: None,
        master_key: None,
        clock: Clock::system(),
        overrides: Overrides::default(),
    })?;
    let faults = system
        .check_so_far(Depth::Records)
        .map(|report| report.findings.into_iter().map(|one| one.what).collect());
    system.close().await?;
    Ok(TriedCopy { facts, faults: faults? })
}

#[cfg(test)]
mod tests;
