//! Previews: what a page can show of a version of a file. A worker (`src/worker/`) makes one when somebody looks for the first
//! time, a page of a PDF at a time, and it is kept as a blob of the client, encrypted like the file itself.
//!
//! A preview shows what the file shows: it is handed out by the same look at the same record as a download.

use std::io;
use std::ops::ControlFlow;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::activity::By;
use super::client::Client;
use super::console::Console;
use super::core::Core;
use super::db::{Order, Records, Span, Write, record};
use super::file::{File, OpenedFile, Reading};
use super::id::Id;
use super::portal::Portal;
use super::system::System;
use super::turns::Turns;
use crate::blobs::{BlobName, Content, DAMAGED, Stored};
use crate::error::{Error, Result};
use crate::values::{Media, Preview as Way};
use crate::worker::{Answer, Failed, Head, Pool, Task, Why};

/// For whoever looks while nothing can be made or kept.
const NOT_NOW: &str =
    "This file cannot be shown at the moment. Download it to open it, or try again later.";
/// After so long a file that could not be shown is tried again: a newer version of the program may know how.
const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a page can show of a file.
pub enum FilePreview {
    /// A page of a PDF, or a picture.
    Image(PreviewImage),
    /// The beginning of a text.
    Text {
        /// It, with plain line ends.
        text: String,
        /// Whether it is all of it.
        whole: bool,
    },
    /// The first rows of a CSV file.
    Rows {
        /// They, with their first cells.
        rows: Vec<Vec<String>>,
        /// Whether they are all of it.
        whole: bool,
    },
    /// Nothing, and why.
    Sentence(&'static str),
    /// Nothing but a drawing that stands for its kind.
    Icon,
}

/// An image of our own making.
pub struct PreviewImage {
    /// The image.
    pub content: Content,
    /// Its media type.
    pub media: &'static str,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How many pages the document has.
    pub pages: u32,
    /// No other bytes have this one.
    pub tag: String,
}

/// What is known of a part of a version. It is that version's alone: if whoever has the same bytes saw their preview sooner,
/// they would know that somebody else at the client has them too. What was drawn is still stored once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Preview {
    id: Id<Preview>,
    client: Id<Client>,
    /// Of which file.
    file: Id<File>,
    /// Of which version.
    version: u32,
    /// Which part of it.
    part: Task,
    /// What can be shown.
    head: Head,
    /// Where that is.
    body: Option<Body>,
    made: Timestamp,
}

/// The bytes of a preview.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Body {
    blob: BlobName,
    bytes: u64,
}

record!(Preview, "pv", "previews", |preview, rows| {
    rows.by("preview.of", key(preview.file, preview.version, preview.part));
    if let Some(body) = &preview.body {
        rows.by("preview.blob", body.blob);
    }
});

/// The key of `preview.of`: the version, then the part.
fn key(file: Id<File>, version: u32, part: Task) -> Vec<u8> {
    let (kind, page) = match part {
        Task::Page(page) => (0, page),
        Task::Picture => (1, 1),
        Task::Text => (2, 1),
        Task::Rows => (3, 1),
    };
    [file.as_ref(), &version.to_be_bytes(), &[kind], &page.to_be_bytes()].concat()
}

impl Preview {
    /// Where its bytes are, if it has any: for whoever looks whether they are there.
    pub(super) fn kept(&self) -> Option<(Id<Client>, BlobName, u64)> {
        self.body.map(|body| (self.client, body.blob, body.bytes))
    }

    /// Deletes those of a file that goes.
    pub(super) fn forget(tx: &mut Write<'_, '_>, file: Id<File>) -> Result<()> {
        let span = Span::prefix(file);
        let theirs = tx.ids_in::<Self>("preview.of", &span, Order::Ascending, usize::MAX)?;
        theirs.into_iter().try_for_each(|id| tx.delete(id))
    }
}

/// What makes previews.
pub(super) struct Previews {
    pool: Pool,
    /// Two who look at the same page have it made once.
    turns: Turns,
}

impl Previews {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, turns: Turns::default() }
    }
}

