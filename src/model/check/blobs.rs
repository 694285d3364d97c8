//! Records against the bytes of files, both ways. What a record refers to must be there and be what was stored; bytes that
//! nothing refers to are no fault, since the sweep takes them after a day.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::blobs::{BlobName, Blobs, ClientSecret, Fault};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::client_key::client_secret;
use crate::model::db::{Read, Record, readable};
use crate::model::file::File;
use crate::model::id::Id;
use crate::model::keys::masters::Masters;
use crate::model::preview::Preview;
use crate::values::{Digest, size};

/// How closely the bytes of files are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Not at all: for a copy of the store that lies without them.
    Records,
    /// Whether they are there, and how many.
    Sizes,
    /// To the last byte.
    Bytes,
}

/// What was looked at of the bytes of files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesSeen {
    /// Blobs that records refer to.
    pub referred: u64,
    /// Those of them that were read to the end.
    pub read: u64,
    /// Bytes in those.
    pub bytes: u64,
    /// Blobs that nothing refers to.
    pub unreferenced: u64,
}

impl fmt::Display for FilesSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = |count: u64| if count == 1 { "blob" } else { "blobs" };
        if self.referred > 0 {
            let (read, of, bytes) = (self.read, self.referred, size(self.bytes));
            write!(
                f,
                "\n{read} of {of} {} of files were read to the end, {bytes} in all.",
                files(of)
            )?;
        }
        if self.unreferenced > 0 {
            let more = self.unreferenced;
            let verb = if more == 1 { "belongs" } else { "belong" };
            write!(
                f,
                "\n{more} {} {verb} to no file; what stays so is removed after a day.",
                files(more)
            )?;
        }
        Ok(())
    }
}

/// Where bytes are kept, and by which keys.
pub(in crate::model) struct Shelves<'a> {
    /// None if there never were any.
    pub(in crate::model) blobs: Option<&'a Blobs>,
    pub(in crate::model) masters: &'a Masters,
    /// Whether a record refers to these bytes at this moment: a server goes on while it is checked.
    pub(in crate::model) still: &'a dyn Fn(&BlobName) -> Result<bool>,
}

/// What a record says of some bytes.
struct Named {
    client: Id<Client>,
    bytes: u64,
    sha256: Option<Digest>,
    /// Identical bytes are stored once, so there may be several.
    holders: Vec<String>,
}

pub(super) fn check(r: &Read, depth: Depth, at: &Shelves<'_>) -> Result<(FilesSeen, Vec<String>)> {
    let named = named(r)?;
    let (mut seen, mut wrong) = (FilesSeen::default(), Vec::new());
    seen.referred = named.len() as u64;
    let mut secrets = HashMap::new();
    for (name, said) in &named {
        let secret = secrets.entry(said.client).or_insert_with(|| match depth {
            Depth::Bytes => client_secret(r, at.masters, said.client).map_err(told),
            _ => Err(String::new()),
        });
        // From here on the sweep does not take it.
        let held = at.blobs.map(|blobs| (blobs, blobs.hold(*name)));
        let fault = match (&held, &*secret) {
            (None, _) => Some(Fault::Missing),
            (Some((blobs, _)), Ok(secret)) => {
                let fault = look_closely(blobs, secret, name, said)?;
                seen.read += 1;
                seen.bytes += said.bytes;
                fault
            }
            (Some((blobs, _)), Err(_)) => blobs.look(name, said.bytes)?,
        };
        if let Some(fault) = fault
            && (at.still)(name)?
        {
            for holder in &said.holders {
                let bytes = said.bytes;
                wrong.push(format!("{holder} has {bytes} bytes, and their blob {name} {fault}."));
            }
        }
    }
    if depth == Depth::Bytes {
        // One sentence for each client, not for each file.
        for (client, why) in
            secrets.iter().filter_map(|(id, found)| Some((id, found.as_ref().err()?)))
        {
            wrong.push(format!("The files of the client {client} could not be read. {why}"));
        }
    }
    if let Some(blobs) = at.blobs {
        blobs.list(|name, _| seen.unreferenced += u64::from(!named.contains_key(&name)))?;
    }
    wrong.sort();
    Ok((seen, wrong))
}

/// Why the key of a client is not to be had.
fn told(why: Error) -> String {
    match why {
        Error::NotFound => "Their key is not there.".to_owned(),
        other => other.to_string(),
    }
}

fn look_closely(
    blobs: &Blobs,
    secret: &ClientSecret,
    name: &BlobName,
    said: &Named,
) -> Result<Option<Fault>> {
    blobs.verify(secret, name, said.bytes, said.sha256.as_ref())
}

/// What the records refer to.
fn named(r: &Read) -> Result<HashMap<BlobName, Named>> {
    let mut named = HashMap::new();
    readable::<File>(r, |file| {
        for version in &file.versions {
            let said = named.entry(version.blob).or_insert_with(|| Named {
                client: file.client,
                bytes: version.bytes,
                sha256: Some(version.sha256),
                holders: Vec::new(),
            });
            said.holders.push(format!("version {} of the file {}", version.number, file.id));
        }
    })?;
    readable::<Preview>(r, |preview| {
        if let Some((client, blob, bytes)) = preview.kept() {
            let holder = format!("preview {}", preview.id());
            // It may have the bytes of a file.
            let new = || Named { client, bytes, sha256: None, holders: Vec::new() };
            named.entry(blob).or_insert_with(new).holders.push(holder);
        }
    })?;
    Ok(named)
}

#[cfg(test)]
mod tests;
