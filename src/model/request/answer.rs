//! Answers as contacts type them: read into values, and saved one by one. Nobody overwrites what they have not seen, and
//! nobody answers another question than they read.

use super::page::{Look, PortalAnswer, live_files};
use super::shown::{PortalRequest, shown_request};
use super::typed::{Typed, wrong};
use super::{Answer, Ask, Entry, ItemState, Request, Stage, Value, What, Whole};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::edition::edition;
use crate::model::file::{Author, File, Trashed};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::values::{FileName, Message, Title};

/// What a form had seen when it was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The edition of the answer; empty where there was none.
    pub edition: String,
    /// The revision of the item.
    pub revision: u32,
}

/// What came of saving an answer.
#[derive(Clone, Debug)]
pub enum Saved {
    /// It is stored.
    Stored {
        /// Of the answer as it is now.
        edition: String,
        /// Whether there is one.
        answered: bool,
        /// The request, with its progress.
        request: PortalRequest,
        /// The numbers of the items that appear now.
        appear: Vec<u16>,
    },
    /// Somebody else has answered meanwhile, or the same person elsewhere. Nothing is stored; to replace their answer the form
    /// is sent again with its edition.
    Conflict {
        /// The answer as it is; none if it was taken back.
        theirs: Option<PortalAnswer>,
        /// Its edition.
        edition: String,
    },
    /// What is asked has changed meanwhile. Nothing is stored; to answer what is asked now the form is sent again with its
    /// revision.
    Changed {
        /// What is asked now.
        title: Title,
        /// Its revision.
        revision: u32,
    },
}

impl Portal {
    /// Saves the answer to an item.
    pub async fn save_answer(
        &self,
        id: Id<Request>,
        number: u16,
        typed: Typed,
        seen: Seen,
    ) -> Result<Saved> {
        let firm = self.person().firm()?;
        let (viewer, me) = (*self.viewer(), Author::of_contact(self.person().me()));
        self.person()
            .write(move |tx| {
                tx.unsaid("the history of the request says it");
                let mut work = Work::on(tx, &viewer, &firm, id)?;
                let entry = work.open_item(number)?.clone();
                if entry.revision != seen.revision {
                    let title = entry.item.title;
                    return Ok(Saved::Changed { title, revision: entry.revision });
                }
                let value = work.read(tx, &entry, &typed)?;
                if value.as_ref() != entry.answer.as_ref().map(|answer| &answer.value) {
                    if mark(entry.answer.as_ref()) != seen.edition {
                        return work.conflict(tx, &entry);
                    }
                    work.answer(tx, number, value, &me)?;
                    work.whole.put(tx)?;
                }
                work.saved(tx, number)
            })
            .await
    }

    /// Takes a file out of an answer: it goes into the firm's trash. Gives its name.
    pub async fn remove_answer_file(
        &self,
        id: Id<Request>,
        number: u16,
        file: Id<File>,
    ) -> Result<FileName> {
        let firm = self.person().firm()?;
        let (viewer, me) = (*self.viewer(), Author::of_contact(self.person().me()));
        self.person()
            .write(move |tx| {
                let mut work = Work::on(tx, &viewer, &firm, id)?;
                let entry = work.open_item(number)?;
                let Some(Answer { value: Value::Files(files), .. }) = &entry.answer else {
                    return Err(Error::NotFound);
                };
                let mut left = files.clone();
                left.retain(|other| *other != file);
                let shown: Option<File> = tx.get(file)?;
                let shown = shown.filter(|file| file.shown_to(&work.viewer).is_some());
                let mut gone = shown.filter(|_| left.len() < files.len()).ok_or(Error::NotFound)?;
                gone.trash = Some(Trashed { at: tx.now(), by: me.clone(), with: None });
                // If staff bring it back, it belongs to no answer, and waits in the Inbox.
                gone.handed_in_for = None;
                tx.put(&gone)?;
                let value = (!left.is_empty()).then_some(Value::Files(left));
                work.answer(tx, number, value, &me)?;
                work.whole.put(tx)?;
                let title = &work.whole.request.title;
                let what = format!("removed {} from the answers to “{title}”", gone.name);
                tx.say("answer-file-removed", Some(gone.client), what)?;
                Ok(gone.name)
            })
            .await
    }
}

/// A request that a contact works on, within a command.
pub(super) struct Work<'f> {
    pub whole: Whole,
    pub viewer: Viewer,
    firm: &'f Firm,
}

impl<'f> Work<'f> {
    /// Refuses one that does not wait for the client any more.
    pub(super) fn on(
        r: &impl Records,
        viewer: &Viewer,
        firm: &'f Firm,
        id: Id<Request>,
    ) -> Result<Self> {
        let viewer = viewer.again(r)?;
        let request = shown_request(r, &viewer, id)?;
        check_open(&request.stage, firm)?;
        Ok(Self { whole: Whole::of(r, request)?, viewer, firm })
    }

    /// An item that may be answered.
    pub(super) fn open_item(&self, number: u16) -> Result<&Entry> {
        open_item(&self.whole, number, self.firm)
    }

    /// Changes an answer. Whoever changes one has begun.
    pub(super) fn answer(
        &mut self,
        tx: &mut Write<'_, '_>,
        number: u16,
        value: Option<Value>,
        by: &Author,
    ) -> Result<()> {
        set_answer(tx, &mut self.whole, number, value, by)
    }

