//! Files on their way to staff: one, the drawing of a page, or many as a zip.

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
use crate::model::{Console, Id, OpenedFile};

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
    let zip = console.zip(client, &picked)?;
    Ok(zip::packed_files(zip, console.firm()?.zone.tz()))
}
