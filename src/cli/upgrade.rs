//! `anteroom upgrade check`: the new version tries on a copy of the data what its first start would do, while the old
//! version serves.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};

use crate::config::Environment;
use crate::model::{OpenError, copy_store, rehearse, room_in};
use crate::server::control::{Answer, Verb};

use super::args::DataArgs;
use super::check::{Did, alone_or_asked, not_well};
use super::exit::{FAILED, Failure, UNAVAILABLE};
use super::print;

/// The copy, and what the changes add to it.
const ROOM: u64 = 2;

/// `anteroom upgrade …`.
#[derive(Debug, Subcommand)]
pub(super) enum UpgradeVerb {
    /// Say what the first start of this version would do, tried on a copy; the old one may run
    Check(UpgradeCheckArgs),
}

/// `anteroom upgrade check`.
#[derive(Args, Debug)]
pub(super) struct UpgradeCheckArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// A folder in the data folder for the copy, which the server may write to even where it may write nowhere else. It goes
/// when this is dropped; one that was left behind goes at the next try.
struct Scratch(PathBuf);

impl Scratch {
    fn make(data: &Path) -> io::Result<Self> {
        let folder = data.join("upgrade-check");
        match fs::remove_dir_all(&folder) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%why, "the copy stays: {}", self.0.display());
        }
    }
}

pub(super) fn check(args: UpgradeCheckArgs, environment: &Environment) -> Result<(), Failure> {
    let data = fs::canonicalize(args.data.existing(environment)?)?;
    let store = data.join("anteroom.redb");
    let (needed, free) = (fs::metadata(&store)?.len().saturating_mul(ROOM), room_in(&data)?);
    if free < needed {
        let (needed, free) = (needed.div_ceil(1_000_000), free / 1_000_000);
        let sentence = format!(
            "A copy to try it on needs {needed} MB of room in {}, and {free} MB are free.",
            data.display()
        );
        return Err(Failure::new(UNAVAILABLE, sentence));
    }
    let scratch = Scratch::make(&data)?;
    let copy = scratch.0.join("anteroom.redb");
    let began = Instant::now();
    let verb = Verb::Snapshot { to: copy.clone() };
    match alone_or_asked(&data, &verb, || copy_store(&store, &copy))? {
        Did::We(_) | Did::TheServer(Answer::Done(_)) => {}
        Did::TheServer(Answer::NotWell(why) | Answer::Refused(why) | Answer::Wrong(why)) => {
            let sentence = format!("The server gave no copy of its data: {why}");
            return Err(Failure::new(FAILED, sentence));
        }
    }
    let tried = rehearse(&copy, began.elapsed()).map_err(|why| about(why, &data))?;
    print(&if args.json { super::json(&tried)? } else { tried.to_string() });
    if tried.findings.is_empty() { Ok(()) } else { Err(not_well()) }
}

/// What is said of the copy is meant of the data.
fn about(why: OpenError, data: &Path) -> OpenError {
    match why {
        OpenError::NewerSchema { found, known, version, .. } => {
            OpenError::NewerSchema { found, known, version, data: data.to_owned(), before: None }
        }
        other => other,
    }
}
