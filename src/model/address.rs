//! A new address to log in with: it is proved by a link to the new one, and told to the old one. Password, sessions and
//! access stay, for a login is not its address.

use jiff::{SignedDuration, Timestamp};

use super::account::{Account, unchanged};
use super::activity::By;
use super::contact::{Contact, ContactEmail, Place};
use super::db::{Records, Write};
use super::guest::Guest;
use super::id::Id;
use super::limits::Limit;
use super::link::{Link, Purpose, find_working};
use super::login::{Login, Names, Who};
use super::me::say_to_clients;
use super::outbox::{Letter, NewMail};
use super::person::needs_portal;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::Email;

/// How long the link to a new address works.
const PROOF_LIFE: SignedDuration = SignedDuration::from_hours(24);
const ENDED: &str = "It works once, and for 24 hours. Your settings show the address you log in \
                     with; there you can ask for a new link.";

/// What the link to a new address is about to do.
#[derive(Clone, Debug)]
pub struct AddressPage {
    /// Whose address it is.
    pub name: String,
    /// As it is.
    pub old: Email,
    /// As it will be.
    pub new: Email,
}

impl Account {
    /// Asks to log in with another address. Nothing changes before the link that goes there has been followed. `once`
    /// makes twenty clicks one. Refused for a contact for whom no portal opens any more: the record is the firm's.
    pub async fn change_address(&self, new: &str, password: &str, once: &str) -> Result<Email> {
        let new = Email::parse(new).map_err(|why| Error::field("email", why))?;
        if self.carried_out(once)? {
            return Ok(new);
        }
        let (login, names) = self.read(|r| self.find(r))?;
        let firm = self.core().firm()?;
        if let Some(contact) = login.who.contact() {
            self.read(|r| needs_portal(r, contact, &firm))?;
        }
        if login.address.as_str() == new.as_str() {
            return Err(Error::field("email", "This is your address already."));
        }
        self.prove(&login, "password", password).await?;
        let (now, limits) = (self.core().clock.now(), &self.core().limits);
        limits.spend(Limit::Forgot, &new.key(), now)?;
        let (to, once) = (new.clone(), once.to_owned());
        self.write(move |tx| {
            tx.once(&once, |tx| {
                let login = unchanged(tx, login)?;
                if let Some(contact) = login.who.contact() {
                    needs_portal(tx, contact, &firm)?;
                }
                end_proofs(tx, login.id)?;
                send_proof(tx, &login, &names, &to)?;
                let news = news(&names, &login.address, &to, false);
                send(tx, &login, &names, &login.address, news)?;
                let what = format!("asked to log in with {to} instead of {}", login.address);
                tx.say("address-change-asked", None, what)
            })
        })
        .await?;
        Ok(new)
    }
}

impl Guest {
    /// The page of a link to a new address.
    pub fn verify_address_page(&self, token: &str) -> Result<AddressPage> {
        self.guess_link(token)?;
        let now = self.now();
        let proof = self.core().db.read(|r| working(r, token, now))?;
        Ok(AddressPage { name: proof.names.full, old: proof.login.address, new: proof.address })
    }

    /// Makes the new address the one to log in with, and the primary one of the record. Both addresses are told.
    pub async fn verify_address(&self, token: &str) -> Result<Email> {
        self.guess_link(token)?;
        let now = self.now();
        let who = self.core().db.read(|r| working(r, token, now))?.login.who;
        let by = By { actor: who.actor(), from: self.from() };
        let token = token.to_owned();
        let change = move |tx: &mut Write<'_, '_>| {
            let Proof { mut login, names, address } = working(tx, &token, tx.now())?;
            end_proofs(tx, login.id)?;
            let old = std::mem::replace(&mut login.address, address.clone());
            tx.put(&login)?;
            for to in [&old, &address] {
                send(tx, &login, &names, to, news(&names, &old, &address, true))?;
            }
            match login.who {
                Who::Staff(staff) => write_staff(tx, staff, &address),
                Who::Contact(contact) => write_contact(tx, contact, &address),
            }?;
            Ok(address)
        };
        self.core().db.write(by, change).await
    }
}

