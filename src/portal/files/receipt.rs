//! The receipt after "Add a file": what came, when, and its digest. It can be looked at again at any time.

use poem::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::file::File;
use crate::model::{Id, Portal};
use crate::values::size;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/files/receipt/:files", receipt_page)
        .get("/p/:client/files/receipt/:files/text", receipt_text)
}

#[derive(Serialize)]
struct ReceiptPage {
    client: String,
    by: String,
    lines: Vec<Line>,
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
    bytes: u64,
    sha256: String,
    note: Option<String>,
    everyone: bool,
}

impl Page for ReceiptPage {
    const TEMPLATE: &'static str = "portal/files/receipt.html";
    const SECTION: &'static str = "files";
}

/// The ids of an address, which stand in a row.
fn ids(files: &str) -> Result<Vec<Id<File>>> {
    files.split(',').map(|file| file.parse().map_err(|_| Error::NotFound)).collect()
}

#[handler]
async fn receipt_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, files)): Path<(String, String)>,
) -> Result<Response> {
    let receipt = portal.receipt(&ids(&files)?)?;
    let line = |line: &crate::model::ReceiptLine| Line {
        href: portal.path(&format!("/files/{}", line.file)),
        name: line.name.to_string(),
        at: line.at.clone(),
        size: size(line.bytes),
        bytes: line.bytes,
        sha256: line.sha256.to_string(),
        note: line.note.as_ref().map(ToString::to_string),
        everyone: line.everyone,
    };
    pages.show(&ReceiptPage {
        client: receipt.client.to_string(),
        by: receipt.by.clone(),
        lines: receipt.lines.iter().map(line).collect(),
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
    let text = portal.receipt(&ids(&files)?)?.text();
    Ok(Response::builder()
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(CONTENT_DISPOSITION, "attachment; filename=\"receipt.txt\"")
        .body(text))
}
