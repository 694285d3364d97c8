//! Undo: for a few seconds after a send, it can be as if it had never been.

use jiff::Timestamp;

use super::offer::{client_of, pending, whom};
use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::ending::end_invite;
use crate::model::id::Id;
use crate::model::in_hand::BEING_HANDED_OVER;
use crate::model::invite::{Invite, InviteState};
use crate::model::mailroom::cancel;
use crate::model::outbox::{Mail, MailState};

impl Mail {
    /// Until when it can be undone. Once its time has come it may be on its way, whatever its row says yet.
    pub(in crate::model) fn undo_until(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            MailState::Waiting { not_before } if self.tries == 0 && now < not_before => {
                Some(not_before)
            }
            _ => None,
        }
    }
}

impl Console {
    /// Takes back the mail that still waits for it. Of an invite sent again, the earlier mails and their links stay. One
    /// without an earlier mail is as if it had never been, and an invite to another address that it had replaced is
    /// open again.
    pub async fn undo_invite(&self, invite: Id<Invite>) -> Result<()> {
        let (me, in_hand) = (self.me().clone(), self.core().in_hand.clone());
        let held = self.write(move |tx| {
            let mut invite = pending(tx, &me, invite)?;
            let mut mails: Vec<Mail> = tx.by("mail.invite", invite.id, usize::MAX)?;
            mails.retain(|mail| !matches!(mail.state, MailState::Cancelled { .. }));
            let now = tx.now();
            let Some(at) = mails.iter().rposition(|mail| mail.undo_until(now).is_some()) else {
                return Err(Error::refused(
                    "The time for Undo is over. Revoke the invite to recall it.",
                ));
            };
            let mail = mails.remove(at);
            let held = in_hand.take(mail.id).ok_or_else(|| Error::refused(BEING_HANDED_OVER))?;
            invite.sent.retain(|sent| *sent != mail.made);
            let what = format!("took back the invite to {} before it left", whom(tx, &invite)?);
            tx.say("invite-undone", client_of(&invite), what)?;
            cancel(tx, mail)?;
            if mails.is_empty() { withdraw(tx, invite) } else { tx.put(&invite) }?;
            Ok(held)
        });
        // Only once this is on disk may the outbox look at the mail again.
        held.await.map(drop)
    }
}

/// Ends an invite of which no mail has left, and opens the one that it had replaced.
fn withdraw(tx: &mut Write<'_, '_>, mut invite: Invite) -> Result<()> {
    let now = tx.now();
    end_invite(tx, &mut invite, InviteState::Revoked { at: now })?;
    let before: Option<Invite> = invite.replaces.map(|id| tx.get(id)).transpose()?.flatten();
    let Some(mut before) = before else { return Ok(()) };
    let InviteState::Replaced { at } = before.state else { return Ok(()) };
    before.state = InviteState::Pending;
    tx.put(&before)?;
    // Its mails that had not left were taken back in the moment in which it was replaced.
    for mut mail in tx.by::<Mail>("mail.invite", before.id, usize::MAX)? {
        if mail.state == (MailState::Cancelled { at }) {
            mail.state = MailState::Waiting { not_before: now };
            tx.put(&mail)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
