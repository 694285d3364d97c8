//! Limits on failures: guessing passwords and codes is slowed down, using the product is not.

use std::collections::{HashMap, VecDeque};
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
}

impl Limit {
    const fn most(self) -> (usize, SignedDuration) {
        match self {
            Self::Account => (10, SignedDuration::from_mins(15)),
            Self::Network => (50, SignedDuration::from_mins(15)),
            Self::Code => (5, SignedDuration::from_mins(10)),
            Self::SetUp => (5, SignedDuration::from_mins(1)),
            Self::Forgot => (3, SignedDuration::from_hours(1)),
        }
    }
}

/// Keys remembered at once; beyond that the stalest go, so that a flood of addresses cannot take the memory.
const ROOM: usize = 50_000;

/// Failures of the last minutes. Kept in memory: a restart forgives.
#[derive(Default)]
pub(super) struct Limits {
    failures: Mutex<HashMap<(Limit, String), VecDeque<Timestamp>>>,
}

impl Limits {
    /// Whether one more try is allowed.
    pub(super) fn check(&self, limit: Limit, key: &str, now: Timestamp) -> Result<()> {
        let (most, within) = limit.most();
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(times) = failures.get(&(limit, key.to_owned())) else { return Ok(()) };
        let mut recent = times.iter().filter(|at| now.duration_since(**at) < within);
        let (Some(first), count) = (recent.next(), recent.count() + 1) else { return Ok(()) };
        if count < most {
            return Ok(());
        }
        let wait = within - now.duration_since(*first);
        Err(Error::TooMany { again_in: Duration::try_from(wait).unwrap_or_default() })
    }

    /// Notes a failure.
    pub(super) fn fail(&self, limit: Limit, key: &str, now: Timestamp) {
        let (most, _) = limit.most();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= ROOM {
            failures.retain(|(limit, _), times| {
                times.back().is_some_and(|last| now.duration_since(*last) < limit.most().1)
            });
            if failures.len() >= ROOM {
                failures.clear();
            }
        }
        let times = failures.entry((limit, key.to_owned())).or_default();
        if times.len() == most {
            times.pop_front();
        }
        times.push_back(now);
    }

    /// Forgets the failures of an account whose owner has come in.
    pub(super) fn forget(&self, limit: Limit, key: &str) {
        self.failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(limit, key.to_owned()));
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
}