/// Which part of a file the page of this number is, the first being one; none if there is nothing to show.
fn part_of(media: Media, page: u32) -> Result<Option<Task>> {
    let part = match media.preview() {
        None => return Ok(None),
        Some(Way::Pdf) => return Ok(Some(Task::Page(page))),
        Some(Way::Picture) => Task::Picture,
        Some(Way::Text) => Task::Text,
        Some(Way::Csv) => Task::Rows,
    };
    if page == 1 { Ok(Some(part)) } else { Err(Error::NotFound) }
}

impl Console {
    /// What can be shown of a page of a version, the first being one; no version is the newest.
    pub async fn preview(
        &self,
        client: Id<Client>,
        file: Id<File>,
        version: Option<u32>,
        page: u32,
    ) -> Result<FilePreview> {
        let opened = self.open_file(client, file, version);
        of_opened(self.core(), self.me().id.bytes(), opened, page).await
    }
}

impl Portal {
    /// What can be shown of a page of a file, the first being one. If there is anything of the file to be seen, also what
    /// is to be noted once it is.
    pub async fn preview(
        &self,
        file: Id<File>,
        page: u32,
    ) -> Result<(FilePreview, Option<Reading>)> {
        let opened = self.open_file(file);
        let reading = opened.as_ref().ok().map(OpenedFile::reading);
        let person = self.person();
        let me = person.viewed_by_staff().map_or(person.me().id.bytes(), Id::bytes);
        let preview = of_opened(person.core(), me, opened, page).await?;
        let seen = !matches!(preview, FilePreview::Sentence(_) | FilePreview::Icon);
        Ok((preview, reading.filter(|_| seen)))
    }
}

/// Bytes that are damaged are no reason to show nothing else of a file.
async fn of_opened(
    core: &Core,
    me: [u8; 16],
    opened: Result<OpenedFile>,
    page: u32,
) -> Result<FilePreview> {
    match opened {
        Ok(opened) => core.preview(me, &opened, page).await,
        Err(Error::Gone(why)) => Ok(FilePreview::Sentence(why)),
        Err(why) => Err(why),
    }
}

impl Core {
    /// What can be shown of a page to this person. It is made if nobody has looked before.
    async fn preview(&self, me: [u8; 16], opened: &OpenedFile, page: u32) -> Result<FilePreview> {
        let Some(part) = part_of(opened.media, page)? else { return Ok(FilePreview::Icon) };
        if let Some(kept) = self.kept(opened, part)? {
            return Ok(kept);
        }
        // Before the turn, so that nobody else waits for one who waits.
        let Some(place) = self.previews.pool.place(me).await else {
            return Ok(FilePreview::Sentence(NOT_NOW));
        };
        let [.., low] = opened.file().bytes();
        let turn = Id::<Preview>::from_bytes([low.wrapping_add(page as u8); 16]);
        let _turn = self.previews.turns.at(turn).await;
        // Somebody may have had it made meanwhile.
        if let Some(kept) = self.kept(opened, part)? {
            return Ok(kept);
        }
        let content = &opened.content.content;
        let document = content.stream(0..content.len());
        let answer = match self.previews.pool.ask(&place, part, content.len(), document).await {
            Ok(answer) => answer,
            Err(Failed::Busy) => return Ok(FilePreview::Sentence(NOT_NOW)),
            Err(Failed::Document(why)) => match unreadable(why) {
                Error::Gone(why) => return Ok(FilePreview::Sentence(why)),
                why => return Err(why),
            },
            Err(Failed::Start(why)) => {
                tracing::error!(%why, "no worker could be started, so no file is shown");
                return Ok(FilePreview::Sentence(NOT_NOW));
            }
        };
        match answer.head {
            Head::Not(Why::NoSuchPage) => return Err(Error::NotFound),
            Head::Not(why) if !why.lasts() => return Ok(FilePreview::Sentence(why.sentence())),
            _ => {}
        }
        match self.keep(opened, part, answer).await {
            Ok(preview) => self.shown(&preview),
            Err(Error::Full | Error::ReadOnly | Error::Busy) => Ok(FilePreview::Sentence(NOT_NOW)),
            Err(why) => Err(why),
        }
    }

