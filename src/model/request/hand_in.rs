//! Handing in: everything that appears goes to the firm at once, and the contact is given a receipt. A task is marked done.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::answer::Work;
use super::page::live_files;
use super::review::settle;
use super::shown::shown_request;
use super::{Answer, Change, Entry, ItemState, Request, Stage, Value, What, Whole};
use crate::error::{Error, Result};
use crate::model::db::{Records, Write};
use crate::model::file::{Author, File, Scan};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::notices::RequestNews;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::values::{ClientName, Digest, FileName, FirmName, Title, When, grouped, size};

/// Proof of what was handed in, and when.
#[derive(Clone, Debug, Serialize)]
pub struct RequestReceipt {
    /// Who received it.
    pub firm: FirmName,
    /// For which client.
    pub client: ClientName,
    /// What was asked for.
    pub title: Title,
    /// Who handed it in last.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The same in words: "Tuesday, November 3, 2026 at 10:42 AM EST".
    pub at_text: String,
    /// On which day: "2026-11-03".
    pub day: String,
    /// Each item that was handed in.
    pub lines: Vec<ReceiptItem>,
}

/// An item of a receipt.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiptItem {
    /// What was asked.
    pub title: Title,
    /// What was answered; empty for nothing, and for files.
    pub text: String,
    /// Files, as far as whoever reads the receipt sees them.
    pub files: Vec<ReceiptFile>,
}

/// A file of a receipt.
#[derive(Clone, Debug, Serialize)]
pub struct ReceiptFile {
    /// Its id.
    pub id: Id<File>,
    /// What it is called now.
    pub name: FileName,
    /// When it arrived.
    pub added: Timestamp,
    /// How many bytes arrived.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: Digest,
}

impl Portal {
    /// Hands a request in. Refused if a required item has no answer.
    pub async fn hand_in(&self, id: Id<Request>, once: String) -> Result<RequestReceipt> {
        self.finish(id, once, hand_in).await?;
        self.request_receipt(id)
    }

    /// Marks a task as done.
    pub async fn mark_done(&self, id: Id<Request>, once: String) -> Result<()> {
        self.finish(id, once, mark_done).await
    }

    async fn finish(
        &self,
        id: Id<Request>,
        once: String,
        how: fn(&mut Write<'_, '_>, Whole, Author) -> Result<()>,
    ) -> Result<()> {
        let firm = self.person().firm()?;
        let (viewer, me) = (*self.viewer(), Author::of_contact(self.person().me()));
        self.person()
            .write(move |tx| {
                tx.once(&once, |tx| how(tx, Work::on(tx, &viewer, &firm, id)?.whole, me))
            })
            .await
    }

    /// The receipt of what was handed in last, without what was sent back since.
    pub fn request_receipt(&self, id: Id<Request>) -> Result<RequestReceipt> {
        let (firm, now, viewer) = (self.person().firm()?, self.person().now(), self.viewer());
        let client = self.client().name.clone();
        self.person().read(|r| {
            let whole = Whole::of(r, shown_request(r, viewer, id)?)?;
            let (at, by) = handed_in(r, id)?.ok_or(Error::NotFound)?;
            let mut lines = Vec::new();
            for entry in whole.sheet.shown() {
                if matches!(entry.state, ItemState::HandedIn | ItemState::Accepted { .. }) {
                    lines.push(line(r, viewer, entry, &firm)?);
                }
            }
            let zone = firm.zone.tz();
            let when = When { now, zone, style: firm.date_style };
            Ok(RequestReceipt {
                firm: firm.name.clone(),
                client,
                title: whole.request.title,
                by: by.name,
                at,
                at_text: when.full(at),
                day: at.to_zoned(zone.clone()).date().to_string(),
                lines,
            })
        })
    }
}

fn hand_in(tx: &mut Write<'_, '_>, mut whole: Whole, me: Author) -> Result<()> {
    let sent = whole.request.stage.sent().ok_or(Error::NotFound)?;
    if whole.request.is_task() {
        return Err(Error::refused("There is nothing to hand in here. Mark it as done instead."));
    }
    check_complete(tx, &whole)?;
    let shown: Vec<u16> = whole.sheet.shown().map(|entry| entry.item.number).collect();
    let open = |entry: &&mut Entry| shown.contains(&entry.item.number) && entry.state.open();
    for entry in whole.sheet.entries.iter_mut().filter(open) {
        entry.state = ItemState::HandedIn;
    }
    whole.request.stage = Stage::HandedIn { sent, at: tx.now(), by: me.clone() };
    tx.note_change(whole.request.id, Some(me.clone()), What::HandedIn)?;
    // With nothing that the firm has yet to look at, it is complete.
    settle(tx, &mut whole, &me)?;
    whole.put(tx)?;
    let request = whole.request;
    let what = format!("handed in “{}”", request.title);
    tx.say("request-handed-in", Some(request.client), what)?;
    tx.tell_staff_of_request(&request, RequestNews::HandedIn)
}

