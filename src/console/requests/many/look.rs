//! What each of many clients would read, and what became of sending. No routes of its own.

use serde::Serialize;

use super::{MANY, ManyForm};
use crate::console::fields::{Choice, choices};
use crate::console::requests::HOME;
use crate::console::requests::whom::listed;
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::pages::Page;
use crate::model::client::Client;
use crate::model::request::{LeftOut, ManyPreview, ManyRow, SentToMany, Unreached};
use crate::model::{Console, Id, Sees};
use crate::values::grouped;

/// Clients and people that are named on the page of the result; more are counted.
const NAMES: usize = 200;

#[derive(Serialize)]
pub(super) struct LookPage {
    path: &'static str,
    /// The name of the template.
    template: String,
    summary: Vec<String>,
    rows: Vec<Row>,
    page: usize,
    back: Option<usize>,
    next: Option<usize>,
    left_out: Vec<Left>,
    accesses: Vec<Choice>,
    repeats: Vec<Choice>,
    /// "Send to 204 clients"; nothing if nobody would be asked.
    send: String,
    form: Typed<ManyForm>,
}

/// A client, and what it would be asked.
#[derive(Serialize)]
struct Row {
    href: String,
    name: String,
    title: String,
    due: String,
    /// "Naomi Marlow and Daniel Marlow".
    people: String,
    /// Those who cannot see it yet, with what happens about it.
    without: Vec<String>,
    left_out: Option<String>,
}

/// A client that is left out.
#[derive(Serialize)]
struct Left {
    href: String,
    name: String,
    why: String,
}

impl Page for LookPage {
    const TEMPLATE: &'static str = "console/requests/many/look.html";
    const SECTION: &'static str = "requests";
}

impl LookPage {
    pub(super) fn of(
        console: &Console,
        form: Typed<ManyForm>,
        preview: &ManyPreview,
    ) -> Result<Self> {
        let style = console.firm()?.date_style;
        let invite = form.values.access == "invite";
        let row = |row: &ManyRow| {
            let people: Vec<&str> = row.people.iter().map(|one| one.name.as_str()).collect();
            Row {
                href: client(row.client),
                name: row.name.to_string(),
                title: row.filled.title.to_string(),
                due: row.filled.due.map(|due| due.full(style)).unwrap_or_default(),
                people: listed(&people),
                without: without(row, invite),
                left_out: row.left_out.clone(),
            }
        };
        Ok(Self {
            path: MANY,
            template: preview.template.clone(),
            summary: summary(preview, invite),
            rows: preview.rows.iter().map(row).collect(),
            page: preview.page,
            back: (preview.page > 1).then(|| preview.page - 1),
            next: preview.more.then_some(preview.page + 1),
            left_out: preview.left_out.iter().map(left).collect(),
            accesses: choices(&[("invite", "Invite them with it"), ("leave", "Leave them out")]),
            repeats: choices(&[
                ("", "Never"),
                ("month", "Every month"),
                ("quarter", "Every quarter"),
                ("year", "Every year"),
            ]),
            send: match preview.asked {
                0 => String::new(),
                asked => format!("Send to {}", counted(asked, "client", "clients")),
            },
            form,
        })
    }
}

fn client(id: Id<Client>) -> String {
    format!("/console/clients/{id}")
}

fn left(one: &LeftOut) -> Left {
    Left { href: client(one.client), name: one.name.clone(), why: one.why.clone() }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(count)) }
}

fn summary(preview: &ManyPreview, invite: bool) -> Vec<String> {
    let (asked, chosen) = (preview.asked, preview.chosen);
    let of = counted(chosen, "client", "clients");
    let mut all = vec![format!("{} of {of} will be asked", grouped(asked))];
    let without = counted(preview.to_invite, "person without access", "people without access");
    match (preview.to_invite, invite) {
        (0, _) => {}
        (_, true) => all.push(format!("{without} will be invited")),
        (_, false) => all.push(format!("{without} will not see it yet")),
    }
    if chosen > asked {
        all.push(format!("{} left out", counted(chosen - asked, "client is", "clients are")));
    }
    all
}

/// "Daniel Marlow was not invited yet: will be invited".
fn without(row: &ManyRow, invite: bool) -> Vec<String> {
    let blind = row.people.iter().filter(|one| one.sees != Sees::Yes);
    let said = blind.map(|one| {
        let (name, why) = (&one.name, one.sees.text());
        match (one.sees.can_invite_along() && row.left_out.is_none() && invite, &one.email) {
            _ if one.sees == Sees::Removed => format!("{name} {why}: is not invited"),
            (true, Some(_)) => format!("{name} {why}: will be invited"),
            (true, None) => format!("{name} {why}, and has no e-mail address"),
            (false, _) => format!("{name} {why}"),
        }
    });
    said.collect()
}

/// What became of it.
#[derive(Serialize)]
pub(super) struct ResultPage {
    back: &'static str,
    asked: String,
    /// How many were invited; nothing for nobody.
    invited: String,
    left_out: Vec<Left>,
    more_left: usize,
    unreached: Vec<Unreached>,
    more_unreached: usize,
}

impl Page for ResultPage {
    const TEMPLATE: &'static str = "console/requests/many/result.html";
    const SECTION: &'static str = "requests";
}

impl ResultPage {
    pub(super) fn of(sent: &SentToMany) -> Self {
        Self {
            back: HOME,
            asked: counted(sent.asked, "client was", "clients were"),
            invited: match sent.invited {
                0 => String::new(),
                some => counted(some, "person was", "people were"),
            },
            left_out: sent.left_out.iter().take(NAMES).map(left).collect(),
            more_left: sent.left_out.len().saturating_sub(NAMES),
            unreached: sent.unreached.iter().take(NAMES).cloned().collect(),
            more_unreached: sent.unreached.len().saturating_sub(NAMES),
        }
    }
}
