//! How a request ends or goes on: completed by hand, opened again, taken back, due on another day, without reminders. And
//! what becomes of it when a contact leaves its client.

use jiff::Timestamp;

use super::bound::{bind_again, free_unreviewed};
use super::checked::not_over;
use super::hand_in::handed_in;
use super::review::accept;
use super::{Request, Stage, What, Whole};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Author, once_each, without};
use crate::model::id::Id;
use crate::model::notices::RequestNews;
use crate::model::recurrence::Recurrence;
use crate::values::{Day, Title};

impl Console {
    /// Completes a request by hand, whatever is missing. What was handed in counts as accepted. Gives its title.
    pub async fn complete_request(&self, request: Id<Request>) -> Result<Title> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            let mut whole = Whole::need(tx, request)?;
            let sent = match whole.request.stage {
                Stage::Sent { sent }
                | Stage::InProgress { sent }
                | Stage::HandedIn { sent, .. } => sent,
                Stage::Completed { .. } => return Ok(whole.request.title),
                Stage::Draft => return Err(Error::refused("This request was not sent yet.")),
                Stage::Withdrawn { .. } => {
                    return Err(Error::refused("This request was withdrawn."));
                }
            };
            accept(tx, &mut whole, &[], &by)?;
            free_unreviewed(tx, request)?;
            whole.request.stage = Stage::Completed { sent, at: tx.now(), by: by.clone() };
            whole.put(tx)?;
            tx.note_change(request, Some(by), What::Completed)?;
            let Request { title, client, .. } = whole.request;
            tx.say("request-completed", Some(client), format!("completed the request “{title}”"))?;
            Ok(title)
        })
        .await
    }

    /// Opens a completed request again: contacts answer what is open, and staff can send items back. With nothing open it is
    /// the firm's turn, with nothing to review ([`super::Lane::Reviewed`]). Gives its title.
    pub async fn reopen_request(&self, request: Id<Request>) -> Result<Title> {
        let (firm, by) = (self.firm()?, Author::of(self.me()));
        self.write(move |tx| {
            let mut whole = Whole::need(tx, request)?;
            let Stage::Completed { sent, .. } = whole.request.stage else {
                return Err(Error::refused("Only a completed request can be reopened."));
            };
            let theirs = whole.sheet.is_theirs();
            if theirs {
                whole.request.back_to_the_client(sent, Day::at(tx.now(), firm.zone.tz()));
            } else {
                let (at, by) = handed_in(tx, request)?.unwrap_or((tx.now(), by.clone()));
                whole.request.stage = Stage::HandedIn { sent, at, by };
            }
            whole.put(tx)?;
            bind_again(tx, &whole)?;
            tx.note_change(request, Some(by), What::Reopened)?;
            if theirs {
                tx.tell_asked(&whole.request, RequestNews::Sent)?;
            }
            let Request { title, client, .. } = whole.request;
            tx.say("request-reopened", Some(client), format!("reopened the request “{title}”"))?;
            Ok(title)
        })
        .await
    }

    /// Takes requests back: contacts see them no more among what waits. What is no longer out is passed over. Says how many
    /// were. No mail says so: there is nothing to do any more, mails that have not left yet do not, and the page says it to
    /// whoever looks.
    pub async fn withdraw_requests(&self, requests: Vec<Id<Request>>) -> Result<usize> {
        let by = Author::of(self.me());
        self.each_request(requests, move |tx, mut whole| {
            let sent = match whole.request.stage {
                Stage::Sent { sent }
                | Stage::InProgress { sent }
                | Stage::HandedIn { sent, .. } => sent,
                Stage::Draft | Stage::Completed { .. } | Stage::Withdrawn { .. } => {
                    return Ok(false);
                }
            };
            whole.request.stage = Stage::Withdrawn { sent, at: tx.now(), by: by.clone() };
            whole.put(tx)?;
            let Request { id, title, client, .. } = whole.request;
            free_unreviewed(tx, id)?;
            tx.note_change(id, Some(by.clone()), What::Withdrawn)?;
            tx.say("request-withdrawn", Some(client), format!("withdrew the request “{title}”"))?;
            Ok(true)
        })
        .await
    }

    /// Gives requests that are out another due date, or none. Says how many got one. No mail says so by itself: the To-do list
    /// shows the day at once, and reminders follow it.
    pub async fn extend_requests(
        &self,
        requests: Vec<Id<Request>>,
        due: Option<Day>,
    ) -> Result<usize> {
        let (firm, by) = (self.firm()?, Author::of(self.me()));
        let today = Day::at(self.now(), firm.zone.tz());
        not_over(due, today).map_err(|why| Error::field("due", why))?;
        self.each_request(requests, move |tx, mut whole| {
            let from = whole.request.due;
            if !whole.request.stage.is_out() || from == due {
                return Ok(false);
            }
            whole.request.due = due;
            whole.request.plan_anew(today);
            whole.put(tx)?;
            let Request { id, title, client, .. } = whole.request;
            tx.note_change(id, Some(by.clone()), What::Moved { from, to: due })?;
            let what = match due {
                Some(due) => {
                    let due = due.full(firm.date_style);
                    format!("moved the due date of the request “{title}” to {due}")
                }
                None => format!("took the due date off the request “{title}”"),
            };
            tx.say("request-moved", Some(client), what)?;
            Ok(true)
        })
        .await
    }

    /// Stops the reminders of a request, or lets them go on. What was planned for meanwhile is not made up for.
    pub async fn pause_reminders(&self, request: Id<Request>, paused: bool) -> Result<()> {
        let (firm, by) = (self.firm()?, Author::of(self.me()));
        self.write(move |tx| {
            let mut whole = Whole::need(tx, request)?;
            if !whole.request.stage.is_out() {
                return Err(Error::refused("Nobody is reminded of this request."));
            }
            let reminders = &mut whole.request.reminders;
            if reminders.paused == paused {
                return Ok(());
            }
            reminders.paused = paused;
            if !paused {
                let today = Day::at(tx.now(), firm.zone.tz());
                whole.request.reminders_from(today);
            }
            whole.put(tx)?;
            tx.note_change(request, Some(by), What::Paused { paused })?;
            let verb = if paused { "stopped" } else { "resumed" };
            let Request { title, client, .. } = whole.request;
            let what = format!("{verb} the reminders of the request “{title}”");
            tx.say("request-reminders-paused", Some(client), what)
        })
        .await
    }

    /// One command over several requests. What does not exist any more is passed over.
    async fn each_request(
        &self,
        requests: Vec<Id<Request>>,
        mut change: impl FnMut(&mut Write<'_, '_>, Whole) -> Result<bool> + Send + 'static,
    ) -> Result<usize> {
        self.write(move |tx| {
            let mut changed = 0;
            for id in once_each(&requests) {
                if let Some(request) = tx.get(id)? {
                    let whole = Whole::of(tx, request)?;
                    changed += usize::from(change(tx, whole)?);
                }
            }
            Ok(changed)
        })
        .await
    }
}

