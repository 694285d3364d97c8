//! What staff see and do of the outbox: its mails newest first, each opened without its secrets, sent again, taken back.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::console::Console;
use super::db::{Order, Read, Records, Span, Write, time_key};
use super::id::Id;
use super::in_hand::BEING_HANDED_OVER;
use super::invite::Invite;
use super::inviting::SentOutcome;
use super::notices::{forget, gather, is_gathered};
use super::outbox::{Letter, Mail, MailState};
use super::posting::{Sender, sender};
use crate::error::{Error, Result};

/// Counts beyond this are shown as "more than".
const COUNTED: usize = 1_000;

/// Which mails of the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailFilter {
    /// All, newest first.
    #[default]
    All,
    /// Those that have not left, in the order in which they leave.
    Waiting,
    /// Those that will not arrive, newest first.
    Failed,
}

/// A page of the outbox.
#[derive(Clone, Debug)]
pub struct MailPage {
    /// At most as many as were asked for. What waits to tell of files or requests says what it would say now.
    pub mails: Vec<Mail>,
    /// Those of them that wait, and of which nothing is left to tell: they will not be sent.
    pub idle: HashSet<Id<Mail>>,
    /// Whether there are more behind them.
    pub more: bool,
    /// How many wait, at most 1,001.
    pub waiting: usize,
    /// How many have failed, at most 1,001.
    pub failed: usize,
}

/// A mail opened.
#[derive(Clone, Debug)]
pub struct OpenMail {
    /// The row.
    pub mail: Mail,
    /// It waits, and nothing is left of what it tells: it will not be sent.
    pub idle: bool,
    /// In whose name it goes.
    pub sender: Option<Sender>,
    /// Its invite, if that is still open: its link can be copied.
    pub open_invite: Option<Id<Invite>>,
}

impl Mail {
    /// Whether staff may send it again from the outbox, and why not.
    pub fn resendable(&self) -> Result<(), &'static str> {
        match (&self.letter, &self.state) {
            (Letter::Reset { .. } | Letter::VerifyAddress { .. }, _) => {
                Err("A mail with this kind of link is sent again only when the person asks for it.")
            }
            (_, MailState::Cancelled { .. }) => Err("This mail was taken back."),
            (_, MailState::Waiting { .. }) if self.last.is_none() => {
                Err("This mail waits already. It leaves by itself.")
            }
            _ => Ok(()),
        }
    }

    /// Whether it has not left and can be taken back.
    #[must_use]
    pub const fn waits(&self) -> bool {
        matches!(self.state, MailState::Waiting { .. })
    }
}

impl Console {
    /// A page of the outbox, behind this mail.
    pub fn outbox(
        &self,
        filter: MailFilter,
        behind: Option<Id<Mail>>,
        limit: usize,
    ) -> Result<MailPage> {
        self.read(|r| {
            let mut mails = match filter {
                MailFilter::All => r.all_reverse_from(behind, limit + 1)?,
                MailFilter::Waiting => page(r, "mail.due", Order::Ascending, behind, limit + 1)?,
                MailFilter::Failed => page(r, "mail.failed", Order::Descending, behind, limit + 1)?,
            };
            let more = mails.len() > limit;
            mails.truncate(limit);
            let mut idle = HashSet::new();
            for mail in &mut mails {
                if !as_now(r, mail, self.now())? {
                    idle.insert(mail.id);
                }
            }
            let (waiting, failed) = (count(r, "mail.due")?, count(r, "mail.failed")?);
            Ok(MailPage { mails, idle, more, waiting, failed })
        })
    }

    /// How many mails have not left yet, at most 1,001.
    pub fn waiting_mails(&self) -> Result<usize> {
        self.read(|r| count(r, "mail.due"))
    }

    /// One mail, opened; if it tells of files or requests and waits, as it would be now. Its links are not part of it.
    pub fn open_mail(&self, id: Id<Mail>) -> Result<OpenMail> {
        self.read(|r| {
            let mut mail: Mail = r.need(id)?;
            let idle = !as_now(r, &mut mail, self.now())?;
            let invite: Option<Invite> = mail.invite.map(|id| r.get(id)).transpose()?.flatten();
            let open = invite.filter(|invite| invite.open_at(self.now()));
            let (sender, open_invite) = (sender(r, &mail)?, open.map(|open| open.id));
            Ok(OpenMail { idle, sender, open_invite, mail })
        })
    }

