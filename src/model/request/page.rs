//! The page of a request as a contact sees it: the items that appear, with their answers. Each file on it is seen by the
//! file's own rule.

use jiff::Timestamp;
use serde::Serialize;

use super::answer::mark;
use super::files::{accepted_endings, kinds_text};
use super::history::{PortalChange, history_of};
use super::shown::{PortalRequest, shown_request};
use super::talk::{PortalComment, comments_shown};
use super::{Answer, Ask, Entry, ItemState, Question, Request, Value, Whole};
use crate::error::Result;
use crate::model::db::Records;
use crate::model::file::{File, PortalFile};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::values::{Day, Instructions, Message, Title};

/// A request with everything its page shows.
#[derive(Clone, Debug, Serialize)]
pub struct PortalSheet {
    /// The request.
    pub request: PortalRequest,
    /// Whether the day it was due is over, and it waits for the client.
    pub overdue: bool,
    /// What is read first, in Markdown.
    pub instructions: Instructions,
    /// Files that belong to it, as far as they see them.
    pub attached: Vec<PortalFile>,
    /// The items that appear.
    pub items: Vec<PortalItem>,
    /// What was said about the whole, or about an item that is not there any more; oldest first.
    pub comments: Vec<PortalComment>,
    /// What happened, oldest first.
    pub history: Vec<PortalChange>,
    /// Whether it can be worked on.
    pub open: bool,
    /// Numbers of the items without which it cannot be handed in.
    pub missing: Vec<u16>,
    /// Whether there is a receipt.
    pub has_receipt: bool,
}

/// An item as a contact sees it.
#[derive(Clone, Debug, Serialize)]
pub struct PortalItem {
    /// Its number within the request.
    pub number: u16,
    /// What is asked.
    pub title: Title,
    /// Help for whoever answers.
    pub help: Option<Message>,
    /// Whether it must be answered.
    pub required: bool,
    /// What an answer is.
    pub ask: PortalAsk,
    /// Of what is asked: a form sends it back.
    pub revision: u32,
    /// Of the answer: a form sends it back. Empty where there is none.
    pub edition: String,
    /// Whether it may be answered now.
    pub open: bool,
    /// Where it stands.
    pub state: PortalItemState,
    /// Whether nothing is to do.
    pub done: bool,
    /// What was answered.
    pub answer: Option<PortalAnswer>,
    /// So many more files can be added.
    pub room: u16,
    /// What was said about it, oldest first.
    pub comments: Vec<PortalComment>,
}

/// What an answer is, as a contact sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PortalAsk {
    /// Files.
    Upload {
        /// How many at most.
        most: u16,
        /// Which kinds are taken, in words; empty for all.
        takes: String,
        /// The same for a file field of a page.
        accept: String,
    },
    /// A line.
    Short,
    /// Several lines.
    Long,
    /// A number.
    Number,
    /// An amount.
    Money {
        /// Its code.
        currency: String,
        /// Its sign.
        symbol: String,
    },
    /// A day.
    Date,
    /// Yes or no.
    YesNo,
    /// One of these.
    One {
        /// In their order.
        options: Vec<Title>,
    },
    /// Any of these.
    Several {
        /// In their order.
        options: Vec<Title>,
    },
    /// A statement to agree to.
    Confirm {
        /// What is agreed to.
        statement: Message,
    },
    /// A file to read.
    Read {
        /// Which; none if they cannot open it.
        file: Option<Box<PortalFile>>,
    },
}

/// Where an item stands, as a contact sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PortalItemState {
    /// It may be answered, as long as the request is open.
    Open,
    /// It was handed in with the request.
    HandedIn,
    /// The firm has accepted it.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// The firm has sent it back.
    Returned {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: Message,
    },
}

/// An answer as a contact sees it.
#[derive(Clone, Debug, Serialize)]
pub struct PortalAnswer {
    /// Who gave it last.
    pub by: String,
    /// Whether it was they.
    pub mine: bool,
    /// When.
    pub at: Timestamp,
    /// How it reads.
    pub text: String,
    /// As a field holds it.
    pub typed: String,
    /// Of several options, those chosen.
    pub chosen: Vec<String>,
    /// Files, as far as they see them.
    pub files: Vec<PortalFile>,
    /// Whether they do not have what is asked for; `typed` says why, if they said it.
    pub not_there: bool,
}

impl Portal {
    /// A request with everything its page shows.
    pub fn request(&self, id: Id<Request>) -> Result<PortalSheet> {
        let firm = self.person().firm()?;
        let today = self.today()?;
        self.person().read(|r| {
            let whole = Whole::of(r, shown_request(r, self.viewer(), id)?)?;
            Look { r, viewer: self.viewer(), firm: &firm }.sheet(&whole, today)
        })
    }
}

/// Somebody looks at a request.
pub(super) struct Look<'r, R> {
    pub r: &'r R,
    pub viewer: &'r Viewer,
    pub firm: &'r Firm,
}

