//! The firm's own texts for the personal message of an invite, beside presets that can be copied.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::confirm::Confirm;
use super::invites::Preview;
use super::lists::Tab;
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::staff::Role;
use crate::model::template::{NewTemplate, PRESETS, Preset, SAMPLE_CONTACT, Template};
use crate::model::{Admin, Console, Id, fresh_once};
use crate::values::merge::FIELDS;
use crate::values::{Label, MergeText};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, templates_page)
        .post(HOME, create_template)
        .get("/console/templates/new", new_template_page)
        .post("/console/templates/preview", preview_template)
        .get("/console/templates/:template", template_page)
        .post("/console/templates/:template", edit_template)
        .get("/console/templates/:template/delete", delete_template_page)
        .post("/console/templates/:template/delete", delete_template)
}

const HOME: &str = "/console/templates";

/// The kinds of templates; `current` is "messages", "requests" or "folders".
pub(super) fn tabs(current: &str) -> [Tab; 3] {
    [
        Tab::new(HOME, "Invite messages", current == "messages"),
        Tab::new("/console/templates/requests", "Requests", current == "requests"),
        Tab::new("/console/templates/folders", "Folders", current == "folders"),
    ]
}

/// Asks before a template goes; `kind` is what it is called, `means` what that means.
pub(super) fn asks_to_delete(kind: &str, name: &str, path: String, means: &str) -> Confirm {
    Confirm {
        section: "templates",
        path: format!("{path}/delete"),
        back: path,
        heading: format!("Delete the {kind} {name}?"),
        sentences: vec![means.into()],
        label: format!("Delete {kind}"),
    }
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct TemplateForm {
    name: String,
    body: String,
    once: String,
    /// The edition that was shown; empty for a new one.
    seen: String,
    /// Which button: empty for Save.
    action: String,
}

impl TemplateForm {
    fn read(&self) -> Result<NewTemplate> {
        let mut check = Check::default();
        let name = match self.name.trim() {
            "" => Err("Give the template a name".to_owned()),
            name => Label::parse(name),
        };
        let name = check.take("name", name);
        let body = check.take("body", MergeText::parse(&self.body));
        check.finish(|| Some(NewTemplate { name: name?, body: body? }))
    }
}

#[derive(Serialize)]
struct TemplatesPage {
    may_edit: bool,
    tabs: [Tab; 3],
    own: Vec<TemplateShown>,
    presets: Vec<PresetShown>,
}

#[derive(Serialize)]
struct TemplateShown {
    id: String,
    href: String,
    name: String,
    body: String,
    changed: When,
}

#[derive(Serialize)]
struct PresetShown {
    key: &'static str,
    name: &'static str,
    body: &'static str,
    copy: String,
}

impl Page for TemplatesPage {
    const TEMPLATE: &'static str = "console/templates/index.html";
    const SECTION: &'static str = "templates";
}

fn path(id: Id<Template>) -> String {
    format!("{HOME}/{id}")
}

#[handler]
async fn templates_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let own = console.templates()?.into_iter().map(|template| TemplateShown {
        id: template.id.to_string(),
        href: path(template.id),
        name: template.name.to_string(),
        body: template.body.to_string(),
        changed: pages.when(template.changed),
    });
    let presets = PRESETS.iter().map(|preset| PresetShown {
        key: preset.key,
        name: preset.name,
        body: preset.body,
        copy: format!("{HOME}/new?from={}", preset.key),
    });
    pages.show(&TemplatesPage {
        may_edit: console.me().role >= Role::Admin,
        tabs: tabs("messages"),
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
    fields: [&'static str; 7],
    help_url: &'static str,
    preview: Preview,
    form: Typed<TemplateForm>,
}

impl Page for EditPage {
    const TEMPLATE: &'static str = "console/templates/edit.html";
    const SECTION: &'static str = "templates";
}

fn preview(console: &Console, pages: &Pages<'_>, form: &TemplateForm) -> Result<Preview> {
    let body = MergeText::parse(&form.body).ok();
    let letter = console.preview_template(body.as_ref())?;
    Preview::of(console, pages, &letter, SAMPLE_CONTACT.into())
}

fn editor(
    admin: &Admin,
    pages: &Pages<'_>,
    template: Option<Id<Template>>,
    form: Typed<TemplateForm>,
) -> Result<EditPage> {
    Ok(EditPage {
        title: if template.is_some() { "Edit template" } else { "New template" },
        path: template.map_or(HOME.into(), path),
        delete: template.map(|id| format!("{}/delete", path(id))),
        fields: FIELDS,
        help_url: "{{help.url}}",
        preview: preview(admin.console(), pages, &form.values)?,
        form,
    })
}

/// What a new template begins with: a preset, or one of the firm's own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct From {
    from: String,
}

#[handler]
async fn new_template_page(
    admin: Admin,
    pages: Pages<'_>,
    Query(From { from }): Query<From>,
) -> Result<Response> {
    let (name, body) = match (Preset::find(&from), from.parse::<Id<Template>>()) {
        (Some(preset), _) => (preset.name.to_owned(), preset.body.to_owned()),
        (None, Ok(id)) => {
            let template = admin.console().template(id)?;
            (format!("Copy of {}", template.name), template.body.to_string())
        }
        _ => (String::new(), String::new()),
    };
    let form = TemplateForm { name, body, once: fresh_once(), ..TemplateForm::default() };
    pages.show(&editor(&admin, &pages, None, form.into())?)
}

#[handler]
async fn create_template(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    save(&admin, &pages, None, form).await
}

#[handler]
async fn preview_template(
    console: Console,
    pages: Pages<'_>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    pages.show(&preview(&console, &pages, &form)?)
}

#[handler]
async fn template_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<Template>>,
) -> Result<Response> {
    let template = admin.console().template(id)?;
    let form = TemplateForm {
        name: template.name.to_string(),
        body: template.body.to_string(),
        seen: template.edition(),
        ..TemplateForm::default()
    };
    pages.show(&editor(&admin, &pages, Some(id), form.into())?)
}

#[handler]
async fn edit_template(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<Template>>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    save(&admin, &pages, Some(id), form).await
}

async fn save(
    admin: &Admin,
    pages: &Pages<'_>,
    id: Option<Id<Template>>,
    mut form: TemplateForm,
) -> Result<Response> {
    let there = id.map(|id| admin.console().template(id)).transpose()?;
    if form.action == "preview" {
        return pages.show(&editor(admin, pages, id, form.into())?);
    }
    let saved = match (form.read(), id) {
        (Ok(new), None) => admin.create_template(new, form.once.clone()).await.map(|_| ()),
        (Ok(new), Some(id)) => admin.edit_template(id, new, form.seen.clone()).await,
        (Err(e), _) => Err(e),
    };
    match saved {
        Ok(()) => Ok(see_other(HOME).flash(format!("{} is saved.", form.name.trim()))),
        Err(e) => {
            // Told that somebody was faster, whoever saves again means it.
            if matches!(&e, Error::Invalid(fields) if fields.contains_key("form")) {
                form.seen = there.map(|there| there.edition()).unwrap_or_default();
            }
            pages.refused(form, e, |form| editor(admin, pages, id, form))
        }
    }
}

#[handler]
async fn delete_template_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<Template>>,
) -> Result<Response> {
    let name = admin.console().template(id)?.name;
    let means = "Nobody on your team can choose it any more. Invites that were written with it keep their text.";
    pages.show(&asks_to_delete("template", name.as_str(), path(id), means))
}

#[handler]
async fn delete_template(admin: Admin, Path(id): Path<Id<Template>>) -> Result<Response> {
    match admin.delete_template(id).await {
        Ok(name) => Ok(see_other(HOME).flash(format!("{name} is deleted."))),
        // Two clicks, or two people: it is gone, which is what was asked for.
        Err(Error::NotFound) => Ok(see_other(HOME)),
        Err(e) => Err(e),
    }
}
