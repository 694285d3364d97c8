//! What the outbox job asks of the model: which mails are due, what one needs to be handed over, and what became of it.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::activity::By;
use super::client::Client;
use super::db::{Change, Order, Read, Record, Records, Span, Write, time_key};
use super::id::Id;
use super::in_hand::InHand;
use super::invite::{Invite, Invitee};
use super::inviting::client_of;
use super::link::{Link, Purpose};
use super::notices::{EndableMails, Gathered, gather, is_gathered, nothing_left, told};
use super::outbox::{Answer, LANES, Letter, Mail, MailState, NewMail};
use super::staff::Staff;
use super::system::{Paused, System};
use crate::error::Result;
use crate::values::{Email, Secret};

/// Waits after the first tries, in minutes. After that it is tried every four hours.
const FIRST_WAITS: [i64; 5] = [1, 5, 15, 60, 120];
/// All later waits.
const LATER_WAITS: SignedDuration = SignedDuration::from_hours(4);
/// The last try is two days after the first: 3 h 21 min, and eleven times four hours.
const TRIES: u32 = 17;
/// What a mail is told whose link has ended: nobody can use it any more.
const STALE: &str = "Not sent, because the link in it had ended before it could leave.";

/// A mail that may be handed over now, with what its row never holds.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The row.
    pub mail: Mail,
    /// The links of its letter that still work, in the order of the text.
    pub links: Vec<MailLink>,
    /// In whose name it goes; none for the firm's own.
    pub sender: Option<Sender>,
    /// Where its reader ends mails like it without logging in, if they can: the whole address.
    pub unsubscribe: Option<Secret<String>>,
    /// What it tells of files or requests, if that is what it does. Goes back with [`Outcome::Accepted`].
    pub tells: Option<Box<Gathered>>,
}

/// Whose name stands before "at FIRM", and who gets the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Full name.
    pub name: String,
    /// Where answers go.
    pub email: Email,
}

/// A secret link as the mail carries it.
#[derive(Clone, Debug)]
pub struct MailLink {
    /// Which one.
    pub id: Id<Link>,
    /// The whole address.
    pub url: Secret<String>,
    /// What can be typed at `/join` instead, for invites.
    pub code: Option<Secret<String>>,
}

/// What a look at a due mail found.
#[derive(Clone, Debug)]
pub enum HandOver {
    /// It may go.
    Ready(Box<Ready>),
    /// Its link has ended meanwhile, or nothing of what it was to tell is left; record [`Outcome::Stale`].
    Stale,
    /// It is not due any more: taken back, or sent.
    Gone,
}

/// What became of a mail that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Accepted {
        /// Its words.
        words: String,
        /// What it told: see [`Ready::tells`].
        told: Option<Box<Gathered>>,
    },
    /// Not now, or nobody knows: try again later.
    Later {
        /// In plain language, with what to do.
        plain: String,
        /// The server's words.
        words: String,
    },
    /// Never.
    Refused {
        /// In plain language, with what to do.
        plain: String,
        /// The server's words.
        words: String,
    },
    /// It was not handed over, because its link has ended, or nothing was left to tell.
    Stale,
}

/// How long to wait after so many tries; none when it was tried for two days.
fn back_off(tries: u32) -> Option<SignedDuration> {
    if tries >= TRIES {
        return None;
    }
    let first =
        usize::try_from(tries).ok().and_then(|tries| FIRST_WAITS.get(tries.saturating_sub(1)));
    Some(first.map_or(LATER_WAITS, |minutes| SignedDuration::from_mins(*minutes)))
}

impl System {
    /// Rung when a mail was queued, or when mails may leave again.
    #[must_use]
    pub fn outbox_bell(&self) -> Arc<Notify> {
        self.core().outbox.clone()
    }

    /// How long a job may sleep before it looks at the time again.
    #[must_use]
    pub fn longest_sleep(&self) -> std::time::Duration {
        self.core().clock.longest_sleep()
    }

    /// The mails that are being handed over or taken back.
    #[must_use]
    pub fn in_hand(&self) -> InHand {
        self.core().in_hand.clone()
    }

    /// At most `limit` mails that are due, without those that are in hand already, the longest due first. What people
    /// wait for at the screen is among them, however many others are due for longer.
    pub fn due_mails(&self, limit: usize) -> Result<Vec<Id<Mail>>> {
        let (now, in_hand) = (time_key(self.now()), &self.core().in_hand);
        if self.core().hold().is_some() {
            return Ok(Vec::new());
        }
        let mut due = Vec::new();
        self.core().db.read(|r| {
            for lane in LANES {
                let span = Span::prefix([lane]);
                r.walk_index::<Mail>("mail.due", &span, Order::Ascending, |key, id| {
                    let time = key[1..].to_vec();
                    if time.as_slice() > now.as_slice() || due.len() >= limit {
                        return ControlFlow::Break(());
                    }
                    if !in_hand.has(id) {
                        due.push((time, id));
                    }
                    ControlFlow::Continue(())
                })?;
            }
            Ok(())
        })?;
        due.sort();
        Ok(due.into_iter().map(|(_, id)| id).collect())
    }

