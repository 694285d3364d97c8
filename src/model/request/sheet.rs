//! The items of a request, and what was answered.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Progress;
use crate::model::db::record;
use crate::model::file::{Author, File};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::{Day, Instructions, Message, Money, Title};

/// What a request asks for, and what was answered. Its id is that of its request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sheet {
    /// That of the request.
    pub id: Id<Sheet>,
    /// What is read first, in Markdown.
    pub instructions: Instructions,
    /// Files of the client that belong to it.
    pub attached: Vec<Id<File>>,
    /// The items in their order; none for a task.
    pub entries: Vec<Entry>,
    /// The number of the next item: none is given twice.
    pub next_item: u16,
}

/// An item, what was answered to it, and what the firm says of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What is asked.
    pub item: Item,
    /// Counts the changes of what is asked, so that nobody answers another question than they read.
    pub revision: u32,
    /// What was answered.
    pub answer: Option<Answer>,
    /// Where it stands.
    pub state: ItemState,
}

/// Something that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number within the request. It keeps it when it moves.
    pub number: u16,
    /// What is asked.
    pub title: Title,
    /// Help for whoever answers.
    pub help: Option<Message>,
    /// Whether it must be answered before the request can be handed in.
    pub required: bool,
    /// It appears only when an earlier item was answered so.
    pub only_if: Option<Condition>,
    /// What an answer to it is.
    pub ask: Ask,
}

/// What an answer to an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Files.
    Upload {
        /// How many at most.
        most: u16,
        /// The kinds that are taken, by the ending that stands for them; empty for all.
        kinds: Vec<String>,
        /// Where they are put; none is the top.
        folder: Option<Id<Folder>>,
        /// What they are called; none for what they were called by the contact.
        name: Option<NamePattern>,
    },
    /// Something to fill in.
    Question(Question),
    /// A statement to agree to.
    Confirm {
        /// What is agreed to.
        statement: Message,
    },
    /// A file of the client to read; none while it is a template, in which staff choose it anew.
    Read {
        /// Which.
        file: Option<Id<File>>,
    },
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// A line.
    Short,
    /// Several lines.
    Long,
    /// A number.
    Number,
    /// An amount in the firm's currency.
    Money,
    /// A day.
    Date,
    /// Yes or no.
    YesNo,
    /// One of these.
    One(Vec<Title>),
    /// Any of these.
    Several(Vec<Title>),
}

/// How uploaded files are named: words, and fields in double braces.
pub type NamePattern = Title;

/// When an item appears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The number of an item before it.
    pub item: u16,
    /// What must be true of the answer to that.
    pub holds: Holds,
}

/// What must be true of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// There is one.
    Answered,
    /// It is yes.
    Yes,
    /// It is no.
    No,
    /// It is this option, or has it among others.
    Is(Title),
}

/// What was answered to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What.
    pub value: Value,
    /// By whom last.
    pub by: Author,
    /// When.
    pub at: Timestamp,
    /// Counts its changes since it was given; one that was taken back begins anew.
    pub edition: u32,
    /// It is of files, and all of them are in the trash or deleted: it counts as none. Written with the request for as long
    /// as that is out, so that nothing becomes of what is over when staff clear up.
    pub gone: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Files, in the order in which they came. Some may be in the trash.
    Files(Vec<Id<File>>),
    /// To a file that is asked for: they do not have it, and perhaps why.
    NotThere(Option<Message>),
    /// Words: to a short or a long question.
    Text(Message),
    /// A number, as it is written with a point.
    Number(String),
    /// An amount in the firm's currency.
    Money(Money),
    /// A day.
    Day(Day),
    /// Yes or no.
    YesNo(bool),
    /// One of the options.
    One(Title),
    /// Some of them, in their order.
    Several(Vec<Title>),
    /// Agreed to, or read.
    Confirmed,
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemState {
    /// The contact may answer it.
    Open,
    /// It was handed in with the request.
    HandedIn,
    /// The firm has accepted it.
    Accepted {
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
    },
    /// The firm has sent it back: the contact may answer it anew.
    Returned {
        /// Who.
        by: Author,
        /// When.
        at: Timestamp,
        /// Why, for the contact.
        reason: Message,
    },
}

