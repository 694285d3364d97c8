//! Backups: from the running server to one file, and from that file to a data folder that serves.
//!
//! An archive is a tar in zstd, and in age where it has recipients, so that `age -d`, `zstd -d` and `tar -x` read it without
//! us. In it lie `store.redb`, the keys if it is encrypted, the files of clients, a list of their digests that
//! `sha256sum -c` reads, and last `manifest.json`. Everything streams: memory does not grow with the data.
//!
//! - `manifest.rs` what an archive says of itself · `name.rs` what its file is called · `archive.rs` writing one
//! - `blobs.rs` the files of clients, which are written once each beside the archives of a plan
//! - `place.rs` a folder · `bucket.rs` `s3.rs` `tls.rs` a bucket · `retention.rs` which archives are kept
//! - `making.rs` a backup · `extract.rs` reading one back · `trial.rs` seeing that it restores · `restore.rs` restoring it
//! - `recovery.rs` the keys in a file of their own · `outside.rs` a backup in a file that somebody at the machine names

mod archive;
mod blobs;
mod bucket;
mod extract;
mod making;
mod manifest;
mod name;
mod outside;
mod place;
pub mod recovery;
pub mod restore;
mod retention;
mod s3;
mod scratch;
mod tls;
mod trial;

use std::fmt::Display;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use extract::{Identities, read_identities};
pub use making::{NewBackup, hand_over, make, prune};
pub use manifest::Manifest;
pub use outside::{Output, Piece};
pub use place::Found;
pub use trial::{Trial, try_file, try_newest};

use crate::error::{Error, Result};
use crate::model::System;
use crate::values::hex;

/// One piece of work at a time: others would only wait for the same disk, and scratch folders have one owner.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// Waits until no backup is being made, and keeps the next one waiting as long as what it gives is held: for what must not
/// change between a snapshot and the copies of what it refers to.
pub async fn pause_backups() -> impl Drop + Send {
    TURN.lock().await
}

/// Files and keys of backups are nobody else's business.
const PRIVATE: u32 = 0o600;

/// Tells work that streams for minutes that it shall stop. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Has the work stop at its next step.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Goes on only if nobody has cancelled.
    fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(io::Error::other("the server is stopping")),
            false => Ok(()),
        }
    }
}

/// Cancels when it is dropped, as when whoever waited has gone.
pub struct CancelOnDrop(pub Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// What lies at the place of the plan, newest first.
pub fn list(system: &System) -> Result<Vec<Found>> {
    let task = system.backup_task()?;
    let mut found = place::open(&task.target)?.list("")?;
    found.retain(|one| name::time_of(&one.name).is_some());
    found.sort_by_key(|one| std::cmp::Reverse(name::time_of(&one.name)));
    Ok(found)
}

/// What the system refused, as a sentence that names the thing.
fn refused(what: impl Display, why: &io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::StorageFull => Error::refused(format!("{what}: the disk is full.")),
        _ => Error::refused(format!("{what}: {}.", why.to_string().trim_end_matches('.'))),
    }
}

/// What [`hex`] was given.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let even = text.len().is_multiple_of(2) && text.is_ascii();
    (0..text.len()).step_by(2).map(digit).collect::<Option<Vec<u8>>>().filter(|_| even)
}
