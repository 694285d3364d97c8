//! The server's side: starts workers, as many at once as there are cores, at most half of them for one person, and hands
//! each the document as it is read from the disk, so that the server never holds a large one.

use std::collections::HashMap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::pin::pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::child::VERB;
use super::wire::{
    Answer, Head, LONGEST_LINE, MOST_ANSWERED, MOST_PAGES, MOST_SIDE, Order, Task, Why,
};

/// Most workers at once: each may take half a gigabyte.
const MOST_AT_ONCE: usize = 4;
/// Fewest: one for whoever comes while somebody else's document takes long.
const FEWEST_AT_ONCE: usize = 2;
/// Who may wait for a worker: the pages of two long documents that are scrolled through.
const MOST_WAITING: usize = 32;
/// How long one waits until a worker can be started. With what follows it is less than a page may take.
const IN_LINE: Duration = Duration::from_secs(8);
/// How long one waits for its answer. It may use half as much time of a core.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where workers come from. Clones share the room for them.
#[derive(Clone)]
pub struct Pool {
    program: PathBuf,
    /// One permit for each worker.
    at_once: Arc<Semaphore>,
    /// One for each of them, and for each who waits for one.
    in_line: Arc<Semaphore>,
    /// One for each worker that may look for the same person.
    shares: Arc<Shares>,
}

/// Who has workers, or waits for some: by their ids.
#[derive(Default)]
struct Shares(Mutex<HashMap<[u8; 16], Arc<Semaphore>>>);

/// A person's right to have a worker look for them: nobody has all of them.
pub struct Place {
    whose: [u8; 16],
    permit: Option<OwnedSemaphorePermit>,
    shares: Arc<Shares>,
    /// Until then they wait in line.
    until: Instant,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut shares = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Given back while nobody can come by it.
        self.permit = None;
        // The map's is the last one: nobody has a place, or waits for one.
        if shares.get(&self.whose).is_some_and(|share| Arc::strong_count(share) == 1) {
            shares.remove(&self.whose);
        }
    }
}

/// The document was not looked at.
#[derive(Debug)]
pub enum Failed {
    /// Too many are being looked at.
    Busy,
    /// No worker could be started.
    Start(io::Error),
    /// The document could not be read from the disk.
    Document(io::Error),
}

