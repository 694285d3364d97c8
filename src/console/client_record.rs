//! A client's record: overview and activity.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::activity::{EntryShown, entries};
use super::record::RecordHead;
use crate::error::Result;
use crate::http::flash::Flash;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::activity::Entry;
use crate::model::client::{Client, ClientRecord};
use crate::model::staff::Role;
use crate::model::status::ContactStatus;
use crate::model::{Console, Id};
use crate::values::{Piece, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client", client_page)
        .post("/console/clients/:client/activate", activate_client)
        .post("/console/clients/:client/deactivate", deactivate_client)
        .get("/console/clients/:client/activity", client_activity_page)
}

/// Contacts the overview shows; the rest is in their section.
const MOST_CONTACTS: usize = 8;
/// Entries of a page of activity.
const MOST_ENTRIES: usize = 50;
/// Entries of the overview.
const LAST_ENTRIES: usize = 5;

/// The overview of a client.
#[derive(Serialize)]
struct ClientPage {
    record: RecordHead,
    facts: Vec<Fact>,
    tags: Vec<String>,
    notes: Vec<Piece>,
    contacts: Vec<ContactBrief>,
    more_contacts: usize,
    activity: Vec<EntryShown>,
    /// Where an Owner erases an inactive client.
    erase: Option<String>,
}

impl Page for ClientPage {
    const TEMPLATE: &'static str = "console/clients/show.html";
    const SECTION: &'static str = "clients";
}

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct ContactBrief {
    href: String,
    name: String,
    initials: String,
    hue: u8,
    role: String,
    /// What they may use, where that is not everything.
    narrowed: Option<&'static str>,
    status: (&'static str, String),
}

#[handler]
async fn client_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Client>>,
) -> Result<Response> {
    let record = console.client(id)?;
    let contacts = console.contact_statuses(id)?;
    let more_contacts = contacts.len().saturating_sub(MOST_CONTACTS);
    let brief = |row: &ContactStatus| ContactBrief::of(row, &pages);
    let contacts = contacts.iter().take(MOST_CONTACTS).map(brief).collect();
    let last = console.activity(Some(id), None, LAST_ENTRIES)?.entries;
    pages.show(&ClientPage {
        facts: facts(&record, &pages),
        tags: record.client.tags.iter().map(ToString::to_string).collect(),
        notes: record.client.notes.pieces(),
        contacts,
        more_contacts,
        activity: entries(&console, &pages, last),
        erase: erase(&console, &record),
        record: RecordHead::of(&record, "overview"),
    })
}

fn erase(console: &Console, record: &ClientRecord) -> Option<String> {
    let may = !record.client.active && console.me().role >= Role::Owner;
    may.then(|| format!("/console/clients/{}/erase", record.client.id))
}

fn facts(record: &ClientRecord, pages: &Pages<'_>) -> Vec<Fact> {
    let client = &record.client;
    let since = client.since.map_or_else(|| "Not noted".into(), |year| year.to_string());
    let staff = record.looked_after_by.clone().unwrap_or_else(|| "Nobody yet".into());
    let portal = if client.active { "Open" } else { "Closed, for the client is inactive" };
    vec![
        Fact { label: "Type", value: client.kind.label().into() },
        Fact { label: "Client since", value: since },
        Fact { label: "Looked after by", value: staff },
        Fact { label: "Portal", value: portal.into() },
        Fact { label: "Added", value: pages.day(client.added) },
    ]
}

impl ContactBrief {
    fn of(row: &ContactStatus, pages: &Pages<'_>) -> Self {
        let (name, tie) = (row.contact.full_name(), &row.membership);
        Self {
            href: format!("/console/clients/{}/contacts#{}", tie.client, row.contact.id),
            initials: initials(&name),
            hue: hue(&name),
            name,
            role: tie.role.as_ref().map(ToString::to_string).unwrap_or_default(),
            narrowed: tie.areas.open().narrowed(),
            status: (row.status.kind(), row.status.text(&pages.times())),
        }
    }
}

#[handler]
async fn activate_client(console: Console, Path(id): Path<Id<Client>>) -> Result<Response> {
    console.activate_client(id).await?;
    let said = "The client is active again, and its portal is open.";
    Ok(see_other(format!("/console/clients/{id}")).flash(Flash::ok(said)))
}

#[handler]
async fn deactivate_client(console: Console, Path(id): Path<Id<Client>>) -> Result<Response> {
    let revoked = match console.deactivate_client(id).await? {
        0 => String::new(),
        1 => " One pending invite was revoked.".into(),
        many => format!(" {many} pending invites were revoked."),
    };
    let said = format!("The client is inactive now, and its portal is closed.{revoked}");
    Ok(see_other(format!("/console/clients/{id}")).flash(Flash::ok(said)))
}

/// Where a page of activity begins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct BeforeQuery {
    before: String,
}

#[derive(Serialize)]
struct ClientActivityPage {
    record: RecordHead,
    entries: Vec<EntryShown>,
    older: Option<String>,
}

impl Page for ClientActivityPage {
    const TEMPLATE: &'static str = "console/clients/activity.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn client_activity_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Client>>,
    Query(query): Query<BeforeQuery>,
) -> Result<Response> {
    let record = RecordHead::of(&console.client(id)?, "activity");
    let before: Option<Id<Entry>> = query.before.parse().ok();
    let list = console.activity(Some(id), before, MOST_ENTRIES)?;
    let older = list.next.map(|last| format!("/console/clients/{id}/activity?before={last}"));
    let entries = entries(&console, &pages, list.entries);
    pages.show(&ClientActivityPage { record, entries, older })
}
