//! Sockets that a service manager opened, and hands over: nothing is lost while one program follows another.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::browser::Visit;
use super::running::{BINARY, Program, get, set_up, tell};
use super::{PORTAL, place, until_shown};

/// The program as a service manager starts it: with these two sockets as descriptors 3 and 4, under these names.
pub fn handed(
    data: &Path,
    first: &TcpListener,
    second: &TcpListener,
    names: &str,
    options: &str,
) -> Program {
    let socket = |listener: &TcpListener| Stdio::from(OwnedFd::from(listener.try_clone().unwrap()));
    let script = format!(
        "exec 3<&0 4>&2 </dev/null 2>/dev/null; LISTEN_PID=$$ exec {BINARY} serve --data-dir {} {options}",
        data.display()
    );
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("LISTEN_FDS", "2").env("LISTEN_FDNAMES", names);
    command.arg("-c").arg(script).stdin(socket(first)).stderr(socket(second));
    Program::from(&mut command)
}

pub fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_used_by_their_names() {
    let (_place, data) = place();
    let ((http, plain), (https, secure)) = (listener(), listener());
    let program = handed(&data, &https, &http, "https:http", "--tls self-signed");
    set_up(&data, "https://portal.firm.example");
    until_shown(secure, |shown| shown.names.iter().any(|name| name.contains(PORTAL))).await;
    let answer = Visit::open(secure, PORTAL).await.get(PORTAL, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert!(tell(plain, &get(PORTAL, "/x", "")).starts_with("HTTP/1.1 308"));
    program.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_while_one_program_follows_another() {
    let (_place, data) = place();
    let ((http, plain), (https, _)) = (listener(), listener());
    let first = handed(&data, &http, &https, "http:https", "");
    set_up(&data, "http://127.0.0.1");
    let asked = thread::spawn(move || {
        // One after the other, each on a connection of its own, until the second program has answered some.
        let mut answered = 0;
        while answered < 400 {
            let mut stream = TcpStream::connect(("127.0.0.1", plain)).unwrap();
            stream.write_all(&get("127.0.0.1", "/login", "")).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answered}: {answer:?}");
            answered += 1;
        }
    });
    first.stop();
    let second = handed(&data, &http, &https, "http:https", "");
    asked.join().unwrap();
    second.stop();
}
