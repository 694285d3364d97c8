//! Carries mails to the firm's mail server and keeps the connections open between them.
//!
//! Each mail has one recipient, so that one wrong address spoils one mail. A connection carries one mail at a time and
//! is used again only when it is certainly between two mails.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::failure::{Failure, Kind, Step};
use super::line::Line;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Security {
    /// Not at all: for a relay on this host or in the firm's own network.
    None,
    /// Begins in the clear and must become encrypted before anything is said (port 587).
    StartTls,
    /// Encrypted from the first byte (port 465).
    Tls,
}

/// The firm's mail server, as the settings describe it.
#[derive(Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// 587 for STARTTLS, 465 for TLS, 25 for a relay nearby.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// What we call ourselves in EHLO: the name in the public address.
    pub ehlo: String,
    /// User name and password, if the server wants any.
    pub login: Option<(String, String)>,
    /// From [`super::tls::client_config`].
    pub tls: Arc<ClientConfig>,
}

/// Without the password, so that it cannot come into a log.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.place(), self.security)
    }
}

impl Server {
    /// How failures name it.
    pub(super) fn place(&self) -> Arc<str> {
        format!("{} port {}", self.host, self.port).into()
    }

    /// The steps of sending a mail here, in their order.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::Lookup, Step::Connect];
        steps.extend(match self.security {
            Security::None => &[Step::Greeting][..],
            Security::StartTls => &[Step::Greeting, Step::Tls],
            Security::Tls => &[Step::Tls, Step::Greeting],
        });
        steps.extend(self.login.as_ref().map(|_| Step::Login));
        steps.extend([Step::Sender, Step::Recipient, Step::Data]);
        steps
    }
}

/// One mail for one recipient.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Where failures are reported to; the address of the firm.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The whole mail as [`super::mime::Draft::to_bytes`] makes it.
    pub body: Vec<u8>,
}

/// The server has taken the mail and is now responsible for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its words, which name the mail in its log.
    pub words: String,
}

/// How long each step may take. Far below RFC 5321's minutes, because we can always try again later.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For each of name lookup, connecting and the TLS handshake.
    pub connect: Duration,
    /// For the reply to a command.
    pub command: Duration,
    /// For the mail itself: the server may scan it before it answers.
    pub data: Duration,
    /// A connection unused for this long is asked (RSET) before it is trusted with a mail.
    pub ask: Duration,
    /// A connection unused for this long is closed: servers hang up after a few minutes (Postfix: 300 s).
    pub idle: Duration,
    /// Mails on one connection: some servers take only so many (Exchange: 20 to 100).
    pub mails: u32,
    /// When everything must have ended, where somebody waits for it. It cuts short whatever step it meets.
    pub until: Option<Instant>,
}

impl Limits {
    /// For a test, whose page must answer in half a minute: all of it ends after 22 seconds, however slow each step is.
    pub fn of_a_test() -> Self {
        Self {
            connect: Duration::from_secs(8),
            command: Duration::from_secs(12),
            data: Duration::from_secs(15),
            until: Some(Instant::now() + Duration::from_secs(22)),
            ..Self::default()
        }
    }

    /// What is left for a step that may take so long by itself.
    pub(super) fn left(&self, step: Duration) -> Duration {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(step, |left| left.min(step))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            command: Duration::from_secs(30),
            data: Duration::from_secs(120),
            ask: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            mails: 100,
            until: None,
        }
    }
}

/// The way to one server. When the settings change, make a new one.
pub struct SmtpPool {
    server: Server,
    limits: Limits,
    idle: Mutex<Vec<Line>>,
    room: Semaphore,
}

impl SmtpPool {
    /// Opens nothing yet. `connections` is how many mails may be on their way at once.
    pub fn new(server: Server, connections: usize) -> Self {
        let room = Semaphore::new(connections.max(1));
        Self { server, limits: Limits::default(), idle: Mutex::default(), room }
    }

    /// With other limits than usual.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The server that this pool leads to.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Hands over one mail. Waits for a free connection, then at most the sum of the limits.
    ///
    /// # Errors
    /// [`Failure`] says whether to try again, and when.
    pub async fn send(&self, mail: &Envelope) -> Result<Accepted, Failure> {
        let _room = self.room.acquire().await.expect("the semaphore is never closed");
        if let Some(mut line) = self.kept().await {
            let outcome = line.send(mail).await;
            // A kept connection may have died, or be told to go, without that meaning anything for a new one.
            if !matches!(&outcome, Err(failure) if failure.kind == Kind::Paused) {
                return self.keep(line, outcome).await;
            }
        }
        let mut line = Line::open(&self.server, self.limits).await?;
        let outcome = line.send(mail).await;
        self.keep(line, outcome).await
    }

    /// Says goodbye on all idle connections. To be called when the outbox is empty.
    pub async fn close(&self) {
        let lines = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for line in lines {
            line.quit().await;
        }
    }

    /// The connection used last, if it can still carry a mail; those before it are older.
    async fn kept(&self) -> Option<Line> {
        loop {
            let mut line = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if line.usable().await {
                return Some(line);
            }
        }
    }

    /// Puts back what is certainly between two mails; anything else is closed by being dropped.
    async fn keep(
        &self,
        mut line: Line,
        outcome: Result<Accepted, Failure>,
    ) -> Result<Accepted, Failure> {
        let clean = match &outcome {
            Ok(_) => true,
            Err(failure) => match failure.kind {
                Kind::Later | Kind::Refused => line.recovers().await,
                Kind::Paused | Kind::Unsure => false,
            },
        };
        if clean {
            line.rest();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
        outcome
    }
}
