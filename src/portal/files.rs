//! The files a client and the firm share, as this contact sees them: folders, search, a file, adding one.

mod add;
mod carry;
pub(super) mod receipt;
mod rows;
mod show;

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

pub(super) use self::rows::{Again, FileRow};
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::folder::Folder;
use crate::model::{Crumb, Id, Portal, PortalFolderPage, Total};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/files", files_page)
        .get("/p/:client/files/in/:folder", folder_page)
        .and(add::routes())
        .and(receipt::routes())
        .and(carry::routes())
        .and(show::routes())
}

/// Files on one page.
const LIMIT: usize = 50;
/// Recent ones above them.
const RECENT: usize = 5;
/// Files among which those are looked for.
const LOOKED_AT: usize = 4 * RECENT;
/// Of a search; no name is longer.
const MOST_FIND: usize = 200;

/// What the address of a list says.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct ListForm {
    find: String,
    /// The last file of the page before.
    after: String,
}

/// A folder, its files, or what a search found.
#[derive(Serialize)]
struct FilesPage {
    client: String,
    form: Typed<ListForm>,
    /// Where the search goes, and where the list begins.
    home: String,
    /// The folder's name; none at the top and in a search.
    folder: Option<String>,
    /// Its id, for whoever downloads all of it.
    folder_id: Option<String>,
    crumbs: Vec<Step>,
    folders: Vec<FolderShown>,
    recent: Vec<FileRow>,
    files: Vec<FileRow>,
    count: String,
    next: Option<String>,
    add: Option<String>,
    zip: String,
}

impl Page for FilesPage {
    const TEMPLATE: &'static str = "portal/files/index.html";
    const SECTION: &'static str = "files";
}

/// A folder on the way to here.
#[derive(Serialize)]
struct Step {
    href: String,
    label: String,
}

#[derive(Serialize)]
struct FolderShown {
    href: String,
    name: String,
    files: String,
}

/// The way from the top to a folder, or to what lies in it.
fn steps(portal: &Portal, crumbs: &[Crumb]) -> Vec<Step> {
    let top = Step { href: portal.path("/files"), label: "Files".to_owned() };
    let below = crumbs.iter().map(|crumb| Step {
        href: portal.path(&format!("/files/in/{}", crumb.id)),
        label: crumb.name.to_string(),
    });
    std::iter::once(top).chain(below).collect()
}

/// "1 file", "more than 100 files".
fn files_in_words(total: &Total) -> String {
    match total {
        Total::Exactly(1) => "1 file".to_owned(),
        total => format!("{total} files"),
    }
}

#[handler]
async fn files_page(
    portal: Portal,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let find: String = form.find.trim().chars().take(MOST_FIND).collect();
    let after = form.after.parse().ok();
    if find.is_empty() {
        let here = portal.folder(None, after, LIMIT)?;
        let first = after.is_none() && !here.folders.is_empty();
        let recent = if first { portal.recent_files(LOOKED_AT)? } else { Vec::new() };
        let mut page = shown(&portal, &pages, form, here);
        // What the list below shows anyway is not said twice.
        let below = recent.iter().filter(|row| !row.crumbs.is_empty()).take(RECENT);
        page.recent = below.map(|row| FileRow::of(row, &portal, &pages)).collect();
        return pages.show(&page);
    }
    let found = portal.find_files(&find, after, LIMIT)?;
    pages.show(&shown(&portal, &pages, form, found))
}

#[handler]
async fn folder_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, folder)): Path<(String, Id<Folder>)>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let here = portal.folder(Some(folder), form.after.parse().ok(), LIMIT)?;
    let form = ListForm { find: String::new(), ..form };
    let name = here.crumbs.last().map(|crumb| crumb.name.to_string());
    let way = steps(&portal, &here.crumbs[..here.crumbs.len().saturating_sub(1)]);
    let page = shown(&portal, &pages, form, here);
    let add = page.add.map(|add| format!("{add}?folder={folder}"));
    pages.show(&FilesPage {
        folder: name,
        folder_id: Some(folder.to_string()),
        crumbs: way,
        add,
        ..page
    })
}

fn shown(portal: &Portal, pages: &Pages<'_>, form: ListForm, here: PortalFolderPage) -> FilesPage {
    let found = !form.find.trim().is_empty();
    let row = |row| {
        let shown = FileRow::of(row, portal, pages);
        // Within a folder everybody knows where they are.
        if found { shown } else { FileRow { lies_in: None, ..shown } }
    };
    let folder = |folder: &crate::model::PortalFolder| FolderShown {
        href: portal.path(&format!("/files/in/{}", folder.id)),
        name: folder.name.to_string(),
        files: files_in_words(&folder.files),
    };
    FilesPage {
        client: portal.client().name.to_string(),
        home: portal.path("/files"),
        folder: None,
        folder_id: None,
        crumbs: Vec::new(),
        folders: here.folders.iter().map(folder).collect(),
        recent: Vec::new(),
        files: here.files.iter().map(row).collect(),
        count: files_in_words(&here.total),
        next: here.next.map(|last| next(&form, last)),
        // Whoever only looks adds nothing.
        add: (!portal.viewed()).then(|| portal.path("/files/add")),
        zip: portal.path("/files/zip"),
        form: Typed::from(form),
    }
}

/// The query of the page behind this one.
fn next(form: &ListForm, last: Id<crate::model::file::File>) -> String {
    let after = format!("after={last}");
    match serde_html_form::to_string([("find", &form.find)]) {
        Ok(find) if !form.find.is_empty() => format!("?{find}&{after}"),
        _ => format!("?{after}"),
    }
}
