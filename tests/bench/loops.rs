//! Loops in a process of their own: what the disk, argon2id and mail-send do alone, and our durable commands.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use mail_send::SmtpClient;
use mail_send::smtp::message::Message;
use redb::{Database, TableDefinition};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::server::cpu_seconds;
use crate::{Result, commands, floor, mails};

/// What a loop did, at which cost. Travels as one line.
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    cpu: f64,
}

impl Tally {
    /// Runs a loop, which says how often it went round.
    pub(crate) fn of(work: impl FnOnce() -> Result<u64>) -> Result<Self> {
        let me = std::process::id();
        let (began, before) = (Instant::now(), cpu_seconds(me)?);
        let count = work()?;
        Ok(Self { count, seconds: began.elapsed().as_secs_f64(), cpu: cpu_seconds(me)? - before })
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.count as f64 / self.seconds
    }

    /// Microseconds of CPU for each.
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu * 1e6 / self.count as f64
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.count, self.seconds, self.cpu)
    }
}

impl FromStr for Tally {
    type Err = crate::Error;

    fn from_str(line: &str) -> Result<Self> {
        let parts: Vec<&str> = line.split(' ').collect();
        let [count, seconds, cpu] = parts[..] else { return Err("no tally".into()) };
        Ok(Self { count: count.parse()?, seconds: seconds.parse()?, cpu: cpu.parse()? })
    }
}

/// Plays the role that [`crate::server`] started this process for.
pub(crate) fn play(args: &[String]) -> Result<()> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let tally = match args[..] {
        ["floor", folder] => return Runtime::new()?.block_on(floor::serve(Path::new(folder))),
        ["argon2id", millis] => argon2id(stretch(millis)?)?,
        ["fdatasync", folder, millis] => fdatasync(Path::new(folder), stretch(millis)?)?,
        ["create", folder, at_once, millis] => {
            create(Path::new(folder), at_once.parse()?, stretch(millis)?)?
        }
        ["mail-send", port, mails] => mail_send(port.parse()?, mails.parse()?)?,
        ["commands", data, at_once, millis] => {
            commands::ours(Path::new(data), at_once.parse()?, stretch(millis)?)?
        }
        ["invite", data, count] => mails::invite(Path::new(data), count.parse()?)?,
        _ => return Err("no such role".into()),
    };
    Ok(writeln!(io::stdout(), "{tally}")?)
}

fn stretch(millis: &str) -> Result<Duration> {
    Ok(Duration::from_millis(millis.parse()?))
}

/// Argon2id at OWASP's parameters, in memory that is kept.
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
    expected: [u8; 32],
}

impl Hasher {
    pub(crate) fn new() -> Result<Self> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(|why| why.to_string())?;
        let memory = vec![Block::new(); params.block_count()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut hasher = Self { argon2, memory, expected: [0; 32] };
        hasher.expected = hasher.hash()?;
        Ok(hasher)
    }

    fn hash(&mut self) -> Result<[u8; 32]> {
        let mut out = [0; 32];
        let (password, salt) = (b"correct horse battery staple", b"sixteen bytes of");
        self.argon2
            .hash_password_into_with_memory(password, salt, &mut out, &mut self.memory)
            .map_err(|why| why.to_string())?;
        Ok(out)
    }

    /// Whether the password is right, which it is.
    pub(crate) fn fits(&mut self) -> Result<bool> {
        Ok(self.hash()? == self.expected)
    }
}

/// As many threads as cores.
fn argon2id(stretch: Duration) -> Result<Tally> {
    let threads = thread::available_parallelism()?.get();
    let hashers = (0..threads).map(|_| Hasher::new()).collect::<Result<Vec<_>>>()?;
    Tally::of(|| {
        let until = Instant::now() + stretch;
        let hash = |mut hasher: Hasher| {
            let mut count = 0;
            while Instant::now() < until {
                count += u64::from(hasher.fits()?);
            }
            Ok(count)
        };
        thread::scope(|scope| {
            let threads: Vec<_> =
                hashers.into_iter().map(|hasher| scope.spawn(move || hash(hasher))).collect();
            threads.into_iter().map(|one| one.join().map_err(|_| "a thread panicked")?).sum()
        })
    })
}