impl<R: Records> Look<'_, R> {
    fn sheet(&self, whole: &Whole, today: Day) -> Result<PortalSheet> {
        let (request, sheet) = (&whole.request, &whole.sheet);
        let open = request.stage.open();
        let mut comments = comments_shown(self.r, self.viewer, request)?;
        let mut items = Vec::new();
        for entry in sheet.shown() {
            let of_it = |comment: &mut PortalComment| comment.item == Some(entry.item.number);
            let comments = comments.extract_if(.., of_it).collect();
            items.push(PortalItem { comments, ..self.item(entry, open)? });
        }
        let history = history_of(self.r, self.viewer, request)?;
        Ok(PortalSheet {
            request: self.request(request)?,
            overdue: request.overdue(today),
            instructions: sheet.instructions.clone(),
            attached: self.files(&sheet.attached)?,
            missing: items
                .iter()
                .filter(|item| item.is_missing())
                .map(|item| item.number)
                .collect(),
            items,
            comments,
            has_receipt: history.iter().any(|change| change.hands_in),
            history,
            open,
        })
    }

    /// The request as they see it.
    pub(super) fn request(&self, request: &Request) -> Result<PortalRequest> {
        request.shown_to(self.viewer).ok_or(crate::error::Error::NotFound)
    }

    fn item(&self, entry: &Entry, open: bool) -> Result<PortalItem> {
        let item = &entry.item;
        let open = open && entry.state.open();
        let live = live_files(self.r, entry)?;
        let room = match item.ask {
            Ask::Upload { most, .. } if open => {
                most.saturating_sub(u16::try_from(live.len()).unwrap_or(u16::MAX))
            }
            _ => 0,
        };
        let answer = entry.answered().map(|answer| self.answer(answer, &item.ask)).transpose()?;
        Ok(PortalItem {
            number: item.number,
            title: item.title.clone(),
            help: item.help.clone(),
            required: item.required,
            ask: self.ask(&item.ask)?,
            revision: entry.revision,
            edition: mark(entry.answer.as_ref()),
            open,
            state: state(&entry.state),
            done: entry.done(),
            answer,
            room,
            comments: Vec::new(),
        })
    }

    fn ask(&self, ask: &Ask) -> Result<PortalAsk> {
        Ok(match ask {
            Ask::Upload { most, kinds, .. } => PortalAsk::Upload {
                most: *most,
                takes: kinds_text(kinds),
                accept: accepted_endings(kinds),
            },
            Ask::Question(question) => self.question(question),
            Ask::Confirm { statement } => PortalAsk::Confirm { statement: statement.clone() },
            Ask::Read { file } => PortalAsk::Read {
                file: file.map(|file| self.file(file)).transpose()?.flatten().map(Box::new),
            },
        })
    }

    fn question(&self, question: &Question) -> PortalAsk {
        match question {
            Question::Short => PortalAsk::Short,
            Question::Long => PortalAsk::Long,
            Question::Number => PortalAsk::Number,
            Question::Money => PortalAsk::Money {
                currency: self.firm.currency.as_str().to_owned(),
                symbol: self.firm.currency.symbol(),
            },
            Question::Date => PortalAsk::Date,
            Question::YesNo => PortalAsk::YesNo,
            Question::One(options) => PortalAsk::One { options: options.clone() },
            Question::Several(options) => PortalAsk::Several { options: options.clone() },
        }
    }

    /// An answer as they see it.
    pub(super) fn answer(&self, answer: &Answer, ask: &Ask) -> Result<PortalAnswer> {
        let files = match &answer.value {
            Value::Files(files) => self.files(files)?,
            _ => Vec::new(),
        };
        let text = match &answer.value {
            Value::Files(_) => {
                files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join("\n")
            }
            value => value.text(ask, self.firm),
        };
        let chosen = match &answer.value {
            Value::Several(chosen) => chosen.iter().map(Title::to_string).collect(),
            _ => Vec::new(),
        };
        Ok(PortalAnswer {
            by: answer.by.name.clone(),
            mine: answer.by.who == Who::Contact(self.viewer.contact()),
            at: answer.at,
            text,
            typed: answer.value.typed(self.firm),
            chosen,
            files,
            not_there: matches!(answer.value, Value::NotThere(_)),
        })
    }

    /// A file, if they see it.
    pub(super) fn file(&self, id: Id<File>) -> Result<Option<PortalFile>> {
        let file: Option<File> = self.r.get(id)?;
        Ok(file.and_then(|file| file.shown_to(self.viewer)))
    }

    fn files(&self, ids: &[Id<File>]) -> Result<Vec<PortalFile>> {
        let files: Result<Vec<_>> = ids.iter().map(|id| self.file(*id)).collect();
        Ok(files?.into_iter().flatten().collect())
    }
}

impl PortalItem {
    fn is_missing(&self) -> bool {
        self.open && self.required && self.answer.is_none()
    }
}

fn state(state: &ItemState) -> PortalItemState {
    match state {
        ItemState::Open => PortalItemState::Open,
        ItemState::HandedIn => PortalItemState::HandedIn,
        ItemState::Accepted { at, .. } => PortalItemState::Accepted { at: *at },
        ItemState::Returned { by, at, reason } => {
            PortalItemState::Returned { by: by.name.clone(), at: *at, reason: reason.clone() }
        }
    }
}

/// The files of an answer that are neither in the trash nor gone.
pub(super) fn live_files(r: &impl Records, entry: &Entry) -> Result<Vec<File>> {
    let mut live = Vec::new();
    for id in entry.files() {
        live.extend(r.get(*id)?.filter(|file: &File| file.trash.is_none()));
    }
    Ok(live)
}
