//! One at a time, where several who do the same at once would only be in each other's way.

use tokio::sync::{Mutex, MutexGuard};

use super::id::Id;

/// Two things that share a turn by chance wait for each other; among so many that is rare.
const TURNS: usize = 64;

/// Who is at it, by what they are at.
pub(super) struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    /// Waits until nobody else is at it. The turn ends when what is given back is dropped.
    pub(super) async fn at<T>(&self, what: Id<T>) -> MutexGuard<'_, ()> {
        let [.., chance] = what.bytes();
        self.0[usize::from(chance) % TURNS].lock().await
    }
}
