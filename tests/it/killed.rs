//! A server that is killed while its mails leave: none is lost, and none whose acceptance was written down leaves twice.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::cast::OLIVE;
use crate::mail_sink::{Mail, Sink};
use crate::person::Person;

const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
const PEOPLE: usize = 12;
const LONG: Duration = Duration::from_secs(60);

/// The program as a process of its own, which can be killed.
struct Process(Child);

impl Process {
    /// Comes back when it answers.
    fn start(data: &Path, addr: SocketAddr, mail: Option<&Sink>) -> Self {
        let mut command = Command::new(BINARY);
        command.env_clear().arg("serve").arg("--data-dir").arg(data);
        command.arg("--listen").arg(addr.to_string());
        if let Some(sink) = mail {
            let port = sink.port().to_string();
            command.args(["--smtp-host", "127.0.0.1", "--smtp-port", &port]);
            command.args(["--smtp-security", "none", "--mail-from", "portal@firm.example"]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("Mail:")), "it did not start");
        Self(child)
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a file that the test needs for a moment")]
fn init(folder: &Path, data: &Path, addr: SocketAddr) {
    let password = folder.join("password");
    fs::write(&password, OLIVE.password).unwrap();
    let url = format!("http://{addr}");
    let mut command = Command::new(BINARY);
    command.env_clear().arg("init").arg("--data-dir").arg(data);
    command.args(["--firm", "Harbour & Hall", "--owner-name", &OLIVE.name()]);
    command.args(["--owner-email", OLIVE.email, "--public-url", &url, "--owner-password-file"]);
    assert!(command.arg(password).stdout(Stdio::null()).status().unwrap().success());
}

fn address(n: usize) -> String {
    format!("p{n}@crowd.example")
}

/// Invites as many people, without waiting for "Undo".
async fn invite_a_crowd(olive: &Person) {
    let page = olive.get("/login").await;
    olive.press(&page, "Log in", &[("email", OLIVE.email), ("password", OLIVE.password)]).await;
    let page = olive.get("/console/settings/portal").await;
    olive.press(&page, "Save settings", &[("undo_seconds", "0")]).await;
    let page = olive.get("/console/clients/new").await;
    let mut form = page.fill("Add client", &[("name", "Crowd Ltd")]);
    form.fields.retain(|(name, _)| name != "invite");
    let record = olive.submit(&form).await;
    let contacts =
        format!("{}/contacts", olive.follow(record).await.path.trim_end_matches("/contacts"));
    for n in 0..PEOPLE {
        let page = olive.get(&format!("{contacts}/new")).await;
        let (first, email) = (format!("First{n}"), address(n));
        let typed = [("first", first.as_str()), ("last", "Crowd"), ("email", &email)];
        olive.press(&page, "Add contact", &typed).await;
    }
    let page = olive.get(&contacts).await;
    let page = olive.click(&page, "Invite contacts to the client portal").await;
    let ticks: Vec<String> = page
        .html()
        .tags("input")
        .filter(|at| page.html()[*at].attr("name") == Some("to"))
        .filter_map(|at| page.html()[at].attr("value").map(str::to_owned))
        .collect();
    let typed: Vec<(&str, &str)> = ticks.iter().map(|id| ("to", id.as_str())).collect();
    olive.press(&page, "Send", &typed).await;
}

/// How many mails came for each address.
fn counted(mails: &[Mail]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for mail in mails {
        *counted.entry(mail.to.clone()).or_default() += 1;
    }
    counted
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_no_mail_and_repeats_none_that_was_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    init(folder.path(), &data, addr);
    let faults = Arc::<Mutex<Vec<String>>>::default();
    let olive = Person::new("olive", addr, OLIVE.host, faults);
    let sink = Sink::start().await;

    // Killed the moment they are queued: they are on disk.
    let server = Process::start(&data, addr, None);
    invite_a_crowd(&olive).await;
    server.kill();

    // Half of them leave; the mail server asks the others to wait. All of that is written down, then it is killed.
    for n in 0..PEOPLE / 2 {
        sink.answer_for(&address(n), "RCPT", "451 4.7.1 Wait");
    }
    let server = Process::start(&data, addr, Some(&sink));
    sink.wait_for(|mails| mails.len() == PEOPLE / 2, LONG).await;
    let delayed = async {
        loop {
            let page = olive.get("/console/outbox?show=waiting").await;
            if page.text().matches("Delayed").count() == PEOPLE / 2 {
                return page;
            }
        }
    };
    let page = tokio::time::timeout(LONG, delayed).await.expect("they are delayed");
    server.kill();

    // After a restart only those that were delayed leave.
    sink.heal();
    let _server = Process::start(&data, addr, Some(&sink));
    for n in 0..PEOPLE / 2 {
        olive.press_only(&page, &format!("Try now to First{n} "), &[]).await;
    }
    let mails = sink.wait_for(|mails| counted(mails).len() == PEOPLE, LONG).await;
    let each_once: BTreeMap<_, _> = (0..PEOPLE).map(|n| (address(n), 1)).collect();
    assert_eq!(counted(&mails), each_once);
}
