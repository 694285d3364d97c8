//! The bytes of files at rest, encrypted by a key of the client they belong to. Knows neither clients nor records: whoever
//! stores bytes here keeps their name in a record, and whoever deletes the record leaves the bytes to the sweep.
//!
//! - `name.rs`: what a blob is called · `crypt.rs`: how it is encrypted
//! - `writer.rs`: bytes on their way in, step by step · `incoming.rs`: the same, off the threads that serve requests
//! - `content.rs`: bytes on their way out, whole or in part
//! - `sweep.rs`: what nothing names any more · `verify.rs`: whether what is kept is what was stored
//!
//! In the data folder they are `blobs/ab/<name>`, and while they arrive `blobs/tmp/<id>`. A blob never changes once it has
//! its name. It is on disk, under that name, before a record may refer to it; so a crash leaves bytes that nothing
//! names, and never a name without bytes. Bytes that somebody was promised to be able to go on with lie under both
//! names until the record is there.

mod content;
mod crypt;
mod incoming;
mod name;
mod sweep;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
use rustix::io::Errno;

pub use content::Content;
pub use crypt::{CHUNK, ClientSecret};
pub use incoming::Incoming;
pub use name::BlobName;
pub use sweep::Swept;
pub use verify::Fault;

pub use crate::values::Digest;

use crate::error::{Error, Result};
use crate::files;

/// The folder of all blobs, in the data folder.
const FOLDER: &str = "blobs";
/// Where they lie while they arrive.
const UNFINISHED: &str = "tmp";
/// Behind the name that bytes arrived under, while they take the place of damaged ones.
const SECOND: &str = "-new";
/// What a person hears who asks for bytes that are not what they were.
pub const DAMAGED: &str = "This file is damaged on our side, so it cannot be opened. Nothing is wrong with your device. \
                           The firm can bring it back from a backup, or ask for it again.";

/// The blobs of a data folder. Clones share it.
#[derive(Clone)]
pub struct Blobs(Arc<Shelf>);

struct Shelf {
    path: PathBuf,
    folder: OwnedFd,
    held: Mutex<Held>,
    /// Told when none is going any more.
    gone: Condvar,
    /// Those that were found not to be what they were, since the start.
    damaged: Mutex<HashSet<BlobName>>,
}

/// What the sweep may not take, and what it is taking.
#[derive(Default)]
struct Held {
    /// How often each name is held at present.
    times: HashMap<BlobName, usize>,
    /// Nobody can take hold of this one.
    going: Option<BlobName>,
}

/// A disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Disk {
    /// What may still be written.
    pub free: u64,
    /// What there is.
    pub all: u64,
}

/// Bytes that lie under their name.
#[derive(Clone, Debug)]
pub struct Stored {
    /// What they are called.
    pub name: BlobName,
    /// Their digest, for receipts and as evidence.
    pub sha256: Digest,
    /// How many they are.
    pub bytes: u64,
    /// Keeps the sweep away until a record refers to them. Move it into the command that writes the record.
    pub hold: Hold,
}

/// A name that the sweep leaves alone until this is dropped.
pub struct Hold {
    name: BlobName,
    of: Blobs,
}

impl Blobs {
    /// The blobs of this data folder. Their folder is made if absent.
    pub fn open(data: &Path) -> io::Result<Self> {
        files::make_folder(&data.join(FOLDER).join(UNFINISHED))?;
        Self::in_place(data)
    }

