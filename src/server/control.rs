//! What the command line can ask of the data folder, and how it is done. How a verb reaches the server that holds the
//! folder is in `socket.rs`.

pub mod backups;
mod socket;
pub mod tls;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

pub use socket::{Control, ask, ask_and_take};

use crate::backups::{Piece, pause_backups};
use crate::doctor;
use crate::error::{Error, Result};
use crate::mail::dkim::Signer;
use crate::mail::test_mail::send_test;
use crate::model::demo::Demo;
use crate::model::firm::{NewSmtp, SmtpSecurity};
use crate::model::setup::{FirmForm, Init, Reach};
use crate::model::{CheckState, Depth, System};
use crate::values::{Email, FirmName, PublicUrl, Secret};

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
    /// Have a new master key take the place of the one there is.
    RotateKeys,
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
            Self::Backup(_) | Self::Check { .. } => LONGEST_BACKUP,
            _ => LONGEST,
        }
    }

    /// The same with somebody in this process who takes what it hands over.
    #[must_use]
    pub fn here(self) -> (Self, mpsc::Receiver<Piece>) {
        let (pieces, waiting) = mpsc::channel(socket::WAITING);
        (self.handing(pieces), waiting)
    }

    /// The same with somebody to hand a backup over to, if it is a verb that does.
    fn handing(mut self, pieces: mpsc::Sender<Piece>) -> Self {
        if let Self::Backup(backups::BackupVerb::HandOver(order)) = &mut self {
            order.to = Some(pieces);
        }
        self
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
        Verb::RotateKeys => rotate_keys(system).await,
    };
    done.unwrap_or_else(|why| match why {
        Error::Invalid(_) => Answer::Wrong(why.to_string()),
        Error::NotFound => Answer::Refused("There is no firm here yet: set one up first.".into()),
        _ => Answer::Refused(why.to_string()),
    })
}

async fn init(system: &System, order: InitOrder) -> Result<Answer> {
    let already = |name: &FirmName| format!("{name} is set up here already. Nothing was changed.");
    // A script that runs again is told so, even if the password's file is gone by then.
    match system.firm() {
        Ok(firm) => return Ok(Answer::Done(already(&firm.name))),
        Err(Error::NotFound) => {}
        Err(why) => return Err(why),
    }
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
        Init::Already(name) => already(&name),
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

async fn rotate_keys(system: &System) -> Result<Answer> {
    let _turn = pause_backups().await;
    let wrapped = system.change_master_key().await?;
    let what = match wrapped {
        0 => "No client had a key yet, so nothing was".to_owned(),
        1 => "The key of 1 client was".to_owned(),
        many => format!("The keys of {many} clients were"),
    };
    Ok(Answer::Done(format!(
        "There is a new master key. {what} wrapped anew; no file was touched.\nBackups made before need the old key: those \
         that are encrypted hold it, and for the others keep the recovery keys that were taken before. For new ones take \
         them again, in Settings › Backup."
    )))
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
    let checkup =
        doctor::examine(&vitals, move || look.check_so_far(Depth::Sizes), LONGEST_LOOK).await;
    let text = if json { serde_json::to_string(&checkup)? } else { doctor::text(&checkup) };
    let fails = checkup.worst() == CheckState::Fail;
    system.note_checkup(checkup);
    Ok(if fails { Answer::NotWell(text) } else { Answer::Done(text) })
}
