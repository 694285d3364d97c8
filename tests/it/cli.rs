//! The command line, as whoever installs the program meets it: through the built binary.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::mail_sink::Sink;

pub const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
const PASSWORD: &str = "correct kiln battery lease";

/// The program with this data folder and nothing of our own environment.
pub fn anteroom(verb: &str, data: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().arg(verb).arg("--data-dir").arg(data);
    command
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Exit code, what stood on standard output, and what on standard error.
pub fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// Asserts how it ended, and gives what it said to people.
pub fn ends(command: &mut Command, code: i32) -> String {
    let (ended, said, complained) = told(&run(command));
    assert_eq!(ended, code, "{said}\n{complained}");
    if code == 0 { said } else { complained }
}

pub fn init(data: &Path, firm: &str) -> Command {
    let password = data.with_extension("password");
    let mut file = fs::File::create(&password).unwrap();
    writeln!(file, "{PASSWORD}").unwrap();
    let mut command = anteroom("init", data);
    command.args(["--firm", firm, "--owner-name", "Olive Finch"]);
    command.args(["--owner-email", "olive@alderfinch.example", "--owner-password-file"]);
    command.arg(password);
    command
}

/// A folder to put a data folder in.
fn place() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    (place, data)
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server of its own, killed when the test ends.
pub struct Server {
    child: Child,
    pub port: u16,
    pub said: String,
}

impl Server {
    pub fn start(data: &Path) -> Self {
        let port = free_port();
        let mut command = anteroom("serve", data);
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
        Self::from(&mut command, port)
    }

    pub fn from(command: &mut Command, port: u16) -> Self {
        Self::of(command.stderr(Stdio::piped()), port)
    }

    /// The same with whatever the command does with its log.
    pub fn of(command: &mut Command, port: u16) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = String::new();
        while !said.contains("Mail:") {
            let Some(Ok(line)) = lines.next() else {
                let mut why = String::new();
                if let Some(mut log) = child.stderr.take() {
                    log.read_to_string(&mut why).unwrap();
                }
                panic!("it did not start: {said}{why}");
            };
            said.push_str(&line);
            said.push('\n');
        }
        Self { child, port, said }
    }

    /// Status and head of the answer to a GET, once the server answers.
    pub fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let host = format!("localhost:{}", self.port);
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn end(mut self, signal: Signal) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_mistyped_option_is_a_usage_error_with_the_one_that_was_meant() {
    let (_place, data) = place();
    let why = ends(anteroom("serve", &data).args(["--liste", "127.0.0.1:1"]), 2);
    assert!(why.contains("--listen"), "{why}");
    let why = ends(Command::new(BINARY).env_clear().arg("serv"), 2);
    assert!(why.contains("serve"), "{why}");
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_configuration_without_sense_is_refused_with_a_sentence() {
    let (_place, data) = place();
    let why = ends(anteroom("serve", &data).env("ANTEROOM_SMPT_HOST", "x"), 78);
    assert_eq!(
        why.trim(),
        "There is no setting ANTEROOM_SMPT_HOST. Did you mean ANTEROOM_SMTP_HOST?"
    );
    let why = ends(anteroom("serve", &data).env("ANTEROOM_SMTP_PORT", "25"), 78);
    assert!(why.contains("needs --smtp-host"), "{why}");
    let mut everywhere = anteroom("serve", &data);
    everywhere.args(["--listen", "0.0.0.0:0", "--public-url", "http://localhost:8080"]);
    assert!(ends(&mut everywhere, 78).contains("--public-url"), "others cannot follow such links");
    let why = ends(Command::new(BINARY).env_clear().arg("setup-code"), 78);
    assert!(why.contains("--data-dir"), "{why}");
    assert!(!data.exists(), "nothing was made");
}

#[test]
fn a_port_or_a_folder_in_use_has_its_own_exit_code() {
    let (_place, data) = place();
    let server = Server::start(&data);
    let why = ends(anteroom("serve", &data).args(["--listen", "127.0.0.1:0"]), 75);
    assert!(why.contains("in use"), "{why}");
    let other = data.with_extension("other");
    let listen = format!("127.0.0.1:{}", server.port);
    let why = ends(anteroom("serve", &other).args(["--listen", &listen]), 69);
    assert!(why.contains(&listen) && why.contains("--listen"), "{why}");
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let (_place, data) = place();
    ends(&mut init(&data, "Alder & Finch"), 0);
    let file = data.join("anteroom.redb");
    let noise = b"this is no database".repeat(400);
    fs::File::create(&file).unwrap().write_all(&noise).unwrap();
    let why = ends(&mut anteroom("serve", &data), 65);
    assert!(why.contains("backup"), "{why}");
    assert_eq!(fs::read(&file).unwrap(), noise);
}

#[test]
fn a_folder_that_cannot_be_written_is_a_matter_of_permission() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::File::create(&file).unwrap();
    let why = ends(&mut anteroom("serve", &file.join("data")), 77);
    assert!(why.contains("--data-dir"), "{why}");
    if !geteuid().is_root() {
        fs::set_permissions(place.path(), Permissions::from_mode(0o500)).unwrap();
        ends(&mut anteroom("serve", &place.path().join("data")), 77);
        return;
    }
    // Root may write everywhere, so somebody else has to try, with a copy of the program that they can reach.
    let copy = place.path().join("anteroom");
    fs::copy(BINARY, &copy).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(&copy);
    command.env_clear().arg("--data-dir").arg(place.path().join("data")).uid(65_534).gid(65_534);
    ends(&mut command, 77);
}

#[test]
fn a_script_sets_the_firm_up_once() {
    let (_place, data) = place();
    let said = ends(&mut init(&data, "Alder & Finch"), 0);
    assert!(said.starts_with("Set up Alder & Finch at http://localhost:8080."), "{said}");
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    let said = ends(&mut init(&data, "Other"), 0);
    assert_eq!(said.trim(), "Alder & Finch is set up here already. Nothing was changed.");
    let gone = data.with_extension("password");
    let mut without = init(&data, "Other");
    fs::remove_file(gone).unwrap();
    assert!(
        ends(&mut without, 0).contains("Nothing was changed"),
        "the password may be gone by then"
    );
    assert!(ends(&mut anteroom("setup-code", &data), 1).contains("set up already"));
    assert!(ends(&mut anteroom("check", &data), 0).contains("index"));
}

#[test]
fn a_script_is_told_which_option_is_wrong() {
    let (_place, data) = place();
    let mut command = init(&data, "Alder & Finch");
    command.args(["--time-zone", "Mars/Olympus", "--currency", "XXX", "--public-url", "portal"]);
    let why = ends(&mut command, 2);
    for option in ["--time-zone: ", "--currency: ", "--public-url: "] {
        assert!(why.contains(option), "{why}");
    }
    fs::File::create(data.with_extension("short")).unwrap().write_all(b"alder finch\n").unwrap();
    let mut command = init(&data, "Alder & Finch");
    command.arg("--owner-password-file").arg(data.with_extension("short"));
    assert_ne!(run(&mut command).status.code(), Some(0), "the option is there twice");
    let mut command = init(&data, "Alder & Finch");
    fs::remove_file(data.with_extension("password")).unwrap();
    assert!(ends(&mut command, 78).contains("The password file"));
}

#[test]
fn verbs_reach_the_server_that_holds_the_folder() {
    let (_place, data) = place();
    let server = Server::start(&data);
    let socket = data.join("control.sock");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let code = ends(&mut anteroom("setup-code", &data), 0);
    assert!(code.trim().len() == 11 && server.said.contains(code.trim()), "{}", server.said);
    assert!(server.get("/").contains("location: /setup"));
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    ends(&mut init(&data, "Alder & Finch"), 0);
    assert!(server.get("/setup").starts_with("HTTP/1.1 404"), "the page is gone");
    let said = ends(anteroom("recover", &data).arg("olive@alderfinch.example"), 0);
    assert!(said.starts_with("http://localhost:8080/reset/"), "{said}");
    assert!(ends(anteroom("recover", &data).arg("sam@alderfinch.example"), 1).contains("sam@"));
    let mut mail = Command::new(BINARY);
    mail.env_clear().args(["mail", "test", "--data-dir"]).arg(&data);
    assert!(ends(&mut mail, 1).contains("mail server"));
    assert_eq!(server.end(Signal::TERM), Some(0));
    assert!(!socket.exists(), "it is removed at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_is_told_step_by_step() {
    let sink = Sink::start().await;
    let (_place, data) = place();
    let test = |to: &str| {
        let mut command = Command::new(BINARY);
        command.env_clear().args(["mail", "test", to, "--data-dir"]).arg(&data);
        command
    };
    ends(&mut init(&data, "Alder & Finch"), 0);
    let port = free_port();
    let mut serve = anteroom("serve", &data);
    serve.args(["--listen", &format!("127.0.0.1:{port}"), "--smtp-host", "127.0.0.1"]);
    serve.args(["--smtp-security", "none", "--mail-from", "portal@alderfinch.example"]);
    serve.env("ANTEROOM_SMTP_PORT", sink.port().to_string());
    let server = Server::from(&mut serve, port);

    let said = ends(&mut test("olive@alderfinch.example"), 0);
    assert!(said.contains("Name lookup") && said.contains("took the mail"), "{said}");
    assert_eq!(sink.mails().len(), 1);
    assert!(ends(&mut test("olive"), 2).contains("name@example.com"));
    sink.answer("RCPT", "550 5.1.1 No such user");
    let (code, said, _) = told(&run(&mut test("olive@alderfinch.example")));
    assert!(code == 1 && said.contains("No such user"), "{said}");
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn a_killed_server_has_lost_nothing() {
    let (_place, data) = place();
    let server = Server::start(&data);
    ends(&mut init(&data, "Alder & Finch"), 0);
    assert_eq!(server.end(Signal::KILL), None);
    assert!(data.join("control.sock").exists(), "nobody could remove it");
    let server = Server::start(&data);
    assert!(!server.said.contains("Set-up:"), "{}", server.said);
    let said = ends(&mut init(&data, "Other"), 0);
    assert!(said.starts_with("Alder & Finch is set up"), "{said}");
    assert_eq!(server.end(Signal::INT), Some(0));
    assert!(ends(&mut anteroom("check", &data), 0).contains("index"));
}

#[test]
fn a_demo_tells_its_log_ins_and_never_sends() {
    let (_place, data) = place();
    let mut command = anteroom("demo", &data);
    command.args(["--json", "--public-url", "http://localhost:9090"]);
    let demo: Value = serde_json::from_str(&ends(&mut command, 0)).unwrap();
    assert_eq!(demo["url"], "http://localhost:9090");
    let logins = demo["logins"].as_array().unwrap();
    let roles: Vec<&Value> = logins.iter().map(|login| &login["role"]).collect();
    assert_eq!(roles, ["owner", "contact", "contact"]);
    for login in logins {
        for key in ["name", "email", "password"] {
            assert!(login[key].as_str().is_some_and(|text| !text.is_empty()), "{login}");
        }
    }
    assert_eq!(logins[1]["clients"].as_array().unwrap().len(), 2);
    assert_eq!(logins[2]["clients"].as_array().unwrap().len(), 1);
    assert!(ends(&mut anteroom("demo", &data), 1).contains("already"));
    let smtp = ["--smtp-host", "mail.example", "--mail-from", "office@alderfinch.example"];
    assert!(ends(anteroom("demo", &data).args(smtp), 78).contains("demo"));
    assert!(ends(anteroom("serve", &data).args(smtp), 78).contains("demo"));
    assert!(ends(&mut anteroom("check", &data), 0).contains("index"));
}

#[test]
fn without_a_verb_it_serves_and_says_where() {
    let (place, _) = place();
    let mut command = Command::new(BINARY);
    command.env_clear().env("HOME", place.path());
    let mut server = Server::from(&mut command, 0);
    let after = server.said.split("http://localhost:").nth(1).unwrap();
    server.port = after.lines().next().unwrap().parse().unwrap();
    assert!(server.said.contains(".local/share/anteroom"), "{}", server.said);
    assert!(server.get("/setup").starts_with("HTTP/1.1 200"));
    assert_eq!(server.end(Signal::TERM), Some(0));
}

#[test]
fn the_version_is_told_both_ways() {
    for asked in ["version", "--version"] {
        let said = ends(Command::new(BINARY).env_clear().arg(asked), 0);
        assert_eq!(said, concat!("anteroom ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}
