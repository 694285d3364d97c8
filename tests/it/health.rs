//! Whoever watches the server is told whether it is up, and whether people can be sent to it.

use serde_json::Value;

use crate::office::Office;

/// What a watcher asks by, whatever name the firm has.
const NAMES: [(&str, &str); 1] = [("Host", "10.20.30.40:9999")];

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_live_under_every_name() {
    let office = Office::founded().await;
    let watcher = office.nobody();
    for path in ["/healthz", "/healthz/live", "/livez"] {
        let page = watcher.send_with("GET", path, &[], &NAMES).await;
        page.assert_status(200);
        assert_eq!(page.body(), "ok", "{path}");
        watcher.send_with("HEAD", path, &[], &NAMES).await.assert_status(200);
    }
    watcher.send_with("GET", "/login", &[], &NAMES).await.assert_status(421);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_ready_when_the_store_works_and_says_what_is_still_to_do() {
    let office = Office::bare().await;
    let watcher = office.nobody();
    let report = async |status: &str| {
        for path in ["/healthz/ready", "/readyz"] {
            let page = watcher.send_with("GET", path, &[], &NAMES).await;
            page.assert_status(200);
            assert_eq!(page.header("content-type"), Some("application/health+json"));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            let report: Value = serde_json::from_str(page.body()).unwrap();
            assert_eq!(report["status"], status, "{report}");
            assert_eq!(report["checks"]["store"][0]["status"], "pass", "{report}");
        }
    };
    report("warn").await;
    office.set_up().await;
    report("pass").await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_closely_is_never_too_often() {
    let office = Office::founded().await;
    let watcher = office.nobody();
    for _ in 0..200 {
        watcher.get("/healthz/ready").await.assert_status(200);
    }
    office.close().await;
}
