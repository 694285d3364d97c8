//! `control.sock` in the data folder: how a verb of the command line reaches the server that holds the folder. One
//! line of JSON in, one line of JSON out. Whoever may open the socket may read the data, so it asks for nothing more.

pub mod backups;
pub mod tls;

use std::fs::{self, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as Blocking;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::doctor;
use crate::error::{Error, Result};
use crate::mail::dkim::Signer;
use crate::mail::test_mail::send_test;
use crate::model::demo::Demo;
use crate::model::firm::{NewSmtp, SmtpSecurity};
use crate::model::setup::{FirmForm, Init, Reach};
use crate::model::{CheckState, System};
use crate::values::{Email, PublicUrl, Secret};

/// More than any verb needs.
const MOST_BYTES: u64 = 256 * 1024;
/// To send a verb once the socket is open.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a failed accept, mostly for want of file descriptors: without it the loop would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// For the longest verb: a mail server may take minutes to refuse a mail.
const LONGEST: Duration = Duration::from_secs(300);
/// To go through the data, for whoever waits at a terminal.
const LONGEST_LOOK: Duration = Duration::from_secs(240);
/// For a backup of a very large folder over a slow line.
const LONGEST_BACKUP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What the command line can ask of the data folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Verb {
    /// Print the set-up code.
    SetupCode,
    /// Set the firm up.
    Init(Box<InitOrder>),
    /// Print a link for a locked-out member of staff.
    Recover {
        /// The address they log in with.
        email: String,
    },
    /// Send a test mail.
    MailTest {
        /// Where to; the sender's address if absent.
        to: Option<String>,
    },
    /// Fill an empty folder with a fictional firm.
    Demo {
        /// Where it is reached.
        public_url: String,
        /// Print JSON.
        json: bool,
    },
    /// Look through the data.
    Check {
        /// Print JSON.
        json: bool,
    },
    /// Look at everything that can go wrong.
    Doctor {
        /// Print JSON.
        json: bool,
        /// The name server to ask, instead of the one that the server asks.
        dns_server: Option<SocketAddr>,
    },
    /// Say as JSON what is stored of the settings that can be given from outside.
    Settings,
    /// Say where the server takes plain HTTP: an address and port, or `unix:` and a path.
    Where,
    /// Make, list, verify or prune backups.
    Backup(backups::BackupVerb),
    /// Look at what an authority is going to look at before it gives a certificate.
    TlsCheck(Box<tls::TlsCheck>),
    /// Copy the store as it is now to a file, and say what is in it as JSON.
    Snapshot {
        /// The file; it replaces one that is there. Absolute: the server may stand in another folder.
        to: PathBuf,
    },
}

impl Verb {
    /// How long whoever asked waits for its answer.
    const fn longest(&self) -> Duration {
        match self {
            Self::Backup(_) => LONGEST_BACKUP,
            _ => LONGEST,
        }
    }
}

/// The firm to set up, as typed.
#[derive(Debug, Serialize, Deserialize)]
pub struct InitOrder {
    /// Name of the firm.
    pub firm: String,
    /// Name of its owner.
    pub owner_name: String,
    /// Address of its owner.
    pub owner_email: String,
    /// Password of its owner.
    pub owner_password: String,
    /// Where the portal is reached.
    pub public_url: String,
    /// Time zone.
    pub time_zone: String,
    /// Currency.
    pub currency: String,
    /// How dates are written.
    pub date_style: String,
    /// The mail server.
    pub smtp: Option<SmtpOrder>,
}

/// The mail server, on its way through the socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct SmtpOrder {
    host: String,
    port: u16,
    security: SmtpSecurity,
    login: Option<(String, String)>,
    mail_from: Email,
    ca: Option<String>,
}

impl From<NewSmtp> for SmtpOrder {
    fn from(smtp: NewSmtp) -> Self {
        let login = smtp.login.map(|(user, password)| (user, password.expose().clone()));
        let (host, port, security) = (smtp.host, smtp.port, smtp.security);
        Self { host, port, security, login, mail_from: smtp.mail_from, ca: smtp.ca }
    }
}

impl From<SmtpOrder> for NewSmtp {
    fn from(order: SmtpOrder) -> Self {
        Self {
            host: order.host,
            port: order.port,
            security: order.security,
            login: order.login.map(|(user, password)| (user, Secret::new(password))),
            mail_from: order.mail_from,
            ca: order.ca,
        }
    }
}

