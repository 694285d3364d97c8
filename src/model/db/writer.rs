//! The one thread that writes: a durable commit for all commands that wait, and a disk that fails.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use redb::{Database, WriteTransaction};

use super::write::Batch;
use super::{Change, Context, OpenError, migrate};
use crate::error::{Error, Result};

/// The most commands one commit carries.
const BATCH: usize = 512;
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What a batch has done so far.
#[derive(Default)]
pub(super) struct Round {
    /// How each caller is answered once the batch is on disk. Dropped otherwise: then they hear that it is unknown.
    pub(super) answers: Vec<Box<dyn FnOnce()>>,
    /// The records that were put or deleted.
    pub(super) changes: Vec<Change>,
}

/// Runs in a batch. An error spoils the batch; what the command itself refuses is part of its answer.
pub(super) type Command = Box<dyn FnOnce(&Batch<'_>, &mut Round) -> Result<()> + Send>;
/// Where commands wait for the writer.
pub(super) type Commands = mpsc::Sender<Command>;
/// Opens the file again after it was closed.
pub(super) type Opener = Box<dyn Fn() -> Result<Database, OpenError> + Send>;

/// The open file, shared by readers and the writer; none while it could not be opened again, and after the end.
#[derive(Clone)]
pub(super) struct File(Arc<RwLock<Option<Database>>>);

impl File {
    pub(super) fn new(database: Database) -> Self {
        Self(Arc::new(RwLock::new(Some(database))))
    }

    /// What `act` does with the open file. The lock is not held while a snapshot or a transaction is used.
    pub(super) fn with<T>(&self, act: impl FnOnce(&Database) -> Result<T>) -> Result<T> {
        let open = self.0.read().unwrap_or_else(PoisonError::into_inner);
        act(open.as_ref().ok_or(Error::Busy)?)
    }

    /// Whether it is there to be used.
    pub(super) fn is_open(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Closes it. Reads that are under way get an error.
    pub(super) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// After an I/O error redb refuses every write until the file is closed and opened again, which also shows
    /// what it kept.
    fn reopen(&self, open: &Opener) {
        let mut file = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *file = None;
        match open() {
            Ok(database) => *file = Some(database),
            Err(error) => tracing::error!(%error, "the data file cannot be opened again"),
        }
    }
}

pub(super) struct Writer {
    file: File,
    again: Opener,
    context: Arc<Context>,
    commands: mpsc::Receiver<Command>,
    /// The time that was kept with the data last.
    kept: Cell<Option<Timestamp>>,
}

impl Writer {
    /// Starts the thread. It ends when the last sender of commands is dropped.
    pub(super) fn start(
        file: File,
        again: Opener,
        context: Arc<Context>,
    ) -> Result<Commands, OpenError> {
        let (queue, commands) = mpsc::channel();
        let writer = Self { file, again, context, commands, kept: Cell::new(None) };
        let thread = thread::Builder::new().name("writer".into());
        thread.spawn(move || writer.run()).map_err(OpenError::Io)?;
        Ok(queue)
    }

    fn run(self) {
        while let Ok(first) = self.commands.recv() {
            // Without a transaction the command is dropped, and so is the way to answer it: its caller hears `Busy`.
            if let Some(transaction) = self.begin() {
                self.serve(transaction, first);
            }
        }
    }

    /// The next transaction, from a newly opened file if need be.
    fn begin(&self) -> Option<WriteTransaction> {
        #[expect(clippy::disallowed_methods, reason = "this is the writer thread")]
        let begin = || self.file.with(|database| Ok(database.begin_write()?));
        begin()
            .or_else(|_| {
                self.file.reopen(&self.again);
                begin()
            })
            .inspect_err(|error| tracing::error!(%error, "nothing can be written"))
            .ok()
    }

    fn serve(&self, transaction: WriteTransaction, first: Command) {
        let mut round = Round::default();
        let work = AssertUnwindSafe(|| self.commit(transaction, first, &mut round));
        match catch_unwind(work).unwrap_or_else(|_| Err(Error::bug("the writer panicked"))) {
            Ok(()) => {
                // A round without changes was not committed, so it proves nothing.
                if !round.changes.is_empty() {
                    self.context.failed.store(false, Ordering::Relaxed);
                }
                self.observe(&round.changes);
                round.answers.into_iter().for_each(|answer| answer());
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed; it may or may not be on disk");
                let (full, read_only) = (&self.context.full, &self.context.read_only);
                full.store(matches!(error, Error::Full), Ordering::Relaxed);
                read_only.store(matches!(error, Error::ReadOnly), Ordering::Relaxed);
                self.context.failed.store(true, Ordering::Relaxed);
                self.file.reopen(&self.again);
                self.observe(&round.changes);
            }
        }
    }

    /// One durable commit of this command and of those that wait behind it.
    fn commit(
        &self,
        mut transaction: WriteTransaction,
        first: Command,
        round: &mut Round,
    ) -> Result<()> {
        // Without it the first start after a crash reads the whole file before it answers.
        transaction.set_quick_repair(true);
        let batch = Batch::new(&transaction);
        first(&batch, round)?;
        while round.answers.len() < BATCH
            && let Ok(command) = self.commands.try_recv()
        {
            command(&batch, round)?;
        }
        drop(batch);
        if round.changes.is_empty() {
            transaction.abort()?;
        } else {
            self.keep_time(&transaction)?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Keeps the greatest time with the data, once a minute, for a start with a clock that was set back meanwhile.
    fn keep_time(&self, transaction: &WriteTransaction) -> Result<()> {
        let Some(now) = self.context.clock.believed() else { return Ok(()) };
        if self.kept.get().is_none_or(|kept| now.duration_since(kept) >= A_MINUTE) {
            migrate::keep_time(transaction, now)?;
            self.kept.set(Some(now));
        }
        Ok(())
    }

    /// An observer's panic is its own loss: the commit stands.
    fn observe(&self, changes: &[Change]) {
        if !changes.is_empty() {
            let _ = catch_unwind(AssertUnwindSafe(|| (self.context.observe)(changes)));
        }
    }
}
