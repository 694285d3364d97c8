//! Whether the server is up, for whoever watches it.

use poem::handler;

use crate::http::routes::Routes;

pub(super) fn routes() -> Routes {
    Routes::default().get("/healthz", health)
}

/// The listener opens only when the store is open, so whoever is answered is answered by a server that is ready.
#[handler]
fn health() -> &'static str {
    "ok"
}
