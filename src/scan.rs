//! Speaks with clamd, the scanner of `ClamAV`: hands it bytes and hears what it found (clamd(8), INSTREAM).
//!
//! The bytes are passed on as they come, so memory stays flat however many there are. Whatever clamd does, an answer is
//! waited for only so long, and only "OK" after the last byte means that nothing was found.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::model::scan::Scanner;

/// To open the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// For clamd to take the next piece.
const TAKE: Duration = Duration::from_secs(60);
/// For clamd to look through what it has; it gives up by itself after two minutes, unless it was set otherwise.
const LOOK: Duration = Duration::from_secs(5 * 60);
/// The most bytes of an answer.
const LONGEST_ANSWER: u64 = 4096;
/// The most characters that are repeated of what it says.
const REPEATED: usize = 200;
/// The two halves of the file that every scanner takes for a virus, though it is none: eicar.org. Put together only when it
/// is sent, so that no scanner takes our own program for one.
const TEST_FILE: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

/// What clamd said of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing was found.
    Clean,
    /// This was found.
    Found(String),
    /// They are more than clamd takes.
    TooLarge,
    /// It could not look at them; its own words.
    Failed(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// It lies with clamd: in plain language, with what to do.
    Clamd(String),
    /// The bytes could not be read.
    Source(io::Error),
}

trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}

/// Has clamd look at bytes.
pub async fn scan(
    scanner: &Scanner,
    bytes: impl Stream<Item = io::Result<Bytes>>,
) -> Result<Answer, Failure> {
    let connection = connect(scanner).await?;
    let (from, mut to) = split(connection);
    let mut answer = pin!(answer(from));
    let early = tokio::select! {
        biased;
        early = &mut answer => Some(early),
        sent = send(&mut to, bytes) => match sent {
            Err(Failure::Source(why)) => return Err(Failure::Source(why)),
            // It may have said why before it hung up.
            Err(Failure::Clamd(why)) => match timeout(CONNECT, &mut answer).await {
                Ok(Ok(words)) if !words.is_empty() => Some(Ok(words)),
                _ => return Err(Failure::Clamd(why)),
            },
            Ok(()) => None,
        },
    };
    let (words, all) = match early {
        Some(words) => (words, false),
        None => match timeout(LOOK, answer).await {
            Ok(words) => (words, true),
            Err(_) => return Err(mute(scanner, "It was given a file and has not answered since")),
        },
    };
    let words = words.map_err(|why| mute(scanner, &format!("The connection broke ({why})")))?;
    match judged(&words) {
        Some(Answer::Clean) if !all => {
            Err(mute(scanner, "It answered before it had seen the whole file"))
        }
        Some(answer) => Ok(answer),
        None if words.is_empty() => Err(mute(scanner, "It closed the connection without a word")),
        None => Err(mute(scanner, &format!("It answered “{}”", shortened(&words)))),
    }
}

/// Has clamd look at the file that every scanner takes for a virus.
pub async fn try_out(scanner: &Scanner) -> Result<Answer, Failure> {
    let file = Bytes::from(TEST_FILE.concat());
    scan(scanner, stream::iter([Ok(file)])).await
}

async fn connect(scanner: &Scanner) -> Result<Box<dyn Connection>, Failure> {
    let opened = async {
        Ok::<Box<dyn Connection>, io::Error>(match scanner {
            Scanner::Socket(path) => Box::new(UnixStream::connect(path).await?),
            Scanner::Network(address) => {
                let connection = TcpStream::connect(address).await?;
                connection.set_nodelay(true)?;
                Box::new(connection)
            }
        })
    };
    match timeout(CONNECT, opened).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(why)) => Err(mute(scanner, &unopened(&why))),
        Err(_) => Err(mute(scanner, "Nobody answers there")),
    }
}

/// Why there is no connection, in words.
fn unopened(why: &io::Error) -> String {
    match why.kind() {
        io::ErrorKind::NotFound => "There is no such socket".to_owned(),
        io::ErrorKind::ConnectionRefused => "Nobody answers there".to_owned(),
        io::ErrorKind::PermissionDenied => "The server may not open that socket".to_owned(),
        _ => format!("It cannot be reached ({why})"),
    }
}

/// A sentence about a clamd that does not do its work.
fn mute(scanner: &Scanner, what: &str) -> Failure {
    Failure::Clamd(format!(
        "clamd at {scanner} does not scan. {what}. See whether it runs, on its machine: systemctl status clamav-daemon"
    ))
}

