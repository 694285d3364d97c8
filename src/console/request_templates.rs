//! Templates of requests: the firm's own, those that come with the product, and as files for other firms.

mod edit;
mod form;

use poem::web::Path;
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::Serialize;

use super::lists::Tab;
use super::requests::fields::{ItemForm, sum_of};
use super::templates::tabs;
use crate::error::{Error, Result};
use crate::http::body::BodyLimit;
use crate::http::download;
use crate::http::multipart::Multipart;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::request::Ask;
use crate::model::request_template::{
    BLUEPRINT_PRESETS, Blueprint, BlueprintPreset, MOST_FILE_BYTES, NewRequestTemplate,
    RequestTemplate, read_template_file,
};
use crate::model::staff::Role;
use crate::model::{Admin, Console, Id, fresh_once};
use crate::values::{FileName, Label};

pub(super) fn routes() -> Routes {
    let took = import.into_endpoint().data(BodyLimit(2 * MOST_FILE_BYTES));
    Routes::default()
        .get(HOME, templates_page)
        .get("/console/templates/requests/import", import_page)
        .post("/console/templates/requests/import", took)
        .get("/console/templates/requests/:template/file", export)
        .get("/console/templates/requests/:template/delete", delete_page)
        .post("/console/templates/requests/:template/delete", delete)
        .and(edit::routes())
}

const HOME: &str = "/console/templates/requests";

fn path(id: Id<RequestTemplate>) -> String {
    format!("{HOME}/{id}")
}

#[derive(Serialize)]
struct TemplatesPage {
    may_edit: bool,
    tabs: [Tab; 3],
    own: Vec<Shown>,
    presets: Vec<Shown>,
}

/// A template in the list.
#[derive(Serialize)]
struct Shown {
    /// How other pages name it.
    key: String,
    name: String,
    /// What it is for, or the title of its requests.
    about: String,
    sum: String,
    due: String,
    items: Vec<ItemLine>,
    changed: Option<When>,
}

/// An item in short.
#[derive(Serialize)]
struct ItemLine {
    icon: &'static str,
    title: String,
    /// It appears only if an answer says so.
    depends: bool,
    optional: bool,
}

impl Page for TemplatesPage {
    const TEMPLATE: &'static str = "console/request-templates/index.html";
    const SECTION: &'static str = "templates";
}

impl Shown {
    fn of(key: String, name: String, about: String, blueprint: &Blueprint) -> Self {
        let line = |item: &crate::model::request::Item| ItemLine {
            icon: icon(&item.ask),
            title: item.title.to_string(),
            depends: item.only_if.is_some(),
            optional: !item.required,
        };
        Self {
            key,
            name,
            about,
            sum: sum_of(&blueprint.items.iter().map(ItemForm::of).collect::<Vec<_>>()),
            due: blueprint.due.text(),
            items: blueprint.items.iter().map(line).collect(),
            changed: None,
        }
    }
}

const fn icon(ask: &Ask) -> &'static str {
    match ask {
        Ask::Upload { .. } => "upload",
        Ask::Confirm { .. } => "check",
        Ask::Read { .. } => "file",
        Ask::Question(_) => "help",
    }
}

#[handler]
async fn templates_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let own = console.request_templates()?.into_iter().map(|template| {
        let (name, about) = (template.name.to_string(), template.blueprint.title.to_string());
        let shown = Shown::of(template.id.to_string(), name, about, &template.blueprint);
        Shown { changed: Some(pages.when(template.changed)), ..shown }
    });
    let preset = |preset: &BlueprintPreset| {
        let (name, about) = (preset.name.into(), preset.about.into());
        Shown::of(preset.key.into(), name, about, &preset.blueprint())
    };
    pages.show(&TemplatesPage {
        may_edit: console.me().role >= Role::Admin,
        tabs: tabs("requests"),
        own: own.collect(),
        presets: BLUEPRINT_PRESETS.iter().map(preset).collect(),
    })
}

/// A template as a file, under its name. Presets can be had as files, too.
#[handler]
async fn export(console: Console, Path(key): Path<String>) -> Result<Response> {
    let (name, file) = match BlueprintPreset::find(&key) {
        Some(preset) => (preset.name.to_owned(), preset.as_file().to_owned()),
        None => {
            let id = key.parse().map_err(|_| Error::NotFound)?;
            let template = console.request_template(id)?;
            (template.name.to_string(), template.as_file())
        }
    };
    let name = name.replace(['/', '\\'], "-");
    let name = FileName::parse(&format!("{name}.json")).map_err(Error::bug)?;
    Ok(download::json(&name, file))
}

/// Asks for a file.
#[derive(Serialize)]
struct ImportPage {
    once: String,
    /// Another name than that of the file.
    name: String,
    /// What is wrong with the last one.
    wrong: Vec<String>,
}

impl Page for ImportPage {
    const TEMPLATE: &'static str = "console/request-templates/import.html";
    const SECTION: &'static str = "templates";
}

#[handler]
async fn import_page(_: Admin, pages: Pages<'_>) -> Result<Response> {
    let (once, name) = (fresh_once(), String::new());
    pages.show(&ImportPage { once, name, wrong: Vec::new() })
}

#[handler]
async fn import(admin: Admin, pages: Pages<'_>, sent: Multipart) -> Result<Response> {
    let (once, name) = (sent.text("once").to_owned(), sent.text("name").trim().to_owned());
    let read = match sent.file("file") {
        Some(file) => read_template_file(&file.bytes).and_then(|new| named(new, &name)),
        None => Err(vec!["Choose the file of a template".to_owned()]),
    };
    let wrong = match read {
        Ok(new) => {
            let saved = admin.save_request_template(None, new, String::new(), once.clone()).await;
            match saved {
                Ok(id) => {
                    let said = "The template is imported. Look whether it asks what you want.";
                    return Ok(see_other(path(id)).flash(said));
                }
                Err(Error::Invalid(fields)) => fields.into_values().collect(),
                Err(other) => return Err(other),
            }
        }
        Err(wrong) => wrong,
    };
    pages.again(&ImportPage { once, name, wrong })
}

/// Under another name, if one was typed.
fn named(new: NewRequestTemplate, name: &str) -> Result<NewRequestTemplate, Vec<String>> {
    if name.is_empty() {
        return Ok(new);
    }
    let name = Label::parse(name).map_err(|why| vec![why])?;
    Ok(NewRequestTemplate { name, ..new })
}

/// Asks before a template goes.
#[derive(Serialize)]
struct DeletePage {
    back: String,
    path: String,
    name: String,
}

impl Page for DeletePage {
    const TEMPLATE: &'static str = "console/request-templates/delete.html";
    const SECTION: &'static str = "templates";
}

#[handler]
async fn delete_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<RequestTemplate>>,
) -> Result<Response> {
    let name = admin.console().request_template(id)?.name.to_string();
    pages.show(&DeletePage { back: path(id), path: format!("{}/delete", path(id)), name })
}

#[handler]
async fn delete(admin: Admin, Path(id): Path<Id<RequestTemplate>>) -> Result<Response> {
    match admin.delete_request_template(id).await {
        Ok(name) => Ok(see_other(HOME).flash(format!("{name} is deleted."))),
        // Two clicks, or two people: it is gone, which is what was asked for.
        Err(Error::NotFound) => Ok(see_other(HOME)),
        Err(e) => Err(e),
    }
}
