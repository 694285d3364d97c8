//! New contact, edit contact, and a known person as a contact of a further client.

mod existing;

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::client_forms::is_stale;
use super::contacts::areas::{self, AreasShown};
use super::fields::{Choice, FieldRow, RowAction, filled, places, rows};
use super::record::RecordHead;
use crate::error::{Check, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{
    Contact, ContactEmail, ContactPhone, Edited, LookAlike, NewContact, Place,
};
use crate::model::membership::{Membership, OpenAreas};
use crate::model::status::ContactStatus;
use crate::model::{Console, Id, fresh_once};
use crate::values::{ClientName, Email, Label, PersonName, Phone};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/new", new_contact_page)
        .post("/console/clients/:client/contacts/new", create_contact)
        .get("/console/clients/:client/contacts/:contact/edit", edit_contact_page)
        .post("/console/clients/:client/contacts/:contact/edit", edit_contact)
        .and(existing::routes())
}

/// More addresses or numbers than this are a mistake.
const MOST_ROWS: usize = 20;

/// A contact as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ContactForm {
    first: String,
    last: String,
    role: String,
    email: Vec<String>,
    email_kind: Vec<String>,
    phone: Vec<String>,
    phone_kind: Vec<String>,
    /// The areas that are ticked.
    area: Vec<String>,
    anyway: String,
    seen: String,
    once: String,
    #[serde(rename = "do")]
    button: String,
}

impl ContactForm {
    fn fresh() -> Self {
        let area = areas::ticked(OpenAreas::ALL);
        let mut form = Self { once: fresh_once(), area, ..Self::default() };
        form.make_room();
        form
    }

    fn of(contact: &Contact, at: &Membership) -> Self {
        let kind = |place: Place| place.label().to_lowercase();
        let mut form = Self {
            first: contact.first.to_string(),
            last: contact.last.as_ref().map(ToString::to_string).unwrap_or_default(),
            role: at.role.as_ref().map(ToString::to_string).unwrap_or_default(),
            email: contact.emails.iter().map(|email| email.address.to_string()).collect(),
            email_kind: contact.emails.iter().map(|email| kind(email.kind)).collect(),
            phone: contact.phones.iter().map(|phone| phone.number.to_string()).collect(),
            phone_kind: contact.phones.iter().map(|phone| kind(phone.kind)).collect(),
            area: areas::ticked(at.areas.open()),
            seen: contact.edition(at),
            ..Self::default()
        };
        form.make_room();
        form
    }

    /// A first contact of a new client, as one row of its form has it.
    pub(super) fn row(first: &str, last: &str, role: &str, email: &str, kind: &str) -> Self {
        Self {
            first: first.into(),
            last: last.into(),
            role: role.into(),
            email: vec![email.into()],
            email_kind: vec![kind.into()],
            area: areas::ticked(OpenAreas::ALL),
            ..Self::default()
        }
    }

    /// There is always a row to type into.
    fn make_room(&mut self) {
        if self.email.is_empty() {
            self.turn_emails(RowAction::Add);
        }
        if self.phone.is_empty() {
            self.turn_phones(RowAction::Add);
        }
    }

    fn turn_emails(&mut self, action: RowAction) {
        action.on(&mut self.email, "");
        action.on(&mut self.email_kind, "work");
    }

    fn turn_phones(&mut self, action: RowAction) {
        action.on(&mut self.phone, "");
        action.on(&mut self.phone_kind, "work");
    }

    /// Does what a button of the rows asks for; false if it asks for something else.
    fn turn(&mut self) -> bool {
        if let Some(action) = RowAction::parse(&self.button, "email") {
            self.turn_emails(action);
        } else if let Some(action) = RowAction::parse(&self.button, "phone") {
            self.turn_phones(action);
        } else {
            return false;
        }
        self.make_room();
        true
    }

    /// Whether nothing was typed.
    pub(super) fn is_blank(&self) -> bool {
        let single = [&self.first, &self.last, &self.role];
        let mut all = single.into_iter().chain(&self.email).chain(&self.phone);
        all.all(|typed| filled(typed).is_none())
    }

