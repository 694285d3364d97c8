//! Server-sent events: tells open pages which of their parts to fetch again.
//!
//! An event carries a topic and no data; the page fetches, through the door of whoever looks.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use poem::http::HeaderName;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::{Body, Response};

use super::serve::Stopping;

/// Shorter than the patience of any proxy, so that the stream stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The browser comes back after this many milliseconds if the stream breaks.
const HELLO: Bytes = Bytes::from_static(b"retry: 3000\n\n");
const STILL_HERE: Bytes = Bytes::from_static(b": still here\n\n");
/// Asks nginx not to hold events back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// One event for each topic, until the topics end, the server stops, or `open` says that the door of whoever looks is
/// closed. It is asked before each event, and each time that a quiet stream shows that it is still there.
pub fn events(
    stopping: Stopping,
    open: impl Fn() -> bool + Send + 'static,
    topics: impl Stream<Item = String> + Send + 'static,
) -> Response {
    let told = stream::unfold((topics.boxed(), open), |(mut topics, open)| async {
        let bytes = match tokio::time::timeout(KEEP_ALIVE, topics.next()).await {
            Ok(topic) => event(&topic?),
            Err(_nothing_new) => STILL_HERE,
        };
        open().then_some((bytes, (topics, open)))
    });
    let told = stream::iter([HELLO]).chain(told).take_until(Box::pin(stopping.wait()));
    Response::builder()
        .header(CONTENT_TYPE, "text/event-stream")
        .header(CACHE_CONTROL, "no-store")
        .header(X_ACCEL_BUFFERING, "no")
        .body(Body::from_bytes_stream(told.map(Ok::<_, io::Error>)))
}

/// A topic is one line, whatever it is.
fn event(topic: &str) -> Bytes {
    let line = topic.replace(['\r', '\n'], " ");
    format!("data: {line}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_topic_is_one_event() {
        let (_running, stopping) = Stopping::pair();
        let topics = stream::iter(["contacts".to_owned(), "a\nevent: b".to_owned()]);
        let response = events(stopping, || true, topics);
        assert_eq!(response.content_type(), Some("text/event-stream"));
        let all = response.into_body().into_string().await.unwrap();
        assert_eq!(all, "retry: 3000\n\ndata: contacts\n\ndata: a event: b\n\n");
    }

    #[tokio::test]
    async fn whoever_has_lost_the_door_hears_no_more() {
        let (_running, stopping) = Stopping::pair();
        let told = std::sync::atomic::AtomicUsize::new(0);
        let once = move || told.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let response = events(stopping, once, stream::repeat("contacts".to_owned()));
        let all = response.into_body().into_string().await.unwrap();
        assert_eq!(all, "retry: 3000\n\ndata: contacts\n\n");
    }

    #[tokio::test]
    async fn a_stop_ends_the_stream() {
        let (running, stopping) = Stopping::pair();
        let response = events(stopping, || true, stream::pending());
        running.send_replace(true);
        assert!(response.into_body().into_string().await.is_ok());
    }
}
