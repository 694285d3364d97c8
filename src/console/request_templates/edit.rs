//! The editor of a template, for a new one as well as for one that is there.

use poem::web::{Path, Query};
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::{Deserialize, Serialize};

use super::form::TemplateForm;
use super::{HOME, path};
use crate::console::fields::Choice;
use crate::console::requests::fields::{
    ItemAction, ItemForm, ItemShown, Offer, Posted, shown_items, sum_of,
};
use crate::error::{Error, Result};
use crate::http::body::BodyLimit;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::request::Request;
use crate::model::request_template::{
    Blueprint, Filling, RelativeDue, RequestTemplate, TemplateFrom,
};
use crate::model::{Admin, Console, Id, fresh_once};
use crate::values::merge::REQUEST_FIELDS;
use crate::values::{Day, Instructions, Title};

/// Whose request the preview shows.
const SAMPLE_CLIENT: &str = "Marlow Ceramics Ltd";

pub(super) fn routes() -> Routes {
    let (long, create) = (BodyLimit::LONG_FORM, create.into_endpoint());
    Routes::default()
        .post(HOME, create.data(long))
        .get("/console/templates/requests/new", new_page)
        .get("/console/templates/requests/:template", edit_page)
        .post("/console/templates/requests/:template", edit.into_endpoint().data(long))
}

#[derive(Serialize)]
struct EditPage {
    heading: &'static str,
    path: String,
    /// The page of the template, once there is one.
    here: Option<String>,
    key: String,
    items: Vec<ItemShown>,
    sum: String,
    offer: Offer,
    default_rule: String,
    merge_fields: Vec<String>,
    months: Vec<Choice>,
    preview: Preview,
    form: Typed<TemplateForm>,
}

/// What a client would read if it were sent today.
#[derive(Serialize)]
struct Preview {
    client: &'static str,
    title: String,
    due: Option<String>,
    instructions: String,
}

impl Page for EditPage {
    const TEMPLATE: &'static str = "console/request-templates/edit.html";
    const SECTION: &'static str = "templates";
}

impl EditPage {
    fn of(
        console: &Console,
        id: Option<Id<RequestTemplate>>,
        form: Typed<TemplateForm>,
        open: Option<u16>,
    ) -> Result<Self> {
        let months = RelativeDue::months().map(|(number, name)| Choice::new(number, name));
        Ok(Self {
            heading: if id.is_some() { "Edit request template" } else { "New request template" },
            path: id.map_or(HOME.into(), path),
            here: id.map(path),
            key: id.map(|id| id.to_string()).unwrap_or_default(),
            items: shown_items(&form.values.items, &form.errors, open),
            sum: sum_of(&form.values.items),
            offer: Offer::for_many(),
            default_rule: console.request_settings()?.rule.text(),
            merge_fields: REQUEST_FIELDS.iter().map(|field| format!("{{{{{field}}}}}")).collect(),
            months: months.collect(),
            preview: preview(console, &form.values)?,
            form,
        })
    }
}

fn preview(console: &Console, form: &TemplateForm) -> Result<Preview> {
    let firm = console.firm()?;
    let day = Day::at(console.now(), firm.zone.tz());
    let mut blueprint =
        Blueprint { due: form.read_due().unwrap_or(RelativeDue::None), ..Blueprint::blank() };
    if let Ok(title) = Title::parse(&form.title) {
        blueprint.title = title;
    }
    blueprint.instructions = Instructions::parse(&form.instructions).unwrap_or_default();
    let sender = console.me().name.as_str();
    let filled = blueprint.fill(&Filling { client: SAMPLE_CLIENT, sender, firm: &firm, day });
    Ok(Preview {
        client: SAMPLE_CLIENT,
        title: filled.title.to_string(),
        due: filled.due.map(|due| due.full(firm.date_style)),
        instructions: filled.instructions.to_string(),
    })
}

/// What a new template begins with: nothing, a preset, one of the firm's own, or a request.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Start {
    from: String,
}

impl Start {
    fn begun(&self, console: &Console) -> Result<(String, Blueprint)> {
        if let Ok(request) = self.from.parse::<Id<Request>>() {
            let blueprint = console.request_as_blueprint(request)?;
            return Ok((blueprint.title.as_str().chars().take(100).collect(), blueprint));
        }
        let from = TemplateFrom::parse(&self.from).ok_or(Error::NotFound)?;
        let name = match from {
            TemplateFrom::Blank => String::new(),
            TemplateFrom::Preset(preset) => preset.name.to_owned(),
            TemplateFrom::Template(id) => format!("Copy of {}", console.request_template(id)?.name),
        };
        Ok((name, console.blueprint_from(from)?.0))
    }
}

#[handler]
async fn new_page(admin: Admin, pages: Pages<'_>, Query(start): Query<Start>) -> Result<Response> {
    let console = admin.console();
    let (name, blueprint) = start.begun(console)?;
    let mut form = TemplateForm::of(&name, &blueprint, &console.request_settings()?.rule);
    form.once = fresh_once();
    pages.show(&EditPage::of(console, None, form.into(), None)?)
}

#[handler]
async fn edit_page(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<RequestTemplate>>,
) -> Result<Response> {
    let console = admin.console();
    let template = console.request_template(id)?;
    let default = console.request_settings()?.rule;
    let mut form = TemplateForm::of(template.name.as_str(), &template.blueprint, &default);
    form.seen = template.edition();
    pages.show(&EditPage::of(console, Some(id), form.into(), None)?)
}

#[handler]
async fn create(admin: Admin, pages: Pages<'_>, Form(posted): Form<Posted>) -> Result<Response> {
    save(&admin, &pages, None, &posted).await
}

#[handler]
async fn edit(
    admin: Admin,
    pages: Pages<'_>,
    Path(id): Path<Id<RequestTemplate>>,
    Form(posted): Form<Posted>,
) -> Result<Response> {
    admin.console().request_template(id)?;
    save(&admin, &pages, Some(id), &posted).await
}

async fn save(
    admin: &Admin,
    pages: &Pages<'_>,
    id: Option<Id<RequestTemplate>>,
    posted: &Posted,
) -> Result<Response> {
    let (console, mut form) = (admin.console(), TemplateForm::posted(posted));
    let button = posted.word("action");
    if let Some(action) = ItemAction::parse(button) {
        let open = action.on(&mut form.items, 1);
        return pages.show(&EditPage::of(console, id, form.into(), open)?);
    }
    if button == "preview" {
        return pages.show(&EditPage::of(console, id, form.into(), None)?);
    }
    form.items.retain(|item| !ItemForm::untouched(item));
    let saved = match form.read() {
        Ok(new) => admin.save_request_template(id, new, form.seen.clone(), form.once.clone()).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(_) => Ok(see_other(HOME).flash(format!("{} is saved.", form.name.trim()))),
        Err(e) => {
            // Told that somebody was faster, whoever saves again means it.
            if let (Error::Invalid(fields), Some(id)) = (&e, id)
                && fields.contains_key("form")
            {
                form.seen = console.request_template(id)?.edition();
            }
            pages.refused(form, e, |form| EditPage::of(console, id, form, None))
        }
    }
}