impl ItemState {
    /// Whether the contact may change the answer.
    #[must_use]
    pub const fn open(&self) -> bool {
        matches!(self, Self::Open | Self::Returned { .. })
    }
}

impl Entry {
    /// The answer, if it counts: of files that are all in the trash there is none. The one rule of lists, pages, handing in
    /// and review.
    #[must_use]
    pub fn answered(&self) -> Option<&Answer> {
        self.answer.as_ref().filter(|answer| !answer.gone)
    }

    /// The files of its answer, wherever they are.
    pub(super) fn files(&self) -> &[Id<File>] {
        self.answer.as_ref().map_or(&[], |answer| answer.value.files())
    }

    /// Whether it was sent back, and not answered since.
    #[must_use]
    pub fn waits_anew(&self) -> bool {
        let ItemState::Returned { at, .. } = &self.state else { return false };
        self.answered().is_none_or(|answer| answer.at <= *at)
    }

    /// Whether there is something for the firm to review.
    #[must_use]
    pub fn to_review(&self) -> bool {
        self.state == ItemState::HandedIn && self.answered().is_some()
    }

    /// Whether nothing is to do for the contact: it is answered, and not sent back since; or the firm has accepted it.
    #[must_use]
    pub fn done(&self) -> bool {
        match self.state {
            ItemState::Accepted { .. } => true,
            _ => self.answered().is_some() && !self.waits_anew(),
        }
    }
}

impl Sheet {
    /// The sheet of a request.
    pub(in crate::model) fn of(request: Id<super::Request>) -> Id<Self> {
        Id::from_bytes(request.bytes())
    }

    /// The request of this sheet.
    pub(in crate::model) fn request(&self) -> Id<super::Request> {
        Id::from_bytes(self.id.bytes())
    }

    /// The item of this number.
    #[must_use]
    pub fn entry(&self, number: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.item.number == number)
    }

    pub(in crate::model) fn entry_mut(&mut self, number: u16) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.item.number == number)
    }

    /// The items that appear, by what was answered before them: what is asked does not hang on the trash. An item that does
    /// not appear has no answer that counts.
    pub fn shown(&self) -> impl Iterator<Item = &Entry> {
        let mut shown: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            let appears = entry.item.only_if.as_ref().is_none_or(|condition| {
                let asked = shown.iter().find(|other| other.item.number == condition.item);
                asked
                    .and_then(|asked| asked.answer.as_ref())
                    .is_some_and(|a| condition.met(&a.value))
            });
            if appears {
                shown.push(entry);
            }
        }
        shown.into_iter()
    }

    /// Whether it is the client's turn: something can be answered, or there is nothing but to mark it as done.
    pub(super) fn is_theirs(&self) -> bool {
        let mut shown = self.shown().peekable();
        shown.peek().is_none() || shown.any(|entry| entry.state.open())
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for entry in self.shown() {
            progress.of += 1;
            progress.done += u16::from(entry.done());
            progress.to_review += u16::from(entry.to_review());
            progress.returned += u16::from(entry.waits_anew());
        }
        progress
    }
}

impl Value {
    /// The files, if it is files.
    pub(in crate::model) fn files(&self) -> &[Id<File>] {
        if let Self::Files(files) = self { files } else { &[] }
    }
}

impl Condition {
    /// Whether an answer lets the item appear.
    #[must_use]
    pub fn met(&self, value: &Value) -> bool {
        match (&self.holds, value) {
            (Holds::Answered, _) => true,
            (Holds::Yes, Value::YesNo(yes)) => *yes,
            (Holds::No, Value::YesNo(yes)) => !yes,
            (Holds::Is(option), Value::One(chosen)) => option == chosen,
            (Holds::Is(option), Value::Several(chosen)) => chosen.contains(option),
            _ => false,
        }
    }
}

record!(Sheet, "sh", "sheets", |sheet, rows| {
    for file in &sheet.attached {
        rows.by("sheet.file", file);
    }
    for entry in &sheet.entries {
        if let Ask::Read { file: Some(file) } = entry.item.ask {
            rows.by("sheet.file", file);
        }
    }
});
