//! The dialog that makes a file a new version of the older one of its name beside it.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::base;
use super::picked::back;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::{Console, Id, Twins};
use crate::values::size;

const TWIN: &str = "/console/clients/:client/files/:file/make-version";

pub(super) fn routes() -> Routes {
    Routes::default().get(TWIN, twin_page).post(TWIN, make_version)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

#[derive(Serialize)]
struct TwinPage {
    back: String,
    path: String,
    from: String,
    name: String,
    older: Shown,
    newer: Shown,
    /// Whether others see the older one than see the newer one now.
    differ: bool,
}

/// One of the two.
#[derive(Serialize)]
struct Shown {
    by: String,
    at: When,
    size: String,
    seen: String,
}

impl Page for TwinPage {
    const TEMPLATE: &'static str = "console/files/twin.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn twin_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let Twins { file, older } = match console.twins(client, file) {
        Ok(twins) => twins,
        Err(e) => return refused_there(e, back(client, &from)),
    };
    let shown = |file: &File| -> Result<Shown> {
        let newest = file.newest();
        Ok(Shown {
            by: newest.by.name.clone(),
            at: pages.when(newest.at),
            size: size(newest.bytes),
            seen: console.file(client, file.id)?.seen.short(),
        })
    };
    pages.show(&TwinPage {
        back: back(client, &from),
        path: format!("{}/{}/make-version", base(client), file.id),
        older: shown(&older)?,
        newer: shown(&file)?,
        differ: older.audience != file.audience,
        name: file.name.to_string(),
        from,
    })
}

#[handler]
async fn make_version(
    console: Console,
    Path((client, file)): Path<(Id<Client>, Id<File>)>,
    Form(From { from }): Form<From>,
) -> Result<Response> {
    let to = back(client, &from);
    match console.make_version(client, file).await {
        Ok((_, name, number)) => Ok(see_other(to).flash(format!(
            "“{name}” has it as version {number} now. The second “{name}” is in the trash."
        ))),
        Err(e @ Error::Refused(_)) => refused_there(e, &to),
        Err(e) => Err(e),
    }
}
