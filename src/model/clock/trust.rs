//! What is believed of a clock that anybody may set: by hand, by a battery that is empty, by a time server that is
//! wrong. Set back, it must not open what has expired; set forth, it must not make us delete what has not.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::values::roughly;

/// Corrections up to this much are a matter of course.
const SLIGHT: SignedDuration = SignedDuration::from_mins(5);
/// How much more than the time that has passed a clock may go on while we watch: a host that has slept seems to jump.
const LEAP: SignedDuration = SignedDuration::from_hours(1);
/// How long a server may have been switched off without a question.
const HOLIDAYS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a clock that has jumped forth must stay there to be believed: time enough for somebody to notice.
const PROBATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a clock is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockTrouble {
    /// It is behind a time that has been.
    Behind(SignedDuration),
    /// It has jumped forth.
    Ahead(SignedDuration),
}

impl fmt::Display for ClockTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Behind(by) => write!(
                f,
                "This machine's clock is {} behind the latest time that was written into the data. Set it right. If it \
                 is right, stop the server and run `anteroom check --repair`. Until then time goes on from where it \
                 was, and nothing is deleted because it is old.",
                roughly(*by)
            ),
            Self::Ahead(by) => write!(
                f,
                "This machine's clock is {} ahead of where it should be after the time that has passed. In case it is \
                 wrong, nothing is deleted for a day because it is old.",
                roughly(*by)
            ),
        }
    }
}

/// What has been seen of a clock.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// The greatest time that is believed, and how long the process had been running then. None before the first look.
    greatest: Option<(Timestamp, Duration)>,
    /// Since when it is far ahead.
    ahead: Option<Duration>,
    trouble: Option<ClockTrouble>,
}

impl Trust {
    pub(super) const fn new() -> Self {
        Self { greatest: None, ahead: None, trouble: None }
    }

    pub(super) fn trouble(&self) -> Option<ClockTrouble> {
        self.trouble
    }

    pub(super) fn believed(&self) -> Option<Timestamp> {
        self.greatest.map(|(at, _)| at)
    }

    /// The time, given what the clock shows and how long the process has been running, which nobody can set.
    pub(super) fn judge(&mut self, wall: Timestamp, running: Duration) -> Timestamp {
        let Some((greatest, at)) = self.greatest else {
            self.greatest = Some((wall, running));
            return wall;
        };
        let passed = SignedDuration::try_from(running.saturating_sub(at)).unwrap_or(LEAP);
        let expected = greatest.saturating_add(passed).unwrap_or(Timestamp::MAX);
        let off = wall.duration_since(expected);
        if off < -SLIGHT && wall < greatest {
            self.ahead = None;
            self.greatest = Some((expected, running));
            self.note(Some(ClockTrouble::Behind(-off)));
            return expected;
        }
        if off > LEAP || (self.ahead.is_some() && off > SLIGHT) {
            let since = *self.ahead.get_or_insert(running);
            if running.saturating_sub(since) < PROBATION {
                self.note(Some(ClockTrouble::Ahead(off)));
                return wall;
            }
        }
        self.ahead = None;
        self.note(None);
        let now = wall.max(greatest);
        self.greatest = Some((now, running));
        now
    }

    /// What was believed when the data was last written.
    pub(super) fn remember(&mut self, kept: Timestamp, wall: Timestamp, running: Duration) {
        let off = wall.duration_since(kept);
        if off > HOLIDAYS {
            self.ahead = Some(running);
            self.greatest = Some((kept, running));
        } else if self.greatest.is_none_or(|(greatest, _)| greatest < kept.max(wall)) {
            self.greatest = Some((kept.max(wall), running));
        }
        self.judge(wall, running);
    }

    /// Says it once.
    fn note(&mut self, trouble: Option<ClockTrouble>) {
        let kind = |trouble: &Option<ClockTrouble>| trouble.as_ref().map(std::mem::discriminant);
        if kind(&trouble) != kind(&self.trouble) {
            match &trouble {
                Some(trouble) => tracing::warn!("{trouble}"),
                None => tracing::info!("this machine's clock is believed again"),
            }
        }
        self.trouble = trouble;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    const NOON: i64 = 1_770_000_000;

    /// What is made of a clock that shows this at that second of the process, each in seconds.
    fn judged(trust: &mut Trust, wall: i64, running: i64) -> i64 {
        let wall = Timestamp::from_second(wall).unwrap();
        trust.judge(wall, Duration::from_secs(running.unsigned_abs())).as_second()
    }

    fn kept(at: i64, wall: i64) -> Trust {
        let [kept, wall] = [at, wall].map(|at| Timestamp::from_second(at).unwrap());
        let mut trust = Trust::new();
        trust.remember(kept, wall, Duration::ZERO);
        trust
    }

    #[test]
    fn slight_corrections_make_time_stand_still() {
        let mut trust = Trust::new();
        let seen = [(0, 0), (10, 10), (-60, 20), (9, 21), (12, 22)]
            .map(|(wall, running)| judged(&mut trust, NOON + wall, running) - NOON);
        assert_eq!((seen, trust.trouble()), ([0, 10, 10, 10, 12], None));
    }

    #[test]
    fn set_back_by_a_year_time_goes_on_from_where_it_was() {
        let mut trust = Trust::new();
        judged(&mut trust, NOON, 0);
        assert_eq!(judged(&mut trust, NOON - YEAR, 60), NOON + 60);
        assert_eq!(judged(&mut trust, NOON - YEAR + HOUR, 60 + HOUR), NOON + 60 + HOUR);
        let sentence = trust.trouble().unwrap().to_string();
        assert!(sentence.starts_with("This machine's clock is 365 days behind"), "{sentence}");
        assert_eq!(judged(&mut trust, NOON + 2 * HOUR, 2 * HOUR), NOON + 2 * HOUR);
        assert_eq!(trust.trouble(), None, "set right again");
    }

    #[test]
    fn set_forth_by_a_year_it_is_believed_after_a_day() {
        let mut trust = Trust::new();
        judged(&mut trust, NOON, 0);
        assert_eq!(judged(&mut trust, NOON + YEAR, 60), NOON + YEAR);
        assert!(matches!(trust.trouble(), Some(ClockTrouble::Ahead(_))));
        assert_eq!(trust.believed().unwrap().as_second(), NOON, "and not written down");
        assert_eq!(judged(&mut trust, NOON + 120, 120), NOON + 120, "set right again");
        assert_eq!(trust.trouble(), None);
        for hours in [1, 12, 24, 25] {
            judged(&mut trust, NOON + YEAR + hours * HOUR, hours * HOUR);
            assert_eq!(trust.trouble().is_some(), hours < 25, "{hours}");
        }
        assert_eq!(trust.believed().unwrap().as_second(), NOON + YEAR + 25 * HOUR);
    }

    #[test]
    fn a_server_remembers_over_a_restart() {
        let mut trust = kept(NOON, NOON - YEAR);
        assert_eq!(judged(&mut trust, NOON - YEAR + 60, 60), NOON + 60);
        assert!(matches!(trust.trouble(), Some(ClockTrouble::Behind(_))));
        let mut trust = kept(NOON, NOON + 14 * DAY);
        assert_eq!(
            (judged(&mut trust, NOON + 14 * DAY, 1), trust.trouble()),
            (NOON + 14 * DAY, None)
        );
        let mut trust = kept(NOON, NOON + YEAR);
        assert_eq!(judged(&mut trust, NOON + YEAR, 1), NOON + YEAR);
        assert!(matches!(trust.trouble(), Some(ClockTrouble::Ahead(_))));
    }
}
