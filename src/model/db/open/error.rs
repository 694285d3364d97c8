//! Why a data file cannot be used, as sentences for whoever runs the server.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use redb::{DatabaseError, StorageError};

use crate::error::Error;
use crate::model::keys::KeyError;

const OURS: &str = env!("CARGO_PKG_VERSION");

/// Why the data file cannot be used. Each says what to do in one sentence.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it.
    InUse,
    /// It was written by a newer version, and has not been touched.
    NewerSchema {
        /// The file's schema.
        found: u64,
        /// The newest one this version knows.
        known: u64,
        /// The version that used it last.
        version: Option<String>,
        /// The data folder.
        data: PathBuf,
        /// The newest snapshot of it that this version can use, made by a newer one before it changed the data.
        before: Option<PathBuf>,
    },
    /// It was written by an older version, and was only to be looked at.
    OlderSchema {
        /// The file's schema.
        found: u64,
        /// The one this version works with.
        known: u64,
    },
    /// It cannot be brought up to date at present, and has not been touched. The sentence says why.
    NotReady(String),
    /// It is damaged, or no data file of ours.
    Corrupt(String),
    /// The file or its folder cannot be written to.
    NotWritable(io::Error),
    /// The key that belongs to it is missing or damaged.
    Key(KeyError),
    /// The system refused something else.
    Io(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str(
                "The data folder is in use by another process: stop that one first, or choose another folder.",
            ),
            Self::NewerSchema { found, known, version, data, before } => {
                let newer = version.as_deref().map_or("a newer version".into(), |version| {
                    format!("version {version} of anteroom")
                });
                write!(
                    f,
                    "The data was written by {newer} (schema {found}); this is version {OURS}, which knows schema \
                     {known}. Nothing was changed. Install the newer version again"
                )?;
                match before {
                    Some(before) => write!(
                        f,
                        ", or go back to the data as it was before the upgrade, without all that was done since, in \
                         a new folder:\n  anteroom restore {} --data-dir {}",
                        before.display(),
                        beside(data).display()
                    ),
                    None => f.write_str(", or restore a backup that was made before the upgrade."),
                }
            }
            Self::OlderSchema { found, known } => write!(
                f,
                "The data was written by an older version (schema {found}; this version works with {known}). \
                 `anteroom upgrade check` looks at a copy of it; the next start of the server brings it up to date."
            ),
            Self::NotReady(why) => f.write_str(why),
            Self::Corrupt(why) => {
                write!(f, "The data file is damaged ({why}): restore it from a backup.")
            }
            Self::NotWritable(error) => write!(
                f,
                "The data folder cannot be written to ({error}): make it belong to the user who runs the server.",
            ),
            Self::Key(error) => error.fmt(f),
            Self::Io(error) => write!(f, "The data file cannot be used: {error}."),
        }
    }
}
impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable(error)
            }
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Io(error),
        }
    }
}

impl From<KeyError> for OpenError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Io { error, .. } if error.kind() == io::ErrorKind::PermissionDenied => {
                Self::NotWritable(error)
            }
            other => Self::Key(other),
        }
    }
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => Self::InUse,
            DatabaseError::Storage(StorageError::Io(error)) => error.into(),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

/// What the store says of a file that is open: its contents are at fault, unless the disk is full.
impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Full => Self::NotReady(
                "The disk is full: make room, and start again. Nothing was changed.".into(),
            ),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

/// A folder beside this one, for what is restored: a restore never overwrites.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or("anteroom".as_ref()).to_owned();
    name.push("-restored");
    data.with_file_name(name)
}
