//! Accepting: what a link to an invite leads to. Looking at it writes nothing; nothing is spent before a password is
//! stored, or an existing login has proved itself, in that same transaction.

use jiff::Timestamp;

use super::activity::{Actor, By};
use super::client::Client;
use super::contact::Contact;
use super::db::{Records, Write};
use super::ending::end_waiting_mails_of;
use super::guest::Guest;
use super::hashes::Verdict;
use super::id::Id;
use super::invite::{Invite, InviteState, Invitee};
use super::inviting::{client_of, expiry, new_link, whom};
use super::limits::Limit;
use super::link::{Link, Purpose};
use super::login::{Login, Who};
use super::membership::{Access, Membership};
use super::outbox::{Letter, NewMail};
use super::session::start_session;
use super::staff::{Staff, StaffState};
use crate::error::{Error, Result};
use crate::values::{Code, Email, Password, Token, limit_key};

/// What a link to an invite leads to.
#[derive(Clone, Debug)]
pub enum InvitePage {
    /// The working page: create an account.
    Create(InviteView),
    /// The working page for somebody who has a login: log in to add this client.
    LogIn(InviteView),
    /// The working page for somebody who is logged in: one button adds this client.
    Add(InviteView),
    /// Logged in as somebody else; nothing goes on before they switch.
    Other {
        /// The invite.
        invite: InviteView,
        /// Who is logged in.
        signed_in_as: String,
    },
    /// It was accepted: the way on is to log in.
    Accepted(InviteView),
    /// Its time is over; a new link can be had at the same address.
    Expired(InviteView),
    /// Staff took it back.
    Revoked(InviteView),
    /// The address changed before it was accepted.
    Replaced(InviteView),
}

/// What the page of an invite says of it.
#[derive(Clone, Debug)]
pub struct InviteView {
    /// Who was invited.
    pub name: String,
    /// How they are greeted.
    pub first_name: String,
    /// The one address the account will have.
    pub address: Email,
    /// Whose portal; none for a member of staff.
    pub client: Option<String>,
    /// Who invited.
    pub sender: String,
    /// Where the sender can be asked.
    pub sender_email: Option<Email>,
    /// Until when its links work.
    pub expires: Timestamp,
}

/// What accepting leads to.
#[derive(Debug)]
pub struct Joined {
    /// The cookie of a new session; none where one was already there.
    pub cookie: Option<Token>,
    /// Where to go: Home of the inviting client, or the console.
    pub home: String,
}

/// An invite with all it is about, as found by one of its links.
struct Found {
    invite: Invite,
    person: Invited,
    sender: Option<Staff>,
    login: Option<Login>,
}

enum Invited {
    Contact { contact: Contact, client: Client },
    Staff(Staff),
}

impl Found {
    fn view(&self) -> InviteView {
        let (name, first_name, client) = match &self.person {
            Invited::Contact { contact, client } => {
                (contact.full_name(), contact.first.to_string(), Some(client.name.to_string()))
            }
            Invited::Staff(staff) => (staff.name.to_string(), staff.first_name().to_owned(), None),
        };
        InviteView {
            name,
            first_name,
            address: self.invite.address.clone(),
            client,
            sender: self.sender.as_ref().map_or_else(String::new, |staff| staff.name.to_string()),
            sender_email: self.sender.as_ref().map(|staff| staff.email.clone()),
            expires: self.invite.expires,
        }
    }

    const fn who(&self) -> Who {
        match &self.person {
            Invited::Contact { contact, .. } => Who::Contact(contact.id),
            Invited::Staff(staff) => Who::Staff(staff.id),
        }
    }

    fn home(&self) -> String {
        match &self.person {
            Invited::Contact { client, .. } => format!("/p/{}", client.id),
            Invited::Staff(_) => "/console".into(),
        }
    }

    /// Why it cannot be accepted any more; its page says the same at length.
    fn check(&self, now: Timestamp) -> Result<()> {
        let closed = matches!(&self.person, Invited::Contact { client, .. } if !client.active);
        match self.invite.state {
            InviteState::Pending if self.invite.expired_at(now) => {
                Err(Error::Gone("This invite has expired."))
            }
            InviteState::Revoked { .. } => Err(Error::Gone("This invite was taken back.")),
            _ if closed => Err(Error::Gone("This invite was taken back.")),
            InviteState::Pending => Ok(()),
            InviteState::Accepted { .. } => Err(Error::Gone("This invite was already accepted.")),
            InviteState::Replaced { .. } => {
                Err(Error::Gone("This invite was replaced by one to another address."))
            }
        }
    }
}

