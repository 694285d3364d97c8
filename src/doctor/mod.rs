//! Whether all is well, for whoever looks after an installation: each thing with what was found and what to do. The
//! command `anteroom doctor` prints it, and Settings › Health shows it.
//!
//! `here.rs` looks at this machine and needs a moment; `data.rs` goes through the data; `domain.rs` asks the DNS. Whether
//! the record of a key is there is asked in `record.rs`, and what an SPF record allows in `spf.rs`.

mod data;
mod domain;
mod here;
mod record;
mod spf;

use std::fmt::Write;
use std::time::Duration;

use crate::dns::Dns;
use crate::error::Result;
use crate::model::{Check, CheckState, Checkup, Report, Vitals};

pub use here::here;
pub use record::{Seen, look_up};

/// Looks at everything. `look` goes through the data; it may take so long as `patience` says.
pub async fn examine(
    vitals: &Vitals,
    look: impl FnOnce() -> Result<Report> + Send + 'static,
    patience: Duration,
) -> Checkup {
    let dns = Dns::new(vitals.dns_server);
    let domain = Box::pin(domain::checks(vitals, &dns));
    let (data, domain) = tokio::join!(data::check(look, patience), domain);
    let mut checks = vec![data];
    checks.extend(here(vitals));
    checks.extend(domain);
    Checkup { at: vitals.now, checks }
}

/// What somebody should hear of without asking: what fails, and what will before long.
#[must_use]
pub fn alarms(vitals: &Vitals, last: Option<&Checkup>) -> Vec<Check> {
    // Backups and the certificate have alarms of their own.
    let calls = |check: &Check| match check.state {
        CheckState::Fail => !["backups", "certificate"].contains(&check.id),
        CheckState::Warn => ["clock", "outbox"].contains(&check.id),
        CheckState::Ok => false,
    };
    let here = here(vitals);
    let asked = asked(&here, last);
    here.into_iter().chain(asked).filter(calls).collect()
}

/// What was found last of all that takes longer to look at than a page may take.
#[must_use]
pub fn asked(here: &[Check], last: Option<&Checkup>) -> Vec<Check> {
    let checks = last.map(|last| last.checks.as_slice()).unwrap_or_default();
    let is_here = |check: &&Check| here.iter().any(|known| known.id == check.id);
    checks.iter().filter(|check| !is_here(check) && check.id != "dkim-key").cloned().collect()
}

/// The whole list for a terminal.
#[must_use]
pub fn text(checkup: &Checkup) -> String {
    let mut text = String::new();
    for check in &checkup.checks {
        let word = match check.state {
            CheckState::Ok => "ok  ",
            CheckState::Warn => "WARN",
            CheckState::Fail => "FAIL",
        };
        let _ = writeln!(text, "{word}  {}: {}", check.title, check.found);
        if let Some(todo) = &check.todo {
            let _ = writeln!(text, "      {todo}");
        }
        for record in &check.records {
            let _ = writeln!(text, "      {}  {}  {}", record.name, record.kind, record.value);
        }
    }
    text.push_str(&summary(&checkup.checks));
    text
}

/// How many things are not as they should be, in a sentence.
#[must_use]
pub fn summary(checks: &[Check]) -> String {
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let things = |count: usize| match count {
        1 => "1 thing".to_owned(),
        count => format!("{count} things"),
    };
    match (count(CheckState::Fail), count(CheckState::Warn)) {
        (0, 0) => "All is well.".to_owned(),
        (0, warned) => format!("Nothing fails. Look at {}.", things(warned)),
        (1, 0) => "1 thing needs care.".to_owned(),
        (failed, 0) => format!("{} need care.", things(failed)),
        (failed, warned) => {
            let verb = if failed == 1 { "needs" } else { "need" };
            format!("{} {verb} care. Look at {} more.", things(failed), things(warned))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_ends_with_what_to_look_at() {
        let ok = Check::ok("a", "Clock", "It is right.");
        let bad = Check::fail("b", "DKIM", "There is no record.", "Set it.").with(
            "TXT",
            "a._domainkey.firm.example",
            "v=DKIM1",
        );
        let warned = Check::warn("c", "DMARC", "There is none.", "Set it.");
        let at = jiff::Timestamp::UNIX_EPOCH;
        let text = text(&Checkup { at, checks: vec![ok.clone(), bad.clone()] });
        assert!(
            text.contains("ok    Clock: It is right.\nFAIL  DKIM: There is no record.\n"),
            "{text}"
        );
        assert!(text.contains("      a._domainkey.firm.example  TXT  v=DKIM1\n"), "{text}");
        assert!(text.ends_with("1 thing needs care."), "{text}");
        assert_eq!(summary(&[ok]), "All is well.");
        assert_eq!(summary(std::slice::from_ref(&warned)), "Nothing fails. Look at 1 thing.");
        assert_eq!(summary(&[bad, warned]), "1 thing needs care. Look at 1 thing more.");
    }
}
