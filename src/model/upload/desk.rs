//! Uploads under way that somebody has sent a piece of since the server started. They stay open between two pieces, so
//! that their bytes need not be read again for the digest; and each is in one hand at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Upload;
use super::commit::Landed;
use super::room::Promises;
use crate::blobs::Incoming;
use crate::error::{Error, Result};
use crate::model::core::Core;
use crate::model::id::Id;

/// Uploads that stay open between two pieces; each takes some hundred kilobytes. Of more than that, those that rested
/// longest are closed.
const MOST_OPEN: usize = 48;

/// How long a request waits for an upload that another one has in hand.
const MOMENT: Duration = Duration::from_secs(3);

/// All of them.
#[derive(Default)]
pub(in crate::model) struct Desk {
    slots: Mutex<HashMap<Id<Upload>, Arc<Slot>>>,
    /// What they have yet to bring.
    pub(super) promises: Promises,
    /// What goes on although whoever asked for it has left.
    tasks: Mutex<JoinSet<()>>,
}

/// One upload.
pub(super) struct Slot {
    hand: Arc<tokio::sync::Mutex<State>>,
    durable: AtomicU64,
    used: Mutex<Timestamp>,
}

/// How it stands with its bytes.
#[derive(Default)]
pub(super) enum State {
    /// They lie on disk, or there are none.
    #[default]
    Closed,
    /// More can come.
    Open(Incoming),
    /// They have all come, and no record refers to them yet.
    Landed(Landed),
}

/// Who has this has the upload in hand.
pub(super) type InHand = OwnedMutexGuard<State>;

impl Slot {
    /// Takes it in hand; none if another request has it.
    pub(super) fn take(&self) -> Option<InHand> {
        self.hand.clone().try_lock_owned().ok()
    }

    /// The same after a moment, if it is free by then: who lost the connection may come back before the server has seen that.
    pub(super) async fn wait(&self) -> Option<InHand> {
        timeout(MOMENT, self.hand.clone().lock_owned()).await.ok()
    }

    /// As many bytes as were known to be there for good when somebody looked last.
    pub(super) fn durable(&self) -> u64 {
        self.durable.load(Ordering::Acquire)
    }

    pub(super) fn set_durable(&self, bytes: u64) {
        self.durable.store(bytes, Ordering::Release);
    }

    fn used(&self) -> MutexGuard<'_, Timestamp> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk {
    /// The place of an upload, for a request that is about to go on with it.
    pub(super) fn slot(&self, id: Id<Upload>, now: Timestamp) -> Arc<Slot> {
        let mut slots = self.slots();
        let new = || {
            let (hand, durable) = (Arc::default(), AtomicU64::new(0));
            Arc::new(Slot { hand, durable, used: Mutex::new(now) })
        };
        let slot = slots.entry(id).or_insert_with(new).clone();
        *slot.used() = now;
        if slots.len() > MOST_OPEN {
            close_one(&mut slots);
        }
        slot
    }

    /// The place of an upload that somebody has sent a piece of.
    pub(super) fn known(&self, id: Id<Upload>) -> Option<Arc<Slot>> {
        self.slots().get(&id).cloned()
    }

    /// When somebody sent a piece of it last, as far as that is remembered.
    pub(super) fn last_used(&self, id: Id<Upload>) -> Option<Timestamp> {
        self.known(id).map(|slot| *slot.used())
    }

    /// Does `work` to its end, also if nobody waits for it any more: a browser may leave at any moment.
    pub(super) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        {
            let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            while tasks.try_join_next().is_some() {}
            tasks.spawn(async move { drop(answer.send(work.await)) });
        }
        answered.await.map_err(Error::bug)?
    }

    /// Removes what has arrived of an upload whose record is gone. Whoever has it in hand at this moment is waited for, but
    /// not by the caller.
    pub(super) async fn end(&self, core: Arc<Core>, id: Id<Upload>) -> Result<()> {
        let Some(slot) = self.known(id) else {
            self.forget(id);
            return core.blobs.discard_incoming(&id.to_string()).await;
        };
        let free = slot.take();
        let waits = free.is_none();
        let over = self.to_the_end(async move {
            let mut hand = match free {
                Some(hand) => hand,
                None => slot.hand.clone().lock_owned().await,
            };
            *hand = State::Closed;
            core.uploads.forget(id);
            core.blobs.discard_incoming(&id.to_string()).await
        });
        if waits { over.now_or_never().unwrap_or(Ok(())) } else { over.await }
    }

    /// It has ended.
    pub(super) fn forget(&self, id: Id<Upload>) {
        self.promises.end(id);
        self.slots().remove(&id);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Id<Upload>, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the one that rested longest. Its bytes are on disk as far as they were acknowledged.
fn close_one(slots: &mut HashMap<Id<Upload>, Arc<Slot>>) {
    let rests = |slot: &Arc<Slot>| Arc::strong_count(slot) == 1 && slot.hand.try_lock().is_ok();
    let oldest = slots.iter().filter(|(_, slot)| rests(slot)).min_by_key(|(_, slot)| *slot.used());
    if let Some(id) = oldest.map(|(id, _)| *id) {
        slots.remove(&id);
    }
}
