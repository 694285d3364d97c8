//! The environment of the process: read once, and nowhere else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{ConfigError, wrong};

/// The environment, as far as this file looks at it. A list, so that tests can bring their own.
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// That of the process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    fn get(&self, key: &str) -> Option<&OsString> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// An absolute path; the XDG specification says to ignore others.
    fn folder(&self, key: &str) -> Option<&Path> {
        self.get(key).map(Path::new).filter(|path| path.is_absolute())
    }

    /// The value of a variable; one that is set to nothing counts as not set.
    pub(super) fn set(&self, key: &str) -> Option<&OsString> {
        self.get(key).filter(|value| !value.is_empty())
    }

    /// Where systemd puts what the unit's `LoadCredential=` names.
    pub(super) fn credentials_folder(&self) -> Option<&Path> {
        self.folder("CREDENTIALS_DIRECTORY")
    }

    /// The configuration file of a plain user.
    pub(super) fn config_file(&self) -> Option<PathBuf> {
        let of_home = || self.folder("HOME").map(|home| home.join(".config"));
        let folder = self.folder("XDG_CONFIG_HOME").map(Path::to_owned).or_else(of_home);
        folder.map(|folder| folder.join("anteroom/anteroom.toml"))
    }

    /// Whether colours are unwanted (no-color.org).
    #[must_use]
    pub fn no_color(&self) -> bool {
        self.set("NO_COLOR").is_some() || self.get("TERM").is_some_and(|term| term == "dumb")
    }

    /// Device and inode of the stream that systemd connects to its journal.
    #[must_use]
    pub fn journal_stream(&self) -> Option<(u64, u64)> {
        let (device, inode) = self.get("JOURNAL_STREAM")?.to_str()?.split_once(':')?;
        Some((device.parse().ok()?, inode.parse().ok()?))
    }

    /// Where the data lies when nothing was said.
    pub fn data_folder(&self) -> Result<PathBuf, ConfigError> {
        if let Some(data) = self.folder("XDG_DATA_HOME") {
            return Ok(data.join("anteroom"));
        }
        match self.folder("HOME") {
            Some(home) => Ok(home.join(".local/share/anteroom")),
            None => {
                wrong("Say where the data goes, with --data-dir: this user has no home folder.")
            }
        }
    }

    /// Refuses an `ANTEROOM_…` variable that nothing reads: most likely it is mistyped.
    pub fn refuse_unknown(&self, known: &[String]) -> Result<(), ConfigError> {
        for (name, _) in &self.0 {
            let name = name.to_string_lossy();
            if !name.starts_with("ANTEROOM_") {
                continue;
            }
            if !known.iter().any(|known| *known == name) {
                let closeness = |known: &&String| strsim::damerau_levenshtein(known, &name);
                let meant = known.iter().min_by_key(closeness);
                let hint = meant.map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
                return wrong(format!("There is no setting {name}.{hint}"));
            }
        }
        Ok(())
    }
}

/// One for a test.
#[cfg(test)]
pub(super) fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment(pairs.iter().map(|(name, value)| (name.into(), value.into())).collect())
}

#[cfg(test)]
mod tests;
