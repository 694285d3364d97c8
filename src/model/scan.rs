//! The virus scan: whether the firm has one, which versions wait for it, and what it said of them.
//!
//! The scanner itself is a program beside ours, clamd; `scan.rs` above the model speaks with it, and `jobs/scans.rs` hands
//! it what waits. While the scan is on nothing passes that it has not seen: a version that comes in is
//! [`Scan::Waiting`] in the very command that stores it, and only [`System::scanned`] changes that.

mod settings;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::Notify;

pub use settings::{ScanForm, ScanSettings, Scanner};

use super::activity::By;
use super::console::Console;
use super::core::Core;
use super::db::{Change, Order, Record, Records, Span, Write};
use super::file::{File, Scan};
use super::id::Id;
use super::system::System;
use crate::blobs::Content;
use crate::error::{Error, Result};

/// Counts beyond this are shown as "more than".
const COUNTED: usize = 1_000;

/// What the model and the job that scans tell each other.
#[derive(Default)]
pub(super) struct ScanDesk {
    /// Rung when something may be to scan, or somebody wants it tried now.
    bell: Arc<Notify>,
    /// Why nothing is scanned at present.
    trouble: RwLock<Option<ScanTrouble>>,
}

impl ScanDesk {
    /// Files or settings have changed.
    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }

    fn trouble(&self) -> Option<ScanTrouble> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<ScanTrouble>) {
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Why nothing is scanned at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanTrouble {
    /// Since when.
    pub since: Timestamp,
    /// When the next try is made.
    pub next: Timestamp,
    /// In plain language, with what to do.
    pub plain: String,
}

/// How the virus scan stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanState {
    /// Where the scanner is; none where nothing is scanned.
    pub scanner: Option<Scanner>,
    /// Why nothing is scanned at present.
    pub trouble: Option<ScanTrouble>,
    /// How many files wait, at most 1,001.
    pub waiting: usize,
    /// When the one that waits longest came.
    pub oldest: Option<Timestamp>,
    /// How many files are locked because they could not be scanned, at most 1,001.
    pub unscanned: usize,
}

/// A version that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DueScan {
    /// Of which file.
    pub file: Id<File>,
    /// Its number.
    pub version: u32,
}

/// What became of a version that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// It is infected; what the scanner calls it.
    Infected(String),
    /// The scanner could not look at it: why, and what to do.
    Unscanned(String),
}

impl Write<'_, '_> {
    /// Whether the firm scans what comes in.
    pub(super) fn scanning(&self) -> Result<bool> {
        Ok(ScanSettings::of(self)?.active().is_some())
    }

    /// What a version begins with that comes in now.
    pub(super) fn new_scan(&self) -> Result<Scan> {
        Ok(if self.scanning()? { Scan::Waiting } else { Scan::Off })
    }
}

impl Core {
    pub(super) fn scan_state(&self) -> Result<ScanState> {
        self.db.read(|r| {
            let scanner = ScanSettings::of(r)?.active().cloned();
            let waiting = files(r, "file.scan", COUNTED + 1)?;
            let first: Option<File> = waiting.first().map(|id| r.get(*id)).transpose()?.flatten();
            let since = |file: &File| {
                let waits = |version: &&super::file::Version| version.scan == Scan::Waiting;
                file.versions.iter().find(waits).map(|version| version.at)
            };
            Ok(ScanState {
                trouble: self.scan.trouble().filter(|_| scanner.is_some()),
                scanner,
                waiting: waiting.len(),
                oldest: first.as_ref().and_then(since),
                unscanned: files(r, "file.unscanned", COUNTED + 1)?.len(),
            })
        })
    }
}

impl Console {
    /// How the virus scan stands, for pages of files that wait for it.
    pub fn scan_state(&self) -> Result<ScanState> {
        self.core().scan_state()
    }
}

impl System {
    /// Rung when something may be to scan.
    #[must_use]
    pub fn scan_bell(&self) -> Arc<Notify> {
        self.core().scan.bell.clone()
    }

    /// Where the scanner is; none where nothing is scanned.
    pub fn scanner(&self) -> Result<Option<Scanner>> {
        self.core().db.read(|r| Ok(ScanSettings::of(r)?.active().cloned()))
    }

    /// At most `limit` versions that wait, the longest first, without these.
    pub fn due_scans(&self, without: &HashSet<DueScan>, limit: usize) -> Result<Vec<DueScan>> {
        self.core().db.read(|r| {
            let mut due = Vec::new();
            // Each of those may be a file of its own.
            for id in files(r, "file.scan", limit + without.len())? {
                let Some(file): Option<File> = r.get(id)? else { continue };
                let waits = file.versions.iter().filter(|version| version.scan == Scan::Waiting);
                let all = waits.map(|version| DueScan { file: id, version: version.number });
                due.extend(all.filter(|one| !without.contains(one)));
            }
            due.truncate(limit);
            Ok(due)
        })
    }

