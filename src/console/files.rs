//! The files of a client: what lies in a folder, and the ways to what can be done with it.

mod adding;
mod carry;
mod folders;
mod list;
mod moving;
mod naming;
mod one;
mod picked;
mod reviewing;
mod rows;
mod sharing;
mod trash;
pub(super) mod tree;
mod twin;
mod whom;

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::Serialize;

use self::list::{Head, ListForm, MOST_FILES, Pager};
pub(super) use self::picked::asked;
use self::rows::Marks;
pub(super) use self::trash::{MOST_UNDONE, UNDO_SECONDS};
use self::whom::Reminder;
use super::record::RecordHead;
use crate::error::{Error, Result};
use crate::http::file_drop::FileDrop;
use crate::http::forms::Typed;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::Audience;
use crate::model::folder::Folder;
use crate::model::staff::Role;
use crate::model::{Console, Crumb, FilePage, Id};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/files", top_page)
        .get("/console/clients/:client/files/in/:folder", folder_page)
        .and(adding::routes())
        .and(carry::routes())
        .and(folders::routes())
        .and(moving::routes())
        .and(naming::routes())
        .and(one::routes())
        .and(reviewing::routes())
        .and(sharing::routes())
        .and(trash::routes())
        .and(twin::routes())
}

/// Where the files of a client are.
pub(super) fn base(client: Id<Client>) -> String {
    format!("/console/clients/{client}/files")
}

/// Where the files of a folder are.
fn place(client: Id<Client>, folder: Option<Id<Folder>>) -> String {
    match folder {
        Some(folder) => format!("{}/in/{folder}", base(client)),
        None => base(client),
    }
}

/// A step of the way from the top to where one is.
#[derive(Clone, Debug, Serialize)]
struct Step {
    href: String,
    label: String,
}

/// The way to a folder, with it.
fn steps(client: Id<Client>, crumbs: &[Crumb]) -> Vec<Step> {
    let top = Step { href: base(client), label: "All files".into() };
    let below = crumbs
        .iter()
        .map(|crumb| Step { href: place(client, Some(crumb.id)), label: crumb.name.to_string() });
    std::iter::once(top).chain(below).collect()
}

/// An entry of the menu beside the heading.
#[derive(Serialize)]
struct Entry {
    href: String,
    label: &'static str,
    icon: &'static str,
    dialog: bool,
}

/// What stands in place of an empty list.
#[derive(Serialize)]
struct Empty {
    title: &'static str,
    text: &'static str,
    template: Option<String>,
}

/// The list of a folder, or of what was found.
#[derive(Serialize)]
struct FilesPage {
    record: RecordHead,
    title: String,
    base: String,
    path: String,
    /// The folder one looks at, for forms that come back to it.
    from: String,
    crumbs: Vec<Step>,
    sums: Vec<String>,
    count_text: String,
    new_folder: String,
    add: String,
    menu: Vec<Entry>,
    heads: Vec<Head>,
    rows: Markup,
    pages: Option<Pager>,
    /// What was added just now.
    said: Option<String>,
    /// Who cannot see that.
    added: Option<Reminder>,
    /// Of what is dropped here.
    dropped: Option<Reminder>,
    empty: Empty,
    drop: FileDrop,
    live: String,
    form: Typed<ListForm>,
}

impl Page for FilesPage {
    const TEMPLATE: &'static str = "console/files/index.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn top_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    show(&console, &pages, client, None, form)
}

#[handler]
async fn folder_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, folder)): Path<(Id<Client>, Id<Folder>)>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    show(&console, &pages, client, Some(folder), form)
}

fn show(
    console: &Console,
    pages: &Pages<'_>,
    client: Id<Client>,
    folder: Option<Id<Folder>>,
    form: ListForm,
) -> Result<Response> {
    let record = console.client(client)?;
    let list = console.files(client, &form.query(folder))?;
    let (base, path) = (base(client), place(client, folder));
    let from = folder.map(|folder| folder.to_string()).unwrap_or_default();
    let name = list.folder.as_ref().map(|folder| folder.name.to_string());
    let found = !form.find.trim().is_empty();
    let ticked = form.ticked.split(',').map(str::to_owned).collect();
    let marks = Marks { added: list::ids(&form.added), ticked };
    let may_save = !found && !list.folders.is_empty() && console.me().role >= Role::Admin;
    let count_text = list::count(&list, found);
    pages.show(&FilesPage {
        record: RecordHead::of(&record, "files"),
        title: name.unwrap_or_else(|| "Files".into()),
        crumbs: steps(client, &list.crumbs),
        sums: if found { vec![count_text.clone()] } else { list::sums(&list) },
        count_text,
        new_folder: format!("{base}/new-folder?from={from}"),
        add: format!("{base}/add?from={from}"),
        menu: menu(&base, &path, &from, may_save),
        heads: list::heads(&path, &form),
        rows: rows::rows(&list, pages, (&base, &from), found, &marks)?,
        pages: list::pager(&path, &form, &list),
        said: said(marks.added.len()),
        added: cannot_see(console, client, &form, &from)?,
        dropped: dropped(console, &list)?,
        empty: empty(folder.is_some(), &base, &from),
        drop: drop_zone(console, &list, client)?,
        live: format!("/console/live?files={client}"),
        base,
        path,
        from,
        form: form.into(),
    })
}