impl Request {
    /// Plans reminders for another due date, or by another rule: all that would have come before today is too late and not
    /// made up for, and no day stays taken out. What was sent still counts.
    pub(in crate::model) fn plan_anew(&mut self, today: Day) {
        self.reminders.skipped.clear();
        self.reminders_from(today);
    }

    /// Reminders go on from this day, with it, unless one of this day was sent already.
    fn reminders_from(&mut self, today: Day) {
        let (yesterday, plan) = (today.plus_days(-1), &mut self.reminders);
        let done = plan.done_until.map_or(yesterday, |done| done.clamp(yesterday, today));
        plan.done_until = Some(done);
    }

    /// It is the client's turn again, who is told of that today and needs no reminder beside it.
    pub(super) fn back_to_the_client(&mut self, sent: Timestamp, today: Day) {
        self.stage = Stage::InProgress { sent };
        self.reminders.done_until = self.reminders.done_until.max(Some(today));
    }
}

/// Takes somebody who is none of a client's contacts any more out of what is asked there.
pub(in crate::model) fn drop_from_requests(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    contact: Id<Contact>,
) -> Result<()> {
    let key = [client.bytes(), contact.bytes()].concat();
    for request in tx.by::<Request>("request.named", &key, usize::MAX)? {
        let audience = without(request.audience.clone(), contact);
        tx.put(&Request { audience, ..request })?;
    }
    for recurrence in tx.by::<Recurrence>("recurrence.named", &key, usize::MAX)? {
        let audience = without(recurrence.audience.clone(), contact);
        // Without anybody to ask it rests until somebody chooses whom.
        let paused = recurrence.paused || audience == Audience::Firm;
        tx.put(&Recurrence { audience, paused, ..recurrence })?;
    }
    Ok(())
}

/// Everything that a client was asked, for a client that is erased.
pub(in crate::model) fn erase_requests(tx: &mut Write<'_, '_>, client: Id<Client>) -> Result<()> {
    for request in tx.ids_by::<Request>("request.client", client, usize::MAX)? {
        super::draft::delete_request(tx, request)?;
    }
    for recurrence in tx.ids_by::<Recurrence>("recurrence.client", client, usize::MAX)? {
        tx.delete(recurrence)?;
    }
    Ok(())
}
