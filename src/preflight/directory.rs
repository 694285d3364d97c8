//! Whether the authority answers, what it says of itself, and what time it is there.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use poem::http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::Verdict;

/// For the whole of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any directory has.
const MOST_BYTES: u64 = 256 * 1024;
/// As much may clocks differ: it changes nothing.
const APART: i64 = 5 * 60;

/// What the authority said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its time.
    pub(super) date: Option<Timestamp>,
    /// By which names CAA records call it.
    pub(super) known_as: Vec<String>,
    /// It takes only those who have an account with it already (RFC 8555 §7.3.4).
    pub(super) needs_account: bool,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "newOrder")]
    _new_order: String,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Meta {
    caa_identities: Vec<String>,
    external_account_required: bool,
}

/// The host in the address of a directory.
pub(super) fn host(directory: &str) -> Option<String> {
    let uri: Uri = directory.parse().ok()?;
    Some(uri.host()?.trim_matches(['[', ']']).to_owned())
}

/// Asks the authority what it is. Otherwise why there is no answer, without a full stop.
pub(super) async fn ask(directory: &str, tls: Arc<ClientConfig>) -> Result<Found, String> {
    match timeout(PATIENCE, get(directory, tls)).await {
        Ok(answered) => read(&answered.map_err(|why| words(&why))?),
        Err(_) => Err(format!("it said nothing in {} seconds", PATIENCE.as_secs())),
    }
}

/// What the network said, without the number that programmers know it by.
fn words(why: &io::Error) -> String {
    let said = why.to_string();
    said.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// By HTTP/1.0: the answer ends with the connection, in one piece.
async fn get(directory: &str, tls: Arc<ClientConfig>) -> io::Result<Vec<u8>> {
    let uri: Uri = directory.parse().map_err(io::Error::other)?;
    let (Some(host), Some(authority)) = (host(directory), uri.authority()) else {
        return Err(io::Error::other("its address has no host"));
    };
    let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(443))).await?;
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let mut stream = TlsConnector::from(tls).connect(name, stream).await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let asked = format!(
        "GET {path} HTTP/1.0\r\nHost: {authority}\r\nUser-Agent: anteroom\r\nAccept: application/json\r\n\r\n"
    );
    stream.write_all(asked.as_bytes()).await?;
    let mut answer = Vec::new();
    match stream.take(MOST_BYTES).read_to_end(&mut answer).await {
        // Not every server says goodbye before it closes.
        Err(why) if why.kind() == io::ErrorKind::UnexpectedEof => Ok(answer),
        read => read.map(|_| answer),
    }
}

fn read(answer: &[u8]) -> Result<Found, String> {
    let odd = || "it did not answer as an authority does".to_owned();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(odd)?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or_else(odd)?;
    if status != "200" {
        return Err(format!("it answered with status {status}"));
    }
    let body: Body = serde_json::from_slice(&answer[end + 4..]).map_err(|_| odd())?;
    let date = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("date").then(|| value.trim().to_owned())
    });
    Ok(Found {
        date: date.and_then(|date| rfc2822::parse(&date).ok()).map(|date| date.timestamp()),
        known_as: body.meta.caa_identities,
        needs_account: body.meta.external_account_required,
    })
}

/// Whether it can be asked for a certificate.
pub(super) fn judge(directory: &str, found: &Result<Found, String>) -> (Verdict, String) {
    match found {
        Err(why) => (Verdict::Bad, format!("The authority at {directory} is out of reach: {why}.")),
        Ok(Found { needs_account: true, .. }) => (
            Verdict::Bad,
            format!(
                "The authority at {directory} takes only those who have an account with it already, which Anteroom cannot have."
            ),
        ),
        Ok(_) => (Verdict::Good, format!("The authority at {directory} answers.")),
    }
}

/// Whether this machine's clock is right: by a wrong one, certificates hold not yet or no more.
pub(super) fn judge_clock(now: Timestamp, there: Timestamp) -> (Verdict, String) {
    let apart = now.as_second() - there.as_second();
    if apart.abs() <= APART {
        return (Verdict::Good, "The clock of this machine is right.".to_owned());
    }
    let how = if apart > 0 { "fast" } else { "slow" };
    let by = crate::values::in_words(Duration::from_secs(apart.unsigned_abs() / 60 * 60));
    let says =
        format!("The clock of this machine is {by} {how}, by that of the authority: set it right.");
    (Verdict::Bad, says)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str =
        "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 26 Nov 2026 15:48:10 GMT\r\n\r\n";

    #[test]
    fn a_directory_says_who_it_is_and_what_time_it_is() {
        let body = r#"{"newOrder":"https://a.example/o","meta":{"caaIdentities":["a.example"]}}"#;
        let found = read(format!("{ANSWER}{body}").as_bytes()).unwrap();
        assert_eq!(found.date, "2026-11-26T15:48:10Z".parse().ok());
        assert_eq!((found.known_as, found.needs_account), (vec!["a.example".to_owned()], false));
        let bare = read(format!("{ANSWER}{{\"newOrder\":\"x\"}}").as_bytes()).unwrap();
        assert_eq!(bare.known_as, Vec::<String>::new());
        let body = r#"{"newOrder":"x","meta":{"externalAccountRequired":true}}"#;
        let closed = read(format!("{ANSWER}{body}").as_bytes());
        assert_eq!(judge("https://a.example", &closed).0, Verdict::Bad);
    }

    #[test]
    fn what_is_no_directory_is_told() {
        for none in [ANSWER, "hello", "", "HTTP/1.1 200 OK\r\n\r\n<html>"] {
            assert!(read(none.as_bytes()).unwrap_err().contains("as an authority does"), "{none}");
        }
        assert_eq!(
            read(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap_err(),
            "it answered with status 404"
        );
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_by_how_much() {
        let there: Timestamp = "2026-11-26T15:48:10Z".parse().unwrap();
        let at = |seconds: i64| Timestamp::from_second(there.as_second() + seconds).unwrap();
        assert_eq!(judge_clock(at(90), there).0, Verdict::Good);
        let (is, says) = judge_clock(at(-2 * 60 * 60), there);
        assert_eq!(is, Verdict::Bad);
        assert!(says.contains("2 hours slow"), "{says}");
        assert!(judge_clock(at(100 * 24 * 60 * 60), there).1.contains("100 days fast"));
    }
}