impl Pool {
    /// Workers are processes of this program.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        let cores = workers();
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        let (at_once, in_line) = (semaphore(cores), semaphore(cores + MOST_WAITING));
        Self { program, at_once, in_line, shares: Arc::default() }
    }

    /// A place for this person, behind their own other documents; none if those take too long.
    pub async fn place(&self, whose: [u8; 16]) -> Option<Place> {
        let until = Instant::now() + IN_LINE;
        let share = {
            let mut shares = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Semaphore::new(workers() / 2));
            shares.entry(whose).or_insert_with(new).clone()
        };
        // Dropped in any case, so that what nobody needs any more is forgotten.
        let mut place = Place { whose, permit: None, shares: self.shares.clone(), until };
        place.permit = timeout_at(until, share.acquire_owned()).await.ok()?.ok();
        place.permit.is_some().then_some(place)
    }

    /// What can be shown of this document of so many bytes. The stream is read as far as the task needs it.
    ///
    /// Whoever drops this ends the worker.
    pub async fn ask(
        &self,
        place: &Place,
        task: Task,
        bytes: u64,
        document: impl Stream<Item = io::Result<Bytes>>,
    ) -> Result<Answer, Failed> {
        let Some(needed) = task.needs(bytes) else {
            return Ok(Answer::not(Why::TooLarge));
        };
        let _room = self.room(place.until).await?;
        let order = Order { task, bytes: needed, whole: needed == bytes };
        let child = self.start().map_err(Failed::Start)?;
        // One that is not waited for any more is killed.
        match timeout(PATIENCE, talk(child, order, document)).await {
            Ok(answer) => answer,
            Err(_) => Ok(Answer::not(Why::NotInTime)),
        }
    }

    async fn room(&self, until: Instant) -> Result<[OwnedSemaphorePermit; 2], Failed> {
        let in_line = self.in_line.clone().try_acquire_owned().map_err(|_| Failed::Busy)?;
        match timeout_at(until, self.at_once.clone().acquire_owned()).await {
            Ok(Ok(room)) => Ok([room, in_line]),
            Ok(Err(_)) | Err(_) => Err(Failed::Busy),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg(VERB)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

fn workers() -> usize {
    available_parallelism().map_or(1, usize::from).clamp(FEWEST_AT_ONCE, MOST_AT_ONCE)
}

async fn talk(
    mut child: Child,
    order: Order,
    document: impl Stream<Item = io::Result<Bytes>>,
) -> Result<Answer, Failed> {
    let (to, from) = (child.stdin.take(), child.stdout.take());
    let (Some(to), Some(from)) = (to, from) else {
        return Err(Failed::Start(io::ErrorKind::BrokenPipe.into()));
    };
    let (handed, said) = tokio::join!(hand_over(to, order, document), listen(from));
    handed.map_err(Failed::Document)?;
    if let Some(answer) = said.ok().and_then(|said| plausible(order.task, &said)) {
        if answer.head == Head::Not(Why::Unconfined) {
            tracing::warn!("this machine cannot lock a worker in, so no file is shown");
        }
        return Ok(answer);
    }
    let _ = child.start_kill(); // it may have ended already
    let ended = child.wait().await.map_err(Failed::Start)?;
    tracing::info!(%ended, "a worker gave no answer");
    let out_of_time = ended.signal() == Some(Signal::XCPU.as_raw());
    Ok(Answer::not(if out_of_time { Why::TooLong } else { Why::Ended }))
}

/// Fails if the document cannot be read. A worker that takes no more of it has ended, which is seen elsewhere.
async fn hand_over(
    mut to: ChildStdin,
    order: Order,
    document: impl Stream<Item = io::Result<Bytes>>,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(&order)?;
    line.push(b'\n');
    if to.write_all(&line).await.is_err() {
        return Ok(());
    }
    let mut left = order.bytes;
    let mut document = pin!(document);
    while left > 0 {
        let Some(piece) = document.next().await else { break };
        let mut piece = piece?;
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= piece.len() as u64;
        if to.write_all(&piece).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Everything that the worker says, and no more than an answer can have.
async fn listen(from: ChildStdout) -> io::Result<Vec<u8>> {
    let mut said = Vec::new();
    from.take(LONGEST_LINE + MOST_ANSWERED).read_to_end(&mut said).await?;
    Ok(said)
}

/// The answer, if it is one that a worker gives to this. The document may have taken the worker over.
fn plausible(task: Task, said: &[u8]) -> Option<Answer> {
    let end = said.iter().take(LONGEST_LINE as usize).position(|byte| *byte == b'\n')?;
    let head: Head = serde_json::from_slice(&said[..end]).ok()?;
    let body = &said[end + 1..];
    let fits = match (&head, task) {
        (Head::Image { kind, width, height, pages }, Task::Page(_) | Task::Picture) => {
            let sides = 1..=MOST_SIDE;
            body.starts_with(kind.magic())
                && sides.contains(width)
                && sides.contains(height)
                && (1..=MOST_PAGES).contains(pages)
        }
        (Head::Text { .. }, Task::Text) => str::from_utf8(body).is_ok(),
        (Head::Rows { .. }, Task::Rows) => serde_json::from_slice::<Vec<Vec<String>>>(body).is_ok(),
        (Head::Not(_), _) => body.is_empty(),
        _ => false,
    };
    fits.then(|| Answer { head, body: body.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::super::wire::ImageKind;
    use super::*;

    fn image(width: u32, pages: u32) -> Vec<u8> {
        let head = Head::Image { kind: ImageKind::Png, width, height: 10, pages };
        let mut said = serde_json::to_vec(&head).unwrap();
        said.extend(b"\n\x89PNG\r\n\x1a\n...");
        said
    }

    #[test]
    fn a_worker_that_was_taken_over_is_not_believed() {
        let page = Task::Page(1);
        assert!(plausible(page, &image(10, 3)).is_some());
        assert!(plausible(Task::Text, &image(10, 3)).is_none(), "nobody asked for that");
        assert!(plausible(page, &image(0, 3)).is_none());
        assert!(plausible(page, &image(90_000, 3)).is_none());
        assert!(plausible(page, &image(10, 0)).is_none());
        let mut html = image(10, 3);
        let at = html.iter().position(|byte| *byte == 0x89).unwrap();
        html.splice(at.., *b"<html>");
        assert!(plausible(page, &html).is_none(), "that is no image");
        assert!(plausible(Task::Text, b"{\"Text\":{\"whole\":true}}\n\xff").is_none());
        assert!(plausible(Task::Rows, b"{\"Rows\":{\"whole\":true}}\n[[1]]").is_none());
        assert!(plausible(page, b"").is_none() && plausible(page, &[b'x'; 9_000]).is_none());
    }
}