/// What became of a verb.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was done; this is for standard output.
    Done(String),
    /// It was done, and what it found is not well.
    NotWell(String),
    /// It could not be done; the sentence is for the person.
    Refused(String),
    /// A value does not make sense.
    Wrong(String),
}

/// Carries out a verb, whoever sent it.
pub async fn carry_out(system: &System, verb: Verb) -> Answer {
    let done = match verb {
        Verb::SetupCode => system.setup_code().map(|code| Answer::Done(code.shown())),
        Verb::Init(order) => init(system, *order).await,
        Verb::Recover { email } => system.recover(&email).await.map(Answer::Done),
        Verb::MailTest { to } => mail_test(system, to).await,
        Verb::Demo { public_url, json } => demo(system, &public_url, json).await,
        Verb::Check { json } => check(system, json).await,
        Verb::Doctor { json, dns_server } => doctor(system, json, dns_server).await,
        Verb::Settings => system
            .stored_settings()
            .and_then(|stored| Ok(Answer::Done(serde_json::to_string(&stored)?))),
        Verb::Where => Err(Error::refused("No server listens: this is another command.")),
        Verb::Backup(verb) => backups::carry_out(system, verb).await,
        Verb::TlsCheck(asked) => tls::check(system, *asked).await,
        Verb::Snapshot { to } => snapshot(system, to).await,
    };
    done.unwrap_or_else(|why| match why {
        Error::Invalid(_) => Answer::Wrong(why.to_string()),
        Error::NotFound => Answer::Refused("There is no firm here yet: set one up first.".into()),
        _ => Answer::Refused(why.to_string()),
    })
}

async fn init(system: &System, order: InitOrder) -> Result<Answer> {
    let form = FirmForm {
        firm: order.firm,
        name: order.owner_name,
        email: order.owner_email,
        password: order.owner_password,
        public_url: order.public_url,
        zone: order.time_zone,
        currency: order.currency,
        date_style: order.date_style,
        ..FirmForm::default()
    };
    let mut new = match form.read(Reach::Terminal) {
        Err(Error::Invalid(fields)) => {
            let lines = fields.iter().map(|(field, why)| format!("{}: {why}.", option(field)));
            return Ok(Answer::Wrong(lines.collect::<Vec<_>>().join("\n")));
        }
        read => read?,
    };
    let mails = order.smtp.as_ref().map_or_else(
        || "Mails are kept in the outbox until a mail server is set.".to_owned(),
        |smtp| format!("Mails leave through {} port {}.", smtp.host, smtp.port),
    );
    new.smtp = order.smtp.map(NewSmtp::from);
    let (name, owner, url) = (new.name.clone(), new.email.clone(), new.public_url.clone());
    Ok(Answer::Done(match system.init(new).await? {
        Init::Done => format!("Set up {name} at {url}. Its owner logs in with {owner}.\n{mails}"),
        Init::Already(name) => format!("{name} is set up here already. Nothing was changed."),
    }))
}

/// The option that a field of the form is on the command line.
fn option(field: &str) -> &str {
    match field {
        "firm" => "--firm",
        "name" => "--owner-name",
        "email" => "--owner-email",
        "password" => "--owner-password-file",
        "public_url" => "--public-url",
        "zone" => "--time-zone",
        "currency" => "--currency",
        "date_style" => "--date-style",
        other => other,
    }
}

async fn mail_test(system: &System, to: Option<String>) -> Result<Answer> {
    let firm = system.firm()?;
    let Some(smtp) = system.mail_server()? else {
        return Err(Error::refused(if firm.demo {
            "This is a demo, and its mails never leave the machine."
        } else {
            "No mail server is set. Set one in the settings, or start anteroom with --smtp-host."
        }));
    };
    let to = match to {
        Some(typed) => Email::parse(&typed).map_err(|why| Error::field("to", why))?,
        None => smtp.mail_from.clone(),
    };
    let signs = system.signs_as()?;
    let key = signs.as_ref().map(|signs| system.signing_key(signs)).transpose()?;
    let signer = signs.zip(key).map(|(signs, key)| Signer::new(signs, key));
    let probe = send_test(&firm, smtp, &to, signer.as_ref(), system.now()).await?;
    let text = probe.to_string();
    Ok(if probe.passed() { Answer::Done(text) } else { Answer::NotWell(text) })
}

