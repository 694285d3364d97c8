//! Limits on failures: guessing passwords and codes is slowed down, using the product is not.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Result};

/// What is limited: how many failures within which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Limit {
    /// Failed log-ins for one address: 10 in 15 minutes.
    Account,
    /// Failed log-ins from one network address: 50 in 15 minutes.
    Network,
    /// Wrong codes at `/join` from one network address: 5 in 10 minutes.
    Code,
    /// Wrong set-up codes from one network address: 5 in a minute.
    SetUp,
    /// Mails that a stranger can cause for one address: 3 in an hour.
    Forgot,
    /// Mails that one network address can cause for strangers' addresses: 30 in an hour.
    ForgotNetwork,
    /// Links that were never made, from one network address: 20 in a minute.
    Token,
    /// Addresses of calendars that lead nowhere, from one network address: 60 in 15 minutes.
    Calendar,
    /// Entries in the activity about tries to accept one expired invite: 1 in an hour.
    Late,
}

impl Limit {
    const fn most(self) -> (usize, SignedDuration) {
        match self {
            Self::Account => (10, SignedDuration::from_mins(15)),
            Self::Network => (50, SignedDuration::from_mins(15)),
            Self::Code => (5, SignedDuration::from_mins(10)),
            Self::SetUp => (5, SignedDuration::from_mins(1)),
            Self::Forgot => (3, SignedDuration::from_hours(1)),
            Self::ForgotNetwork => (30, SignedDuration::from_hours(1)),
            Self::Token => (20, SignedDuration::from_mins(1)),
            Self::Calendar => (60, SignedDuration::from_mins(15)),
            Self::Late => (1, SignedDuration::from_hours(1)),
        }
    }
}

/// Keys of one limit that are remembered at once. Beyond that the one that failed longest ago goes, so that a flood of
/// addresses takes neither the memory nor what another limit remembers.
const ROOM: usize = 20_000;

/// Failures of the last minutes. Kept in memory: a restart forgives.
#[derive(Default)]
pub(super) struct Limits {
    failures: Mutex<HashMap<Limit, Failures>>,
}

/// The failures of one limit.
#[derive(Default)]
struct Failures {
    by_key: HashMap<String, VecDeque<Timestamp>>,
    /// The same keys by their last failure, the one longest ago first.
    by_age: BTreeSet<(Timestamp, String)>,
}

impl Failures {
    /// How long until one more is allowed; none if it is allowed now.
    fn wait(&self, limit: Limit, key: &str, now: Timestamp) -> Option<SignedDuration> {
        let (most, within) = limit.most();
        let mut recent =
            self.by_key.get(key)?.iter().filter(|at| now.duration_since(**at) < within);
        let first = recent.next()?;
        (recent.count() + 1 >= most).then(|| within - now.duration_since(*first))
    }

    fn note(&mut self, limit: Limit, key: &str, now: Timestamp) {
        let mut times = self.forget(key);
        if times.len() == limit.most().0 {
            times.pop_front();
        }
        times.push_back(now);
        if self.by_key.len() >= ROOM
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.by_key.remove(&oldest);
        }
        self.by_age.insert((now, key.to_owned()));
        self.by_key.insert(key.to_owned(), times);
    }

    /// Takes a key out, and gives its failures.
    fn forget(&mut self, key: &str) -> VecDeque<Timestamp> {
        let times = self.by_key.remove(key).unwrap_or_default();
        if let Some(last) = times.back() {
            self.by_age.remove(&(*last, key.to_owned()));
        }
        times
    }
}

impl Limits {
    /// Whether one more try is allowed.
    pub(super) fn check(&self, limit: Limit, key: &str, now: Timestamp) -> Result<()> {
        self.with(limit, |failures| allowed(failures.wait(limit, key, now)))
    }

    /// Notes a failure.
    pub(super) fn fail(&self, limit: Limit, key: &str, now: Timestamp) {
        self.with(limit, |failures| failures.note(limit, key, now));
    }

