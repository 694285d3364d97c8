//! The built binary as a service manager runs it: its environment, its log, its end.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::wire::{self, Answer};

const BINARY: &str = env!("CARGO_BIN_EXE_anteroom");
/// For a debug build on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// A server in a folder of its own, killed when the test ends.
pub struct Binary {
    child: Child,
    place: TempDir,
    addr: SocketAddr,
}

impl Binary {
    /// Serves an empty folder with these options and variables, and waits until it answers.
    pub async fn serve(options: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::serve_in(tempfile::tempdir().unwrap(), options, variables).await
    }

    /// Serves the folder `data` in this place.
    pub async fn serve_in(place: TempDir, options: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::run(Command::new(BINARY), place, options, variables).await
    }

    /// The same, while strace writes down what it says to other sockets.
    pub async fn traced(options: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut command = Command::new("/usr/bin/strace");
        command.args(["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o"]);
        command.arg(place.path().join("trace")).arg(BINARY);
        Self::run(command, place, options, &[]).await
    }

    async fn run(
        mut command: Command,
        place: TempDir,
        options: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let addr = free_address();
        let log = File::create(place.path().join("log")).unwrap();
        command.env_clear().envs(variables.iter().copied()).arg("serve");
        command.arg("--data-dir").arg(place.path().join("data"));
        command.args(["--listen", &addr.to_string()]).args(options);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let server = Self { child, place, addr };
        let answers = async {
            while std::net::TcpStream::connect(server.addr).is_err() {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(SOON, answers).await.is_ok(), "it did not start:\n{}", server.log());
        server
    }

    /// Sets the firm up, as a script does.
    pub fn found(&self) {
        let password = self.place.path().join("password");
        let mut file = File::create(&password).unwrap();
        std::io::Write::write_all(&mut file, b"seven herons wade at dusk\n").unwrap();
        let mut command = Command::new(BINARY);
        command.env_clear().arg("init").arg("--data-dir").arg(self.data());
        command.args(["--firm", "Alder & Finch", "--owner-name", "Olive Finch"]);
        command.args(["--owner-email", "olive@firm.example", "--owner-password-file"]);
        let told = command.arg(&password).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("log")).unwrap()
    }

    /// The other sockets in the network that it spoke to, as strace writes them.
    pub fn spoke_to(&self) -> Vec<String> {
        let trace = fs::read_to_string(self.place.path().join("trace")).unwrap();
        let network = trace.lines().filter(|line| line.contains("sa_family=AF_INET"));
        network.map(str::to_owned).collect()
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process: the one that was started, or what strace started.
    fn pid(&self) -> Pid {
        let started = Pid::from_child(&self.child);
        let id = started.as_raw_nonzero();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let traced = children.ok().and_then(|text| text.split(' ').next()?.parse().ok());
        traced.and_then(Pid::from_raw).unwrap_or(started)
    }

    /// Asks from this loopback address, with these further lines in the head.
    pub async fn ask(&self, host: u8, line: &str, heads: &[&str], body: &str) -> Answer {
        let from = SocketAddr::from((Ipv4Addr::new(127, 0, 3, host), 0));
        let port = self.addr.port();
        let mut head =
            format!("{line} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
        for line in heads {
            head.push_str(&format!("{line}\r\n"));
        }
        if !body.is_empty() {
            let length = body.len();
            head.push_str(&format!(
                "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
            ));
        }
        wire::ask(from, self.addr, &format!("{head}\r\n"), body.as_bytes()).await
    }

    /// Waits until the log says something.
    pub async fn until_log(&self, words: &str) {
        let look = async {
            while !self.log().contains(words) {
                tokio::task::yield_now().await;
            }
        };
        let came = timeout(SOON, look).await;
        assert!(came.is_ok(), "the log does not say {words:?}:\n{}", self.log());
    }

    /// Stops it as a service manager does; gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = kill_process(self.pid(), Signal::KILL);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address at which nothing listens.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
