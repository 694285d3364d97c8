//! A fictional firm, so that a newcomer sees a living product: a dozen clients, and contacts in every portal status.
//! Everybody's name is the same each time; passwords are not, for a demo may be reached from outside.

mod cast;
mod files;
mod invites;
mod papers;
mod requests;

use std::collections::HashMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;

use super::activity::{Actor, By};
use super::client::Client;
use super::contact::{Contact, ContactEmail, ContactPhone, Place};
use super::db::{Records, Write};
use super::firm::Firm;
use super::id::Id;
use super::login::{Login, Who};
use super::membership::{Access, Areas, Membership};
use super::setup::blank;
use super::staff::{Notices, Role, Staff, StaffState};
use super::system::System;
use super::template::Template;
use crate::error::{Error, Result};
use crate::values::{Code, PublicUrl};
use cast::{Account, CLIENTS, PEOPLE, Person, REQUESTS_ONLY, STAFF, Standing, WITH_ONE, WITH_TWO};

/// What was made: where to go, and as whom.
#[derive(Debug, Serialize)]
pub struct Demo {
    url: String,
    logins: Vec<DemoLogin>,
    /// The owner's colleagues, for whoever wants to see what their roles leave out.
    #[serde(skip)]
    colleagues: Vec<DemoLogin>,
}

/// One way in.
#[derive(Clone, Debug, Serialize)]
struct DemoLogin {
    role: &'static str,
    name: String,
    email: &'static str,
    password: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clients: Vec<&'static str>,
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} is ready. Start anteroom on this folder and log in at {}/login",
            cast::FIRM,
            self.url
        )?;
        for login in self.logins.iter().chain(&self.colleagues) {
            write!(f, "\n{:8} {:30} {}  {}", login.role, login.email, login.password, login.name)?;
            if !login.clients.is_empty() {
                write!(f, " ({})", login.clients.join(", "))?;
            }
        }
        Ok(())
    }
}

impl System {
    /// Fills an empty store; refused where there is a firm.
    pub async fn fill_demo(&self, url: PublicUrl) -> Result<Demo> {
        const THERE_IS_ONE: &str =
            "There is a firm in this data folder already. Choose an empty one for the demo.";
        let core = self.core();
        if core.has_firm()? {
            return Err(Error::refused(THERE_IS_ONE));
        }
        let staff = [password()?, password()?, password()?];
        let contacts = [password()?, password()?];
        let demo = described(&url, &staff, &contacts);
        // The others' passwords are known to nobody.
        let mut hashes = Hashes { staff: vec![], known: vec![], other: String::new() };
        for typed in staff {
            hashes.staff.push(core.hashes.hash(typed).await?);
        }
        for typed in contacts {
            hashes.known.push(core.hashes.hash(typed).await?);
        }
        hashes.other = core.hashes.hash(password()?).await?;
        let write = move |tx: &mut Write<'_, '_>| {
            if tx.get::<Firm>(Id::MIN)?.is_some() {
                return Err(Error::refused(THERE_IS_ONE));
            }
            tx.unsaid("the fictional firm has a history of its own");
            Stage::new(tx, hashes).play(url)
        };
        let written = core.db.write(By::TERMINAL, write).await?;
        let stored = files::store(core, &written).await?;
        let write = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("its files and requests have a history too");
            let requests = requests::ids(tx.now());
            let files = files::write(tx, &written, &requests, &stored)?;
            requests::write(tx, &written, &requests, &files)
        };
        core.db.write(By::TERMINAL, write).await?;
        Ok(demo)
    }
}

fn password() -> Result<String> {
    let mut bytes = [0; 8];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::bug("no chance to be had"))?;
    Ok(Code::from_bits(u64::from_be_bytes(bytes)).shown())
}

fn described(url: &PublicUrl, staff: &[String; 3], contacts: &[String; 2]) -> Demo {
    let of_staff = |at: usize, role| {
        let (name, email, _) = STAFF[at];
        DemoLogin { role, name: name.into(), email, password: staff[at].clone(), clients: vec![] }
    };
    let of_contact = |at: usize, password: &String| {
        let Person { first, last, emails, .. } = &PEOPLE[at];
        let theirs = |client: &&Account| client.contacts.iter().any(|(who, ..)| *who == at);
        DemoLogin {
            role: "contact",
            name: format!("{first} {last}"),
            email: emails[0].0,
            password: password.clone(),
            clients: CLIENTS.iter().filter(theirs).map(|client| client.name).collect(),
        }
    };
    let [two, one] = contacts;
    Demo {
        url: url.to_string(),
        logins: vec![of_staff(0, "owner"), of_contact(WITH_TWO, two), of_contact(WITH_ONE, one)],
        colleagues: vec![of_staff(1, "admin"), of_staff(2, "staff")],
    }
}

