//! Reminders that staff asked for in the quiet hours: they wait for the morning, and can be taken back until then.

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::Records;
use crate::model::file::Author;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::mailroom::cancel;
use crate::model::membership::Membership;
use crate::model::notices::{Notice, reminders_of};
use crate::model::outbox::{Mail, MailState};
use crate::model::request::{Request, What};

/// A reminder that is made, and has not left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingReminder {
    /// Who gets it, by name.
    pub whom: Vec<String>,
    /// When the first of its mails leaves.
    pub leaves: Timestamp,
}

/// What waits to remind one contact.
struct Waiting {
    name: String,
    notice: Id<Notice>,
    mail: Mail,
    leaves: Timestamp,
}

/// The mails that wait for their hour to remind of a request. One that was tried already is the mail server's matter.
fn waiting(r: &impl Records, request: &Request, now: Timestamp) -> Result<Vec<Waiting>> {
    let mut waiting = Vec::new();
    for tie in r.by::<Membership>("membership.client", request.client, usize::MAX)? {
        for notice in reminders_of(r, Who::Contact(tie.contact), request.id)? {
            let Some(mail): Option<Mail> = r.get(notice.mail)? else { continue };
            let MailState::Waiting { not_before: leaves } = mail.state else { continue };
            if leaves > now && mail.tries == 0 {
                let contact: Contact = r.need(tie.contact)?;
                let name = contact.full_name();
                waiting.push(Waiting { name, notice: notice.id, mail, leaves });
            }
        }
    }
    waiting.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(waiting)
}

/// The reminder of a request that waits for the quiet hours to end.
pub(in crate::model::request) fn waiting_reminder(
    r: &impl Records,
    request: &Request,
    now: Timestamp,
) -> Result<Option<WaitingReminder>> {
    let waiting = waiting(r, request, now)?;
    let leaves = waiting.iter().map(|one| one.leaves).min();
    let whom = waiting.into_iter().map(|one| one.name).collect();
    Ok(leaves.map(|leaves| WaitingReminder { whom, leaves }))
}

impl Console {
    /// Takes back the reminder of a request that waits for the quiet hours to end. Gives whom a mail still reminds of other
    /// requests: it lists all that waits.
    pub async fn take_back_reminder(&self, id: Id<Request>) -> Result<Vec<String>> {
        let (me, in_hand) = (Author::of(self.me()), self.core().in_hand.clone());
        let take_back = self.write(move |tx| {
            let request: Request = tx.need(id)?;
            let (mut whom, mut still, mut held) = (Vec::new(), Vec::new(), Vec::new());
            for one in waiting(tx, &request, tx.now())? {
                let hand = in_hand.take(one.mail.id);
                held.push(hand.ok_or_else(|| {
                    Error::refused("The reminder is being handed over at this moment.")
                })?);
                tx.delete(one.notice)?;
                match tx.ids_by::<Notice>("notice.mail", one.mail.id, 1)?.is_empty() {
                    true => cancel(tx, one.mail)?,
                    false => still.push(one.name.clone()),
                }
                whom.push(one.name);
            }
            if whom.is_empty() {
                return Err(Error::refused("No reminder waits any more: it has left."));
            }
            let said = format!("took back the reminder of “{}”", request.title);
            tx.note_change(id, Some(me), What::TakenBack { whom })?;
            tx.say("reminder-skipped", Some(request.client), said)?;
            Ok((held, still))
        });
        // Only once this is on disk may the worker look at the mails again.
        take_back.await.map(|(_held, still)| still)
    }
}
