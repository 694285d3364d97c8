//! A file that is opened without a change to it, whatever state it is in. redb repairs a file whose writer was killed
//! before it lets anybody read it; here the repair, and whatever else is written, goes to memory only.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, Builder, Database, DatabaseError, StorageBackend};

/// What is written is kept in pieces of this size, in bytes.
const PIECE: usize = 4096;
/// Memory for pages of the file, in bytes.
const CACHE: usize = 8 << 20;

/// Opens a file to look at it. As long as it is open nobody else can write to it.
pub(super) fn open(path: &Path) -> Result<Database, DatabaseError> {
    let lockable = OpenOptions::new().read(true).write(true).open(path);
    // On a disk that nobody can write to there is nothing to lock.
    let (file, locks) = match lockable {
        Ok(file) => (file, true),
        Err(why) if may_not_be_written(&why) => (File::open(path).map_err(disk)?, false),
        Err(why) => return Err(disk(why)),
    };
    let length = file.metadata().map_err(disk)?.len();
    let written = Written { pieces: BTreeMap::new(), length, shortest: length };
    let shadow = Shadow { file: FileBackend::new(file)?, locks, written: Mutex::new(written) };
    if length == 0 {
        // redb would make a new store of it.
        return Err(disk(io::ErrorKind::UnexpectedEof.into()));
    }
    Builder::new().set_cache_size(CACHE).create_with_backend(shadow)
}

fn may_not_be_written(why: &io::Error) -> bool {
    matches!(why.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn disk(why: io::Error) -> DatabaseError {
    DatabaseError::Storage(redb::StorageError::Io(why))
}

#[derive(Debug)]
struct Shadow {
    file: FileBackend,
    locks: bool,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    /// By their number. Each is whole.
    pieces: BTreeMap<u64, Vec<u8>>,
    length: u64,
    /// The shortest it has been: what was behind that is no longer the file's.
    shortest: u64,
}

impl Shadow {
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the file itself has there, and zeros behind its end.
    fn original(&self, shortest: u64, at: u64, out: &mut [u8]) -> io::Result<()> {
        out.fill(0);
        let there = shortest.saturating_sub(at).min(out.len() as u64);
        self.file.read(at, &mut out[..there as usize])
    }
}

/// The parts of a stretch of the file: number of the piece, where in it, where in the stretch, how many bytes.
fn parts(at: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        if done == length {
            return None;
        }
        let place = at + done as u64;
        let inside = (place % PIECE as u64) as usize;
        let many = (PIECE - inside).min(length - done);
        let part = (place / PIECE as u64, inside, done, many);
        done += many;
        Some(part)
    })
}

impl StorageBackend for Shadow {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.written().length)
    }

    fn read(&self, at: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let written = self.written();
        self.original(written.shortest, at, out)?;
        if !written.pieces.is_empty() {
            for (piece, inside, outside, many) in parts(at, out.len()) {
                if let Some(piece) = written.pieces.get(&piece) {
                    out[outside..outside + many].copy_from_slice(&piece[inside..inside + many]);
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), io::Error> {
        let mut written = self.written();
        if length < written.length {
            let last = length / PIECE as u64;
            written.pieces.retain(|piece, _| *piece <= last);
            if let Some(piece) = written.pieces.get_mut(&last) {
                piece[(length % PIECE as u64) as usize..].fill(0);
            }
        }
        written.length = length;
        written.shortest = written.shortest.min(length);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        Ok(())
    }

    fn write(&self, at: u64, data: &[u8]) -> Result<(), io::Error> {
        let mut written = self.written();
        let shortest = written.shortest;
        for (number, inside, outside, many) in parts(at, data.len()) {
            let piece = match written.pieces.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let mut piece = vec![0; PIECE];
                    self.original(shortest, number * PIECE as u64, &mut piece)?;
                    place.insert(piece)
                }
            };
            piece[inside..inside + many].copy_from_slice(&data[outside..outside + many]);
        }
        written.length = written.length.max(at + data.len() as u64);
        Ok(())
    }

    fn close(&self) -> Result<(), io::Error> {
        self.file.close()
    }

    fn try_lock_range(&self, from: Bound<u64>, to: Bound<u64>) -> Result<bool, BackendError> {
        if self.locks { self.file.try_lock_range(from, to) } else { Err(BackendError::Unsupported) }
    }

    fn unlock_range(&self, from: Bound<u64>, to: Bound<u64>) -> Result<(), BackendError> {
        if self.locks { self.file.unlock_range(from, to) } else { Err(BackendError::Unsupported) }
    }

    fn query_lock_range(&self, from: Bound<u64>, to: Bound<u64>) -> Result<bool, BackendError> {
        if self.locks {
            self.file.query_lock_range(from, to)
        } else {
            Err(BackendError::Unsupported)
        }
    }

    fn try_lock_shared_range(
        &self,
        from: Bound<u64>,
        to: Bound<u64>,
    ) -> Result<bool, BackendError> {
        if self.locks {
            self.file.try_lock_shared_range(from, to)
        } else {
            Err(BackendError::Unsupported)
        }
    }
}
