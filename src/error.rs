//! What went wrong, said in terms of what the person can do next. Only `http/errors.rs` makes responses of it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// What nearly every function of the crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Field name → the sentence shown beside that field.
pub type Fields = BTreeMap<Cow<'static, str>, String>;

/// One variant for each thing a person can do about it; what nobody can act on is a [`Bug`].
#[derive(Debug)]
pub enum Error {
    /// Absent, or not yours: the same answer to you. Look elsewhere.
    NotFound,
    /// No session, or a stale one. Log in.
    SignIn,
    /// Correct these fields and send the form again.
    Invalid(Fields),
    /// Understood, but the state of things forbids it; the sentence is for the person.
    Refused(Cow<'static, str>),
    /// A member of staff whose role does not reach this far. Only said in the console, where staff know it exists.
    Forbidden(&'static str),
    /// A file is larger than they may be; the sentence says how large that is.
    TooLarge(String),
    /// A file would fill the disk, of which some stays free; the sentence is for the person.
    NoRoom(String),
    /// A link that has ended.
    Gone(&'static str),
    /// Too many failures: wait this long.
    TooMany {
        /// Until the next try is allowed.
        again_in: Duration,
    },
    /// The server is at its limit or its disk refuses: try again in a moment. What was asked may or may not have happened.
    Busy,
    /// The disk is full: nothing can be saved before somebody makes room. What was asked may or may not have happened.
    Full,
    /// The disk has become read-only: nothing can be saved before somebody mends it. What was asked may or may not have
    /// happened.
    ReadOnly,
    /// A fault of ours: logged with its place, never shown.
    Internal(Bug),
}

/// A fault of ours. It has no `Serialize`, so that no view can carry it to a page.
#[derive(Debug)]
pub struct Bug {
    at: &'static Location<'static>,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.source, self.at)
    }
}

impl Error {
    /// A fault of ours, with the place that called this.
    #[track_caller]
    pub fn bug(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Bug { at: Location::caller(), source: source.into() })
    }

    /// A refusal in a fixed or a made sentence.
    pub fn refused(why: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(why.into())
    }

    /// One field that only the database could find wrong.
    pub fn field(name: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid(Fields::from([(name.into(), why.into())]))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("There is nothing here."),
            Self::SignIn => f.write_str("Log in to go on."),
            Self::Invalid(fields) => {
                let sentences: Vec<&str> = fields.values().map(String::as_str).collect();
                f.write_str(&sentences.join(" "))
            }
            Self::Refused(why) => f.write_str(why),
            Self::Forbidden(why) | Self::Gone(why) => f.write_str(why),
            Self::TooLarge(why) | Self::NoRoom(why) => f.write_str(why),
            Self::TooMany { again_in } => {
                let minutes = again_in.as_secs().div_ceil(60).max(1);
                let unit = if minutes == 1 { "minute" } else { "minutes" };
                write!(f, "Too many tries. Try again in {minutes} {unit}.")
            }
            Self::Busy => f.write_str(
                "The server is busy. Try again in a moment, and look whether it was done before you repeat it.",
            ),
            Self::Full => f.write_str(
                "The server's disk is full, so nothing can be saved. Tell whoever looks after it, and look whether it \
                 was done before you repeat it.",
            ),
            Self::ReadOnly => f.write_str(
                "The server's disk has become read-only, so nothing can be saved. Tell whoever looks after it, and look \
                 whether it was done before you repeat it.",
            ),
            Self::Internal(bug) => bug.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

macro_rules! bugs {
    ($($source:ty),+ $(,)?) => {
        $(impl From<$source> for Error {
            #[track_caller]
            fn from(source: $source) -> Self { Self::bug(source) }
        })+
    };
}
bugs!(
    minijinja::Error,
    serde_json::Error,
    std::io::Error,
    jiff::Error,
    rmp_serde::encode::Error,
    rmp_serde::decode::Error,
    std::fmt::Error,
);

macro_rules! store_bugs {
    ($($source:ty),+ $(,)?) => {
        $(impl From<$source> for Error {
            #[track_caller]
            fn from(source: $source) -> Self {
                let source = redb::Error::from(source);
                match &source {
                    redb::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Self::Full,
                    redb::Error::Io(io) if io.kind() == std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
                    _ => Self::bug(source),
                }
            }
        })+
    };
}
store_bugs!(
    redb::Error,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::DatabaseError,
);

/// Collects field errors, so that a form shows all of them at once.
#[derive(Default)]
pub struct Check {
    fields: Fields,
}

impl Check {
    /// The value, or its sentence noted for this field.
    pub fn take<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        parsed: Result<T, impl Into<String>>,
    ) -> Option<T> {
        parsed.map_err(|why| self.fields.insert(field.into(), why.into())).ok()
    }

    /// Notes a rule that looks at several fields.
    pub fn note(&mut self, field: impl Into<Cow<'static, str>>, why: impl Into<String>) {
        self.fields.insert(field.into(), why.into());
    }

    /// What `build` makes of the taken values, unless a field was wrong.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T> {
        if self.fields.is_empty() {
            build().ok_or_else(|| Error::bug("a field was neither taken nor refused"))
        } else {
            Err(Error::Invalid(self.fields))
        }
    }
}
