//! The receipt after "Add a file": what came, when, and its digest. Its address can be opened again while the files are
//! there; as a text it can be kept.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::download;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::file::File;
use crate::model::{Id, Portal, ReceiptLine, Receipted};
use crate::values::{FileName, grouped, size};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/files/receipt/:files", receipt_page)
        .get("/p/:client/files/receipt/:files/text", receipt_text)
}

/// Files that an address names one by one: many proxies take no longer one.
const MOST_NAMED: usize = 100;
/// Files that the page lists; the text has them all.
const MOST_LISTED: usize = 100;

/// The address of the receipt for what was added just now; none if that is nothing.
pub(in crate::portal) fn path(portal: &Portal, added: &[Id<File>]) -> Option<String> {
    let (first, last) = (added.iter().min()?, added.iter().max()?);
    let files = match added.len() {
        ..=MOST_NAMED => added.iter().map(Id::to_string).collect::<Vec<_>>().join(","),
        _ => format!("{first}-{last}"),
    };
    Some(portal.path(&format!("/files/receipt/{files}")))
}

#[derive(Serialize)]
struct ReceiptPage {
    client: String,
    by: String,
    /// How many files it is for.
    count: String,
    one: bool,
    /// Written to all of them.
    note: Option<String>,
    lines: Vec<Line>,
    /// How many are only in the text.
    more: Option<String>,
    /// How many are not there any more.
    gone: usize,
    back: String,
    text: String,
    add: String,
}

#[derive(Serialize)]
struct Line {
    href: String,
    name: String,
    at: String,
    size: String,
    bytes: String,
    sha256: String,
    note: Option<String>,
    everyone: bool,
    /// What became of it, if they do not see it any more.
    over: Option<String>,
}

impl Page for ReceiptPage {
    const TEMPLATE: &'static str = "portal/files/receipt.html";
    const SECTION: &'static str = "files";
}

impl Line {
    fn of(line: &ReceiptLine, portal: &Portal, note_above: bool) -> Self {
        let note = line.note.as_ref().filter(|_| !note_above);
        Self {
            href: portal.path(&format!("/files/{}", line.file)),
            name: line.name.to_string(),
            at: line.at.clone(),
            size: size(line.bytes),
            bytes: grouped(line.bytes),
            sha256: line.sha256.to_string(),
            note: note.map(ToString::to_string),
            everyone: line.everyone,
            over: line.over.clone(),
        }
    }
}

/// What an address names: ids in a row, or the first and the last.
fn named(files: &str) -> Result<Receipted> {
    let id = |file: &str| file.parse().map_err(|_| Error::NotFound);
    Ok(match files.split_once('-') {
        Some((first, last)) => Receipted::Between(id(first)?, id(last)?),
        None => Receipted::Each(files.split(',').map(id).collect::<Result<_>>()?),
    })
}

#[handler]
async fn receipt_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, files)): Path<(String, String)>,
) -> Result<Response> {
    let receipt = portal.receipt(&named(&files)?)?;
    let (lines, first) = (&receipt.lines, receipt.lines.first().ok_or(Error::NotFound)?);
    // One form has one note.
    let note = first.note.as_ref().filter(|_| lines.iter().all(|line| line.note == first.note));
    let line = |line| Line::of(line, &portal, note.is_some());
    let more = lines.len().saturating_sub(MOST_LISTED);
    pages.show(&ReceiptPage {
        client: receipt.client.to_string(),
        by: receipt.by.clone(),
        count: grouped(lines.len()),
        one: lines.len() == 1,
        note: note.map(ToString::to_string),
        lines: lines.iter().take(MOST_LISTED).map(line).collect(),
        more: (more > 0).then(|| grouped(more)),
        gone: receipt.gone,
        back: portal.path("/files"),
        text: portal.path(&format!("/files/receipt/{files}/text")),
        add: portal.path("/files/add"),
    })
}

#[handler]
async fn receipt_text(
    portal: Portal,
    Path((_, files)): Path<(String, String)>,
) -> Result<Response> {
    let receipt = portal.receipt(&named(&files)?)?;
    let name = format!("Receipt {} {}.txt", receipt.day, receipt.client);
    Ok(download::text(&FileName::tame(&name), receipt.text()))
}
