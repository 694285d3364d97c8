//! One SMTP connection, from the name lookup to the mail.
//!
//! mail-send's own `connect` knows neither nodelay nor a limit for the greeting, and with Nagle each mail costs 40 ms.
//! Its client works over any stream, so we bring our own: nodelay, buffered, encrypted or not, one type.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mail_send::smtp::AssertReply;
use mail_send::smtp::message::Parameters;
use mail_send::{Credentials, Error as Smtp, SmtpClient};
use rustls::pki_types::ServerName;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, EXT_PIPELINING, EXT_SMTP_UTF8, EXT_START_TLS, EhloResponse, Response,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::{Failure, Kind, Step, Why, words_of};
use super::on_the_wire;
use super::smtp::{Accepted, Envelope, Limits, Security, Server};

/// A whole mail of ours in two writes.
const BUFFER: usize = 16 * 1024;
/// The longest log-in: AUTH LOGIN, the user name, the password.
const LOGIN_COMMANDS: u32 = 3;
/// Of a name with many addresses we try so many.
const ADDRESSES: usize = 4;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

type Client<S> = SmtpClient<BufWriter<S>>;

/// A connection that has said EHLO and logged in.
pub(super) struct Line {
    client: Client<Box<dyn Stream>>,
    place: Arc<str>,
    limits: Limits,
    pipelining: bool,
    unicode: bool,
    /// The server waits for a body that we will not send: nothing but hanging up is safe.
    stuck: bool,
    mails: u32,
    used: Instant,
}

impl Line {
    /// Every step up to the log-in.
    pub(super) async fn open(server: &Server, limits: Limits) -> Result<Self, Failure> {
        let place = server.place();
        let lost = |step| {
            let place = &place;
            move |error: Smtp| Failure::of(place, step, &error)
        };
        let addresses = lookup(server, limits).await.map_err(lost(Step::Lookup))?;
        let mut tcp = connect(&addresses, limits).await.map_err(lost(Step::Connect))?;
        let peer = tcp.peer_addr().map_err(|error| lost(Step::Connect)(error.into()))?.ip();
        if server.security == Security::StartTls {
            let mut clear = client(tcp, limits);
            let offers =
                greeting(&mut clear, server, limits).await.map_err(lost(Step::Greeting))?;
            tcp = start_tls(clear, &offers, limits).await.map_err(lost(Step::Tls))?;
        }
        let stream: Box<dyn Stream> = match server.security {
            Security::None => Box::new(tcp),
            Security::StartTls | Security::Tls => {
                Box::new(handshake(server, tcp, limits).await.map_err(lost(Step::Tls))?)
            }
        };
        let mut client = client(stream, limits);
        let mut offers = match server.security {
            // What was offered in the clear does not count.
            Security::StartTls => client.ehlo(ehlo_name(server)).await.map_err(lost(Step::Tls))?,
            _ => greeting(&mut client, server, limits).await.map_err(lost(Step::Greeting))?,
        };
        if let Some(login) = &server.login {
            if !password_is_safe(server.security, peer) {
                let words = "The connection is not encrypted";
                return Err(Failure::because(&place, Step::Login, Why::PasswordInClear, words));
            }
            client.timeout = limits.left(limits.command);
            let logged_in = log_in(&mut client, login, &mut offers);
            let most = limits.left(limits.command * LOGIN_COMMANDS);
            within(most, logged_in).await.map_err(lost(Step::Login))?;
        }
        Ok(Self {
            client,
            place,
            limits,
            pipelining: offers.has_capability(EXT_PIPELINING),
            unicode: offers.has_capability(EXT_SMTP_UTF8),
            stuck: false,
            mails: 0,
            used: Instant::now(),
        })
    }

    /// One mail. After a failure ask [`Self::recovers`] before the next.
    pub(super) async fn send(&mut self, mail: &Envelope) -> Result<Accepted, Failure> {
        let from = self.address(Step::Sender, &mail.from)?;
        let to = self.address(Step::Recipient, &mail.to)?;
        let mut options = Parameters::new();
        if !(from.is_ascii() && to.is_ascii()) {
            options.add("SMTPUTF8");
        }
        if self.pipelining {
            self.envelope_at_once(&from, &to, &options).await?;
        } else {
            self.envelope_step_by_step(&from, &to, &options).await?;
        }
        // From here on only a reply tells what became of the mail.
        let sent = timeout(self.limits.left(self.limits.data), async {
            self.client.write_message(&mail.body).await?;
            self.client.read().await
        });
        let reply = sent
            .await
            .unwrap_or(Err(Smtp::Timeout))
            .and_then(AssertReply::into_positive_completion)
            .map_err(|error| self.lost(Step::Data, &error))?;
        Ok(Accepted { words: words_of(&reply) })
    }

