//! Files on their way to a contact: one, the drawing of a page, or many as a zip.

use poem::http::Method;
use poem::web::Path;
use poem::{Response, handler};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::http::doors::Bare;
use crate::http::download::{Asked, Download, preview_answer};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::zip;
use crate::model::file::File;
use crate::model::{Id, Kind, Opening, Picked, Portal};

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
    Bare(portal): Bare<Portal>,
    Path((_, file)): Path<(String, Id<File>)>,
    method: Method,
    asked: Asked,
) -> Result<Response> {
    let opened = portal.open_file(file)?;
    let tag = opened.sha256.to_string();
    let download = Download::file(&opened.name, opened.media, opened.bytes, &tag, opened.at);
    let answer = download.answer(&asked, |part| opened.content.stream(part));
    if hands_over(&method, &answer) {
        portal.note(opened.reading(), Opening::Download)?;
    }
    Ok(answer)
}

/// Whether bytes go out with it: a look at the head of a file is no download, nor is word that a browser has it already.
fn hands_over(method: &Method, answer: &Response) -> bool {
    method == Method::GET && answer.status().is_success()
}

#[handler]
async fn preview_image(
    Bare(portal): Bare<Portal>,
    Path((_, file, page)): Path<(String, Id<File>, u32)>,
    method: Method,
    asked: Asked,
) -> Result<Response> {
    let (preview, seen) = portal.preview(file, page).await?;
    let answer = preview_answer(&asked, preview)?;
    if let Some(seen) = seen.filter(|_| hands_over(&method, &answer)) {
        portal.note(seen, Opening::Preview)?;
    }
    Ok(answer)
}

#[handler]
async fn zip_ticked(portal: Portal, Form(ticks): Form<Ticks>) -> Result<Response> {
    let picked = Picked { files: ids(&ticks.file)?, folders: ids(&ticks.folder)? };
    if picked.is_empty() {
        let nothing = Flash::bad("Tick at least one file first.");
        return Ok(see_other(portal.path("/files")).flash(nothing));
    }
    let zip = portal.zip(&picked)?;
    Ok(zip::packed_files(zip, portal.person().firm()?.zone.tz()))
}

/// What is no id was never ticked.
fn ids<T: Kind>(typed: &[String]) -> Result<Vec<Id<T>>> {
    typed.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
}
