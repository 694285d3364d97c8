//! Tells open pages of the portal that something on them changed; they fetch it through their own door.

use futures_util::stream;
use poem::web::Query;
use poem::{Response, handler};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::http::doors::Watching;
use crate::http::live::events;
use crate::http::routes::Routes;
use crate::http::serve::Stopping;
use crate::model::request::Request;
use crate::model::{Id, Portal, PortalTopic};

pub(super) fn routes() -> Routes {
    Routes::default().get("/p/:client/live", live)
}

/// What the page shows: one request, or the list of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Looking {
    request: Option<Id<Request>>,
    at: String,
}

impl Looking {
    fn topic(&self) -> Result<PortalTopic> {
        match (self.request, self.at.as_str()) {
            (Some(request), _) => Ok(PortalTopic::Request(request)),
            (None, "todo") => Ok(PortalTopic::Todo),
            (None, _) => Err(Error::NotFound),
        }
    }
}

#[handler]
async fn live(
    watching: Watching<Portal>,
    stopping: Stopping,
    Query(looking): Query<Looking>,
) -> Result<Response> {
    let (portal, again) = watching.apart();
    let changes = portal.changes(looking.topic()?)?;
    let topics = stream::unfold((portal, changes), |(portal, mut changes)| async {
        let changed = portal.next_change(&mut changes).await.ok()?;
        changed.then(|| ("changed".to_owned(), (portal, changes)))
    });
    // The door is opened again each time: whoever has lost it, or may not see requests any more, hears no more.
    let open = move || again().is_some_and(|portal| portal.viewer().areas().requests);
    Ok(events(stopping, open, topics))
}
