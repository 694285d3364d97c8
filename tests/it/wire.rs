//! HTTP/1.1 as a browser would send it, one connection for each request.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// For any answer; a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Name in lower case, and value.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Sends one request from this loopback address and reads the whole answer.
pub async fn ask(from: SocketAddr, to: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let what = head.lines().next().unwrap_or_default().to_owned();
    let exchange = async {
        let mut stream = connect(from, to).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses early may close before it has read all of this.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        bytes
    };
    let bytes = timeout(PATIENCE, exchange).await;
    let bytes = bytes.unwrap_or_else(|_| panic!("no answer within {PATIENCE:?} to {what}"));
    parse(&bytes).unwrap_or_else(|| panic!("no HTTP in the answer to {what}: {bytes:?}"))
}

/// A request whose body comes bit by bit, or never ends.
pub struct Line {
    stream: TcpStream,
    what: String,
    /// What was read of the answer.
    heard: Vec<u8>,
}

impl Line {
    /// Sends the head of a request.
    pub async fn open(from: SocketAddr, to: SocketAddr, head: &str) -> Self {
        let what = head.lines().next().unwrap_or_default().to_owned();
        let mut stream = connect(from, to).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        Self { stream, what, heard: Vec::new() }
    }

    /// Sends more of its body.
    pub async fn send(&mut self, bytes: &[u8]) {
        // A server that refuses early may close before it has read all of this.
        let _ = self.stream.write_all(bytes).await;
    }

    /// Waits for the beginning of the answer, and reads no further for now.
    pub async fn hear(&mut self) {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.heard)).await;
        let read =
            read.unwrap_or_else(|_| panic!("no answer within {PATIENCE:?} to {}", self.what));
        assert!(read.unwrap() > 0, "no answer to {}", self.what);
    }

    /// What was read of the answer until now.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Reads what comes until the server hangs up, as it is: an answer that was cut off is none.
    pub async fn all(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.heard);
        let read = timeout(PATIENCE, self.stream.read_to_end(&mut bytes)).await;
        let _ = read.unwrap_or_else(|_| panic!("no end within {PATIENCE:?} of {}", self.what));
        bytes
    }

    /// Reads the answer.
    pub async fn answer(mut self) -> Answer {
        let bytes = self.all().await;
        parse(&bytes).unwrap_or_else(|| panic!("no HTTP in the answer to {}: {bytes:?}", self.what))
    }

    /// Breaks off, and waits until the server has seen it.
    pub async fn break_off(mut self) {
        self.stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let gone = self.stream.read_to_end(&mut answer);
        let _ = timeout(PATIENCE, gone).await.expect("the server hangs up, too");
    }
}

async fn connect(from: SocketAddr, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(from).unwrap();
    let stream = socket.connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: String::new() };
    let rest = &bytes[end + 4..];
    let body = match answer.header("transfer-encoding") {
        Some("chunked") => unchunk(rest)?,
        _ => rest.to_vec(),
    };
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Some(answer)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(str::from_utf8(&rest[..end]).ok()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

/// Fields as a browser encodes them.
pub fn encode(fields: &[(String, String)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    // Line breaks travel as CR LF in forms.
    for byte in text.replace("\r\n", "\n").replace('\n', "\r\n").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
                out.push(byte.into());
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
