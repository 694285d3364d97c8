//! The editor of a template, for a new one as well as for one that is there.

use poem::web::{Path, Query};
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::{Deserialize, Serialize};

use super::form::TemplateForm;
use super::{HOME, path};
use crate::console::fields::Choice;
use crate::console::requests::fields::{AskedShown, Offer, Posted, Preview, months, stored};
use crate::error::{Error, Result};
use crate::http::body::BodyLimit;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::Answer;
use crate::http::routes::Routes;
use crate::model::request::Request;
use crate::model::request_template::{Blueprint, Filling, RequestTemplate, TemplateFrom};
use crate::model::{Admin, Console, Id, fresh_once};

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
    #[serde(flatten)]
    asked: AskedShown,
    months: Vec<Choice>,
    /// What a client would read if it were sent today.
    preview: Preview,
    /// By which a script knows this form again.
    mark: String,
    form: Typed<TemplateForm>,
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
        let (firm, sender) = (console.firm()?, console.me().name.as_str());
        let day = console.today()?;
        let filling = Filling { client: SAMPLE_CLIENT, sender, firm: &firm, day };
        let (blueprint, offer) = (&form.values.blueprint, Offer::for_many());
        Ok(Self {
            heading: if id.is_some() { "Edit request template" } else { "New request template" },
            path: id.map_or(HOME.into(), path),
            here: id.map(path),
            asked: AskedShown::of(console, &blueprint.asked, &form.errors, offer, open)?,
            months: months(),
            preview: blueprint.preview(&filling),
            mark: form.values.mark().to_owned(),
            form,
        })
    }
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
    if let Some(open) = form.blueprint.asked.turned(button, 1) {
        return pages.show(&EditPage::of(console, id, form.into(), open)?);
    }
    if button == "preview" {
        return pages.show(&EditPage::of(console, id, form.into(), None)?);
    }
    let saved = match form.read() {
        Ok(new) => admin.save_request_template(id, new, form.seen.clone(), form.once.clone()).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(_) => Ok(stored(HOME, form.mark()).flash(format!("{} is saved.", form.name.trim()))),
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