fn find(r: &impl Records, token: &Token) -> Result<Found> {
    let link: Link = r.first_by("link.hash", token.hash())?.ok_or(Error::NotFound)?;
    let Purpose::Invite(invite) = link.purpose else { return Err(Error::NotFound) };
    let invite: Invite = r.need(invite)?;
    let person = match invite.to {
        Invitee::Contact { contact, client, .. } => {
            let gone = |_| Error::Gone("This invite was taken back.");
            let contact = r.need(contact).map_err(gone)?;
            Invited::Contact { contact, client: r.need(client).map_err(gone)? }
        }
        Invitee::Staff { staff } => Invited::Staff(r.need(staff)?),
    };
    let who = match invite.to {
        Invitee::Contact { contact, .. } => Who::Contact(contact),
        Invitee::Staff { staff } => Who::Staff(staff),
    };
    let login = r.first_by("login.who", who.key())?;
    Ok(Found { sender: r.get(invite.by)?, invite, person, login })
}

impl Guest {
    /// What a link to an invite leads to, for whoever holds this cookie. Writes nothing. [`Error::NotFound`] for a
    /// token that was never made.
    pub fn invite_page(&self, token: &str, cookie: Option<&str>) -> Result<InvitePage> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let found = self.core().db.read(|r| find(r, &token))?;
        let view = found.view();
        match found.invite.state {
            InviteState::Accepted { .. } => return Ok(InvitePage::Accepted(view)),
            InviteState::Revoked { .. } => return Ok(InvitePage::Revoked(view)),
            InviteState::Replaced { .. } => return Ok(InvitePage::Replaced(view)),
            InviteState::Pending if found.invite.expired_at(self.now()) => {
                return Ok(InvitePage::Expired(view));
            }
            InviteState::Pending => {}
        }
        if found.check(self.now()).is_err() {
            return Ok(InvitePage::Revoked(view));
        }
        let signed_in = cookie.map(|cookie| self.who(cookie)).transpose().or_else(stranger)?;
        match signed_in {
            Some(who) if who == found.who() => Ok(InvitePage::Add(view)),
            Some(who) => Ok(InvitePage::Other { invite: view, signed_in_as: self.name_of(who)? }),
            None if found.login.is_some() => Ok(InvitePage::LogIn(view)),
            None => Ok(InvitePage::Create(view)),
        }
    }

    /// Somebody's browser says that the page is open. The first one is noted; it is no proof that anyone read it.
    pub async fn invite_opened(&self, token: &str) -> Result<()> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let found = self.core().db.read(|r| find(r, &token))?;
        if found.invite.opened.is_some() || !found.invite.open_at(self.now()) {
            return Ok(());
        }
        self.core().db.write(self.by(), move |tx| note_opened(tx, &token)).await
    }

    /// The link that a typed code stands for. Wrong codes are counted.
    pub fn invite_by_code(&self, typed: &str) -> Result<Token> {
        let core = self.core();
        let from = self.from().map(|ip| limit_key(ip).to_string()).unwrap_or_default();
        core.limits.check(Limit::Code, &from, self.now())?;
        let code = Code::parse(typed).map_err(|why| Error::field("code", why))?;
        let link: Option<Link> =
            core.db.read(|r| r.first_by("link.code", core.keys.code_at_rest(code.bits())))?;
        link.map(|link| link.token(&core.keys)).ok_or_else(|| {
            core.limits.fail(Limit::Code, &from, self.now());
            Error::field(
                "code",
                "No invite has this code. Look again at the e-mail: it has 10 letters and digits",
            )
        })
    }

    /// Creates the account: stores the password, gives access, starts a session. The first of several wins.
    pub async fn accept_invite(&self, token: &str, password: &str, agent: &str) -> Result<Joined> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let found = self.open(&token).await?;
        if found.login.is_some() {
            return Err(Error::refused("You have a login already. Log in to add this client."));
        }
        let (firm, view) = (self.firm()?, found.view());
        let context = [firm.name.as_str(), &view.name, view.address.as_str()];
        let password =
            Password::choose(password, &context).map_err(|why| Error::field("password", why))?;
        let hash = self.core().hashes.hash(password.secret().to_owned()).await?;
        let agent = agent.to_owned();
        self.join(token, found.who(), move |tx, found| {
            if found.login.is_some() {
                return Err(Error::Gone("This invite was already accepted."));
            }
            let mut login = Login {
                id: tx.id(),
                who: found.who(),
                address: found.invite.address.clone(),
                password: hash,
                created: tx.now(),
                last: tx.now(),
            };
            start_session(tx, &mut login, &agent).map(Some)
        })
        .await
    }

    /// Adds the client to the login they have, proved by its password.
    pub async fn accept_invite_logging_in(
        &self,
        token: &str,
        password: String,
        agent: &str,
    ) -> Result<Joined> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let found = self.open(&token).await?;
        let login = found.login.clone().ok_or(Error::NotFound)?;
        let core = self.core();
        let account = login.address.key().clone();
        core.limits.check(Limit::Account, &account, self.now())?;
        let verdict = match Password::attempt(&password) {
            Some(_) => core.hashes.verify(password, Some(login.password)).await?,
            None => Verdict::Wrong,
        };
        if verdict == Verdict::Wrong {
            core.limits.fail(Limit::Account, &account, self.now());
            return Err(Error::field(
                "password",
                "This is not the password of your login. Try again, or reset it",
            ));
        }
        core.limits.forget(Limit::Account, &account);
        let agent = agent.to_owned();
        self.join(token, found.who(), move |tx, found| {
            let mut login = found.login.clone().ok_or(Error::NotFound)?;
            start_session(tx, &mut login, &agent).map(Some)
        })
        .await
    }

    /// Adds the client to the login whose session this is.
    pub async fn accept_invite_as(&self, token: &str, cookie: &str) -> Result<Joined> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let who = self.who(cookie)?;
        let found = self.open(&token).await?;
        if found.who() != who {
            return Err(Error::refused("This invite is for somebody else. Log out first."));
        }
        self.join(token, who, |_, _| Ok(None)).await
    }

    /// For an invite that has expired: a new link to the same address, with a fresh expiry.
    pub async fn renew_invite(&self, token: &str) -> Result<Email> {
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let (firm, found) = (self.firm()?, self.core().db.read(|r| find(r, &token))?);
        if !found.invite.expired_at(self.now()) {
            return Err(Error::refused("This invite has not expired. Open the link once more."));
        }
        let address = found.invite.address.clone();
        self.core().limits.check(Limit::Forgot, &address.key(), self.now())?;
        self.core().limits.fail(Limit::Forgot, &address.key(), self.now());
        self.core()
            .db
            .write(self.by(), move |tx| {
                let found = find(tx, &token)?;
                if !found.invite.expired_at(tx.now()) {
                    tx.unsaid("another request renewed it");
                    return Ok(());
                }
                let view = found.view();
                let expires = expiry(&firm, tx.now())?;
                let mut invite = Invite { expires, ..found.invite };
                invite.sent.push(tx.now());
                tx.put(&invite)?;
                let link = new_link(tx, &invite)?;
                let letter = letter_again(&view, &invite, link.id, found.login.is_some());
                let contact = match invite.to {
                    Invitee::Contact { contact, .. } => Some(contact),
                    Invitee::Staff { .. } => None,
                };
                tx.mail(NewMail {
                    letter,
                    to: invite.address.clone(),
                    to_name: view.name,
                    from: Some(invite.by),
                    contact,
                    invite: Some(invite.id),
                    not_before: tx.now(),
                })?;
                let what =
                    format!("asked for a new link of the expired invite to {}", whom(tx, &invite)?);
                tx.say("invite-renewed", client_of(&invite), what)
            })
            .await?;
        Ok(address)
    }

    /// The invite of a link that can still be accepted. One that has expired is noted, so that staff learn of the try.
    async fn open(&self, token: &Token) -> Result<Found> {
        let found = self.core().db.read(|r| find(r, token))?;
        if let Err(ended) = found.check(self.now()) {
            if found.invite.expired_at(self.now()) {
                let (invite, by) = (found.invite, self.by());
                self.core()
                    .db
                    .write(by, move |tx| {
                        let what =
                            format!("tried to accept the expired invite to {}", whom(tx, &invite)?);
                        tx.say("invite-late", client_of(&invite), what)
                    })
                    .await?;
            }
            return Err(ended);
        }
        Ok(found)
    }

    /// The transaction that spends the invite.
    async fn join(
        &self,
        token: Token,
        who: Who,
        log_in: impl FnOnce(&mut Write<'_, '_>, &Found) -> Result<Option<Token>> + Send + 'static,
    ) -> Result<Joined> {
        let actor = match who {
            Who::Staff(staff) => Actor::Staff(staff),
            Who::Contact(contact) => Actor::Contact(contact),
        };
        let by = By { actor, from: self.from() };
        self.core()
            .db
            .write(by, move |tx| {
                let found = find(tx, &token)?;
                found.check(tx.now())?;
                let cookie = log_in(tx, &found)?;
                let at = tx.now();
                let invite = Invite {
                    state: InviteState::Accepted { at },
                    opened: found.invite.opened.or(Some(at)),
                    ..found.invite.clone()
                };
                tx.put(&invite)?;
                end_waiting_mails_of(tx, invite.id)?;
                give_access(tx, &found)?;
                tell_sender(tx, &found)?;
                Ok(Joined { cookie, home: found.home() })
            })
            .await
    }

    fn name_of(&self, who: Who) -> Result<String> {
        self.core().db.read(|r| match who {
            Who::Staff(staff) => Ok(r.need(staff)?.name.to_string()),
            Who::Contact(contact) => Ok(r.need(contact)?.full_name()),
        })
    }
}

