//! How the process ends: the exit codes of `sysexits.h`, so that a service manager knows whether to try again. This is
//! the one place that says what they mean; the manual page prints [`ALL`].

use std::fmt;
use std::process::ExitCode;

use crate::config::{ConfigError, Origins};

/// Why a verb failed: the code for scripts, the sentence for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u8,
    pub(super) sentence: String,
}

/// What was asked cannot be done; the sentence says why.
pub(super) const FAILED: u8 = 1;
/// The command line is not understood. The code that clap uses too.
pub(super) const USAGE: u8 = 2;
/// The data is damaged, or of a newer version.
pub(super) const DATA: u8 = 65;
/// The port that was asked for is taken.
pub(super) const UNAVAILABLE: u8 = 69;
/// The data folder is in use.
pub(super) const IN_USE: u8 = 75;
/// The data folder cannot be written.
pub(super) const PERMISSION: u8 = 77;
/// The configuration does not make sense.
pub(super) const CONFIG: u8 = 78;

/// Every way to end, as the manual says it. A service is not started again after 2, 65, 77 and 78: it would fail again.
pub(super) const ALL: [(u8, &str); 8] = [
    (0, "It was done."),
    (FAILED, "It failed. What was printed says why."),
    (USAGE, "The command line is not understood, or a value on it makes no sense."),
    (DATA, "The data is damaged, or was written by a newer version of anteroom."),
    (UNAVAILABLE, "Something that is needed is not there: most often the port is taken."),
    (IN_USE, "The data folder is in use by another process. Try again later."),
    (PERMISSION, "This user may not do that: write to the data folder, or listen on that port."),
    (
        CONFIG,
        "The configuration makes no sense. What was printed names the setting and where it was set.",
    ),
];

impl Failure {
    pub(super) fn new(code: u8, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }

    /// A setting that makes no sense is named as whoever set it did.
    pub(super) fn in_words_of(self, origins: &Origins) -> Self {
        match self.code {
            CONFIG => origins.in_their_words(ConfigError(self.sentence)).into(),
            _ => self,
        }
    }
}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        Self::from(failure.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
