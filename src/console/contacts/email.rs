//! Somebody without an address: asks for it, and goes on to the invite.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::console::contact_forms::after_edit;
use crate::console::fields::{Choice, places};
use crate::error::{Check, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Contact, Place};
use crate::model::{Console, Id};
use crate::values::Email;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/:contact/email", email_page)
        .post("/console/clients/:client/contacts/:contact/email", set_email)
}

/// The address that is missing.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct EmailForm {
    address: String,
    kind: String,
}

/// Asks for the primary address, and goes on to the invite.
#[derive(Serialize)]
struct EmailPage {
    back: String,
    path: String,
    name: String,
    first_name: String,
    form: Typed<EmailForm>,
    places: Vec<Choice>,
}

impl Page for EmailPage {
    const TEMPLATE: &'static str = "console/contacts/email.html";
    const SECTION: &'static str = "clients";
}

fn email_form(
    console: &Console,
    client: Id<Client>,
    contact: Id<Contact>,
    form: Typed<EmailForm>,
) -> Result<EmailPage> {
    let contact = console.contact_status(client, contact)?.contact;
    Ok(EmailPage {
        back: format!("/console/clients/{client}/contacts#{}", contact.id),
        path: format!("/console/clients/{client}/contacts/{}/email", contact.id),
        name: contact.full_name(),
        first_name: contact.first.to_string(),
        places: places(),
        form,
    })
}

#[handler]
async fn email_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let form = EmailForm { kind: "work".into(), ..EmailForm::default() };
    pages.show(&email_form(&console, client, contact, form.into())?)
}

#[handler]
async fn set_email(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(form): Form<EmailForm>,
) -> Result<Response> {
    let mut check = Check::default();
    let address = check.take("address", Email::parse(&form.address));
    let kind = check.take("kind", Place::parse(&form.kind));
    let done = match check.finish(|| address.zip(kind)) {
        Ok((address, kind)) => console.set_primary_email(client, contact, address, kind).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(edited) if edited.replaced.is_empty() && edited.proving.is_none() => {
            let path = format!("/console/clients/{client}/contacts/{contact}/invite");
            Ok(see_other(path).flash(Flash::ok("The address is saved.")))
        }
        Ok(edited) => Ok(after_edit(client, contact, &edited)),
        Err(e) => {
            let form = Typed::from(form).with(e)?;
            pages.again(&email_form(&console, client, contact, form)?)
        }
    }
}
