//! The server tells systemd that it is ready, what it does, that it still works, and that it stops.

use std::fs::{self, File};
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::binary::Binary;

/// For a debug build on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// Where systemd listens.
struct Manager {
    socket: UnixDatagram,
    place: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(place.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        Self { socket, place }
    }

    fn path(&self) -> String {
        self.place.path().join("notify").to_str().unwrap().to_owned()
    }

    /// The next message that says this.
    fn hear(&self, words: &str) -> String {
        let mut heard = String::new();
        let mut room = [0; 4096];
        loop {
            let Ok(length) = self.socket.recv(&mut room) else {
                panic!("{words:?} was not said:\n{heard}");
            };
            let said = String::from_utf8_lossy(&room[..length]).into_owned();
            if said.contains(words) {
                return said;
            }
            heard.push_str(&said);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_that_the_server_is_ready_and_what_is_still_to_do() {
    let systemd = Manager::new();
    let path = systemd.path();
    let patience = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "1000000")];
    let server = Binary::serve(&[], &patience).await;

    let ready = systemd.hear("READY=1");

    assert!(ready.contains("STATUS=Set-up needed: run anteroom setup-code\n"), "{ready}");
    server.found();
    systemd.hear("STATUS=Serving http://localhost:8080\n");
    assert_eq!(server.stop(), Some(0));
    systemd.hear("STOPPING=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_again_and_again_that_the_store_can_be_read() {
    let systemd = Manager::new();
    let path = systemd.path();
    let patience = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "400000")];
    let server = Binary::serve(&[], &patience).await;
    for _ in 0..5 {
        systemd.hear("WATCHDOG=1");
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_data_is_being_opened_the_server_is_live_and_not_ready_and_systemd_waits() {
    let systemd = Manager::new();
    let path = systemd.path();
    let place = tempfile::tempdir().unwrap();
    let keys = place.path().join("data/keys");
    fs::create_dir_all(&keys).unwrap();
    // A start waits for another one that makes the key: this one opens its data for as long as we like.
    let held = File::open(&keys).unwrap();
    held.lock().unwrap();
    let server = Binary::serve_in(place, &[], &[("NOTIFY_SOCKET", path.as_str())]).await;

    let patience = systemd.hear("EXTEND_TIMEOUT_USEC=60000000");

    assert!(patience.contains("STATUS=Opening the data, or bringing it up to date."), "{patience}");
    let live = server.ask(1, "GET /healthz/live", &[], "").await;
    assert_eq!((live.status, live.body.as_str()), (200, "ok"));
    let ready = server.ask(1, "GET /healthz/ready", &[], "").await;
    assert_eq!((ready.status, ready.header("cache-control")), (503, Some("no-store")));
    assert!(ready.body.contains("Migrating: the data is being opened"), "{ready:?}");
    let page = server.ask(1, "GET /login", &[], "").await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("5")));
    drop(held);
    systemd.hear("READY=1");
    assert_eq!(server.ask(1, "GET /healthz/ready", &[], "").await.status, 200);
    assert_eq!(server.stop(), Some(0));
}
