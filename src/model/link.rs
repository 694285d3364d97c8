//! Links: secrets that travel by mail. The store holds only hashes; the token itself is derived from the link's id
//! with a key outside the store, at the moment the mail is made or staff copy the link.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::{Records, Write, record, time_key};
use super::guest::Guest;
use super::id::Id;
use super::invite::Invite;
use super::keys::Keys;
use super::limits::Limit;
use super::login::Login;
use super::sign_ins::Tried;
use crate::error::{Error, Result};
use crate::values::{Code, Email, Token};

/// A secret link, and the typed code that may stand for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Its id, from which the token is derived.
    pub id: Id<Link>,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Keyed hash of the code, for links that have one.
    pub code: Option<[u8; 32]>,
    /// What it is good for, and nothing else.
    pub purpose: Purpose,
    /// When it was made.
    pub made: Timestamp,
    /// Until when it works. An invite's links end with their invite instead.
    pub expires: Timestamp,
}

/// What a link is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Accepting an invite.
    Invite(Id<Invite>),
    /// Choosing a new password.
    Reset(Id<Login>),
    /// Getting a locked-out member of staff back in: a reset that the terminal printed.
    Recover(Id<Login>),
    /// Proving that a new address is theirs.
    Address {
        /// Whose.
        login: Id<Login>,
        /// The address it was sent to.
        address: Email,
    },
    /// Choosing among the persons of a shared mailbox whom the password fits.
    Choice(Vec<Id<Login>>),
}

impl Purpose {
    /// Keeps the secrets of different purposes apart.
    const fn name(&self) -> &'static str {
        match self {
            Self::Invite(_) => "invite",
            Self::Reset(_) => "reset",
            Self::Recover(_) => "recover",
            Self::Address { .. } => "address",
            Self::Choice(_) => "choice",
        }
    }

    /// Only invites can be typed.
    const fn has_code(&self) -> bool {
        matches!(self, Self::Invite(_))
    }
}

impl Link {
    /// A new link; its token exists only in what [`Link::token`] gives.
    pub(super) fn new(
        id: Id<Link>,
        keys: &Keys,
        purpose: Purpose,
        made: Timestamp,
        expires: Timestamp,
    ) -> Self {
        let token = Token::from_bytes(keys.token(purpose.name(), id.bytes()));
        let code = purpose.has_code().then(|| keys.code_at_rest(keys.code_bits(id.bytes())));
        Self { id, hash: token.hash(), code, purpose, made, expires }
    }

    /// A link that leads nowhere and takes the place of the one before. Storing it costs what storing a real one does.
    pub(super) fn to_nothing(made: Timestamp) -> Self {
        let purpose = Purpose::Choice(Vec::new());
        Self { id: Id::MIN, hash: [0; 32], code: None, purpose, made, expires: made }
    }

    /// What the address of the page carries.
    pub(super) fn token(&self, keys: &Keys) -> Token {
        Token::from_bytes(keys.token(self.purpose.name(), self.id.bytes()))
    }

    /// What can be typed at `/join`.
    pub(super) fn typed_code(&self, keys: &Keys) -> Code {
        Code::from_bits(keys.code_bits(self.id.bytes()))
    }
}

/// The link of a token, whatever became of it.
pub(super) fn find(r: &impl Records, token: &str) -> Result<Option<Link>> {
    match Token::parse(token) {
        Ok(token) => r.first_by("link.hash", token.hash()),
        Err(_) => Ok(None),
    }
}

impl Guest {
    /// Counts a token that is no link's as a guess. Whoever has guessed often has to wait, whatever they come with.
    pub(super) fn guess_link(&self, token: &str) -> Result<()> {
        let (core, network, now) = (self.core(), self.network(), self.now());
        core.limits.check(Limit::Token, &network, now)?;
        if core.db.read(|r| find(r, token))?.is_none() {
            core.limits.fail(Limit::Token, &network, now);
            core.sign_ins.failed(Tried::Link, self.from());
        }
        Ok(())
    }
}

/// The link of a token, if it still works; else [`Error::Gone`] with this sentence. Not for invites, whose links end
/// with their invite.
pub(super) fn find_working(
    r: &impl Records,
    token: &str,
    now: Timestamp,
    gone: &'static str,
) -> Result<Link> {
    find(r, token)?.filter(|link| now < link.expires).ok_or(Error::Gone(gone))
}

/// Ends all links of a login: those to a new password, to a new address, and to a choice among several persons.
pub(super) fn end_links(tx: &mut Write<'_, '_>, login: Id<Login>) -> Result<()> {
    for link in tx.ids_by::<Link>("link.login", login, usize::MAX)? {
        tx.delete(link)?;
    }
    Ok(())
}

impl Write<'_, '_> {
    /// Makes and stores a link.
    pub(super) fn link(&mut self, purpose: Purpose, expires: Timestamp) -> Result<Link> {
        let link = Link::new(self.id(), self.keys(), purpose, self.now(), expires);
        self.add(&link)?;
        Ok(link)
    }
}

record!(Link, "li", "links", |link, rows| {
    rows.by("link.hash", link.hash);
    if let Some(code) = link.code {
        rows.by("link.code", code);
    }
    match &link.purpose {
        Purpose::Invite(invite) => rows.by("link.invite", invite.bytes()),
        Purpose::Reset(login) | Purpose::Recover(login) | Purpose::Address { login, .. } => {
            rows.by("link.login", login.bytes());
        }
        Purpose::Choice(logins) => {
            for login in logins {
                rows.by("link.login", login.bytes());
            }
        }
    }
    if !matches!(link.purpose, Purpose::Invite(_)) {
        rows.by("link.expires", time_key(link.expires));
    }
});
