//! `control.sock` in the data folder: how a verb of the command line reaches the server that holds the folder. One line of
//! JSON in, one line of JSON out; before that, the pieces of a backup that is handed over. Whoever may open the socket may
//! read the data, so it asks for nothing more.

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Answer, Verb, carry_out};
use crate::backups::Piece;
use crate::model::System;
use crate::values::Secret;

/// More than any verb needs.
const MOST_BYTES: u64 = 256 * 1024;
/// To send a verb once the socket is open.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a failed accept, mostly for want of file descriptors: without it the loop would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Pieces of a backup that wait for whoever takes them.
pub(super) const WAITING: usize = 4;
/// Before a piece of keys. No line of JSON begins so.
const KEYS: u8 = b'k';
/// Before a piece of an archive.
const ARCHIVE: u8 = b'a';

fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// The listening end.
pub struct Control {
    socket: PathBuf,
    running: JoinSet<()>,
}

impl Control {
    /// Listens in a folder that this process has locked: a socket that lies there is of a server that was killed.
    /// `place` is where the server takes plain HTTP, if it does.
    pub fn listen(data: &Path, system: System, place: Option<String>) -> io::Result<Self> {
        let socket = socket(data);
        match fs::remove_file(&socket) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                tokio::select! {
                    Some(_) = talks.join_next() => {}
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => drop(talks.spawn(talk(stream, system.clone(), place.clone()))),
                        Err(_) => sleep(ACCEPT_PAUSE).await,
                    },
                }
            }
        });
        Ok(Self { socket, running })
    }

    /// Takes no more verbs. One that is under way is done or not done as a whole.
    pub async fn end(mut self) {
        self.running.shutdown().await;
        if let Err(why) = fs::remove_file(&self.socket) {
            tracing::debug!(%why, "control socket");
        }
    }
}

async fn talk(stream: UnixStream, system: System, place: Option<String>) {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    let mut from = tokio::io::BufReader::new(from.take(MOST_BYTES));
    let Ok(Ok(_)) = timeout(PATIENCE, from.read_line(&mut line)).await else { return };
    let (pieces, waiting) = mpsc::channel(WAITING);
    let answering = answer(&line, &system, place, pieces);
    let told = tokio::select! {
        told = tell(answering, waiting, &mut to) => told,
        // Nobody waits any more: what is under way is given up.
        () = left(&mut from) => return,
    };
    if let Err(why) = told {
        tracing::debug!(%why, "control socket");
    }
}

async fn answer(
    line: &str,
    system: &System,
    place: Option<String>,
    pieces: mpsc::Sender<Piece>,
) -> Answer {
    match serde_json::from_str::<Verb>(line) {
        Ok(Verb::Where) => place.map_or_else(
            || Answer::Refused("The server takes plain HTTP nowhere.".into()),
            Answer::Done,
        ),
        Ok(verb) => carry_out(system, verb.handing(pieces)).await,
        Err(_) => Answer::Refused(
            "The server did not understand: it runs another version than this command.".into(),
        ),
    }
}

/// Resolves when the other side has closed the connection. What it sends meanwhile means nothing.
async fn left(from: &mut (impl AsyncRead + Unpin)) {
    let mut some = [0; 64];
    while from.read(&mut some).await.is_ok_and(|bytes| bytes > 0) {}
}

/// Sends the pieces as they come, and then the answer.
async fn tell(
    answering: impl Future<Output = Answer>,
    mut pieces: mpsc::Receiver<Piece>,
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    tokio::pin!(answering);
    let answer = loop {
        tokio::select! {
            answer = &mut answering => break answer,
            Some(piece) = pieces.recv() => send(piece, to).await?,
        }
    };
    while let Ok(piece) = pieces.try_recv() {
        send(piece, to).await?;
    }
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    to.write_all(line.as_bytes()).await
}

async fn send(piece: Piece, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    let (kind, bytes) = match &piece {
        Piece::Keys(bytes) => (KEYS, bytes.expose()),
        Piece::Archive(bytes) => (ARCHIVE, bytes),
    };
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&[kind]).await?;
    to.write_all(&length.to_be_bytes()).await?;
    to.write_all(bytes).await
}

/// Has the server that holds this folder carry out a verb.
pub fn ask(data: &Path, verb: &Verb) -> io::Result<Answer> {
    ask_and_take(data, verb, |_| Ok(()))
}

/// The same for a verb that hands over a backup; `take` is given its pieces, and ends it all where it fails.
pub fn ask_and_take(
    data: &Path,
    verb: &Verb,
    mut take: impl FnMut(Piece) -> io::Result<()>,
) -> io::Result<Answer> {
    let mut stream = Blocking::connect(socket(data))?;
    stream.set_read_timeout(Some(verb.longest()))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(verb)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut from = BufReader::new(stream);
    while let Some(kind) = from.fill_buf()?.first().copied().filter(|kind| is_piece(*kind)) {
        from.consume(1);
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let mut bytes = Vec::new();
        let length = u64::from(u32::from_be_bytes(length));
        from.by_ref().take(length).read_to_end(&mut bytes)?;
        take(match kind {
            KEYS => Piece::Keys(Secret::new(bytes)),
            _ => Piece::Archive(bytes),
        })?;
    }
    let mut answer = String::new();
    from.read_line(&mut answer)?;
    if answer.is_empty() {
        return Err(io::Error::other("it stopped before it was done"));
    }
    Ok(serde_json::from_str(&answer)?)
}

const fn is_piece(kind: u8) -> bool {
    matches!(kind, KEYS | ARCHIVE)
}
