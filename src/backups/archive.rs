//! Writing an archive: tar, zstd, and age where it has recipients.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use age::stream::StreamWriter;
use jiff::Timestamp;
use ring::digest::{Context, SHA256};

use super::manifest::Member;
use super::place::Sink;
use super::{Cancel, PRIVATE, hex, refused};
use crate::error::{Error, Result};

/// Where zstd spends little time and still makes little of records.
const LEVEL: i32 = 6;

/// Notes digest and size of what passes through it.
pub(super) struct Noted<T> {
    inner: T,
    digest: Context,
    bytes: u64,
}

impl<T> Noted<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, digest: Context::new(&SHA256), bytes: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// What passed: digest in hex, and size. The inner one is given back.
    pub(super) fn end(self) -> (T, String, u64) {
        (self.inner, hex(self.digest.finish().as_ref()), self.bytes)
    }
}

impl<R: Read> Read for Noted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.note(&into[..read]);
        Ok(read)
    }
}

impl<W: Write> Write for Noted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.note(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Fails when the work is cancelled.
pub(super) struct Cancelled<R>(pub(super) R, pub(super) Cancel);

impl<R: Read> Read for Cancelled<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1.check()?;
        self.0.read(into)
    }
}

/// The outermost layer.
enum Outer {
    Plain(Box<Noted<Box<dyn Sink>>>),
    Age(Box<StreamWriter<Noted<Box<dyn Sink>>>>),
}

impl Write for Outer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(to) => to.write(bytes),
            Self::Age(to) => to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(to) => to.flush(),
            Self::Age(to) => to.flush(),
        }
    }
}

/// An archive that is being written.
pub(super) struct Archive {
    tar: tar::Builder<zstd::Encoder<'static, Outer>>,
    at: Timestamp,
    cancel: Cancel,
}

/// The whole file.
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

fn unwritten(why: io::Error) -> Error {
    refused("The backup could not be written", &why)
}

impl Archive {
    /// Encrypted for these keys; for whoever has the file if there are none. `at` becomes the time of all files in it.
    pub(super) fn begin(
        sink: Box<dyn Sink>,
        keys: &[age::x25519::Recipient],
        at: Timestamp,
        cancel: &Cancel,
    ) -> Result<Self> {
        let noted = Noted::new(sink);
        let outer = if keys.is_empty() {
            Outer::Plain(Box::new(noted))
        } else {
            let keys = keys.iter().map(|key| key as &dyn age::Recipient);
            let encryptor = age::Encryptor::with_recipients(keys).map_err(Error::bug)?;
            Outer::Age(Box::new(encryptor.wrap_output(noted).map_err(unwritten)?))
        };
        let mut zip = zstd::Encoder::new(outer, LEVEL).map_err(unwritten)?;
        zip.include_checksum(true).map_err(unwritten)?;
        Ok(Self { tar: tar::Builder::new(zip), at, cancel: cancel.clone() })
    }

    /// Adds a file of the disk under this path.
    pub(super) fn add_file(&mut self, path: &str, from: &Path) -> Result<Member> {
        let unread =
            |why: io::Error| refused(format!("{} could not be read", from.display()), &why);
        let file = File::open(from).map_err(unread)?;
        let size = file.metadata().map_err(unread)?.len();
        // One that grows meanwhile goes in as long as it was.
        self.add(path, size, file.take(size))
    }

    /// Adds these bytes under this path.
    pub(super) fn add_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<Member> {
        self.add(path, bytes.len() as u64, bytes)
    }

    fn add(&mut self, path: &str, size: u64, from: impl Read) -> Result<Member> {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(PRIVATE);
        header.set_mtime(u64::try_from(self.at.as_second()).unwrap_or(0));
        let mut noted = Noted::new(Cancelled(from, self.cancel.clone()));
        self.tar.append_data(&mut header, path, &mut noted).map_err(unwritten)?;
        let (_, sha256, bytes) = noted.end();
        if bytes != size {
            return Err(Error::refused(format!("{path} became shorter while it was read.")));
        }
        Ok(Member { path: path.to_owned(), bytes, sha256 })
    }

    /// Ends it. Only now it stands under its name.
    pub(super) fn finish(self) -> Result<Written> {
        let finish = || -> io::Result<_> {
            let outer = self.tar.into_inner()?.finish()?;
            let mut noted = match outer {
                Outer::Plain(noted) => *noted,
                Outer::Age(age) => age.finish()?,
            };
            noted.flush()?;
            Ok(noted)
        };
        let (sink, sha256, bytes) = finish().map_err(unwritten)?.end();
        self.cancel.check().map_err(unwritten)?;
        sink.finish()?;
        Ok(Written { bytes, sha256 })
    }
}