/// `may_save` is whether there are folders to save as a template, for somebody who may.
fn menu(base: &str, path: &str, from: &str, may_save: bool) -> Vec<Entry> {
    let entry = |href: String, label, icon, dialog| Entry { href, label, icon, dialog };
    let mut menu = Vec::new();
    if !from.is_empty() {
        let share = format!("{base}/share?folder={from}&from={from}");
        menu.push(entry(share, "Share this folder", "users", true));
        menu.push(entry(format!("{path}/rename"), "Rename this folder", "edit", true));
    }
    let apply = format!("{base}/from-template?from={from}");
    menu.push(entry(apply, "Folders from a template", "template", true));
    if may_save {
        let save = format!("/console/templates/folders/new?from={}", base_id(base, from));
        menu.push(entry(save, "Save folders as a template", "copy", false));
    }
    menu.push(entry(format!("{base}/trash"), "Trash", "trash", false));
    menu
}

/// What a new folder template is filled with: the folders of a client, or of one of its folders.
fn base_id(base: &str, from: &str) -> String {
    let client = base.trim_end_matches("/files").rsplit('/').next().unwrap_or_default();
    if from.is_empty() { client.to_owned() } else { format!("{client}&folder={from}") }
}

fn empty(in_folder: bool, base: &str, from: &str) -> Empty {
    let template = Some(format!("{base}/from-template?from={from}"));
    if in_folder {
        Empty {
            title: "No files here.",
            text: "Drop some, or add them with the button.",
            template: None,
        }
    } else {
        Empty {
            title: "No files here.",
            text: "Drop some, or begin with the folders of a template.",
            template,
        }
    }
}

/// What is said of files that came from the page that adds them.
fn said(added: usize) -> Option<String> {
    match added {
        0 => None,
        1 => Some("1 file was added.".into()),
        many => Some(format!("{many} files were added.")),
    }
}

/// Who of those who are to see what was added just now cannot yet.
fn cannot_see(
    console: &Console,
    client: Id<Client>,
    form: &ListForm,
    from: &str,
) -> Result<Option<Reminder>> {
    let ids = [list::ids(&form.added), list::ids(&form.told)].concat();
    if ids.is_empty() {
        return Ok(None);
    }
    let mut pairs = vec![("from", from.to_owned()), ("invite", "yes".to_owned())];
    pairs.extend(ids.iter().map(|id| ("file", id.to_string())));
    let query = serde_html_form::to_string(&pairs).map_err(Error::bug)?;
    let blind = console.cannot_see_files(client, &ids)?;
    let what = if ids.len() == 1 { "it" } else { "them" };
    Ok(Reminder::of(&blind, what, format!("{}/share?{query}", base(client))))
}

/// Who of those who see what is dropped into this folder cannot yet.
fn dropped(console: &Console, list: &FilePage) -> Result<Option<Reminder>> {
    let Some(folder) = list.folder.as_ref().filter(|folder| folder.audience != Audience::Firm)
    else {
        return Ok(None);
    };
    let blind = console.cannot_see(folder.client, &folder.audience)?;
    let invites = format!("/console/clients/{}/invites", folder.client);
    Ok(Reminder::of(&blind, "what you add here", invites))
}

/// The form at the foot of the list: what is dropped leaves at once, seen by whoever sees what is added here.
fn drop_zone(console: &Console, list: &FilePage, client: Id<Client>) -> Result<FileDrop> {
    let name = &list.client.name;
    let seen = match list.folder.as_ref().map(|folder| &folder.audience) {
        None | Some(Audience::Firm) => {
            "New files start as “Firm only”. You choose when the client sees them.".to_owned()
        }
        Some(Audience::Everyone) => format!("New files here are seen by everyone at {name}."),
        Some(Audience::Named(contacts)) => match contacts.len() {
            1 => format!("New files here are seen by one contact of {name}."),
            many => format!("New files here are seen by {many} contacts of {name}."),
        },
    };
    let largest = console.upload_limits()?.largest;
    let drop = FileDrop::new(&format!("/console/clients/{client}"), largest, &seen);
    Ok(FileDrop { at_once: true, folders: true, button: "Add files", ..drop })
}

const _: () = assert!(MOST_FILES <= 100, "the ticks of a page travel in an address");
