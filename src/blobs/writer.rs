//! Bytes on their way in: hashed, encrypted and written as they come. Nothing of them touches the disk in the clear. All of
//! it may wait for the disk.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use ring::digest::{Context, SHA256};
use rustix::fs::OFlags;

use super::crypt::{
    BASE, BlobKey, CHUNK, ClientSecret, HEADER, Header, OVERHEAD, Place, SEALED, chance,
};
use super::{Blobs, Stored, UNFINISHED};
use crate::values::Digest;

/// Chunks that are written at once.
const AT_ONCE: usize = 4;

/// Bytes that arrive, and their file.
pub(super) struct Writer {
    blobs: Blobs,
    secret: ClientSecret,
    id: String,
    file: File,
    key: BlobKey,
    base: [u8; BASE],
    hash: Context,
    /// What does not fill a chunk yet.
    tail: Vec<u8>,
    /// Sealed chunks that are not written yet.
    sealed: Vec<u8>,
    /// Full chunks, those among `sealed` included.
    chunks: u32,
    /// Full chunks that are on disk for good.
    durable: u32,
    /// The last chunk is written too: nothing can follow.
    ended: bool,
}

impl Writer {
    /// Makes the file of bytes that begin to arrive. There must be none of this id yet.
    pub(super) fn begin(blobs: &Blobs, secret: &ClientSecret, id: &str) -> io::Result<Self> {
        let file = blobs.unfinished(id, OFlags::CREATE | OFlags::EXCL)?;
        let header = Header::fresh()?;
        let began = file.write_all_at(&header.write(), 0);
        if let Err(why) = began.and_then(|()| sync_folder(blobs)) {
            let _ = blobs.discard(id); // the sweep tries again
            return Err(why);
        }
        Self::of(blobs, secret, id, file, &header)
    }

    fn of(
        blobs: &Blobs,
        secret: &ClientSecret,
        id: &str,
        file: File,
        header: &Header,
    ) -> io::Result<Self> {
        Ok(Self {
            blobs: blobs.clone(),
            secret: secret.clone(),
            id: id.to_owned(),
            file,
            key: secret.blob_key(header),
            base: chance()?,
            hash: Context::new(&SHA256),
            tail: Vec::new(),
            sealed: Vec::with_capacity(AT_ONCE * SEALED),
            chunks: 0,
            durable: 0,
            ended: false,
        })
    }

    /// Reads what has arrived before, to go on with it. What a crash has torn is cut off.
    pub(super) fn resume(blobs: &Blobs, secret: &ClientSecret, id: &str) -> io::Result<Self> {
        let file = blobs.unfinished(id, OFlags::empty())?;
        let mut header = [0; HEADER];
        let header = match file.read_exact_at(&mut header, 0) {
            Ok(()) => Header::read(&header),
            Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => None,
            Err(why) => return Err(why),
        };
        let Some(header) = header else {
            // Not even the header was on disk, so no byte was acknowledged.
            let header = Header::fresh()?;
            file.write_all_at(&header.write(), 0)?;
            file.set_len(HEADER as u64)?;
            return Self::of(blobs, secret, id, file, &header);
        };
        let mut writer = Self::of(blobs, secret, id, file, &header)?;
        writer.read_again()?;
        if writer.ended || !writer.is_named()? {
            writer.fall_back()?;
            return Ok(writer);
        }
        // It had all come and got its name, and is damaged since. What has a name is not written to.
        blobs.discard(id)?;
        Self::begin(blobs, secret, id)
    }

    /// Whether the file has a name as a blob, too.
    fn is_named(&self) -> io::Result<bool> {
        Ok(rustix::fs::fstat(&self.file)?.st_nlink > 1)
    }

