//! Staff: the people who work at the firm and log in to the console.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::record;
use super::id::Id;
use crate::values::{Email, FullName};

/// A member of staff.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Staff {
    /// Its id.
    pub id: Id<Staff>,
    /// As clients read it.
    pub name: FullName,
    /// Where mails to them go and replies to invites are sent.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// Whether they can log in.
    pub state: StaffState,
    /// Which notices they want.
    pub notices: Notices,
    /// When they were added.
    pub added: Timestamp,
}

/// What a member of staff may do; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Clients, contacts and invites.
    Staff,
    /// Also settings and templates.
    Admin,
    /// Also the team, keys and exports.
    Owner,
}

impl Role {
    /// As the interface writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Staff => "Staff",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }
}

/// Whether a member of staff can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StaffState {
    /// Invited, has not created an account yet.
    Invited,
    /// Has an account.
    Active,
    /// Left the firm; kept because the activity names them.
    Removed,
}

/// Mails a member of staff can switch off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// When an invite of theirs is accepted.
    pub accepted: bool,
    /// When an invite of theirs is refused by a mail server.
    pub bounced: bool,
}

record!(Staff, "st", "staff", |staff, rows| rows.by("staff.email", staff.email.key()));

impl Staff {
    /// How mails and pages greet them: the first word of their name.
    #[must_use]
    pub fn first_name(&self) -> &str {
        self.name.as_str().split(' ').next().unwrap_or_default()
    }

    /// Whether they can hold a [`super::Console`].
    #[must_use]
    pub fn active(&self) -> bool {
        self.state == StaffState::Active
    }
}
