//! What an archive says of itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::SnapshotFacts;

/// Today's format. A later one that an older program must not read has a greater number.
const FORMAT: u32 = 1;

/// The copy of the store.
pub(super) const STORE: &str = "store.redb";
/// The list of the files of clients, as `sha256sum` writes it.
pub(super) const BLOBS: &str = "blobs.sha256";
/// This file, the last of an archive.
pub(super) const MANIFEST: &str = "manifest.json";

/// The last file of an archive: what the others are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the archive.
    pub format: u32,
    /// Version of the program that made it.
    pub version: String,
    /// The number of the shape that the data has.
    pub schema: u64,
    /// The moment of the data.
    pub made_at: Timestamp,
    /// Name of the firm; none before set-up.
    pub firm: Option<String>,
    /// How many rows each table of the store has.
    pub rows: BTreeMap<String, u64>,
    /// Every file of the archive but this one and the files of clients.
    pub members: Vec<Member>,
    /// The files of clients.
    pub blobs: BlobFacts,
    /// Whether the keys are in it.
    pub keys: bool,
}

/// A file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path in the archive.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// The files of clients. Each is a line of `blobs.sha256`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobFacts {
    /// How many.
    pub count: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// They are in the archive; else in the folder `blobs` beside it.
    pub contained: bool,
}

impl Manifest {
    /// Of an archive that is being made now.
    pub(super) fn new(facts: &SnapshotFacts, made_at: Timestamp, firm: Option<String>) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: facts.schema,
            made_at,
            firm,
            rows: facts.rows.clone(),
            members: Vec::new(),
            blobs: BlobFacts::default(),
            keys: false,
        }
    }

    /// From the archive; an older format is understood, a newer one is refused.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let damaged = |_| Error::refused("The backup is damaged: its manifest cannot be read.");
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format > FORMAT {
            return Err(Error::refused(format!(
                "The backup was made by a newer version (format {format}, this version knows {FORMAT}): restore it \
                 with that version."
            )));
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }
}