    /// What was typed, as an answer to this item; none takes it back.
    fn read(&self, r: &impl Records, entry: &Entry, typed: &Typed) -> Result<Option<Value>> {
        match &entry.item.ask {
            Ask::Question(question) => question.read(typed, self.firm).map_err(wrong),
            Ask::Confirm { .. } => Ok(confirmed(typed)),
            Ask::Read { file } => {
                let value = confirmed(typed);
                let file: Option<File> = file.map(|id| r.get(id)).transpose()?.flatten();
                if value.is_some() && file.is_none_or(|f| f.shown_to(&self.viewer).is_none()) {
                    let why = format!(
                        "You cannot open this file, so you cannot confirm that you have read it. Ask {} to show it to you.",
                        self.firm.name
                    );
                    return Err(Error::refused(why));
                }
                Ok(value)
            }
            Ask::Upload { .. } => not_there(r, entry, typed),
        }
    }

    fn conflict(&self, r: &impl Records, entry: &Entry) -> Result<Saved> {
        let look = Look { r, viewer: &self.viewer, firm: self.firm };
        let theirs = entry.answer.as_ref().map(|answer| look.answer(answer, &entry.item.ask));
        let edition = mark(entry.answer.as_ref());
        Ok(Saved::Conflict { theirs: theirs.transpose()?, edition })
    }

    fn saved(&self, r: &impl Records, number: u16) -> Result<Saved> {
        let look = Look { r, viewer: &self.viewer, firm: self.firm };
        let entry = self.whole.sheet.entry(number).ok_or(Error::NotFound)?;
        Ok(Saved::Stored {
            edition: mark(entry.answer.as_ref()),
            answered: entry.answered().is_some(),
            request: look.request(&self.whole.request)?,
            appear: self.whole.sheet.shown().map(|entry| entry.item.number).collect(),
        })
    }
}

/// Tells answers apart, as a form carries it: empty for none.
pub(super) fn mark(answer: Option<&Answer>) -> String {
    let given = |answer: &Answer| edition(&(&answer.value, &answer.by, answer.at, answer.edition));
    answer.map(given).unwrap_or_default()
}

impl Entry {
    /// Tells its answers apart, as a form carries it; empty for none. One that was taken back and given again is another.
    #[must_use]
    pub fn mark(&self) -> String {
        mark(self.answer.as_ref())
    }
}

/// Refuses what does not wait for the client any more.
pub(super) fn check_open(stage: &Stage, firm: &Firm) -> Result<()> {
    let firm = &firm.name;
    let why = match stage {
        Stage::Sent { .. } | Stage::InProgress { .. } => return Ok(()),
        Stage::Draft => return Err(Error::NotFound),
        Stage::HandedIn { by, .. } => format!(
            "{} has handed this in, so nothing of it can be changed. If something is wrong, write to {firm} below.",
            by.name
        ),
        Stage::Completed { .. } => {
            format!(
                "This is completed, so nothing of it can be changed. If something is wrong, write to {firm} below."
            )
        }
        Stage::Withdrawn { .. } => {
            format!("{firm} has withdrawn this request, so there is nothing to do any more.")
        }
    };
    Err(Error::refused(why))
}

/// An item that may be answered.
pub(super) fn open_item<'w>(whole: &'w Whole, number: u16, firm: &Firm) -> Result<&'w Entry> {
    let firm = &firm.name;
    // Whether there is such an item that does not appear is nothing for contacts to know.
    let entry = whole.sheet.shown().find(|entry| entry.item.number == number);
    let entry = entry
        .ok_or_else(|| Error::refused("This is not asked any more, so it needs no answer."))?;
    let title = &entry.item.title;
    match &entry.state {
        ItemState::Open | ItemState::Returned { .. } => Ok(entry),
        ItemState::HandedIn => Err(Error::refused(format!(
            "“{title}” was handed in, so the answer cannot be changed. If something is wrong, write to {firm} below."
        ))),
        ItemState::Accepted { .. } => Err(Error::refused(format!(
            "{firm} has accepted “{title}”, so the answer cannot be changed. If something is wrong, write to them below."
        ))),
    }
}

/// Changes an answer, and notes it. Whoever changes one has begun. The caller writes the request.
pub(super) fn set_answer(
    tx: &mut Write<'_, '_>,
    whole: &mut Whole,
    number: u16,
    value: Option<Value>,
    by: &Author,
) -> Result<()> {
    let (request, at) = (whole.request.id, tx.now());
    let entry = whole.sheet.entry_mut(number).ok_or(Error::NotFound)?;
    let item = entry.item.title.clone();
    let edition = entry.answer.as_ref().map_or(0, |answer| answer.edition).saturating_add(1);
    let what = match value {
        Some(_) => What::Answered { item: item.clone() },
        None => What::Cleared { item: item.clone() },
    };
    entry.answer = value.map(|value| Answer { value, by: by.clone(), at, edition, gone: false });
    if let Stage::Sent { sent } = whole.request.stage {
        whole.request.stage = Stage::InProgress { sent };
    }
    tx.note_answer(request, by, &item, what)
}

fn confirmed(typed: &Typed) -> Option<Value> {
    (!typed.text.trim().is_empty()).then_some(Value::Confirmed)
}

/// Of files that are asked for, only that there are none can be typed.
fn not_there(r: &impl Records, entry: &Entry, typed: &Typed) -> Result<Option<Value>> {
    let live = !live_files(r, entry)?.is_empty();
    if !typed.not_there {
        let files = entry.answer.as_ref().map(|answer| &answer.value);
        return Ok(files.filter(|value| live && matches!(value, Value::Files(_))).cloned());
    }
    if live {
        return Err(Error::refused("You have added files here. Remove them first."));
    }
    let why = match typed.text.trim() {
        "" => None,
        why => Some(Message::parse(why).map_err(wrong)?),
    };
    Ok(Some(Value::NotThere(why)))
}
