//! `anteroom healthcheck`: whether the server that listens says that it is ready. For containers, whose image has no
//! other program in it.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::config::Environment;
use crate::server::control::{Answer, Verb, ask};
use crate::values::PublicUrl;

use super::args::HealthArgs;
use super::exit::{FAILED, Failure, USAGE};
use super::print;

/// For each step. Whoever runs this wants to know soon.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than the answer can have.
const MOST_BYTES: u64 = 64 * 1024;

/// Where the server takes plain HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Port(SocketAddr),
    File(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(address) => write!(f, "{address}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

pub(super) fn check(args: HealthArgs, environment: &Environment) -> Result<(), Failure> {
    let place = match &args.url {
        Some(url) => Place::Port(named(url)?),
        None => asked(args, environment)?,
    };
    let (status, body) = place.get().map_err(|why| {
        Failure::new(FAILED, format!("The server at {place} does not answer: {why}."))
    })?;
    match status {
        200 => {
            print("ready");
            Ok(())
        }
        status => Err(Failure::new(FAILED, reasons(status, &body))),
    }
}

/// The address in a URL.
fn named(url: &str) -> Result<SocketAddr, Failure> {
    let wrong = |why: &str| Failure::new(USAGE, format!("--url: {why}."));
    let read = PublicUrl::parse(url).map_err(|why| wrong(&why))?;
    if read.is_https() {
        return Err(wrong("Name the address at which the server itself takes plain HTTP"));
    }
    let authority = read.authority();
    let has_port = authority.trim_end_matches(|c: char| c.is_ascii_digit()).ends_with(':');
    let whole = if has_port { authority.to_owned() } else { format!("{authority}:80") };
    let mut found = whole
        .to_socket_addrs()
        .map_err(|why| Failure::new(FAILED, format!("{authority} cannot be found: {why}.")))?;
    found.next().ok_or_else(|| wrong("This name has no address"))
}

/// Where the server that holds the data folder listens, as it says itself.
fn asked(args: HealthArgs, environment: &Environment) -> Result<Place, Failure> {
    let data = args.data.folder(environment)?;
    let answer = ask(&data, &Verb::Where).map_err(|why| {
        let folder = data.display();
        Failure::new(FAILED, format!("No server that runs on {folder} answers ({why})."))
    })?;
    let place = match &answer {
        Answer::Done(text) => match text.strip_prefix("unix:") {
            Some(path) => Some(Place::File(path.into())),
            None => text.parse().ok().map(Place::Port),
        },
        Answer::NotWell(why) | Answer::Refused(why) | Answer::Wrong(why) => {
            return Err(Failure::new(FAILED, why));
        }
    };
    place.ok_or_else(|| Failure::new(FAILED, "The server runs another version than this command."))
}

impl Place {
    /// Status and body of `/healthz/ready`.
    fn get(&self) -> io::Result<(u16, String)> {
        match self {
            Self::Port(address) => {
                let stream = TcpStream::connect_timeout(address, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                ready(stream)
            }
            Self::File(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                ready(stream)
            }
        }
    }
}

fn ready(mut stream: impl Read + Write) -> io::Result<(u16, String)> {
    stream.write_all(
        b"GET /healthz/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("it speaks no HTTP"))?;
    Ok((status, body.to_owned()))
}

/// What fails, in the words of the answer.
fn reasons(status: u16, body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let checks = body["checks"].as_object().into_iter().flat_map(|checks| checks.values());
    let outputs = checks.filter_map(|check| check[0]["output"].as_str());
    let reasons: Vec<&str> = outputs.collect();
    format!("The server is not ready (status {status}). {}", reasons.join(" "))
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_ready_says_why() {
        let body = r#"{"status":"fail","checks":{"store":[{"status":"fail","output":"The disk is full."}],"server":[{"status":"pass"}]}}"#;
        assert_eq!(reasons(503, body), "The server is not ready (status 503). The disk is full.");
        assert_eq!(reasons(404, "nothing"), "The server is not ready (status 404).");
    }

    #[test]
    fn an_address_is_one_of_plain_http() {
        assert_eq!(named("http://127.0.0.1:8080").unwrap(), "127.0.0.1:8080".parse().unwrap());
        assert_eq!(named("http://[::1]").unwrap(), "[::1]:80".parse().unwrap());
        assert_eq!(named("https://127.0.0.1").unwrap_err().code, USAGE);
    }
}