    /// Sends a mail again: now if it waits for its next try, else once more from the start. An invite goes as a new
    /// mail with a link of its own.
    pub async fn resend_mail(&self, id: Id<Mail>) -> Result<()> {
        let mail: Mail = self.read(|r| r.need(id))?;
        mail.resendable().map_err(Error::refused)?;
        if let (Some(invite), false) = (mail.invite, mail.waits()) {
            let sent = self.resend_invite(invite).await?;
            return match sent.outcome {
                SentOutcome::Queued { .. } => Ok(()),
                SentOutcome::Refused(why) => Err(Error::refused(format!("{} {why}.", sent.name))),
            };
        }
        self.write(move |tx| {
            let mut mail: Mail = tx.need(id)?;
            // Somebody else may have taken it back, or sent it again, since it was looked at.
            mail.resendable().map_err(Error::refused)?;
            if !mail.waits() {
                mail.tries = 0;
            }
            mail.state = MailState::Waiting { not_before: tx.now() };
            tx.put(&mail)?;
            tx.say("mail-resent", None, format!("sent a mail to {} again", mail.to))
        })
        .await
    }

    /// Takes back a mail that has not left.
    pub async fn cancel_mail(&self, id: Id<Mail>) -> Result<()> {
        let in_hand = self.core().in_hand.clone();
        let held = self.write(move |tx| {
            let mail: Mail = tx.need(id)?;
            if !mail.waits() {
                return Err(Error::refused("This mail has left, or was taken back before."));
            }
            let held = in_hand.take(id).ok_or_else(|| Error::refused(handing_over(&mail)))?;
            let what = format!("took back a mail to {} before it left", mail.to);
            unsend(tx, &mail)?;
            cancel(tx, mail)?;
            tx.say("mail-cancelled", None, what)?;
            Ok(held)
        });
        // Only once this is on disk may the worker look at it again.
        held.await.map(drop)
    }

    /// Has the next try made now instead of later, where the mail server stood in the way.
    pub fn try_mail_now(&self) {
        self.core().resume_mails();
    }
}

/// Has a mail that waits to tell of files or requests say what it would say now. Whether there is something to say.
fn as_now(r: &Read, mail: &mut Mail, now: Timestamp) -> Result<bool> {
    if !mail.waits() || !is_gathered(&mail.letter) {
        return Ok(true);
    }
    let Some(tells) = gather(r, mail, now)? else { return Ok(false) };
    mail.letter = tells.letter;
    Ok(true)
}

/// Why this mail cannot be taken back while the worker has it, and what can be done.
fn handing_over(mail: &Mail) -> &'static str {
    match mail.invite {
        Some(_) => BEING_HANDED_OVER,
        None => "The mail is being handed over at this moment.",
    }
}

/// The invite of a mail that did not leave was not sent then, so it may be sent again at once.
fn unsend(tx: &mut Write<'_, '_>, mail: &Mail) -> Result<()> {
    let invite: Option<Invite> = mail.invite.map(|id| tx.get(id)).transpose()?.flatten();
    let Some(mut invite) = invite else { return Ok(()) };
    invite.sent.retain(|sent| *sent != mail.made);
    tx.put(&invite)
}

/// Takes back a mail that waits.
pub(super) fn cancel(tx: &mut Write<'_, '_>, mut mail: Mail) -> Result<()> {
    mail.state = MailState::Cancelled { at: tx.now() };
    tx.put(&mail)?;
    if is_gathered(&mail.letter) { forget(tx, mail.id) } else { Ok(()) }
}

/// The mails of an index behind one of them, or from its start if that one is not in it any more.
fn page(
    r: &Read,
    index: &'static str,
    order: Order,
    behind: Option<Id<Mail>>,
    limit: usize,
) -> Result<Vec<Mail>> {
    let last: Option<Mail> = behind.map(|id| r.get(id)).transpose()?.flatten();
    let key = last.and_then(|mail| mail.index_key().filter(|(of, _)| *of == index));
    let span = match (behind, key) {
        (Some(id), Some((_, key))) => Span::all().behind(key, id),
        _ => Span::all(),
    };
    r.records_in(index, &span, order, limit)
}

fn count(r: &Read, index: &'static str) -> Result<usize> {
    Ok(r.ids_in::<Mail>(index, &Span::all(), Order::Ascending, COUNTED + 1)?.len())
}

impl Mail {
    /// The index by which a list of mails in its state walks, and its key there.
    pub(super) fn index_key(&self) -> Option<(&'static str, Vec<u8>)> {
        match self.state {
            MailState::Waiting { not_before } => {
                let lane = [self.letter.lane()];
                Some(("mail.due", [lane.as_slice(), &time_key(not_before)].concat()))
            }
            MailState::Failed { .. } => Some(("mail.failed", Vec::new())),
            MailState::Accepted { .. } | MailState::Cancelled { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