    /// When the next mail that is not in hand becomes due; none if none waits.
    pub fn next_due(&self) -> Result<Option<Timestamp>> {
        if self.core().hold().is_some() {
            return Ok(None);
        }
        let in_hand = &self.core().in_hand;
        self.core().db.read(|r| {
            let mut next = None;
            for lane in LANES {
                let mut first = None;
                let span = Span::prefix([lane]);
                r.walk_index::<Mail>("mail.due", &span, Order::Ascending, |_, id| {
                    first = Some(id).filter(|id| !in_hand.has(*id));
                    if first.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                })?;
                let mail: Option<Mail> = first.map(|id| r.get(id)).transpose()?.flatten();
                next = match (mail.map(|mail| mail.state), next) {
                    (Some(MailState::Waiting { not_before }), Some(next)) => {
                        Some(not_before.min(next))
                    }
                    (Some(MailState::Waiting { not_before }), None) => Some(not_before),
                    _ => next,
                };
            }
            Ok(next)
        })
    }

    /// Looks at a due mail, which is in hand, at the moment it is handed over, so that one taken back a moment ago does
    /// not leave.
    pub fn hand_over(&self, id: Id<Mail>) -> Result<HandOver> {
        let (now, core) = (self.now(), self.core());
        let firm = core.firm()?;
        core.db.read(|r| {
            let Some(mut mail): Option<Mail> = r.get(id)? else { return Ok(HandOver::Gone) };
            match mail.state {
                MailState::Waiting { not_before } if not_before <= now => {}
                _ => return Ok(HandOver::Gone),
            }
            let tells = match is_gathered(&mail.letter) {
                true => match gather(r, &mail, now)? {
                    Some(tells) => Some(Box::new(tells)),
                    None => return Ok(HandOver::Stale),
                },
                false => None,
            };
            if let Some(tells) = &tells {
                mail.letter = tells.letter.clone();
                mail.to = tells.to.clone();
            }
            let links = working_links(r, &mail.letter, now)?;
            if links.is_empty() && !mail.letter.links().is_empty() {
                return Ok(HandOver::Stale);
            }
            let links = links.iter().map(|link| MailLink {
                id: link.id,
                url: Secret::new(firm.public_url.join(&link.path(&core.keys))),
                code: link.code.map(|_| Secret::new(link.typed_code(&core.keys).shown())),
            });
            let endable =
                tells.as_ref().and_then(|tells| EndableMails::of(&tells.letter, tells.reader));
            let unsubscribe =
                endable.map(|mails| Secret::new(firm.public_url.join(&mails.path(&core.keys))));
            Ok(HandOver::Ready(Box::new(Ready {
                links: links.collect(),
                unsubscribe,
                sender: sender(r, &mail)?,
                tells,
                mail,
            })))
        })
    }

    /// Writes down what became of mails, all in one commit. What a server took stays accepted even if it was taken
    /// back in the same instant; what was taken back is not tried again.
    pub async fn record(&self, outcomes: Vec<(Id<Mail>, Outcome)>) -> Result<()> {
        let record = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("what was delivered stands in the outbox; a failure is said below");
            for (id, outcome) in outcomes {
                if let Some(mail) = tx.get(id)? {
                    settle(tx, mail, outcome)?;
                }
            }
            Ok(())
        };
        self.core().db.write(By::SYSTEM, record).await
    }

    /// Why no mail leaves at present, if the mail server stands in the way.
    #[must_use]
    pub fn paused(&self) -> Option<Paused> {
        self.core().paused.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps all mails until the next try, and says why. `at` is the mail it was noticed with: whoever looks at it, or
    /// at the outbox, sees it at once.
    pub fn pause(&self, paused: Paused, at: Id<Mail>) {
        *self.core().paused.write().unwrap_or_else(PoisonError::into_inner) = Some(paused);
        self.core().live.publish(&[Change { table: Mail::TABLE, id: at.bytes() }]);
    }

    /// The mail server takes mails again.
    pub fn resume(&self) {
        self.core().resume_mails();
    }
}

impl super::core::Core {
    /// Ends the pause and wakes the outbox job.
    pub(super) fn resume_mails(&self) {
        let was = self.paused.write().unwrap_or_else(PoisonError::into_inner).take();
        if was.is_some() {
            self.live.publish(&[Change { table: Mail::TABLE, id: Id::<Mail>::MIN.bytes() }]);
        }
        self.outbox.notify_one();
    }
}

