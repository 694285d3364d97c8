//! The Owner's door: the team, and all that staff may do.

use super::console::Console;

/// A member of staff whose role is Owner.
pub struct Owner {
    console: Console,
}

impl Owner {
    /// Made by [`Console::owner`] alone.
    pub(super) fn of(console: Console) -> Self {
        Self { console }
    }

    /// All that staff may do.
    #[must_use]
    pub fn console(&self) -> &Console {
        &self.console
    }
}
