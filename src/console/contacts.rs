//! The contacts of a client: who they are, where each stands, and what can be done next.

pub(super) mod areas;
mod email;
mod remove;

use std::fmt::Display;

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::record::RecordHead;
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::Place;
use crate::model::status::{ContactStatus, Delivery, PortalStatus};
use crate::model::{Console, Id};
use crate::values::{ClientName, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts", contacts_page)
        .and(areas::routes())
        .and(email::routes())
        .and(remove::routes())
}

/// The contacts of a client.
#[derive(Serialize)]
struct ContactsPage {
    record: RecordHead,
    rows: Vec<Row>,
    new: String,
    existing: String,
    invites: String,
    live: String,
}

impl Page for ContactsPage {
    const TEMPLATE: &'static str = "console/contacts/index.html";
    const SECTION: &'static str = "clients";
}

/// A contact that opens.
#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    first_name: String,
    initials: String,
    hue: u8,
    role: String,
    status: StatusShown,
    delivery: Option<DeliveryShown>,
    /// What they may use, where that is not everything.
    narrowed: Option<&'static str>,
    facts: Vec<Fact>,
    also: Vec<Link>,
    edited: Option<String>,
    actions: Actions,
}

#[derive(Serialize)]
struct StatusShown {
    kind: &'static str,
    text: String,
    /// The exact time.
    title: String,
}

#[derive(Serialize)]
struct DeliveryShown {
    text: String,
    tone: &'static str,
    icon: &'static str,
}

#[derive(Serialize)]
struct Fact {
    label: String,
    value: String,
    href: Option<String>,
    /// What the value ends with.
    at: Option<When>,
}

#[derive(Serialize)]
struct Link {
    href: String,
    label: String,
}

/// Where the buttons below the details lead; none is not there.
#[derive(Default, Serialize)]
struct Actions {
    invite: Option<String>,
    undo: Option<String>,
    resend: Option<String>,
    other_address: Option<String>,
    copy_link: Option<String>,
    revoke: Option<String>,
    remove_access: Option<String>,
    view: Option<String>,
    areas: String,
    edit: String,
    remove: String,
}

#[handler]
async fn contacts_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
) -> Result<Response> {
    let record = console.client(client)?;
    let open = record.client.active;
    let contacts = console.contact_statuses(client)?;
    let here = format!("/console/clients/{client}");
    pages.show(&ContactsPage {
        rows: contacts.iter().map(|row| Row::of(row, open, &pages)).collect(),
        record: RecordHead::of(&record, "contacts"),
        new: format!("{here}/contacts/new"),
        existing: format!("{here}/contacts/existing"),
        invites: format!("{here}/invites"),
        live: format!("/console/live?client={client}"),
    })
}

impl Row {
    fn of(row: &ContactStatus, open: bool, pages: &Pages<'_>) -> Self {
        let (name, times) = (row.contact.full_name(), pages.times());
        let edited = row.contact.edited_by_contact;
        Self {
            id: row.contact.id.to_string(),
            first_name: row.contact.first.to_string(),
            initials: initials(&name),
            hue: hue(&name),
            name,
            role: row.membership.role.as_ref().map(ToString::to_string).unwrap_or_default(),
            status: StatusShown {
                kind: kind(row),
                text: row.status.text(&times),
                title: row.status.at().map(|at| times.full(at)).unwrap_or_default(),
            },
            delivery: DeliveryShown::of(row, pages),
            narrowed: row.membership.areas.open().narrowed(),
            facts: facts(row, pages),
            also: row.others.iter().map(also).collect(),
            edited: edited.map(|at| format!("Changed by the contact {}", times.relative(at))),
            actions: actions(row, open),
        }
    }
}

/// The shape of the status; a mail that was refused for good shows in it.
fn kind(row: &ContactStatus) -> &'static str {
    match (&row.status, &row.delivery) {
        (PortalStatus::Invited { expired: false, .. }, Delivery::Failed { .. }) => "failed",
        (status, _) => status.kind(),
    }
}