    pub(super) fn read(&self) -> Result<NewContact> {
        let mut check = Check::default();
        let first = check.take("first", PersonName::parse(&self.first));
        let last = check.take("last", filled(&self.last).map(PersonName::parse).transpose());
        let role = check.take("role", filled(&self.role).map(Label::parse).transpose());
        let emails = self.read_emails(&mut check);
        let phones = self.read_phones(&mut check);
        check.finish(|| {
            let (first, last, role, areas) = (first?, last?, role?, areas::read(&self.area));
            Some(NewContact { first, last, role, emails, phones, areas })
        })
    }

    fn read_emails(&self, check: &mut Check) -> Vec<ContactEmail> {
        let mut emails: Vec<ContactEmail> = Vec::new();
        for (at, typed) in self.email.iter().enumerate() {
            let Some(typed) = filled(typed) else { continue };
            let address = check.take(format!("email-{at}"), Email::parse(typed));
            let kind = check.take(format!("email_kind-{at}"), kind_at(&self.email_kind, at));
            let Some((address, kind)) = address.zip(kind) else { continue };
            if emails.iter().any(|known| known.address.key() == address.key()) {
                check.note(format!("email-{at}"), "This address is there already. Take one out");
            }
            emails.push(ContactEmail { address, kind });
        }
        if emails.len() > MOST_ROWS {
            check.note(
                "email-0",
                format!("A contact can have {MOST_ROWS} addresses. Take some out"),
            );
        }
        emails
    }

    fn read_phones(&self, check: &mut Check) -> Vec<ContactPhone> {
        let mut phones = Vec::new();
        for (at, typed) in self.phone.iter().enumerate() {
            let Some(typed) = filled(typed) else { continue };
            let number = check.take(format!("phone-{at}"), Phone::parse(typed));
            let kind = check.take(format!("phone_kind-{at}"), kind_at(&self.phone_kind, at));
            phones.extend(number.zip(kind).map(|(number, kind)| ContactPhone { number, kind }));
        }
        if phones.len() > MOST_ROWS {
            check.note("phone-0", format!("A contact can have {MOST_ROWS} numbers. Take some out"));
        }
        phones
    }
}

fn kind_at(kinds: &[String], at: usize) -> Result<Place, &'static str> {
    kinds.get(at).and_then(|kind| filled(kind)).map_or(Ok(Place::Work), Place::parse)
}

/// Somebody who may be the person about to be added.
#[derive(Serialize)]
struct LookAlikeShown {
    id: String,
    name: String,
    why: &'static str,
    clients: String,
    /// Where they can be added instead, unless they are a contact of this client already.
    add: Option<String>,
}

/// Look-alikes for a page, with the client to whom one of them can be added instead.
fn shown_look_alikes(found: Vec<LookAlike>, client: Id<Client>) -> Vec<LookAlikeShown> {
    let show = |alike: LookAlike| {
        let here = alike.clients.iter().any(|(id, _)| *id == client);
        LookAlikeShown {
            id: alike.contact.id.to_string(),
            name: alike.contact.full_name(),
            why: alike.why,
            clients: names(&alike.clients),
            add: (!here).then(|| format!("/console/clients/{client}/contacts/existing")),
        }
    };
    found.into_iter().map(show).collect()
}

