//! "Add a file": the page with the form. What it sends arrives in `portal/uploads.rs`.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::http::file_drop::FileDrop;
use crate::http::pages::{Page, Pages};
use crate::http::respond::see_other;
use crate::http::routes::Routes;
use crate::model::folder::Folder;
use crate::model::{Id, Portal};

pub(super) fn routes() -> Routes {
    Routes::default().get("/p/:client/files/add", add_page)
}

/// Where somebody was when they pressed "Add a file".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct From {
    folder: String,
}

/// The page on which a file is added to a folder.
pub(super) fn add_to(portal: &Portal, folder: Option<Id<Folder>>) -> String {
    let to = folder.map(|folder| format!("?folder={folder}")).unwrap_or_default();
    portal.path(&format!("/files/add{to}"))
}

#[derive(Serialize)]
struct AddPage {
    client: String,
    back: String,
    drop: FileDrop,
    folder: String,
    folders: Vec<FolderChoice>,
    /// Whether there is room on the disk for another file.
    room: bool,
}

#[derive(Serialize)]
struct FolderChoice {
    value: String,
    label: String,
}

impl Page for AddPage {
    const TEMPLATE: &'static str = "portal/files/add.html";
    const SECTION: &'static str = "files";
}

#[handler]
async fn add_page(portal: Portal, pages: Pages<'_>, Query(from): Query<From>) -> Result<Response> {
    if portal.viewed() {
        // Whoever only looks adds nothing.
        return Ok(see_other(portal.path("/files")));
    }
    let limits = portal.upload_limits()?;
    let folders = portal
        .folder_choices()?
        .into_iter()
        .map(|folder| FolderChoice { value: folder.id.to_string(), label: folder.path });
    pages.show(&AddPage {
        client: portal.client().name.to_string(),
        back: portal.path("/files"),
        drop: FileDrop {
            then: Some(portal.path("/files/receipt/")),
            then_many: Some(portal.path("/files/receipt/{first}-{last}")),
            ..FileDrop::new(&portal.path(""), limits.largest, "")
        },
        folder: from.folder,
        folders: folders.collect(),
        room: limits.room,
    })
}
