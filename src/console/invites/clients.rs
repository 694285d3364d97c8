//! Everyone not yet invited of several clients at once.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{Group, Preview, message_of, report, template_text, templates, warnings};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::{Console, Id, InviteDraft, fresh_once};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/invites/new", clients_invites_page)
        .post("/console/invites", send_clients_invites)
}

/// Names shown on the page for several clients; more are counted.
const NAMES: usize = 200;

/// Which clients, in the address.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Which {
    client: Vec<String>,
}

/// The form for several clients as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ClientsForm {
    client: Vec<String>,
    template: String,
    message: String,
    once: String,
    action: String,
}

#[derive(Serialize)]
struct Person {
    name: String,
    client: String,
    address: Option<String>,
    /// What to look at before their address is used.
    warnings: Vec<String>,
}

impl Person {
    fn of(console: &Console, draft: &InviteDraft) -> Result<Self> {
        Ok(Self {
            name: draft.contact.full_name(),
            client: draft.client.name.to_string(),
            address: draft.contact.primary().map(ToString::to_string),
            warnings: warnings(console, draft)?,
        })
    }
}

#[derive(Serialize)]
struct InviteClients {
    back: &'static str,
    clients: usize,
    people: Vec<Person>,
    more: usize,
    /// How many will get a mail.
    count: usize,
    templates: Vec<Group>,
    help_url: String,
    preview: Option<Preview>,
    form: Typed<ClientsForm>,
}

impl Page for InviteClients {
    const TEMPLATE: &'static str = "console/invites/clients.html";
    const SECTION: &'static str = "clients";
}

fn clients_page(
    console: &Console,
    pages: &Pages<'_>,
    form: Typed<ClientsForm>,
) -> Result<InviteClients> {
    let clients = ids(&form.values.client)?;
    let drafts = console.uninvited(&clients)?;
    let message = message_of(&form.values.message).ok().flatten();
    let first = drafts.iter().find(|draft| draft.contact.primary().is_some());
    let preview = first.map(|draft| {
        let letter = console.preview_invite(draft, message.as_ref())?;
        Preview::of(console, pages, &letter, draft.contact.full_name())
    });
    Ok(InviteClients {
        back: "/console/clients",
        clients: clients.len(),
        people: drafts
            .iter()
            .take(NAMES)
            .map(|draft| Person::of(console, draft))
            .collect::<Result<_>>()?,
        more: drafts.len().saturating_sub(NAMES),
        count: drafts.iter().filter(|draft| draft.contact.primary().is_some()).count(),
        templates: templates(console)?,
        help_url: console.firm()?.public_url.join("/help"),
        preview: preview.transpose()?,
        form,
    })
}

fn ids(clients: &[String]) -> Result<Vec<Id<Client>>> {
    clients.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
}

#[handler]
async fn clients_invites_page(
    console: Console,
    pages: Pages<'_>,
    req: &poem::Request,
) -> Result<Response> {
    let query = req.uri().query().unwrap_or_default();
    let which: Which = serde_html_form::from_str(query).map_err(|_| Error::NotFound)?;
    if which.client.is_empty() {
        return Ok(see_other("/console/clients")
            .flash("Tick the clients whose contacts you want to invite."));
    }
    let form = ClientsForm { client: which.client, once: fresh_once(), ..ClientsForm::default() };
    pages.show(&clients_page(&console, &pages, form.into())?)
}

#[handler]
async fn send_clients_invites(
    console: Console,
    pages: Pages<'_>,
    Form(mut form): Form<ClientsForm>,
) -> Result<Response> {
    if !form.action.is_empty() {
        if form.action == "template" {
            form.message = template_text(&templates(&console)?, &form.template).unwrap_or_default();
        }
        return pages.show(&clients_page(&console, &pages, form.into())?);
    }
    let message = message_of(&form.message).map_err(|why| Error::field("message", why));
    let sent = match message {
        Ok(message) => console.invite_clients(ids(&form.client)?, message, form.once.clone()).await,
        Err(e) => Err(e),
    };
    match sent {
        Ok(sent) => Ok(see_other("/console/clients").flash(report(&console, &sent)?)),
        Err(e) => pages.again(&clients_page(&console, &pages, Typed::from(form).with(e)?)?),
    }
}
