//! The built program, run as whoever installs it runs it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anteroom::server::control::{Answer, InitOrder, Verb, ask};
use rustix::process::{Pid, Signal, kill_process};

pub const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");

/// A server that is killed when the test ends.
pub struct Program(Child);

impl Program {
    /// `anteroom serve` with this data folder, these options, and nothing of our own environment or terminal.
    pub fn serve(data: &Path, options: &[&str]) -> Self {
        let mut command = Command::new(BINARY);
        command.env_clear().arg("serve").arg("--data-dir").arg(data).args(options);
        Self::from(command.stdin(Stdio::null()))
    }

    /// Waits until it has started.
    pub fn from(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        while !said.contains("Mail:") {
            let Some(Ok(line)) = lines.next() else { panic!("it did not start: {said}") };
            said.push_str(&line);
        }
        Self(child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Stops it in order.
    pub fn stop(mut self) {
        self.signal(Signal::TERM);
        assert_eq!(self.0.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sets the firm up, with its portal at this address.
pub fn set_up(data: &Path, public_url: &str) {
    let order = InitOrder {
        firm: "Alder & Finch".into(),
        owner_name: "Olive Finch".into(),
        owner_email: "olive@alderfinch.example".into(),
        owner_password: "correct kiln battery lease".into(),
        public_url: public_url.into(),
        time_zone: "America/New_York".into(),
        currency: "USD".into(),
        date_style: "month-first".into(),
        smtp: None,
    };
    let answer = ask(data, &Verb::Init(Box::new(order))).unwrap();
    assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
}

/// All that comes back for these bytes until the connection is closed.
pub fn tell(port: u16, bytes: &[u8]) -> String {
    use std::io::Write;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    // The server may close before all of it is sent.
    let _ = stream.write_all(bytes);
    read(stream)
}

/// The same at a socket file.
pub fn tell_file(path: &Path, bytes: &[u8]) -> String {
    use std::io::Write;
    let mut stream = UnixStream::connect(path).unwrap();
    let _ = stream.write_all(bytes);
    read(stream)
}

fn read(mut stream: impl Read) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A GET for this host, after which the connection is closed.
pub fn get(host: &str, path: &str, more: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").into_bytes()
}
