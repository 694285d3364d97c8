//! Requests: what the firm asks a client for, one list of items, handed in by its contacts and reviewed by staff. One
//! without items is a task, which a contact marks done.
//!
//! A request is two records of one id: the [`Request`], which lists are made of, and its [`Sheet`], the items with their
//! answers. A command changes both or none (`whole.rs`), so that progress is never another than the answers say.
//!
//! - `sheet.rs`: items and answers · `reminders.rs`: when it is reminded of · `change.rs`: its history
//! - `comment.rs`: what both sides say about it · `many.rs`: one template to many clients
//! - `draft.rs`, `edit.rs`, `send.rs`: writing it and sending it · `checked.rs`, `rules.rs`, `merge.rs`: what may be asked, and what becomes
//!   of the answers when that changes
//! - `detail.rs`, `review.rs`, `ending.rs`: what staff see of it, say of it, and how it ends
//! - `shown.rs`, `todo.rs`, `page.rs`, `history.rs`: what contacts see · `typed.rs`, `answer.rs`, `files.rs`: what they answer
//! - `hand_in.rs`: handing in · `talk.rs`: comments of both sides
//! - `bound.rs`: files that belong to one, when others are asked, and when it is over
//! - `book.rs`: all of them as they are found by, in memory · `board.rs`: looking at them

mod answer;
mod board;
mod book;
mod bound;
mod change;
mod checked;
mod comment;
mod detail;
mod draft;
mod edit;
mod ending;
mod files;
mod hand_in;
mod history;
mod many;
mod merge;
mod page;
mod planned;
#[cfg(test)]
mod portal_tests;
mod remind;
mod reminder_settings;
mod reminders;
mod review;
mod rules;
mod send;
mod sheet;
mod shown;
mod talk;
#[cfg(test)]
mod tests;
mod todo;
mod typed;
mod whole;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use answer::{Saved, Seen};
pub use board::{RequestColumn, RequestList, RequestQuery, RequestRow, RequestState, RequestsNow};
pub(super) use book::Book;
pub use book::Lane;
pub(super) use bound::count_anew;
pub use change::{Change, What};
pub(super) use checked::{check_place, check_whom, lives};
pub use comment::Comment;
pub use detail::RequestDetail;
pub(super) use detail::asked_words;
pub use draft::NewRequest;
pub(super) use draft::{draft, sweep_draft};
pub use edit::{Lost, SavedRequest};
pub(super) use ending::{drop_from_requests, erase_requests};
pub(super) use files::{Coming, Landing, show_to_asked};
pub use files::{FILE_KINDS, FileKind, NAME_FIELDS, check_kinds, check_name_pattern, kinds_text};
pub use hand_in::{ReceiptFile, ReceiptItem, RequestReceipt};
pub use history::PortalChange;
pub use many::{
    LeftOut, MOST_CLIENTS, ManyPreview, ManyRow, ManySending, SentToMany, Unreached, Whom,
};
pub(super) use merge::told_of_items;
pub use page::{PortalAnswer, PortalAsk, PortalItem, PortalItemState, PortalSheet};
pub use planned::{Planned, PlannedCount, PlannedDay, PlannedGroup, PlannedOf, PlannedRow};
pub(super) use remind::waiting_for;
pub use remind::{NotReminded, Reminded, WaitingReminder, hour_of};
pub use reminder_settings::{ReminderForm, ReminderSettings, ReminderSettingsForm};
pub use reminders::{ReminderRule, Reminders};
pub use review::Accepted;
pub(super) use rules::check_items;
pub(super) use send::{Sender, send};
pub use send::{Sending, SentRequest};
pub use sheet::{
    Answer, Ask, Condition, Entry, Holds, Item, ItemState, NamePattern, Question, Sheet, Value,
};
pub use shown::{PortalRequest, PortalStage};
pub use talk::{Commented, NewComment, PortalComment};
pub use todo::{ClientTodo, Done, Todo, TodoRow};
pub use typed::Typed;
pub(super) use whole::Whole;

use super::client::Client;
use super::db::{record, time_key};
use super::file::{ALL, Audience, Author, File};
use super::id::Id;
use crate::values::{Day, Title};

/// Something the firm asks a client for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: Id<Request>,
    /// Who is asked. Never changes.
    pub client: Id<Client>,
    /// What is asked for.
    pub title: Title,
    /// Which of the client's contacts are asked: any one of them may hand it in. [`Audience::Firm`] once the last of those
    /// named is no contact of the client any more.
    pub audience: Audience,
    /// The civil day in the firm's zone at whose end it is due.
    pub due: Option<Day>,
    /// Where it stands.
    pub stage: Stage,
    /// How far it is: derived from the sheet, and written with it.
    pub progress: Progress,
    /// When its contacts are reminded.
    pub reminders: Reminders,
    /// The template it was made of, which may be gone.
    pub template: Option<Id<super::request_template::RequestTemplate>>,
    /// What makes it again and again.
    pub recurrence: Option<Id<super::recurrence::Recurrence>>,
    /// Who asks: whoever made the draft, and then whoever sent it.
    pub by: Author,
    /// When it was made.
    pub made: Timestamp,
    /// When anything of it changed last.
    pub changed: Timestamp,
    /// A draft that was begun and never saved since: it is on no list, and is swept after a while.
    pub untouched: bool,
}

