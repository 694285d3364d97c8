//! The receipt after a request was handed in: what, when, by whom, and the digest of each file. It can be printed, and kept
//! as a text.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::item::file_path;
use crate::error::Result;
use crate::http::download;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::request::{ReceiptFile, ReceiptItem, Request};
use crate::model::{Id, Portal};
use crate::values::{FileName, grouped, size};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/requests/:request/receipt", receipt_page)
        .get("/p/:client/requests/:request/receipt/text", receipt_text)
}

#[derive(Serialize)]
struct ReceiptPage {
    back: String,
    request: String,
    title: String,
    client: String,
    by: String,
    at: String,
    lines: Vec<LineShown>,
    /// Whether files were sent.
    files: bool,
    text: String,
}

#[derive(Serialize)]
struct LineShown {
    title: String,
    text: String,
    files: Vec<FileShown>,
}

#[derive(Serialize)]
struct FileShown {
    href: String,
    name: String,
    size: String,
    bytes: String,
    sha256: String,
}

impl Page for ReceiptPage {
    const TEMPLATE: &'static str = "portal/requests/receipt.html";
    const SECTION: &'static str = "todo";
}

impl FileShown {
    fn of(file: &ReceiptFile, portal: &Portal) -> Self {
        Self {
            href: file_path(portal, file.id),
            name: file.name.to_string(),
            size: size(file.bytes),
            bytes: grouped(file.bytes),
            sha256: file.sha256.to_string(),
        }
    }
}

impl LineShown {
    fn of(line: &ReceiptItem, portal: &Portal) -> Self {
        Self {
            title: line.title.to_string(),
            text: line.text.clone(),
            files: line.files.iter().map(|file| FileShown::of(file, portal)).collect(),
        }
    }
}

#[handler]
async fn receipt_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
) -> Result<Response> {
    let receipt = portal.request_receipt(request)?;
    let here = portal.path(&format!("/requests/{request}"));
    pages.show(&ReceiptPage {
        back: portal.path("/todo"),
        title: receipt.title.to_string(),
        client: receipt.client.to_string(),
        by: receipt.by.clone(),
        at: receipt.at_text.clone(),
        files: receipt.lines.iter().any(|line| !line.files.is_empty()),
        lines: receipt.lines.iter().map(|line| LineShown::of(line, &portal)).collect(),
        text: format!("{here}/receipt/text"),
        request: here,
    })
}

#[handler]
async fn receipt_text(
    portal: Portal,
    Path((_, request)): Path<(String, Id<Request>)>,
) -> Result<Response> {
    let receipt = portal.request_receipt(request)?;
    let name = format!("Receipt {} {}.txt", receipt.day, receipt.title);
    Ok(download::text(&FileName::tame(&name), receipt.text()))
}
