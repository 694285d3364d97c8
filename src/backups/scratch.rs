//! A folder for the time of one piece of work.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};

use super::{hex, refused};
use crate::error::{Error, Result};
use crate::files;

/// How they begin.
const PREFIX: &str = ".scratch-";

/// A folder that goes with its owner.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// In `backups` of the data folder. What a server that was killed has left there is removed: this process has the
    /// data folder to itself, and does one such piece of work at a time.
    pub(super) fn in_data(data: &Path) -> Result<Self> {
        let folder = data.join("backups");
        make_folder(&folder)?;
        if let Ok(entries) = fs::read_dir(&folder) {
            for entry in entries.flatten() {
                if entry.file_name().to_string_lossy().starts_with(PREFIX) {
                    let _ = fs::remove_dir_all(entry.path()); // tried again next time
                }
            }
        }
        Self::below(&folder, PREFIX)
    }

    /// In another folder, which is there.
    pub(super) fn below(folder: &Path, prefix: &str) -> Result<Self> {
        let mut chance = [0; 8];
        SystemRandom::new().fill(&mut chance).map_err(|_| Error::bug("no chance to be had"))?;
        let path = folder.join(format!("{prefix}{}", hex(&chance)));
        make_folder(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.0) {
            tracing::debug!(%why, folder = %self.0.display(), "a scratch folder is left");
        }
    }
}

/// Makes a folder for nobody but us; one that is there stays as it is.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    files::make_folder(folder).map_err(|why: io::Error| {
        refused(format!("The folder {} cannot be made", folder.display()), &why)
    })
}
