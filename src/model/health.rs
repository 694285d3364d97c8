//! Whether the store can be used, for whoever watches the server.

use super::activity::By;
use super::core::Core;
use super::db::Records;
use super::firm::Firm;
use super::guest::Guest;
use super::id::Id;
use super::system::System;
use crate::error::{Error, Result};

/// What the store can do at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreState {
    /// Everything.
    Fine,
    /// It can be read, but the last commit found no room on the disk.
    Full,
    /// The disk failed at the last commit.
    Failed,
    /// It is closed, since the server stops, or could not be opened again after a failure.
    Closed,
}

/// Reads a record from the file, past every cache, so that a file that cannot be read is found.
fn look(core: &Core) -> StoreState {
    let read = core.db.read(|r| r.get::<Firm>(Id::MIN));
    match (core.db.state(), read) {
        (StoreState::Fine, Err(_)) => StoreState::Failed,
        (state, _) => state,
    }
}

impl Guest {
    /// Whether the store can be used: looks at the file itself.
    #[must_use]
    pub fn store_state(&self) -> StoreState {
        look(self.core())
    }
}

impl System {
    /// Whether the store can be used: looks at the file itself, so it may take as long as the disk does.
    #[must_use]
    pub fn store_state(&self) -> StoreState {
        look(self.core())
    }

    /// After a commit that failed: whether the next one works. Otherwise a server that nobody is sent to, since it is
    /// not ready, would never find out.
    pub async fn try_store_again(&self) -> Result<()> {
        let written = self.core().db.write(By::SYSTEM, |tx| {
            tx.unsaid("it stays as it is");
            let firm: Firm = tx.need(Id::MIN)?;
            tx.put(&firm)
        });
        match written.await {
            // Nothing is lost where there is no firm.
            Err(Error::NotFound) => Ok(()),
            tried => tried,
        }
    }
}