    async fn envelope_step_by_step(
        &mut self,
        from: &str,
        to: &str,
        options: &Parameters<'_>,
    ) -> Result<(), Failure> {
        self.client.timeout = self.limits.left(self.limits.command);
        let sender = self.client.mail_from(from, options).await;
        sender.map_err(|error| self.lost(Step::Sender, &error))?;
        self.client.timeout = self.limits.left(self.limits.command);
        let recipient = self.client.rcpt_to(to, &Parameters::new()).await;
        recipient.map_err(|error| self.lost(Step::Recipient, &error))?;
        self.client.timeout = self.limits.left(self.limits.command);
        match self.client.cmd("DATA\r\n").await {
            Ok(reply) if reply.code == 354 => Ok(()),
            Ok(reply) => Err(Failure::reply(&self.place, Step::Data, &reply)),
            Err(error) => Err(self.lost_before_the_body(Step::Data, &error)),
        }
    }

    /// One round trip instead of three (RFC 2920).
    async fn envelope_at_once(
        &mut self,
        from: &str,
        to: &str,
        options: &Parameters<'_>,
    ) -> Result<(), Failure> {
        let commands = format!("MAIL FROM:<{from}>{options}\r\nRCPT TO:<{to}>\r\nDATA\r\n");
        let mut replies = Vec::with_capacity(3);
        let asked = ask(&mut self.client, &commands, 3, &mut replies);
        let most = self.limits.left(self.limits.command);
        let lost = timeout(most, asked).await.unwrap_or(Err(Smtp::Timeout)).err();
        self.stuck = replies.get(2).is_some_and(|data| data.code == 354);
        let right =
            [(Step::Sender, 250..=250), (Step::Recipient, 250..=251), (Step::Data, 354..=354)];
        let mut replies = replies.iter();
        for (step, codes) in right {
            match (replies.next(), &lost) {
                (Some(reply), _) if codes.contains(&reply.code) => {}
                (Some(reply), _) => return Err(Failure::reply(&self.place, step, reply)),
                (None, Some(error)) => return Err(self.lost_before_the_body(step, error)),
                (None, None) => break,
            }
        }
        self.stuck = false;
        Ok(())
    }

    /// The body has not left us, so there is no doubt about the mail.
    fn lost_before_the_body(&self, step: Step, error: &Smtp) -> Failure {
        let mut failure = self.lost(step, error);
        if step == Step::Data {
            failure.kind = Kind::Paused;
        }
        failure
    }

    /// Addresses were checked long ago; but mail-send writes them as they are, so look once more for what could end a
    /// command and begin another.
    fn address(&self, step: Step, address: &str) -> Result<String, Failure> {
        let wire = on_the_wire(address);
        let breaks = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>');
        if wire.contains(breaks) || !wire.contains('@') {
            let words = "Not sent: this is not a mail address";
            return Err(Failure::because(&self.place, step, Why::BadAddress, words));
        }
        if !wire.is_ascii() && !self.unicode {
            let words = "SMTPUTF8 is not offered";
            return Err(Failure::because(&self.place, step, Why::NoUnicode, words));
        }
        Ok(wire)
    }

    /// Whether it can carry another mail; asks the server if it has rested for a while.
    pub(super) async fn usable(&mut self) -> bool {
        let rested = self.used.elapsed();
        if self.mails >= self.limits.mails || rested >= self.limits.idle {
            return false;
        }
        rested < self.limits.ask || self.reset().await
    }

    /// After a refusal: whether the server is ready for the next mail.
    pub(super) async fn recovers(&mut self) -> bool {
        !self.stuck && self.reset().await
    }

    /// Counts a mail and begins the rest after it.
    pub(super) fn rest(&mut self) {
        self.mails += 1;
        self.used = Instant::now();
    }

    /// Says goodbye. Nothing depends on the answer.
    pub(super) async fn quit(mut self) {
        self.client.timeout = self.limits.left(self.limits.connect);
        if let Err(error) = self.client.quit().await {
            tracing::debug!(%error, "the mail server did not say goodbye");
        }
    }

    async fn reset(&mut self) -> bool {
        self.client.timeout = self.limits.left(self.limits.connect);
        self.client.rset().await.is_ok()
    }

    fn lost(&self, step: Step, error: &Smtp) -> Failure {
        Failure::of(&self.place, step, error)
    }
}

fn client<S: Stream>(stream: S, limits: Limits) -> Client<S> {
    let timeout = limits.left(limits.command);
    SmtpClient { stream: BufWriter::with_capacity(BUFFER, stream), timeout }
}

