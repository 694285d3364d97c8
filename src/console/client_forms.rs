//! New client and edit client.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::contact_forms::{ContactForm, names};
use super::fields::{Choice, FieldRow, RowAction, filled, places, rows};
use super::record::RecordHead;
use crate::error::{Check, Error, Fields, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::{Client, ClientKind, NewClient};
use crate::model::contact::{FirstContact, LookAlike, NewContact};
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

/// The answer that a first contact is none of those who look alike.
const SOMEBODY_ELSE: &str = "new";

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
    /// Whether each is a known person: not answered, [`SOMEBODY_ELSE`], or the id of the known contact.
    same: Vec<String>,
    invite: String,
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
        let columns =
            [&mut self.first, &mut self.last, &mut self.role, &mut self.email, &mut self.same];
        for column in columns {
            action.on(column, "");
        }
        action.on(&mut self.email_kind, "work");
    }

    fn read(&self, this_year: i16) -> Result<(NewClient, Vec<(usize, NewContact)>)> {
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

    /// A contact as its row has it; nothing if the row is blank.
    fn contact_at(&self, row: usize) -> Option<Result<NewContact>> {
        let at = |column: &'_ [String]| column.get(row).cloned().unwrap_or_default();
        let form = ContactForm::row(
            &at(&self.first),
            &at(&self.last),
            &at(&self.role),
            &at(&self.email),
            &at(&self.email_kind),
        );
        (!form.is_blank()).then(|| form.read())
    }

    /// The rows in which something was typed.
    fn read_contacts(&self, check: &mut Check) -> Vec<(usize, NewContact)> {
        let mut contacts = Vec::new();
        for row in 0..self.first.len() {
            match self.contact_at(row) {
                None => {}
                Some(Ok(contact)) => contacts.push((row, contact)),
                Some(Err(Error::Invalid(fields))) => {
                    for (name, why) in fields {
                        check.note(format!("{}-{row}", name.trim_end_matches("-0")), why);
                    }
                }
                Some(Err(other)) => check.note("form", other.to_string()),
            }
        }
        contacts
    }

    /// The contacts with the answers whether they are known. Each of whom there are look-alikes needs one.
    fn answered(
        &mut self,
        console: &Console,
        contacts: Vec<(usize, NewContact)>,
    ) -> Result<Vec<FirstContact>> {
        let mut check = Check::default();
        let mut first: Vec<FirstContact> = Vec::new();
        self.same.resize(self.first.len(), String::new());
        for (row, new) in contacts {
            let alike = console.look_alikes(&new)?;
            let answer = &mut self.same[row];
            let known = alike.iter().map(|one| one.contact.id).find(|id| id.to_string() == *answer);
            if known.is_some() && first.iter().any(|one| one.same_as == known) {
                check.note(format!("same-{row}"), "This person is chosen in another row already");
            } else if known.is_none() && !answer.is_empty() && answer != SOMEBODY_ELSE {
                // What was typed has changed since it was answered, or that contact is gone.
                answer.clear();
                let at = if alike.is_empty() { "first" } else { "same" };
                check.note(format!("{at}-{row}"), "This is not who you chose. Look again");
            } else if answer.is_empty() && !alike.is_empty() {
                check.note(format!("same-{row}"), "Choose whether this is the same person");
            }
            first.push(FirstContact { new, same_as: known });
        }
        check.finish(|| Some(first))
    }
}

/// The answers to whether a contact is the same person; none if nobody looks alike.
fn answers(alike: &[LookAlike]) -> Vec<Choice> {
    if alike.is_empty() {
        return vec![];
    }
    let yes = alike.iter().map(|one| {
        let of = match &one.clients[..] {
            [] => String::new(),
            clients => format!(" of {}", names(clients)),
        };
        let label = format!("Yes: {}{of}, who {}", one.contact.full_name(), one.why);
        Choice::new(one.contact.id, label)
    });
    let ask = std::iter::once(Choice::new("", "Choose an answer"));
    ask.chain(yes).chain([Choice::new(SOMEBODY_ELSE, "No, somebody else")]).collect()
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
    /// For each contact, the answers to whether they are a known person, if it has to be asked.
    answers: Vec<Vec<Choice>>,
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

fn new_page(console: &Console, form: Typed<ClientForm>) -> Result<NewClientPage> {
    let values = &form.values;
    let columns: [(&str, &[String]); 6] = [
        ("first", &values.first),
        ("last", &values.last),
        ("role", &values.role),
        ("email", &values.email),
        ("email_kind", &values.email_kind),
        ("same", &values.same),
    ];
    let contacts = rows(&columns, &form.errors);
    let asked = |row| match values.contact_at(row) {
        Some(Ok(contact)) => Ok(answers(&console.look_alikes(&contact)?)),
        _ => Ok(vec![]),
    };
    let answers = (0..contacts.len()).map(asked).collect::<Result<_>>()?;
    Ok(NewClientPage { staff: team(console, "")?, contacts, places: places(), answers, form })
}

#[handler]
async fn new_client_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let form = ClientForm::fresh(&console);
    pages.show(&new_page(&console, form.into())?)
}

#[handler]
async fn create_client(
    console: Console,
    pages: Pages<'_>,
    Form(mut form): Form<ClientForm>,
) -> Result<Response> {
    if let Some(action) = RowAction::parse(&form.button, "contact") {
        form.turn(action);
        return pages.show(&new_page(&console, form.into())?);
    }
    let read = form
        .read(pages.this_year())
        .and_then(|(client, contacts)| Ok((client, form.answered(&console, contacts)?)));
    let (client, contacts) = match read {
        Ok(read) => read,
        Err(e) => return pages.again(&new_page(&console, Typed::from(form).with(e)?)?),
    };
    let (name, invite) = (client.name.clone(), form.invite == "on" && !contacts.is_empty());
    match console.create_client(client, contacts, form.once.clone()).await {
        Ok(id) if invite => Ok(see_other(format!("/console/clients/{id}/invites")).flash(
            Flash::ok(format!("{name} was added. Now invite its contacts, or do it later.")),
        )),
        Ok(id) => Ok(see_other(format!("/console/clients/{id}/contacts"))
            .flash(Flash::ok(format!("{name} was added.")))),
        Err(e) => pages.again(&new_page(&console, Typed::from(form).with(e)?)?),
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
