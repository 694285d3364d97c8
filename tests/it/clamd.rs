//! A clamd for tests: takes what a real one takes, finds what holds a word, and fails when told to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What every scanner takes for a virus holds this.
const VIRUS: &[u8] = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE";

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Works,
    /// Takes everything and does not answer before it is told otherwise.
    Thinks,
    /// Hangs up after the first piece.
    HangsUp,
    /// Takes no more than so many bytes.
    Takes(usize),
    /// Says this, whatever it is given.
    Says(&'static str),
}

/// The running clamd; it ends with the test's runtime.
#[derive(Clone)]
pub struct Clamd {
    /// Where it listens.
    pub at: SocketAddr,
    manner: watch::Sender<Manner>,
    seen: Arc<Mutex<Vec<usize>>>,
}

impl Clamd {
    /// One that works, on 127.0.0.1.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let clamd = Self { at, manner: watch::Sender::new(Manner::Works), seen: Arc::default() };
        clamd.listen(listener);
        clamd
    }

    /// An address at which nobody listens until [`Clamd::rise`].
    pub async fn down() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        Self { at, manner: watch::Sender::new(Manner::Works), seen: Arc::default() }
    }

    /// Begins to listen.
    pub async fn rise(&self) {
        self.listen(TcpListener::bind(self.at).await.unwrap());
    }

    fn listen(&self, listener: TcpListener) {
        let clamd = self.clone();
        spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let clamd = clamd.clone();
                spawn(async move {
                    // Whoever hangs up first is the business of the test.
                    let _ = clamd.serve(tcp).await;
                });
            }
        });
    }

    /// From now on, also for those who wait for an answer.
    pub fn is(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    /// How many bytes it has been given each time, up to the end.
    pub fn seen(&self) -> Vec<usize> {
        self.seen.lock().unwrap().clone()
    }

    async fn serve(self, mut tcp: TcpStream) -> std::io::Result<()> {
        let mut command = [0; 10];
        tcp.read_exact(&mut command).await?;
        assert_eq!(&command, b"zINSTREAM\0");
        let mut given = Vec::new();
        loop {
            let length = tcp.read_u32().await? as usize;
            if length == 0 {
                break;
            }
            let start = given.len();
            given.resize(start + length, 0);
            tcp.read_exact(&mut given[start..]).await?;
            let manner = *self.manner.borrow();
            match manner {
                Manner::HangsUp => return Ok(()),
                Manner::Takes(most) if given.len() > most => {
                    return say(tcp, "INSTREAM size limit exceeded. ERROR").await;
                }
                _ => {}
            }
        }
        self.seen.lock().unwrap().push(given.len());
        let mut manner = self.manner.subscribe();
        let manner = *manner.wait_for(|manner| *manner != Manner::Thinks).await.unwrap();
        let found = given.windows(VIRUS.len()).any(|part| part == VIRUS);
        match manner {
            Manner::Says(words) => say(tcp, words).await,
            _ if found => say(tcp, "stream: Eicar-Test-Signature FOUND").await,
            _ => say(tcp, "stream: OK").await,
        }
    }
}

async fn say(mut tcp: TcpStream, words: &str) -> std::io::Result<()> {
    tcp.write_all(words.as_bytes()).await?;
    tcp.write_all(&[0]).await?;
    tcp.shutdown().await
}

#[expect(clippy::disallowed_methods, reason = "it is a server of its own")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}
