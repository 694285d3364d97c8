//! Forgotten passwords: a link by mail, or one that the terminal prints for a locked-out member of staff.

use jiff::{SignedDuration, Timestamp};

use super::activity::By;
use super::contact::Contact;
use super::db::{Records, Write};
use super::guest::Guest;
use super::id::Id;
use super::limits::Limit;
use super::link::{Link, Purpose, end_links, find_working};
use super::login::{Login, Names, Who, hash_chosen};
use super::outbox::{Letter, NewMail};
use super::session::{NewSession, end_sessions, start_session};
use super::system::System;
use crate::error::{Error, Result};
use crate::values::Email;

/// How long a link to a new password works.
const RESET_LIFE: SignedDuration = SignedDuration::from_mins(60);
const ENDED: &str =
    "It works once, and for 60 minutes. Ask for a new one, and use the newest mail.";

/// For whom a new password is chosen.
#[derive(Clone, Debug)]
pub struct ResetPage {
    /// Their name: two people may share the mailbox.
    pub name: String,
    /// The address they log in with.
    pub address: Email,
}

impl Guest {
    /// Asks for a link to a new password. Whether the address is known shows neither in the answer nor in its time: a
    /// known one gets a mail, and an unknown one costs the same commit.
    pub async fn forgot(&self, address: &str) -> Result<()> {
        let address = Email::parse(address).map_err(|why| Error::field("email", why))?;
        self.may_cause_mail(&address)?;
        self.core().db.write(self.by(), move |tx| send_help(tx, &address)).await
    }

    /// Whether a stranger may cause one more mail to this address, from this network address. If so, it counts.
    pub(super) fn may_cause_mail(&self, to: &Email) -> Result<()> {
        let (now, limits) = (self.now(), &self.core().limits);
        limits.spend(Limit::ForgotNetwork, &self.network(), now)?;
        limits.spend(Limit::Forgot, &to.key(), now)
    }

    /// The page of a link to a new password.
    pub fn reset_page(&self, token: &str) -> Result<ResetPage> {
        let (login, names) = self.whose_reset(token)?;
        Ok(ResetPage { name: names.full, address: login.address })
    }

    /// Stores the new password and logs in. Whoever was logged in with the old one is out, and every other link of
    /// this person has ended.
    pub async fn reset_password(
        &self,
        token: &str,
        password: &str,
        agent: &str,
    ) -> Result<NewSession> {
        let (login, names) = self.whose_reset(token)?;
        let hash = hash_chosen(self.core(), "password", password, &names, &login.address).await?;
        let by = By { actor: login.who.actor(), from: self.from() };
        let (token, agent) = (token.to_owned(), agent.to_owned());
        let account = login.address.key();
        let store = move |tx: &mut Write<'_, '_>| {
            let (mut login, names) = working(tx, &token, tx.now())?;
            login.password = hash;
            end_sessions(tx, login.id, None)?;
            end_links(tx, login.id)?;
            let cookie = start_session(tx, &mut login, &agent)?;
            tell_password_changed(tx, &login, names)?;
            tx.say("password-reset", None, "chose a new password with a link, and logged in")?;
            Ok(NewSession { cookie, who: login.who })
        };
        let session = self.core().db.write(by, store).await?;
        self.core().limits.forget(Limit::Account, &account);
        Ok(session)
    }

    fn whose_reset(&self, token: &str) -> Result<(Login, Names)> {
        self.guess_link(token)?;
        let now = self.now();
        self.core().db.read(|r| working(r, token, now))
    }
}

impl System {
    /// The address of a page where a locked-out member of staff chooses a new password. For whoever has a shell on the
    /// machine, who could read the store anyway; it is written to the activity.
    pub async fn recover(&self, address: &str) -> Result<String> {
        let address = Email::parse(address).map_err(|why| Error::field("email", why))?;
        let firm = self.firm()?;
        let make = move |tx: &mut Write<'_, '_>| {
            let Some((login, names)) = staff_of(tx, &address)? else {
                return Err(Error::refused(format!("No member of staff logs in with {address}.")));
            };
            let link = tx.link(Purpose::Recover(login), tx.now() + RESET_LIFE)?;
            let what =
                format!("printed a link with which {} can choose a new password", names.full);
            tx.say("recovery-link-made", None, what)?;
            Ok(link.token(tx.keys()))
        };
        let token = self.core().db.write(By::TERMINAL, make).await?;
        Ok(firm.public_url.join(&format!("/reset/{}", token.text())))
    }
}

