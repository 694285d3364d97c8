//! A known person as a contact of a further client: found by search, added by a button.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{at_contact, names};
use crate::console::fields::filled;
use crate::console::record::RecordHead;
use crate::error::{Error, Fields, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::KnownContact;
use crate::model::{Console, Id};
use crate::values::{Label, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/existing", existing_contact_page)
        .post("/console/clients/:client/contacts/existing", add_existing_contact)
}

/// What was typed to find somebody.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct FindForm {
    find: String,
}

/// Somebody known from another client.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct ExistingForm {
    contact: String,
    role: String,
}

#[derive(Serialize)]
struct ExistingPage {
    record: RecordHead,
    form: Typed<FindForm>,
    rows: Vec<KnownRow>,
    total: String,
}

impl Page for ExistingPage {
    const TEMPLATE: &'static str = "console/contacts/existing.html";
    const SECTION: &'static str = "clients";
}

#[derive(Serialize)]
struct KnownRow {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    address: String,
    clients: String,
}

impl KnownRow {
    fn of(known: &KnownContact) -> Self {
        let name = known.contact.full_name();
        Self {
            id: known.contact.id.to_string(),
            initials: initials(&name),
            hue: hue(&name),
            address: known.contact.primary().map(ToString::to_string).unwrap_or_default(),
            clients: names(&known.clients),
            name,
        }
    }
}

#[handler]
async fn existing_contact_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Query(form): Query<FindForm>,
) -> Result<Response> {
    let record = RecordHead::of(&console.client(client)?, "contacts");
    let found = filled(&form.find).map(|find| console.find_contacts(find, client)).transpose()?;
    let (found, total) =
        found.map(|found| (found.rows, found.total.to_string())).unwrap_or_default();
    let rows = found.iter().map(KnownRow::of).collect();
    pages.show(&ExistingPage { record, form: form.into(), rows, total })
}

#[handler]
async fn add_existing_contact(
    console: Console,
    Path(client): Path<Id<Client>>,
    Form(form): Form<ExistingForm>,
) -> Result<Response> {
    let contact = form.contact.parse().map_err(|_| Error::NotFound)?;
    let role = filled(&form.role).map(Label::parse).transpose();
    let role = role.map_err(|why| Error::Invalid(Fields::from([("role".into(), why)])))?;
    let contact = console.add_existing_contact(client, contact, role).await?;
    let said = format!(
        "{} is a contact of this client too. They see nothing of it before they accept an invite.",
        contact.full_name()
    );
    Ok(see_other(at_contact(client, contact.id)).flash(Flash::ok(said)))
}
