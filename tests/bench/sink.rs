//! A mail server that takes every mail and keeps none. It does not offer PIPELINING, so that both sides of a comparison
//! make the same round trips.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::Result;

pub(crate) struct Sink {
    pub(crate) port: u16,
    taken: Taken,
    /// Ends with the sink.
    _serving: JoinSet<()>,
}

/// When each mail was taken, and how many bytes they had.
type Taken = Arc<Mutex<(Vec<Instant>, usize)>>;

impl Sink {
    pub(crate) fn start(runtime: &Runtime) -> Result<Self> {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let (port, taken) = (listener.local_addr()?.port(), Taken::default());
        let mut serving = JoinSet::new();
        serving.spawn_on(serve(listener, taken.clone()), runtime.handle());
        Ok(Self { port, taken, _serving: serving })
    }

    pub(crate) fn count(&self) -> usize {
        self.look(|(times, _)| times.len())
    }

    pub(crate) fn forget(&self) {
        self.look(|taken| *taken = (Vec::new(), 0));
    }

    /// Mails a second between the first and the last one.
    pub(crate) fn per_second(&self) -> f64 {
        self.look(|(times, _)| match times[..] {
            [first, .., last] => (times.len() - 1) as f64 / (last - first).as_secs_f64(),
            _ => 0.0,
        })
    }

    /// Kilobytes of one mail.
    pub(crate) fn size(&self) -> f64 {
        self.look(|(times, bytes)| *bytes as f64 / times.len() as f64 / 1e3)
    }

    fn look<T>(&self, look: impl FnOnce(&mut (Vec<Instant>, usize)) -> T) -> T {
        look(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn serve(listener: TcpListener, taken: Taken) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let taken = taken.clone();
        sessions.spawn(async move {
            // Clients may hang up at any time.
            let _ = session(stream, taken).await;
        });
    }
}

async fn session(stream: TcpStream, taken: Taken) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut line = BufReader::new(BufWriter::new(stream));
    line.write_all(b"220 sink\r\n").await?;
    let mut text = Vec::new();
    loop {
        line.flush().await?;
        text.clear();
        if line.read_until(b'\n', &mut text).await? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match text.get(..4).unwrap_or_default() {
            b"EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
            b"DATA" => {
                line.write_all(b"354 go on\r\n").await?;
                line.flush().await?;
                let bytes = body(&mut line, &mut text).await?;
                let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.0.push(Instant::now());
                taken.1 += bytes;
                b"250 taken\r\n"
            }
            b"QUIT" => {
                line.write_all(b"221 bye\r\n").await?;
                return line.flush().await;
            }
            _ => b"250 ok\r\n",
        };
        line.write_all(reply).await?;
    }
}

/// Reads to the lone dot, and says how many bytes came.
async fn body(line: &mut BufReader<BufWriter<TcpStream>>, text: &mut Vec<u8>) -> io::Result<usize> {
    let mut bytes = 0;
    loop {
        text.clear();
        let read = line.read_until(b'\n', text).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if text == b".\r\n" {
            return Ok(bytes);
        }
        bytes += read;
    }
}
