//! The system's door: background jobs. Opened at start, never in a request.

use std::path::Path;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::clock::ClockTrouble;
use super::core::Core;
use super::db::SnapshotFacts;
use super::firm::Firm;
use super::restoring::Hold;
use crate::error::Result;

/// The server's own jobs.
#[derive(Clone)]
pub struct System {
    core: Arc<Core>,
}

/// Why no mail leaves at present.
#[derive(Clone, Debug)]
pub struct Paused {
    /// Since when.
    pub since: Timestamp,
    /// When the next try is made.
    pub next: Timestamp,
    /// In plain language, with what to do.
    pub plain: String,
    /// The server's own words.
    pub words: String,
}

/// Whether mails leave.
#[derive(Clone, Debug)]
pub enum MailFlow {
    /// They do.
    Leaves,
    /// No mail server is set: they are kept in the outbox.
    Kept,
    /// A fictional firm: they are kept for good.
    Demo,
    /// The data was restored from a backup: an Admin releases them.
    Held(Hold),
    /// The mail server takes none at present.
    Paused(Paused),
}

impl MailFlow {
    /// As the firm's settings and the last try tell.
    pub(super) fn of(core: &Core) -> Result<Self> {
        let firm = core.firm()?;
        if firm.demo {
            return Ok(Self::Demo);
        }
        if let Some(hold) = core.hold() {
            return Ok(Self::Held(hold));
        }
        if firm.smtp.is_none() {
            return Ok(Self::Kept);
        }
        let paused = core.paused.read().unwrap_or_else(PoisonError::into_inner);
        Ok(paused.clone().map_or(Self::Leaves, Self::Paused))
    }
}

impl System {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The firm; [`crate::error::Error::NotFound`] before set-up.
    pub fn firm(&self) -> Result<Arc<Firm>> {
        self.core.firm()
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// Why the host's clock is not believed at present: then nothing may be deleted because it is old.
    #[must_use]
    pub fn clock_trouble(&self) -> Option<ClockTrouble> {
        self.core.clock.trouble()
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Copies the store as it is now to a file of this name, which takes the place of one that is there. The server may
    /// go on writing meanwhile. Blocks until the copy is on disk: call it on a thread that may wait.
    pub fn snapshot(&self, to: &Path) -> Result<SnapshotFacts> {
        self.core.db.snapshot(to)
    }

    /// Writes what is pending and closes the store, so that the next start finds nothing to repair.
    pub async fn close(&self) -> Result<()> {
        let noted = self.note_seen_sessions().await;
        self.core.db.close().await;
        noted
    }
}
