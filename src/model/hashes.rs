//! Passwords at rest: Argon2id on as many fixed threads as there are cores, each with its own block of memory.
//!
//! A hash costs 19 MiB and some 15 ms of a core. More threads than cores only add memory and waiting, and blocks
//! taken from the allocator for each hash are zeroed by the kernel each time and seldom given back. The queue is
//! bounded: who cannot be served within the deadline is told so at once instead of waiting in vain.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use argon2::password_hash;
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::{Error, Result};

/// What new passwords cost: OWASP's first choice for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A stored hash may ask for no more than this: it comes from a file that may have been restored from anywhere.
const MOST_BLOCKS: usize = 64 * 1024;
/// Passwords that may wait: what two cores do in half a second.
const QUEUE: usize = 32;
/// How far hashes stand back behind pages, which take a thousandth of their time and need not wait for them.
const NICE: i32 = 10;
/// Who has waited this long has gone.
const DEADLINE: Duration = Duration::from_secs(10);

/// Whether a password is the one that was stored.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Verdict {
    /// It is not.
    Wrong,
    /// It is.
    Right,
    /// It is, but hashed with other costs than today's: hash it again now, while we know it.
    RightButOld,
}

type Job = Box<dyn FnOnce(&mut Memory) + Send>;

/// The threads that hash. Clones share them.
#[derive(Clone)]
pub struct HashPool {
    queue: SyncSender<Job>,
    waiting: Arc<AtomicUsize>,
    deadline: Duration,
}

impl HashPool {
    /// A thread for each core.
    pub fn start() -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::with(cores, QUEUE, DEADLINE)
    }

    fn with(threads: usize, waiting: usize, deadline: Duration) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for n in 0..threads {
            let jobs = jobs.clone();
            thread::Builder::new().name(format!("hash-{n}")).spawn(move || work(&jobs))?;
        }
        Ok(Self { queue, waiting: Arc::default(), deadline })
    }

    /// How many passwords wait for a thread.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A PHC string, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, with a new salt. [`Error::Busy`] if there are
    /// too many before it.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move |memory| memory.hash(password.as_bytes())).await?.map_err(Error::bug)
    }

    /// Whether the password fits the stored PHC string. For somebody unknown (`stored` is none) it works as long,
    /// so that the time does not tell who is known. [`Error::Busy`] if there are too many before it.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict> {
        let known = stored.is_some();
        let phc = stored.unwrap_or_else(decoy);
        let verdict = self.run(move |memory| memory.verify(password.as_bytes(), &phc)).await?;
        let verdict = verdict.map_err(Error::bug)?;
        Ok(if known { verdict } else { Verdict::Wrong })
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let waiting = self.waiting.clone();
        let job: Job = Box::new(move |memory| {
            waiting.fetch_sub(1, Ordering::Relaxed);
            // Else the caller gave up: no core is spent on it.
            if !answer.is_closed() {
                let _ = answer.send(work(memory)); // the caller may have left meanwhile
            }
        });
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue.try_send(job).map_err(|_| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            Error::Busy
        })?;
        match timeout(self.deadline, answered).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(_)) | Err(_) => Err(Error::Busy),
        }
    }
}

/// Ends when the last `HashPool` is dropped.
fn work(jobs: &Mutex<Receiver<Job>>) {
    // On Linux this is of the thread alone.
    if let Err(why) = rustix::process::nice(NICE) {
        tracing::debug!(%why, "passwords are hashed at the priority of pages");
    }
    let mut memory = Memory::default();
    // The guard is a temporary of `next`: the lock is held while waiting for a job, not while doing it.
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(job) = next() {
        // A panic costs its caller the answer, not us a thread.
        let _ = catch_unwind(AssertUnwindSafe(|| job(&mut memory)));
    }
}

