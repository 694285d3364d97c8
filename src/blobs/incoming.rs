//! Bytes on their way in, for code that must not wait for the disk: what is given is taken at once, and hashed, encrypted
//! and written on another thread, in order. The thread is only taken while there is something to do.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Semaphore, oneshot};

use super::crypt::{CHUNK, ClientSecret};
use super::writer::Writer;
use super::{Blobs, Stored, blocking, refusal};
use crate::error::{Error, Result};

/// Bytes that may wait to be written. Whoever brings more waits.
const WAITING: u32 = 512 * 1024;

/// Bytes that arrive. Clones share them. If all are dropped, what is durable stays for [`Blobs::resume`].
#[derive(Clone)]
pub struct Incoming(Arc<Inner>);

struct Inner {
    /// What the writer is to do, in order.
    queue: Mutex<Queue>,
    /// Locked by the thread that does it.
    state: Mutex<State>,
    room: Arc<Semaphore>,
    durable: AtomicU64,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Bytes in them.
    bytes: usize,
    running: bool,
}

type Job = Box<dyn FnOnce(&mut State) + Send>;

enum State {
    Open(Box<Writer>),
    /// What was wrong. Of the file there is what had been durable.
    Failed(Failure, Box<Writer>),
    /// Stored or given up.
    Over,
}

/// As much of an error as can be said more than once.
#[derive(Clone)]
struct Failure {
    kind: io::ErrorKind,
    why: String,
}

impl Failure {
    fn of(why: &io::Error) -> Self {
        Self { kind: why.kind(), why: why.to_string() }
    }

    fn error(&self) -> Error {
        refusal(io::Error::new(self.kind, self.why.clone()))
    }
}

impl Blobs {
    /// Begins to take bytes of a client. `id` is the name of their file until they have their own: a plain one, that no
    /// others that arrive have, such as a printed id.
    pub async fn begin(&self, secret: &ClientSecret, id: &str) -> Result<Incoming> {
        self.incoming(secret, id, Writer::begin).await
    }

    /// Goes on with bytes that arrived before, perhaps before a restart: reads them again. [`Incoming::durable`] says how many
    /// are there; it may be all of them, if the server stopped while they got their name. [`Error::NotFound`] if
    /// there are none of this id. Nobody else may have them open.
    pub async fn resume(&self, secret: &ClientSecret, id: &str) -> Result<Incoming> {
        self.incoming(secret, id, Writer::resume).await
    }

    async fn incoming(
        &self,
        secret: &ClientSecret,
        id: &str,
        open: fn(&Self, &ClientSecret, &str) -> io::Result<Writer>,
    ) -> Result<Incoming> {
        let (blobs, secret, id) = (self.clone(), secret.clone(), id.to_owned());
        blocking(move || match open(&blobs, &secret, &id) {
            Ok(writer) => Ok(Incoming::new(writer)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Err(Error::NotFound),
            Err(why) => Err(refusal(why)),
        })
        .await
    }

    /// Removes bytes that arrived and that nobody goes on with, if there are any of this id.
    pub async fn discard_incoming(&self, id: &str) -> Result<()> {
        let (blobs, id) = (self.clone(), id.to_owned());
        blocking(move || blobs.discard(&id).map_err(refusal)).await
    }
}

impl Incoming {
    fn new(writer: Writer) -> Self {
        let durable = AtomicU64::new(writer.durable());
        Self(Arc::new(Inner {
            queue: Mutex::default(),
            state: Mutex::new(State::Open(Box::new(writer))),
            room: Arc::new(Semaphore::new(WAITING as usize)),
            durable,
        }))
    }

    /// Takes more bytes. Comes back when they are in the queue, which is when there is room; an error of earlier ones is told
    /// with later ones. They are only there for good when [`Incoming::pause`] or [`Incoming::finish`] says so.
    pub async fn write(&self, bytes: Bytes) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let wanted = u32::try_from(bytes.len()).unwrap_or(WAITING).min(WAITING);
        let room = match self.0.room.clone().try_acquire_many_owned(wanted) {
            Ok(room) => room,
            Err(_) => {
                // What waits for more to be gathered must not be what is waited for.
                self.start(1);
                self.0.room.clone().acquire_many_owned(wanted).await.map_err(Error::bug)?
            }
        };
        // Failed states hand the error out by the lock; a busy one is asked the next time.
        if let Ok(state) = self.0.state.try_lock() {
            state.refuse()?;
        }
        let length = bytes.len();
        self.push(length, move |state| {
            state.step(|writer| writer.write(&bytes));
            drop(room);
        });
        Ok(())
    }

