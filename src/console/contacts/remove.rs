//! Removing a contact from a client: the page says what ends.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Contact, Ending};
use crate::model::{Console, Id, fresh_once};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/:contact/remove", remove_page)
        .post("/console/clients/:client/contacts/:contact/remove", remove_contact)
}

/// Asks before somebody is removed, and says what ends.
#[derive(Serialize)]
struct RemovePage {
    back: String,
    path: String,
    name: String,
    client: String,
    ends: Vec<String>,
    stays: Option<String>,
    once: String,
}

impl Page for RemovePage {
    const TEMPLATE: &'static str = "console/contacts/remove.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn remove_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let ending = console.what_ends(client, contact)?;
    let record = console.client(client)?;
    let others: Vec<&str> = ending.others.iter().map(|(_, name)| name.as_str()).collect();
    pages.show(&RemovePage {
        back: format!("/console/clients/{client}/contacts#{contact}"),
        path: format!("/console/clients/{client}/contacts/{contact}/remove"),
        name: ending.contact.full_name(),
        client: record.client.name.to_string(),
        ends: ends(&ending, record.client.name.as_str()),
        stays: (!others.is_empty())
            .then(|| format!("They stay a contact of {}.", others.join(", "))),
        once: fresh_once(),
    })
}

/// What ends, a sentence each.
fn ends(ending: &Ending, client: &str) -> Vec<String> {
    let mut ends = Vec::new();
    if ending.membership.has_access() {
        ends.push(format!("They can no longer open the portal of {client}."));
    }
    if let Some(address) = &ending.invited_at {
        ends.push(format!("The invite to {address} ends, and its link no longer works."));
    }
    if ending.others.is_empty() {
        match ending.sessions {
            0 => {}
            1 => ends.push("They are logged out of the browser they use.".into()),
            many => ends.push(format!("They are logged out of {many} browsers.")),
        }
        ends.push("Mails to them that have not left are taken back.".into());
        ends.push(
            "Their name, addresses, numbers and login are deleted. This cannot be undone.".into(),
        );
    } else {
        ends.push(format!("Their role at {client} is forgotten."));
    }
    ends
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RemoveForm {
    once: String,
}

#[handler]
async fn remove_contact(
    console: Console,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(form): Form<RemoveForm>,
) -> Result<Response> {
    let name = console.remove_contact(client, contact, form.once).await?;
    let said = format!("{name} was removed from the contacts.");
    Ok(see_other(format!("/console/clients/{client}/contacts")).flash(Flash::ok(said)))
}
