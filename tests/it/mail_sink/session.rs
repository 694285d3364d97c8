//! One connection to the sink.

use std::io;

use anteroom::mail::smtp::Security;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::message::{base64, from_base64};
use super::{Fault, Mail, Sink};

/// RFC 5321 §4.5.3.1: a line of text without its CR LF.
const LONGEST_LINE: usize = 998;
/// The same for a command, with its CR LF.
const LONGEST_COMMAND: usize = 512;
/// What we say we take.
const SIZE: usize = 10_000_000;

/// Serves until either side hangs up.
pub(super) async fn serve(sink: Sink, tcp: TcpStream) {
    // A client that hangs up at an odd moment is what some tests are about.
    let _ = connection(sink, tcp).await;
}

async fn connection(sink: Sink, tcp: TcpStream) -> io::Result<()> {
    let acceptor = sink.inner.acceptor.clone();
    if sink.inner.setup.security == Security::Tls {
        let tls = acceptor.accept(tcp).await?;
        Session::new(sink, tls, true).run(true).await?;
    } else if let Some(tcp) = Session::new(sink.clone(), tcp, false).run(true).await? {
        let tls = acceptor.accept(tcp).await?;
        Session::new(sink, tls, true).run(false).await?;
    }
    Ok(())
}

/// What follows a command.
enum Next {
    Reply(String),
    Encrypt,
    Close,
}

struct Session<S> {
    sink: Sink,
    stream: BufReader<S>,
    tls: bool,
    greeted: bool,
    auth: Option<String>,
    from: Option<String>,
    to: Option<String>,
    eight_bit: bool,
}