struct Hashes {
    staff: Vec<String>,
    /// Of the two contacts who can log in.
    known: Vec<String>,
    other: String,
}

/// Whom the files of the firm are from and for, each in the order of the cast.
struct Written {
    staff: Vec<Id<Staff>>,
    clients: Vec<Client>,
    people: HashMap<usize, Contact>,
}

/// The records that stand in relation to each other while the firm is written.
struct Stage<'a, 'b, 't> {
    tx: &'a mut Write<'b, 't>,
    hashes: Hashes,
    now: Timestamp,
    staff: Vec<Id<Staff>>,
    people: HashMap<usize, Contact>,
}

/// A membership with what an invite needs to know of it.
struct Part<'a> {
    client: &'a Client,
    contact: &'a Contact,
    membership: Id<Membership>,
}

impl<'a, 'b, 't> Stage<'a, 'b, 't> {
    fn new(tx: &'a mut Write<'b, 't>, hashes: Hashes) -> Self {
        let now = tx.now();
        Self { tx, hashes, now, staff: vec![], people: HashMap::new() }
    }

    fn play(mut self, url: PublicUrl) -> Result<Written> {
        self.firm(url)?;
        let clients = CLIENTS.iter().map(|account| self.client(account)).collect::<Result<_>>()?;
        Ok(Written { staff: self.staff, clients, people: self.people })
    }

    fn ago(&self, days: i64) -> Timestamp {
        self.now - SignedDuration::from_hours(24 * days)
    }

    fn firm(&mut self, url: PublicUrl) -> Result<()> {
        let founded = self.ago(800);
        let mut firm = blank(made(cast::FIRM)?, url, founded);
        firm.zone = made(cast::ZONE)?;
        firm.currency = made(cast::CURRENCY)?;
        firm.date_style = made(cast::DATE_STYLE)?;
        firm.help_text = made(cast::HELP)?;
        firm.demo = true;
        self.tx.put(&firm)?;
        for (at, (name, email, role)) in STAFF.into_iter().enumerate() {
            self.colleague(at, name, email, role)?;
        }
        let (name, body) = cast::TEMPLATE;
        self.tx.put(&Template {
            id: Id::fresh(founded),
            name: made(name)?,
            body: made(body)?,
            by: self.staff[0],
            changed: self.ago(30),
        })?;
        self.say(Actor::Terminal, founded, None, "firm-set-up", format!("set up {}", cast::FIRM))
    }

    fn colleague(&mut self, at: usize, name: &str, email: &str, role: Role) -> Result<()> {
        let added = self.ago(800);
        let staff = Staff {
            id: Id::fresh(added),
            name: made(name)?,
            email: made(email)?,
            role,
            state: StaffState::Active,
            notices: Notices { accepted: true, bounced: true },
            added,
        };
        self.tx.put(&staff)?;
        let password = self.hashes.staff[at].clone();
        self.login(Who::Staff(staff.id), email, password, added, self.now)?;
        self.staff.push(staff.id);
        Ok(())
    }

    fn login(
        &mut self,
        who: Who,
        address: &str,
        password: String,
        created: Timestamp,
        last: Timestamp,
    ) -> Result<()> {
        let (id, address) = (Id::fresh(created), made(address)?);
        self.tx.put(&Login { id, who, address, password, created, last })
    }

    fn client(&mut self, account: &Account) -> Result<Client> {
        let added = self.ago(780);
        let client = Client {
            id: Id::fresh(added),
            kind: account.kind,
            name: made(account.name)?,
            since: Some(account.since),
            looked_after_by: Some(self.staff[account.looked_after_by]),
            tags: account.tags.iter().map(|tag| made(tag)).collect::<Result<_>>()?,
            active: account.active,
            notes: made(account.notes)?,
            added,
        };
        self.tx.put(&client)?;
        let by = Actor::Staff(self.staff[account.looked_after_by]);
        let what = format!("added the client {}", client.name);
        self.say(by, added, Some(client.id), "client-created", what)?;
        for (who, role, standing) in account.contacts {
            self.tie(&client, *who, role, *standing)?;
        }
        Ok(client)
    }

