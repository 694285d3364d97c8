//! Accepting: what a link to an invite leads to. Looking at it writes nothing; nothing is spent before a password is
//! stored, or an existing login has proved itself, in that same transaction.

mod join;
mod renew;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::client::Client;
use super::contact::Contact;
use super::db::{Records, Write};
use super::guest::Guest;
use super::invite::{Invite, InviteState, Invitee};
use super::inviting::{client_of, whom};
use super::limits::Limit;
use super::link::{Link, Purpose};
use super::login::{Login, Who, still};
use super::session::start_session;
use super::sign_ins::Tried;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::{Code, Email, Password, Token};

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
    /// The address they log in with, if they have a login already.
    pub login_address: Option<Email>,
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
    /// Who is in now.
    pub who: Who,
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
            login_address: self.login.as_ref().map(|login| login.address.clone()),
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

    fn standing(&self, now: Timestamp) -> Standing {
        let closed = matches!(&self.person, Invited::Contact { client, .. } if !client.active);
        match self.invite.state {
            InviteState::Accepted { .. } => Standing::Accepted,
            InviteState::Replaced { .. } => Standing::Replaced,
            InviteState::Revoked { .. } => Standing::Revoked,
            InviteState::Pending if closed => Standing::Revoked,
            InviteState::Pending if self.invite.expired_at(now) => Standing::Expired,
            InviteState::Pending => Standing::Open,
        }
    }
}

/// What is true of an invite for whoever follows its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    Expired,
    Accepted,
    Revoked,
    Replaced,
}

impl Standing {
    /// Why it cannot be accepted; its page says the same at length.
    const fn check(self) -> Result<()> {
        Err(Error::Gone(match self {
            Self::Open => return Ok(()),
            Self::Expired => "This invite has expired.",
            Self::Accepted => "This invite was already accepted.",
            Self::Revoked => "This invite was taken back.",
            Self::Replaced => "This invite was replaced by a new one.",
        }))
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
        let (_, found) = self.look(token)?;
        let view = found.view();
        match found.standing(self.now()) {
            Standing::Accepted => return Ok(InvitePage::Accepted(view)),
            Standing::Revoked => return Ok(InvitePage::Revoked(view)),
            Standing::Replaced => return Ok(InvitePage::Replaced(view)),
            Standing::Expired => return Ok(InvitePage::Expired(view)),
            Standing::Open => {}
        }
        match self.holder(cookie)? {
            Some(who) if who == found.who() => Ok(InvitePage::Add(view)),
            Some(who) => Ok(InvitePage::Other { invite: view, signed_in_as: self.name_of(who)? }),
            None if found.login.is_some() => Ok(InvitePage::LogIn(view)),
            None => Ok(InvitePage::Create(view)),
        }
    }

    /// Somebody's browser says that the page is open. The first one is noted; it is no proof that anyone read it.
    pub async fn invite_opened(&self, token: &str) -> Result<()> {
        let (token, found) = self.look(token)?;
        if found.invite.opened.is_some() || !found.invite.open_at(self.now()) {
            return Ok(());
        }
        self.core().db.write(self.by(), move |tx| note_opened(tx, &token)).await
    }

    /// The link that a typed code stands for. Wrong codes are counted.
    pub fn invite_by_code(&self, typed: &str) -> Result<Token> {
        let core = self.core();
        let from = self.network();
        core.limits.check(Limit::Code, &from, self.now())?;
        let code = Code::parse(typed).map_err(|why| Error::field("code", why))?;
        let link: Option<Link> =
            core.db.read(|r| r.first_by("link.code", core.keys.code_at_rest(code.bits())))?;
        link.map(|link| link.token(&core.keys)).ok_or_else(|| {
            core.limits.fail(Limit::Code, &from, self.now());
            core.sign_ins.failed(Tried::InviteCode, self.from());
            Error::field(
                "code",
                "No invite has this code. Look again at the e-mail: it has 10 letters and digits",
            )
        })
    }

