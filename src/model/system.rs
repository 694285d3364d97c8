//! The system's door: background jobs. Opened at start, never in a request.

use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::core::Core;
use super::firm::Firm;
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

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Where the index differs from the records, as sentences. Empty if all is well.
    pub fn check_index(&self) -> Result<Vec<String>> {
        self.core.db.check()
    }

    /// Writes what is pending and closes the store, so that the next start finds nothing to repair.
    pub async fn close(&self) -> Result<()> {
        let noted = self.note_seen_sessions().await;
        self.core.db.close().await;
        noted
    }
}