    /// The contact's record, written when they first appear.
    fn contact(&mut self, who: usize) -> Result<Contact> {
        if let Some(contact) = self.people.get(&who) {
            return Ok(contact.clone());
        }
        let (person, added) = (&PEOPLE[who], self.ago(770));
        let email = |(address, kind): &(&str, Place)| {
            Ok(ContactEmail { address: made(address)?, kind: *kind })
        };
        let number = Some(person.phone).filter(|number| !number.is_empty());
        let phone = |number: &str| Ok(ContactPhone { number: made(number)?, kind: Place::Work });
        let contact = Contact {
            id: Id::fresh(added),
            first: made(person.first)?,
            last: Some(made(person.last)?),
            emails: person.emails.iter().map(email).collect::<Result<_>>()?,
            phones: number.map(phone).into_iter().collect::<Result<_>>()?,
            added,
            edited_by_contact: None,
        };
        self.tx.put(&contact)?;
        self.people.insert(who, contact.clone());
        Ok(contact)
    }

    fn tie(&mut self, client: &Client, who: usize, role: &str, standing: Standing) -> Result<()> {
        let contact = self.contact(who)?;
        let access = match standing {
            Standing::Active(days) => Access::Given { since: self.ago(days) },
            Standing::Removed(days) => Access::Removed { since: self.ago(days) },
            _ => Access::None,
        };
        let membership = Membership {
            id: Id::fresh(contact.added),
            contact: contact.id,
            client: client.id,
            role: if role.is_empty() { None } else { Some(made(role)?) },
            access,
            areas: Areas { files: who != REQUESTS_ONLY, ..Areas::ALL },
            added: contact.added,
        };
        self.tx.put(&membership)?;
        let part = Part { client, contact: &contact, membership: membership.id };
        self.invite(&part, standing)?;
        if let Standing::Active(days) | Standing::Removed(days) = standing {
            self.account(&part, who, self.ago(days))?;
        }
        if who == REQUESTS_ONLY {
            let what = format!("closed Files of {} to {}", client.name, contact.full_name());
            let by = Actor::Staff(self.staff[1]);
            self.say(by, self.ago(60), Some(client.id), "contact-areas-changed", what)?;
        }
        if let Standing::Removed(days) = standing {
            let what = format!("removed the portal access of {}", contact.full_name());
            let by = Actor::Staff(self.staff[2]);
            self.say(by, self.ago(days), Some(client.id), "access-removed", what)?;
        }
        Ok(())
    }

    /// The login, unless they have one for another client.
    fn account(&mut self, part: &Part<'_>, who: usize, since: Timestamp) -> Result<()> {
        let person = Who::Contact(part.contact.id);
        let what = format!("created an account for {}", part.client.name);
        let by = Actor::Contact(part.contact.id);
        self.say(by, since, Some(part.client.id), "invite-accepted", what)?;
        if self.tx.first_by::<Login>("login.who", &person.key())?.is_some() {
            return Ok(());
        }
        let password = match who {
            WITH_TWO => self.hashes.known[0].clone(),
            WITH_ONE => self.hashes.known[1].clone(),
            _ => self.hashes.other.clone(),
        };
        let last = self.now - SignedDuration::from_hours(PEOPLE[who].last_seen);
        self.login(person, PEOPLE[who].emails[0].0, password, since, last.max(since))
    }

    /// An entry of the past; [`Write::say`] writes those of now.
    fn say(
        &mut self,
        actor: Actor,
        at: Timestamp,
        client: Option<Id<Client>>,
        event: &str,
        what: String,
    ) -> Result<()> {
        self.tx.say_of((actor, at), client, event, what)
    }
}

/// A value of the cast. One that does not parse is our mistake.
fn made<T: TryFrom<String, Error = String>>(text: &str) -> Result<T> {
    T::try_from(text.to_owned()).map_err(|why| Error::bug(format!("{text}: {why}")))
}

#[cfg(test)]
mod tests;