    fn read_again(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; AT_ONCE * SEALED];
        'file: loop {
            let filled = read_up_to(&self.file, &mut buffer, chunk_start(self.chunks))?;
            for sealed in buffer[..filled].chunks_mut(SEALED) {
                let place = Place { at: self.chunks, last: sealed.len() < SEALED };
                let Some(plain) = self.key.open(place, sealed) else { break 'file };
                if place.last {
                    self.tail = sealed[..plain].to_vec();
                    self.ended = true;
                    break 'file;
                }
                self.hash.update(&sealed[..plain]);
                self.chunks += 1;
            }
            if filled < buffer.len() {
                break;
            }
        }
        self.durable = self.chunks;
        Ok(())
    }

    /// Cuts off what is not there for good, so that it takes no room.
    pub(super) fn fall_back(&self) -> io::Result<()> {
        if !self.ended {
            self.file.set_len(chunk_start(self.durable))?;
        }
        Ok(rustix::fs::fdatasync(&self.file)?)
    }

    /// Bytes that will still be there after a crash: full chunks, or all if the last one is written.
    pub(super) fn durable(&self) -> u64 {
        let tail = if self.ended { self.tail.len() } else { 0 };
        u64::from(self.durable) * CHUNK as u64 + tail as u64
    }

    /// Takes more bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if self.ended && !bytes.is_empty() {
            return Err(io::Error::other("bytes came after the last one"));
        }
        while !bytes.is_empty() {
            if self.tail.is_empty() && bytes.len() >= CHUNK {
                let (chunk, rest) = bytes.split_at(CHUNK);
                self.seal(chunk)?;
                bytes = rest;
                continue;
            }
            let (some, rest) = bytes.split_at(bytes.len().min(CHUNK - self.tail.len()));
            self.tail.extend_from_slice(some);
            bytes = rest;
            if self.tail.len() == CHUNK {
                let mut full = std::mem::take(&mut self.tail);
                self.seal(&full)?;
                full.clear();
                self.tail = full;
            }
        }
        Ok(())
    }

    fn seal(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.hash.update(chunk);
        let place = Place { at: self.chunks, last: false };
        self.key.seal(self.base, place, chunk, &mut self.sealed);
        let full = || io::Error::from(io::ErrorKind::FileTooLarge);
        self.chunks = self.chunks.checked_add(1).ok_or_else(full)?;
        if self.sealed.len() >= AT_ONCE * SEALED { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let waiting = (self.sealed.len() / SEALED) as u32;
        self.file.write_all_at(&self.sealed, chunk_start(self.chunks - waiting))?;
        self.sealed.clear();
        Ok(())
    }

    /// Has all full chunks on disk, and forgets what does not fill one. Says from which byte to go on.
    pub(super) fn pause(&mut self) -> io::Result<u64> {
        if !self.ended {
            self.flush()?;
            self.tail.clear();
            if self.durable < self.chunks {
                rustix::fs::fdatasync(&self.file)?;
                self.durable = self.chunks;
            }
        }
        Ok(self.durable())
    }

    /// Writes the last chunk, and gives the bytes their name. They keep that under which they arrived, too.
    pub(super) fn finish(&mut self) -> io::Result<Stored> {
        self.flush()?;
        if !self.ended {
            let place = Place { at: self.chunks, last: true };
            self.key.seal(self.base, place, &self.tail, &mut self.sealed);
            self.file.write_all_at(&self.sealed, chunk_start(self.chunks))?;
            self.sealed.clear();
        }
        rustix::fs::fdatasync(&self.file)?;
        (self.ended, self.durable) = (true, self.chunks);
        let mut hash = self.hash.clone();
        hash.update(&self.tail);
        let sha256 = Digest::of_hash(&hash.finish());
        let (name, bytes) = (self.secret.name(&sha256), self.durable());
        let hold = self.blobs.hold(name);
        let stored = Stored { name, sha256, bytes, hold };
        self.blobs.settle(&self.id, &self.secret, &stored)?;
        Ok(stored)
    }

    /// Removes what has arrived.
    pub(super) fn abandon(&self) -> io::Result<()> {
        self.blobs.discard(&self.id)
    }
}

/// Where a chunk begins in the file.
fn chunk_start(at: u32) -> u64 {
    HEADER as u64 + u64::from(at) * SEALED as u64
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(filled)
}

/// The name of a file that was just made is on disk, too: else acknowledged bytes could vanish with it.
fn sync_folder(blobs: &Blobs) -> io::Result<()> {
    File::open(blobs.0.path.join(UNFINISHED))?.sync_all()
}

const _: () = assert!(OVERHEAD < CHUNK, "a last chunk is never as long as a full one");
