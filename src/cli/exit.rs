//! How the process ends: the exit codes of `sysexits.h`, so that a service manager knows whether to try again.

use std::fmt;
use std::process::ExitCode;

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

impl Failure {
    pub(super) fn new(code: u8, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
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