    /// Has what was given on disk as far as it fills chunks of 64 KiB, forgets the rest, and says from which byte to go on.
    pub async fn pause(&self) -> Result<u64> {
        let inner = self.0.clone();
        self.ask(move |state| {
            let durable = state.step(Writer::pause);
            if let Some(durable) = durable {
                inner.durable.store(durable, Ordering::Release);
            }
            durable
        })
        .await
    }

    /// Bytes that are there for good, as the last [`Incoming::pause`] found.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.0.durable.load(Ordering::Acquire)
    }

    /// Ends the bytes and gives them their name. It is on disk when this comes back.
    pub async fn finish(&self) -> Result<Stored> {
        self.end(|writer| {
            let stored = writer.finish()?;
            let _ = writer.abandon(); // the sweep tries again
            Ok(stored)
        })
        .await
    }

    /// The same, and they stay where they arrived, too, until [`Blobs::discard_incoming`]: for who has promised that they
    /// need not come again, and may be stopped before a record refers to them.
    pub async fn finish_and_keep(&self) -> Result<Stored> {
        self.end(Writer::finish).await
    }

    async fn end(&self, step: fn(&mut Writer) -> io::Result<Stored>) -> Result<Stored> {
        self.ask(move |state| {
            let stored = state.step(step);
            if stored.is_some() {
                *state = State::Over;
            }
            stored
        })
        .await
    }

    /// Gives the bytes up, and removes what has arrived of them.
    pub async fn abandon(&self) -> Result<()> {
        self.ask(|state| match std::mem::replace(state, State::Over) {
            State::Open(writer) | State::Failed(_, writer) => match writer.abandon() {
                Ok(()) => Some(()),
                Err(why) => {
                    *state = State::Failed(Failure::of(&why), writer);
                    None
                }
            },
            State::Over => Some(()),
        })
        .await
    }

    /// Has something done after all that was given before, and waits for what comes of it.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State) -> Option<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        // Enough to be done at once.
        self.push(CHUNK, move |state| {
            let done = work(state);
            let outcome = done.ok_or_else(|| match state.refuse() {
                Err(why) => why,
                Ok(()) => Error::bug("a step came to nothing"),
            });
            let _ = answer.send(outcome); // the caller may have left
        });
        answered.await.map_err(Error::bug)?
    }

    fn push(&self, bytes: usize, job: impl FnOnce(&mut State) + Send + 'static) {
        let mut queue = self.0.queue();
        queue.jobs.push_back(Box::new(job));
        queue.bytes += bytes;
        drop(queue);
        // Small pieces are gathered, so that they do not cost a switch of threads each.
        self.start(CHUNK);
    }

    /// Has a thread do what waits, if it is so many bytes and none does.
    fn start(&self, bytes: usize) {
        let mut queue = self.0.queue();
        if !queue.running && queue.bytes >= bytes {
            queue.running = true;
            let inner = self.0.clone();
            tokio::task::spawn_blocking(move || inner.run());
        }
    }
}

impl Inner {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what waits, until nothing does.
    fn run(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut queue = self.queue();
            let jobs = std::mem::take(&mut queue.jobs);
            queue.bytes = 0;
            queue.running = !jobs.is_empty();
            drop(queue);
            if jobs.is_empty() {
                return;
            }
            jobs.into_iter().for_each(|job| job(&mut state));
        }
    }
}

impl State {
    /// One step of the writer. If it fails, what was not durable is cut off, for it may be a full disk that refuses; what was
    /// stays for [`Blobs::resume`].
    fn step<T>(&mut self, work: impl FnOnce(&mut Writer) -> io::Result<T>) -> Option<T> {
        let Self::Open(writer) = self else { return None };
        let why = match work(writer) {
            Ok(done) => return Some(done),
            Err(why) => why,
        };
        let _ = writer.fall_back(); // whoever goes on with it tries again
        if let Self::Open(writer) = std::mem::replace(self, Self::Over) {
            *self = Self::Failed(Failure::of(&why), writer);
        }
        None
    }

    fn refuse(&self) -> Result<()> {
        match self {
            Self::Open(_) => Ok(()),
            Self::Failed(failure, _) => Err(failure.error()),
            Self::Over => Err(Error::bug("these bytes have ended")),
        }
    }
}

#[cfg(test)]
impl Incoming {
    /// Plays a step that comes to this.
    pub(super) async fn step_for_tests(
        &self,
        step: impl FnOnce(&mut Writer) -> io::Result<()> + Send + 'static,
    ) {
        let _ = self.ask(|state| state.step(step)).await;
    }
}