    /// Notes one more use of what is limited however it ends, if it is allowed.
    pub(super) fn spend(&self, limit: Limit, key: &str, now: Timestamp) -> Result<()> {
        self.with(limit, |failures| {
            allowed(failures.wait(limit, key, now))?;
            failures.note(limit, key, now);
            Ok(())
        })
    }

    /// Forgets the failures of an account whose owner has come in.
    pub(super) fn forget(&self, limit: Limit, key: &str) {
        self.with(limit, |failures| failures.forget(key));
    }

    fn with<T>(&self, limit: Limit, work: impl FnOnce(&mut Failures) -> T) -> T {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        work(failures.entry(limit).or_default())
    }
}

fn allowed(wait: Option<SignedDuration>) -> Result<()> {
    match wait {
        None => Ok(()),
        Some(wait) => {
            Err(Error::TooMany { again_in: Duration::try_from(wait).unwrap_or_default() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_failure_waits_for_the_first_to_be_fifteen_minutes_old() {
        let (limits, start) = (Limits::default(), Timestamp::UNIX_EPOCH);
        for minute in 0..10 {
            let now = start + SignedDuration::from_mins(minute);
            assert!(limits.check(Limit::Account, "anna@x.example", now).is_ok());
            limits.fail(Limit::Account, "anna@x.example", now);
        }
        let now = start + SignedDuration::from_mins(10);
        let Err(Error::TooMany { again_in }) = limits.check(Limit::Account, "anna@x.example", now)
        else {
            panic!("the limit is reached")
        };
        assert_eq!(again_in, Duration::from_secs(5 * 60));
        assert!(limits.check(Limit::Account, "ben@x.example", now).is_ok(), "others are not hit");
        let later = start + SignedDuration::from_mins(15);
        assert!(limits.check(Limit::Account, "anna@x.example", later).is_ok());
        limits.forget(Limit::Account, "anna@x.example");
        assert!(limits.check(Limit::Account, "anna@x.example", now).is_ok());
    }

    #[test]
    fn a_flood_of_keys_forgets_the_oldest_of_its_own_limit_and_no_other() {
        let (limits, start) = (Limits::default(), Timestamp::UNIX_EPOCH);
        let fail = |limit, key: &str, seconds| {
            limits.fail(limit, key, start + SignedDuration::from_secs(seconds));
        };
        for _ in 0..10 {
            fail(Limit::Account, "anna@x.example", 0);
            fail(Limit::Account, "ben@x.example", 2);
        }
        fail(Limit::Late, "an invite", 0);
        for n in 2..ROOM {
            fail(Limit::Account, &format!("{n}@flood.example"), 1);
        }
        let now = start + SignedDuration::from_secs(3);
        let open = |limit, key: &str| limits.check(limit, key, now).is_ok();
        assert!(!open(Limit::Account, "anna@x.example"), "there was room for all");
        fail(Limit::Account, "one@more.example", 3);
        assert!(open(Limit::Account, "anna@x.example"), "the oldest went");
        for n in 0..ROOM - 2 {
            fail(Limit::Account, &format!("{n}@second.example"), 2);
        }
        assert!(!open(Limit::Late, "an invite"), "another limit keeps what it knows");
        assert_eq!(
            limits.with(Limit::Account, |all| (all.by_key.len(), all.by_age.len())),
            (ROOM, ROOM)
        );
    }

    #[test]
    fn what_is_spent_counts_at_once() {
        let (limits, now) = (Limits::default(), Timestamp::UNIX_EPOCH);
        assert!(limits.spend(Limit::Late, "an invite", now).is_ok());
        assert!(limits.spend(Limit::Late, "an invite", now).is_err());
        assert!(limits.spend(Limit::Late, "another", now).is_ok());
        let later = now + SignedDuration::from_hours(1);
        assert!(limits.spend(Limit::Late, "an invite", later).is_ok());
    }
}
