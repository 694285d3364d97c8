//! Where the time comes from: the only place that asks the host.

mod trust;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::{Timestamp, TimestampArithmetic};

pub use trust::ClockTrouble;
use trust::Trust;

/// What this process believes of the host's clock.
static TRUST: Mutex<Trust> = Mutex::new(Trust::new());
/// When it was first asked.
static BEGAN: OnceLock<Instant> = OnceLock::new();

/// A source of time, shared by all its clones.
#[derive(Clone, Debug)]
pub struct Clock(Hands);

#[derive(Clone, Debug)]
enum Hands {
    System,
    #[cfg(test)]
    Watched(Arc<Host>),
    Pinned(Arc<Mutex<Timestamp>>),
}

/// (tests) A host whose clock is set as one likes, while it runs on.
#[cfg(test)]
#[derive(Debug, Default)]
pub(super) struct Host {
    trust: Mutex<Trust>,
    /// What its clock shows, and how long it has been running.
    pub(super) shows: Mutex<(Timestamp, Duration)>,
}

impl Clock {
    /// The host's time. It never goes back, not even when the host's clock is set back, and a clock that is suddenly
    /// far ahead is not believed for a while: see [`Clock::trouble`].
    pub const fn system() -> Self {
        Self(Hands::System)
    }

    /// A time that moves only when told: for tests and for demonstrations.
    pub fn pinned(at: Timestamp) -> Self {
        Self(Hands::Pinned(Arc::new(Mutex::new(at))))
    }

    #[cfg(test)]
    pub(super) fn of(host: Arc<Host>) -> Self {
        Self(Hands::Watched(host))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        if let Hands::Pinned(at) = &self.0 {
            return *at.lock().unwrap_or_else(PoisonError::into_inner);
        }
        self.judged(|trust, wall, running| trust.judge(wall, running))
    }

    /// Why the host's clock is not believed at present. Then nothing is deleted because it is old.
    pub fn trouble(&self) -> Option<ClockTrouble> {
        if self.is_pinned() {
            return None;
        }
        self.judged(|trust, wall, running| {
            trust.judge(wall, running);
            trust.trouble()
        })
    }

    /// The greatest time that is believed, to be kept with the data. None of a clock that is moved on purpose.
    pub(super) fn believed(&self) -> Option<Timestamp> {
        if self.is_pinned() {
            return None;
        }
        self.judged(|trust, wall, running| {
            trust.judge(wall, running);
            trust.believed()
        })
    }

    /// What was believed when the data was last written.
    pub(super) fn believe(&self, kept: Timestamp) {
        if !self.is_pinned() {
            self.judged(|trust, wall, running| trust.remember(kept, wall, running));
        }
    }

    fn is_pinned(&self) -> bool {
        matches!(self.0, Hands::Pinned(_))
    }

    fn judged<T>(&self, judge: impl FnOnce(&mut Trust, Timestamp, Duration) -> T) -> T {
        let lock = |trust| -> MutexGuard<'_, Trust> {
            Mutex::lock(trust).unwrap_or_else(PoisonError::into_inner)
        };
        match &self.0 {
            #[cfg(test)]
            Hands::Watched(host) => {
                let (wall, running) = *host.shows.lock().unwrap();
                judge(&mut lock(&host.trust), wall, running)
            }
            _ => judge(&mut lock(&TRUST), wall(), BEGAN.get_or_init(Instant::now).elapsed()),
        }
    }

    /// How long a job may sleep before it looks at the time again. A pinned clock moves without waking anybody, and a
    /// host may have slept meanwhile.
    pub fn longest_sleep(&self) -> Duration {
        if self.is_pinned() { Duration::from_millis(50) } else { Duration::from_secs(60) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn the_hosts_time_goes_on() {
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