async fn demo(system: &System, public_url: &str, json: bool) -> Result<Answer> {
    let url = PublicUrl::parse(public_url).map_err(|why| Error::field("public_url", why))?;
    let demo: Demo = system.fill_demo(url).await?;
    Ok(Answer::Done(if json { serde_json::to_string(&demo)? } else { demo.to_string() }))
}

async fn snapshot(system: &System, to: PathBuf) -> Result<Answer> {
    let system = system.clone();
    let copied = tokio::task::spawn_blocking(move || system.snapshot(&to)).await;
    Ok(Answer::Done(serde_json::to_string(&copied.map_err(Error::bug)??)?))
}

async fn check(system: &System, json: bool) -> Result<Answer> {
    let system = system.clone();
    let report = tokio::task::spawn_blocking(move || system.check()).await;
    let report = report.map_err(Error::bug)??;
    let text = if json { serde_json::to_string(&report)? } else { report.to_string() };
    Ok(if report.findings.is_empty() { Answer::Done(text) } else { Answer::NotWell(text) })
}

async fn doctor(system: &System, json: bool, dns_server: Option<SocketAddr>) -> Result<Answer> {
    let mut vitals = system.vitals()?;
    vitals.dns_server = dns_server.or(vitals.dns_server);
    let look = system.clone();
    let checkup = doctor::examine(&vitals, move || look.check(), LONGEST_LOOK).await;
    let text = if json { serde_json::to_string(&checkup)? } else { doctor::text(&checkup) };
    let fails = checkup.worst() == CheckState::Fail;
    system.note_checkup(checkup);
    Ok(if fails { Answer::NotWell(text) } else { Answer::Done(text) })
}

fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// The listening end.
pub struct Control {
    socket: PathBuf,
    running: JoinSet<()>,
}

impl Control {
    /// Listens in a folder that this process has locked: a socket that lies there is of a server that was killed.
    /// `place` is where the server takes plain HTTP, if it does.
    pub fn listen(data: &Path, system: System, place: Option<String>) -> Result<Self> {
        let socket = socket(data);
        match fs::remove_file(&socket) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why.into()),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut talks = JoinSet::new();
            loop {
                tokio::select! {
                    Some(_) = talks.join_next() => {}
                    accepted = listener.accept() => match accepted {
                        Ok((stream, _)) => drop(talks.spawn(talk(stream, system.clone(), place.clone()))),
                        Err(_) => sleep(ACCEPT_PAUSE).await,
                    },
                }
            }
        });
        Ok(Self { socket, running })
    }

    /// Takes no more verbs. One that is under way is done or not done as a whole.
    pub async fn end(mut self) {
        self.running.shutdown().await;
        if let Err(why) = fs::remove_file(&self.socket) {
            tracing::debug!(%why, "control socket");
        }
    }
}

async fn talk(stream: UnixStream, system: System, place: Option<String>) {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    let mut from = tokio::io::BufReader::new(from.take(MOST_BYTES));
    let Ok(Ok(_)) = timeout(PATIENCE, from.read_line(&mut line)).await else { return };
    let answer = match serde_json::from_str(&line) {
        Ok(Verb::Where) => place.map_or_else(
            || Answer::Refused("The server takes plain HTTP nowhere.".into()),
            Answer::Done,
        ),
        Ok(verb) => carry_out(&system, verb).await,
        Err(_) => Answer::Refused(
            "The server did not understand: it runs another version than this command.".into(),
        ),
    };
    let Ok(mut line) = serde_json::to_string(&answer) else { return };
    line.push('\n');
    if let Err(why) = to.write_all(line.as_bytes()).await {
        tracing::debug!(%why, "control socket");
    }
}

/// Has the server that holds this folder carry out a verb.
pub fn ask(data: &Path, verb: &Verb) -> io::Result<Answer> {
    let mut stream = Blocking::connect(socket(data))?;
    stream.set_read_timeout(Some(verb.longest()))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(verb)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    if answer.is_empty() {
        return Err(io::Error::other("it stopped before it was done"));
    }
    Ok(serde_json::from_str(&answer)?)
}
