//! Whether the server is up and can work, for whoever watches it: a load balancer, a container's host, a person.
//!
//! These addresses answer under every name and count for no limit. Live means that restarting would not help; ready
//! means that people can be sent here. The shape of the answer is that of draft-inadarei-api-health-check.

use poem::endpoint::make_sync;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, REFRESH, RETRY_AFTER};
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, Request, Response, handler};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::routes::Routes;
use crate::http::serve::Stopping;
use crate::model::{Guest, StoreState};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/healthz", live)
        .get("/healthz/live", live)
        .get("/livez", live)
        .get("/healthz/ready", ready)
        .get("/readyz", ready)
}

const HEALTH: HeaderValue = HeaderValue::from_static("application/health+json");

#[handler]
fn live() -> &'static str {
    "ok"
}

/// All that is answered while the data is still being opened. A browser comes again by itself.
pub fn while_opening() -> impl Endpoint<Output = Response> + 'static {
    make_sync(|req| opening(req.uri().path()))
}

fn opening(path: &str) -> Response {
    let answer = Response::builder().header(CACHE_CONTROL, "no-store");
    match path {
        "/healthz" | "/healthz/live" | "/livez" => answer.body("ok"),
        "/healthz/ready" | "/readyz" => {
            let why = "Migrating: the data is being opened, or brought up to date.";
            let store = json!([{ "componentType": "datastore", "status": "fail", "output": why }]);
            let body = json!({ "status": "fail", "checks": { "store": store } });
            let answer = answer.status(StatusCode::SERVICE_UNAVAILABLE);
            answer.header(CONTENT_TYPE, HEALTH).body(body.to_string())
        }
        _ => answer
            .status(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, "5")
            .header(REFRESH, "5")
            .content_type("text/plain; charset=utf-8")
            .body("The portal is starting. This page comes back by itself in a moment."),
    }
}

#[handler]
async fn ready(guest: Guest, req: &Request) -> Result<Response> {
    let stopping = req.data::<Stopping>().is_some_and(Stopping::is_told);
    // The file itself is read, which takes as long as the disk does.
    let looking = guest.clone();
    let looked = tokio::task::spawn_blocking(move || looking.store_state()).await;
    let store = looked.map_err(Error::bug)?;
    let set_up = store == StoreState::Fine && guest.has_firm()?;
    let (status, body) = report(store, stopping, set_up);
    let answer = Response::builder().status(status).header(CONTENT_TYPE, HEALTH);
    Ok(answer.body(body.to_string()))
}

fn report(store: StoreState, stopping: bool, set_up: bool) -> (StatusCode, Value) {
    let data = match store {
        StoreState::Fine => Ok(()),
        StoreState::Full => Err("The disk is full: nothing can be saved."),
        StoreState::Failed => Err("The disk failed: nothing can be saved."),
        StoreState::Closed => Err("The store is closed."),
    };
    let server = if stopping { Err("The server is stopping.") } else { Ok(()) };
    let check = |kind: &str, found: Result<(), &str>| match found {
        Ok(()) => json!([{ "componentType": kind, "status": "pass" }]),
        Err(why) => json!([{ "componentType": kind, "status": "fail", "output": why }]),
    };
    let mut checks = json!({
        "store": check("datastore", data),
        "server": check("component", server),
    });
    let fails = data.is_err() || server.is_err();
    if !fails && !set_up {
        // People can be sent here: to the page that sets the firm up.
        checks["firm"] =
            json!([{ "status": "warn", "output": "Not set up yet: run anteroom setup-code." }]);
    }
    let (status, verdict) = match (fails, set_up) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "fail"),
        (false, false) => (StatusCode::OK, "warn"),
        (false, true) => (StatusCode::OK, "pass"),
    };
    (status, json!({ "status": verdict, "checks": checks }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_a_server_that_cannot_save_or_stops() {
        for (store, stopping, reason) in [
            (StoreState::Full, false, "full"),
            (StoreState::Failed, false, "failed"),
            (StoreState::Closed, false, "closed"),
            (StoreState::Fine, true, "stopping"),
        ] {
            let (status, body) = report(store, stopping, true);
            assert_eq!((status.as_u16(), &body["status"]), (503, &json!("fail")));
            assert!(body.to_string().contains(reason), "{body}");
        }
    }

    #[test]
    fn a_server_without_a_firm_is_ready_with_a_warning() {
        let (status, body) = report(StoreState::Fine, false, false);
        assert_eq!((status.as_u16(), &body["status"]), (200, &json!("warn")));
        let (status, body) = report(StoreState::Fine, false, true);
        assert_eq!((status.as_u16(), &body["status"]), (200, &json!("pass")));
        assert_eq!(body["checks"]["store"][0]["status"], "pass");
    }
}
