//! Tells open pages of the console that something on them changed; they fetch it through their own door.

use futures_util::stream;
use poem::web::Query;
use poem::{Response, handler};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::http::doors::Watching;
use crate::http::live::events;
use crate::http::routes::Routes;
use crate::http::serve::Stopping;
use crate::model::client::Client;
use crate::model::request::Request;
use crate::model::{Console, Id, Topic};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/live", live)
}

/// What the page shows: one client's contacts or files, one request, or one of the lists.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Looking {
    client: Option<Id<Client>>,
    files: Option<Id<Client>>,
    request: Option<Id<Request>>,
    at: String,
}

impl Looking {
    fn topic(&self) -> Result<Topic> {
        if let Some(request) = self.request {
            return Ok(Topic::Request(request));
        }
        match (self.client, self.files, self.at.as_str()) {
            (Some(client), ..) => Ok(Topic::Client(client)),
            (None, Some(client), _) => Ok(Topic::Files(client)),
            (None, None, "inbox") => Ok(Topic::Inbox),
            (None, None, "requests") => Ok(Topic::Requests),
            (None, None, "outbox") => Ok(Topic::Outbox),
            (None, None, "team") => Ok(Topic::Team),
            _ => Err(Error::NotFound),
        }
    }
}

#[handler]
async fn live(
    watching: Watching<Console>,
    stopping: Stopping,
    Query(looking): Query<Looking>,
) -> Result<Response> {
    let (console, again) = watching.apart();
    let changes = console.changes(looking.topic()?);
    let topics = stream::unfold((console, changes), |(console, mut changes)| async {
        let changed = console.next_change(&mut changes).await.ok()?;
        changed.then(|| ("changed".to_owned(), (console, changes)))
    });
    // The door is opened again each time: whoever has lost it hears no more.
    Ok(events(stopping, move || again().is_some(), topics))
}
