//! Uploads under way that somebody has sent a piece of since the server started. They stay open between two pieces, so
//! that their bytes need not be read again for the digest; and each is in one hand at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::Upload;
use super::commit::Landed;
use crate::blobs::Incoming;
use crate::model::id::Id;

/// Uploads that stay open between two pieces; each takes some hundred kilobytes. Of more than that, those that rested
/// longest are closed.
const MOST_OPEN: usize = 48;

/// How long a request waits for an upload that another one has in hand.
const MOMENT: Duration = Duration::from_secs(3);

/// All of them.
#[derive(Default)]
pub(in crate::model) struct Desk(Mutex<HashMap<Id<Upload>, Arc<Slot>>>);

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

    /// It has ended.
    pub(super) fn forget(&self, id: Id<Upload>) {
        self.slots().remove(&id);
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Id<Upload>, Arc<Slot>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
