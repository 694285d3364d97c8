//! Files that staff add to a client.

use poem::web::Path;
use poem::{Response, handler};

use crate::error::Result;
use crate::http::adding::{self, AddForm};
use crate::http::forms::Form;
use crate::http::routes::Routes;
use crate::http::upload::{Piece, Upload as FileForm};
use crate::model::client::Client;
use crate::model::upload::Upload;
use crate::model::{Console, Id};

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/console/clients/:client/files", add_files)
        .get("/console/clients/:client/uploads", list_uploads)
        .post("/console/clients/:client/uploads", begin_upload)
        .get("/console/clients/:client/uploads/:upload", show_upload)
        .patch("/console/clients/:client/uploads/:upload", continue_upload)
        .post("/console/clients/:client/uploads/:upload/cancel", cancel_upload)
}

fn prefix(client: Id<Client>) -> String {
    format!("/console/clients/{client}")
}

#[handler]
async fn add_files(
    console: Console,
    Path(client): Path<Id<Client>>,
    mut form: FileForm,
) -> poem::Result<Response> {
    let uploads = console.uploads(client)?;
    let typed: AddForm = form.fields().await?;
    let new = typed.of_staff()?;
    let added = adding::files(&uploads, &new, &mut form).await?;
    let files = format!("{}/files", prefix(client));
    let to = match (new.replaces, new.folder) {
        (Some(file), _) => format!("{files}/{file}"),
        (None, Some(folder)) => format!("{files}/in/{folder}"),
        (None, None) => files,
    };
    Ok(added.answer(&to))
}

#[handler]
async fn list_uploads(console: Console, Path(client): Path<Id<Client>>) -> Result<Response> {
    adding::list(&console.uploads(client)?.unfinished()?)
}

#[handler]
async fn begin_upload(
    console: Console,
    Path(client): Path<Id<Client>>,
    Form(form): Form<AddForm>,
) -> Result<Response> {
    form.begin(&console.uploads(client)?, form.of_staff()?).await
}

#[handler]
async fn show_upload(
    console: Console,
    Path((client, upload)): Path<(Id<Client>, Id<Upload>)>,
) -> Result<Response> {
    adding::progress(&console.uploads(client)?, upload, &prefix(client)).await
}

#[handler]
async fn continue_upload(
    console: Console,
    Path((client, upload)): Path<(Id<Client>, Id<Upload>)>,
    piece: Piece,
) -> poem::Result<Response> {
    adding::piece(&console.uploads(client)?, upload, piece, &prefix(client)).await
}

#[handler]
async fn cancel_upload(
    console: Console,
    Path((client, upload)): Path<(Id<Client>, Id<Upload>)>,
) -> Result<Response> {
    console.uploads(client)?.cancel(upload).await?;
    Ok(adding::cancelled())
}
