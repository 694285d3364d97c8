//! `anteroom check`: whether the data fits together. Each thing that does not is one sentence that names what it is
//! about, so that somebody can look for it.

mod blobs;
mod chain;
mod references;

use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::core::Core;
use super::db::{self, Inspected, OpenError, Read, Repaired};
use super::keys::masters::Masters;
use super::sweep::refers;
use super::system::System;
use crate::blobs::Blobs;
use crate::error::Result;
use blobs::Shelves;
pub use blobs::{Depth, FilesSeen};

/// What a look through the data has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Activity entries whose seals were computed anew.
    pub entries: u64,
    /// What is not as it should be. Empty if all is well.
    pub findings: Vec<Finding>,
    /// What was put right.
    pub repaired: Vec<String>,
    /// Whether the pages of the file were looked at too, which a running server does not allow.
    pub pages: bool,
    /// What was looked at of the bytes of files.
    #[serde(default)]
    pub files: FilesSeen,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What part of the check found it.
    pub part: Part,
    /// A sentence.
    pub what: String,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The pages of the file. Their list can be made anew.
    Pages,
    /// The index against the records. It can be made anew from them.
    Index,
    /// Records that name other records.
    References,
    /// The bytes of files.
    Files,
    /// The seals of the activity.
    Activity,
}

impl Part {
    const fn can_be_repaired(self) -> bool {
        matches!(self, Self::Pages | Self::Index)
    }
}

impl Report {
    /// Looks through the records of one snapshot.
    pub(super) fn of(r: &Read) -> Result<Self> {
        let mut findings = Vec::new();
        let mut add = |part, sentences: Vec<String>| {
            findings.extend(sentences.into_iter().map(|what| Finding { part, what }));
        };
        add(Part::Index, db::check_index(r)?);
        add(Part::References, references::check(r)?);
        let (entries, broken) = chain::check(r)?;
        add(Part::Activity, broken);
        Ok(Self { entries, findings, ..Self::default() })
    }

    /// Looks at the bytes that they refer to as well.
    fn with_files(r: &Read, depth: Depth, at: &Shelves<'_>) -> Result<Self> {
        let mut report = Self::of(r)?;
        if depth != Depth::Records {
            let (files, wrong) = blobs::check(r, depth, at)?;
            report.files = files;
            let wrong = wrong.into_iter().map(|what| Finding { part: Part::Files, what });
            report.findings.extend(wrong);
        }
        Ok(report)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for done in &self.repaired {
            writeln!(f, "Repaired: {done}")?;
        }
        for finding in &self.findings {
            writeln!(f, "{}", finding.what)?;
        }
        if self.findings.is_empty() {
            write!(
                f,
                "The index says what the records say, no record names one that is not there, and the {} entries of \
                 the activity are as they were written.",
                self.entries
            )?;
        } else {
            let things = if self.findings.len() == 1 { "thing is" } else { "things are" };
            write!(f, "{} {things} not as they should be.", self.findings.len())?;
            if self.findings.iter().any(|finding| finding.part.can_be_repaired()) {
                f.write_str(
                    " The index and the list of pages can be made anew: stop the server and run \
                     `anteroom check --repair`.",
                )?;
            }
        }
        self.files.fmt(f)?;
        if !self.pages {
            f.write_str("\nThe server runs, so the pages of its file were not looked at.")?;
        } else if !self.findings.iter().any(|finding| finding.part == Part::Pages) {
            f.write_str("\nThe pages of the file fit together.")?;
        }
        Ok(())
    }
}

/// Looks through the data folder of a server that does not run, and changes nothing. With `repair` what can be put right
/// is, after a snapshot was made of the data as it was.
pub fn check_folder(data: &Path, repair: bool) -> Result<Report, OpenError> {
    let now = Clock::system().now();
    let masters = Masters::load(data, None)?;
    let blobs = match Blobs::in_place(data) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        blobs => Some(blobs?),
    };
    let at = Shelves { blobs: blobs.as_ref(), masters: &masters, still: &|_| Ok(true) };
    let Inspected { whole, repaired, seen } =
        db::inspect(&data.join("anteroom.redb"), repair, now, |r| {
            Report::with_files(r, Depth::Bytes, &at)
        })?;
    let mut report = Report { pages: true, ..seen };
    match repaired {
        Some(done) => report.repaired = sentences(&done),
        None if !whole => report.findings.push(Finding {
            part: Part::Pages,
            what: "pages: the file's own list of its free pages is wrong.".to_owned(),
        }),
        None => {}
    }
    Ok(report)
}

fn sentences(done: &Repaired) -> Vec<String> {
    let mut repaired = Vec::new();
    if done.pages {
        repaired.push("the file's own list of its free pages was made anew.".to_owned());
    }
    if let Some(rows) = done.index_made {
        repaired.push(format!("the index was made anew; it has {rows} rows."));
    }
    if let Some(time) = done.time_forgotten {
        repaired.push(format!("the clock of this machine is believed again; it had shown {time}."));
    }
    if let Some(last) = repaired.last_mut() {
        last.push_str(&format!(" The data as it was is kept in {}.", done.before.display()));
    }
    repaired
}

impl System {
    /// Looks through the data as it is now, to the last byte of each file. May take long: call it on a thread that may wait.
    pub fn check(&self) -> Result<Report> {
        self.core().check(Depth::Bytes)
    }

    /// Looks through the data as it is now, so closely. May take a while: call it on a thread that may wait.
    pub fn check_so_far(&self, depth: Depth) -> Result<Report> {
        self.core().check(depth)
    }
}

impl Core {
    pub(super) fn check(&self, depth: Depth) -> Result<Report> {
        let still = |name: &_| self.db.read(|r| refers(r, name));
        let masters = self.keys.masters();
        let at = Shelves { blobs: Some(&self.blobs), masters, still: &still };
        self.db.read(|r| Report::with_files(r, depth, &at))
    }
}

#[cfg(test)]
mod tests;
