//! Files on their way to a contact: one, the drawing of a page, or many as a zip.

use std::sync::Arc;

use futures_util::StreamExt;
use poem::http::{HeaderMap, Method};
use poem::web::Path;
use poem::{Response, handler};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::http::download::{Asked, Download};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::{preview, zip};
use crate::model::file::File;
use crate::model::{Id, Kind, Opening, Picked, Portal, ZipEntry};
use crate::values::FileName;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/files/:file/download", download)
        .get("/p/:client/files/:file/preview/:page", preview_image)
        .post("/p/:client/files/zip", zip_ticked)
}

/// What was ticked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ticks {
    file: Vec<String>,
    folder: Vec<String>,
}

#[handler]
async fn download(
    portal: Portal,
    Path((_, file)): Path<(String, Id<File>)>,
    method: Method,
    asked: Asked,
) -> Result<Response> {
    let how = if method == Method::HEAD { Opening::Head } else { Opening::Download };
    let opened = portal.open_file(file, how)?;
    let tag = opened.sha256.to_string();
    let download = Download::file(&opened.name, opened.media, opened.bytes, &tag, opened.at);
    Ok(download.answer(&asked, |part| opened.content.stream(part)))
}

#[handler]
async fn preview_image(
    portal: Portal,
    Path((_, file, page)): Path<(String, Id<File>, u32)>,
    asked: &HeaderMap,
) -> Result<Response> {
    preview::image(asked, portal.preview(file, page).await?)
}

#[handler]
async fn zip_ticked(portal: Portal, Form(ticks): Form<Ticks>) -> Result<Response> {
    let picked = Picked { files: ids(&ticks.file)?, folders: ids(&ticks.folder)? };
    if picked.is_empty() {
        let nothing = Flash::bad("Tick at least one file first.");
        return Ok(see_other(portal.path("/files")).flash(nothing));
    }
    let firm = portal.person().firm()?;
    let zip = Arc::new(portal.zip(&picked)?);
    let (name, entries) = (FileName::tame(&zip.name), zip.entries.clone());
    let entries = entries.into_iter().map(move |entry| {
        let zip = zip.clone();
        let ZipEntry { path, bytes, media, at: modified, .. } = entry.clone();
        let open = move || {
            let content = zip.open(&entry)?;
            let whole = 0..content.len();
            Ok(content.stream(whole).boxed())
        };
        zip::Entry { path, bytes, media, modified, open: Box::new(open) }
    });
    Ok(zip::answer(&name, firm.zone.tz(), entries))
}

/// What is no id was never ticked.
fn ids<T: Kind>(typed: &[String]) -> Result<Vec<Id<T>>> {
    typed.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
}
