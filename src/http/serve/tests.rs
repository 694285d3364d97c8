//! Real sockets, small limits. A test waits for what the peer sees, never for time to pass.

use std::net::SocketAddr;

use poem::{Route, get, handler};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::*;

/// Far beyond every limit in these tests: reached only if the server does not close.
const DEADLINE: Duration = Duration::from_secs(20);

struct Server {
    at: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    ended: JoinHandle<()>,
    entered: Arc<Notify>,
    go_on: Arc<Notify>,
}

#[handler]
fn hello() -> &'static str {
    "hello"
}

fn small() -> Limits {
    let soon = Duration::from_millis(200);
    Limits { head: soon, idle: DEADLINE * 2, ..Limits::default() }
}

async fn start(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (enter, wait) = (entered.clone(), go_on.clone());
    let slow = poem::endpoint::make(move |_| {
        let (enter, wait) = (enter.clone(), wait.clone());
        async move {
            enter.notify_one();
            wait.notified().await;
            "finished"
        }
    });
    let app = Route::new().at("/", get(hello)).at("/slow", slow);
    let shutdown = async { drop(stopped.await) };
    #[expect(clippy::disallowed_methods, reason = "the test plays the server's part")]
    let ended = tokio::spawn(serve(listener, app, limits, shutdown));
    Server { at, stop: Some(stop), ended, entered, go_on }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Everything the server sends until it closes; a reset counts as closed.
async fn read_to_close(tcp: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = tokio::time::timeout(DEADLINE, tcp.read_to_end(&mut all)).await;
    let _closed_or_reset = read.expect("the server closes the connection");
    String::from_utf8(all).unwrap()
}

/// One response with the body `hello`, leaving the connection open.
async fn read_hello(tcp: &mut TcpStream) {
    let mut all = Vec::new();
    while !all.ends_with(b"hello") {
        let read = tokio::time::timeout(DEADLINE, tcp.read_buf(&mut all)).await;
        assert_ne!(read.expect("an answer").unwrap(), 0, "closed early");
    }
}

#[tokio::test]
async fn a_silent_peer_is_closed() {
    let server = start(small()).await;
    assert_eq!(read_to_close(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn half_a_head_is_closed() {
    let server = start(small()).await;
    let mut tcp = server.connect().await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a").await.unwrap();
    assert!(!read_to_close(&mut tcp).await.contains("200 OK"));
}

#[tokio::test]
async fn half_a_head_is_closed_on_a_kept_connection_too() {
    let server = start(small()).await;
    let mut tcp = server.connect().await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_hello(&mut tcp).await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    assert!(!read_to_close(&mut tcp).await.contains("200 OK"));
}

#[tokio::test]
async fn a_pause_between_requests_may_be_longer_than_a_head() {
    let limits = small();
    let pause = limits.head * 3;
    let server = start(limits).await;
    let mut tcp = server.connect().await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_hello(&mut tcp).await;
    // That nothing happens can only be seen by looking for a while.
    let closed = tokio::time::timeout(pause, tcp.read_u8()).await;
    assert!(closed.is_err(), "closed in the pause: {closed:?}");
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_hello(&mut tcp).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_at_last() {
    let limits = Limits { idle: Duration::from_millis(200), ..small() };
    let server = start(limits).await;
    let mut tcp = server.connect().await;
    tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    assert!(read_to_close(&mut tcp).await.ends_with("hello"));
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let server = start(Limits::default()).await;
    let mut tcp = server.connect().await;
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Long: {}", "x".repeat(HEAD_BYTES));
    // The server may close before all of it is sent.
    let _sent = tcp.write_all(head.as_bytes()).await;
    let answer = read_to_close(&mut tcp).await;
    assert!(answer.is_empty() || answer.contains(" 431 "), "{answer}");
}

#[tokio::test]
async fn a_peer_beyond_its_share_is_closed_and_the_others_are_served() {
    let server = start(Limits { per_network: 2, ..Limits::default() }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    let mut third = server.connect().await;
    assert_eq!(read_to_close(&mut third).await, "");
    for tcp in [&mut first, &mut second] {
        tcp.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        read_hello(tcp).await;
    }
}

#[tokio::test]
async fn a_stop_finishes_the_request_under_way_and_closes_idle_connections() {
    let mut server = start(Limits::default()).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    read_hello(&mut idle).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.entered.notified().await;
    server.stop();
    assert_eq!(read_to_close(&mut idle).await, "");
    server.go_on.notify_one();
    assert!(read_to_close(&mut busy).await.ends_with("finished"));
    tokio::time::timeout(DEADLINE, server.ended).await.expect("drained").unwrap();
}

#[tokio::test]
async fn a_stop_cuts_what_does_not_finish_in_time() {
    let mut server = start(Limits { drain: Duration::from_millis(50), ..Limits::default() }).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    server.entered.notified().await;
    server.stop();
    assert_eq!(read_to_close(&mut busy).await, "");
    tokio::time::timeout(DEADLINE, server.ended).await.expect("stopped").unwrap();
}
