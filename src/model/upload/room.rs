//! What keeps the disk from being filled: a file has a largest size, and some room stays free for everything else.

use std::io;
use std::sync::Arc;

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

/// Bytes that arrive pass here.
pub(super) struct Gate {
    core: Arc<Core>,
    who: Who,
    settings: FileSettings,
    /// When so many have come, the disk is looked at.
    next: u64,
}

impl Gate {
    /// For so many bytes, as far as that is known; refuses more than a file may have, and more than there is room for.
    pub(super) fn open(core: &Arc<Core>, who: Who, announced: Option<u64>) -> Result<Self> {
        let settings = core.db.read(FileSettings::of)?;
        let gate = Self { core: core.clone(), who, settings, next: STEP };
        let bytes = announced.unwrap_or_default();
        gate.small_enough(bytes)?;
        gate.room_for(bytes)?;
        Ok(gate)
    }

    /// Refuses when so many bytes of a file have come and no more may.
    pub(super) fn pass(&mut self, bytes: u64) -> Result<()> {
        self.small_enough(bytes)?;
        if bytes >= self.next {
            self.next = bytes + STEP;
            self.room_for(0)?;
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

    fn room_for(&self, bytes: u64) -> Result<()> {
        let disk = Disk::of(&self.core)?;
        let kept = self.settings.kept_free(disk.all);
        if disk.free >= kept.saturating_add(bytes) {
            return Ok(());
        }
        Err(Error::NoRoom(match self.who {
            Who::Contact(_) => {
                let firm: Firm = self.core.db.read(|r| r.need(Id::MIN))?;
                format!(
                    "There is no room for this at the moment. Ask {} to make some, and add it then.",
                    firm.name
                )
            }
            Who::Staff(_) => format!(
                "There is no room for this: {} of the server's disk are free, and {} of them stay free. Tell whoever looks \
                 after the server.",
                size(disk.free),
                size(kept)
            ),
        }))
    }
}

/// The disk of the data folder.
struct Disk {
    free: u64,
    all: u64,
}

impl Disk {
    fn of(core: &Core) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(&core.data)?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Ok(Self { free: bytes(disk.f_bavail), all: bytes(disk.f_blocks) })
    }
}