    /// Creates the account: stores the password, gives access, starts a session. The first of several wins. Refused
    /// in a browser where somebody else is logged in.
    pub async fn accept_invite(
        &self,
        token: &str,
        password: &str,
        cookie: Option<&str>,
        agent: &str,
    ) -> Result<Joined> {
        let (token, found) = self.open(token, cookie).await?;
        if found.login.is_some() {
            return Err(Error::refused("You have a login already. Log in to add this client."));
        }
        let (firm, view) = (self.firm()?, found.view());
        let context = [firm.name.as_str(), &view.name, view.address.as_str()];
        let password =
            Password::choose(password, &context).map_err(|why| Error::field("password", why))?;
        let core = self.core();
        let _turn = core.accepting.at(found.invite.id).await;
        // Whoever waited learns at once that another one has it: nothing is hashed in vain.
        core.db.read(|r| find(r, &token))?.standing(self.now()).check()?;
        let hash = core.hashes.hash(password.secret().to_owned()).await?;
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

    /// Adds the client to the login they have, proved by its password. Refused as [`Guest::accept_invite`] is.
    pub async fn accept_invite_logging_in(
        &self,
        token: &str,
        password: String,
        cookie: Option<&str>,
        agent: &str,
    ) -> Result<Joined> {
        let (token, found) = self.open(token, cookie).await?;
        let login = found.login.clone().ok_or(Error::NotFound)?;
        let account = login.address.key();
        let fits = self.core().try_password(&account, self.from(), &password, vec![login]).await?;
        let proved = fits.into_iter().next().ok_or_else(not_right)?;
        let agent = agent.to_owned();
        self.join(token, found.who(), move |tx, _| {
            let mut login = still(tx, &proved.login)?.ok_or_else(not_right)?;
            login.password = proved.fresh.unwrap_or(login.password);
            start_session(tx, &mut login, &agent).map(Some)
        })
        .await
    }

    /// Adds the client to the login whose session this is.
    pub async fn accept_invite_as(&self, token: &str, cookie: &str) -> Result<Joined> {
        let who = self.who(cookie)?;
        let (token, _) = self.open(token, Some(cookie)).await?;
        self.join(token, who, |_, _| Ok(None)).await
    }

    /// The invite of a link that can still be accepted in the browser with this cookie. One that has expired is noted,
    /// so that staff learn of the try.
    async fn open(&self, token: &str, cookie: Option<&str>) -> Result<(Token, Found)> {
        let (token, found) = self.look(token)?;
        let standing = found.standing(self.now());
        if standing == Standing::Expired {
            self.note_late(&found.invite).await?;
        }
        standing.check()?;
        if self.holder(cookie)?.is_some_and(|who| who != found.who()) {
            return Err(Error::refused("This invite is for somebody else. Log out first."));
        }
        Ok((token, found))
    }

    /// The invite of a link, whatever became of it. Links that were never made are counted.
    fn look(&self, token: &str) -> Result<(Token, Found)> {
        self.guess_link(token)?;
        let token = Token::parse(token).map_err(|_| Error::NotFound)?;
        let found = self.core().db.read(|r| find(r, &token))?;
        Ok((token, found))
    }

    /// Somebody tried to accept an invite that has expired: said once an hour, so that nobody fills the activity.
    async fn note_late(&self, invite: &Invite) -> Result<()> {
        let limits = &self.core().limits;
        if limits.spend(Limit::Late, &invite.id.to_string(), self.now()).is_err() {
            return Ok(());
        }
        let invite = invite.clone();
        let say = move |tx: &mut Write<'_, '_>| {
            let what = format!("tried to accept the expired invite to {}", whom(tx, &invite)?);
            tx.say("invite-late", client_of(&invite), what)
        };
        self.core().db.write(self.by(), say).await
    }

    /// Whose session a cookie holds; one that nobody holds any more is a stranger's.
    fn holder(&self, cookie: Option<&str>) -> Result<Option<Who>> {
        match cookie.map(|cookie| self.who(cookie)).transpose() {
            Err(Error::SignIn) => Ok(None),
            found => found,
        }
    }

    fn name_of(&self, who: Who) -> Result<String> {
        self.core().db.read(|r| match who {
            Who::Staff(staff) => Ok(r.need(staff)?.name.to_string()),
            Who::Contact(contact) => Ok(r.need(contact)?.full_name()),
        })
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

fn not_right() -> Error {
    Error::field("password", "This is not the password of your login. Try again, or reset it")
}
