//! A public address that is changed: nobody is locked out by a slip, and cookies are as safe as the address allows.

use anteroom::config::{Config, ListenTls};
use anteroom::model::Clock;
use anteroom::model::tls::TlsForm;
use anteroom::server;
use tokio::net::TcpListener;

use super::authority::{answers, free_port};
use super::browser::Visit;
use super::running::{Program, get, set_up, tell};
use super::{PORTAL, at, place, until_shown};

pub const OLIVE: &str = "email=olive%40alderfinch.example&password=correct+kiln+battery+lease";

/// A form that is sent to this host, with this cookie, from a page of its own.
pub fn send(host: &str, path: &str, cookie: &str, form: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

/// Name and value of the session's cookie in an answer, and the whole line.
pub fn session(answer: &str) -> (String, String) {
    let line = answer.lines().find(|line| line.contains("anteroom=")).expect(answer);
    let line = line.split_once(": ").unwrap().1;
    (line.split(';').next().unwrap().to_owned(), line.to_owned())
}

/// The value of a hidden field.
pub fn hidden(page: &str, name: &str) -> String {
    let field = page.split("<input").find(|field| field.contains(&format!("name=\"{name}\"")));
    let value = field.and_then(|field| field.split("value=\"").nth(1)).expect(page);
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_address_answers_until_an_admin_came_by_the_new_one() {
    let (_place, data) = place();
    let port = free_port();
    let program =
        Program::serve(&data, &[&format!("--listen={}", at(port)), "--listen-https=127.0.0.1:1"]);
    set_up(&data, "http://old.firm.example");
    let old = "old.firm.example";
    let logged_in = tell(port, &send(old, "/login", "", OLIVE));
    let (cookie, line) = session(&logged_in);
    assert!(!line.contains("Secure"), "{line}");
    let page = tell(port, &get(old, "/console/settings/address", &format!("Cookie: {cookie}\r\n")));
    let form =
        format!("public_url=https%3A%2F%2F{PORTAL}&seen={}&once={}", hidden(&page, "seen"), "a");
    let saved = tell(port, &send(old, "/console/settings/address", &cookie, &form));
    assert!(saved.starts_with("HTTP/1.1 303"), "{saved}");

    // Nobody has come by the new one: the old one works, with its own cookie.
    let console = |host: &str| tell(port, &get(host, "/console", &format!("Cookie: {cookie}\r\n")));
    assert!(console(old).starts_with("HTTP/1.1 200"), "{}", console(old));
    let foreign = tell(port, &get("evil.example", "/login", ""));
    assert!(foreign.starts_with("HTTP/1.1 421"));

    // A stranger who names it is no proof that it works.
    tell(port, &get(PORTAL, "/login", ""));
    tell(
        port,
        &get(PORTAL, "/login", "X-Forwarded-Proto: https\r\nCookie: __Host-anteroom=made-up\r\n"),
    );
    assert!(console(old).starts_with("HTTP/1.1 200"), "{}", console(old));

    let by_proxy = tell(port, &send(PORTAL, "/login", "", OLIVE));
    let (new, line) = session(&by_proxy);
    assert!(line.starts_with("__Host-") && line.contains("Secure"), "{line}");
    let there = format!("X-Forwarded-Proto: https\r\nCookie: {new}\r\n");
    assert!(tell(port, &get(PORTAL, "/console", &there)).starts_with("HTTP/1.1 200"));
    let gone = async {
        while !console(old).starts_with("HTTP/1.1 421") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::SOON, gone).await.unwrap();
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_by_tls_has_a_safe_cookie_whatever_the_address_says() {
    let (_place, data) = place();
    let https = free_port();
    let listen = format!("--listen-https={}", at(https));
    let program = Program::serve(&data, &["--tls=self-signed", &listen, "--listen=127.0.0.1:0"]);
    set_up(&data, "http://portal.firm.example");
    until_shown(https, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    let mut visit = Visit::open(https, PORTAL).await;
    let answer = visit.send(&send(PORTAL, "/login", "", OLIVE)).await;
    let (cookie, line) = session(&answer);
    assert!(cookie.starts_with("__Host-") && line.contains("Secure"), "{line}");
    let mut visit = Visit::open(https, PORTAL).await;
    let asked = get(PORTAL, "/console", &format!("Cookie: {cookie}\r\n"));
    assert!(visit.send(&asked).await.starts_with("HTTP/1.1 200"));
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_switched_on_and_off_while_the_server_runs() {
    let (_place, data) = place();
    std::fs::create_dir(&data).unwrap();
    let (https, http) = (free_port(), free_port());
    let mut config = Config::nearby(data.clone());
    let there = |port| (std::net::Ipv4Addr::LOCALHOST, port).into();
    config.listen_tls = ListenTls { https: there(https), http: Some(there(http)), insists: false };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server::start(config, Clock::system(), listener).unwrap();
    let port = server.addr.port();
    let (cookie, _) = tokio::task::spawn_blocking(move || {
        // Answered as soon as it serves.
        tell(port, &get(PORTAL, "/healthz", ""));
        set_up(&data, "http://portal.firm.example");
        session(&tell(port, &send(PORTAL, "/login", "", OLIVE)))
    })
    .await
    .unwrap();
    let token = cookie.split_once('=').unwrap().1;
    let set = async |way: &str| {
        let admin = server.guest.console(token).unwrap().admin().unwrap();
        let seen = admin.tls_settings().unwrap().edition();
        let form = TlsForm { way: way.into(), seen, ..TlsForm::default() };
        admin.set_tls(form).await.unwrap();
    };
    assert!(std::net::TcpStream::connect(("127.0.0.1", https)).is_err(), "off at first");
    set("self-signed").await;
    answers(https).await;
    until_shown(https, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    let led = tokio::task::spawn_blocking(move || tell(http, &get(PORTAL, "/", ""))).await.unwrap();
    assert!(led.starts_with("HTTP/1.1 308"), "{led}");
    let mut open = Visit::open(https, PORTAL).await;

    set("off").await;
    let closed = async {
        while std::net::TcpStream::connect(("127.0.0.1", https)).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::SOON, closed).await.unwrap();
    let answer = open.get(PORTAL, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "an open connection is not cut");
    drop(open);
    server.stop().await.unwrap();
}
