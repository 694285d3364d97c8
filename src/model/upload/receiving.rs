//! A file that arrives in one request.

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::runtime::Handle;

use super::commit::add;
use super::room::Gate;
use super::sender::{Plan, Uploads};
use super::{NewUpload, Received, Upload};
use crate::blobs::Incoming;
use crate::error::Result;
use crate::model::id::Id;

/// The bytes of one file, on their way in. If it is dropped before its end, nothing was added.
pub struct Receiving {
    uploads: Uploads,
    plan: Plan,
    gate: Gate,
    incoming: Incoming,
    bytes: u64,
    ended: bool,
}

impl Uploads {
    /// Begins to take a file. `announced` is how many bytes are going to come at the most, this file's and others', as far
    /// as that is known: what there is no room for is then refused before it has arrived.
    pub async fn receive(&self, new: NewUpload, announced: Option<u64>) -> Result<Receiving> {
        let plan = self.core.db.read(|r| self.plan(r, new))?;
        let gate = Gate::open(&self.core, self.who, announced)?;
        let secret = self.core.client_secret_or_new(self.client).await?;
        let id = Id::<Upload>::fresh(self.core.clock.now());
        let incoming = self.core.blobs.begin(&secret, &id.to_string()).await?;
        Ok(Receiving { uploads: self.clone(), plan, gate, incoming, bytes: 0, ended: false })
    }
}

impl Receiving {
    /// Takes more bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<()> {
        self.bytes += bytes.len() as u64;
        self.gate.pass(self.bytes)?;
        self.incoming.write(bytes).await
    }

    /// All bytes have arrived: the file is there when this comes back. Whoever may not add it any more is refused.
    pub async fn finish(mut self) -> Result<Received> {
        let stored = self.incoming.finish().await?;
        self.ended = true;
        let landed = self.uploads.land(stored, &self.plan.name)?;
        let (uploads, plan) = (self.uploads.clone(), self.plan.clone());
        self.uploads.write(move |tx| add(tx, &uploads, plan, landed)).await
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        // Asked once, it is done on another thread. If the server stops, the sweep does it.
        if !self.ended
            && Handle::try_current().is_ok()
            && let Some(Err(why)) = self.incoming.abandon().now_or_never()
        {
            tracing::warn!(%why, "bytes that nobody wants are still there");
        }
    }
}
