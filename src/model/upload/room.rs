//! What keeps the disk from being filled: a file has a largest size, some room stays free for everything else, and what
//! uploads under way have yet to bring is counted as if it were there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Upload;
use crate::blobs::Disk;
use crate::error::{Error, Result};
use crate::model::core::Core;
use crate::model::db::Records;
use crate::model::file_settings::FileSettings;
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::values::size;

/// Bytes after which the disk is looked at again.
const STEP: u64 = 16 * 1024 * 1024;
/// How long room is kept for an upload of which no piece comes: others need not wait for one that was left.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Room that uploads under way have been promised.
#[derive(Default)]
pub(super) struct Promises(Mutex<HashMap<Id<Upload>, Promise>>);

struct Promise {
    /// As many bytes as have yet to come.
    bytes: u64,
    until: Timestamp,
}

impl Promises {
    /// Promises an upload room for so many bytes, if `free` is enough for them and for all others; else it has none.
    fn give(&self, id: Id<Upload>, bytes: u64, free: u64, now: Timestamp) -> bool {
        let mut all = self.all();
        all.remove(&id);
        let enough = free >= promised(&mut all, None, now).saturating_add(bytes);
        if enough {
            all.insert(id, Promise { bytes, until: now.saturating_add(KEPT_FOR).unwrap_or(now) });
        }
        enough
    }

    /// Bytes that others than this one have yet to bring.
    fn to_others(&self, id: Option<Id<Upload>>, now: Timestamp) -> u64 {
        promised(&mut self.all(), id, now)
    }

    /// It needs no more room.
    pub(super) fn end(&self, id: Id<Upload>) {
        self.all().remove(&id);
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Id<Upload>, Promise>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn promised(
    all: &mut HashMap<Id<Upload>, Promise>,
    but: Option<Id<Upload>>,
    now: Timestamp,
) -> u64 {
    all.retain(|_, promise| promise.until > now);
    let others = all.iter().filter(|(id, _)| Some(**id) != but);
    others.fold(0, |sum, (_, promise)| sum.saturating_add(promise.bytes))
}

/// Bytes that arrive pass here.
#[derive(Clone)]
pub(super) struct Gate {
    core: Arc<Core>,
    who: Who,
    settings: FileSettings,
    /// Which upload, if it comes in pieces.
    upload: Option<Id<Upload>>,
    /// Some of it is there already.
    begun: bool,
    /// When so many have come, the disk is looked at.
    next: u64,
}

impl Gate {
    /// For a file that comes at once, among so many bytes at the most, as far as that is known. Refuses where there is no room
    /// for them.
    pub(super) fn open(core: &Arc<Core>, who: Who, most: Option<u64>) -> Result<Self> {
        let settings = core.db.read(FileSettings::of)?;
        let gate =
            Self { core: core.clone(), who, settings, upload: None, begun: false, next: STEP };
        gate.room(most.unwrap_or_default())?;
        Ok(gate)
    }

    /// For a file of so many bytes that comes in pieces and has come up to `at`. Refuses more than a file may have, and more
    /// than there is room for beside all others that are under way. Until [`Promises::end`], or until no piece comes for
    /// some minutes, the room is kept for it.
    pub(super) fn reserve(
        core: &Arc<Core>,
        who: Who,
        (id, bytes, at): (Id<Upload>, u64, u64),
    ) -> Result<Self> {
        let settings = core.db.read(FileSettings::of)?;
        let (upload, begun) = (Some(id), at > 0);
        let gate = Self { core: core.clone(), who, settings, upload, begun, next: STEP };
        gate.small_enough(bytes)?;
        gate.room(bytes - at)?;
        Ok(gate)
    }

    /// Refuses more than a file may have, and whatever comes when there is no more room.
    pub(super) fn pass(&mut self, bytes: u64) -> Result<()> {
        self.small_enough(bytes)?;
        if bytes >= self.next {
            self.next = bytes + STEP;
            let disk = self.core.blobs.disk()?;
            let others = self.core.uploads.promises.to_others(self.upload, self.core.clock.now());
            if disk.free < self.settings.kept_free(disk.all).saturating_add(others) {
                return Err(self.no_room(&disk));
            }
        }
        Ok(())
    }

    fn small_enough(&self, bytes: u64) -> Result<()> {
        let most = self.settings.largest;
        if bytes > most {
            let why =
                format!("This file is too large: at most {} of one file are taken.", size(most));
            return Err(Error::TooLarge(why));
        }
        Ok(())
    }

    fn room(&self, bytes: u64) -> Result<()> {
        let (disk, now) = (self.core.blobs.disk()?, self.core.clock.now());
        let free = disk.free.checked_sub(self.settings.kept_free(disk.all));
        let promises = &self.core.uploads.promises;
        let enough = free.is_some_and(|free| match self.upload {
            Some(id) => promises.give(id, bytes, free, now),
            None => free >= promises.to_others(None, now).saturating_add(bytes),
        });
        if enough {
            return Ok(());
        }
        self.upload.into_iter().for_each(|id| promises.end(id));
        Err(self.no_room(&disk))
    }

    fn no_room(&self, disk: &Disk) -> Error {
        let kept = self.settings.kept_free(disk.all);
        let why = format!(
            "There is no room for this: {} of the server's disk are free, and {} of them stay free, beside what others are \
             adding at the moment.",
            size(disk.free),
            size(kept)
        );
        self.words(&why).map_or_else(|why| why, Error::NoRoom)
    }

    /// What is said of a disk that was full all at once, in pieces: then it has kept what had arrived.
    pub(super) fn when_full(&self, why: Error) -> Error {
        match why {
            Error::Full => {
                tracing::error!("the disk is full while a file arrives");
                self.words("The server's disk is full.").map_or_else(|why| why, Error::NoRoom)
            }
            other => other,
        }
    }

    fn words(&self, why: &str) -> Result<String> {
        let kept = "What has arrived of this file is kept.";
        Ok(match (self.who, self.begun) {
            (Who::Contact(_), begun) => {
                let firm: Firm = self.core.db.read(|r| r.need(Id::MIN))?;
                let ask = "There is no room for this at the moment.";
                match begun {
                    true => format!("{ask} {kept} Ask {} to make room, and go on then.", firm.name),
                    false => format!("{ask} Ask {} to make some, and add it then.", firm.name),
                }
            }
            (Who::Staff(_), true) => {
                format!("{why} {kept} Tell whoever looks after the server, and go on then.")
            }
            (Who::Staff(_), false) => format!("{why} Tell whoever looks after the server."),
        })
    }
}
