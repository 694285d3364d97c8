//! Which mails are in somebody's hand at this moment: the outbox worker's, who hands one over, or a command's, which
//! takes one back. One hand at a time, so that nobody is told "taken back" of a mail that leaves in the same instant.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::id::Id;
use super::outbox::Mail;

/// Why a mail cannot be taken back while the worker has it.
pub(super) const BEING_HANDED_OVER: &str =
    "The mail is being handed over at this moment. Revoke the invite to make its link useless.";

/// The mails in hand. Clones share them.
#[derive(Clone)]
pub struct InHand {
    mails: Arc<Mutex<HashSet<Id<Mail>>>>,
    /// Rung when a hand opens: what is due may have been passed over for it.
    bell: Arc<Notify>,
}

/// A mail in hand until this is dropped, also by a panic.
pub struct Held {
    id: Id<Mail>,
    of: InHand,
}

impl InHand {
    /// Nothing in hand yet.
    pub(super) fn new(bell: Arc<Notify>) -> Self {
        Self { mails: Arc::default(), bell }
    }

    /// Takes a mail in hand; none if somebody has it. Its row is to be looked at after this.
    #[must_use]
    pub fn take(&self, id: Id<Mail>) -> Option<Held> {
        self.lock().insert(id).then(|| Held { id, of: self.clone() })
    }

    /// Whether somebody has it.
    pub(super) fn has(&self, id: Id<Mail>) -> bool {
        self.lock().contains(&id)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Id<Mail>>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Which mail.
    #[must_use]
    pub const fn id(&self) -> Id<Mail> {
        self.id
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.of.lock().remove(&self.id);
        self.of.bell.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[tokio::test]
    async fn a_mail_is_in_one_hand_and_let_go_even_by_a_panic() {
        let bell = Arc::new(Notify::new());
        let in_hand = InHand::new(bell.clone());
        let id = Id::<Mail>::MIN;
        let held = in_hand.take(id).unwrap();
        assert!(in_hand.take(id).is_none() && in_hand.has(held.id()));
        let panics = catch_unwind(AssertUnwindSafe(move || {
            let _held = held;
            panic!("in the middle of it");
        }));
        assert!(panics.is_err());
        bell.notified().await;
        assert!(in_hand.take(id).is_some());
    }
}
