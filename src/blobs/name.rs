//! What a blob is called: the same bytes of the same client have the same name, and nobody without the client's key can tell
//! from a name which bytes they are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::Digest;

/// The name of a blob: HMAC-SHA-256 of the digest of its bytes, by the client's key. Printed and stored as 64 digits of
/// base 16; the key of an index row is its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobName(Digest);

impl BlobName {
    /// The name of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        self.0.bytes()
    }

    /// The folder it lies in: one of 256, so that no folder is too long to be listed.
    pub(super) fn folder(&self) -> String {
        format!("{:02x}", self.bytes()[0])
    }

    /// Where it lies, below the folder of all blobs.
    pub(super) fn path(&self) -> String {
        format!("{}/{self}", self.folder())
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for BlobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BlobName {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Digest::parse(typed).map(Self)
    }
}

impl AsRef<[u8]> for BlobName {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}