/// The blocks one thread works in, kept from hash to hash.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    fn hash(&mut self, password: &[u8]) -> password_hash::Result<String> {
        let (params, salt) = (today()?, Salt::generate());
        let hash = self.output(password, &salt, Version::V0x13, &params)?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(hash),
        };
        Ok(phc.to_string())
    }

    fn verify(&mut self, password: &[u8], phc: &str) -> password_hash::Result<Verdict> {
        let stored = PasswordHash::new(phc)?;
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
            return Err(password_hash::Error::EncodingInvalid);
        };
        if stored.algorithm != Algorithm::Argon2id.ident() {
            return Err(password_hash::Error::Algorithm);
        }
        let version = stored.version.map_or(Ok(Version::default()), Version::try_from)?;
        let params = Params::try_from(&stored)?;
        // `Output` compares in constant time.
        if self.output(password, salt, version, &params)? != *expected {
            return Ok(Verdict::Wrong);
        }
        let current =
            version == Version::V0x13 && stored.params == ParamsString::try_from(&today()?)?;
        Ok(if current { Verdict::Right } else { Verdict::RightButOld })
    }

    fn output(
        &mut self,
        password: &[u8],
        salt: &[u8],
        version: Version,
        params: &Params,
    ) -> password_hash::Result<Output> {
        let blocks = params.block_count();
        if blocks > MOST_BLOCKS {
            return Err(password_hash::Error::ParamsInvalid);
        }
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut room = [0; Output::MAX_LENGTH];
        let out = room.get_mut(..length).ok_or(password_hash::Error::OutputSize)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params.clone());
        argon2.hash_password_into_with_memory(password, salt, out, &mut self.0[..blocks])?;
        Ok(Output::new(out)?)
    }
}

/// Costs what a real one costs today, and fits no password that anyone could find.
fn decoy() -> String {
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")
}

fn today() -> password_hash::Result<Params> {
    Ok(Params::new(MEMORY_KIB, PASSES, LANES, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::PasswordVerifier;
    use std::sync::mpsc;

    fn patient() -> HashPool {
        HashPool::with(2, 8, Duration::from_secs(60)).unwrap()
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_and_no_other() {
        let pool = patient();
        let phc = pool.hash("correct horse".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        let others = Argon2::default().verify_password(b"correct horse", phc.as_str());
        assert!(others.is_ok(), "others read it too");
        let verify = |password: &str, phc: &str| pool.verify(password.into(), Some(phc.into()));
        assert_eq!(verify("correct horse", &phc).await.unwrap(), Verdict::Right);
        assert_eq!(verify("wrong horse", &phc).await.unwrap(), Verdict::Wrong);
        assert_ne!(pool.hash("correct horse".into()).await.unwrap(), phc, "a new salt");
    }

    #[tokio::test]
    async fn nobody_logs_in_as_somebody_unknown() {
        assert_eq!(patient().verify("any".into(), None).await.unwrap(), Verdict::Wrong);
        assert_eq!(PasswordHash::new(&decoy()).unwrap().hash.unwrap().len(), 32);
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_is_old_and_one_of_others_is_a_bug() {
        let pool = patient();
        let cheap = Params::new(256, 1, 1, None).unwrap();
        let salt = b"somesaltsomesalt";
        let out = Memory::default().output(b"pw", salt, Version::V0x13, &cheap).unwrap();
        let old = format!("$argon2id$v=19$m=256,t=1,p=1$c29tZXNhbHRzb21lc2FsdA${out}");
        assert_eq!(pool.verify("pw".into(), Some(old)).await.unwrap(), Verdict::RightButOld);
        for bad in [
            "",
            "plain",
            "$argon2i$v=19$m=256,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEy",
            "$argon2id$v=19$m=4000000,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEy",
        ] {
            let verdict = pool.verify("pw".into(), Some(bad.into())).await;
            assert!(matches!(verdict, Err(Error::Internal(_))), "{bad}");
        }
    }

    #[tokio::test]
    async fn who_cannot_be_served_is_told_at_once_and_a_panic_costs_no_thread() {
        let pool = HashPool::with(1, 1, Duration::from_millis(200)).unwrap();
        let panicked = pool.run(|_| std::panic::resume_unwind(Box::new("as asked"))).await;
        assert!(matches!(panicked, Err::<(), _>(Error::Busy)));
        let ((begun, has_begun), (go_on, gate)) = (mpsc::channel(), mpsc::channel::<()>());
        let first = pool.run(move |_| {
            begun.send(()).unwrap();
            let _ = gate.recv(); // until `go_on` is dropped
        });
        let (ran, late_ran) = mpsc::channel();
        let others = async {
            has_begun.recv().unwrap();
            let late = pool.run(move |_| ran.send(()).unwrap());
            let full = async { pool.run(|_| ()).await };
            tokio::join!(late, full)
        };
        let (first, (late, full)) = tokio::join!(first, others);
        assert!(matches!(full, Err(Error::Busy)), "one works and one waits");
        assert!(matches!((first, late), (Err(Error::Busy), Err(Error::Busy))), "too late");
        drop(go_on);
        assert!(late_ran.recv().is_err(), "nobody waited for it any more");
        assert!(pool.run(|_| ()).await.is_ok());
    }
}
