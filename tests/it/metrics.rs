//! A collector finds counts and times on a listener of its own, and nobody's name.

use std::collections::BTreeMap;

use crate::binary::{Binary, free_address};
use crate::wire;

/// Serves the metrics beside the portal, and gives where.
async fn measured() -> (Binary, std::net::SocketAddr) {
    let metrics = free_address();
    let server = Binary::serve(&["--metrics-listen", &metrics.to_string()], &[]).await;
    server.found();
    (server, metrics)
}

async fn page(metrics: std::net::SocketAddr) -> String {
    let from = "127.0.3.1:0".parse().unwrap();
    let head = "GET /metrics HTTP/1.1\r\nHost: collector\r\nConnection: close\r\n\r\n";
    let answer = wire::ask(from, metrics, head, b"").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    answer.body
}

/// Name with labels, and value.
fn samples(page: &str) -> BTreeMap<&str, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap()).map(|(k, v)| (k, v.parse().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_visitors_do_is_counted_by_route_and_not_by_address() {
    let (server, metrics) = measured().await;
    for n in 0..3 {
        server.ask(2, &format!("GET /p/cl_{n}/files"), &[], "").await;
    }
    server.ask(2, "GET /nothing-of-the-kind", &[], "").await;
    let wrong = "email=olive%40firm.example&password=seven+herons+wade+at+dawn";
    server.ask(2, "POST /login", &[], wrong).await;
    let right = "email=olive%40firm.example&password=seven+herons+wade+at+dusk";
    assert_eq!(server.ask(2, "POST /login", &[], right).await.status, 303);

    let page = page(metrics).await;

    let samples = samples(&page);
    let count = |name: &str| *samples.get(name).unwrap_or_else(|| panic!("{name}:\n{page}"));
    let asked = |audience: &str, route: &str, status: &str| {
        count(&format!(
            "anteroom_http_requests_total{{audience=\"{audience}\",route=\"{route}\",status=\"{status}\"}}"
        ))
    };
    assert!((asked("portal", "/p/:client/files", "3xx") - 3.0).abs() < 0.1);
    assert!((asked("none", "none", "4xx") - 1.0).abs() < 0.1);
    assert!((asked("guest", "/login", "4xx") - 1.0).abs() < 0.1);
    assert!((asked("guest", "/login", "3xx") - 1.0).abs() < 0.1);
    let all = count("anteroom_http_request_duration_seconds_count{audience=\"portal\"}");
    assert!((all - 3.0).abs() < 0.1);
    assert!((count("anteroom_sign_ins_total{audience=\"console\"}") - 1.0).abs() < 0.1);
    assert!((count("anteroom_sign_ins_failed_total{tried=\"password\"}") - 1.0).abs() < 0.1);
    assert!(count("anteroom_store_size_bytes") > 1000.0);
    assert!((count("anteroom_store_writable") - 1.0).abs() < 0.1);
    assert!(count("anteroom_process_start_time_seconds") > 1_700_000_000.0);
    let version = format!("anteroom_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert!((count(&version) - 1.0).abs() < 0.1);
    for secret in ["olive", "Alder", "cl_1", "nothing-of"] {
        assert!(!page.contains(secret), "{secret}:\n{page}");
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_number_says_what_it_is() {
    let (server, metrics) = measured().await;
    let page = page(metrics).await;
    let mut described = "";
    for line in page.lines() {
        match line.strip_prefix("# HELP ").or(line.strip_prefix("# TYPE ")) {
            Some(about) => described = about.split(' ').next().unwrap(),
            None => assert!(line.starts_with(described) && !described.is_empty(), "{line}"),
        }
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_does_not_tell_its_metrics() {
    let server = Binary::serve(&[], &[]).await;
    server.found();
    assert_eq!(server.ask(2, "GET /metrics", &[], "").await.status, 404);
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_read_is_counted_as_failing() {
    let (metrics, https) = (free_address().to_string(), free_address().to_string());
    let options = [
        "--metrics-listen",
        &metrics,
        "--tls",
        "files",
        "--tls-cert",
        "/nowhere/cert.pem",
        "--tls-key",
        "/nowhere/key.pem",
        "--listen-https",
        &https,
        "--listen-http",
        &free_address().to_string(),
    ];
    let server = Binary::serve(&options, &[]).await;
    server.found();
    let failing = async {
        while !page(metrics.parse().unwrap()).await.contains("\nanteroom_certificate_failing 1\n") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), failing).await.unwrap();
    assert_eq!(server.stop(), Some(0));
}
