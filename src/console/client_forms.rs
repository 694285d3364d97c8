//! New client and edit client.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::contact_forms::{ContactForm, LookAlikeShown, shown_look_alikes};
use super::fields::{Choice, FieldRow, RowAction, filled, places, rows};
use super::record::RecordHead;
use crate::error::{Check, Error, Fields, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::{Client, ClientKind, NewClient};
use crate::model::contact::NewContact;
use crate::model::{Console, Id, fresh_once};
use crate::values::{ClientName, Notes, Tag};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/new", new_client_page)
        .post("/console/clients/new", create_client)
        .get("/console/clients/:client/edit", edit_client_page)
        .post("/console/clients/:client/edit", edit_client)
}

/// More would not be words to find clients by.
const MOST_TAGS: usize = 20;

/// A client as typed, and for a new one its first contacts.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct ClientForm {
    name: String,
    kind: String,
    since: String,
    looked_after_by: String,
    tags: String,
    notes: String,
    first: Vec<String>,
    last: Vec<String>,
    role: Vec<String>,
    email: Vec<String>,
    email_kind: Vec<String>,
    invite: String,
    anyway: String,
    seen: String,
    once: String,
    #[serde(rename = "do")]
    button: String,
}

impl ClientForm {
    /// An empty one, with room for a first contact.
    fn fresh(console: &Console) -> Self {
        let mut form = Self {
            kind: "business".into(),
            looked_after_by: console.me().id.to_string(),
            invite: "on".into(),
            once: fresh_once(),
            ..Self::default()
        };
        form.turn(RowAction::Add);
        form
    }

    fn of(client: &Client) -> Self {
        let tags: Vec<&str> = client.tags.iter().map(Tag::as_str).collect();
        Self {
            name: client.name.to_string(),
            kind: client.kind.label().to_lowercase(),
            since: client.since.map(|year| year.to_string()).unwrap_or_default(),
            looked_after_by: client.looked_after_by.map(|id| id.to_string()).unwrap_or_default(),
            tags: tags.join(", "),
            notes: client.notes.to_string(),
            seen: client.edition(),
            ..Self::default()
        }
    }

    fn turn(&mut self, action: RowAction) {
        for column in [&mut self.first, &mut self.last, &mut self.role, &mut self.email] {
            action.on(column, "");
        }
        action.on(&mut self.email_kind, "work");
    }

    fn read(&self, this_year: i16) -> Result<(NewClient, Vec<NewContact>)> {
        let mut check = Check::default();
        let kind = match self.kind.as_str() {
            "individual" => Ok(ClientKind::Individual),
            "business" => Ok(ClientKind::Business),
            _ => Err("Choose a person or a business"),
        };
        let kind = check.take("kind", kind);
        let name = check.take("name", ClientName::parse(&self.name));
        let since = check.take("since", year(&self.since, this_year));
        let staff = filled(&self.looked_after_by).map(str::parse).transpose();
        let staff =
            check.take("looked_after_by", staff.map_err(|_| "Choose somebody of your team"));
        let tags = check.take("tags", tags(&self.tags));
        let notes = check.take("notes", Notes::parse(&self.notes));
        let contacts = self.read_contacts(&mut check);
        check.finish(|| {
            let (since, looked_after_by) = (since?, staff?);
            let (kind, name, tags, notes) = (kind?, name?, tags?, notes?);
            Some((NewClient { kind, name, since, looked_after_by, tags, notes }, contacts))
        })
    }

    /// The rows in which something was typed.
    fn read_contacts(&self, check: &mut Check) -> Vec<NewContact> {
        let mut contacts = Vec::new();
        for row in 0..self.first.len() {
            let at = |column: &'_ [String]| column.get(row).cloned().unwrap_or_default();
            let form = ContactForm::row(
                &at(&self.first),
                &at(&self.last),
                &at(&self.role),
                &at(&self.email),
                &at(&self.email_kind),
            );
            if form.is_blank() {
                continue;
            }
            match form.read() {
                Ok(contact) => contacts.push(contact),
                Err(Error::Invalid(fields)) => {
                    for (name, why) in fields {
                        check.note(format!("{}-{row}", name.trim_end_matches("-0")), why);
                    }
                }
                Err(other) => check.note("form", other.to_string()),
            }
        }
        contacts
    }
}

fn year(typed: &str, this_year: i16) -> Result<Option<i16>, String> {
    let Some(typed) = filled(typed) else { return Ok(None) };
    let year =
        typed.parse().ok().filter(|year| typed.len() == 4 && (1900..=this_year).contains(year));
    year.map(Some).ok_or_else(|| format!("Type the year, from 1900 to {this_year}"))
}

fn tags(typed: &str) -> Result<Vec<Tag>, String> {
    let mut tags: Vec<Tag> = Vec::new();
    for tag in typed.split(',').filter_map(filled) {
        let tag = Tag::parse(tag)?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(format!("A client can have {MOST_TAGS} tags. Take some out"));
    }
    Ok(tags)
}

/// The form of a new client.
#[derive(Serialize)]
struct NewClientPage {
    form: Typed<ClientForm>,
    staff: Vec<Choice>,
    contacts: Vec<FieldRow>,
    places: Vec<Choice>,
    look_alikes: Vec<LookAlikeShown>,
}

impl Page for NewClientPage {
    const TEMPLATE: &'static str = "console/clients/new.html";
    const SECTION: &'static str = "clients";
}

/// The form of a client that is there.
#[derive(Serialize)]
struct EditClientPage {
    record: RecordHead,
    form: Typed<ClientForm>,
    staff: Vec<Choice>,
}

