//! Logging in and out: the same for staff and contacts. Address and password are asked together; the address finds
//! the logins, the password picks among them.

use jiff::SignedDuration;

use super::activity::By;
use super::db::{Records, Write};
use super::guest::Guest;
use super::id::Id;
use super::link::{Purpose, find_working};
use super::login::{Fit, Login, still};
use super::session::{NewSession, Session, start_session};
use crate::error::{Check, Error, Result};
use crate::values::{Email, Token};

/// People of one mailbox whose passwords are tried: more than a family has, and few enough for one request.
const MOST_SHARERS: usize = 16;
/// How long the choice among several persons stays open.
const CHOICE_LIFE: SignedDuration = SignedDuration::from_mins(10);
const NOT_RIGHT: &str = "The e-mail address or the password is not right.";
const TOO_LATE: &str = "Your choice came too late. Log in again.";

/// What came of address and password.
#[derive(Debug)]
pub enum LoggedIn {
    /// They are in.
    In(NewSession),
    /// The password fits several people of a shared mailbox: who is it?
    Choose {
        /// Proves for ten minutes that the password was known.
        ticket: Token,
        /// The logins it fits, by name.
        names: Vec<(Id<Login>, String)>,
    },
}

impl Guest {
    /// Logs in with an address and a password. Unknown addresses, wrong passwords and people who have left get the
    /// same answer after the same work.
    pub async fn log_in(&self, address: &str, password: &str, agent: &str) -> Result<LoggedIn> {
        let mut check = Check::default();
        let address = check.take("email", Email::parse(address));
        if password.is_empty() {
            check.note("password", "Type your password");
        }
        let account = check.finish(|| address)?.key();
        let (core, from) = (self.core(), self.from());
        let logins = core.db.read(|r| r.by("login.address", &account, MOST_SHARERS))?;
        let mut fits = core.try_password(&account, from, password, logins).await?;
        match (fits.len(), fits.pop()) {
            (1, Some(fit)) => Ok(LoggedIn::In(self.enter(fit, agent).await?)),
            (_, Some(last)) => {
                fits.push(last);
                self.offer_choice(fits.into_iter().map(|fit| fit.login).collect()).await
            }
            (_, None) => Err(not_right()),
        }
    }

    /// Logs in as one of those whom [`LoggedIn::Choose`] offered.
    pub async fn log_in_as(
        &self,
        ticket: &str,
        login: Id<Login>,
        agent: &str,
    ) -> Result<NewSession> {
        let now = self.now();
        let login: Login = self.core().db.read(|r| {
            let link = find_working(r, ticket, now, TOO_LATE)?;
            match link.purpose {
                Purpose::Choice(offered) if offered.contains(&login) => r.need(login),
                _ => Err(Error::Gone(TOO_LATE)),
            }
        })?;
        let (ticket, agent) = (ticket.to_owned(), agent.to_owned());
        let by = By { actor: login.who.actor(), from: self.from() };
        let enter = move |tx: &mut Write<'_, '_>| {
            let link = find_working(tx, &ticket, tx.now(), TOO_LATE)?;
            tx.delete(link.id)?;
            enter(tx, &login, None, &agent)
        };
        self.entered(self.core().db.write(by, enter).await)
    }

    /// Ends the session of a cookie, if there is one.
    pub async fn log_out(&self, cookie: &str) -> Result<()> {
        let session = match self.session(cookie) {
            Ok(session) => session,
            Err(Error::SignIn) => return Ok(()),
            Err(e) => return Err(e),
        };
        let by = By { actor: session.who.actor(), from: self.from() };
        let end = move |tx: &mut Write<'_, '_>| {
            tx.delete::<Session>(session.id)?;
            tx.say("logged-out", None, "logged out")
        };
        self.core().db.write(by, end).await
    }

    async fn enter(&self, fit: Fit, agent: &str) -> Result<NewSession> {
        let by = By { actor: fit.login.who.actor(), from: self.from() };
        let agent = agent.to_owned();
        let enter = move |tx: &mut Write<'_, '_>| enter(tx, &fit.login, fit.fresh, &agent);
        self.entered(self.core().db.write(by, enter).await)
    }

    /// Counts who is in now.
    fn entered(&self, entered: Result<NewSession>) -> Result<NewSession> {
        entered.inspect(|session| self.core().sign_ins.done(session.who))
    }

    async fn offer_choice(&self, logins: Vec<Login>) -> Result<LoggedIn> {
        let names = self.core().db.read(|r| {
            let named = |login: &Login| Ok(login.who.names(r)?.map(|names| (login.id, names.full)));
            logins.iter().map(named).filter_map(Result::transpose).collect::<Result<Vec<_>>>()
        })?;
        let make = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("nobody is in yet");
            let offered =
                logins.iter().map(|login| Ok(still(tx, login)?.ok_or_else(not_right)?.id));
            let ids = offered.collect::<Result<Vec<_>>>()?;
            let link = tx.link(Purpose::Choice(ids), tx.now() + CHOICE_LIFE)?;
            Ok(link.token(tx.keys()))
        };
        let ticket = self.core().db.write(self.by(), make).await?;
        Ok(LoggedIn::Choose { ticket, names })
    }
}

/// The last word, in the transaction: the password is still the one that was typed, and they still belong here.
/// `fresh` is the same password hashed at today's costs.
fn enter(
    tx: &mut Write<'_, '_>,
    proved: &Login,
    fresh: Option<String>,
    agent: &str,
) -> Result<NewSession> {
    let mut login = still(tx, proved)?.ok_or_else(not_right)?;
    if login.who.names(tx)?.is_none() {
        return Err(not_right());
    }
    login.password = fresh.unwrap_or(login.password);
    let cookie = start_session(tx, &mut login, agent)?;
    tx.say("logged-in", None, "logged in")?;
    Ok(NewSession { cookie, who: login.who })
}

fn not_right() -> Error {
    Error::field("password", NOT_RIGHT)
}

#[cfg(test)]
mod tests;