/// Refuses what lacks an answer, or has a file that the virus scan found infected.
fn check_complete(r: &impl Records, whole: &Whole) -> Result<()> {
    let mut missing = Vec::new();
    for entry in whole.sheet.shown().filter(|entry| entry.state.open()) {
        if entry.item.required && entry.answered().is_none() {
            missing.push(format!("“{}”", entry.item.title));
        }
        let live = live_files(r, entry)?;
        let infected = |file: &&File| matches!(file.newest().scan, Scan::Infected { .. });
        if let Some(file) = live.iter().find(infected) {
            return Err(Error::refused(format!(
                "A virus was found in “{}”. Remove it from “{}”, and add a clean copy.",
                file.name, entry.item.title
            )));
        }
    }
    let which = match missing.as_slice() {
        [] => return Ok(()),
        [one] => format!("{one} still needs an answer"),
        [first @ .., last] => format!("{} and {last} still need answers", first.join(", ")),
    };
    Err(Error::refused(format!("{which}. Everything you have entered so far is kept.")))
}

fn mark_done(tx: &mut Write<'_, '_>, mut whole: Whole, me: Author) -> Result<()> {
    let sent = whole.request.stage.sent().ok_or(Error::NotFound)?;
    if !whole.request.is_task() {
        return Err(Error::refused("This asks for answers. Hand them in instead."));
    }
    whole.request.stage = Stage::Completed { sent, at: tx.now(), by: me.clone() };
    whole.put(tx)?;
    let request = whole.request;
    tx.note_change(request.id, Some(me), What::Completed)?;
    let what = format!("marked “{}” as done", request.title);
    tx.say("request-completed", Some(request.client), what)?;
    tx.tell_staff_of_request(&request, RequestNews::Done)
}

/// When a request was handed in last, and by whom.
pub(super) fn handed_in(
    r: &impl Records,
    request: Id<Request>,
) -> Result<Option<(Timestamp, Author)>> {
    let changes: Vec<Change> = r.by("change.request", request, usize::MAX)?;
    let last = changes.into_iter().rev().find(|change| change.what == What::HandedIn);
    Ok(last.and_then(|change| Some((change.at, change.by?))))
}

fn line(r: &impl Records, viewer: &Viewer, entry: &Entry, firm: &Firm) -> Result<ReceiptItem> {
    let (mut text, mut files) = (String::new(), Vec::new());
    match &entry.answer {
        None => {}
        Some(Answer { value: Value::Files(ids), .. }) => {
            for id in ids {
                let file: Option<File> = r.get(*id)?;
                // What arrived has arrived, whatever became of it since.
                let seen = |file: &File| {
                    file.shown_to(viewer).is_some() || file.receipted(viewer).is_some()
                };
                let Some(file) = file.filter(seen) else { continue };
                let first = file.versions.first().expect("a file has a version");
                files.push(ReceiptFile {
                    id: file.id,
                    added: file.added,
                    bytes: first.bytes,
                    sha256: first.sha256,
                    name: file.name,
                });
            }
        }
        Some(answer) => text = answer.value.text(&entry.item.ask, firm),
    }
    Ok(ReceiptItem { title: entry.item.title.clone(), text, files })
}

impl RequestReceipt {
    /// As a text that can be kept: it says by itself what it is.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { firm, client, title, by, at_text, lines, .. } = self;
        let mut text = format!(
            "Receipt for a request that was handed in\n\nRequest: {title}\nReceived by: {firm}\nFor: {client}\n\
             Handed in by: {by}\nHanded in: {at_text}\n"
        );
        for line in lines {
            let answer = match (line.text.as_str(), line.files.is_empty()) {
                ("", true) => "(no answer)".to_owned(),
                (text, _) => text.replace('\n', "\n  "),
            };
            let mut written = write!(text, "\n{}\n", line.title);
            if !answer.is_empty() {
                written = written.and_then(|()| writeln!(text, "  {answer}"));
            }
            for ReceiptFile { name, bytes, sha256, .. } in &line.files {
                let (size, bytes) = (size(*bytes), grouped(*bytes));
                written = written.and_then(|()| {
                    write!(
                        text,
                        "  {name}\n    Size: {size} ({bytes} bytes)\n    SHA-256: {sha256}\n"
                    )
                });
            }
            written.expect("a text takes what is written to it");
        }
        text.push_str(
            "\nThe SHA-256 is a fingerprint of a file's content: a copy that has the same one is unchanged. \
             \"sha256sum\" or \"Get-FileHash\" show it on a computer.\n",
        );
        text
    }
}
