//! What is decided of one file: that a contact's upload is reviewed, put in a folder or rejected, and which version counts.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::base;
use super::picked::back;
use super::tree::{Branch, chosen, tree};
use crate::console::inbox::undo_of;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::{Console, FileDetail, Id};
use crate::values::{FileName, Message};

const PUT: &str = "/console/clients/:client/files/:file/put";
const REJECT: &str = "/console/clients/:client/files/:file/reject";

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/console/clients/:client/files/:file/review", review)
        .post("/console/clients/:client/files/:file/unreview", undo_review)
        .post("/console/clients/:client/files/:file/unreject", undo_rejection)
        .post("/console/clients/:client/files/:file/restore-version", restore_version)
        .get(PUT, put_page)
        .post(PUT, put)
        .get(REJECT, reject_page)
        .post(REJECT, reject)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

/// The page of a file.
fn here(client: Id<Client>, file: Id<File>) -> String {
    format!("{}/{file}", base(client))
}

/// Where one came from: the Inbox, or the page of the file.
fn origin(client: Id<Client>, file: Id<File>, from: &str) -> String {
    if from.is_empty() { here(client, file) } else { back(client, from) }
}

#[handler]
async fn review(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
) -> Result<Response> {
    let name = console.file(client, file)?.file.name;
    let to = here(client, file);
    match console.review_uploads(vec![file]).await {
        Ok(0) => Ok(see_other(to).flash("Somebody else has looked at it meanwhile.")),
        Ok(_) => {
            let flash = Flash::ok(format!("“{name}” is marked as reviewed."));
            Ok(see_other(to).flash(undo_of(&[file])(flash)))
        }
        Err(e) => refused_there(e, &to),
    }
}

/// For whoever finds later that it cannot be used after all.
#[handler]
async fn undo_review(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
) -> Result<Response> {
    let name = console.file(client, file)?.file.name;
    Ok(see_other(here(client, file)).flash(match console.undo_review(vec![file], false).await? {
        0 => "It has changed meanwhile.".to_owned(),
        _ => format!("“{name}” waits in the Inbox again."),
    }))
}

#[handler]
async fn undo_rejection(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
) -> Result<Response> {
    let name = console.file(client, file)?.file.name;
    let to = here(client, file);
    match console.undo_rejection(file).await {
        Ok(_) => Ok(see_other(to).flash(format!("“{name}” waits in the Inbox again."))),
        Err(e) => refused_there(e, &to),
    }
}

/// Which version is to be the newest again.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Older {
    version: u32,
}

#[handler]
async fn restore_version(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Form(older): Form<Older>,
) -> Result<Response> {
    let to = here(client, file);
    match console.restore_version(client, file, older.version).await {
        Ok(number) => {
            let words =
                format!("Version {} is the newest again, as version {number}.", older.version);
            Ok(see_other(to).flash(words))
        }
        Err(e) => refused_there(e, &to),
    }
}

/// The form that puts an upload where it belongs, as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct PutForm {
    name: String,
    to: String,
    from: String,
}

#[derive(Serialize)]
struct PutPage {
    back: String,
    path: String,
    name: String,
    uploader: String,
    client: String,
    tree: Vec<Branch>,
    form: Typed<PutForm>,
}

impl Page for PutPage {
    const TEMPLATE: &'static str = "console/inbox/put.html";
    const SECTION: &'static str = "inbox";
}

fn put_form(console: &Console, detail: &FileDetail, form: Typed<PutForm>) -> Result<PutPage> {
    let (client, file) = (detail.client.id, &detail.file);
    Ok(PutPage {
        back: origin(client, file.id, &form.values.from),
        path: format!("{}/put", here(client, file.id)),
        name: file.name.to_string(),
        uploader: file.by.name.clone(),
        client: detail.client.name.to_string(),
        tree: tree(&console.folder_choices(client)?, &[]),
        form,
    })
}

#[handler]
async fn put_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let detail = console.file(client, file)?;
    let folder = detail.file.folder.map_or("top".to_owned(), |folder| folder.to_string());
    let form = PutForm { name: detail.file.name.to_string(), to: folder, from };
    pages.show(&put_form(&console, &detail, form.into())?)
}

#[handler]
async fn put(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Form(form): Form<PutForm>,
) -> Result<Response> {
    let detail = console.file(client, file)?;
    let mut check = Check::default();
    let name = check.take("name", FileName::parse(&form.name));
    let to = check.take("to", chosen(&form.to));
    let put = match check.finish(|| Some((name?, to?))) {
        Ok((name, folder)) => console.file_upload(file, folder, name).await,
        Err(e) => Err(e),
    };
    let to = origin(client, file, &form.from);
    match put {
        Ok(file) => {
            Ok(see_other(to).flash(format!("“{}” is reviewed and in its folder.", file.name)))
        }
        Err(e @ Error::Refused(_)) => refused_there(e, &to),
        Err(e) => pages.refused(form, e, |form| put_form(&console, &detail, form)),
    }
}

/// The form that rejects an upload, as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct RejectForm {
    reason: String,
    from: String,
}

#[derive(Serialize)]
struct RejectPage {
    back: String,
    path: String,
    name: String,
    uploader: String,
    hint: String,
    form: Typed<RejectForm>,
}

impl Page for RejectPage {
    const TEMPLATE: &'static str = "console/files/reject.html";
    const SECTION: &'static str = "inbox";
}

fn reject_form(detail: &FileDetail, form: Typed<RejectForm>) -> RejectPage {
    let (client, file) = (detail.client.id, &detail.file);
    RejectPage {
        back: origin(client, file.id, &form.values.from),
        path: format!("{}/reject", here(client, file.id)),
        name: file.name.to_string(),
        hint: format!("{} reads it in the portal and in an e-mail.", file.by.name),
        uploader: file.by.name.clone(),
        form,
    }
}

#[handler]
async fn reject_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let detail = console.file(client, file)?;
    let form = RejectForm { from, ..RejectForm::default() };
    pages.show(&reject_form(&detail, form.into()))
}

#[handler]
async fn reject(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Form(form): Form<RejectForm>,
) -> Result<Response> {
    let detail = console.file(client, file)?;
    let reason = match form.reason.trim() {
        "" => Err("Say why, so that they know what to do".to_owned()),
        reason => Message::parse(reason),
    };
    let mut check = Check::default();
    let reason = check.take("reason", reason);
    let rejected = match check.finish(|| reason) {
        Ok(reason) => console.reject_upload(file, reason).await,
        Err(e) => Err(e),
    };
    let to = origin(client, file, &form.from);
    match rejected {
        Ok(file) => {
            let words = format!("“{}” is rejected. {} is told why.", file.name, file.by.name);
            Ok(see_other(to).flash(words))
        }
        Err(e @ Error::Refused(_)) => refused_there(e, &to),
        Err(e) => pages.refused(form, e, |form| Ok(reject_form(&detail, form))),
    }
}
