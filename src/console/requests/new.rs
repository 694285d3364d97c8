//! A new request: of which client, and what it begins with. The draft is made then, and opened in the editor.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::here;
use crate::console::fields::filled;
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::see_other;
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::request::Request;
use crate::model::request_template::{BLUEPRINT_PRESETS, TemplateFrom};
use crate::model::{ClientFound, ClientQuery, Console, Id, RequestQuery, RequestState, fresh_once};
use crate::values::{hue, initials};

const NEW: &str = "/console/requests/new";

pub(super) fn routes() -> Routes {
    Routes::default().get(NEW, new_page).post(NEW, make)
}

/// Earlier requests of a client that one can begin with.
const EARLIER: usize = 8;

/// What the address says.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct Start {
    client: String,
    /// A template, or a preset.
    template: String,
    /// An earlier request.
    copy: String,
    /// What was typed to find a client.
    find: String,
}

impl Start {
    /// The address of this page for a client.
    fn with(&self, client: Id<Client>) -> Result<String> {
        let start = Self { client: client.to_string(), find: String::new(), ..self.clone() };
        let query = serde_html_form::to_string(&start).map_err(Error::bug)?;
        Ok(format!("{NEW}?{query}"))
    }
}

/// Whom to choose.
#[derive(Serialize)]
struct ChoosePage {
    form: Typed<Start>,
    rows: Vec<ClientRow>,
    total: String,
}

impl Page for ChoosePage {
    const TEMPLATE: &'static str = "console/requests/choose.html";
    const SECTION: &'static str = "requests";
}

#[derive(Serialize)]
struct ClientRow {
    href: String,
    name: String,
    initials: String,
    hue: u8,
    meta: String,
}

/// The form that makes it, as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct NewForm {
    client: String,
    /// "blank", "task", a key of a preset, or the id of a template or of a request.
    from: String,
    once: String,
}

/// What it begins with.
#[derive(Serialize)]
struct NewPage {
    client: String,
    client_href: String,
    groups: Vec<Group>,
    form: Typed<NewForm>,
}

impl Page for NewPage {
    const TEMPLATE: &'static str = "console/requests/new.html";
    const SECTION: &'static str = "requests";
}

#[derive(Serialize)]
struct Group {
    label: &'static str,
    options: Vec<StartingPoint>,
}

#[derive(Serialize)]
struct StartingPoint {
    value: String,
    label: String,
    hint: String,
    icon: &'static str,
}

impl StartingPoint {
    fn new(
        value: impl Into<String>,
        label: impl Into<String>,
        hint: impl Into<String>,
        icon: &'static str,
    ) -> Self {
        Self { value: value.into(), label: label.into(), hint: hint.into(), icon }
    }
}

#[handler]
async fn new_page(
    console: Console,
    pages: Pages<'_>,
    Query(start): Query<Start>,
) -> Result<Response> {
    let Some(client) = filled(&start.client) else {
        return pages.show(&choose(&console, start)?);
    };
    let client: Id<Client> = client.parse().map_err(|_| Error::NotFound)?;
    let from = match (start.copy.as_str(), start.template.as_str()) {
        ("", "") => "blank",
        ("", template) => template,
        (copy, _) => copy,
    };
    let form = NewForm { client: client.to_string(), from: from.into(), once: fresh_once() };
    pages.show(&begin(&console, client, form.into())?)
}

fn choose(console: &Console, start: Start) -> Result<ChoosePage> {
    let query = ClientQuery {
        find: start.find.chars().take(200).collect(),
        active: Some(true),
        ..ClientQuery::default()
    };
    let found = console.clients(&query)?;
    let row = |client: &ClientFound| {
        Ok(ClientRow {
            href: start.with(client.id)?,
            name: client.name.clone(),
            initials: initials(&client.name),
            hue: hue(&client.name),
            meta: match client.contacts {
                0 => "no contacts yet".into(),
                1 => "1 contact".into(),
                many => format!("{many} contacts"),
            },
        })
    };
    let rows = found.rows.iter().map(row).collect::<Result<_>>()?;
    Ok(ChoosePage { rows, total: found.total.to_string(), form: start.into() })
}

