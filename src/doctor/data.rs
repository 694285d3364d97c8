//! The data: whether it fits together.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::Result;
use crate::model::{Check, Report};

const ID: &str = "data";
const TITLE: &str = "Data";
/// Findings that are told; `anteroom check` tells all.
const TOLD: usize = 3;

/// Goes through the data on a thread that may wait.
pub(super) async fn check(
    look: impl FnOnce() -> Result<Report> + Send + 'static,
    patience: Duration,
) -> Check {
    const BY_HAND: &str = "Run anteroom check at the machine.";
    match timeout(patience, spawn_blocking(look)).await {
        Err(_) => {
            Check::warn(ID, TITLE, "Going through it takes longer than was waited for.", BY_HAND)
        }
        Ok(Ok(Ok(report))) => of(&report),
        Ok(Ok(Err(why))) => Check::fail(ID, TITLE, format!("It cannot be read. {why}"), BY_HAND),
        Ok(Err(_)) => {
            Check::fail(ID, TITLE, "Going through it broke off: the log says why.", BY_HAND)
        }
    }
}

fn of(report: &Report) -> Check {
    if report.findings.is_empty() {
        let found = format!(
            "The index says what the records say, no record names one that is not there, and the {} entries of the \
             activity are as they were written.",
            report.entries
        );
        return Check::ok(ID, TITLE, found);
    }
    let mut found: Vec<&str> = report.findings.iter().map(|one| one.what.as_str()).collect();
    let more = found.len().saturating_sub(TOLD);
    found.truncate(TOLD);
    let mut found = found.join(" ");
    if more > 0 {
        found.push_str(&format!(" And {more} more."));
    }
    const THEN: &str =
        "Run anteroom check at the machine: it lists all of it, and says what can be repaired.";
    Check::fail(ID, TITLE, found, THEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::model::{CheckState, Finding, Part};

    #[tokio::test]
    async fn what_does_not_fit_is_told_and_counted() {
        let finding =
            |n: usize| Finding { part: Part::References, what: format!("Thing {n} is gone.") };
        let findings: Vec<Finding> = (1..=5).map(finding).collect();
        let long = Duration::from_secs(60);
        let bad = check(move || Ok(Report { findings, ..Report::default() }), long).await;
        assert_eq!(bad.state, CheckState::Fail);
        assert_eq!(bad.found, "Thing 1 is gone. Thing 2 is gone. Thing 3 is gone. And 2 more.");
        let good = check(|| Ok(Report::default()), long).await;
        assert_eq!((good.state, good.todo), (CheckState::Ok, None));
        assert_eq!(check(|| Err(Error::Busy), long).await.state, CheckState::Fail);
        let slow = check(
            || {
                std::thread::park_timeout(Duration::from_millis(200));
                Ok(Report::default())
            },
            Duration::from_millis(1),
        );
        assert!(slow.await.found.contains("takes longer"));
    }
}
