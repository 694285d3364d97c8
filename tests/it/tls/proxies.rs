//! A proxy in front: what it says of its visitors is believed if it is trusted, and of nobody else.

use std::path::Path;

use super::authority::free_port;
use super::running::{Program, get, set_up, tell, tell_file};
use super::{PORTAL, at, place};

/// The start of a connection by PROXY v2, for somebody at this address of 192.0.2.0/24.
fn introduced(host: u8) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".to_vec();
    header.extend([192, 0, 2, host, 127, 0, 0, 1, 0x12, 0x34, 0, 80]);
    header
}

fn behind_proxy(data: &Path, options: &[&str]) -> Program {
    let program = Program::serve(data, options);
    set_up(data, "https://portal.firm.example");
    program
}

/// Status of the answer to log-ins that fail, one after the other, until one is refused for their number.
fn tries_until_refused(mut log_in: impl FnMut() -> String) -> usize {
    (1..200).find(|_| log_in().starts_with("HTTP/1.1 429")).unwrap()
}

fn log_in(more: &str) -> Vec<u8> {
    let form = "email=olive%40alderfinch.example&password=wrong";
    let length = form.len();
    format!(
        "POST /login HTTP/1.1\r\nHost: {PORTAL}\r\nConnection: close\r\nOrigin: https://{PORTAL}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{more}\r\n{form}"
    )
    .into_bytes()
}

#[test]
fn a_trusted_proxy_introduces_its_visitors_and_must() {
    let (_place, data) = place();
    let port = free_port();
    let listen = format!("--listen={}", at(port));
    let program =
        behind_proxy(&data, &[&listen, "--proxy-protocol", "--trusted-proxies=127.0.0.1"]);
    let plain = get(PORTAL, "/healthz", "");
    let with = |mut start: Vec<u8>| {
        start.extend(&plain);
        tell(port, &start)
    };
    assert!(with(introduced(7)).starts_with("HTTP/1.1 200"));
    assert_eq!(with(Vec::new()), "", "a connection that is not introduced is closed");
    let old = b"PROXY TCP4 192.0.2.7 127.0.0.1 4660 80\r\n".to_vec();
    assert_eq!(with(old), "", "nor is the first version of the header read");
    let mut cut = introduced(7);
    cut.truncate(20);
    assert_eq!(tell(port, &cut), "", "nor is half a header waited for");
    program.stop();
}

#[test]
fn nobody_else_can_introduce_themselves() {
    let (_place, data) = place();
    let port = free_port();
    let listen = format!("--listen={}", at(port));
    let program = behind_proxy(&data, &[&listen, "--proxy-protocol", "--trusted-proxies=10.9.8.7"]);
    let mut spoofed = introduced(7);
    spoofed.extend(get(PORTAL, "/healthz", ""));
    assert!(!tell(port, &spoofed).contains("200 OK"));
    assert!(tell(port, &get(PORTAL, "/healthz", "")).starts_with("HTTP/1.1 200"));
    program.stop();
}

#[test]
fn limits_count_for_the_visitor_and_not_for_the_proxy() {
    let (_place, data) = place();
    let port = free_port();
    let listen = format!("--listen={}", at(port));
    let program =
        behind_proxy(&data, &[&listen, "--proxy-protocol", "--trusted-proxies=127.0.0.1"]);
    let from = |host: u8| {
        let mut start = introduced(host);
        start.extend(log_in(""));
        tell(port, &start)
    };
    tries_until_refused(|| from(7));
    let other = from(8);
    assert!(!other.is_empty() && !other.starts_with("HTTP/1.1 500"), "{other}");
    program.stop();
}

#[test]
fn a_proxy_comes_by_a_socket_file_and_says_who_is_behind_it() {
    let (place, data) = place();
    let path = place.path().join("anteroom.sock");
    let listen = format!("--listen=unix:{}", path.display());
    let program = behind_proxy(&data, &[&listen]);
    let mode = {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode, 0o660);
    assert!(tell_file(&path, &get(PORTAL, "/healthz", "")).starts_with("HTTP/1.1 200"));
    let said = "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n";
    let page = tell_file(&path, &get(PORTAL, "/login", said));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    tries_until_refused(|| tell_file(&path, &log_in("X-Forwarded-For: 192.0.2.7\r\n")));
    program.stop();
    assert!(!path.exists(), "it is removed at the end");
}
