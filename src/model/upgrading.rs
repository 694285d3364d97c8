//! `anteroom upgrade check`: what the next version would do to the data, tried on a copy of it.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::check::{Finding, Report};
use super::db::{self, OpenError, Rehearsed, SnapshotFacts, StepDone};
use crate::values::size;

/// What bringing the data up to date would do.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsal {
    /// The version that tried it.
    pub version: &'static str,
    /// The schema of the data.
    pub schema: u64,
    /// The schema it would have.
    pub becomes: u64,
    /// What would be done, in order.
    pub steps: Vec<StepDone>,
    /// Rows of the index, which would be made anew.
    pub index_rows: u64,
    /// How long the copy took, in milliseconds. A start makes one like it first.
    pub copy_millis: u64,
    /// How long the changes took, in milliseconds.
    pub upgrade_millis: u64,
    /// Room that a start needs beside the data, in bytes: for the snapshot, and for what the data grows by.
    pub room_needed: u64,
    /// Room that is free, in bytes.
    pub room_free: u64,
    /// What is not as it should be in the copy after the changes.
    pub findings: Vec<Finding>,
}

/// Copies the store in a file that no server holds to another, consistently and without a change to it. This is also how
/// such a snapshot (`backups/before-….redb`) is restored: to `anteroom.redb` of an empty data folder. An older one is
/// brought up to date when it is opened, a newer one is refused.
pub fn copy_store(from: &Path, to: &Path) -> Result<SnapshotFacts, OpenError> {
    db::copy(from, to)
}

/// What is lacking in a folder for a copy of a file of this size that is then brought up to date; none if there is enough.
pub fn lack_of_room(folder: &Path, file: u64) -> std::io::Result<Option<String>> {
    Ok(db::lack_of_room(file, db::room_in(folder)?))
}

/// Brings a copy up to date as a start would, looks through it, and says how that went. The copy is used up.
pub fn rehearse(copy: &Path, copied_in: Duration) -> Result<Rehearsal, OpenError> {
    let (before, room_free) = (std::fs::metadata(copy)?.len(), db::room_in(copy)?);
    let began = Instant::now();
    let Rehearsed { found, done, bytes, seen } = db::rehearse(copy, Report::of)?;
    tracing::debug!("tried and looked through in {} ms", began.elapsed().as_millis());
    let millis = u64::try_from(copied_in.as_millis()).unwrap_or(u64::MAX);
    let (becomes, upgrade_millis) = done.as_ref().map_or((found, 0), |done| (done.to, done.millis));
    let (steps, index_rows) = done.map(|done| (done.steps, done.index_rows)).unwrap_or_default();
    Ok(Rehearsal {
        version: env!("CARGO_PKG_VERSION"),
        schema: found,
        becomes,
        steps,
        index_rows,
        copy_millis: millis,
        upgrade_millis,
        room_needed: before.max(bytes - before.min(bytes)).saturating_mul(2),
        room_free,
        findings: seen.findings,
    })
}

impl fmt::Display for Rehearsal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, schema, becomes, .. } = self;
        if schema == becomes {
            writeln!(
                f,
                "Version {version} would change nothing: it works with the data as it is (schema {schema})."
            )?;
        } else {
            writeln!(
                f,
                "Version {version} would bring the data from schema {schema} to {becomes}:"
            )?;
            for (step, n) in self.steps.iter().zip(1..) {
                writeln!(f, "  {n}. {} ({} records)", step.says, step.records)?;
            }
            let last = self.steps.len() + 1;
            writeln!(f, "  {last}. the index is made anew ({} rows)", self.index_rows)?;
            writeln!(
                f,
                "Before that it would make a snapshot of the data as it is, in the folder backups.\nOn this machine that \
                 took {} for the snapshot and {} for the changes; meanwhile the server does not answer.\nIt needs {} of \
                 room, and {} are free.",
                seconds(self.copy_millis),
                seconds(self.upgrade_millis),
                size(self.room_needed),
                size(self.room_free)
            )?;
        }
        match self.findings.as_slice() {
            [] => writeln!(f, "A copy was tried and looked through: all is well with it.")?,
            findings => {
                writeln!(f, "A copy was tried and looked through. Not as it should be:")?;
                for finding in findings {
                    writeln!(f, "  {}", finding.what)?;
                }
            }
        }
        f.write_str("Nothing was changed.")
    }
}

fn seconds(millis: u64) -> String {
    format!("{}.{:02} s", millis / 1000, millis % 1000 / 10)
}
