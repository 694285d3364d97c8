//! What the firm asks its clients for: the board and the list over all of them, one request, and what is done to many.

mod answers;
mod asked;
mod board;
mod bulk;
mod client;
mod edit;
pub(super) mod fields;
mod history;
mod list;
mod many;
mod new;
mod picks;
mod recurring;
mod reminders;
mod review;
pub(super) mod rows;
mod send;
mod show;
mod talk;
mod whom;

pub(in crate::console) use self::answers::tone as lane_tone;
use poem::web::Path;
use poem::{Response, handler};

use crate::http::respond::see_other;
use crate::http::routes::Routes;
use crate::model::Console;
use crate::model::Id;
use crate::model::request::Request;

pub(super) fn routes() -> Routes {
    Routes::default()
        .and(board::routes())
        .and(bulk::routes())
        .and(client::routes())
        .and(edit::routes())
        .and(many::routes())
        .and(new::routes())
        .and(recurring::routes())
        .and(reminders::routes())
        .and(review::routes())
        .and(send::routes())
        .and(show::routes())
        .and(talk::routes())
        .and(ways_back())
}

/// Addresses that only take forms. A page that says what is wrong has that of its form: reloaded, or kept for later, it
/// leads to the request.
fn ways_back() -> Routes {
    Routes::default()
        .get("/console/requests/:request/accept", way_back)
        .get("/console/requests/:request/complete", way_back)
        .get("/console/requests/:request/reopen", way_back)
        .get("/console/requests/:request/pause", way_back)
        .get("/console/requests/:request/remind", way_back)
        .get("/console/requests/:request/skip", way_back)
        .get("/console/requests/:request/take-back", way_back)
        .get("/console/requests/:request/comments", way_back)
}

#[handler]
async fn way_back(_: Console, Path(id): Path<Id<Request>>) -> Response {
    see_other(here(id))
}

/// The board and the list of all requests.
const HOME: &str = "/console/requests";

/// The page of a request.
fn here(request: Id<Request>) -> String {
    format!("{HOME}/{request}")
}
