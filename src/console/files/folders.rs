//! Folders from a template.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{base, place};
use crate::console::fields::filled;
use crate::error::{Check, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::folder::Folder;
use crate::model::{Console, FOLDER_PRESETS, FileQuery, Id, TemplateChoice, fresh_once};

const APPLY: &str = "/console/clients/:client/files/from-template";

pub(super) fn routes() -> Routes {
    Routes::default().get(APPLY, apply_page).post(APPLY, apply)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ApplyForm {
    /// The key of a preset, or the id of a template.
    template: String,
    year: String,
    from: String,
    once: String,
}

impl ApplyForm {
    fn read(&self) -> Result<(TemplateChoice, Option<i16>)> {
        let mut check = Check::default();
        let preset = FOLDER_PRESETS.iter().find(|preset| preset.key == self.template);
        let choice = match (preset, self.template.parse()) {
            (Some(preset), _) => Ok(TemplateChoice::Preset(preset)),
            (None, Ok(own)) => Ok(TemplateChoice::Own(own)),
            (None, Err(_)) => Err("Choose a template"),
        };
        let choice = check.take("template", choice);
        let year = filled(&self.year).map(|year| match year.parse() {
            Ok(year @ 1900..=2200) => Ok(year),
            _ => Err("Type the year with four digits"),
        });
        let year = check.take("year", year.transpose());
        check.finish(|| Some((choice?, year?)))
    }
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    hint: String,
}

#[derive(Serialize)]
struct ApplyPage {
    back: String,
    path: String,
    place: String,
    templates: Vec<Choice>,
    form: Typed<ApplyForm>,
}

impl Page for ApplyPage {
    const TEMPLATE: &'static str = "console/files/template.html";
    const SECTION: &'static str = "clients";
}

fn page(console: &Console, client: Id<Client>, form: Typed<ApplyForm>) -> Result<ApplyPage> {
    let folder: Option<Id<Folder>> = form.values.from.parse().ok();
    let list = console.files(client, &FileQuery { folder, limit: 1, ..FileQuery::default() })?;
    let own = console.folder_templates()?.into_iter().map(|template| Choice {
        value: template.id.to_string(),
        label: template.name.to_string(),
        hint: outline(&template.tree.as_text()),
    });
    let presets = FOLDER_PRESETS.iter().map(|preset| Choice {
        value: preset.key.into(),
        label: preset.name.into(),
        hint: outline(preset.tree),
    });
    Ok(ApplyPage {
        back: place(client, folder),
        path: format!("{}/from-template", base(client)),
        place: match list.folder {
            Some(folder) => folder.name.to_string(),
            None => list.client.name.to_string(),
        },
        templates: own.chain(presets).collect(),
        form,
    })
}

/// The first of its folders.
fn outline(tree: &str) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = tree.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let more = names.len().saturating_sub(SHOWN);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{and_more}", names[..names.len().min(SHOWN)].join(", "))
}

#[handler]
async fn apply_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    console.client(client)?;
    let form = ApplyForm {
        from,
        year: pages.this_year().to_string(),
        once: fresh_once(),
        ..ApplyForm::default()
    };
    pages.show(&page(&console, client, form.into())?)
}

#[handler]
async fn apply(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<ApplyForm>,
) -> Result<Response> {
    console.client(client)?;
    let into: Option<Id<Folder>> = form.from.parse().ok();
    let made = match form.read() {
        Ok((choice, year)) => {
            let once = form.once.clone();
            console.apply_folder_template(client, into, choice, year, once).await
        }
        Err(e) => Err(e),
    };
    match made {
        Ok(made) => Ok(see_other(place(client, into)).flash(match made {
            0 => "All of its folders were there already.".to_owned(),
            1 => "1 folder is made.".to_owned(),
            many => format!("{many} folders are made."),
        })),
        Err(e) => pages.refused(form, e, |form| page(&console, client, form)),
    }
}
