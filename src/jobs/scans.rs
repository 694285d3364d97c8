//! The virus scan: hands what waits to clamd and writes down what it said.
//!
//! While clamd does not work everything waits, and it is asked again and again, ever less often. Nothing passes meanwhile.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use super::Stop;
use crate::error::Result;
use crate::model::System;
use crate::model::scan::{DueScan, ScanTrouble, Scanner, Verdict};
use crate::scan::{Answer, Failure, scan};

/// Files that are scanned side by side.
const AT_ONCE: usize = 3;
/// After a disk that failed.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Between tries while clamd does not work; twice as long each time, up to five minutes.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// The longest of them.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(5);
/// How long a file that clamd failed at waits for the next try; twice as long each time.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(30);
/// So often clamd is asked to look at a file at which it fails, then the file is locked.
const TRIES: u32 = 4;
/// What is larger than clamd takes.
const TOO_LARGE: &str = "It is larger than the virus scan takes. Have StreamMaxLength, MaxFileSize and MaxScanSize raised in clamd.conf and clamd restarted, then press “Scan again” in Settings › Files.";

/// Scans until told to stop.
pub(super) async fn run(system: System, mut stop: Stop) {
    let bell = system.scan_bell();
    let mut worker = Worker { system, pauses: 0, failed: HashMap::new() };
    loop {
        let nap = tokio::select! {
            () = stop.wait() => return,
            nap = worker.turn() => nap.unwrap_or_else(|why| {
                tracing::error!(job = "scans", %why, "files could not be scanned");
                TRY_AGAIN
            }),
        };
        tokio::select! {
            () = stop.wait() => return,
            () = bell.notified() => {}
            () = sleep(nap) => {}
        }
    }
}

struct Worker {
    system: System,
    /// Tries in a row at which clamd did not work.
    pauses: u32,
    /// Files at which clamd failed: how often, and when they are tried again.
    failed: HashMap<DueScan, (u32, Timestamp)>,
}

impl Worker {
    /// Scans what waits, and says how long to sleep then.
    async fn turn(&mut self) -> Result<Duration> {
        let (mut under_way, mut in_hand) = (FuturesUnordered::new(), HashSet::new());
        let bell = self.system.scan_bell();
        loop {
            let scanner = self.system.scanner()?;
            let now = self.system.now();
            let pause = self.system.scan_trouble().map(|trouble| trouble.next);
            let pause = pause.filter(|next| *next > now);
            if let Some(scanner) = scanner.filter(|_| pause.is_none()) {
                let room = self.room(under_way.len());
                for due in self.due(&in_hand, room)? {
                    in_hand.insert(due);
                    under_way.push(look(self.system.clone(), scanner.clone(), due));
                }
            }
            if under_way.is_empty() {
                return Ok(self.nap(pause));
            }
            tokio::select! {
                biased;
                Some((due, looked)) = under_way.next() => {
                    in_hand.remove(&due);
                    self.settle(due, looked).await?;
                }
                () = bell.notified() => {}
            }
        }
    }

    /// How many may be begun. After a failure one is enough to see whether clamd works again.
    fn room(&self, under_way: usize) -> usize {
        let most = if self.system.scan_trouble().is_some() { 1 } else { AT_ONCE };
        most.saturating_sub(under_way)
    }

    fn due(&self, in_hand: &HashSet<DueScan>, room: usize) -> Result<Vec<DueScan>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.system.now();
        let later = self.failed.iter().filter(|(_, (_, next))| *next > now);
        let without = later.map(|(due, _)| *due).chain(in_hand.iter().copied()).collect();
        self.system.due_scans(&without, room)
    }

    /// Until the next try of anything, at most the longest sleep.
    fn nap(&self, pause: Option<Timestamp>) -> Duration {
        let (now, longest) = (self.system.now(), self.system.longest_sleep());
        let next = self.failed.values().map(|(_, next)| *next).filter(|next| *next > now).min();
        let next = pause.or(next);
        next.and_then(|next| Duration::try_from(next.duration_since(now)).ok())
            .map_or(longest, |wait| wait.min(longest))
    }

    async fn settle(&mut self, due: DueScan, looked: Result<Answer, Trouble>) -> Result<()> {
        let verdict = match looked {
            Ok(Answer::Clean) => Verdict::Clean,
            Ok(Answer::Found(what)) => Verdict::Infected(what),
            Ok(Answer::TooLarge) => Verdict::Unscanned(TOO_LARGE.into()),
            Ok(Answer::Failed(words)) => {
                self.works_again();
                match self.failed_at(due) {
                    true => Verdict::Unscanned(format!(
                        "The virus scan fails at it: “{words}”. See the log of clamd, then press “Scan again” in Settings › Files."
                    )),
                    false => return Ok(()),
                }
            }
            Err(Trouble::Clamd(plain)) => {
                self.pause(plain);
                return Ok(());
            }
            Err(Trouble::Bytes(why)) => {
                tracing::error!(job = "scans", file = %due.file, %why, "a file could not be read");
                match self.failed_at(due) {
                    true => {
                        Verdict::Unscanned(format!("It could not be read to be scanned. {why}"))
                    }
                    false => return Ok(()),
                }
            }
        };
        self.works_again();
        self.failed.remove(&due);
        self.system.scanned(due, verdict).await
    }

    /// Notes that this file could not be looked at. True if that was the last try.
    fn failed_at(&mut self, due: DueScan) -> bool {
        let now = self.system.now();
        let (tries, next) = self.failed.entry(due).or_insert((0, now));
        *next = now + FIRST_RETRY.saturating_mul(1 << (*tries).min(8));
        *tries += 1;
        *tries >= TRIES
    }

    fn works_again(&mut self) {
        self.pauses = 0;
        self.system.note_scan_trouble(None);
    }

    /// Has everything wait for a while.
    fn pause(&mut self, plain: String) {
        let wait = FIRST_PAUSE.saturating_mul(1 << self.pauses.min(6)).min(LONGEST_PAUSE);
        self.pauses += 1;
        let now = self.system.now();
        let since = self.system.scan_trouble().map_or(now, |trouble| trouble.since);
        tracing::warn!(job = "scans", %plain, "no file is scanned at present");
        self.system.note_scan_trouble(Some(ScanTrouble { since, next: now + wait, plain }));
    }
}

/// Why a file was not looked at.
enum Trouble {
    /// clamd does not work.
    Clamd(String),
    /// Our own bytes cannot be read.
    Bytes(String),
}

async fn look(
    system: System,
    scanner: Scanner,
    due: DueScan,
) -> (DueScan, Result<Answer, Trouble>) {
    (due, looked(&system, &scanner, due).await)
}

async fn looked(system: &System, scanner: &Scanner, due: DueScan) -> Result<Answer, Trouble> {
    let content = system.content_to_scan(due).map_err(|why| Trouble::Bytes(why.to_string()))?;
    scan(scanner, content.stream(0..content.len())).await.map_err(|failure| match failure {
        Failure::Clamd(plain) => Trouble::Clamd(plain),
        Failure::Source(why) => Trouble::Bytes(why.to_string()),
    })
}