/// Staff wrote another primary address into the record of somebody who has a login: as if they had asked themselves,
/// the old address is told, and the login follows when the new one is proved.
pub(super) fn ask_for_proof(tx: &mut Write<'_, '_>, login: &Login, to: &Email) -> Result<()> {
    let names = login.who.names(tx)?.ok_or(Error::NotFound)?;
    end_proofs(tx, login.id)?;
    send_proof(tx, login, &names, to)?;
    let news = news(&names, &login.address, to, false);
    send(tx, login, &names, &login.address, news)
}

/// What a working link to a new address proves.
struct Proof {
    login: Login,
    names: Names,
    address: Email,
}

fn working(r: &impl Records, token: &str, now: Timestamp) -> Result<Proof> {
    let link = find_working(r, token, now, ENDED)?;
    let Purpose::Address { login, address } = link.purpose else {
        return Err(Error::Gone(ENDED));
    };
    let login: Login = r.get(login)?.ok_or(Error::Gone(ENDED))?;
    let names = login.who.names(r)?.ok_or(Error::Gone(ENDED))?;
    Ok(Proof { login, names, address })
}

/// Ends the links to new addresses that are on their way: the last one asked for counts.
fn end_proofs(tx: &mut Write<'_, '_>, login: Id<Login>) -> Result<()> {
    for link in tx.by::<Link>("link.login", login, usize::MAX)? {
        if matches!(link.purpose, Purpose::Address { .. }) {
            tx.delete(link.id)?;
        }
    }
    Ok(())
}

fn send_proof(tx: &mut Write<'_, '_>, login: &Login, names: &Names, to: &Email) -> Result<()> {
    let expires = tx.now() + PROOF_LIFE;
    let purpose = Purpose::Address { login: login.id, address: to.clone() };
    let link = tx.link(purpose, expires)?.id;
    let first_name = names.first.clone();
    send(tx, login, names, to, Letter::VerifyAddress { link, first_name, expires })
}

/// What the old address hears at once, and both when it is done.
fn news(names: &Names, old: &Email, new: &Email, done: bool) -> Letter {
    let (first_name, old, new) = (names.first.clone(), old.clone(), new.clone());
    Letter::AddressChanged { first_name, old, new, done }
}

fn send(
    tx: &mut Write<'_, '_>,
    login: &Login,
    names: &Names,
    to: &Email,
    letter: Letter,
) -> Result<()> {
    tx.mail(NewMail {
        letter,
        to: to.clone(),
        to_name: names.full.clone(),
        from: None,
        contact: login.who.contact(),
        invite: None,
        not_before: tx.now(),
    })?;
    Ok(())
}

fn write_staff(tx: &mut Write<'_, '_>, id: Id<Staff>, address: &Email) -> Result<()> {
    let mut staff: Staff = tx.need(id)?;
    staff.email = address.clone();
    tx.put(&staff)?;
    tx.say("address-changed", None, format!("now logs in with {address}"))
}

fn write_contact(tx: &mut Write<'_, '_>, id: Id<Contact>, address: &Email) -> Result<()> {
    let mut contact: Contact = tx.need(id)?;
    contact.make_primary(address);
    contact.edited_by_contact = Some(tx.now());
    tx.put(&contact)?;
    say_to_clients(tx, id, "address-changed", &format!("now logs in with {address}"))
}

impl Contact {
    /// Puts an address first, with the kind it has, or else the kind of the one that was first. The others stay.
    fn make_primary(&mut self, address: &Email) {
        let known = self.emails.iter().position(|email| email.address.key() == address.key());
        let kind = known.and_then(|at| self.emails.get(at)).or(self.emails.first());
        let kind = kind.map_or(Place::Other, |email| email.kind);
        if let Some(at) = known {
            self.emails.remove(at);
        }
        self.emails.insert(0, ContactEmail { address: address.clone(), kind });
    }
}

#[cfg(test)]
mod tests;