impl DeliveryShown {
    /// The truth of the last mail; once its page was open, that says more than the mail server did.
    fn of(row: &ContactStatus, pages: &Pages<'_>) -> Option<Self> {
        let times = pages.times();
        if let PortalStatus::Invited { opened: Some(at), .. } = row.status {
            let text = format!("Link opened {}", times.relative(at));
            return Some(Self { text, tone: "info", icon: "eye" });
        }
        let text = Some(row.delivery.text(&times)).filter(|text| !text.is_empty())?;
        let icon = match row.delivery {
            Delivery::Accepted { .. } => "done",
            Delivery::Failed { .. } => "alert",
            Delivery::Sending => "send",
            _ => "clock",
        };
        Some(Self { text, tone: row.delivery.tone(), icon })
    }
}

fn also((id, name): &(Id<Client>, ClientName)) -> Link {
    Link { href: format!("/console/clients/{id}/contacts"), label: name.to_string() }
}

fn facts(row: &ContactStatus, pages: &Pages<'_>) -> Vec<Fact> {
    let plain =
        |label: &str, value: String| Fact { label: label.into(), value, href: None, at: None };
    let of_kind = |what: &str, kind: Place| format!("{what} ({})", kind.label());
    let mut facts = Vec::new();
    for email in &row.contact.emails {
        let href = Some(format!("mailto:{}", email.address.ascii()));
        let value = email.address.to_string();
        facts.push(Fact { href, ..plain(&of_kind("E-mail", email.kind), value) });
    }
    if row.contact.emails.is_empty() {
        facts.push(plain("E-mail", "None yet".into()));
    }
    for phone in &row.contact.phones {
        facts.push(plain(&of_kind("Phone", phone.kind), phone.number.to_string()));
    }
    match row.status {
        PortalStatus::Active { since, .. } => {
            facts.push(plain("In the portal since", pages.day(since)));
        }
        PortalStatus::Removed { since } => {
            facts.push(plain("Access removed", pages.day(since)));
        }
        PortalStatus::Invited { expired, .. } => {
            facts.extend(row.invite.as_ref().map(|invite| {
                let verb = if expired { "ended" } else { "works until" };
                let at = Some(pages.exact(invite.expires));
                Fact { at, ..plain("Invite link", verb.into()) }
            }));
            facts.extend(
                row.invite
                    .as_ref()
                    .filter(|i| !row.contact.has_address(&i.address))
                    .map(|invite| plain("Invited at", invite.address.to_string())),
            );
        }
        PortalStatus::NotInvited | PortalStatus::Sending { .. } => {}
    }
    let narrowed = row.membership.areas.open().narrowed();
    facts.push(plain("May use in the portal", narrowed.unwrap_or("Files and Requests").into()));
    facts
}

fn actions(row: &ContactStatus, open: bool) -> Actions {
    let tie = &row.membership;
    let here = format!("/console/clients/{}/contacts/{}", tie.client, tie.contact);
    let invite = || Some(format!("{here}/invite"));
    let pending = |verb: &str| {
        let id: &dyn Display = &row.invite.as_ref()?.id;
        Some(format!("/console/invites/{id}/{verb}"))
    };
    let always = Actions {
        areas: format!("{here}/areas"),
        edit: format!("{here}/edit"),
        remove: format!("{here}/remove"),
        ..Actions::default()
    };
    let undo = || pending("undo").filter(|_| row.undo);
    match row.status {
        PortalStatus::Active { .. } => Actions {
            remove_access: Some(format!("{here}/remove-access")),
            view: open.then(|| format!("{here}/view")),
            ..always
        },
        PortalStatus::NotInvited | PortalStatus::Removed { .. } if !open => always,
        PortalStatus::NotInvited | PortalStatus::Removed { .. } => match row.contact.primary() {
            Some(_) => Actions { invite: invite(), ..always },
            None => Actions { invite: Some(format!("{here}/email")), ..always },
        },
        PortalStatus::Sending { .. } => Actions {
            undo: undo(),
            copy_link: pending("link"),
            revoke: pending("revoke"),
            ..always
        },
        PortalStatus::Invited { expired, .. } => Actions {
            undo: undo(),
            resend: pending("resend"),
            other_address: invite(),
            copy_link: pending("link").filter(|_| !expired),
            revoke: pending("revoke"),
            ..always
        },
    }
}
