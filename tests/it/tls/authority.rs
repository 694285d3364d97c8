//! An authority to order certificates from: Let's Encrypt's own test server, and the name server it asks, on free ports
//! of this machine.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anteroom::http::tls::self_signed;
use tempfile::TempDir;
use tokio::time::timeout;

/// For a program to start.
const SOON: Duration = Duration::from_secs(60);

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The authority.
pub struct Authority {
    /// Where it is, or is going to be.
    pub directory: String,
    /// The certificate that vouches for that, as PEM.
    pub ca: String,
    folder: TempDir,
    port: u16,
    names: u16,
    names_control: u16,
    running: Vec<Running>,
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Authority {
    /// One that is not there yet. It will look at these ports for the two challenges.
    pub fn planned(https: u16, http: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let (ca, key) = self_signed(&hosts, None).unwrap();
        let (port, management) = (free_port(), free_port());
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
            path
        };
        let (certificate, key) = (write("cert.pem", &ca), write("key.pem", &key));
        let pebble = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": certificate,
            "privateKey": key,
            "httpPort": http,
            "tlsPort": https,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        write("pebble.json", &pebble.to_string());
        Self {
            directory: format!("https://localhost:{port}/dir"),
            ca,
            folder,
            port,
            names: free_port(),
            names_control: free_port(),
            running: Vec::new(),
        }
    }

    /// Starts it. `refused` of a hundred nonces are refused.
    pub async fn start(&mut self, refused: u8) {
        let mut names = Command::new("pebble-challtestsrv");
        names.args([
            "-defaultIPv4",
            "127.0.0.1",
            "-defaultIPv6",
            "",
            "-http01",
            "",
            "-https01",
            "",
        ]);
        names.args(["-tlsalpn01", "", "-dns01", &format!("127.0.0.1:{}", self.names)]);
        names.args(["-management", &format!("127.0.0.1:{}", self.names_control)]);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(self.folder.path().join("pebble.json"));
        pebble.args(["-dnsserver", &format!("127.0.0.1:{}", self.names)]);
        pebble.env("PEBBLE_VA_NOSLEEP", "1").env("PEBBLE_AUTHZREUSE", "0");
        pebble.env("PEBBLE_WFE_NONCEREJECT", refused.to_string());
        let log = File::create(self.folder.path().join("log")).unwrap();
        pebble.stdout(log.try_clone().unwrap()).stderr(log);
        names.stdout(Stdio::null()).stderr(Stdio::null());
        for (program, port) in [(&mut names, self.names_control), (&mut pebble, self.port)] {
            let child = program.spawn().expect("the Debian package pebble is installed");
            self.running.push(Running(child));
            answers(port).await;
        }
    }

    /// It is gone.
    pub fn stop(&mut self) {
        self.running.clear();
    }

    /// From now on every name leads there.
    pub fn names_lead_to(&self, address: &str) {
        let body = format!("{{\"ip\":\"{address}\"}}");
        let mut stream = TcpStream::connect(("127.0.0.1", self.names_control)).unwrap();
        write!(
            stream,
            "POST /set-default-ipv4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("200 OK"), "{answer}");
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// How many orders it has had.
    pub fn orders(&self) -> usize {
        self.log().matches("POST /order-plz").count()
    }
}

/// Waits until somebody listens at this port of this machine.
pub async fn answers(port: u16) {
    let asking = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, asking).await.unwrap();
}

/// Whether every file below this folder is for its owner alone.
pub fn is_private(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let mut entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let private = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0;
    private(folder) && entries.all(|path| private(&path))
}
