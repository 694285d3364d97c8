//! Activity: the append-only record of who did what, when and from where. Written in the transaction that did it, and
//! sealed with a hash of the entry before it (`chain.rs`), so that `anteroom check` can tell whether one was changed or
//! removed.

pub(super) mod chain;

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::console::Console;
use super::contact::Contact;
use super::db::{Order, Records, Span, Write, record};
use super::id::Id;
use super::staff::Staff;
use crate::error::Result;
use crate::values::ClientName;
pub use chain::Seal;
use chain::{HEAD, Head, Words};

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A job of the server.
    System,
    /// Somebody nobody has recognised: a page before log-in.
    Guest,
    /// Whoever has a shell on the machine.
    Terminal,
    /// A member of staff.
    Staff(Id<Staff>),
    /// A contact, in the portal.
    Contact(Id<Contact>),
}

/// Who does something, and from which network address. Travels with each command.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// The client's address as far as it is known.
    pub from: Option<IpAddr>,
}

impl By {
    /// A job of the server itself.
    pub const SYSTEM: Self = Self { actor: Actor::System, from: None };
    /// A verb typed on the machine.
    pub const TERMINAL: Self = Self { actor: Actor::Terminal, from: None };

    /// A stranger's request.
    pub const fn guest(from: Option<IpAddr>) -> Self {
        Self { actor: Actor::Guest, from }
    }
}

/// One entry. Never changed, never deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Time-ordered.
    pub id: Id<Entry>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// From which network address, where there was one.
    pub from: Option<IpAddr>,
    /// The client it is about; its record lists it.
    pub client: Option<Id<Client>>,
    /// What, as a whole sentence without its subject: "invited Naomi Marlow at naomi@marlow.example".
    pub what: String,
    /// The kind of event, for filters and scripts: `invite-sent`.
    pub event: String,
    /// Its place in the order of writing, from 1 on. Times may go back; this does not.
    pub seq: u64,
    /// The seal over this entry and the one before it.
    pub chain: Seal,
}

impl Entry {
    /// The seal it must have behind an entry with the other.
    pub(super) fn sealed_behind(&self, before: Seal) -> Seal {
        let (id, actor) = (self.id.to_string(), self.actor.to_string());
        let from = self.from.map(|from| from.to_string());
        let client = self.client.map(|client| client.to_string());
        let words = Words {
            seq: self.seq,
            id: &id,
            at: self.at.as_nanosecond(),
            actor: &actor,
            from: from.as_deref(),
            client: client.as_deref(),
            event: &self.event,
            what: &self.what,
        };
        words.seal(before)
    }
}

/// How the seal of an entry names them.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Guest => f.write_str("guest"),
            Self::Terminal => f.write_str("terminal"),
            Self::Staff(id) => id.fmt(f),
            Self::Contact(id) => id.fmt(f),
        }
    }
}

record!(Entry, "ac", "activity", |entry, rows| {
    if let Some(client) = entry.client {
        rows.by("activity.client", client.bytes());
    }
});

impl Write<'_, '_> {
    /// Notes what this command did. `event` is a fixed name, `what` reads after the actor's name.
    pub(super) fn say(
        &mut self,
        event: &'static str,
        client: Option<Id<Client>>,
        what: impl Into<String>,
    ) -> Result<()> {
        self.mark_said();
        let (id, at, By { actor, from }) = (self.id(), self.now(), *self.who());
        let (what, event) = (what.into(), event.into());
        self.enter(Entry {
            id,
            at,
            actor,
            from,
            client,
            what,
            event,
            seq: 0,
            chain: Seal::default(),
        })
    }

    /// Notes what somebody did at a time that is made up. [`Write::say`] notes what happens now.
    pub(super) fn say_of(
        &mut self,
        (actor, at): (Actor, Timestamp),
        client: Option<Id<Client>>,
        event: &str,
        what: String,
    ) -> Result<()> {
        let (id, event) = (Id::fresh(at), event.into());
        let (from, chain) = (None, Seal::default());
        self.enter(Entry { id, at, actor, from, client, what, event, seq: 0, chain })
    }

    /// Gives an entry its place behind all others, and its seal.
    fn enter(&mut self, mut entry: Entry) -> Result<()> {
        let last = Head::read(self.fact(HEAD)?.as_deref())?;
        entry.seq = last.seq + 1;
        entry.chain = entry.sealed_behind(last.seal);
        self.set_fact(HEAD, Head { seq: entry.seq, seal: entry.chain }.bytes());
        self.add(&entry)
    }
}

/// An entry with the names behind its ids.
#[derive(Clone, Debug)]
pub struct ActivityEntry {
    /// The entry.
    pub entry: Entry,
    /// Who did it, as pages write it.
    pub actor: String,
    /// Whether a person did it, who has a picture.
    pub person: bool,
    /// The name of the client it is about.
    pub client: Option<ClientName>,
}

/// A page of the activity, newest first.
#[derive(Clone, Debug)]
pub struct ActivityList {
    /// The entries.
    pub entries: Vec<ActivityEntry>,
    /// Where the next page begins, if there is one: it shows what is older than this.
    pub next: Option<Id<Entry>>,
}

impl Console {
    /// What was done, newest first: at most `limit` entries older than `before`, of one client or of all.
    pub fn activity(
        &self,
        client: Option<Id<Client>>,
        before: Option<Id<Entry>>,
        limit: usize,
    ) -> Result<ActivityList> {
        self.read(|r| {
            let mut entries = match client {
                None => r.all_reverse_from(before, limit + 1)?,
                Some(client) => of_client(r, client, before, limit + 1)?,
            };
            let more = entries.len() > limit;
            entries.truncate(limit);
            let next = entries.last().filter(|_| more).map(|entry: &Entry| entry.id);
            let entries =
                entries.into_iter().map(|entry| named(r, entry)).collect::<Result<_>>()?;
            Ok(ActivityList { entries, next })
        })
    }
}

fn of_client(
    r: &impl Records,
    client: Id<Client>,
    before: Option<Id<Entry>>,
    limit: usize,
) -> Result<Vec<Entry>> {
    let span = Span::prefix(client);
    let span = match before {
        Some(before) => span.behind(client, before),
        None => span,
    };
    r.records_in("activity.client", &span, Order::Descending, limit)
}

fn named(r: &impl Records, entry: Entry) -> Result<ActivityEntry> {
    let name = match entry.actor {
        Actor::System => Some("The server".to_owned()),
        Actor::Guest => Some("Somebody not logged in".to_owned()),
        Actor::Terminal => Some("The server's terminal".to_owned()),
        Actor::Staff(id) => r.get(id)?.map(|staff: Staff| staff.name.to_string()),
        Actor::Contact(id) => r.get(id)?.map(|contact: Contact| contact.full_name()),
    };
    let client: Option<Client> = entry.client.map(|id| r.get(id)).transpose()?.flatten();
    Ok(ActivityEntry {
        person: matches!(entry.actor, Actor::Staff(_) | Actor::Contact(_)) && name.is_some(),
        actor: name.unwrap_or_else(|| "Somebody who was removed".into()),
        client: client.map(|client| client.name),
        entry,
    })
}
