//! The Inbox: what contacts have added and nobody of the firm has looked at yet.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

use super::client::Client;
use super::console::Console;
use super::db::{Order, Records, Span, Write, time_key};
use super::file::{Author, File, Review, place};
use super::folder::Folder;
use super::id::Id;
use super::request::Request;
use crate::error::{Error, Result};
use crate::values::{ClientName, FileName, FolderName, Message};

/// The navigation counts no further.
pub const INBOX_MOST: usize = 100;
/// Files that are marked as reviewed at once.
const MOST_AT_ONCE: usize = 1_000;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InboxOrder {
    /// What has waited longest.
    #[default]
    Oldest,
    /// What came last.
    Newest,
}

/// A place in the Inbox, behind which the next page begins. It stays one when its file is gone from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxPlace {
    changed: Timestamp,
    file: Id<File>,
}

/// A page of the Inbox.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// What waits.
    pub rows: Vec<InboxRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<InboxPlace>,
}

/// A file that waits.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// The file, with who added it and when.
    pub file: File,
    /// For which client.
    pub client: Id<Client>,
    /// What that is called.
    pub client_name: ClientName,
    /// The folder it was put into.
    pub folder: Option<FolderName>,
}

impl InboxRow {
    /// Where it stands in the Inbox.
    #[must_use]
    pub const fn place(&self) -> InboxPlace {
        InboxPlace { changed: self.file.changed, file: self.file.id }
    }
}

impl fmt::Display for InboxPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.changed.as_microsecond(), self.file)
    }
}

impl FromStr for InboxPlace {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "this is no place in the Inbox";
        let (changed, file) = typed.split_once('.').ok_or(WRONG)?;
        let changed = changed.parse().map_err(|_| WRONG)?;
        let changed = Timestamp::from_microsecond(changed).map_err(|_| WRONG)?;
        Ok(Self { changed, file: file.parse().map_err(|_| WRONG)? })
    }
}

impl Console {
    /// What waits, of all clients: at most `limit` files behind `after`.
    pub fn inbox(
        &self,
        order: InboxOrder,
        after: Option<InboxPlace>,
        limit: usize,
    ) -> Result<Inbox> {
        self.read(|r| {
            let mut rows = waiting(r, order, after, limit + 1)?
                .into_iter()
                .map(|file| row(r, file))
                .collect::<Result<Vec<_>>>()?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            Ok(Inbox { next: rows.last().filter(|_| more).map(InboxRow::place), rows })
        })
    }

    /// How much waits, at most [`INBOX_MOST`].
    pub fn inbox_count(&self) -> Result<usize> {
        self.read(|r| {
            let waits =
                r.ids_in::<File>("file.review", &Span::all(), Order::Ascending, INBOX_MOST)?;
            Ok(waits.len())
        })
    }

    /// Puts a contact's file into a folder under a name, and marks it as reviewed.
    pub async fn file_upload(
        &self,
        file: Id<File>,
        folder: Option<Id<Folder>>,
        name: FileName,
    ) -> Result<File> {
        let me = Author::of(self.me());
        self.write(move |tx| {
            let mut file = received(tx, file)?;
            if matches!(file.review, Some(Review::Rejected { .. })) {
                return Err(Error::refused(
                    "Somebody has rejected this file meanwhile. Take that back first.",
                ));
            }
            let folder = place(tx, file.client, folder)?;
            let into = folder.as_ref().map_or("the top of the files".to_owned(), |folder| {
                format!("the folder {}", folder.name)
            });
            let was =
                if file.name == name { String::new() } else { format!(", added as {}", file.name) };
            let client: Client = tx.need(file.client)?;
            let what = format!("filed {name}{was} into {into} of {}", client.name);
            file.folder = folder.map(|folder| folder.id);
            file.name = name;
            file.review = Some(Review::Reviewed { by: me, at: tx.now() });
            tx.put(&file)?;
            tx.say("file-filed", Some(file.client), what)?;
            Ok(file)
        })
        .await
    }

    /// Marks files as reviewed. Says how many had waited; the others were looked at by somebody else, or withdrawn.
    pub async fn review_uploads(&self, mut files: Vec<Id<File>>) -> Result<usize> {
        files.truncate(MOST_AT_ONCE);
        let me = Author::of(self.me());
        self.write(move |tx| {
            tx.unsaid("each file is said by itself, and there may be none left");
            let mut reviewed = 0;
            for file in files {
                let file: Option<File> = tx.get(file)?.filter(waits);
                let Some(mut file) = file else { continue };
                file.review = Some(Review::Reviewed { by: me.clone(), at: tx.now() });
                tx.put(&file)?;
                say(tx, "file-reviewed", "marked", &file, "as reviewed")?;
                reviewed += 1;
            }
            Ok(reviewed)
        })
        .await
    }