/// Tells somebody that their password is another now.
pub(super) fn tell_password_changed(
    tx: &mut Write<'_, '_>,
    login: &Login,
    names: Names,
) -> Result<()> {
    tx.mail(NewMail {
        letter: Letter::PasswordChanged { first_name: names.first },
        to: login.address.clone(),
        to_name: names.full,
        from: None,
        contact: login.who.contact(),
        invite: None,
        not_before: tx.now(),
    })?;
    Ok(())
}

/// Whose password a link may change, if it still works and they still belong here.
fn working(r: &impl Records, token: &str, now: Timestamp) -> Result<(Login, Names)> {
    let link = find_working(r, token, now, ENDED)?;
    let (Purpose::Reset(login) | Purpose::Recover(login)) = link.purpose else {
        return Err(Error::Gone(ENDED));
    };
    let login: Login = r.get(login)?.ok_or(Error::Gone(ENDED))?;
    let names = login.who.names(r)?.ok_or(Error::Gone(ENDED))?;
    Ok((login, names))
}

/// Everybody who logs in with this address and may still do so.
fn people_of(r: &impl Records, address: &Email) -> Result<Vec<(Login, Names)>> {
    let mut people = Vec::new();
    for login in r.by::<Login>("login.address", address.key(), usize::MAX)? {
        if let Some(names) = login.who.names(r)? {
            people.push((login, names));
        }
    }
    Ok(people)
}

fn staff_of(r: &impl Records, address: &Email) -> Result<Option<(Id<Login>, Names)>> {
    let people = people_of(r, address)?.into_iter();
    let mut staff = people.filter(|(login, _)| matches!(login.who, Who::Staff(_)));
    Ok(staff.next().map(|(login, names)| (login.id, names)))
}

/// What is mailed to an address that asks for a new password: links, or that there is no access, or nothing at all.
fn send_help(tx: &mut Write<'_, '_>, address: &Email) -> Result<()> {
    let people = people_of(tx, address)?;
    if !people.is_empty() {
        return send_links(tx, people);
    }
    let contact: Option<Contact> = tx.first_by("contact.email", address.key())?;
    match contact {
        Some(contact) => send_no_access(tx, &contact, address),
        None => {
            tx.unsaid("a stranger must not fill the activity");
            tx.put(&Link::to_nothing(tx.now()))
        }
    }
}

/// One mail for the mailbox, with a link for each person.
fn send_links(tx: &mut Write<'_, '_>, people: Vec<(Login, Names)>) -> Result<()> {
    let expires = tx.now() + RESET_LIFE;
    let Some((login, first)) = people.first().cloned() else { return Ok(()) };
    let only = people.len() == 1;
    let mut links = Vec::new();
    for (login, names) in people {
        links.push((names.full, tx.link(Purpose::Reset(login.id), expires)?.id));
    }
    tx.mail(NewMail {
        letter: Letter::Reset { links, expires },
        to: login.address.clone(),
        to_name: if only { first.full } else { String::new() },
        from: None,
        contact: login.who.contact().filter(|_| only),
        invite: None,
        not_before: tx.now(),
    })?;
    let what = format!("asked for a new password for {}", login.address);
    tx.say("password-forgotten", None, what)
}

fn send_no_access(tx: &mut Write<'_, '_>, contact: &Contact, typed: &Email) -> Result<()> {
    let mut stored = contact.emails.iter().map(|email| &email.address);
    let address = stored.find(|stored| stored.key() == typed.key()).unwrap_or(typed);
    tx.mail(NewMail {
        letter: Letter::NoAccess { first_name: contact.first.to_string() },
        to: address.clone(),
        to_name: contact.full_name(),
        from: None,
        contact: Some(contact.id),
        invite: None,
        not_before: tx.now(),
    })?;
    let what = format!("asked for a new password for {address}, which has no account");
    tx.say("password-forgotten", None, what)
}

#[cfg(test)]
mod tests;
