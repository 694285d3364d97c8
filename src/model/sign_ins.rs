//! Log-ins counted, and each failed one told in the log: one line of a fixed shape, in which nothing stands that a
//! stranger typed. Programs that lock out whoever guesses (fail2ban) read it, so nobody can have it name another.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::login::Who;

/// What somebody tried to get in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// A password; whose, where the address is known.
    Password(Option<Who>),
    /// The code of an invite, typed at `/join`.
    InviteCode,
    /// The code of the first-run page.
    SetupCode,
    /// A link that was never made.
    Link,
}

impl Tried {
    const ALL: [Self; 4] = [Self::Password(None), Self::InviteCode, Self::SetupCode, Self::Link];

    /// Its name in the log and in the metrics.
    const fn name(self) -> &'static str {
        match self {
            Self::Password(_) => "password",
            Self::InviteCode => "invite-code",
            Self::SetupCode => "setup-code",
            Self::Link => "link",
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Password(_) => 0,
            Self::InviteCode => 1,
            Self::SetupCode => 2,
            Self::Link => 3,
        }
    }
}

/// Counted since the server started.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    staff: AtomicU64,
    contacts: AtomicU64,
    failed: [AtomicU64; Tried::ALL.len()],
}

impl SignIns {
    /// Somebody is in.
    pub(super) fn done(&self, who: Who) {
        match who {
            Who::Staff(_) => &self.staff,
            Who::Contact(_) => &self.contacts,
        }
        .fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody is not. Without an address they are on this machine, at the command line, and nobody locks them out.
    pub(super) fn failed(&self, tried: Tried, from: Option<IpAddr>) {
        self.failed[tried.place()].fetch_add(1, Ordering::Relaxed);
        let Some(from) = from else { return };
        let who = match tried {
            Tried::Password(Some(Who::Staff(_))) => "staff",
            Tried::Password(Some(Who::Contact(_))) => "contact",
            _ => "unknown",
        };
        // The filter for fail2ban depends on target, words and order.
        tracing::warn!(
            target: "anteroom::auth",
            event = %"auth.failed",
            client_ip = %from,
            tried = %tried.name(),
            who = %who,
            "a log-in failed"
        );
    }

    /// Audience and count of those that worked.
    pub(super) fn counted_done(&self) -> [(&'static str, u64); 2] {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [("console", read(&self.staff)), ("portal", read(&self.contacts))]
    }

    /// What was tried, and how often it failed.
    pub(super) fn counted_failed(&self) -> [(&'static str, u64); Tried::ALL.len()] {
        Tried::ALL.map(|tried| (tried.name(), self.failed[tried.place()].load(Ordering::Relaxed)))
    }
}
