//! When a backup is due. All of it follows from the plan and from what was done, so that a server that slept catches up
//! and nothing has to be remembered.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::BackupPlan;
use super::runs::{BackupRun, RunOutcome};

/// After a backup that failed.
const TRY_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Between two trials of the newest backup.
const VERIFY_EVERY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What has to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// A backup.
    Backup,
    /// A backup, and the one that was due at this time was never made.
    Missed(Timestamp),
    /// The newest backup shall be restored into a scratch folder.
    Verify,
}

impl BackupPlan {
    /// The last time at or before this one at which the plan wants a backup.
    fn last_time(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        [0, 1].into_iter().find_map(|days| {
            let day = today.checked_sub(days.days()).ok()?;
            let at = day.to_datetime(self.at.time()).to_zoned(zone.clone()).ok()?;
            Some(at.timestamp()).filter(|at| *at <= now)
        })
    }

    /// The next time after this one at which a backup is made; none if none is.
    #[must_use]
    pub fn next_time(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let today = now.to_zoned(zone.clone()).date();
        let next = [0, 1].into_iter().find_map(|days| {
            let day = today.checked_add(days.days()).ok()?;
            let at = day.to_datetime(self.at.time()).to_zoned(zone.clone()).ok()?;
            Some(at.timestamp()).filter(|at| *at > now)
        });
        next.filter(|_| self.on)
    }

    /// What has to be done. `runs` are the latest, newest first.
    #[must_use]
    pub fn due(&self, runs: &[BackupRun], now: Timestamp, zone: &TimeZone) -> Due {
        let Some(since) = self.since.filter(|_| self.on) else { return Due::Nothing };
        let Some(due) = self.last_time(now, zone).filter(|due| *due >= since) else {
            return self.trial(runs, now);
        };
        let good = runs.iter().find(|run| run.made().is_some());
        if good.is_some_and(|good| good.started >= due) {
            return self.trial(runs, now);
        }
        let covered = good.map_or(since, |good| good.started.max(since));
        let before = self.last_time(due - SignedDuration::from_secs(1), zone);
        if let Some(before) = before.filter(|before| covered < *before)
            && runs.iter().all(|run| run.started < before)
        {
            return Due::Missed(before);
        }
        let failed = runs.iter().find(|run| matches!(run.outcome, RunOutcome::Failed { .. }));
        match failed.filter(|failed| failed.started >= due) {
            Some(failed) if now < failed.ended + TRY_AGAIN => Due::Nothing,
            _ => Due::Backup,
        }
    }

    fn trial(&self, runs: &[BackupRun], now: Timestamp) -> Due {
        let Some(newest) = runs.iter().find(|run| run.made().is_some()) else {
            return Due::Nothing;
        };
        let tried = runs.iter().filter_map(|run| run.verified.as_ref()).map(|one| one.at).max();
        // The first month counts from the first backup that is known.
        let first = runs.iter().rfind(|run| run.made().is_some()).map_or(now, |run| run.started);
        let last = tried.unwrap_or(first);
        let due = self.verify && newest.can_verify() && now.duration_since(last) >= VERIFY_EVERY;
        if due { Due::Verify } else { Due::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::backups::runs::{Cause, Made};
    use crate::model::id::Id;

    fn at(text: &str) -> Timestamp {
        format!("2026-{text}Z").parse().unwrap()
    }

    fn plan() -> BackupPlan {
        BackupPlan { on: true, since: Some(at("03-01T12:00:00")), ..BackupPlan::default() }
    }

    fn run(started: &str, good: bool) -> BackupRun {
        let outcome = match good {
            true => RunOutcome::Made(Made::default()),
            false => RunOutcome::Failed { why: "The disk is full.".into() },
        };
        BackupRun {
            id: Id::MIN,
            cause: Cause::Schedule,
            started: at(started),
            ended: at(started),
            outcome,
            verified: None,
            told: false,
            removed: None,
            opener: None,
        }
    }

    #[test]
    fn a_backup_is_due_once_a_day_by_the_clock_of_the_firm() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let due = |runs: &[BackupRun], now| plan().due(runs, at(now), &zone);
        assert_eq!(due(&[], "03-02T07:29:59"), Due::Nothing, "half past two is 7:30 UTC");
        assert_eq!(due(&[], "03-02T07:30:00"), Due::Backup);
        let made = [run("03-02T07:30:00", true)];
        assert_eq!(due(&made, "03-03T07:29:00"), Due::Nothing);
        assert_eq!(due(&made, "03-03T07:31:00"), Due::Backup);
        assert_eq!(
            BackupPlan { on: false, ..plan() }.due(&[], at("03-02T07:30:00"), &zone),
            Due::Nothing
        );
        let next = plan().next_time(at("03-02T07:30:00"), &zone);
        assert_eq!(next, Some(at("03-03T07:30:00")));
    }

    #[test]
    fn in_the_night_without_half_past_two_it_is_made_all_the_same() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let made = [run("03-07T07:30:00", true)];
        assert_eq!(plan().due(&made, at("03-08T07:30:00"), &zone), Due::Backup);
        let made = [run("03-08T07:31:00", true)];
        assert_eq!(plan().due(&made, at("03-08T20:00:00"), &zone), Due::Nothing);
    }

    #[test]
    fn a_failure_is_tried_again_after_an_hour() {
        let due = |runs: &[BackupRun], now| plan().due(runs, at(now), &TimeZone::UTC);
        let failed = [run("03-02T02:30:00", false)];
        assert_eq!(due(&failed, "03-02T03:29:00"), Due::Nothing);
        assert_eq!(due(&failed, "03-02T03:30:00"), Due::Backup);
        assert_eq!(due(&failed, "03-03T02:30:00"), Due::Backup, "the next day at once");
    }

    #[test]
    fn a_server_that_slept_says_which_backup_was_missed_and_makes_one() {
        let due = |runs: &[BackupRun], now| plan().due(runs, at(now), &TimeZone::UTC);
        let made = run("03-02T02:30:00", true);
        assert_eq!(
            due(std::slice::from_ref(&made), "03-03T23:00:00"),
            Due::Backup,
            "late, and none missed"
        );
        let missed = Due::Missed(at("03-04T02:30:00"));
        assert_eq!(due(std::slice::from_ref(&made), "03-05T09:00:00"), missed);
        let mut told = run("03-05T09:00:00", true);
        told.outcome = RunOutcome::Missed { due: at("03-04T02:30:00") };
        assert_eq!(due(&[told, made], "03-05T09:00:00"), Due::Backup, "it is said once");
    }

    #[test]
    fn the_newest_backup_is_tried_once_a_month() {
        let due = |runs: &[BackupRun], now| plan().due(runs, at(now), &TimeZone::UTC);
        let mut runs = [run("04-02T02:30:00", true), run("03-02T02:30:00", true)];
        assert_eq!(due(&runs, "04-02T05:00:00"), Due::Verify);
        runs[0].verified =
            Some(super::super::runs::Verified { at: at("04-02T05:00:00"), why: None });
        assert_eq!(due(&runs, "04-02T06:00:00"), Due::Nothing);
    }
}