/// Every piece with its length before it, and a length of nothing at the end.
async fn send(
    to: &mut (impl AsyncWrite + Unpin),
    bytes: impl Stream<Item = io::Result<Bytes>>,
) -> Result<(), Failure> {
    give(to, b"zINSTREAM\0").await?;
    let mut bytes = pin!(bytes);
    while let Some(piece) = bytes.next().await {
        let piece = piece.map_err(Failure::Source)?;
        if piece.is_empty() {
            continue; // it would be the end
        }
        let length = u32::try_from(piece.len())
            .map_err(|_| Failure::Source(io::ErrorKind::FileTooLarge.into()))?;
        give(to, &length.to_be_bytes()).await?;
        give(to, &piece).await?;
    }
    give(to, &[0; 4]).await
}

async fn give(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), Failure> {
    let given = timeout(TAKE, async {
        to.write_all(bytes).await?;
        to.flush().await
    });
    match given.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => {
            Err(Failure::Clamd(format!("clamd hung up while it was given a file ({why}).")))
        }
        Err(_) => Err(Failure::Clamd("clamd takes no bytes any more. Restart it.".into())),
    }
}

/// What it says, up to the zero byte that ends it.
async fn answer(from: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut words = Vec::new();
    let mut from = from.take(LONGEST_ANSWER);
    let mut piece = [0; 512];
    loop {
        let read = from.read(&mut piece).await?;
        words.extend_from_slice(&piece[..read]);
        if let Some(end) = words.iter().position(|byte| *byte == 0) {
            words.truncate(end);
            break;
        }
        if read == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&words).trim().to_owned())
}

/// What an answer means; none if clamd does not speak so.
fn judged(words: &str) -> Option<Answer> {
    let of_stream = words.strip_prefix("stream:").map(str::trim);
    if words.contains("size limit exceeded") {
        return Some(Answer::TooLarge);
    }
    match of_stream {
        Some("OK") => Some(Answer::Clean),
        Some(words) => match words.strip_suffix(" FOUND") {
            // Said of what it did not look at, where AlertExceedsMax is set (clamd.conf(5)).
            Some(what) if what.starts_with("Heuristics.Limits.Exceeded") => Some(Answer::TooLarge),
            Some(what) => Some(Answer::Found(shortened(what))),
            None => words.strip_suffix("ERROR").map(|why| Answer::Failed(shortened(why))),
        },
        None => words.strip_suffix("ERROR").map(|why| Answer::Failed(shortened(why))),
    }
}

/// On one line, and not endless.
fn shortened(words: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    words.trim().trim_end_matches('.').chars().map(plain).take(REPEATED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ok_is_clean() {
        let found = |what: &str| Some(Answer::Found(what.into()));
        for (words, answer) in [
            ("stream: OK", Some(Answer::Clean)),
            ("stream: Eicar-Test-Signature FOUND", found("Eicar-Test-Signature")),
            ("stream: Eicar OK FOUND", found("Eicar OK")),
            ("INSTREAM size limit exceeded. ERROR", Some(Answer::TooLarge)),
            (
                "stream: Can't allocate memory ERROR",
                Some(Answer::Failed("Can't allocate memory".into())),
            ),
            ("stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", Some(Answer::TooLarge)),
            ("UNKNOWN COMMAND", None),
            ("OK", None),
            ("stream: OKAY", None),
            ("", None),
        ] {
            assert_eq!(judged(words), answer, "{words}");
        }
        assert_eq!(shortened(&"x".repeat(1_000)).len(), REPEATED);
    }

    #[tokio::test]
    async fn ok_before_the_last_byte_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clamd.ctl");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let hasty = async {
            let (mut connection, _) = listener.accept().await.unwrap();
            connection.write_all(b"stream: OK\0").await.unwrap();
            connection
        };
        let first = stream::iter([Ok(Bytes::from_static(b"the first of many"))]);
        let bytes = first.chain(stream::pending());
        let scanner = Scanner::Socket(path);
        let (answer, _open) = tokio::join!(scan(&scanner, bytes), hasty);
        let Err(Failure::Clamd(why)) = answer else { panic!("{answer:?}") };
        assert!(why.contains("before it had seen the whole file"), "{why}");
    }

    #[test]
    fn the_test_file_is_the_one_that_everybody_knows() {
        let file = TEST_FILE.concat();
        assert_eq!(file.len(), 68);
        assert!(file.starts_with("X5O!P%@AP[4") && file.ends_with("H+H*"));
    }
}
