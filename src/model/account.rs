//! What everybody can do about their own log-in: password, devices, address. The same for staff and contacts.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::activity::By;
use super::console::Console;
use super::core::Core;
use super::db::{Read, Records, Write};
use super::id::Id;
use super::link::end_links;
use super::login::{Login, Names, hash_chosen, still};
use super::once::carried_out;
use super::person::Person;
use super::reset::tell_password_changed;
use super::session::{Session, end_sessions};
use crate::error::{Error, Result};
use crate::values::{Email, browser};

/// One's own log-in, from one's own door.
pub struct Account {
    core: Arc<Core>,
    login: Id<Login>,
    session: Id<Session>,
    by: By,
}

/// A browser that is logged in.
#[derive(Clone, Debug)]
pub struct Device {
    /// Names it when it is to be logged out.
    pub id: Id<Session>,
    /// "Firefox on Windows".
    pub name: String,
    /// From which network address they logged in.
    pub from: Option<IpAddr>,
    /// When they logged in.
    pub since: Timestamp,
    /// When it last asked for a page, to the minute.
    pub seen: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Person {
    /// Their own log-in.
    #[must_use]
    pub fn account(&self) -> Account {
        let core = self.core().clone();
        Account { core, login: self.login(), session: self.session(), by: self.by() }
    }
}

impl Console {
    /// Their own log-in.
    #[must_use]
    pub fn account(&self) -> Account {
        let core = self.core().clone();
        Account { core, login: self.login(), session: self.session(), by: self.by() }
    }
}

impl Account {
    /// The address they log in with.
    pub fn address(&self) -> Result<Email> {
        Ok(self.read(|r| self.find(r))?.0.address)
    }

    /// Stores a new password. This browser stays logged in, all others are out, and links on their way have ended.
    /// `once` makes twenty clicks one.
    pub async fn change_password(&self, current: &str, new: &str, once: &str) -> Result<()> {
        if self.carried_out(once)? {
            return Ok(());
        }
        let (login, names) = self.read(|r| self.find(r))?;
        self.prove(&login, "current", current).await?;
        let hash = hash_chosen(&self.core, "new", new, &names, &login.address).await?;
        let (keep, once) = (self.session, once.to_owned());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let mut login = unchanged(tx, login)?;
                login.password = hash;
                tx.put(&login)?;
                end_sessions(tx, login.id, Some(keep))?;
                end_links(tx, login.id)?;
                tell_password_changed(tx, &login, names)?;
                tx.say("password-changed", None, "changed their password")
            })
        })
        .await
    }

    /// The browsers that are logged in: this one first, then the one last used.
    pub fn devices(&self) -> Result<Vec<Device>> {
        let now = self.core.clock.now();
        let sessions: Vec<Session> =
            self.read(|r| r.by("session.login", self.login, usize::MAX))?;
        let used = self.core.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut devices: Vec<Device> = sessions
            .into_iter()
            .map(|session| {
                let seen = used.get(&session.id).map_or(session.seen, |at| session.seen.max(*at));
                (session, seen)
            })
            .filter(|(session, seen)| session.alive(*seen, now))
            .map(|(session, seen)| Device {
                id: session.id,
                name: browser(&session.agent),
                from: session.from,
                since: session.since,
                seen,
                current: session.id == self.session,
            })
            .collect();
        devices.sort_by_key(|device| (!device.current, std::cmp::Reverse(device.seen)));
        Ok(devices)
    }

    /// Logs one of the browsers out.
    pub async fn end_session(&self, id: Id<Session>) -> Result<()> {
        let login = self.login;
        self.write(move |tx| {
            let session: Session = tx.need(id)?;
            if session.login != login {
                return Err(Error::NotFound);
            }
            tx.delete(id)?;
            let what = format!("logged out {} from afar", browser(&session.agent));
            tx.say("session-ended", None, what)
        })
        .await
    }

    /// Logs all other browsers out, and says how many there were.
    pub async fn end_other_sessions(&self) -> Result<usize> {
        let (login, keep) = (self.login, self.session);
        self.write(move |tx| {
            let ended = end_sessions(tx, login, Some(keep))?;
            if ended > 0 {
                tx.say("sessions-ended", None, "logged out all their other devices")?;
            }
            Ok(ended)
        })
        .await
    }

    /// The login and its owner; [`Error::SignIn`] if either has gone since the door was opened.
    pub(super) fn find(&self, r: &impl Records) -> Result<(Login, Names)> {
        let login: Login = r.get(self.login)?.ok_or(Error::SignIn)?;
        let names = login.who.names(r)?.ok_or(Error::SignIn)?;
        Ok((login, names))
    }

    /// Whether a form with this hidden value was already carried out.
    pub(super) fn carried_out(&self, once: &str) -> Result<bool> {
        self.read(|r| carried_out(r, self.by.actor, once))
    }

    /// That whoever sits at this browser knows the password. Wrong guesses count as they do at the log-in.
    pub(super) async fn prove(
        &self,
        login: &Login,
        field: &'static str,
        typed: &str,
    ) -> Result<()> {
        if typed.is_empty() {
            return Err(Error::field(field, "Type your password"));
        }
        let (account, logins) = (login.address.key(), vec![login.clone()]);
        match self.core.try_password(&account, self.by.from, typed, logins).await?.is_empty() {
            true => Err(Error::field(field, "This is not your password.")),
            false => Ok(()),
        }
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        self.core.db.read(look)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.core.db.write(self.by, command).await
    }
}

/// The login as it is now, if its password is still the one that was proved.
pub(super) fn unchanged(tx: &Write<'_, '_>, proved: Login) -> Result<Login> {
    match still(tx, &proved)? {
        Some(login) => Ok(login),
        None if tx.get(proved.id)?.is_none() => Err(Error::SignIn),
        None => {
            Err(Error::refused("Your password was changed a moment ago. Log in with the new one."))
        }
    }
}

#[cfg(test)]
mod tests;
