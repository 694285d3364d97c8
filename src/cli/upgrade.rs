//! `anteroom upgrade check`: the new version tries on a copy of the data what its first start would do, while the old
//! version serves.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};
use rustix::fs::OFlags;

use crate::config::Environment;
use crate::model::{OpenError, copy_store, lack_of_room, rehearse};
use crate::server::control::{Answer, Verb};

use super::args::DataArgs;
use super::check::{Did, alone_or_asked, not_well};
use super::exit::{FAILED, Failure, UNAVAILABLE};
use super::print;

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
        let scratch = Self(folder);
        scratch.give_to_owner_of(data)?;
        Ok(scratch)
    }

    /// Whoever asks may be root, while the server that writes the copy runs as the user who owns the data. Nothing but a
    /// folder is opened, and no link followed: that user may put something else in its place meanwhile.
    fn give_to_owner_of(&self, data: &Path) -> io::Result<()> {
        let owner = fs::metadata(data)?;
        let only_folders = (OFlags::DIRECTORY | OFlags::NOFOLLOW).bits().cast_signed();
        let folder = OpenOptions::new().read(true).custom_flags(only_folders).open(&self.0)?;
        if folder.metadata()?.uid() == owner.uid() {
            return Ok(());
        }
        fchown(&folder, Some(owner.uid()), Some(owner.gid()))
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
    if let Some(lack) = lack_of_room(&data, fs::metadata(&store)?.len())? {
        let sentence = format!("For a copy to try it on in {}, {lack}.", data.display());
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As any other user the one who asks owns both.
    #[test]
    fn the_copy_lies_where_the_owner_of_the_data_can_write_it_even_if_root_asks() {
        let data = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(data.path(), Some(65_534), Some(65_534)).unwrap();
        }
        let owner = fs::metadata(data.path()).unwrap();
        let scratch = Scratch::make(data.path()).unwrap();
        let made = fs::metadata(&scratch.0).unwrap();
        assert_eq!((made.uid(), made.gid()), (owner.uid(), owner.gid()));
        assert_eq!(made.mode() & 0o777, 0o700);
        drop(scratch);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 0);
    }
}
