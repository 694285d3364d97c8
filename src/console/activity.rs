//! The activity: who did what, when and from where.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::activity::{ActivityEntry, Actor};
use crate::model::{Console, Id};
use crate::values::{hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/activity", activity_page)
}

/// Entries of a page.
const A_PAGE: usize = 50;

/// What the address of the page says. What it does not know it takes for the beginning of everything.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Looking {
    client: String,
    before: String,
}

/// An entry as lists show it.
#[derive(Serialize)]
pub(super) struct EntryShown {
    id: String,
    actor: String,
    initials: String,
    hue: u8,
    /// Whether a person did it: others have no picture.
    person: bool,
    what: String,
    client: Option<ClientShown>,
    at: When,
    from: Option<String>,
}

#[derive(Serialize)]
struct ClientShown {
    name: String,
    href: String,
    only: String,
}

/// Entries with what lists show of them; "You" for what the reader did.
pub(super) fn entries(
    console: &Console,
    pages: &Pages<'_>,
    entries: Vec<ActivityEntry>,
) -> Vec<EntryShown> {
    let shown = |one: ActivityEntry| {
        let mine = one.entry.actor == Actor::Staff(console.me().id);
        let client = one.entry.client.zip(one.client).map(|(id, name)| ClientShown {
            name: name.to_string(),
            href: format!("/console/clients/{id}"),
            only: format!("/console/activity?client={id}"),
        });
        EntryShown {
            id: one.entry.id.to_string(),
            initials: initials(&one.actor),
            hue: hue(&one.actor),
            person: one.person,
            actor: if mine { "You".into() } else { one.actor },
            what: one.entry.what,
            client,
            at: pages.when(one.entry.at),
            from: one.entry.from.map(|from| from.to_string()),
        }
    };
    entries.into_iter().map(shown).collect()
}

#[derive(Serialize)]
struct ActivityPage {
    /// The one client it is about, if the list was narrowed.
    client: Option<ClientShown>,
    entries: Vec<EntryShown>,
    newest: Option<String>,
    older: Option<String>,
}

impl Page for ActivityPage {
    const TEMPLATE: &'static str = "console/activity.html";
    const SECTION: &'static str = "activity";
}

#[handler]
async fn activity_page(
    console: Console,
    pages: Pages<'_>,
    Query(looking): Query<Looking>,
) -> Result<Response> {
    let (client, before) = (looking.client.parse().ok(), looking.before.parse::<Id<_>>().ok());
    let list = console.activity(client, before, A_PAGE)?;
    let here = match client {
        Some(id) => format!("/console/activity?client={id}&"),
        None => "/console/activity?".to_owned(),
    };
    let named = client.map(|id| console.client(id)).transpose()?.map(|record| ClientShown {
        name: record.client.name.to_string(),
        href: format!("/console/clients/{}", record.client.id),
        only: String::new(),
    });
    pages.show(&ActivityPage {
        client: named,
        entries: entries(&console, &pages, list.entries),
        newest: before.map(|_| here.trim_end_matches(['?', '&']).to_owned()),
        older: list.next.map(|next| format!("{here}before={next}")),
    })
}
