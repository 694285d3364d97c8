//! The Admin's door: settings and templates, and all that staff may do.

use super::console::Console;

/// A member of staff whose role is Admin or Owner.
pub struct Admin {
    console: Console,
}

impl Admin {
    /// Made by [`Console::admin`] alone.
    pub(super) fn of(console: Console) -> Self {
        Self { console }
    }

    /// All that staff may do.
    #[must_use]
    pub fn console(&self) -> &Console {
        &self.console
    }
}