/// Where a request stands. Overdue is derived: [`Request::overdue`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Only the firm sees it.
    Draft,
    /// The client sees it; nobody there has begun.
    Sent {
        /// Since when.
        sent: Timestamp,
    },
    /// A contact has begun, or something was sent back.
    InProgress {
        /// When it was sent.
        sent: Timestamp,
    },
    /// It is the firm's turn: it waits for its review, or, with nothing left to review, to be completed.
    HandedIn {
        /// When it was sent.
        sent: Timestamp,
        /// When it was handed in.
        at: Timestamp,
        /// By whom.
        by: Author,
    },
    /// Everything was accepted, or the task is done.
    Completed {
        /// When it was sent.
        sent: Timestamp,
        /// Since when.
        at: Timestamp,
        /// Who accepted the last of it, or marked the task done.
        by: Author,
    },
    /// The firm has taken it back.
    Withdrawn {
        /// When it was sent.
        sent: Timestamp,
        /// When it was taken back.
        at: Timestamp,
        /// By whom.
        by: Author,
    },
}

impl Stage {
    /// When it was sent, if it was.
    #[must_use]
    pub const fn sent(&self) -> Option<Timestamp> {
        match self {
            Self::Draft => None,
            Self::Sent { sent }
            | Self::InProgress { sent }
            | Self::HandedIn { sent, .. }
            | Self::Completed { sent, .. }
            | Self::Withdrawn { sent, .. } => Some(*sent),
        }
    }

    /// Whether it waits for the client.
    #[must_use]
    pub const fn open(&self) -> bool {
        matches!(self, Self::Sent { .. } | Self::InProgress { .. })
    }

    /// Whether it was sent, and is not over.
    #[must_use]
    pub const fn is_out(&self) -> bool {
        self.open() || matches!(self, Self::HandedIn { .. })
    }

    /// As pages and files name it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Sent { .. } => "Sent",
            Self::InProgress { .. } => "In progress",
            Self::HandedIn { .. } => "Handed in",
            Self::Completed { .. } => "Completed",
            Self::Withdrawn { .. } => "Withdrawn",
        }
    }
}

/// How far a request is, counted over the items that its answers let appear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Items at which nothing is to do: [`Entry::done`].
    pub done: u16,
    /// All of them; none for a task.
    pub of: u16,
    /// Answered ones that were handed in and wait for the firm's review.
    pub to_review: u16,
    /// Those that were sent back and are not answered anew.
    pub returned: u16,
}

impl Request {
    /// Whether there is nothing to hand in: the contact marks it done.
    #[must_use]
    pub const fn is_task(&self) -> bool {
        self.progress.of == 0
    }

    /// Whether it waits for the client although the day it was due is over.
    #[must_use]
    pub fn overdue(&self, today: Day) -> bool {
        self.stage.open() && self.due.is_some_and(|due| due < today)
    }

    /// Who is asked, as index keys have it: [`ALL`] for everyone at the client, or ids of contacts.
    fn asked(&self) -> Vec<[u8; 16]> {
        match &self.audience {
            Audience::Firm => Vec::new(),
            Audience::Everyone => vec![ALL],
            Audience::Named(contacts) => contacts.iter().map(|contact| contact.bytes()).collect(),
        }
    }

    /// The day it is due, as index keys have it: those without come last.
    fn due_key(&self) -> [u8; 4] {
        self.due.map_or([u8::MAX; 4], Day::key)
    }
}

record!(Request, "rq", "requests", |request, rows| {
    let client = request.client.bytes();
    rows.by("request.client", client);
    if request.untouched {
        rows.by("request.untouched", time_key(request.made));
    }
    if let Audience::Named(contacts) = &request.audience {
        for contact in contacts {
            rows.by("request.named", [client, contact.bytes()].concat());
        }
    }
    for asked in request.asked() {
        let theirs = [client, asked].concat();
        match &request.stage {
            Stage::Draft | Stage::Withdrawn { .. } => {}
            Stage::Sent { .. } | Stage::InProgress { .. } => {
                rows.by("request.open-to", [theirs.as_slice(), &request.due_key()].concat());
            }
            Stage::HandedIn { at, .. } | Stage::Completed { at, .. } => {
                rows.by("request.done-to", [theirs.as_slice(), &time_key(*at)].concat());
            }
        }
    }
    if request.stage.open() {
        rows.by("request.due", request.due_key());
        if let Some(day) = request.next_reminder() {
            rows.by("request.remind", day.key());
        }
        if request.reminders.paused {
            rows.by("request.paused", request.due_key());
        } else if !request.reminders.skipped.is_empty() {
            rows.by("request.skipped", request.due_key());
        }
        if let Some(due) = request.due.filter(|due| request.reminders.overdue_told != Some(*due)) {
            rows.by("request.untold", due.key());
        }
    }
});

/// What a file was handed in for. One for an item is reviewed with that, not in the Inbox. One for a comment waits in the
/// Inbox as any upload does, so that it is not lost when the comment is never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedInFor {
    /// The request.
    pub request: Id<Request>,
    /// The number of its item; none for what was attached to a comment.
    pub item: Option<u16>,
}

impl File {
    /// Whether it was handed in for this request.
    pub(super) fn is_for(&self, request: Id<Request>) -> bool {
        self.handed_in_for.is_some_and(|of| of.request == request)
    }
}
