//! A known person as a contact of a further client: found by search, added by a button.

use poem::http::StatusCode;
use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{at_contact, names};
use crate::console::fields::filled;
use crate::console::record::RecordHead;
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Contact, KnownContact};
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

/// Somebody known from another client, chosen here or on the form for a new contact.
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
    /// The role that was typed for whoever is added, if it has to be corrected.
    role: String,
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
    pages.show(&existing_page(&console, client, form.into())?)
}

fn existing_page(
    console: &Console,
    client: Id<Client>,
    form: Typed<FindForm>,
) -> Result<ExistingPage> {
    let record = RecordHead::of(&console.client(client)?, "contacts");
    let find = filled(&form.values.find);
    let found = find.map(|find| console.find_contacts(find, Some(client))).transpose()?;
    let (found, total) =
        found.map(|found| (found.rows, found.total.to_string())).unwrap_or_default();
    let rows = found.iter().map(KnownRow::of).collect();
    Ok(ExistingPage { record, form, rows, total, role: String::new() })
}

#[handler]
async fn add_existing_contact(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<ExistingForm>,
) -> Result<Response> {
    let contact: Id<Contact> = form.contact.parse().map_err(|_| Error::NotFound)?;
    let role = filled(&form.role).map(Label::parse).transpose();
    let added = match role.map_err(|why| Error::field("role", why)) {
        Ok(role) => console.add_existing_contact(client, contact, role).await,
        Err(wrong) => Err(wrong),
    };
    let contact = match added {
        Ok(contact) => contact,
        Err(why) => return not_added(&console, &pages, client, &form, why),
    };
    let said = format!(
        "{} is a contact of this client too. They see nothing of it before they accept an invite.",
        contact.full_name()
    );
    Ok(see_other(at_contact(client, contact.id)).flash(Flash::ok(said)))
}

/// The page again with why nobody was added, and with the person where they can be added still.
fn not_added(
    console: &Console,
    pages: &Pages<'_>,
    client: Id<Client>,
    form: &ExistingForm,
    why: Error,
) -> Result<Response> {
    match why {
        Error::Refused(why) => {
            let form = Typed::from(FindForm::default()).with(Error::field("form", why))?;
            pages.show_as(StatusCode::CONFLICT, &existing_page(console, client, form)?)
        }
        why => {
            let contact: Id<Contact> = form.contact.parse().map_err(|_| Error::NotFound)?;
            let find = console.contact_name(contact)?;
            pages.refused(FindForm { find }, why, |found| {
                let page = existing_page(console, client, found)?;
                Ok(ExistingPage { role: form.role.clone(), ..page })
            })
        }
    }
}
