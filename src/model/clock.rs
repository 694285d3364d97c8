//! Where the time comes from: the only place that asks the host.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{Timestamp, TimestampArithmetic};

/// The greatest time this process has seen. A clock that is set back must not revive a link that has expired.
static GREATEST: Mutex<Timestamp> = Mutex::new(Timestamp::MIN);

/// A source of time, shared by all its clones.
#[derive(Clone, Debug)]
pub struct Clock(Hands);

#[derive(Clone, Debug)]
enum Hands {
    System,
    Pinned(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The host's time, which never goes back while the process lives.
    pub const fn system() -> Self {
        Self(Hands::System)
    }

    /// A time that moves only when told: for tests and for demonstrations.
    pub fn pinned(at: Timestamp) -> Self {
        Self(Hands::Pinned(Arc::new(Mutex::new(at))))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Hands::System => not_before(&GREATEST, wall()),
            Hands::Pinned(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// How long a job may sleep before it looks at the time again. A pinned clock moves without waking anybody, and a
    /// host may have slept meanwhile.
    pub fn longest_sleep(&self) -> Duration {
        match &self.0 {
            Hands::System => Duration::from_secs(60),
            Hands::Pinned(_) => Duration::from_millis(50),
        }
    }

    /// Moves a pinned clock and all its clones. The host's time is not ours to set: nothing happens to it.
    pub fn set(&self, to: Timestamp) {
        if let Hands::Pinned(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }

    /// Moves a pinned clock on by a `SignedDuration`, a `std::time::Duration` or a span of hours or less;
    /// to the end of time at most.
    pub fn advance(&self, by: impl Into<TimestampArithmetic>) {
        self.set(self.now().saturating_add(by).unwrap_or(Timestamp::MAX));
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the host's clock")]
fn wall() -> Timestamp {
    Timestamp::now()
}

/// The later of the time and the greatest one seen so far, which this becomes.
fn not_before(greatest: &Mutex<Timestamp>, now: Timestamp) -> Timestamp {
    let mut greatest = greatest.lock().unwrap_or_else(PoisonError::into_inner);
    *greatest = now.max(*greatest);
    *greatest
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_clock_that_is_set_back_stands_still() {
        let (greatest, at) = (Mutex::new(Timestamp::MIN), |s| Timestamp::from_second(s).unwrap());
        let seen = [10, 11, -500, 10, 12].map(|s| not_before(&greatest, at(s)));
        assert_eq!(seen, [10, 11, 11, 11, 12].map(at));
        let (first, second) = (Clock::system().now(), Clock::system().now());
        assert!(first <= second);
    }

    #[test]
    fn a_pinned_clock_moves_with_all_its_clones() {
        let clock = Clock::pinned("2026-03-01T12:00:00Z".parse().unwrap());
        let other = clock.clone();
        other.advance(Duration::from_secs(60));
        other.advance(SignedDuration::from_hours(-1));
        assert_eq!(clock.now().to_string(), "2026-03-01T11:01:00Z");
        clock.set(Timestamp::MAX);
        clock.advance(Duration::from_secs(1));
        assert_eq!(other.now(), Timestamp::MAX);
    }
}
