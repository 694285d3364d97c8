//! Which areas of the portal a contact may use: its own small page, and a part of the form of a contact.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::console::client_forms::is_stale;
use crate::error::Result;
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Closed, Contact};
use crate::model::membership::OpenAreas;
use crate::model::status::ContactStatus;
use crate::model::{Console, Id, Total};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/:contact/areas", areas_page)
        .post("/console/clients/:client/contacts/:contact/areas", set_areas)
}

const FILES: &str = "files";
const REQUESTS: &str = "requests";

/// The areas as a form sends them: each that is ticked by its name.
pub(in crate::console) fn ticked(open: OpenAreas) -> Vec<String> {
    let all = [(FILES, open.files), (REQUESTS, open.requests)];
    all.into_iter().filter(|(_, open)| *open).map(|(name, _)| name.to_owned()).collect()
}

/// The same, as they came.
pub(in crate::console) fn read(area: &[String]) -> OpenAreas {
    let has = |name: &str| area.iter().any(|ticked| ticked == name);
    OpenAreas { files: has(FILES), requests: has(REQUESTS) }
}

/// What there is to tick.
#[derive(Serialize)]
pub(in crate::console) struct AreasShown {
    ticks: Vec<Tick>,
    /// What they see if nothing is ticked.
    without: String,
}

#[derive(Serialize)]
struct Tick {
    value: &'static str,
    label: &'static str,
    hint: String,
    checked: bool,
}

impl AreasShown {
    /// For somebody new.
    pub(in crate::console) fn of_new(area: &[String]) -> Self {
        let nothing_closed = Closed { files: None, requests: None };
        Self::with(area, "they", |part, _| part.open.to_owned(), nothing_closed)
    }

    /// For a contact who is there. Of what is closed so far, it is said what opening it shows.
    pub(in crate::console) fn of(
        console: &Console,
        row: &ContactStatus,
        area: &[String],
    ) -> Result<Self> {
        let tie = &row.membership;
        let closed = console.closed_areas(tie.client, tie.contact)?;
        let first = row.contact.first.as_str();
        let hint = |part: &Part, closed: Option<Total>| match closed {
            None => part.open.to_owned(),
            Some(Total::Exactly(0)) => {
                format!("Closed to {first} so far. There is nothing for {first} to see yet.")
            }
            Some(total) if tie.has_access() => {
                let what = part.many(total);
                format!("Closed to {first} so far. Tick it, and {first} will see {what} at once.")
            }
            Some(total) => {
                let what = part.many(total);
                format!(
                    "Closed to {first} so far. Tick it, and with access {first} will see {what}."
                )
            }
        };
        Ok(Self::with(area, first, hint, closed))
    }

    fn with(
        area: &[String],
        first: &str,
        hint: impl Fn(&Part, Option<Total>) -> String,
        closed: Closed,
    ) -> Self {
        let chosen = read(area);
        let tick = |part: &Part, closed, checked| Tick {
            value: part.value,
            label: part.label,
            hint: hint(part, closed),
            checked,
        };
        let verb = if first == "they" { "see" } else { "sees" };
        let ticks = vec![
            tick(&Part::FILES, closed.files, chosen.files),
            tick(&Part::REQUESTS, closed.requests, chosen.requests),
        ];
        let without = format!(
            "Without either, {first} {verb} Home with a sentence that nothing is open yet, and whom to ask."
        );
        Self { ticks, without }
    }
}

/// What is said of one area.
struct Part {
    value: &'static str,
    label: &'static str,
    /// While it is open.
    open: &'static str,
    one: &'static str,
    several: &'static str,
}

impl Part {
    const FILES: Self = Self {
        value: FILES,
        label: "Files",
        open: "What you share with them, and adding files of their own.",
        one: "file",
        several: "files",
    };
    const REQUESTS: Self = Self {
        value: REQUESTS,
        label: "Requests",
        open: "What you ask them for, and reminders of it.",
        one: "request",
        several: "requests",
    };

    /// "1 file", "more than 100 files".
    fn many(&self, total: Total) -> String {
        let noun = if total == Total::Exactly(1) { self.one } else { self.several };
        format!("{total} {noun}")
    }
}

/// The areas as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct AreasForm {
    area: Vec<String>,
    seen: String,
}

#[derive(Serialize)]
struct AreasPage {
    back: String,
    path: String,
    name: String,
    client: String,
    form: Typed<AreasForm>,
    areas: AreasShown,
}

impl Page for AreasPage {
    const TEMPLATE: &'static str = "console/contacts/areas.html";
    const SECTION: &'static str = "clients";
}

fn areas_form(console: &Console, row: &ContactStatus, form: Typed<AreasForm>) -> Result<AreasPage> {
    let (client, contact) = (row.membership.client, row.contact.id);
    Ok(AreasPage {
        back: format!("/console/clients/{client}/contacts#{contact}"),
        path: format!("/console/clients/{client}/contacts/{contact}/areas"),
        name: row.contact.full_name(),
        client: console.client(client)?.client.name.to_string(),
        areas: AreasShown::of(console, row, &form.values.area)?,
        form,
    })
}

#[handler]
async fn areas_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let row = console.contact_status(client, contact)?;
    let tie = &row.membership;
    let form = AreasForm { area: ticked(tie.areas.open()), seen: tie.areas_edition() };
    pages.show(&areas_form(&console, &row, form.into())?)
}

#[handler]
async fn set_areas(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(form): Form<AreasForm>,
) -> Result<Response> {
    let before = console.contact_status(client, contact)?;
    let open = read(&form.area);
    match console.set_areas(client, contact, open, form.seen.clone()).await {
        Ok(()) => {
            let said = said(&before.contact.full_name(), open);
            let back = format!("/console/clients/{client}/contacts#{contact}");
            Ok(see_other(back).flash(Flash::ok(said)))
        }
        Err(e) => {
            let mut form = Typed::from(form).with(e)?;
            let row = console.contact_status(client, contact)?;
            if is_stale(&form.errors) {
                form.values.seen = row.membership.areas_edition();
            }
            pages.again(&areas_form(&console, &row, form)?)
        }
    }
}

/// What they may use from now on.
fn said(name: &str, open: OpenAreas) -> String {
    match (open.files, open.requests) {
        (true, true) => format!("Saved. {name} may use Files and Requests."),
        (true, false) => format!("Saved. {name} may use Files, and not Requests."),
        (false, true) => format!("Saved. {name} may use Requests, and not Files."),
        (false, false) => format!("Saved. No area of the portal is open to {name}."),
    }
}
