//! Bytes on their way out, whole or any part of them. A part that is not what was stored is never given out.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::task::{JoinHandle, spawn_blocking};

use super::crypt::{
    BlobKey, CHUNK, ClientSecret, HEADER, Header, OVERHEAD, Place, SEALED, sealed_len,
};
use super::{BlobName, Blobs, DAMAGED, refusal};
use crate::error::{Error, Result};

/// Bytes that are read at once.
const STEP: u64 = 4 * CHUNK as u64;

/// The bytes of a blob, open. They stay readable if the blob is removed meanwhile.
pub struct Content(Arc<Inner>);

struct Inner {
    blobs: Blobs,
    name: BlobName,
    file: File,
    key: BlobKey,
    bytes: u64,
    /// The first chunk, which was read to see whether the blob opens.
    first: Bytes,
}

impl Blobs {
    /// Opens the bytes of this name, which must be so many, and looks at the first 64 KiB of them. Refuses with a sentence if
    /// they are damaged or missing. Short enough to be called where requests are served.
    pub fn content(&self, secret: &ClientSecret, name: &BlobName, bytes: u64) -> Result<Content> {
        if self.spoiled().contains(name) {
            return Err(Error::Gone(DAMAGED));
        }
        self.open_content(secret, name, bytes).map_err(|why| match why.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                self.note_damage(*name, &why);
                Error::Gone(DAMAGED)
            }
            _ => refusal(why),
        })
    }

    pub(super) fn open_content(
        &self,
        secret: &ClientSecret,
        name: &BlobName,
        bytes: u64,
    ) -> io::Result<Content> {
        let file = self.file(name)?;
        if file.metadata()?.len() != sealed_len(bytes) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has the wrong length"));
        }
        let length = HEADER + OVERHEAD + bytes.min(CHUNK as u64) as usize;
        let mut start = vec![0; length];
        file.read_exact_at(&mut start, 0)?;
        let header = Header::read(&start).ok_or_else(damaged)?;
        let key = secret.blob_key(&header);
        let place = Place { at: 0, last: bytes < CHUNK as u64 };
        let opened = key.open(place, &mut start[HEADER..]).ok_or_else(damaged)?;
        let first = Bytes::from(start).slice(HEADER..HEADER + opened);
        let blobs = self.clone();
        Ok(Content(Arc::new(Inner { blobs, name: *name, file, key, bytes, first })))
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "it does not open with its key")
}

impl Content {
    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.bytes
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads a part that lies within the bytes, and waits for the disk: call it on a thread that may, unless the part is short.
    pub fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        self.0.read(range)
    }

    /// Reads a part that lies within the bytes, piece by piece. One piece is read ahead, on another thread, so that no more
    /// than two are held in memory. Short parts from the start are there at once.
    pub fn stream(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let walk = Walk::begin(self.0.clone(), range);
        stream::unfold(walk, |mut walk| async move {
            let piece = match walk.next.take()? {
                Next::Ready(piece) => Ok(piece),
                Next::Reading(task) => task.await.map_err(io::Error::other).flatten(),
            };
            walk.read_ahead(piece.is_ok());
            Some((piece, walk))
        })
    }
}

/// A part on its way out.
struct Walk {
    of: Arc<Inner>,
    /// What nobody reads yet.
    rest: Range<u64>,
    next: Option<Next>,
}

enum Next {
    Ready(Bytes),
    Reading(JoinHandle<io::Result<Bytes>>),
}

impl Walk {
    fn begin(of: Arc<Inner>, range: Range<u64>) -> Self {
        let end = range.end.min(of.bytes);
        let mut walk = Self { rest: range.start.min(end)..end, next: None, of };
        let held = walk.of.first.len() as u64;
        if walk.rest.start < held && !walk.rest.is_empty() {
            let until = walk.rest.end.min(held);
            let piece = walk.of.first.slice(walk.rest.start as usize..until as usize);
            walk.rest.start = until;
            walk.next = Some(Next::Ready(piece));
        } else {
            walk.read_ahead(true);
        }
        walk
    }

    fn read_ahead(&mut self, well: bool) {
        if !well || self.rest.is_empty() {
            return;
        }
        // Ends where a chunk does, so that none is opened twice.
        let until = (self.rest.start / STEP + 1) * STEP;
        let range = self.rest.start..until.min(self.rest.end);
        self.rest.start = range.end;
        let of = self.of.clone();
        self.next = Some(Next::Reading(spawn_blocking(move || of.read(range))));
    }
}

impl Inner {
    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        if range.end > self.bytes || range.start > range.end {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        if range.end <= self.first.len() as u64 {
            return Ok(self.first.slice(range.start as usize..range.end as usize));
        }
        self.open(range).inspect_err(|why| {
            if matches!(why.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) {
                self.blobs.note_damage(self.name, why);
            }
        })
    }

    /// Reads and opens the chunks that a part lies in.
    fn open(&self, range: Range<u64>) -> io::Result<Bytes> {
        let (first, behind) = (range.start / CHUNK as u64, (range.end - 1) / CHUNK as u64 + 1);
        let start = HEADER as u64 + first * SEALED as u64;
        let end = HEADER as u64 + behind * SEALED as u64;
        let mut buffer = vec![0; (end.min(sealed_len(self.bytes)) - start) as usize];
        self.file.read_exact_at(&mut buffer, start)?;
        let (mut from, mut filled, last) = (0, 0, self.bytes / CHUNK as u64);
        for at in first..behind {
            let to = (from + SEALED).min(buffer.len());
            let place = Place { at: at as u32, last: at == last };
            let opened = self.key.open(place, &mut buffer[from..to]).ok_or_else(damaged)?;
            buffer.copy_within(from..from + opened, filled);
            (from, filled) = (to, filled + opened);
        }
        let skip = (range.start - first * CHUNK as u64) as usize;
        Ok(Bytes::from(buffer).slice(skip..skip + (range.end - range.start) as usize))
    }
}