/// Sends commands at once and reads their replies. Those that came before the line broke stay in `replies`: they tell
/// at which command it broke, which mail-send's own way of asking does not.
async fn ask<S: Stream>(
    client: &mut Client<S>,
    commands: &str,
    count: usize,
    replies: &mut Vec<Response<String>>,
) -> mail_send::Result<()> {
    client.stream.write_all(commands.as_bytes()).await?;
    client.stream.flush().await?;
    let (mut buffer, mut parser) = ([0; 1024], ResponseReceiver::default());
    loop {
        let read = client.stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(Smtp::UnparseableReply);
        }
        let mut bytes = buffer[..read].iter();
        loop {
            match parser.parse(&mut bytes) {
                Ok(reply) => {
                    replies.push(reply);
                    if replies.len() == count {
                        return Ok(());
                    }
                    parser.reset();
                }
                Err(smtp_proto::Error::NeedsMoreData { .. }) => break,
                Err(_) => return Err(Smtp::UnparseableReply),
            }
        }
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = mail_send::Result<T>>,
) -> mail_send::Result<T> {
    timeout(limit, work).await.unwrap_or(Err(Smtp::Timeout))
}

async fn lookup(server: &Server, limits: Limits) -> mail_send::Result<Vec<SocketAddr>> {
    within(limits.left(limits.connect), async {
        let found = lookup_host((server.host.as_str(), server.port)).await?;
        let addresses: Vec<SocketAddr> = found.take(ADDRESSES).collect();
        if addresses.is_empty() {
            return Err(std::io::Error::other("The name has no address").into());
        }
        Ok(addresses)
    })
    .await
}

/// The first address that answers. They share the limit, so that a dead IPv6 does not hide a working IPv4.
async fn connect(addresses: &[SocketAddr], limits: Limits) -> mail_send::Result<TcpStream> {
    let share = limits.left(limits.connect) / u32::try_from(addresses.len()).unwrap_or(1).max(1);
    let mut outcome = Err(Smtp::Timeout);
    for address in addresses {
        outcome = within(share, async {
            let tcp = TcpStream::connect(address).await?;
            tcp.set_nodelay(true)?;
            Ok(tcp)
        })
        .await;
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// The server's greeting and its answer to ours. `read` is the one call of mail-send without a limit.
async fn greeting<S: Stream>(
    client: &mut Client<S>,
    server: &Server,
    limits: Limits,
) -> mail_send::Result<EhloResponse<String>> {
    let hello: Response<String> = within(limits.left(limits.command), client.read()).await?;
    hello.assert_positive_completion()?;
    client.timeout = limits.left(limits.command);
    client.ehlo(ehlo_name(server)).await
}

/// Never in the clear because someone on the way removed the offer.
async fn start_tls(
    mut clear: Client<TcpStream>,
    offers: &EhloResponse<String>,
    limits: Limits,
) -> mail_send::Result<TcpStream> {
    if !offers.has_capability(EXT_START_TLS) {
        return Err(Smtp::MissingStartTls);
    }
    clear.timeout = limits.left(limits.command);
    clear.cmd("STARTTLS\r\n").await?.assert_positive_completion()?;
    // mail-send keeps nothing it read beyond a reply, so nothing slipped in before the handshake is taken for the server's word.
    Ok(clear.stream.into_inner())
}

async fn handshake(
    server: &Server,
    tcp: TcpStream,
    limits: Limits,
) -> mail_send::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(server.host.clone()).map_err(|_| Smtp::InvalidTLSName)?;
    let connector = TlsConnector::from(server.tls.clone());
    within(limits.left(limits.connect), async { Ok(connector.connect(name, tcp).await?) }).await
}

/// In one way only: mail-send would try each that is offered, and a wrong password would count twice.
async fn log_in<S: Stream>(
    client: &mut Client<S>,
    (user, password): &(String, String),
    offers: &mut EhloResponse<String>,
) -> mail_send::Result<()> {
    offers.auth_mechanisms &= match offers.auth_mechanisms & AUTH_PLAIN {
        0 => AUTH_LOGIN,
        _ => AUTH_PLAIN,
    };
    let login = Credentials::new(user.as_str(), password.as_str());
    client.authenticate(login, &*offers).await.map(|_| ())
}

/// Our name, or a harmless one if ours could break the command.
fn ehlo_name(server: &Server) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    match server.ehlo.as_str() {
        name if !name.is_empty() && name.chars().all(fits) => name,
        _ => "localhost",
    }
}

/// A password in the clear stays on this host.
fn password_is_safe(security: Security, peer: IpAddr) -> bool {
    security != Security::None || peer.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_clear_stays_on_this_host() {
        let here = ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"];
        let there = ["192.0.2.1", "10.0.0.1", "::ffff:192.0.2.1", "2001:db8::1", "0.0.0.0"];
        for (peers, safe) in [(&here[..], true), (&there[..], false)] {
            for peer in peers {
                assert_eq!(password_is_safe(Security::None, peer.parse().unwrap()), safe, "{peer}");
            }
        }
        assert!(password_is_safe(Security::StartTls, "192.0.2.1".parse().unwrap()));
        assert!(password_is_safe(Security::Tls, "192.0.2.1".parse().unwrap()));
    }
}
