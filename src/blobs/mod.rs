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
//! names, and never a name without bytes.

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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};
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
/// What a person hears who asks for bytes that are not what they were.
pub const DAMAGED: &str = "This file is damaged on our side, so it cannot be opened. Nothing is wrong with your device. \
                           The firm can bring it back from a backup, or ask for it again.";

/// The blobs of a data folder. Clones share it.
#[derive(Clone)]
pub struct Blobs(Arc<Shelf>);

struct Shelf {
    path: PathBuf,
    folder: OwnedFd,
    /// How often each name is held at present.
    held: Mutex<HashMap<BlobName, usize>>,
    /// Those that were found not to be what they were, since the start.
    damaged: Mutex<HashSet<BlobName>>,
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
            damaged: Mutex::default(),
        })))
    }

    /// Bytes that may still be written to the disk they lie on.
    pub fn room(&self) -> io::Result<u64> {
        let disk = rustix::fs::fstatvfs(&self.0.folder)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Keeps the sweep away from a name: for a record that is about to refer to bytes that are there already.
    #[must_use]
    pub fn hold(&self, name: BlobName) -> Hold {
        *self.held().entry(name).or_default() += 1;
        Hold { name, of: self.clone() }
    }

    /// Those that were found to be damaged or missing since the start.
    #[must_use]
    pub fn damaged(&self) -> Vec<BlobName> {
        let mut names: Vec<BlobName> = self.spoiled().iter().copied().collect();
        names.sort_unstable();
        names
    }

    fn held(&self) -> MutexGuard<'_, HashMap<BlobName, usize>> {
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

    /// Gives bytes that have arrived and are on disk their name. If they are there already, those stay: then the new ones are
    /// removed. The caller holds the name. The name is on disk when this comes back.
    fn settle(&self, id: &str, name: &BlobName, sealed: u64) -> io::Result<()> {
        let (shelf, from, to) = (&self.0, unfinished_path(id)?, name.path());
        match rustix::fs::mkdirat(&shelf.folder, name.folder(), Mode::RWXU) {
            Ok(()) => rustix::fs::fsync(&shelf.folder)?,
            Err(Errno::EXIST) => {}
            Err(why) => return Err(why.into()),
        }
        let flags = RenameFlags::NOREPLACE;
        match rustix::fs::renameat_with(&shelf.folder, &from, &shelf.folder, &to, flags) {
            Ok(()) => {}
            Err(Errno::EXIST) if self.keeps(name, sealed)? => self.discard(id)?,
            // What is there is damaged, or the file system knows no such flag: then the names are held apart by us alone.
            Err(Errno::EXIST | Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::renameat(&shelf.folder, &from, &shelf.folder, &to)?;
            }
            Err(why) => return Err(why.into()),
        }
        self.spoiled().remove(name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::openat(&shelf.folder, name.folder(), flags, Mode::empty())?;
        Ok(rustix::fs::fsync(folder)?)
    }

    /// Whether the bytes of this name are there, as far as their length tells. They count as new from now on.
    fn keeps(&self, name: &BlobName, sealed: u64) -> io::Result<bool> {
        let file = self.file(name)?;
        if file.metadata()?.len() != sealed || self.spoiled().contains(name) {
            return Ok(false);
        }
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let same = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
        let times = Timestamps { last_access: same, last_modification: now };
        rustix::fs::futimens(&file, &times)?;
        Ok(true)
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
        if let Some(times) = held.get_mut(&self.name) {
            *times -= 1;
            if *times == 0 {
                held.remove(&self.name);
            }
        }
    }
}