/// The mail of an invite once more, with a further link.
fn letter_again(view: &InviteView, invite: &Invite, link: Id<Link>, has_login: bool) -> Letter {
    let (sender, message, expires) = (view.sender.clone(), invite.message.clone(), invite.expires);
    match &view.client {
        Some(client) => Letter::Invite {
            link,
            first_name: view.first_name.clone(),
            client: client.clone(),
            sender,
            message,
            expires,
            has_login,
        },
        None => {
            Letter::StaffInvite { link, name: view.first_name.clone(), sender, message, expires }
        }
    }
}

/// A cookie that nobody holds any more is a stranger's.
fn stranger(e: Error) -> Result<Option<Who>> {
    match e {
        Error::SignIn => Ok(None),
        e => Err(e),
    }
}

fn note_opened(tx: &mut Write<'_, '_>, token: &Token) -> Result<()> {
    let found = find(tx, token)?;
    if found.invite.opened.is_some() {
        return Ok(());
    }
    let invite = Invite { opened: Some(tx.now()), ..found.invite };
    tx.put(&invite)?;
    let what = format!("opened the page of the invite to {}", whom(tx, &invite)?);
    tx.say("invite-opened", client_of(&invite), what)
}

/// The only place where access becomes `Given`.
fn give_access(tx: &mut Write<'_, '_>, found: &Found) -> Result<()> {
    let since = tx.now();
    match (&found.person, found.invite.to) {
        (Invited::Contact { client, .. }, Invitee::Contact { membership, .. }) => {
            let tie: Membership =
                tx.get(membership)?.ok_or(Error::Gone("This invite was taken back."))?;
            tx.put(&Membership { access: Access::Given { since }, ..tie })?;
            let what = format!("accepted the invite to the portal of {}", client.name);
            tx.say("invite-accepted", Some(client.id), what)
        }
        (Invited::Staff(staff), _) => {
            tx.put(&Staff { state: StaffState::Active, ..staff.clone() })?;
            tx.say("invite-accepted", None, "accepted the invite to the console")
        }
        (Invited::Contact { .. }, Invitee::Staff { .. }) => Err(Error::bug("two kinds of invitee")),
    }
}

/// A notice to whoever invited, unless they switched it off.
fn tell_sender(tx: &mut Write<'_, '_>, found: &Found) -> Result<()> {
    let Some(sender) = found.sender.as_ref().filter(|s| s.active() && s.notices.accepted) else {
        return Ok(());
    };
    let (contact, client, path) = match &found.person {
        Invited::Contact { contact, client } => {
            let path = format!("/console/clients/{}/contacts", client.id);
            (contact.full_name(), client.name.to_string(), path)
        }
        Invited::Staff(staff) => (staff.name.to_string(), String::new(), "/console/team".into()),
    };
    tx.mail(NewMail {
        letter: Letter::InviteAccepted {
            first_name: sender.first_name().to_owned(),
            contact,
            client,
            path,
        },
        to: sender.email.clone(),
        to_name: sender.name.to_string(),
        from: None,
        contact: None,
        invite: None,
        not_before: tx.now(),
    })?;
    Ok(())
}