pub(super) fn names(clients: &[(Id<Client>, ClientName)]) -> String {
    clients.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The form of a contact, new or known.
#[derive(Serialize)]
struct ContactPage {
    record: RecordHead,
    /// The name of the contact that is edited.
    name: Option<String>,
    form: Typed<ContactForm>,
    emails: Vec<FieldRow>,
    phones: Vec<FieldRow>,
    places: Vec<Choice>,
    areas: AreasShown,
    look_alikes: Vec<LookAlikeShown>,
}

impl Page for ContactPage {
    const TEMPLATE: &'static str = "console/contacts/form.html";
    const SECTION: &'static str = "clients";
}

fn contact_page(
    console: &Console,
    client: Id<Client>,
    who: Option<&ContactStatus>,
    form: Typed<ContactForm>,
    look_alikes: Vec<LookAlikeShown>,
) -> Result<ContactPage> {
    let Typed { values, errors }: &Typed<ContactForm> = &form;
    let emails = rows(&[("email", &values.email), ("email_kind", &values.email_kind)], errors);
    let phones = rows(&[("phone", &values.phone), ("phone_kind", &values.phone_kind)], errors);
    let record = RecordHead::of(&console.client(client)?, "contacts");
    let name = who.map(|row| row.contact.full_name());
    let areas = match who {
        Some(row) => AreasShown::of(console, row, &values.area)?,
        None => AreasShown::of_new(&values.area),
    };
    Ok(ContactPage { record, name, emails, phones, places: places(), areas, look_alikes, form })
}

/// The contacts of a client, with this one open.
fn at_contact(client: Id<Client>, contact: Id<Contact>) -> String {
    format!("/console/clients/{client}/contacts#{contact}")
}

#[handler]
async fn new_contact_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
) -> Result<Response> {
    pages.show(&contact_page(&console, client, None, ContactForm::fresh().into(), vec![])?)
}

#[handler]
async fn create_contact(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(mut form): Form<ContactForm>,
) -> Result<Response> {
    if form.turn() {
        return pages.show(&contact_page(&console, client, None, form.into(), vec![])?);
    }
    let done = match form.read() {
        Ok(new) => {
            if form.anyway.is_empty() {
                let alike = shown_look_alikes(console.look_alikes(&new)?, client);
                if !alike.is_empty() {
                    return pages.again(&contact_page(&console, client, None, form.into(), alike)?);
                }
            }
            let name = new.full_name();
            console.add_contact(client, new, form.once.clone()).await.map(|id| (id, name))
        }
        Err(e) => Err(e),
    };
    match done {
        Ok((id, name)) => Ok(see_other(at_contact(client, id))
            .flash(Flash::ok(format!("{name} was added. Send the invite when you are ready.")))),
        Err(e) => {
            let form = Typed::from(form).with(e)?;
            pages.again(&contact_page(&console, client, None, form, vec![])?)
        }
    }
}

#[handler]
async fn edit_contact_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let row = console.contact_status(client, contact)?;
    let form = ContactForm::of(&row.contact, &row.membership);
    pages.show(&contact_page(&console, client, Some(&row), form.into(), vec![])?)
}

#[handler]
async fn edit_contact(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(mut form): Form<ContactForm>,
) -> Result<Response> {
    let before = console.contact_status(client, contact)?;
    if form.turn() {
        return pages.show(&contact_page(&console, client, Some(&before), form.into(), vec![])?);
    }
    let done = match form.read() {
        Ok(new) => console.edit_contact(client, contact, new, form.seen.clone()).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(edited) => Ok(after_edit(client, contact, &edited)),
        Err(e) => {
            let mut form = Typed::from(form).with(e)?;
            if is_stale(&form.errors) {
                form.values.seen = before.contact.edition(&before.membership);
            }
            pages.again(&contact_page(&console, client, Some(&before), form, vec![])?)
        }
    }
}

/// An invite that ended with its address is offered anew at once.
pub(super) fn after_edit(client: Id<Client>, contact: Id<Contact>, edited: &Edited) -> Response {
    let ended = edited.replaced.iter().find(|replaced| replaced.client == client);
    if let Some(replaced) = ended.or(edited.replaced.first()) {
        let (client, address) = (replaced.client, &replaced.address);
        let said = format!(
            "Saved. The invite to {address} has ended, and its link no longer works. Invite them at the new address."
        );
        let path = format!("/console/clients/{client}/contacts/{contact}/invite");
        return see_other(path).flash(Flash::ok(said));
    }
    let said = match &edited.proving {
        Some(address) => format!(
            "Saved. They log in with their old address until they open the link in the mail to {address}."
        ),
        None => "Saved.".into(),
    };
    see_other(at_contact(client, contact)).flash(Flash::ok(said))
}
