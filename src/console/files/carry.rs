//! Files on their way to staff: one, the drawing of a page, or many as a zip.

use std::sync::Arc;

use futures_util::StreamExt;
use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::picked::Ticks;
use crate::error::Result;
use crate::http::doors::Bare;
use crate::http::download::{Asked, Download, preview_answer};
use crate::http::forms::Form;
use crate::http::routes::Routes;
use crate::http::zip;
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::{Console, Id, OpenedFile, ZipEntry};
use crate::values::FileName;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/files/:file/download", download)
        .get("/console/clients/:client/files/:file/preview/:page", preview_image)
        .post("/console/clients/:client/files/zip", zip_ticked)
}

/// Which version is meant; none is the newest.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    version: Option<u32>,
}

#[handler]
async fn download(
    Bare(console): Bare<Console>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Query(which): Query<Which>,
    asked: Asked,
) -> Result<Response> {
    let OpenedFile { name, media, bytes, sha256, at, content, .. } =
        console.open_file(client, file, which.version)?;
    let download = Download::file(&name, media, bytes, &sha256.to_string(), at);
    Ok(download.answer(&asked, |part| content.stream(part)))
}

#[handler]
async fn preview_image(
    Bare(console): Bare<Console>,
    Path((client, file, page)): Path<(Id<Client>, Id<File>, u32)>,
    Query(which): Query<Which>,
    asked: Asked,
) -> Result<Response> {
    preview_answer(&asked, console.preview(client, file, which.version, page).await?)
}

#[handler]
async fn zip_ticked(
    console: Console,
    Path(client): Path<Id<Client>>,
    Form(ticks): Form<Ticks>,
) -> Result<Response> {
    console.client(client)?;
    let picked = ticks.picked()?;
    if picked.is_empty() {
        return Ok(ticks.nothing(client));
    }
    let firm = console.firm()?;
    let zip = Arc::new(console.zip(client, &picked)?);
    let (name, entries) = (FileName::tame(&zip.name), zip.entries.clone());
    let missing = zip.missing.clone();
    let missing = missing.map(|text| zip::Entry::text(text.path, text.text, text.at));
    let entries = entries.into_iter().map(move |entry| {
        let zip = zip.clone();
        let ZipEntry { path, bytes, media, at: modified, .. } = entry.clone();
        let open = move || {
            let content = zip.open(&entry)?;
            let whole = 0..content.content.len();
            Ok(content.stream(whole).boxed())
        };
        zip::Entry { path, bytes, media, modified, open: Box::new(open) }
    });
    Ok(zip::answer(&name, firm.zone.tz(), entries.chain(missing)))
}
