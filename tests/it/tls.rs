//! How browsers reach the server: encrypted, through proxies, and by sockets that a service manager hands over.

mod acme;
mod address;
pub mod authority;
mod browser;
mod changing;
mod first_run;
mod proxies;
mod running;
mod sockets;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anteroom::http::tls::self_signed;
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::time::timeout;

use authority::{answers, free_port, is_private};
use browser::{Believes, Shown, Visit};
use running::{Program, get, set_up, tell};

const SOON: Duration = Duration::from_secs(60);
const PORTAL: &str = "portal.firm.example";

fn place() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    (place, data)
}

fn write(path: &Path, text: &str) {
    // Whoever renews a certificate puts another file in its place.
    let beside = path.with_extension("new");
    File::create(&beside).unwrap().write_all(text.as_bytes()).unwrap();
    fs::rename(&beside, path).unwrap();
}

/// Waits until a browser is shown a certificate like this.
async fn until_shown(port: u16, like: impl Fn(&Shown) -> bool) -> Shown {
    let looking = async {
        loop {
            let shown = Visit::open(port, PORTAL).await.shown();
            if like(&shown) {
                return shown;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, looking).await.unwrap()
}

fn at(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

#[tokio::test(flavor = "multi_thread")]
async fn own_files_are_served_and_read_again_without_cutting_anybody_off() {
    let (place, data) = place();
    let (certificate, key) = (place.path().join("cert.pem"), place.path().join("key.pem"));
    let (first, first_key) = self_signed(&[PORTAL.to_owned()], None).unwrap();
    write(&certificate, &first);
    write(&key, &first_key);
    let (https, http) = (free_port(), free_port());
    let program = Program::serve(
        &data,
        &[
            "--tls=files",
            &format!("--tls-cert={}", certificate.display()),
            &format!("--tls-key={}", key.display()),
            &format!("--listen-https={}", at(https)),
            &format!("--listen-http={}", at(http)),
            "--public-url=https://portal.firm.example",
        ],
    );
    answers(https).await;
    until_shown(https, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    let believed = Visit::try_open(https, PORTAL, Believes::Pem(&first), &["http/1.1"]).await;
    let mut open = believed.unwrap();
    assert!(open.get(PORTAL, "/healthz").await.starts_with("HTTP/1.1 200"));
    let serial = open.shown().serial;

    // A new pair that does not fit together is not taken.
    let (second, second_key) = self_signed(&[PORTAL.to_owned()], None).unwrap();
    write(&certificate, &second);
    program.signal(Signal::HUP);
    assert!(open.get(PORTAL, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert_eq!(Visit::open(https, PORTAL).await.shown().serial, serial);

    write(&key, &second_key);
    program.signal(Signal::HUP);
    until_shown(https, |shown| shown.serial != serial).await;
    assert!(Visit::try_open(https, PORTAL, Believes::Pem(&second), &[]).await.is_ok());
    assert!(open.get(PORTAL, "/healthz").await.starts_with("HTTP/1.1 200"), "not cut off");
    program.stop();
}

/// A server with a self-signed certificate for the portal and these other names.
fn self_signing(data: &Path, https: u16, names: &str) -> Program {
    Program::serve(
        data,
        &[
            "--tls=self-signed",
            &format!("--listen-https={}", at(https)),
            &format!("--domain={names}"),
            "--public-url=https://portal.firm.example",
        ],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_is_made_kept_and_changed_with_the_names() {
    let (_place, data) = place();
    let https = free_port();
    let named = |shown: &Shown, name: &str| shown.names.iter().any(|known| known.contains(name));
    let program = self_signing(&data, https, "nas.lan,127.0.0.1");
    let first = until_shown(https, |shown| named(shown, "nas.lan")).await;
    assert!(named(&first, PORTAL) && first.names.len() == 3, "{first:?}");
    assert!(is_private(&data.join("keys")));
    program.stop();

    let again = self_signing(&data, https, "nas.lan,127.0.0.1");
    assert_eq!(until_shown(https, |shown| named(shown, "nas.lan")).await, first);
    again.stop();
    let other = self_signing(&data, https, "box.lan");
    let shown = until_shown(https, |shown| named(shown, "box.lan")).await;
    assert_ne!(shown.serial, first.serial);
    other.stop();
}

/// A server with a self-signed certificate for the portal, set up; its ports for HTTPS and for plain HTTP.
async fn encrypted(data: &Path) -> (Program, u16, u16) {
    let (https, http) = (free_port(), free_port());
    let program = Program::serve(
        data,
        &[
            "--tls=self-signed",
            &format!("--listen-https={}", at(https)),
            &format!("--listen-http={}", at(http)),
            "--listen=127.0.0.1:0",
        ],
    );
    set_up(data, "https://portal.firm.example");
    until_shown(https, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    (program, https, http)
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_speak_http_2_or_1_and_cookies_are_safe() {
    let (_place, data) = place();
    let (program, https, _) = encrypted(&data).await;
    let both = &["h2", "http/1.1"];
    let mut modern = Visit::try_open(https, PORTAL, Believes::All, both).await.unwrap();
    assert_eq!(modern.stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let frames = modern.get_by_http2(PORTAL, "/healthz").await;
    let head = frames.iter().find(|(kind, ..)| *kind == 1).unwrap();
    assert_eq!(head.2[0], 0x88, "200: {frames:?}");
    assert!(
        frames.iter().any(|(kind, _, body)| *kind == 0 && body.starts_with(b"ok")),
        "{frames:?}"
    );

    let mut old = Visit::open(https, PORTAL).await;
    let page = old.get(PORTAL, "/console").await;
    assert!(page.starts_with("HTTP/1.1 303"), "{page}");
    assert!(!page.to_ascii_lowercase().contains("strict-transport-security"), "{page}");
    program.stop();
}

/// What a browser of 2008 says first: TLS 1.1, and nothing newer.
fn old_hello() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 4, 0xc0, 0x13, 0xc0, 0x14, 1, 0]);
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0];
    hello.extend([0, extensions.len() as u8]);
    hello.extend(extensions);
    let mut record = vec![22, 3, 1, 0, hello.len() as u8 + 4, 1, 0, 0, hello.len() as u8];
    record.extend(hello);
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_tls_1_2_is_refused() {
    let (_place, data) = place();
    let (program, https, _) = encrypted(&data).await;
    let answer = tell(https, &old_hello());
    let bytes: Vec<char> = answer.chars().collect();
    assert_eq!(bytes.first(), Some(&'\u{15}'), "an alert, not a handshake: {answer:?}");
    assert!(tell(https, &get(PORTAL, "/", "")).chars().count() < 20, "no plain HTTP here");
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_leads_on_to_https_and_nowhere_else() {
    let (_place, data) = place();
    let (program, https, http) = encrypted(&data).await;
    let answer = tell(http, &get(PORTAL, "/p/choose?a=1", ""));
    assert!(answer.starts_with("HTTP/1.1 308"), "{answer}");
    assert!(answer.contains("location: https://portal.firm.example/p/choose?a=1\r\n"), "{answer}");
    let post = format!(
        "POST /login HTTP/1.1\r\nHost: {PORTAL}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    );
    assert!(tell(http, post.as_bytes()).starts_with("HTTP/1.1 308"));
    let own = tell(http, &get("127.0.0.1", "/x", ""));
    assert!(own.contains(&format!("location: https://127.0.0.1:{https}/x\r\n")), "{own}");
    let foreign = tell(http, &get("evil.example", "/", ""));
    assert!(foreign.starts_with("HTTP/1.1 421") && !foreign.contains("location"), "{foreign}");
    assert!(tell(http, &get("evil.example", "/healthz", "")).starts_with("HTTP/1.1 200"));
    let proof = tell(http, &get(PORTAL, "/.well-known/acme-challenge/abc", ""));
    assert!(proof.starts_with("HTTP/1.1 404"), "{proof}");
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_says_nothing_holds_nobody_up() {
    let (_place, data) = place();
    let (program, https, _) = encrypted(&data).await;
    let silent: Vec<_> =
        (0..20).map(|_| std::net::TcpStream::connect(("127.0.0.1", https)).unwrap()).collect();
    let answer = Visit::open(https, PORTAL).await.get(PORTAL, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    drop(silent);
    program.stop();
}
