//! The outer door: what anyone on the internet may do. The other doors open from here, with a credential.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::activity::By;
use super::client::Client;
use super::console::Console;
use super::core::Core;
use super::db::Records;
use super::firm::Firm;
use super::id::Id;
use super::login::Who;
use super::person::Person;
use super::portal::Portal;
use super::session::Session;
use crate::error::{Error, Result};
use crate::values::{Token, limit_key};

/// Anyone on the internet, at one network address.
#[derive(Clone)]
pub struct Guest {
    core: Arc<Core>,
    from: Option<IpAddr>,
    /// Requests that a page makes by itself are no use of the session.
    peeks: bool,
}

impl Guest {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, from: None, peeks: false }
    }

    /// The same door for a request from this address.
    #[must_use]
    pub fn at(&self, from: IpAddr) -> Self {
        Self { from: Some(from), ..self.clone() }
    }

    /// The same door for a request that nobody made: an open page looks whether it is still true. The session is
    /// checked as ever, but not noted as used, so that a page left open does not keep anybody logged in.
    #[must_use]
    pub fn peeking(&self) -> Self {
        Self { peeks: true, ..self.clone() }
    }

    /// Whether set-up is done.
    pub fn has_firm(&self) -> Result<bool> {
        self.core.has_firm()
    }

    /// What everybody may know of the firm; [`Error::NotFound`] before set-up.
    pub fn firm(&self) -> Result<Arc<Firm>> {
        self.core.firm()
    }

    /// The time, for pages that say how long ago something was.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// Who holds this cookie; [`Error::SignIn`] when nobody does any more.
    pub fn who(&self, cookie: &str) -> Result<Who> {
        Ok(self.session(cookie)?.who)
    }

    /// The console, for a member of staff. A contact is told that there is nothing here.
    pub fn console(&self, cookie: &str) -> Result<Console> {
        let session = self.session(cookie)?;
        let Who::Staff(staff) = session.who else { return Err(Error::NotFound) };
        Console::enter(self.core.clone(), &session, staff, self.from)
    }

    /// A contact, without a client chosen.
    pub fn person(&self, cookie: &str) -> Result<Person> {
        let session = self.session(cookie)?;
        let Who::Contact(contact) = session.who else { return Err(Error::NotFound) };
        Person::enter(self.core.clone(), &session, contact, self.from)
    }

    /// A contact looking at one client, or staff who look as that contact does.
    pub fn portal(&self, cookie: &str, client: Id<Client>) -> Result<Portal> {
        let session = self.session(cookie)?;
        match session.who {
            Who::Contact(contact) => {
                Person::enter(self.core.clone(), &session, contact, self.from)?.portal(client)
            }
            Who::Staff(staff) => self.viewed(&session, staff, client),
        }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(super) fn by(&self) -> By {
        By::guest(self.from)
    }

    pub(super) fn from(&self) -> Option<IpAddr> {
        self.from
    }

    /// Who is counted as one sender by the limits.
    pub(super) fn network(&self) -> String {
        self.from.map(|from| limit_key(from).to_string()).unwrap_or_default()
    }

    /// The live session of a cookie, noted as used unless this door only peeks.
    pub(super) fn session(&self, cookie: &str) -> Result<Session> {
        let token = Token::parse(cookie).map_err(|_| Error::SignIn)?;
        let (id, rest) = Session::key(&token);
        let session: Session = self.core.db.read(|r| r.get(id))?.ok_or(Error::SignIn)?;
        let now = self.core.clock.now();
        let mut seen = self.core.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.get(&id).copied().unwrap_or(session.seen).max(session.seen);
        if session.rest != rest || !session.alive(last, now) {
            return Err(Error::SignIn);
        }
        if !self.peeks && now.duration_since(last) > SignedDuration::from_mins(1) {
            seen.insert(id, now);
        }
        Ok(session)
    }
}
