//! The metrics page, in the text format of Prometheus, on a listener of its own.
//!
//! It tells counts and times of this process, and no name of anybody; still it is no page for strangers, so it is off
//! unless an address is given for it, and that address should be one that only the collector reaches.

mod text;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use poem::http::header::CONTENT_TYPE;
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, Request, Response};
use tokio::net::TcpListener;

use crate::error::{Error, Result};
use crate::http::serve::{self, Limits};
use crate::http::traffic::{BOUNDS, Part, Traffic};
use crate::model::{Facts, StoreState, System};
use text::Text;

const PROMETHEUS: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// What the page is made from.
pub(super) struct Metrics {
    system: System,
    traffic: Arc<Traffic>,
    /// The store's file.
    store: PathBuf,
    started: Timestamp,
}

impl Metrics {
    /// Of a server that starts now.
    pub(super) fn new(system: System, traffic: Arc<Traffic>, store: PathBuf) -> Self {
        let started = system.now();
        Self { system, traffic, store, started }
    }

    /// Serves the page until `shutdown` resolves.
    pub(super) async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let limits = Limits {
            connections: 32,
            per_network: 32,
            drain: Duration::from_secs(1),
            ..Limits::default()
        };
        serve::serve(listener, Page(Arc::new(self)), limits, shutdown).await;
    }

    fn text(&self) -> Result<String> {
        let facts = self.system.facts()?;
        let mut text = Text::default();
        self.process(&mut text);
        self.requests(&mut text);
        sign_ins(&mut text, &facts);
        self.mails(&mut text, &facts);
        self.store(&mut text, &facts);
        kept(&mut text, &facts);
        Ok(text.into_string())
    }

    fn process(&self, text: &mut Text) {
        text.gauge("anteroom_build_info", "The version that runs; always 1.");
        text.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.gauge("anteroom_process_start_time_seconds", "When the server started, in Unix time.");
        text.sample(&[], self.started.as_second());
        text.gauge("anteroom_http_connections_open", "Connections that are open.");
        text.sample(&[], self.traffic.open().load(Ordering::Relaxed));
    }

    fn requests(&self, text: &mut Text) {
        text.counter("anteroom_http_requests_total", "Answers, by route and class of status.");
        for (part, route, class, count) in self.traffic.answers() {
            let class = format!("{class}xx");
            let labels = [("audience", part.name()), ("route", route), ("status", &class)];
            text.sample(&labels, count);
        }
        let help = "How long answers took, to the end of their heads.";
        text.histogram("anteroom_http_request_duration_seconds", help);
        for part in Part::ALL {
            let waits = self.traffic.waits(part);
            let buckets = BOUNDS.into_iter().zip(waits.at_most);
            text.buckets(("audience", part.name()), buckets, waits.count, waits.sum);
        }
    }

    fn mails(&self, text: &mut Text, facts: &Facts) {
        text.gauge("anteroom_mail_queue_waiting", "Mails in the outbox that have not left.");
        text.sample(&[], facts.mails_waiting);
        let help = "How long ago the oldest of them was written; 0 if none waits.";
        text.gauge("anteroom_mail_queue_oldest_seconds", help);
        let now = self.system.now();
        let age = facts.oldest_mail.map_or(0, |made| now.duration_since(made).as_secs().max(0));
        text.sample(&[], age);
    }

    fn store(&self, text: &mut Text, facts: &Facts) {
        text.gauge("anteroom_password_hash_queue", "Passwords that wait to be hashed.");
        text.sample(&[], facts.hashes_waiting);
        text.gauge("anteroom_store_writable", "1 if the last commit worked, else 0.");
        text.sample(&[], u8::from(facts.store == StoreState::Fine));
        // Gone for a moment, it has no size; the page does without.
        if let Ok(file) = std::fs::metadata(&self.store) {
            text.gauge("anteroom_store_size_bytes", "Size of the store's file.");
            text.sample(&[], file.len());
        }
    }
}

fn sign_ins(text: &mut Text, facts: &Facts) {
    text.counter("anteroom_sign_ins_total", "Log-ins that worked.");
    for (audience, count) in facts.signed_in {
        text.sample(&[("audience", audience)], count);
    }
    let help = "Log-ins, codes and links that were wrong.";
    text.counter("anteroom_sign_ins_failed_total", help);
    for (tried, count) in facts.sign_ins_failed {
        text.sample(&[("tried", tried)], count);
    }
}

/// What somebody should hear of before it is too late. Without a backup or a certificate there is no such time.
fn kept(text: &mut Text, facts: &Facts) {
    let times = [
        (
            "anteroom_backup_last_success_timestamp_seconds",
            "When the last backup was made, in Unix time.",
            facts.last_backup,
        ),
        (
            "anteroom_backup_last_verified_timestamp_seconds",
            "When a backup was last restored on trial without a fault, in Unix time.",
            facts.last_verified,
        ),
        (
            "anteroom_certificate_expiry_timestamp_seconds",
            "When the certificate of the portal ends, in Unix time.",
            facts.certificate_ends,
        ),
        (
            "anteroom_certificate_last_try_timestamp_seconds",
            "When an authority was asked for a certificate last, in Unix time.",
            facts.certificate_tried,
        ),
    ];
    for (name, help, time) in times {
        if let Some(time) = time {
            text.gauge(name, help);
            text.sample(&[], time.as_second());
        }
    }
    if let Some(fails) = facts.certificate_fails {
        let help = "1 if the last try to get or to read a certificate failed, or nothing listens for https; else 0.";
        text.gauge("anteroom_certificate_failing", help);
        text.sample(&[], u8::from(fails));
    }
}

struct Page(Arc<Metrics>);

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        if req.uri().path() != "/metrics" {
            return Err(StatusCode::NOT_FOUND.into());
        }
        if ![Method::GET, Method::HEAD].contains(req.method()) {
            return Err(StatusCode::METHOD_NOT_ALLOWED.into());
        }
        let metrics = self.0.clone();
        // The outbox may be long, and the disk slow.
        let made = tokio::task::spawn_blocking(move || metrics.text()).await.map_err(Error::bug)?;
        match made {
            Ok(text) => Ok(Response::builder().header(CONTENT_TYPE, PROMETHEUS).body(text)),
            Err(why) => {
                tracing::warn!(%why, "metrics");
                Err(StatusCode::SERVICE_UNAVAILABLE.into())
            }
        }
    }
}