impl Link {
    /// The path of its page, with its token.
    fn path(&self, keys: &super::keys::Keys) -> String {
        let page = match self.purpose {
            Purpose::Invite(_) => "invite",
            Purpose::Reset(_) | Purpose::Recover(_) => "reset",
            Purpose::Address { .. } => "verify-address",
            // Never mailed: it lives on the log-in page.
            Purpose::Choice(_) => "login",
        };
        format!("/{page}/{}", self.token(keys).text())
    }
}

/// The links of a letter that are still good for something.
fn working_links(r: &Read, letter: &Letter, now: Timestamp) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for id in letter.links() {
        let Some(link) = r.get::<Link>(id)? else { continue };
        let expires = match link.purpose {
            // Sent again, it may have been given more time than its older links say.
            Purpose::Invite(invite) => {
                r.get::<Invite>(invite)?.map_or(link.expires, |invite: Invite| invite.expires)
            }
            _ => link.expires,
        };
        if now < expires {
            links.push(link);
        }
    }
    Ok(links)
}

/// In whose name a mail goes. Somebody who has left is not asked any more.
pub(super) fn sender(r: &impl Records, mail: &Mail) -> Result<Option<Sender>> {
    let staff: Option<Staff> = mail.from.map(|id| r.get(id)).transpose()?.flatten();
    Ok(staff
        .filter(Staff::active)
        .map(|staff| Sender { name: staff.name.to_string(), email: staff.email }))
}

fn settle(tx: &mut Write<'_, '_>, mut mail: Mail, outcome: Outcome) -> Result<()> {
    let at = tx.now();
    let waits = matches!(mail.state, MailState::Waiting { .. });
    let answer = |plain: String, words: String| Some(Answer { at, plain, words });
    match outcome {
        Outcome::Accepted { words, told: said } => {
            mail.tries += 1;
            mail.state = MailState::Accepted { at };
            mail.last = answer("The mail server took it.".into(), words);
            return match said {
                Some(said) => told(tx, mail, *said),
                None => tx.put(&mail),
            };
        }
        _ if !waits => return Ok(()),
        Outcome::Stale if is_gathered(&mail.letter) => return nothing_left(tx, mail),
        Outcome::Later { plain, words } => {
            mail.tries += 1;
            mail.last = answer(plain, words);
            if let Some(wait) = back_off(mail.tries) {
                mail.state = MailState::Waiting { not_before: at + wait };
                return tx.put(&mail);
            }
        }
        Outcome::Refused { plain, words } => {
            mail.tries += 1;
            mail.last = answer(plain, words);
        }
        Outcome::Stale => mail.last = answer(STALE.into(), String::new()),
    }
    mail.state = MailState::Failed { at };
    tx.put(&mail)?;
    tell_of_failure(tx, &mail)
}

/// The activity says so, and whoever invited hears of it at once.
fn tell_of_failure(tx: &mut Write<'_, '_>, mail: &Mail) -> Result<()> {
    let why = mail.last.as_ref().map(|answer| answer.plain.clone()).unwrap_or_default();
    let invite: Option<Invite> = mail.invite.map(|id| tx.get(id)).transpose()?.flatten();
    let client = invite.as_ref().and_then(client_of);
    let what = match mail.to_name.as_str() {
        "" => format!("could not deliver a mail to {}. {why}", mail.to),
        name => format!("could not deliver a mail to {name} at {}. {why}", mail.to),
    };
    tx.say("mail-failed", client, what)?;
    match invite {
        Some(invite) => tell_inviter(tx, &invite, mail, why),
        None => Ok(()),
    }
}

fn tell_inviter(tx: &mut Write<'_, '_>, invite: &Invite, mail: &Mail, why: String) -> Result<()> {
    let staff: Option<Staff> = tx.get(invite.by)?;
    let Some(staff) = staff.filter(|staff| staff.active() && staff.notices.bounced) else {
        return Ok(());
    };
    let (client, path) = match invite.to {
        Invitee::Contact { client, .. } => {
            let name = tx.get::<Client>(client)?.map(|client| client.name.to_string());
            (name.unwrap_or_default(), format!("/console/clients/{client}/contacts"))
        }
        Invitee::Staff { .. } => (String::new(), "/console/team".into()),
    };
    tx.mail(NewMail {
        letter: Letter::InviteBounced {
            first_name: staff.first_name().to_owned(),
            contact: mail.to_name.clone(),
            client,
            why,
            path,
        },
        to: staff.email.clone(),
        to_name: staff.name.to_string(),
        from: None,
        contact: None,
        invite: None,
        not_before: tx.now(),
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
