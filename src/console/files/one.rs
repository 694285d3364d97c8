//! The page of a file: what is in it, who can see it and why, its versions, and who opened it.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::Serialize;

use super::base;
use super::rows::tone;
use super::whom::Reminder;
use super::{Entry, Step, steps};
use crate::console::record::RecordHead;
use crate::error::{Error, Result};
use crate::http::leaves::{From, Leaves};
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::{File, Review, Scan, Version};
use crate::model::{Console, FileDetail, FilePreview, Id, ReadReceipt, Times};
use crate::values::size;

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/clients/:client/files/:file", file_page)
}

/// Receipts on the page.
const MOST_RECEIPTS: usize = 20;

/// The page of a file.
#[derive(Serialize)]
struct FilePageShown {
    record: RecordHead,
    name: String,
    author: String,
    crumbs: Vec<Step>,
    /// Where it is, and what is below it.
    here: String,
    download: Option<String>,
    share: String,
    menu: Vec<Entry>,
    audience: Audience,
    meta: Vec<String>,
    changed: When,
    scan: Option<Said>,
    waiting: Option<String>,
    /// Where it is reviewed instead: it was handed in for an item of this request.
    request: Option<String>,
    reviewed: Option<Said>,
    rejected: bool,
    /// Whether it can be put back into the Inbox.
    done: bool,
    note: Option<String>,
    preview: Shown,
    visible: String,
    /// Who of those who are to see it cannot yet.
    outside: Option<Reminder>,
    versions: Vec<VersionShown>,
    new_version: String,
    receipts: Vec<ReceiptShown>,
    more_receipts: usize,
    live: String,
}

impl Page for FilePageShown {
    const TEMPLATE: &'static str = "console/files/show.html";
    const SECTION: &'static str = "clients";
}

/// Who sees it, for the pill.
#[derive(Serialize)]
struct Audience {
    text: String,
    tone: &'static str,
    icon: &'static str,
    title: &'static str,
}

/// A sentence in a box.
#[derive(Serialize)]
struct Said {
    text: String,
    tone: &'static str,
    icon: &'static str,
}

/// What is shown of what is in it.
#[derive(Default, Serialize)]
struct Shown {
    /// "images", "text", "rows", or "words" for a sentence or nothing but the kind.
    kind: &'static str,
    leaves: Leaves,
    text: String,
    rows: Vec<Vec<String>>,
    /// Whether nothing was left out.
    whole: bool,
    icon: &'static str,
    words: String,
}

#[derive(Serialize)]
struct VersionShown {
    number: u32,
    newest: bool,
    size: String,
    at: When,
    by: String,
    scan: String,
    sha256: String,
    download: Option<String>,
    restore: bool,
}

/// What a contact did with one version.
#[derive(Serialize)]
struct ReceiptShown {
    name: String,
    /// Which version, if it is not the newest.
    of: String,
    opened: Option<Often>,
    downloaded: Option<Often>,
}

/// When something was done for the last time, and how often.
#[derive(Serialize)]
struct Often {
    at: When,
    times: String,
}

#[handler]
async fn file_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, id)): Path<(Id<Client>, Id<File>)>,
    Query(from): Query<From>,
) -> Result<Response> {
    let (record, detail) = (console.client(client)?, console.file(client, id)?);
    let shown = shown(&console, client, &detail.file, &from).await?;
    let record = RecordHead::of(&record, "files");
    let mut page = FilePageShown::of(record, &detail, shown, &pages);
    let waits = detail.file.newest().scan == Scan::Waiting;
    if waits && console.scan_state()?.trouble.is_some() {
        let said = page.scan.iter_mut();
        said.for_each(|said| said.text.push_str(SCAN_STANDS));
    }
    pages.show(&page)
}

/// What is said beside a file that waits for a scanner that does not work.
const SCAN_STANDS: &str = " The scan does not work at present; Settings › Health says why.";

impl FilePageShown {
    fn of(record: RecordHead, detail: &FileDetail, preview: Shown, pages: &Pages<'_>) -> Self {
        let (client, file) = (detail.client.id, &detail.file);
        let (here, newest) = (format!("{}/{}", base(client), file.id), file.newest());
        let icon = detail.seen.icon();
        let audience = Audience { text: detail.seen.short(), tone: tone(icon), icon, title: "" };
        let receipts = detail.receipts.iter().take(MOST_RECEIPTS);
        let of_item = file.handed_in_for.filter(|of| of.item.is_some());
        Self {
            record,
            name: file.name.to_string(),
            author: file.by.name.clone(),
            crumbs: steps(client, &detail.crumbs),
            download: newest.usable().then(|| format!("{here}/download")),
            share: format!("{}/share?file={}&from={}", base(client), file.id, file.id),
            menu: menu(&base(client), &here, file),
            audience,
            meta: vec![newest.media.what().to_owned(), size(newest.bytes), newest.by.name.clone()],
            changed: pages.when(file.changed),
            scan: scan(newest),
            waiting: waiting(file, pages),
            request: of_item.map(|of| format!("/console/requests/{}", of.request)),
            reviewed: reviewed(file, pages),
            rejected: matches!(file.review, Some(Review::Rejected { .. })),
            done: matches!(file.review, Some(Review::Reviewed { .. })) && of_item.is_none(),
            note: file.note.as_ref().map(ToString::to_string),
            preview,
            visible: detail.seen.sentence(&pages.times()),
            outside: outside(detail),
            versions: versions(file, &here, pages),
            new_version: format!("{here}/version"),
            receipts: receipts.map(|receipt| ReceiptShown::of(receipt, newest, pages)).collect(),
            more_receipts: detail.receipts.len().saturating_sub(MOST_RECEIPTS),
            live: format!("/console/live?files={client}"),
            here,
        }
    }
}