impl Page for EditClientPage {
    const TEMPLATE: &'static str = "console/clients/edit.html";
    const SECTION: &'static str = "clients";
}

/// Whoever can look after a client, and whoever does so far.
fn team(console: &Console, now: &str) -> Result<Vec<Choice>> {
    let mut team = vec![Choice::new("", "Nobody yet")];
    let staff = console.colleagues()?;
    if !now.is_empty() && !staff.iter().any(|one| one.id.to_string() == now) {
        team.push(Choice::new(now, "Somebody who left the team"));
    }
    team.extend(staff.into_iter().map(|one| Choice::new(one.id, one.name)));
    Ok(team)
}

fn new_page(
    console: &Console,
    form: Typed<ClientForm>,
    look_alikes: Vec<LookAlikeShown>,
) -> Result<NewClientPage> {
    let values = &form.values;
    let columns: [(&str, &[String]); 5] = [
        ("first", &values.first),
        ("last", &values.last),
        ("role", &values.role),
        ("email", &values.email),
        ("email_kind", &values.email_kind),
    ];
    let contacts = rows(&columns, &form.errors);
    Ok(NewClientPage { staff: team(console, "")?, contacts, places: places(), look_alikes, form })
}

#[handler]
async fn new_client_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let form = ClientForm::fresh(&console);
    pages.show(&new_page(&console, form.into(), vec![])?)
}

#[handler]
async fn create_client(
    console: Console,
    pages: Pages<'_>,
    Form(mut form): Form<ClientForm>,
) -> Result<Response> {
    if let Some(action) = RowAction::parse(&form.button, "contact") {
        form.turn(action);
        return pages.show(&new_page(&console, form.into(), vec![])?);
    }
    let (client, contacts) = match form.read(pages.this_year()) {
        Ok(read) => read,
        Err(e) => return pages.again(&new_page(&console, Typed::from(form).with(e)?, vec![])?),
    };
    if form.anyway.is_empty() {
        let mut alike = Vec::new();
        for contact in &contacts {
            alike.extend(shown_look_alikes(console.look_alikes(contact)?, None));
        }
        if !alike.is_empty() {
            return pages.again(&new_page(&console, form.into(), alike)?);
        }
    }
    let (name, invite) = (client.name.clone(), form.invite == "on" && !contacts.is_empty());
    match console.create_client(client, contacts, form.once.clone()).await {
        Ok(id) if invite => Ok(see_other(format!("/console/clients/{id}/invites")).flash(
            Flash::ok(format!("{name} was added. Now invite its contacts, or do it later.")),
        )),
        Ok(id) => Ok(see_other(format!("/console/clients/{id}/contacts"))
            .flash(Flash::ok(format!("{name} was added.")))),
        Err(e) => pages.again(&new_page(&console, Typed::from(form).with(e)?, vec![])?),
    }
}

fn edit_page(console: &Console, id: Id<Client>, form: Typed<ClientForm>) -> Result<EditClientPage> {
    let record = console.client(id)?;
    let staff = team(console, &form.values.looked_after_by)?;
    Ok(EditClientPage { record: RecordHead::of(&record, "overview"), form, staff })
}

#[handler]
async fn edit_client_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Client>>,
) -> Result<Response> {
    let form = ClientForm::of(&console.client(id)?.client);
    pages.show(&edit_page(&console, id, form.into())?)
}

#[handler]
async fn edit_client(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Client>>,
    Form(form): Form<ClientForm>,
) -> Result<Response> {
    let done = match form.read(pages.this_year()) {
        Ok((client, _)) => console.edit_client(id, client, form.seen.clone()).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(()) => Ok(see_other(format!("/console/clients/{id}")).flash(Flash::ok("Saved."))),
        Err(e) => {
            let mut form = Typed::from(form).with(e)?;
            if is_stale(&form.errors) {
                form.values.seen = console.client(id)?.client.edition();
            }
            pages.again(&edit_page(&console, id, form)?)
        }
    }
}

/// Whether somebody else's edit came first: saving the form as it is now shown again replaces theirs.
pub(super) fn is_stale(errors: &Fields) -> bool {
    errors.contains_key("form")
}

#[cfg(test)]
mod tests {
    use super::{ClientForm, tags, year};
    use crate::error::Error;

    #[test]
    fn years_and_tags_are_read_as_people_type_them() {
        assert_eq!(year(" 2019 ", 2026), Ok(Some(2019)));
        assert_eq!(year("", 2026), Ok(None));
        for odd in ["19", "2027", "1899", "02019", "MMXX"] {
            assert!(year(odd, 2026).is_err(), "{odd}");
        }
        let read: Vec<String> =
            tags(" VAT,, Payroll , VAT").unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(read, ["VAT", "Payroll"]);
        assert!(tags(&"x".repeat(41)).is_err());
    }

    #[test]
    fn errors_of_a_contact_stand_at_its_row_and_blank_rows_are_none() {
        let list = |values: [&str; 3]| values.map(str::to_owned).to_vec();
        let form = ClientForm {
            name: "Alder Ltd".into(),
            kind: "business".into(),
            first: list(["Maya", "", ""]),
            last: list(["", "", "Lee"]),
            email: list(["maya@alder.example", "", "lee@"]),
            ..ClientForm::default()
        };
        let Err(Error::Invalid(fields)) = form.read(2026) else { panic!("it was taken") };
        let wrong: Vec<&str> = fields.keys().map(AsRef::as_ref).collect();
        assert_eq!(wrong, ["email-2", "first-2"]);
    }
}
