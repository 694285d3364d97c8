//! Giving names: a new folder, and another name for a folder or a file.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::picked::back;
use super::place;
use crate::error::{Check, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::folder::Folder;
use crate::model::{Console, FileQuery, Id, fresh_once};
use crate::values::{FileName, FolderName};

const NEW: &str = "/console/clients/:client/files/new-folder";
const FOLDER: &str = "/console/clients/:client/files/in/:folder/rename";
const FILE: &str = "/console/clients/:client/files/:file/rename";

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(NEW, new_folder_page)
        .post(NEW, make_folder)
        .get(FOLDER, rename_folder_page)
        .post(FOLDER, rename_folder)
        .get(FILE, rename_file_page)
        .post(FILE, rename_file)
}

/// Where one came from.
#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct NameForm {
    name: String,
    once: String,
    from: String,
}

/// A dialog with one name.
#[derive(Serialize)]
struct NamePage {
    back: String,
    path: String,
    heading: String,
    label: &'static str,
    hint: &'static str,
    button: &'static str,
    form: Typed<NameForm>,
}

impl Page for NamePage {
    const TEMPLATE: &'static str = "console/files/name.html";
    const SECTION: &'static str = "clients";
}

fn folder_name(form: &NameForm) -> Result<FolderName> {
    let mut check = Check::default();
    let name = check.take("name", FolderName::parse(&form.name));
    check.finish(|| name)
}

fn new_folder(console: &Console, client: Id<Client>, form: Typed<NameForm>) -> Result<NamePage> {
    let folder: Option<Id<Folder>> = form.values.from.parse().ok();
    let list = console.files(client, &FileQuery { folder, limit: 1, ..FileQuery::default() })?;
    Ok(NamePage {
        back: place(client, folder),
        path: format!("{}/new-folder", super::base(client)),
        heading: match list.folder {
            Some(folder) => format!("New folder in {}", folder.name),
            None => "New folder".to_owned(),
        },
        label: "Name of the folder",
        hint: "",
        button: "Make folder",
        form,
    })
}

#[handler]
async fn new_folder_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let form = NameForm { from, once: fresh_once(), ..NameForm::default() };
    pages.show(&new_folder(&console, client, form.into())?)
}

#[handler]
async fn make_folder(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<NameForm>,
) -> Result<Response> {
    console.client(client)?;
    let parent: Option<Id<Folder>> = form.from.parse().ok();
    let made = match folder_name(&form) {
        Ok(name) => console.make_folder(client, parent, name, form.once.clone()).await,
        Err(e) => Err(e),
    };
    match made {
        Ok(folder) => Ok(see_other(place(client, Some(folder)))
            .flash(format!("The folder “{}” is made.", form.name.trim()))),
        Err(e) => pages.refused(form, e, |form| new_folder(&console, client, form)),
    }
}

fn other_folder_name(client: Id<Client>, folder: &Folder, form: Typed<NameForm>) -> NamePage {
    let here = place(client, Some(folder.id));
    NamePage {
        back: match form.values.from.is_empty() {
            true => place(client, folder.parent),
            false => back(client, &form.values.from),
        },
        path: format!("{here}/rename"),
        heading: format!("Rename {}", folder.name),
        label: "Name of the folder",
        hint: "",
        button: "Save name",
        form,
    }
}

fn folder_of(console: &Console, client: Id<Client>, folder: Id<Folder>) -> Result<Folder> {
    let query = FileQuery { folder: Some(folder), limit: 1, ..FileQuery::default() };
    console.files(client, &query)?.folder.ok_or(crate::error::Error::NotFound)
}

#[handler]
async fn rename_folder_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, folder)): Path<(Id<Client>, Id<Folder>)>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let folder = folder_of(&console, client, folder)?;
    let from = if from.is_empty() { folder.id.to_string() } else { from };
    let form = NameForm { name: folder.name.to_string(), from, ..NameForm::default() };
    pages.show(&other_folder_name(client, &folder, form.into()))
}

#[handler]
async fn rename_folder(
    console: Console,
    pages: Pages<'_>,
    Path((client, folder)): Path<(Id<Client>, Id<Folder>)>,
    Form(form): Form<NameForm>,
) -> Result<Response> {
    let before = folder_of(&console, client, folder)?;
    let renamed = match folder_name(&form) {
        Ok(name) => console.rename_folder(client, folder, name).await,
        Err(e) => Err(e),
    };
    match renamed {
        Ok(()) => Ok(see_other(back(client, &form.from))
            .flash(format!("The folder is called “{}” now.", form.name.trim()))),
        Err(e) => pages.refused(form, e, |form| Ok(other_folder_name(client, &before, form))),
    }
}

fn other_file_name(client: Id<Client>, file: &File, form: Typed<NameForm>) -> NamePage {
    let here = format!("{}/{}", super::base(client), file.id);
    NamePage {
        back: back(client, &form.values.from),
        path: format!("{here}/rename"),
        heading: format!("Rename {}", file.name),
        label: "Name of the file",
        hint: "What stands behind the last dot stays if you leave it out.",
        button: "Save name",
        form,
    }
}

/// Programs know by the ending what to open a file with: it stays if none is typed.
fn with_ending(name: FileName, before: &FileName) -> FileName {
    match (name.extension(), before.extension()) {
        ("", ending) if !ending.is_empty() => FileName::tame(&format!("{name}.{ending}")),
        _ => name,
    }
}

#[handler]
async fn rename_file_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let file = console.file(client, file)?.file;
    let form = NameForm { name: file.name.to_string(), from, ..NameForm::default() };
    pages.show(&other_file_name(client, &file, form.into()))
}

#[handler]
async fn rename_file(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Form(form): Form<NameForm>,
) -> Result<Response> {
    let before = console.file(client, file)?.file;
    let mut check = Check::default();
    let name = check.take("name", FileName::parse(&form.name));
    let name = name.map(|name| with_ending(name, &before.name));
    let called = name.clone();
    let renamed = match check.finish(|| name) {
        Ok(name) => console.rename_file(client, file, name).await,
        Err(e) => Err(e),
    };
    let to = back(client, &form.from);
    match renamed {
        Ok(()) => {
            let name = called.as_ref().map(FileName::as_str).unwrap_or_default();
            let words = format!("“{}” is called “{name}” now.", before.name);
            Ok(see_other(to).flash(words))
        }
        Err(e @ crate::error::Error::Refused(_)) => refused_there(e, &to),
        Err(e) => pages.refused(form, e, |form| Ok(other_file_name(client, &before, form))),
    }
}