fn reply(text: &str) -> Next {
    Next::Reply(text.to_owned())
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    fn new(sink: Sink, stream: S, tls: bool) -> Self {
        let stream = BufReader::new(stream);
        Self {
            sink,
            stream,
            tls,
            greeted: false,
            auth: None,
            from: None,
            to: None,
            eight_bit: false,
        }
    }

    /// Gives back the stream when the client asked to encrypt it.
    async fn run(mut self, greet: bool) -> io::Result<Option<S>> {
        if greet {
            let greeting = self.planned("GREETING").await?;
            self.say(&greeting.unwrap_or_else(|| "220 sink.example ESMTP".to_owned())).await?;
        }
        while let Some(line) = self.command().await? {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            if verb == "RCPT" {
                // So that a plan for one recipient is found.
                self.to = self.to.take().or_else(|| path(&line[4..], "TO:").map(|(to, _)| to));
            }
            let planned = self.planned(&verb).await?;
            let refused = planned.as_ref().is_some_and(|text| !text.starts_with(['2', '3']));
            if verb == "RCPT" && refused {
                self.to = None;
            }
            let next = match planned {
                Some(text) => Next::Reply(text),
                None => self.answer(&verb, &line).await?,
            };
            match next {
                Next::Reply(text) => self.say(&text).await?,
                Next::Close => return self.say("221 2.0.0 Bye").await.map(|()| None),
                Next::Encrypt => {
                    self.say("220 2.0.0 Go ahead").await?;
                    return Ok(Some(self.stream.into_inner()));
                }
            }
        }
        Ok(None)
    }

    async fn answer(&mut self, verb: &str, line: &str) -> io::Result<Next> {
        Ok(match verb {
            "EHLO" => self.ehlo(line),
            "STARTTLS" if self.offers_tls() => Next::Encrypt,
            "AUTH" => self.log_in(line).await?,
            "MAIL" => self.mail(line),
            "RCPT" => self.rcpt(line),
            "DATA" => self.data().await?,
            "RSET" => {
                self.forget();
                reply("250 2.0.0 Ok")
            }
            "NOOP" => reply("250 2.0.0 Ok"),
            "QUIT" => Next::Close,
            _ => self.wrong(line, "500 5.5.1 What?"),
        })
    }

    fn ehlo(&mut self, line: &str) -> Next {
        let name = line.get(5..).unwrap_or_default();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return self.wrong(line, "501 5.5.4 EHLO and your name");
        }
        self.greeted = true;
        self.forget();
        let setup = &self.sink.inner.setup;
        let mut offers =
            vec!["sink.example".to_owned(), format!("SIZE {SIZE}"), "8BITMIME".to_owned()];
        if setup.pipelining {
            offers.push("PIPELINING".to_owned());
        }
        if self.offers_tls() {
            offers.push("STARTTLS".to_owned());
        } else if setup.login.is_some() {
            offers.push(format!("AUTH {}", setup.mechanisms));
        }
        offers.push("ENHANCEDSTATUSCODES".to_owned());
        let last = offers.len() - 1;
        let lines = offers.iter().enumerate();
        let lines =
            lines.map(|(n, offer)| format!("250{}{offer}", if n == last { ' ' } else { '-' }));
        Next::Reply(lines.collect::<Vec<_>>().join("\r\n"))
    }

    fn offers_tls(&self) -> bool {
        let setup = &self.sink.inner.setup;
        setup.security == Security::StartTls && setup.offers_starttls && !self.tls
    }

    async fn log_in(&mut self, line: &str) -> io::Result<Next> {
        let Some(expected) = self.sink.inner.setup.login else {
            return Ok(self.wrong(line, "503 5.5.1 No log-in here"));
        };
        if self.offers_tls() {
            return Ok(self.wrong("AUTH", "538 5.7.11 Encryption required"));
        }
        let words: Vec<&str> = line.split(' ').collect();
        let given = match words[..] {
            [_, "PLAIN", initial] => plain(initial),
            [_, "PLAIN"] => {
                self.say("334 ").await?;
                plain(&self.line().await?.unwrap_or_default())
            }
            [_, "LOGIN"] => {
                let user = self.ask("Username:").await?;
                let password = self.ask("Password:").await?;
                Some((user, password))
            }
            _ => return Ok(self.wrong(line, "504 5.5.4 PLAIN or LOGIN")),
        };
        let right = given.as_ref().is_some_and(|(u, p)| (u.as_str(), p.as_str()) == expected);
        self.auth = given.filter(|_| right).map(|(user, _)| user);
        Ok(match right {
            true => reply("235 2.7.0 Welcome"),
            false => reply("535 5.7.8 Authentication credentials invalid"),
        })
    }

    async fn ask(&mut self, what: &str) -> io::Result<String> {
        self.say(&format!("334 {}", base64(what.as_bytes()))).await?;
        let answer = from_base64(&self.line().await?.unwrap_or_default());
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn mail(&mut self, line: &str) -> Next {
        if !self.greeted || self.from.is_some() {
            return self.wrong(line, "503 5.5.1 Not now");
        }
        if self.sink.inner.setup.login.is_some() && self.auth.is_none() {
            return reply("530 5.7.0 Log in first");
        }
        let Some((from, options)) = path(&line[4..], "FROM:") else {
            return self.wrong(line, "501 5.5.4 MAIL FROM:<address>");
        };
        for option in options.split_whitespace() {
            match option.split_once('=').unwrap_or((option, "")) {
                ("SIZE", size) if size.parse().is_ok_and(|size: usize| size <= SIZE) => {}
                ("BODY", "7BIT") => {}
                ("BODY", "8BITMIME") => self.eight_bit = true,
                _ => return self.wrong(line, "555 5.5.4 I know no such option"),
            }
        }
        (self.from, self.to) = (Some(from), None);
        reply("250 2.1.0 Ok")
    }

    fn rcpt(&mut self, line: &str) -> Next {
        match path(&line[4..], "TO:") {
            _ if self.from.is_none() => reply("503 5.5.1 From whom?"),
            Some((to, "")) if self.to.as_ref() == Some(&to) => reply("250 2.1.5 Ok"),
            Some((_, "")) => self.wrong(line, "452 4.5.3 One recipient a mail"),
            _ => self.wrong(line, "501 5.5.4 RCPT TO:<address>"),
        }
    }

    async fn data(&mut self) -> io::Result<Next> {
        let (Some(from), Some(to)) = (self.from.clone(), self.to.clone()) else {
            return Ok(reply("503 5.5.1 From whom to whom?"));
        };
        self.say("354 End with a dot").await?;
        let Some(data) = self.body().await? else {
            return Ok(reply("554 5.6.0 A line is too long"));
        };
        let planned = self.planned("END").await?;
        self.forget();
        if let Some(text) = planned {
            return Ok(Next::Reply(text));
        }
        if data.len() > SIZE {
            return Ok(reply("552 5.3.4 Too large"));
        }
        let mail = Mail { from, to, data, tls: self.tls, auth: self.auth.clone() };
        let mut number = 0;
        self.sink.inner.mails.send_modify(|mails| {
            mails.push(mail);
            number = mails.len();
        });
        Ok(Next::Reply(format!("250 2.0.0 Ok: queued as {number}")))
    }

    /// The text of a mail, or nothing if a line of it is too long.
    async fn body(&mut self) -> io::Result<Option<String>> {
        let mut text = Vec::new();
        let mut fits = true;
        let mut begun = false;
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if !std::mem::replace(&mut begun, true) {
                self.planned("BODY").await?;
            }
            let content = self.checked(&line);
            if content == b"." {
                return Ok(fits.then(|| String::from_utf8_lossy(&text).into_owned()));
            }
            if !self.eight_bit && !content.is_ascii() {
                self.sink.violation("8-bit text without BODY=8BITMIME");
            }
            let content = content.strip_prefix(b".").unwrap_or(content);
            fits &= content.len() <= LONGEST_LINE;
            text.extend_from_slice(content);
            text.extend_from_slice(b"\r\n");
        }
    }

    /// The line without its end, which must be CR LF, the only CR and LF in it.
    fn checked<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let content = line.strip_suffix(b"\r\n").unwrap_or_else(|| {
            self.sink.violation("a line ends in LF without CR");
            line.strip_suffix(b"\n").unwrap_or(line)
        });
        if content.iter().any(|byte| matches!(byte, b'\r' | 0)) {
            self.sink.violation("a CR without LF, or a NUL");
        }
        content
    }

    /// The next command, noted; nothing at the end of the connection.
    async fn command(&mut self) -> io::Result<Option<String>> {
        let Some(line) = self.line().await? else { return Ok(None) };
        let secret = line.starts_with("AUTH PLAIN ");
        let shown = if secret { "AUTH PLAIN".to_owned() } else { line.clone() };
        self.sink.notes().commands.push(shown);
        if !self.sink.inner.setup.pipelining && !self.stream.buffer().is_empty() {
            self.sink
                .violation(format!("more came with {line} although PIPELINING is not offered"));
        }
        Ok(Some(line))
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if line.len() > LONGEST_COMMAND {
            self.sink.violation("a command is longer than 512 bytes");
        }
        let content = self.checked(&line);
        Ok(Some(String::from_utf8_lossy(content).into_owned()))
    }

    /// The reply planned for this point. Other faults happen here.
    async fn planned(&mut self, point: &str) -> io::Result<Option<String>> {
        match self.sink.planned(point, self.to.as_deref().unwrap_or_default()) {
            None => Ok(None),
            Some(Fault::Answer(text)) => Ok(Some(text)),
            Some(Fault::Drop) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Fault::Hang) => std::future::pending().await,
        }
    }

    async fn say(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    /// An answer to something that no client of ours should send.
    fn wrong(&self, line: &str, answer: &str) -> Next {
        self.sink.violation(format!("{line:?} was answered {answer}"));
        reply(answer)
    }

    fn forget(&mut self) {
        (self.from, self.to, self.eight_bit) = (None, None, false);
    }
}

/// The address and the options of ` FROM:<address> options`.
fn path<'a>(rest: &'a str, label: &str) -> Option<(String, &'a str)> {
    let rest = rest.strip_prefix(' ')?.strip_prefix(label)?.strip_prefix('<')?;
    let (address, options) = rest.split_once('>')?;
    let (mailbox, domain) = address.rsplit_once('@')?;
    let fits = |part: &str| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"()".contains(c);
        !part.is_empty() && !part.contains(odd) && part.is_ascii()
    };
    let separated = options.is_empty() || options.starts_with(' ');
    (fits(mailbox) && fits(domain) && separated).then(|| (address.to_owned(), options))
}

/// User name and password of AUTH PLAIN (RFC 4616).
fn plain(initial: &str) -> Option<(String, String)> {
    let text = String::from_utf8(from_base64(initial)).ok()?;
    match text.split('\0').collect::<Vec<_>>()[..] {
        ["", user, password] => Some((user.to_owned(), password.to_owned())),
        _ => None,
    }
}
