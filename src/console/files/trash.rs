//! The trash of a client: putting files there, and taking them out again.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::base;
use super::picked::Ticks;
use crate::console::record::RecordHead;
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::html::{Html, Markup};
use crate::http::pages::{Page, Pages};
use crate::http::parts;
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::{File, Trashed};
use crate::model::{Console, Id, Picked, TRASH_DAYS, Trash};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/files/trash", trash_page)
        .post("/console/clients/:client/files/trash", trash_files)
        .post("/console/clients/:client/files/restore", restore_files)
        .post("/console/clients/:client/files/trashed/:ids/undo", undo_trash)
        .post("/console/clients/:client/files/:file/trash", trash_file)
}

/// How long a message offers to take it back.
pub(in crate::console) const UNDO_SECONDS: u32 = 20;
/// So many ids travel in that message.
pub(in crate::console) const MOST_UNDONE: usize = 50;

#[derive(Serialize)]
struct TrashPage {
    record: RecordHead,
    files: String,
    restore: String,
    days: i64,
    rows: Markup,
    live: String,
}

impl Page for TrashPage {
    const TEMPLATE: &'static str = "console/files/trash.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn trash_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
) -> Result<Response> {
    let record = console.client(client)?;
    let trash = console.trash(client)?;
    pages.show(&TrashPage {
        record: RecordHead::of(&record, "files"),
        files: base(client),
        restore: format!("{}/restore", base(client)),
        days: TRASH_DAYS,
        rows: rows(&trash, &pages)?,
        live: format!("/console/live?files={client}"),
    })
}

fn rows(trash: &Trash, pages: &Pages<'_>) -> Result<Markup> {
    let mut html = Html::with_capacity((trash.files.len() + trash.folders.len()) * 1_024);
    for folder in &trash.folders {
        let name = folder.name.as_str();
        let what = Gone { kind: "folder", icon: "folder", id: folder.id.to_string(), name };
        row(&mut html, &what, folder.trash.as_ref(), pages)?;
    }
    for file in &trash.files {
        let (icon, name) = (file.newest().media.icon(), file.name.as_str());
        let what = Gone { kind: "file", icon, id: file.id.to_string(), name };
        row(&mut html, &what, file.trash.as_ref(), pages)?;
    }
    Ok(html.into())
}

/// Something in the trash.
struct Gone<'a> {
    kind: &'static str,
    icon: &'static str,
    id: String,
    name: &'a str,
}

fn row(
    html: &mut Html,
    what: &Gone<'_>,
    trashed: Option<&Trashed>,
    pages: &Pages<'_>,
) -> Result<()> {
    let Some(trashed) = trashed else { return Ok(()) };
    let (put, goes) = (
        pages.when(trashed.at),
        pages.day(trashed.at + jiff::SignedDuration::from_hours(24 * TRASH_DAYS)),
    );
    let by = &trashed.by.name;
    html.fill(
        r#"<tr><td class="ticks"><label><input type="checkbox" name="{}" value="{}"><span class="visually-hidden">{}</span></label></td>"#,
        [what.kind, &what.id, what.name],
    );
    html.tags(r#"<th scope="row"><span class="row nowrap file-name">"#);
    parts::draw(html, what.icon, "", "")?;
    html.fill(
        r#"<span class="grow"><bdi>{}</bdi><span class="if-narrow meta"><span>"#,
        [what.name],
    );
    html.fill(
        "{}, <bdi>{}</bdi></span><span>goes for good on {}</span></span></span></span></th>",
        [&put.text, by, &goes],
    );
    html.fill(
        r#"<td class="if-wide small"><time datetime="{}" title="{}">{}</time><br><bdi class="muted">{}</bdi></td><td class="if-wide small">{}</td>"#,
        [&put.iso, &put.full, &put.text, by, &goes],
    );
    html.fill(r#"<td class="num"><button class="btn btn-sm" name="only" value="{}">"#, [&what.id]);
    parts::draw(html, "undo", "", "")?;
    html.fill(r#"Restore<span class="visually-hidden"> {}</span></button></td></tr>"#, [what.name]);
    Ok(())
}

#[handler]
async fn trash_files(
    console: Console,
    Path(client): Path<Id<Client>>,
    Form(ticks): Form<Ticks>,
) -> Result<Response> {
    console.client(client)?;
    let picked = ticks.picked()?;
    if picked.is_empty() {
        return Ok(ticks.nothing(client));
    }
    let to = ticks.back(client);
    put_there(&console, client, picked, &to).await
}

#[handler]
async fn trash_file(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
) -> Result<Response> {
    let folder = console.file(client, file)?.file.folder;
    let picked = Picked { files: vec![file], ..Picked::default() };
    put_there(&console, client, picked, &super::place(client, folder)).await
}

async fn put_there(
    console: &Console,
    client: Id<Client>,
    picked: Picked,
    to: &str,
) -> Result<Response> {
    let files = picked.files.iter().map(ToString::to_string);
    let ids: Vec<_> = files.chain(picked.folders.iter().map(ToString::to_string)).collect();
    match console.trash_files(client, picked).await {
        Ok(what) => {
            let flash = Flash::ok(format!("Moved to the trash: {what}."));
            // More do not fit into the message's cookie; the trash has them all.
            let undo = format!("{}/trashed/{}/undo", base(client), ids.join(","));
            let fits = ids.len() <= MOST_UNDONE;
            let flash = if fits { flash.undo(undo, "Undo", UNDO_SECONDS) } else { flash };
            Ok(see_other(to).flash(flash))
        }
        Err(e) => refused_there(e, to),
    }
}

#[handler]
async fn restore_files(
    console: Console,
    Path(client): Path<Id<Client>>,
    Form(ticks): Form<Ticks>,
) -> Result<Response> {
    console.client(client)?;
    let picked = ticks.picked()?;
    let there = format!("{}/trash", base(client));
    if picked.is_empty() {
        return Ok(see_other(there).flash(Flash::bad("Tick at least one file or folder first.")));
    }
    restore(&console, client, picked, &there).await
}

/// From the message after something was put there; its ids are in the address, parted by commas.
#[handler]
async fn undo_trash(
    console: Console,
    Path((client, ids)): Path<(Id<Client>, String)>,
) -> Result<Response> {
    console.client(client)?;
    let picked = Picked {
        files: ids.split(',').filter_map(|id| id.parse().ok()).collect(),
        folders: ids.split(',').filter_map(|id| id.parse().ok()).collect(),
    };
    if picked.is_empty() {
        return Err(Error::NotFound);
    }
    restore(&console, client, picked, &base(client)).await
}

async fn restore(
    console: &Console,
    client: Id<Client>,
    picked: Picked,
    to: &str,
) -> Result<Response> {
    match console.restore_files(client, picked).await {
        Ok(what) => Ok(see_other(to).flash(format!("Restored: {what}."))),
        Err(e) => refused_there(e, to),
    }
}
