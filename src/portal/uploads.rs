//! Files that contacts add for their client.

use poem::web::Path;
use poem::{Response, handler};

use super::files::receipt;
use crate::error::Result;
use crate::http::adding::{self, AddForm};
use crate::http::forms::Form;
use crate::http::routes::Routes;
use crate::http::upload::{Piece, Upload as FileForm};
use crate::model::client::Client;
use crate::model::upload::Upload;
use crate::model::{Id, Portal};

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/p/:client/files", add_files)
        .get("/p/:client/uploads", list_uploads)
        .post("/p/:client/uploads", begin_upload)
        .get("/p/:client/uploads/:upload", show_upload)
        .patch("/p/:client/uploads/:upload", continue_upload)
        .post("/p/:client/uploads/:upload/cancel", cancel_upload)
}

#[handler]
async fn add_files(portal: Portal, mut form: FileForm) -> poem::Result<Response> {
    let uploads = portal.uploads()?;
    let typed: AddForm = form.fields().await?;
    let added = adding::files(&uploads, &typed.of_contact()?, &mut form).await?;
    let to = receipt::path(&portal, &added.files).unwrap_or_else(|| portal.path("/files/add"));
    Ok(added.answer(&to))
}

#[handler]
async fn list_uploads(portal: Portal) -> Result<Response> {
    adding::list(&portal.uploads()?.unfinished()?)
}

#[handler]
async fn begin_upload(portal: Portal, Form(form): Form<AddForm>) -> Result<Response> {
    form.begin(&portal.uploads()?, form.of_contact()?).await
}

#[handler]
async fn show_upload(
    portal: Portal,
    Path((_, upload)): Path<(Id<Client>, Id<Upload>)>,
) -> Result<Response> {
    adding::progress(&portal.uploads()?, upload, &portal.path("")).await
}

#[handler]
async fn continue_upload(
    portal: Portal,
    Path((_, upload)): Path<(Id<Client>, Id<Upload>)>,
    piece: Piece,
) -> poem::Result<Response> {
    adding::piece(&portal.uploads()?, upload, piece, &portal.path("")).await
}

#[handler]
async fn cancel_upload(
    portal: Portal,
    Path((_, upload)): Path<(Id<Client>, Id<Upload>)>,
) -> Result<Response> {
    portal.uploads()?.cancel(upload).await?;
    Ok(adding::cancelled())
}
