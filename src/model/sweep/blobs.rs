//! Bytes of files that no record refers to any more.

use jiff::SignedDuration;

use crate::blobs::{BlobName, Swept};
use crate::error::{Error, Result};
use crate::model::core::Core;
use crate::model::db::Records;
use crate::model::file::File;
use crate::model::preview::Preview;
use crate::model::system::System;
use crate::model::upload::Upload;

/// How long bytes are kept that nothing refers to. Long enough for whatever is about to refer to them.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whether a record refers to these bytes.
pub(in crate::model) fn refers(r: &impl Records, name: &BlobName) -> Result<bool> {
    Ok(!r.ids_by::<File>("file.blob", name, 1)?.is_empty()
        || !r.ids_by::<Preview>("preview.blob", name, 1)?.is_empty())
}

impl Core {
    /// Whether somebody may go on with bytes that have arrived.
    fn waits_for(&self, id: &str) -> Result<bool> {
        match id.parse() {
            Ok(id) => Ok(self.db.read(|r| r.get::<Upload>(id))?.is_some()),
            Err(_) => Ok(false),
        }
    }
}

impl System {
    /// Removes the bytes of files that nothing has referred to for a day: none while the host's clock is not believed. Nobody
    /// may make a backup meanwhile: it copies what its snapshot refers to.
    pub async fn sweep_blobs(&self) -> Result<Swept> {
        if self.clock_trouble().is_some() {
            return Ok(Swept::default());
        }
        let (core, before) = (self.core().clone(), self.now() - KEPT);
        let sweep = move || {
            let refers = |name: &BlobName| core.db.read(|r| refers(r, name));
            core.blobs.sweep(before, refers, |id| core.waits_for(id))
        };
        tokio::task::spawn_blocking(sweep).await.map_err(Error::bug)?
    }
}