/// Four kilobytes written over in place, and synced.
fn fdatasync(folder: &Path, stretch: Duration) -> Result<Tally> {
    let path = folder.join("fdatasync");
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
    file.write_all_at(&vec![1; 1 << 20], 0)?;
    file.sync_all()?;
    Tally::of(|| {
        let (until, page, mut count) = (Instant::now() + stretch, [3; 4096], 0);
        while Instant::now() < until {
            file.write_all_at(&page, count % 256 * 4096)?;
            file.sync_data()?;
            count += 1;
        }
        Ok(count)
    })
}

const CREATED: TableDefinition<u64, &[u8]> = TableDefinition::new("created");
type Waiting = oneshot::Sender<()>;

/// One row of 400 bytes a command: group commit with quick repair, and nothing else.
fn create(folder: &Path, at_once: usize, stretch: Duration) -> Result<Tally> {
    let db = Database::create(folder.join("create.redb"))?;
    let (queue, waiting) = std::sync::mpsc::channel::<Waiting>();
    let writer = thread::spawn(move || write_in_groups(&db, &waiting));
    let runtime = Runtime::new()?;
    let tally = Tally::of(|| {
        let (until, count) = (Instant::now() + stretch, Arc::new(AtomicU64::new(0)));
        runtime.block_on(async {
            let mut callers = JoinSet::new();
            for _ in 0..at_once {
                let (queue, count) = (queue.clone(), count.clone());
                callers.spawn(async move {
                    while Instant::now() < until {
                        let (answer, answered) = oneshot::channel();
                        queue.send(answer)?;
                        answered.await?;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok::<_, crate::Error>(())
                });
            }
            callers.join_all().await.into_iter().collect::<Result<()>>()
        })?;
        Ok(count.load(Ordering::Relaxed))
    })?;
    drop(queue);
    writer.join().map_err(|_| "the writer panicked")??;
    Ok(tally)
}

#[expect(clippy::disallowed_methods, reason = "this is the writer thread")]
fn write_in_groups(db: &Database, waiting: &std::sync::mpsc::Receiver<Waiting>) -> Result<()> {
    let (mut next, row) = (0, [7; 400]);
    while let Ok(first) = waiting.recv() {
        let mut answers = vec![first];
        answers.extend(waiting.try_iter().take(511));
        let mut write = db.begin_write()?;
        write.set_quick_repair(true);
        {
            let mut table = write.open_table(CREATED)?;
            for _ in &answers {
                table.insert(next, row.as_slice())?;
                next += 1;
            }
        }
        write.commit()?;
        for answer in answers {
            // Whoever asked may have left.
            let _ = answer.send(());
        }
    }
    Ok(())
}

/// Connections kept for handing over, as our own server does.
pub(crate) const SMTP_CONNECTIONS: u64 = 8;

/// mail-send as it comes, with nodelay, over kept connections.
fn mail_send(port: u16, mails: u64) -> Result<Tally> {
    let runtime = Runtime::new()?;
    Tally::of(|| {
        runtime.block_on(async {
            let mut sending = JoinSet::new();
            for line in 0..SMTP_CONNECTIONS {
                sending.spawn(send_on_one(port, line, mails / SMTP_CONNECTIONS));
            }
            sending.join_all().await.into_iter().collect::<Result<()>>()
        })?;
        Ok(mails / SMTP_CONNECTIONS * SMTP_CONNECTIONS)
    })
}

async fn send_on_one(port: u16, line: u64, mails: u64) -> Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut client = SmtpClient { stream, timeout: Duration::from_secs(20) };
    client.read().await?;
    client.ehlo("localhost").await?;
    let from = "office@firm.example";
    for n in 0..mails {
        let to = format!("contact-{line}-{n}@client.example");
        let body = format!(
            "From: Firm <{from}>\r\nTo: {to}\r\nSubject: You are invited to the portal\r\n\
             Message-ID: <{line}.{n}@firm.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
            "Please open this link to see the documents your accountant shared.\r\n".repeat(20)
        );
        client.send(Message::new(from.to_owned(), [to], body.into_bytes())).await?;
    }
    Ok(client.quit().await?)
}
