//! Tells open pages of the console that something on them changed; they fetch it through their own door.

use futures_util::stream;
use poem::web::Query;
use poem::{Response, handler};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::http::doors::Visit;
use crate::http::live::events;
use crate::http::routes::Routes;
use crate::http::serve::Stopping;
use crate::model::client::Client;
use crate::model::{Guest, Id, Topic};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/live", live)
}

/// What the page shows: one client's contacts or files, or one of the lists.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Looking {
    client: Option<Id<Client>>,
    files: Option<Id<Client>>,
    at: String,
}

impl Looking {
    fn topic(&self) -> Result<Topic> {
        match (self.client, self.files, self.at.as_str()) {
            (Some(client), ..) => Ok(Topic::Client(client)),
            (None, Some(client), _) => Ok(Topic::Files(client)),
            (None, None, "inbox") => Ok(Topic::Inbox),
            (None, None, "outbox") => Ok(Topic::Outbox),
            (None, None, "team") => Ok(Topic::Team),
            _ => Err(Error::NotFound),
        }
    }
}

#[handler]
async fn live(
    guest: Guest,
    visit: Visit,
    stopping: Stopping,
    Query(looking): Query<Looking>,
) -> Result<Response> {
    // An open page is no use of the session.
    let (guest, cookie) = (guest.peeking(), visit.cookie.ok_or(Error::SignIn)?);
    let console = guest.console(&cookie)?;
    let changes = console.changes(looking.topic()?);
    let topics = stream::unfold((console, changes), |(console, mut changes)| async {
        let changed = console.next_change(&mut changes).await.ok()?;
        changed.then(|| ("changed".to_owned(), (console, changes)))
    });
    // The door is opened again each time: whoever has lost it hears no more.
    Ok(events(stopping, move || guest.console(&cookie).is_ok(), topics))
}
