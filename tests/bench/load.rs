//! A client that costs little: HTTP/1.1 over kept connections, each asking the same thing again as soon as it is
//! answered.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Result;

/// One request, and how its answer is known to be the right one.
#[derive(Clone)]
pub(crate) struct Ask {
    request: Vec<u8>,
    status: &'static str,
    /// What stands in the body, at least so often.
    sign: (&'static str, usize),
}

impl Ask {
    pub(crate) fn get(path: &str, cookie: &str, sign: (&'static str, usize)) -> Self {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
        Self { request: request.into_bytes(), status: "200", sign }
    }

    /// A form from a page of the same site, answered with this status.
    pub(crate) fn post(path: &str, kind: &str, body: &[u8], status: &'static str) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self { request: [head.as_bytes(), body].concat(), status, sign: ("", 0) }
    }

    /// Asks once, without a runtime.
    pub(crate) fn once(&self, addr: SocketAddr) -> Result<()> {
        let mut stream = std::net::TcpStream::connect(addr)?;
        stream.write_all(&self.request)?;
        let (mut answer, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            let read = stream.read(&mut piece)?;
            if read == 0 {
                return Err("the server hung up".into());
            }
            answer.extend_from_slice(&piece[..read]);
            if let Some(whole) = Whole::of(&answer)? {
                return whole.check(self, &answer);
            }
        }
    }
}

/// An answer that has arrived completely.
struct Whole {
    head: usize,
    length: usize,
}

impl Whole {
    fn of(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&bytes[..end])?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then_some(value.trim())
        });
        let length: usize = length.ok_or("an answer without Content-Length")?.parse()?;
        let whole = Self { head: end + 4, length };
        Ok((bytes.len() >= whole.head + whole.length).then_some(whole))
    }

    /// Whether it is what was asked for, and not an error page.
    fn check(&self, ask: &Ask, bytes: &[u8]) -> Result<()> {
        self.check_status(ask, bytes)?;
        let body = std::str::from_utf8(&bytes[self.head..self.head + self.length])?;
        let (sign, least) = ask.sign;
        if !sign.is_empty() && body.matches(sign).count() < least {
            let what = String::from_utf8_lossy(&ask.request);
            let what = what.lines().next().unwrap_or_default();
            return Err(format!("{what}: the answer lacks {sign:?}").into());
        }
        Ok(())
    }

    fn check_status(&self, ask: &Ask, bytes: &[u8]) -> Result<()> {
        if bytes.get(9..12) == Some(ask.status.as_bytes()) {
            return Ok(());
        }
        let what = String::from_utf8_lossy(&ask.request);
        let (what, head) = (what.lines().next(), String::from_utf8_lossy(&bytes[..self.head]));
        let (what, head) = (what.unwrap_or_default(), head.lines().next().unwrap_or_default());
        Err(format!("{what}: {head}, not {}", ask.status).into())
    }
}

/// What came of a stretch of asking.
#[derive(Default)]
pub(crate) struct Answers {
    /// Milliseconds from asking to the whole answer, in order.
    times: Vec<f64>,
    pub(crate) seconds: f64,
}

impl Answers {
    pub(crate) fn count(&self) -> f64 {
        self.times.len() as f64
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.count() / self.seconds
    }

    /// Half of the answers came within this many milliseconds.
    pub(crate) fn median(&self) -> f64 {
        self.within(50)
    }

    /// All but one of a hundred came within this many milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.within(99)
    }

    fn within(&self, percent: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get(last * percent / 100).copied().unwrap_or(f64::NAN)
    }
}

/// Asks on so many connections for so long. With a pace, each waits that long between an answer and its next question.
pub(crate) async fn load(
    addr: SocketAddr,
    ask: &Ask,
    connections: usize,
    stretch: Duration,
    pace: Option<Duration>,
) -> Result<Answers> {
    let mut lines = Vec::with_capacity(connections);
    for _ in 0..connections {
        lines.push(Line::open(addr).await?);
    }
    let began = Instant::now();
    let mut asking = JoinSet::new();
    for line in lines {
        asking.spawn(line.ask_for(ask.clone(), began + stretch, pace));
    }
    let mut answers = Answers::default();
    while let Some(times) = asking.join_next().await {
        answers.times.extend(times??);
    }
    answers.seconds = began.elapsed().as_secs_f64();
    answers.times.sort_by(f64::total_cmp);
    Ok(answers)
}

/// One connection.
struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    async fn open(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(256 * 1024) })
    }

    async fn ask_for(
        mut self,
        ask: Ask,
        until: Instant,
        pace: Option<Duration>,
    ) -> Result<Vec<f64>> {
        let mut times = Vec::new();
        loop {
            let asked = Instant::now();
            if asked >= until {
                return Ok(times);
            }
            self.stream.write_all(&ask.request).await?;
            let whole = self.answer().await?;
            times.push(asked.elapsed().as_secs_f64() * 1e3);
            match times.len() {
                1 => whole.check(&ask, &self.buffer)?,
                _ => whole.check_status(&ask, &self.buffer)?,
            }
            if let Some(pace) = pace {
                sleep(pace).await;
            }
        }
    }

    async fn answer(&mut self) -> Result<Whole> {
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(whole) = Whole::of(&self.buffer)? {
                return Ok(whole);
            }
        }
    }
}
