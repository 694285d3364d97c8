//! A bucket as a place for backups.

use std::io::{self, Read, Write};

use super::Cancel;
use super::place::{Found, Place, Sink};
use super::s3::Client;
use crate::error::{Error, Result};
use crate::model::backups::OpenBucket;

/// Of an upload in parts: ten thousand of them, which is the most, make 160 GB.
const PART: usize = 16 << 20;

/// A bucket, or a part of one.
pub(super) struct BucketPlace {
    client: Client,
    prefix: String,
}

impl BucketPlace {
    pub(super) fn new(open: &OpenBucket) -> Result<Self> {
        Ok(Self { client: Client::new(open)?, prefix: open.bucket.prefix.clone() })
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

impl Place for BucketPlace {
    fn create(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Upload {
            client: self.client.clone(),
            key: self.key(name),
            cancel: cancel.clone(),
            part: Vec::new(),
            id: None,
            tags: Vec::new(),
        }))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read>> {
        self.client.get(&self.key(name))
    }

    fn remove(&self, name: &str) -> Result<()> {
        self.client.remove(&self.key(name))
    }

    fn list(&self, folder: &str) -> Result<Vec<Found>> {
        let mut found = self.client.list(&self.key(folder), !folder.is_empty())?;
        found.retain_mut(|one| match one.name.strip_prefix(&self.prefix) {
            Some(name) => {
                one.name = name.to_owned();
                true
            }
            None => false,
        });
        Ok(found)
    }
}

/// A file on its way into the bucket: in one request if it is short, else in parts.
struct Upload {
    client: Client,
    key: String,
    cancel: Cancel,
    part: Vec<u8>,
    id: Option<String>,
    tags: Vec<String>,
}

impl Upload {
    fn send_part(&mut self) -> Result<()> {
        let id = match &self.id {
            Some(id) => id.clone(),
            None => self.id.insert(self.client.begin(&self.key)?).clone(),
        };
        let number = u16::try_from(self.tags.len() + 1)
            .map_err(|_| Error::refused("The backup is larger than the bucket can take."))?;
        self.tags.push(self.client.part(&self.key, &id, number, &self.part)?);
        self.part.clear();
        Ok(())
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancel.check()?;
        if self.part.len() >= PART {
            self.send_part().map_err(|why| io::Error::other(why.to_string()))?;
        }
        let room = PART - self.part.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.part.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// A part is sent when it is full, or with the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Upload {
    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.id.is_none() {
            return self.client.put(&self.key, &self.part);
        }
        if !self.part.is_empty() {
            self.send_part()?;
        }
        let id = self.id.clone().unwrap_or_default();
        self.client.complete(&self.key, &id, &self.tags)?;
        self.id = None;
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(id) = self.id.take()
            && let Err(why) = self.client.abort(&self.key, &id)
        {
            tracing::warn!(%why, "parts of a backup are left in the bucket");
        }
    }
}
