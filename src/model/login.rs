//! Logins: how a person proves who they are. At most one each; its identity is not its address.

use std::net::IpAddr;

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activity::Actor;
use super::contact::Contact;
use super::core::Core;
use super::db::{Records, record};
use super::hashes::Verdict;
use super::id::Id;
use super::limits::Limit;
use super::sign_ins::Tried;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::{Email, Password, limit_key};

/// How a person proves who they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Its id.
    pub id: Id<Login>,
    /// Whose.
    pub who: Who,
    /// The address they type. Several people may share a mailbox, so it is not unique.
    pub address: Email,
    /// Argon2id, as a PHC string.
    pub password: String,
    /// When the account was created.
    pub created: Timestamp,
    /// The last time they logged in.
    pub last: Timestamp,
}

/// A person who can have a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Who {
    /// Of the firm.
    Staff(Id<Staff>),
    /// Of its clients.
    Contact(Id<Contact>),
}

impl Who {
    /// The key of `login.who`.
    pub(super) fn key(self) -> [u8; 17] {
        let (kind, id) = match self {
            Self::Staff(id) => (b's', id.bytes()),
            Self::Contact(id) => (b'c', id.bytes()),
        };
        let mut key = [kind; 17];
        key[1..].copy_from_slice(&id);
        key
    }

    /// The same person as the activity names them.
    pub(super) const fn actor(self) -> Actor {
        match self {
            Self::Staff(id) => Actor::Staff(id),
            Self::Contact(id) => Actor::Contact(id),
        }
    }

    /// The contact, if it is one.
    pub(super) const fn contact(self) -> Option<Id<Contact>> {
        match self {
            Self::Contact(id) => Some(id),
            Self::Staff(_) => None,
        }
    }

    /// How pages and mails call them; none for whoever may not log in any more.
    pub(super) fn names(self, r: &impl Records) -> Result<Option<Names>> {
        Ok(match self {
            Self::Staff(id) => r.get(id)?.filter(Staff::active).map(|staff| Names::of(&staff)),
            Self::Contact(id) => r.get(id)?.map(|contact: Contact| Names {
                first: contact.first.to_string(),
                full: contact.full_name(),
            }),
        })
    }
}

/// How pages and mails call a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    /// In a greeting.
    pub first: String,
    /// Elsewhere.
    pub full: String,
}

impl Names {
    fn of(staff: &Staff) -> Self {
        let full = staff.name.to_string();
        let first = full.split(' ').next().unwrap_or_default().to_owned();
        Self { first, full }
    }
}

/// The hash of a password somebody chose. It must not be made of what others know of them.
pub(super) async fn hash_chosen(
    core: &Core,
    field: &'static str,
    typed: &str,
    names: &Names,
    address: &Email,
) -> Result<String> {
    let firm = core.firm()?;
    let known = [firm.name.as_str(), &names.full, address.as_str()];
    let password = Password::choose(typed, &known).map_err(|why| Error::field(field, why))?;
    core.hashes.hash(password.secret().to_owned()).await
}

/// A login whose password was right.
pub(super) struct Fit {
    /// As it was when the password was tried.
    pub login: Login,
    /// The same password hashed at today's costs, if it was stored with others. Not when it fits several.
    pub fresh: Option<String>,
}

impl Core {
    /// Those of `logins` whose password this is, without those of people who have left. The only way to try a
    /// password: wrong ones count for the account and the network address, and no login at all costs what one does.
    /// The passwords of a shared mailbox are tried side by side.
    pub(super) async fn try_password(
        &self,
        account: &str,
        from: Option<IpAddr>,
        typed: &str,
        logins: Vec<Login>,
    ) -> Result<Vec<Fit>> {
        self.may_guess(account, from)?;
        let whose = logins.first().map(|login| login.who);
        let password = Password::attempt(typed);
        let fits = match &password {
            Some(password) => self.fitting(password, logins).await?,
            None => Vec::new(), // no account has such a one
        };
        self.may_guess(account, from)?;
        if fits.is_empty() {
            self.guessed_wrong(account, from);
            self.sign_ins.failed(Tried::Password(whose), from);
        } else {
            self.limits.forget(Limit::Account, account);
        }
        let fresh = match (fits.as_slice(), password) {
            ([(_, Verdict::RightButOld)], Some(password)) => {
                Some(self.hashes.hash(password.secret().to_owned()).await?)
            }
            _ => None,
        };
        Ok(fits.into_iter().map(|(login, _)| Fit { login, fresh: fresh.clone() }).collect())
    }

    async fn fitting(
        &self,
        password: &Password,
        logins: Vec<Login>,
    ) -> Result<Vec<(Login, Verdict)>> {
        if logins.is_empty() {
            self.hashes.verify(password.secret().to_owned(), None).await?;
            return Ok(Vec::new());
        }
        let verify = |login: &Login| {
            self.hashes.verify(password.secret().to_owned(), Some(login.password.clone()))
        };
        let verdicts = try_join_all(logins.iter().map(verify)).await?;
        let mut fits = Vec::new();
        for (login, verdict) in logins.into_iter().zip(verdicts) {
            if verdict != Verdict::Wrong && self.db.read(|r| login.who.names(r))?.is_some() {
                fits.push((login, verdict));
            }
        }
        Ok(fits)
    }

    /// Whether one more guess at the passwords of this address is allowed, from this network address. Failures count,
    /// from the first of these calls to the next: one before the work, and one before the answer, so that guesses
    /// sent all at once wait for each other's failures.
    fn may_guess(&self, account: &str, from: Option<IpAddr>) -> Result<()> {
        let now = self.clock.now();
        self.limits.check(Limit::Account, account, now)?;
        match from {
            Some(from) => self.limits.check(Limit::Network, &network(from), now),
            None => Ok(()),
        }
    }

    /// Notes a wrong guess.
    pub(super) fn guessed_wrong(&self, account: &str, from: Option<IpAddr>) {
        let now = self.clock.now();
        self.limits.fail(Limit::Account, account, now);
        if let Some(from) = from {
            self.limits.fail(Limit::Network, &network(from), now);
        }
    }
}

/// The login as it is now, if its password is still the one that was proved.
pub(super) fn still(r: &impl Records, proved: &Login) -> Result<Option<Login>> {
    let login: Option<Login> = r.get(proved.id)?;
    Ok(login.filter(|login| login.password == proved.password))
}

fn network(from: IpAddr) -> String {
    limit_key(from).to_string()
}

record!(Login, "lo", "logins", |login, rows| {
    rows.by("login.who", login.who.key());
    rows.by("login.address", login.address.key());
});