fn begin(console: &Console, client: Id<Client>, form: Typed<NewForm>) -> Result<NewPage> {
    let record = console.client(client)?.client;
    let mut groups = vec![Group {
        label: "Something new",
        options: vec![
            StartingPoint::new(
                "blank",
                "Request",
                "Files, questions and confirmations, one after the other",
                "list",
            ),
            StartingPoint::new("task", "Task", "Nothing to hand in: they mark it as done", "check"),
        ],
    }];
    let templates = console.request_templates()?;
    let templates = templates.iter().map(|template| {
        let hint = items(template.blueprint.items.len());
        StartingPoint::new(template.id.to_string(), template.name.to_string(), hint, "template")
    });
    let presets = BLUEPRINT_PRESETS
        .iter()
        .map(|preset| StartingPoint::new(preset.key, preset.name, preset.about, "template"));
    groups.push(Group { label: "A template", options: templates.chain(presets).collect() });
    let earlier = earlier(console, client, &form.values.from)?;
    if !earlier.is_empty() {
        groups.push(Group { label: "An earlier request", options: earlier });
    }
    Ok(NewPage {
        client: record.name.to_string(),
        client_href: format!("/console/clients/{client}"),
        groups,
        form,
    })
}

fn items(count: usize) -> String {
    match count {
        0 => "A task".into(),
        1 => "1 item".into(),
        many => format!("{many} items"),
    }
}

/// Requests of this client, and the one that somebody came from.
fn earlier(console: &Console, client: Id<Client>, from: &str) -> Result<Vec<StartingPoint>> {
    let query =
        RequestQuery { state: RequestState::Any, client: Some(client), ..RequestQuery::default() };
    let found = console.requests(&query)?;
    let mut points: Vec<StartingPoint> =
        found.rows.iter().take(EARLIER).map(|row| point(&row.request, "")).collect();
    if let Ok(copied) = from.parse::<Id<Request>>()
        && !points.iter().any(|point| point.value == from)
    {
        let detail = console.request(copied)?;
        points.insert(0, point(&detail.request, detail.client.name.as_str()));
    }
    Ok(points)
}

fn point(request: &Request, client: &str) -> StartingPoint {
    let what = items(request.progress.of.into());
    let hint = match client {
        "" => format!("{what}, {}", request.lane().label().to_lowercase()),
        client => format!("{what}, of {client}"),
    };
    StartingPoint::new(request.id.to_string(), request.title.to_string(), hint, "copy")
}

#[handler]
async fn make(console: Console, pages: Pages<'_>, Form(form): Form<NewForm>) -> Result<Response> {
    let client: Id<Client> = form.client.parse().map_err(|_| Error::NotFound)?;
    console.client(client)?;
    let made = match form.from.as_str() {
        "blank" | "task" => Some(console.blueprint_from(TemplateFrom::Blank)?),
        id if id.starts_with("rq_") => {
            let copied = id.parse().map_err(|_| Error::NotFound)?;
            Some((console.request_as_blueprint(copied)?, None))
        }
        key => match TemplateFrom::parse(key).filter(|_| !key.is_empty()) {
            Some(from) => Some(console.blueprint_from(from)?),
            None => None,
        },
    };
    let Some((blueprint, template)) = made else {
        let error = Error::field("from", "Choose what it begins with");
        return pages.refused(form, error, |form| begin(&console, client, form));
    };
    match console.new_request(client, blueprint, template, form.once.clone()).await {
        Ok(id) if form.from == "blank" => Ok(see_other(format!("{}/edit?add=file", here(id)))),
        Ok(id) => Ok(see_other(format!("{}/edit", here(id)))),
        Err(e) => {
            let error = match e {
                Error::Refused(why) => Error::field("from", why),
                other => other,
            };
            pages.refused(form, error, |form| begin(&console, client, form))
        }
    }
}
