//! Templates of folders: the tree that a client's files begin with, or one tax year's, beside presets that can be copied.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::lists::Tab;
use super::templates::{asks_to_delete, tabs};
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::folder::Folder;
use crate::model::staff::Role;
use crate::model::{
    Admin, Console, FOLDER_PRESETS, FolderTemplate, FolderTree, Id, NewFolderTemplate,
};
use crate::values::Label;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, templates_page)
        .post(HOME, create)
        .get("/console/templates/folders/new", new_page)
        .get("/console/templates/folders/:template", edit_page)
        .post("/console/templates/folders/:template", edit)
        .get("/console/templates/folders/:template/delete", delete_page)
        .post("/console/templates/folders/:template/delete", delete)
}

const HOME: &str = "/console/templates/folders";

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct TemplateForm {
    name: String,
    outline: String,
    everyone: String,
}

impl TemplateForm {
    fn read(&self) -> Result<NewFolderTemplate> {
        let mut check = Check::default();
        let name = match self.name.trim() {
            "" => Err("Give the template a name".to_owned()),
            name => Label::parse(name),
        };
        let name = check.take("name", name);
        let tree = check.take("outline", FolderTree::parse(&self.outline));
        let everyone = !self.everyone.is_empty();
        check.finish(|| Some(NewFolderTemplate { name: name?, tree: tree?, everyone }))
    }
}

/// A folder of an outline.
#[derive(Serialize)]
struct Line {
    depth: usize,
    name: String,
}

fn lines(tree: &str) -> Vec<Line> {
    let folders = tree.lines().filter(|line| !line.trim().is_empty());
    let line = |line: &str| Line {
        depth: (line.len() - line.trim_start().len()) / 2,
        name: line.trim().to_owned(),
    };
    folders.map(line).collect()
}

fn count(lines: &[Line], everyone: bool) -> String {
    let folders = match lines.len() {
        1 => "1 folder".to_owned(),
        many => format!("{many} folders"),
    };
    if everyone { format!("{folders}, seen by everyone at the client") } else { folders }
}

#[derive(Serialize)]
struct TemplatesPage {
    may_edit: bool,
    tabs: [Tab; 3],
    own: Vec<Shown>,
    presets: Vec<PresetShown>,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    href: String,
    name: String,
    folders: String,
    lines: Vec<Line>,
    changed: When,
}

#[derive(Serialize)]
struct PresetShown {
    name: &'static str,
    folders: String,
    lines: Vec<Line>,
    copy: String,
}

impl Page for TemplatesPage {
    const TEMPLATE: &'static str = "console/folder-templates/index.html";
    const SECTION: &'static str = "templates";
}

fn path(id: Id<FolderTemplate>) -> String {
    format!("{HOME}/{id}")
}

#[handler]
async fn templates_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let own = console.folder_templates()?.into_iter().map(|template| {
        let lines = lines(&template.tree.as_text());
        Shown {
            id: template.id.to_string(),
            href: path(template.id),
            name: template.name.to_string(),
            folders: count(&lines, template.everyone),
            lines,
            changed: pages.when(template.changed),
        }
    });
    let presets = FOLDER_PRESETS.iter().map(|preset| {
        let lines = lines(preset.tree);
        PresetShown {
            name: preset.name,
            folders: count(&lines, preset.everyone),
            lines,
            copy: format!("{HOME}/new?from={}", preset.key),
        }
    });
    pages.show(&TemplatesPage {
        may_edit: console.me().role >= Role::Admin,
        tabs: tabs("folders"),
        own: own.collect(),
        presets: presets.collect(),
    })
}

/// The editor, for a new one as well as for one that is there.
#[derive(Serialize)]
struct EditPage {
    title: &'static str,
    path: String,
    delete: Option<String>,
    form: Typed<TemplateForm>,
}

impl Page for EditPage {
    const TEMPLATE: &'static str = "console/folder-templates/edit.html";
    const SECTION: &'static str = "templates";
}

fn editor(template: Option<Id<FolderTemplate>>, form: Typed<TemplateForm>) -> EditPage {
    EditPage {
        title: if template.is_some() { "Edit folder template" } else { "New folder template" },
        path: template.map_or(HOME.into(), path),
        delete: template.map(|id| format!("{}/delete", path(id))),
        form,
    }
}

/// What a new template begins with: a preset, one of the firm's own, or the folders of a client.
#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
    folder: String,
}

impl From {
    fn begun(&self, console: &Console) -> Result<TemplateForm> {
        let everyone = |yes| if yes { "yes".to_owned() } else { String::new() };
        if let Some(preset) = FOLDER_PRESETS.iter().find(|preset| preset.key == self.from) {
            return Ok(TemplateForm {
                name: preset.name.into(),
                outline: preset.tree.trim_matches('\n').into(),
                everyone: everyone(preset.everyone),
            });
        }
        if let Ok(id) = self.from.parse::<Id<FolderTemplate>>() {
            let template = console.folder_template(id)?;
            return Ok(TemplateForm {
                name: format!("Copy of {}", template.name),
                outline: template.tree.as_text(),
                everyone: everyone(template.everyone),
            });
        }
        if let Ok(client) = self.from.parse::<Id<Client>>() {
            let folder: Option<Id<Folder>> = self.folder.parse().ok();
            return match console.folders_as_tree(client, folder) {
                Ok(tree) => Ok(TemplateForm { outline: tree.as_text(), ..TemplateForm::default() }),
                // There are none: they are to be written.
                Err(Error::Refused(_)) => Ok(TemplateForm::default()),
                Err(e) => Err(e),
            };
        }
        Ok(TemplateForm::default())
    }
}

#[handler]
async fn new_page(admin: Admin, pages: Pages<'_>, Query(from): Query<From>) -> Result<Response> {
    let form = from.begun(admin.console())?;
    pages.show(&editor(None, form.into()))
}

#[handler]
async fn edit_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<FolderTemplate>>,
) -> Result<Response> {
    let template = admin.console().folder_template(id)?;
    let form = TemplateForm {
        name: template.name.to_string(),
        outline: template.tree.as_text(),
        everyone: if template.everyone { "yes".into() } else { String::new() },
    };
    pages.show(&editor(Some(id), form.into()))
}

#[handler]
async fn create(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    save(&admin, &pages, None, form).await
}

#[handler]
async fn edit(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<FolderTemplate>>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    admin.console().folder_template(id)?;
    save(&admin, &pages, Some(id), form).await
}

async fn save(
    admin: &Admin,
    pages: &Pages<'_>,
    id: Option<Id<FolderTemplate>>,
    form: TemplateForm,
) -> Result<Response> {
    let saved = match form.read() {
        Ok(new) => admin.save_folder_template(id, new).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(_) => Ok(see_other(HOME).flash(format!("{} is saved.", form.name.trim()))),
        Err(e) => pages.refused(form, e, |form| Ok(editor(id, form))),
    }
}

#[handler]
async fn delete_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<FolderTemplate>>,
) -> Result<Response> {
    let name = admin.console().folder_template(id)?.name;
    let means = "Nobody on your team can choose it any more. Folders that were made from it stay.";
    pages.show(&asks_to_delete("folder template", name.as_str(), path(id), means))
}

#[handler]
async fn delete(admin: Admin, Path(id): Path<Id<FolderTemplate>>) -> Result<Response> {
    match admin.delete_folder_template(id).await {
        Ok(()) => Ok(see_other(HOME).flash("The folder template is deleted.")),
        // Two clicks, or two people: it is gone, which is what was asked for.
        Err(Error::NotFound) => Ok(see_other(HOME)),
        Err(e) => Err(e),
    }
}