    /// The bytes of a version that waits.
    pub fn content_to_scan(&self, due: DueScan) -> Result<Content> {
        let core = self.core();
        let file: File = core.db.read(|r| r.need(due.file))?;
        let version = file.version(due.version).ok_or(Error::NotFound)?;
        core.blobs.content(&core.client_secret(file.client)?, &version.blob, version.bytes)
    }

    /// Writes down what the scanner said. What is clean is there for everybody from now on, and they are told.
    pub async fn scanned(&self, due: DueScan, verdict: Verdict) -> Result<()> {
        let write = move |tx: &mut Write<'_, '_>| {
            let file: Option<File> = tx.get(due.file)?;
            // Meanwhile it may have been deleted, or the scan switched off.
            match file {
                Some(file) => settle(tx, file, due.version, verdict),
                None => {
                    tx.unsaid("there is nothing left to tell of");
                    Ok(())
                }
            }
        };
        self.core().db.write(By::SYSTEM, write).await
    }

    /// Why nothing is scanned at present.
    #[must_use]
    pub fn scan_trouble(&self) -> Option<ScanTrouble> {
        self.core().scan.trouble()
    }

    /// Notes that the scanner does not work, or does again. Whoever looks at files that wait sees it.
    pub fn note_scan_trouble(&self, trouble: Option<ScanTrouble>) {
        let core = self.core();
        if core.scan.trouble() != trouble {
            core.scan.set(trouble);
            core.live.publish(&[Change { table: File::TABLE, id: Id::<File>::MIN.bytes() }]);
        }
    }
}

fn settle(tx: &mut Write<'_, '_>, mut file: File, number: u32, verdict: Verdict) -> Result<()> {
    let (before, at) = (file.clone(), tx.now());
    let waiting = |version: &&mut super::file::Version| {
        version.number == number && version.scan == Scan::Waiting
    };
    let Some(version) = file.versions.iter_mut().find(waiting) else {
        tx.unsaid("it does not wait any more");
        return Ok(());
    };
    version.scan = match &verdict {
        Verdict::Clean => Scan::Clean { at },
        Verdict::Infected(what) => Scan::Infected { at, what: what.clone() },
        Verdict::Unscanned(why) => Scan::Unscanned { at, why: why.clone() },
    };
    let version = version.clone();
    tx.put(&file)?;
    let which = format!("{}, which {} added", file.name, version.by.name);
    match verdict {
        Verdict::Clean => {
            tx.unsaid("that nothing was found stands on the version");
            release(tx, &file, &before)
        }
        Verdict::Infected(what) => {
            let what = format!("found {what} in {which}, and locked it");
            tx.say("virus-found", Some(file.client), what)?;
            tx.tell_of_virus(&file, &version)
        }
        Verdict::Unscanned(why) => {
            let what = format!("could not scan {which}, and locked it. {why}");
            tx.say("virus-scan-impossible", Some(file.client), what)
        }
    }
}

/// A version has become usable: now is when people hear of it, unless they hear of the request that it was handed in for.
fn release(tx: &mut Write<'_, '_>, file: &File, before: &File) -> Result<()> {
    let of_contact = file.current().is_some_and(|version| version.by.contact().is_some());
    if file.handed_in_for.is_some() && of_contact {
        return Ok(());
    }
    tx.tell_contacts_of_file(file, Some(before))?;
    tx.tell_staff_of_upload(file)
}

/// Files of which a version is in this index, the oldest first, each once.
fn files(r: &impl Records, index: &'static str, limit: usize) -> Result<Vec<Id<File>>> {
    let (mut seen, mut ids) = (HashSet::new(), Vec::new());
    r.walk_index::<File>(index, &Span::all(), Order::Ascending, |_, id| {
        if seen.insert(id.bytes()) {
            ids.push(id);
        }
        if ids.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(ids)
}

/// Changes what the scan said of every version in an index, and says of how many files.
fn change_all(
    tx: &mut Write<'_, '_>,
    index: &'static str,
    is: fn(&Scan) -> bool,
    to: &Scan,
) -> Result<usize> {
    let ids = files(tx, index, usize::MAX)?;
    for id in &ids {
        let mut file: File = tx.need(*id)?;
        let before = file.clone();
        for version in file.versions.iter_mut().filter(|version| is(&version.scan)) {
            version.scan = to.clone();
        }
        tx.put(&file)?;
        release(tx, &file, &before)?;
    }
    Ok(ids.len())
}

/// Lets through what waits, or could not be scanned. What is infected stays locked.
fn let_through(tx: &mut Write<'_, '_>) -> Result<usize> {
    let waiting = change_all(tx, "file.scan", |scan| *scan == Scan::Waiting, &Scan::Off)?;
    Ok(waiting + change_all(tx, "file.unscanned", is_unscanned, &Scan::Off)?)
}

/// Has scanned again what could not be.
fn wait_again(tx: &mut Write<'_, '_>) -> Result<usize> {
    change_all(tx, "file.unscanned", is_unscanned, &Scan::Waiting)
}

const fn is_unscanned(scan: &Scan) -> bool {
    matches!(scan, Scan::Unscanned { .. })
}
