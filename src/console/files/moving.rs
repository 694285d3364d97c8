//! Moving files and folders into another folder.

use poem::web::Path;
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::picked::{Ticks, asked};
use super::sharing::{What, what};
use super::tree::{Branch, chosen, tree};
use super::{base, place};
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::{Console, Id};

const MOVE: &str = "/console/clients/:client/files/move";

pub(super) fn routes() -> Routes {
    Routes::default().get(MOVE, move_page).post(MOVE, move_files)
}

/// Where to.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct MoveForm {
    file: Vec<String>,
    folder: Vec<String>,
    from: String,
    to: String,
}

impl MoveForm {
    fn ticks(&self) -> Ticks {
        Ticks {
            file: self.file.clone(),
            folder: self.folder.clone(),
            from: self.from.clone(),
            ..Ticks::default()
        }
    }
}

#[derive(Serialize)]
struct MovePage {
    back: String,
    path: String,
    heading: String,
    files: Vec<String>,
    folders: Vec<String>,
    tree: Vec<Branch>,
    form: Typed<MoveForm>,
}

impl Page for MovePage {
    const TEMPLATE: &'static str = "console/files/move.html";
    const SECTION: &'static str = "clients";
}

fn page(console: &Console, client: Id<Client>, form: Typed<MoveForm>) -> Result<MovePage> {
    let ticks = form.values.ticks();
    let What { heading, .. } = what(console, client, &ticks.picked()?, "Move")?;
    Ok(MovePage {
        back: ticks.unticked(client),
        path: format!("{}/move", base(client)),
        heading,
        tree: tree(&console.folder_choices(client)?, &ticks.folder),
        files: ticks.file,
        folders: ticks.folder,
        form,
    })
}

#[handler]
async fn move_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    req: &Request,
) -> Result<Response> {
    console.client(client)?;
    let form: MoveForm = asked(req)?;
    if form.ticks().picked()?.is_empty() {
        return Ok(form.ticks().nothing(client));
    }
    pages.show(&page(&console, client, form.into())?)
}

#[handler]
async fn move_files(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<MoveForm>,
) -> Result<Response> {
    console.client(client)?;
    let ticks = form.ticks();
    let picked = ticks.picked()?;
    if picked.is_empty() {
        return Ok(ticks.nothing(client));
    }
    let mut check = Check::default();
    let to = check.take("to", chosen(&form.to));
    let to = match check.finish(|| to) {
        Ok(to) => to,
        Err(e) => return pages.refused(form, e, |form| page(&console, client, form)),
    };
    match console.move_files(client, picked, to).await {
        Ok(moved) => {
            let there = place(client, to);
            let name = console.folder_choices(client)?.into_iter().find(|one| Some(one.id) == to);
            let into = name.map_or("All files".to_owned(), |one| one.path);

            Ok(see_other(there).flash(format!("Moved to {into}: {moved}.")))
        }
        Err(e @ Error::Refused(_)) => refused_there(e, ticks.back(client)),
        Err(e) => pages.refused(form, e, |form| page(&console, client, form)),
    }
}