fn outside(detail: &FileDetail) -> Option<Reminder> {
    let (blind, file) = (detail.seen.waiting().cloned().collect::<Vec<_>>(), detail.file.id);
    let invite = format!("{}/share?file={file}&from={file}&invite=yes", base(detail.client.id));
    Reminder::of(&blind, "it", invite).filter(Reminder::invites)
}

fn menu(base: &str, here: &str, file: &File) -> Vec<Entry> {
    let entry = |href: String, label, icon, dialog| Entry { href, label, icon, dialog };
    let id = file.id;
    vec![
        entry(format!("{here}/rename?from={id}"), "Rename", "edit", true),
        entry(format!("{base}/move?file={id}&from={id}"), "Move", "folder", true),
        entry(format!("{here}/version"), "Add a new version", "upload", false),
    ]
}

/// What the virus scan says of the newest version, unless it has nothing to say.
fn scan(version: &Version) -> Option<Said> {
    let (text, tone) = match &version.scan {
        Scan::Off | Scan::Clean { .. } => return None,
        Scan::Waiting => {
            ("It waits for the virus scan. Nobody can open it before.".to_owned(), "warn")
        }
        Scan::Infected { what, .. } => (format!("Locked: {what} was found in it."), "bad"),
        Scan::Unscanned { why, .. } => (format!("Locked: not scanned. {why}"), "bad"),
    };
    Some(Said { text, tone, icon: "shield" })
}

fn waiting(file: &File, pages: &Pages<'_>) -> Option<String> {
    let waits = file.review == Some(Review::Waiting);
    let (name, at) = (&file.by.name, pages.when(file.added).text);
    waits.then(|| format!("{name} added it {at}. Nobody has looked at it yet."))
}

fn reviewed(file: &File, pages: &Pages<'_>) -> Option<Said> {
    match file.review.as_ref()? {
        Review::Waiting => None,
        Review::Reviewed { by, at } => Some(Said {
            text: format!("{} looked at it {}.", by.name, pages.when(*at).text),
            tone: "good",
            icon: "done",
        }),
        Review::Rejected { by, at, reason } => Some(Said {
            text: format!("{} rejected it {}: {reason}", by.name, pages.when(*at).text),
            tone: "bad",
            icon: "x",
        }),
    }
}

fn versions(file: &File, here: &str, pages: &Pages<'_>) -> Vec<VersionShown> {
    let newest = file.newest();
    let shown = file.versions.iter().rev().map(|version| VersionShown {
        number: version.number,
        newest: version.number == newest.number,
        size: size(version.bytes),
        at: pages.when(version.at),
        by: version.by.name.clone(),
        scan: scan(version).map(|said| said.text).unwrap_or_default(),
        sha256: version.sha256.to_string(),
        download: version.usable().then(|| format!("{here}/download?version={}", version.number)),
        restore: version.usable() && version.blob != newest.blob,
    });
    shown.collect()
}

impl ReceiptShown {
    fn of(receipt: &ReadReceipt, newest: &Version, pages: &Pages<'_>) -> Self {
        let often = |times: Times| Often {
            at: pages.when(times.last),
            times: match times.count {
                1 => String::new(),
                many => format!(", {many} times"),
            },
        };
        Self {
            name: receipt.name.clone(),
            of: match receipt.version == newest.number {
                true => String::new(),
                false => format!("version {}", receipt.version),
            },
            opened: receipt.opened.map(often),
            downloaded: receipt.downloaded.map(often),
        }
    }
}

/// What can be shown of the newest version. What cannot is said, and is no failure of the page.
async fn shown(console: &Console, client: Id<Client>, file: &File, from: &From) -> Result<Shown> {
    let media = file.newest().media;
    let words =
        |words: String| Shown { kind: "words", icon: media.icon(), words, ..Shown::default() };
    let preview = match console.preview(client, file.id, None, 1).await {
        Ok(preview) => preview,
        Err(Error::Refused(why)) => return Ok(words(why.into_owned())),
        Err(e @ Error::Busy) => return Ok(words(e.to_string())),
        Err(e) => return Err(e),
    };
    Ok(match preview {
        FilePreview::Image(first) => {
            let here = format!("{}/{}/preview", base(client), file.id);
            let (pages, version) = (first.pages, file.newest().number);
            let src = |page| format!("{here}/{page}?version={version}");
            let shape = (first.width, first.height);
            let leaves = Leaves::of(from, pages, shape, src, file.name.as_str());
            Shown { kind: "images", leaves, whole: true, ..Shown::default() }
        }
        FilePreview::Text { text, whole } => {
            Shown { kind: "text", text, whole, ..Shown::default() }
        }
        FilePreview::Rows { rows, whole } => {
            Shown { kind: "rows", rows, whole, ..Shown::default() }
        }
        FilePreview::Sentence(why) => words(why.to_owned()),
        FilePreview::Icon => words(match file.newest().bytes {
            0 => "This file is empty.".to_owned(),
            _ => format!("{}. It cannot be shown here; download it to open it.", media.what()),
        }),
    })
}
