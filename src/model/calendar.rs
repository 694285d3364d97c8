//! Calendars: each person can let their calendar program read the days on which something is due, at an address that is
//! a secret. The store holds only its hash; the address is derived from the record with a key outside the store.
//!
//! Whoever has the address reads titles and days, and can do nothing. What stands in it is asked for anew each time,
//! by the same rule as the To-do list: `calendar/due.rs`. How it is written: `calendar/feed.rs`.

mod due;
mod feed;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::db::{Records, Write, record};
use super::firm::Firm;
use super::guest::Guest;
use super::id::Id;
use super::keys::Keys;
use super::limits::Limit;
use super::login::Who;
use super::me::say_to_clients;
use super::person::needs_portal;
use crate::error::{Error, Result};
use crate::values::Token;

/// Keeps the secrets of calendars apart from those of links.
const PURPOSE: &str = "calendar";

/// The calendar of one person. Without a record they have none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Calendar {
    /// That of the person.
    pub id: Id<Calendar>,
    /// Whose.
    pub who: Who,
    /// What the secret is derived from: another whenever the address is made anew.
    pub secret: Id<Calendar>,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// When the address was made.
    pub made: Timestamp,
}

impl Calendar {
    fn of(who: Who) -> Id<Self> {
        match who {
            Who::Staff(staff) => Id::from_bytes(staff.bytes()),
            Who::Contact(contact) => Id::from_bytes(contact.bytes()),
        }
    }

    fn token(keys: &Keys, secret: Id<Self>) -> Token {
        Token::from_bytes(keys.token(PURPOSE, secret.bytes()))
    }
}

record!(Calendar, "cf", "calendars", |calendar, rows| rows.by("calendar.hash", calendar.hash));

/// Where somebody's calendar is read.
#[derive(Clone, Debug)]
pub struct CalendarAddress {
    /// The whole address, with the secret. Only its owner may see it.
    pub url: String,
    /// When it was made.
    pub made: Timestamp,
}

/// A calendar as it is read.
#[derive(Clone, Debug)]
pub struct Feed {
    /// As RFC 5545 writes it.
    pub text: String,
    /// Another whenever the text is.
    pub tag: String,
}

impl Account {
    /// Where their calendar is read, if they have one.
    pub fn calendar(&self) -> Result<Option<CalendarAddress>> {
        let firm = self.core().firm()?;
        let calendar = self.read(|r| {
            let (login, _) = self.find(r)?;
            r.get(Calendar::of(login.who))
        })?;
        Ok(calendar.and_then(|calendar| {
            let token = Calendar::token(&self.core().keys, calendar.secret);
            // Where the key is not the one that it was made with, nobody can say the address any more.
            (token.hash() == calendar.hash).then(|| {
                let path = format!("/calendar/{}.ics", token.text());
                CalendarAddress { url: firm.public_url.join(&path), made: calendar.made }
            })
        }))
    }

    /// Makes an address. The one before, if there is one, leads nowhere from now on. Refuses contacts for whom no portal
    /// opens.
    pub async fn make_calendar(&self) -> Result<()> {
        let who = self.read(|r| Ok(self.find(r)?.0.who))?;
        self.write(move |tx| {
            let firm: Firm = tx.need(Id::MIN)?;
            who.names(tx)?.ok_or(Error::SignIn)?;
            if let Some(contact) = who.contact() {
                needs_portal(tx, contact, &firm)?;
            }
            let (id, secret, made) = (Calendar::of(who), tx.id(), tx.now());
            let what = match tx.get(id)? {
                Some(_) => {
                    "made a new secret address for their calendar, so that the old one ended"
                }
                None => "made a secret address for their calendar",
            };
            let hash = Calendar::token(tx.keys(), secret).hash();
            tx.put(&Calendar { id, who, secret, hash, made })?;
            say(tx, who, "calendar-made", what)
        })
        .await
    }

    /// Ends the address.
    pub async fn end_calendar(&self) -> Result<()> {
        let who = self.read(|r| Ok(self.find(r)?.0.who))?;
        self.write(move |tx| {
            if tx.get(Calendar::of(who))?.is_none() {
                return Ok(());
            }
            forget_calendar(tx, who)?;
            say(tx, who, "calendar-ended", "ended the secret address of their calendar")
        })
        .await
    }
}

fn say(tx: &mut Write<'_, '_>, who: Who, event: &'static str, what: &str) -> Result<()> {
    match who {
        Who::Staff(_) => tx.say(event, None, what),
        Who::Contact(contact) => say_to_clients(tx, contact, event, what),
    }
}

/// Ends the address of a person who is gone.
pub(super) fn forget_calendar(tx: &mut Write<'_, '_>, who: Who) -> Result<()> {
    tx.delete(Calendar::of(who))
}

impl Guest {
    /// What is due for whoever has this secret. What is no secret of a calendar is [`Error::NotFound`], whatever else it
    /// may be, and after many such tries [`Error::TooMany`]: a calendar program may still ask for an address that ended,
    /// so that these tries count apart from others, and hinder nobody else who asks from the same network.
    pub fn calendar(&self, secret: &str) -> Result<Feed> {
        let (core, now) = (self.core(), self.now());
        let firm = core.firm()?;
        let calendar: Option<Calendar> = match Token::parse(secret) {
            Ok(token) => core.db.read(|r| r.first_by("calendar.hash", token.hash()))?,
            Err(_) => None,
        };
        if let Some(Calendar { who, .. }) = calendar
            && let Some(due) = due::of(core, &firm, who, now)?
        {
            return Ok(feed::write(&firm, who, &due));
        }
        core.limits.spend(Limit::Calendar, &self.network(), now)?;
        Err(Error::NotFound)
    }
}

#[cfg(test)]
mod tests;
