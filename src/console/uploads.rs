//! Files that staff add to a client.

use poem::web::Path;
use poem::{Response, handler};

use super::invites::report;
use crate::error::Result;
use crate::http::adding::{self, AddForm};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::upload::{Piece, Upload as FileForm};
use crate::model::client::Client;
use crate::model::upload::{NewUpload, Upload};
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
    let mut said = added.said();
    if let (false, Some(invited)) =
        (added.files.is_empty(), invite(&console, client, &typed, &new).await?)
    {
        said = Flash { text: format!("{} {}", said.text, invited.text), ..invited };
    }
    let place = match (new.replaces, new.folder) {
        (Some(file), _) => return Ok(see_other(format!("{files}/{file}")).flash(said)),
        (None, Some(folder)) => format!("{files}/in/{folder}"),
        (None, None) => files,
    };
    let blind = console.cannot_see_files(client, &added.files)?;
    let ids: Vec<String> = added.files.iter().map(ToString::to_string).collect();
    let of_them = if blind.is_empty() { String::new() } else { format!("?told={}", ids.join(",")) };
    Ok(see_other(format!("{place}{of_them}")).flash(said))
}

/// Invites those who are to see what is added and have no access, if that was ticked, and says what became of it.
async fn invite(
    console: &Console,
    client: Id<Client>,
    typed: &AddForm,
    new: &NewUpload,
) -> Result<Option<Flash>> {
    let Some(audience) = new.audience.clone().filter(|_| !typed.invite.is_empty()) else {
        return Ok(None);
    };
    // Of many files only the first has somebody to invite.
    if !console.cannot_see(client, &audience)?.iter().any(|one| one.sees.can_invite()) {
        return Ok(None);
    }
    let sent = console.invite_to_see(client, audience).await?;
    if sent.is_empty() { Ok(None) } else { report(console, &sent).map(Some) }
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
    let new = form.of_staff()?;
    let begun = form.begin(&console.uploads(client)?, new.clone()).await?;
    invite(&console, client, &form, &new).await?;
    Ok(begun)
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
