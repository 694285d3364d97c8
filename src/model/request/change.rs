//! The history of a request: each change with who and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Request;
use crate::error::Result;
use crate::model::db::{Write, record};
use crate::model::file::Author;
use crate::model::id::Id;
use crate::values::{Day, Message, Title};

/// Something that happened to a request. Never changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Time-ordered.
    pub id: Id<Change>,
    /// To which request.
    pub request: Id<Request>,
    /// When.
    pub at: Timestamp,
    /// Who; none for the server itself.
    pub by: Option<Author>,
    /// What.
    pub what: What,
}

/// What happened to a request. Items stand here under the title they had then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// It was written, by hand or of a template of this name.
    Made {
        /// The template.
        template: Option<String>,
    },
    /// It was sent to these: "everyone at Alder Ltd".
    Sent {
        /// To whom.
        to: String,
    },
    /// Staff changed what is asked. In words, each a sentence part: "removed “Lease”, which was answered with “yes”".
    Edited {
        /// What.
        what: Vec<String>,
    },
    /// It is due on another day.
    Moved {
        /// The day before.
        from: Option<Day>,
        /// The day now.
        to: Option<Day>,
    },
    /// A contact answered an item, or changed the answer.
    Answered {
        /// Which.
        item: Title,
    },
    /// A contact took back an answer.
    Cleared {
        /// To which item.
        item: Title,
    },
    /// It was handed in.
    HandedIn,
    /// Staff accepted an item.
    Accepted {
        /// Which.
        item: Title,
    },
    /// Staff sent an item back.
    Returned {
        /// Which.
        item: Title,
        /// Why.
        reason: Message,
    },
    /// It was completed.
    Completed,
    /// It was opened again.
    Reopened,
    /// It was taken back.
    Withdrawn,
    /// A mail reminded these of it.
    Reminded {
        /// Whom.
        whom: Vec<String>,
        /// When it was to leave, if that was only after the quiet hours.
        leaves: Option<Timestamp>,
    },
    /// A reminder was taken back before it left.
    TakenBack {
        /// To whom it was.
        whom: Vec<String>,
    },
    /// A planned reminder will not be sent.
    Skipped {
        /// The one of this day.
        day: Day,
    },
    /// It will be sent after all.
    Unskipped {
        /// The one of this day.
        day: Day,
    },
    /// Reminders were stopped, or go on.
    Paused {
        /// Whether they are stopped.
        paused: bool,
    },
}

record!(Change, "rc", "request_changes", |change, rows| rows.by("change.request", change.request));

impl Write<'_, '_> {
    /// Adds to the history of a request.
    pub(in crate::model) fn note_change(
        &mut self,
        request: Id<Request>,
        by: Option<Author>,
        what: What,
    ) -> Result<()> {
        let (id, at) = (self.id(), self.now());
        self.add(&Change { id, request, at, by, what })
    }
}