    /// What was made before, unless it is damaged: then it is made anew.
    fn kept(&self, opened: &OpenedFile, part: Task) -> Result<Option<FilePreview>> {
        let kept: Option<Preview> =
            self.db.read(|r| r.first_by("preview.of", key(opened.file(), opened.version, part)))?;
        match kept.map(|preview| self.shown(&preview)) {
            None | Some(Err(Error::Gone(_))) => Ok(None),
            Some(shown) => shown.map(Some),
        }
    }

    async fn keep(&self, opened: &OpenedFile, part: Task, answer: Answer) -> Result<Preview> {
        let stored = match answer.head {
            Head::Not(_) => None,
            _ => Some(self.store(opened.client, answer.body).await?),
        };
        let body = stored.as_ref().map(|kept| Body { blob: kept.name, bytes: kept.bytes });
        let (client, head) = (opened.client, answer.head);
        let (file, version) = (opened.file(), opened.version);
        let write = move |tx: &mut Write<'_, '_>| {
            tx.unsaid("nothing has changed: it can be made again from the file");
            let (id, made) = (tx.id(), tx.now());
            let preview = Preview { id, client, file, version, part, head, body, made };
            for old in tx.ids_by::<Preview>("preview.of", key(file, version, part), usize::MAX)? {
                tx.delete(old)?;
            }
            // A file that has gone meanwhile takes nothing with it any more.
            if tx.get(file)?.is_some() {
                tx.put(&preview)?;
            }
            drop(stored);
            Ok(preview)
        };
        self.db.write(By::SYSTEM, write).await
    }

    async fn store(&self, client: Id<Client>, body: Vec<u8>) -> Result<Stored> {
        let secret = self.client_secret(client)?;
        let unfinished = Id::<Preview>::fresh(self.clock.now());
        let incoming = self.blobs.begin(&secret, &unfinished.to_string()).await?;
        incoming.write(Bytes::from(body)).await?;
        incoming.finish().await
    }

    fn shown(&self, preview: &Preview) -> Result<FilePreview> {
        let (head, body) = match (&preview.head, preview.body) {
            (Head::Not(why), _) => return Ok(FilePreview::Sentence(why.sentence())),
            (head, Some(body)) => (head, body),
            (_, None) => return Err(Error::Gone(DAMAGED)),
        };
        let secret = self.client_secret(preview.client)?;
        let content = self.blobs.content(&secret, &body.blob, body.bytes)?;
        // Short enough to be read here.
        let all = || content.read(0..body.bytes).map_err(unreadable);
        Ok(match *head {
            Head::Text { whole } => {
                FilePreview::Text { text: String::from_utf8_lossy(&all()?).into_owned(), whole }
            }
            Head::Rows { whole } => {
                FilePreview::Rows { rows: serde_json::from_slice(&all()?)?, whole }
            }
            Head::Image { kind, width, height, pages } => FilePreview::Image(PreviewImage {
                media: kind.media(),
                tag: body.blob.to_string(),
                content,
                width,
                height,
                pages,
            }),
            Head::Not(why) => FilePreview::Sentence(why.sentence()),
        })
    }
}

fn unreadable(why: io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Error::Gone(DAMAGED),
        _ => Error::bug(why),
    }
}

impl System {
    /// Deletes previews of versions that no file has any more, and what was said long ago of files that could not be shown; the
    /// images go with the next sweep of the blobs. Says how many went: none while the host's clock is not believed.
    pub async fn sweep_previews(&self) -> Result<usize> {
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let (long_ago, mut over) = (self.now() - REFUSED_FOR, Vec::new());
        self.core().db.read(|r| {
            let mut fault = Ok(());
            r.all::<Preview>(|preview| {
                let refused = matches!(preview.head, Head::Not(_)) && preview.made < long_ago;
                match r.get::<File>(preview.file) {
                    Ok(Some(file)) if !refused && file.version(preview.version).is_some() => {}
                    Ok(_) => over.push(preview.id),
                    Err(why) => fault = Err(why),
                }
                if fault.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            fault
        })?;
        self.delete(over).await
    }
}