    /// The blobs of a data folder that has some; an error of the kind "not found" if it never had.
    pub fn in_place(data: &Path) -> io::Result<Self> {
        let path = data.join(FOLDER);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&path, flags, Mode::empty())?;
        Ok(Self(Arc::new(Shelf {
            path,
            folder,
            held: Mutex::default(),
            gone: Condvar::new(),
            damaged: Mutex::default(),
        })))
    }

    /// The disk they lie on.
    pub fn disk(&self) -> io::Result<Disk> {
        let disk = rustix::fs::fstatvfs(&self.0.folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(Disk { free: bytes(disk.f_bavail), all: bytes(disk.f_blocks) })
    }

    /// Keeps the sweep away from a name: for a record that is about to refer to bytes that are there already.
    #[must_use]
    pub fn hold(&self, name: BlobName) -> Hold {
        let mut held = self.held();
        // For this one only, and only while it is removed.
        while held.going == Some(name) {
            held = self.0.gone.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        *held.times.entry(name).or_default() += 1;
        drop(held);
        Hold { name, of: self.clone() }
    }

    /// Those that were found to be damaged or missing since the start.
    #[must_use]
    pub fn damaged(&self) -> Vec<BlobName> {
        let mut names: Vec<BlobName> = self.spoiled().iter().copied().collect();
        names.sort_unstable();
        names
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spoiled(&self) -> MutexGuard<'_, HashSet<BlobName>> {
        self.0.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers that a blob is not what it was, and tells the log once.
    fn note_damage(&self, name: BlobName, why: &dyn fmt::Display) {
        if self.spoiled().insert(name) {
            tracing::error!(blob = %name, %why, "a file of a client is damaged");
        }
    }

    /// Opens the file of a blob.
    fn file(&self, name: &BlobName) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0.folder, name.path(), flags, Mode::empty())?.into())
    }

    /// Makes the file of bytes that arrive, or opens that of some that did.
    fn unfinished(&self, id: &str, how: OFlags) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | how;
        let path = unfinished_path(id)?;
        Ok(rustix::fs::openat(&self.0.folder, path, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Removes the file of bytes that arrive, if it is there.
    fn discard(&self, id: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0.folder, unfinished_path(id)?, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    /// Gives bytes that have arrived and are on disk their name, beside the one they arrived under. If they are there
    /// already, and are what they were to the last byte, those stay. The caller holds the name. The name is on disk when
    /// this comes back.
    fn settle(&self, id: &str, secret: &ClientSecret, stored: &Stored) -> io::Result<()> {
        let (shelf, name) = (&self.0, &stored.name);
        let (from, to) = (unfinished_path(id)?, name.path());
        match rustix::fs::mkdirat(&shelf.folder, name.folder(), Mode::RWXU) {
            Ok(()) => rustix::fs::fsync(&shelf.folder)?,
            Err(Errno::EXIST) => {}
            Err(why) => return Err(why.into()),
        }
        match self.link(&from, &to) {
            Ok(()) => {}
            Err(Errno::EXIST) if self.keeps(secret, stored) => self.renew(name)?,
            // What is there is damaged, and these are not.
            Err(Errno::EXIST) => self.replace(&from, &to)?,
            // The file system has one name for each file: then an upload that is cut off right here begins anew.
            Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => {
                rustix::fs::renameat(&shelf.folder, &from, &shelf.folder, &to)?;
            }
            Err(why) => return Err(why.into()),
        }
        self.spoiled().remove(name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&shelf.folder, name.folder(), flags, Mode::empty())?;
        Ok(rustix::fs::fsync(folder)?)
    }

    fn link(&self, from: &str, to: &str) -> rustix::io::Result<()> {
        rustix::fs::linkat(&self.0.folder, from, &self.0.folder, to, AtFlags::empty())
    }

    /// A link does not take another's place, and a rename does.
    fn replace(&self, from: &str, to: &str) -> io::Result<()> {
        let (folder, second) = (&self.0.folder, format!("{from}{SECOND}"));
        match self.link(from, &second) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(why) => return Err(why.into()),
        }
        rustix::fs::renameat(folder, &second, folder, to)?;
        // Two names of one file stay two when one takes the other's place.
        match rustix::fs::unlinkat(folder, &second, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    fn keeps(&self, secret: &ClientSecret, stored: &Stored) -> bool {
        let fault = self.compare(secret, &stored.name, stored.bytes, Some(&stored.sha256));
        matches!(fault, Ok(None))
    }

    /// It counts as new from now on.
    fn renew(&self, name: &BlobName) -> io::Result<()> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let same = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        let times = Timestamps { last_access: same, last_modification: now };
        Ok(rustix::fs::futimens(self.file(name)?, &times)?)
    }
}

/// Where bytes lie while they arrive. The id is a plain name, such as a printed id.
fn unfinished_path(id: &str) -> io::Result<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(io::Error::other("this is not the id of bytes that arrive"));
    }
    Ok(format!("{UNFINISHED}/{id}"))
}

/// What a person can do about a disk that refuses.
fn refusal(why: io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        io::ErrorKind::ReadOnlyFilesystem => Error::ReadOnly,
        _ => Error::bug(why),
    }
}

/// Does `work` on a thread that may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::bug)?
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.0.path.display())
    }
}

impl Hold {
    /// Which name.
    #[must_use]
    pub const fn name(&self) -> BlobName {
        self.name
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        self.of.hold(self.name)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hold({})", self.name)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.of.held();
        if let Some(times) = held.times.get_mut(&self.name) {
            *times -= 1;
            if *times == 0 {
                held.times.remove(&self.name);
            }
        }
    }
}
