//! Whether what is kept is what was stored, to the last byte.

use std::fmt;
use std::io;

use ring::digest::{Context, SHA256};

use super::content::Content;
use super::crypt::{CHUNK, ClientSecret, plain_len};
use super::{BlobName, Blobs, refusal};
use crate::error::Result;
use crate::values::Digest;

/// Bytes that are read at once.
const STEP: u64 = 4 * CHUNK as u64;

/// What is wrong with a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Missing,
    /// It has another number of bytes, as far as its length tells.
    Size(Option<u64>),
    /// Its bytes are not those that were stored.
    Bytes,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not there"),
            Self::Size(Some(bytes)) => write!(f, "has {bytes} bytes"),
            Self::Size(None) => f.write_str("is cut off"),
            Self::Bytes => f.write_str("does not hold the bytes that were stored"),
        }
    }
}

impl Blobs {
    /// Looks whether a blob is there and has so many bytes, and does not read it.
    pub fn look(&self, name: &BlobName, bytes: u64) -> Result<Option<Fault>> {
        let there = match self.file(name).and_then(|file| file.metadata()) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Some(Fault::Missing)),
            about => plain_len(about.map_err(refusal)?.len()),
        };
        Ok(Some(Fault::Size(there)).filter(|_| there != Some(bytes)))
    }

    /// Reads a blob to its end. None if it is what was stored, as its name tells, and the digest if it is known beside that.
    /// What is wrong is remembered, and from then on nobody gets it.
    pub fn verify(
        &self,
        secret: &ClientSecret,
        name: &BlobName,
        bytes: u64,
        sha256: Option<&Digest>,
    ) -> Result<Option<Fault>> {
        let fault = match self.look(name, bytes)? {
            None => self.compare(secret, name, bytes, sha256).map_err(refusal)?,
            wrong => wrong,
        };
        if let Some(fault) = &fault {
            self.note_damage(*name, fault);
        } else {
            self.spoiled().remove(name);
        }
        Ok(fault)
    }

    /// Reads a blob to its end, and remembers nothing.
    pub(super) fn compare(
        &self,
        secret: &ClientSecret,
        name: &BlobName,
        bytes: u64,
        sha256: Option<&Digest>,
    ) -> io::Result<Option<Fault>> {
        match self.open_content(secret, name, bytes).and_then(|content| digest(&content)) {
            Ok(found)
                if secret.name(&found) == *name && sha256.is_none_or(|sha256| *sha256 == found) =>
            {
                Ok(None)
            }
            Ok(_) => Ok(Some(Fault::Bytes)),
            Err(why) => match why.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Ok(Some(Fault::Bytes)),
                io::ErrorKind::NotFound => Ok(Some(Fault::Missing)),
                _ => Err(why),
            },
        }
    }
}

fn digest(content: &Content) -> io::Result<Digest> {
    let (mut hash, mut at) = (Context::new(&SHA256), 0);
    while at < content.len() {
        let to = (at + STEP).min(content.len());
        hash.update(&content.read(at..to)?);
        at = to;
    }
    Ok(Digest::of_hash(&hash.finish()))
}