    /// Takes back that files were looked at: they wait again. `mine` is whether those that somebody else has looked at stay
    /// as they are. Says how many wait.
    pub async fn undo_review(&self, mut files: Vec<Id<File>>, mine: bool) -> Result<usize> {
        files.truncate(MOST_AT_ONCE);
        let me = Author::of(self.me());
        self.write(move |tx| {
            tx.unsaid("each file is said by itself, and there may be none left");
            let mut back = 0;
            for file in files {
                let file: Option<File> = tx.get(file)?;
                // What was handed in for an item waits with that, and not in the Inbox.
                let here = |file: &File| file.trash.is_none() && item_of(file).is_none();
                let Some(mut file) = file.filter(here) else { continue };
                match &file.review {
                    Some(Review::Reviewed { by, .. }) if !mine || by.who == me.who => {}
                    _ => continue,
                }
                file.review = Some(Review::Waiting);
                tx.put(&file)?;
                say(tx, "file-review-undone", "put back", &file, "into the Inbox")?;
                back += 1;
            }
            Ok(back)
        })
        .await
    }

    /// Says to the uploader that the firm cannot use a file, and why. Others no longer see it.
    pub async fn reject_upload(&self, file: Id<File>, reason: Message) -> Result<File> {
        let me = Author::of(self.me());
        self.write(move |tx| {
            let mut file = received(tx, file)?;
            if !waits(&file) {
                return Err(Error::refused("Somebody has looked at this file meanwhile."));
            }
            if let Some(request) = item_of(&file) {
                let request: Request = tx.need(request)?;
                return Err(Error::refused(format!(
                    "This file was handed in for the request “{}”. Send it back there, so that another one can be added.",
                    request.title
                )));
            }
            file.review = Some(Review::Rejected { by: me, at: tx.now(), reason });
            tx.put(&file)?;
            say(tx, "file-rejected", "rejected", &file, "")?;
            tx.tell_uploader_rejected(&file)?;
            Ok(file)
        })
        .await
    }

    /// Takes a rejection back: the file waits again.
    pub async fn undo_rejection(&self, file: Id<File>) -> Result<File> {
        self.write(move |tx| {
            let mut file = received(tx, file)?;
            if !matches!(file.review, Some(Review::Rejected { .. })) {
                tx.unsaid("it is not rejected any more");
                return Ok(file);
            }
            file.review = Some(Review::Waiting);
            tx.put(&file)?;
            say(tx, "file-rejection-undone", "took back the rejection of", &file, "")?;
            Ok(file)
        })
        .await
    }
}

/// The files that wait, in their order.
fn waiting(
    r: &impl Records,
    order: InboxOrder,
    after: Option<InboxPlace>,
    limit: usize,
) -> Result<Vec<File>> {
    let span = match after {
        Some(place) => Span::all().behind(time_key(place.changed), place.file),
        None => Span::all(),
    };
    let order = match order {
        InboxOrder::Oldest => Order::Ascending,
        InboxOrder::Newest => Order::Descending,
    };
    r.records_in("file.review", &span, order, limit)
}

fn row(r: &impl Records, file: File) -> Result<InboxRow> {
    let client: Client = r.need(file.client)?;
    let folder: Option<Folder> = file.folder.map(|id| r.get(id)).transpose()?.flatten();
    let folder = folder.map(|folder| folder.name);
    Ok(InboxRow { client: client.id, client_name: client.name, folder, file })
}

/// A file that a contact added and that is not in the trash.
fn received(r: &impl Records, file: Id<File>) -> Result<File> {
    let file: Option<File> = r.get(file)?;
    let here = file.filter(|file| file.review.is_some() && file.trash.is_none());
    here.ok_or(Error::NotFound)
}

fn waits(file: &File) -> bool {
    file.review == Some(Review::Waiting) && file.trash.is_none()
}

/// The request for whose item a file was handed in: it is reviewed there.
fn item_of(file: &File) -> Option<Id<Request>> {
    file.handed_in_for.filter(|of| of.item.is_some()).map(|of| of.request)
}

/// "rejected Lease.pdf, which Maya Linden added to the files of Alder Ltd".
fn say(
    tx: &mut Write<'_, '_>,
    event: &'static str,
    did: &str,
    file: &File,
    how: &str,
) -> Result<()> {
    let client: Client = tx.need(file.client)?;
    let how = if how.is_empty() { String::new() } else { format!(" {how}") };
    let (name, by) = (&file.name, &file.by.name);
    let what = format!("{did} {name}{how}, which {by} added to the files of {}", client.name);
    tx.say(event, Some(file.client), what)
}

#[cfg(test)]
mod tests;
