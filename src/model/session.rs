//! Sessions: logged-in browsers. Kept on the server as the hash of what the cookie holds.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::db::{Records, Write, record};
use super::id::Id;
use super::login::{Login, Who};
use crate::error::Result;
use crate::values::Token;

/// Characters of a browser's own description that are kept.
const AGENT_CHARS: usize = 200;

/// A logged-in browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    /// The first half of the hash of the cookie's token: one point read finds it.
    pub id: Id<Session>,
    /// The second half, compared after the read.
    pub rest: [u8; 16],
    /// Whose.
    pub login: Id<Login>,
    /// Saves a read where only the person matters.
    pub who: Who,
    /// When they logged in.
    pub since: Timestamp,
    /// When a request last came; written at most once a minute.
    pub seen: Timestamp,
    /// From where they logged in.
    pub from: Option<IpAddr>,
    /// The browser's own description, cut to 200 characters; for the list of devices.
    pub agent: String,
}

impl Session {
    /// Where the session of a cookie lies, and what must stand there.
    pub(super) fn key(token: &Token) -> (Id<Session>, [u8; 16]) {
        let hash = token.hash();
        let (mut id, mut rest) = ([0; 16], [0; 16]);
        id.copy_from_slice(&hash[..16]);
        rest.copy_from_slice(&hash[16..]);
        (Id::from_bytes(id), rest)
    }

    /// Whether it still opens a door, if it was last used then.
    #[must_use]
    pub fn alive(&self, seen: Timestamp, now: Timestamp) -> bool {
        now.duration_since(seen) < self.who.idle()
            && now.duration_since(self.since) < self.who.most()
    }
}

impl Who {
    /// How long a session lives without a request.
    const fn idle(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Staff(_) => 12,
            Self::Contact(_) => 24,
        })
    }

    /// How long a session lives at most.
    const fn most(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::Staff(_) => 7 * 24,
            Self::Contact(_) => 30 * 24,
        })
    }

    /// How long a browser keeps the cookie of a session.
    #[must_use]
    pub fn cookie_life(self) -> Duration {
        self.most().unsigned_abs()
    }
}

record!(Session, "se", "sessions", |session, rows| rows.by("session.login", session.login.bytes()));

/// A browser that has just logged in.
#[derive(Debug)]
pub struct NewSession {
    /// What its cookie must hold.
    pub cookie: Token,
    /// Who it is now.
    pub who: Who,
}

/// Logs a person in, within the command that found out who they are: stores the session and the time of this log-in,
/// and gives what the cookie must hold. The only way to a session; the caller says what happened.
pub(super) fn start_session(
    tx: &mut Write<'_, '_>,
    login: &mut Login,
    agent: &str,
) -> Result<Token> {
    let mut chance = [0; 32];
    SystemRandom::new().fill(&mut chance).expect("the kernel never runs out of chance");
    let cookie = Token::from_bytes(chance);
    let (id, rest) = Session::key(&cookie);
    let now = tx.now();
    login.last = now;
    tx.put(login)?;
    tx.put(&Session {
        id,
        rest,
        login: login.id,
        who: login.who,
        since: now,
        seen: now,
        from: tx.who().from,
        agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect(),
    })?;
    Ok(cookie)
}

/// Logs a person out everywhere, or everywhere but in one browser. Says how many sessions ended.
pub(super) fn end_sessions(
    tx: &mut Write<'_, '_>,
    login: Id<Login>,
    keep: Option<Id<Session>>,
) -> Result<usize> {
    let mut sessions: Vec<Id<Session>> = tx.ids_by("session.login", login, usize::MAX)?;
    sessions.retain(|session| Some(*session) != keep);
    for session in &sessions {
        tx.delete(*session)?;
    }
    Ok(sessions.len())
}
