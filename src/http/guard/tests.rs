use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Body, RequestParts, Route, handler};

use super::*;
use crate::error::Result;
use crate::http::addresses::Addresses;
use crate::http::errors::ErrorPage;
use crate::http::respond::{Answer, see_other};

struct Words;

impl ErrorPages for Words {
    fn error_page(&self, _: &ErrorRequest, page: &ErrorPage) -> Result<String> {
        Ok(format!("{} {}", page.message, page.request_id))
    }
}

const PUBLIC: &str = "https://portal.firm.example";
const LOCAL: &str = "http://127.0.0.1:8080";
const HERE: (&str, &str) = ("host", "127.0.0.1:8080");

#[handler]
fn whose(ClientIp(ip): ClientIp) -> String {
    ip.to_string()
}

#[handler]
fn lives() -> &'static str {
    "ok"
}

#[handler]
fn panics() {
    panic!("a secret");
}

#[handler]
async fn hangs() {
    std::future::pending::<()>().await;
}

#[handler]
fn logs_in() -> Response {
    see_other("/console").session("t0k".into(), Duration::from_mins(1))
}

/// One request: method, path and headers, to a firm with this public address.
async fn ask(public: &str, method: &str, path: &str, headers: &[(&'static str, &str)]) -> Response {
    let public = Origin::parse(public).map(Arc::new);
    let addresses = Addresses { public, former: None, insist: true };
    let guard = Guard {
        handler_limit: Duration::from_millis(50),
        ..Guard::new(Arc::new(Words), Arc::new(move || addresses.clone()), Arc::default())
    };
    let app = Route::new()
        .at("/", whose)
        .at("/healthz", lives)
        .at("/invite/:token", whose)
        .at("/panics", panics)
        .at("/hangs", hangs)
        .at("/login", logs_in);
    let mut parts = poem::http::Request::new(()).into_parts().0;
    parts.method = method.parse().unwrap();
    parts.uri = path.parse().unwrap();
    for (name, value) in headers {
        parts.headers.append(*name, value.parse().unwrap());
    }
    let local = LocalAddr("192.168.1.5:8080".parse::<std::net::SocketAddr>().unwrap().into());
    let peer = RemoteAddr("192.0.2.7:5000".parse::<std::net::SocketAddr>().unwrap().into());
    let parts = RequestParts::from((parts, local, peer, Scheme::HTTP));
    guard.around(app).call(Request::from_parts(parts, Body::empty())).await.unwrap()
}

async fn post(public: &str, headers: &[(&'static str, &str)]) -> u16 {
    ask(public, "POST", "/", headers).await.status().as_u16()
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let host = [("host", "portal.firm.example")];
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/absent", 404),
        ("TRACE", "/", 405),
        ("GET", "/panics", 500),
        ("GET", "/hangs", 503),
        ("POST", "/", 200),
    ] {
        let response = ask(PUBLIC, method, path, &host).await;
        assert_eq!(response.status().as_u16(), status, "{path}");
        for (name, value) in ALWAYS {
            assert_eq!(response.headers()[&name], value);
        }
        assert_eq!(response.header("referrer-policy"), Some("same-origin"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        assert!(response.header("strict-transport-security").is_some());
    }
    let plain = ask(LOCAL, "GET", "/", &[HERE]).await;
    assert!(plain.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn a_secret_in_the_path_is_no_referrer_and_not_logged() {
    let response = ask(LOCAL, "GET", "/invite/t0k", &[HERE]).await;
    assert_eq!(response.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(loggable("/invite/t0k"), "/invite");
    assert_eq!(loggable("/reset"), "/reset");
    assert_eq!(loggable("/console/invites/1"), "/console/invites/1");
}

#[tokio::test]
async fn a_fault_is_told_without_its_words() {
    let response = ask(LOCAL, "GET", "/panics", &[HERE]).await;
    assert!(!response.into_body().into_string().await.unwrap().contains("secret"));
    let late = ask(LOCAL, "GET", "/hangs", &[HERE]).await;
    assert!(late.header("retry-after").is_some());
}

#[tokio::test]
async fn the_handler_knows_whose_request_it_is() {
    let response = ask(LOCAL, "GET", "/", &[HERE, ("x-forwarded-for", "198.51.100.1")]).await;
    assert_eq!(response.into_body().into_string().await.unwrap(), "192.0.2.7");
}

#[tokio::test]
async fn the_cookie_fits_the_site() {
    let host = [("host", "portal.firm.example")];
    let safe = ask(PUBLIC, "GET", "/login", &host).await;
    assert!(safe.header("set-cookie").unwrap().starts_with("__Host-anteroom=t0k; "));
    let plain = ask(LOCAL, "GET", "/login", &[HERE]).await;
    assert!(plain.header("set-cookie").unwrap().starts_with("anteroom=t0k; "));
}

#[tokio::test]
async fn only_the_firms_name_is_answered() {
    let status = async |public, host: &str, path| {
        ask(public, "GET", path, &[("host", host)]).await.status().as_u16()
    };
    for host in
        ["portal.firm.example", "Portal.Firm.example:443", "localhost:8080", "192.168.1.5:8080"]
    {
        assert_eq!(status(PUBLIC, host, "/").await, 200, "{host}");
    }
    for host in ["evil.example", "portal.firm.example.evil.example", "192.168.1.6", ""] {
        assert_eq!(status(PUBLIC, host, "/").await, 421, "{host}");
    }
    assert_eq!(ask(PUBLIC, "GET", "/", &[]).await.status(), 421);
    assert_eq!(status(PUBLIC, "10.0.0.9:8080", "/healthz").await, 200);
    // A firm that is only here still answers no name that somebody may have pointed here.
    for host in ["127.0.0.1:8080", "localhost:9000", "portal.localhost", "192.168.1.5:8080"] {
        assert_eq!(status(LOCAL, host, "/").await, 200, "{host}");
    }
    for host in ["laptop.local:8080", "evil.example:8080", "192.168.1.6:8080", ""] {
        assert_eq!(status(LOCAL, host, "/").await, 421, "{host}");
    }
    assert_eq!(status("", "portal.firm.example", "/").await, 200);
}

#[tokio::test]
async fn an_unsafe_request_must_come_from_this_site() {
    let host = ("host", "portal.firm.example");
    for (site, status) in
        [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
    {
        assert_eq!(post(PUBLIC, &[host, ("sec-fetch-site", site)]).await, status, "{site}");
    }
    for (name, from, status) in [
        ("origin", PUBLIC, 200),
        ("origin", "http://portal.firm.example", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "https://portal.firm.example.evil.example", 403),
        ("origin", "null", 403),
        ("referer", "https://portal.firm.example/login?then=%2F", 200),
        ("referer", "https://evil.example/portal.firm.example", 403),
    ] {
        assert_eq!(post(PUBLIC, &[host, (name, from)]).await, status, "{name}: {from}");
    }
    let both = [host, ("origin", "https://evil.example"), ("referer", PUBLIC)];
    assert_eq!(post(PUBLIC, &both).await, 403);
}

#[tokio::test]
async fn without_a_public_name_the_page_must_be_where_the_form_goes() {
    for (host, from, status) in [
        ("localhost:8081", "http://localhost:8081", 200),
        ("localhost:8081", "http://localhost:9000", 403),
        ("127.0.0.1:8080", "https://evil.example", 403),
        ("192.168.1.5:8080", "http://192.168.1.5:8080", 200),
    ] {
        assert_eq!(post(LOCAL, &[("host", host), ("origin", from)]).await, status, "{from}");
        assert_eq!(post("", &[("host", host), ("origin", from)]).await, status, "{from}");
    }
    let unknown = [("host", "firm.example"), ("origin", "https://firm.example")];
    assert_eq!((post("", &unknown).await, post(LOCAL, &unknown).await), (200, 421));
    let by_address = [("host", "192.168.1.5:8080"), ("origin", "http://192.168.1.5:8080")];
    assert_eq!(post(PUBLIC, &by_address).await, 200);
}

#[tokio::test]
async fn a_script_without_a_cookie_forges_nothing() {
    assert_eq!(post(LOCAL, &[("host", "localhost")]).await, 200);
    assert_eq!(post(LOCAL, &[("host", "localhost"), ("cookie", "anteroom=t0k")]).await, 403);
    let get = ask(LOCAL, "GET", "/", &[HERE, ("sec-fetch-site", "cross-site")]).await;
    assert_eq!(get.status(), 200);
}
