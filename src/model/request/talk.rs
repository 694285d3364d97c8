//! Comments of both sides. Whoever sees the request sees what was said to it, and each file by the file's own rule.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::check_open;
use super::files::show_to_asked;
use super::shown::shown_request;
use super::{Comment, HandedInFor, Request, Sheet, Stage, Whole};
use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::file::{Author, File, PortalFile, live_file};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::notices::RequestNews;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::values::{FileName, Message};

/// Files of one comment.
const MOST_FILES: usize = 50;

/// Something that somebody is about to say.
#[derive(Clone, Debug)]
pub struct NewComment {
    /// To which item; none for the whole.
    pub item: Option<u16>,
    /// What.
    pub text: Message,
    /// Files that belong to it: a contact's own that were sent for it, or any of the client's for staff.
    pub files: Vec<Id<File>>,
    /// Makes twenty clicks one; empty for none.
    pub once: String,
}

/// What became of a comment of staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commented {
    /// The comment.
    pub id: Id<Comment>,
    /// Files of it that not all who are asked see.
    pub hidden: Vec<FileName>,
}

/// A comment as a contact sees it.
#[derive(Clone, Debug, Serialize)]
pub struct PortalComment {
    /// Its id.
    pub id: Id<Comment>,
    /// To which item; none for the whole.
    pub item: Option<u16>,
    /// Who.
    pub by: String,
    /// Whether it was the firm.
    pub staff: bool,
    /// Whether it was they.
    pub mine: bool,
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: Message,
    /// Files, as far as they see them.
    pub files: Vec<PortalFile>,
}

impl Portal {
    /// Says something to a request.
    pub async fn comment(&self, id: Id<Request>, new: NewComment) -> Result<Id<Comment>> {
        let firm = self.person().firm()?;
        let (viewer, me) = (*self.viewer(), Author::of_contact(self.person().me()));
        self.person()
            .write(move |tx| {
                let once = new.once.clone();
                tx.once(&once, |tx| {
                    let viewer = viewer.again(tx)?;
                    let request = shown_request(tx, &viewer, id)?;
                    check_talked(&request.stage, &firm)?;
                    let whole = Whole::of(tx, request)?;
                    let mut numbers = whole.sheet.shown().map(|entry| entry.item.number);
                    // What was said about an item that is gone is said about the whole.
                    let item = new.item.filter(|item| numbers.any(|number| number == *item));
                    for file in &new.files {
                        check_own(tx, &viewer, id, *file)?;
                    }
                    let comment = say(tx, &whole.request, NewComment { item, ..new }, me)?;
                    let news = RequestNews::Comment { id: comment };
                    tx.tell_staff_of_request(&whole.request, news)?;
                    Ok(comment)
                })
            })
            .await
    }
}

impl Console {
    /// Says something to a request that was sent. With `share`, those who are asked see its files from now on; otherwise who
    /// sees them stays as it is.
    pub async fn comment(
        &self,
        id: Id<Request>,
        new: NewComment,
        share: bool,
    ) -> Result<Commented> {
        let (firm, me) = (self.firm()?, Author::of(self.me()));
        self.write(move |tx| {
            let once = new.once.clone();
            tx.once(&once, |tx| {
                let request = tx.need(id)?;
                if request.stage == Stage::Draft {
                    let why = "Nobody at the client sees this yet. Send it first, or write it into the instructions.";
                    return Err(Error::refused(why));
                }
                check_talked(&request.stage, &firm)?;
                let sheet: Sheet = tx.need(Sheet::of(id))?;
                let item = new.item.filter(|item| sheet.entry(*item).is_some());
                for file in &new.files {
                    live_file(tx, request.client, *file)?;
                    if share {
                        show_to_asked(tx, &request, *file, &me)?;
                    }
                }
                let hidden = hidden(tx, &request, &new.files)?;
                let id = say(tx, &request, NewComment { item, ..new }, me)?;
                tx.tell_asked(&request, RequestNews::Comment { id })?;
                Ok(Commented { id, hidden })
            })
        })
        .await
    }

    /// Those of these files that not all who are asked would see.
    pub fn comment_hides(&self, id: Id<Request>, files: &[Id<File>]) -> Result<Vec<FileName>> {
        self.read(|r| hidden(r, &r.need(id)?, files))
    }
}

fn check_talked(stage: &Stage, firm: &Firm) -> Result<()> {
    match stage {
        Stage::Withdrawn { .. } => check_open(stage, firm),
        _ => Ok(()),
    }
}

/// Refuses a file that the contact did not send for a comment of this request, or that belongs to one already.
fn check_own(
    r: &impl Records,
    viewer: &Viewer,
    request: Id<Request>,
    file: Id<File>,
) -> Result<()> {
    let file = live_file(r, viewer.client(), file)?;
    let meant = file.handed_in_for == Some(HandedInFor { request, item: None });
    let free = r.ids_by::<Comment>("comment.file", file.id, 1)?.is_empty();
    let own = file.by.who == Who::Contact(viewer.contact());
    if own && meant && free { Ok(()) } else { Err(Error::NotFound) }
}

fn hidden(r: &impl Records, request: &Request, files: &[Id<File>]) -> Result<Vec<FileName>> {
    let mut hidden = Vec::new();
    for file in files {
        let file = live_file(r, request.client, *file)?;
        if !file.seen_by_all(&request.audience) {
            hidden.push(file.name);
        }
    }
    Ok(hidden)
}

fn say(
    tx: &mut Write<'_, '_>,
    request: &Request,
    new: NewComment,
    by: Author,
) -> Result<Id<Comment>> {
    let mut files = new.files;
    files.sort_unstable();
    files.dedup();
    if files.len() > MOST_FILES {
        let why = format!("A comment takes at most {MOST_FILES} files. Make two of it.");
        return Err(Error::refused(why));
    }
    let (id, at) = (tx.id(), tx.now());
    let (item, text, client) = (new.item, new.text, request.client);
    tx.add(&Comment { id, request: request.id, client, item, by, at, text, files })?;
    let what = format!("commented on “{}”", request.title);
    tx.say("request-commented", Some(client), what)?;
    Ok(id)
}

/// What was said to a request, oldest first.
fn comments_of(r: &impl Records, request: Id<Request>) -> Result<Vec<Comment>> {
    r.by("comment.request", request, usize::MAX)
}

/// The same as a contact sees it who sees the request.
pub(super) fn comments_shown(
    r: &impl Records,
    viewer: &Viewer,
    request: &Request,
) -> Result<Vec<PortalComment>> {
    let mut shown = Vec::new();
    for comment in comments_of(r, request.id)? {
        let mut files = Vec::new();
        for file in &comment.files {
            let file: Option<File> = r.get(*file)?;
            files.extend(file.and_then(|file| file.shown_to(viewer)));
        }
        shown.push(PortalComment {
            id: comment.id,
            item: comment.item,
            staff: comment.by.contact().is_none(),
            mine: comment.by.who == Who::Contact(viewer.contact()),
            by: comment.by.name,
            at: comment.at,
            text: comment.text,
            files,
        });
    }
    Ok(shown)
}
