//! How mails leave: the settings of the firm's mail server, as an Admin types them and as they are stored.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::db::{Records, Write};
use super::edition::{check_edition, edition};
use super::firm::{Firm, NewSmtp, Smtp, SmtpSecurity};
use super::id::Id;
use super::outbox::Mail;
use crate::error::{Check, Error, Result};
use crate::values::{Email, Secret};

/// Longer host names cannot exist (RFC 1035).
const LONGEST_HOST: usize = 253;
/// Longer user names and passwords are a slip of the clipboard.
const LONGEST_LOGIN: usize = 500;
/// Of the firm's own certificate authority, in characters of PEM.
const LONGEST_CA: usize = 50_000;

/// What the settings page shows.
#[derive(Clone, Debug)]
pub struct EmailSettings {
    /// As this run uses it.
    pub smtp: Option<Smtp>,
    /// Where it was set for this run, if it cannot be changed in the browser.
    pub locked: Option<String>,
    /// A fictional firm, whose mails never leave.
    pub demo: bool,
    /// How many mails wait, at most 1,001.
    pub waiting: usize,
}

/// The form of the settings page as typed. The password is read and never given back.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct EmailForm {
    /// "starttls", "tls" or "none".
    pub security: String,
    /// Name or address of the server.
    pub host: String,
    /// Empty for the usual one of this encryption.
    pub port: String,
    /// Empty where the server wants no log-in.
    pub user: String,
    /// Empty for the stored one.
    #[serde(skip_serializing)]
    pub password: String,
    /// The sender's address of all mails.
    pub mail_from: String,
    /// An own certificate authority in PEM.
    pub ca: String,
    /// What becomes of mails that were kept: "send" or "cancel".
    pub kept: String,
    /// The [`EmailSettings::edition`] that was shown.
    pub seen: String,
}

impl EmailSettings {
    /// See [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(&self.smtp)
    }
}

impl EmailForm {
    /// The form as the stored settings fill it in.
    #[must_use]
    pub fn of(settings: &EmailSettings) -> Self {
        let seen = settings.edition();
        let Some(smtp) = &settings.smtp else {
            return Self {
                security: "starttls".into(),
                kept: "send".into(),
                seen,
                ..Self::default()
            };
        };
        Self {
            security: smtp.security.name().into(),
            host: smtp.host.clone(),
            port: smtp.port.to_string(),
            user: smtp.user.clone().unwrap_or_default(),
            password: String::new(),
            mail_from: smtp.mail_from.to_string(),
            ca: smtp.ca.clone().unwrap_or_default(),
            kept: "send".into(),
            seen,
        }
    }

    /// The settings, or every field that is wrong, wherever they were typed: on the page or on the command line. `stored`
    /// is the server as it was, whose password may go on.
    pub fn read(&self, stored: Option<&NewSmtp>) -> Result<NewSmtp> {
        let mut check = Check::default();
        let security = check.take("security", SmtpSecurity::parse(&self.security));
        let host = check.take("host", host(&self.host));
        let port = check.take("port", port(&self.port, security));
        let known = stored.filter(|stored| Some(&stored.host) == host.as_ref());
        let login = self.login(known, &mut check);
        let open = security == Some(SmtpSecurity::None) && !host.as_deref().is_some_and(is_here);
        if open && login.as_ref().is_some_and(Option::is_some) {
            check.note(
                "security",
                "The password would travel unencrypted. Choose TLS or STARTTLS, or leave out user name and password",
            );
        }
        let mail_from = check.take("mail_from", Email::parse(&self.mail_from));
        let ca = check.take("ca", ca(&self.ca));
        check.finish(|| {
            Some(NewSmtp {
                host: host?,
                port: port?,
                security: security?,
                login: login?,
                mail_from: mail_from?,
                ca: ca?,
            })
        })
    }

    /// A stored password goes to the same server and user only: nobody can have it sent to a server of their own.
    fn login(
        &self,
        known: Option<&NewSmtp>,
        check: &mut Check,
    ) -> Option<Option<(String, Secret<String>)>> {
        let (user, password) = (self.user.trim(), self.password.as_str());
        let stored = known.and_then(|known| known.login.as_ref()).filter(|(of, _)| of == user);
        let long = |text: &str| text.len() > LONGEST_LOGIN || text.contains(char::is_control);
        match (user, password) {
            ("", "") => return Some(None),
            ("", _) => check.note("user", "Type the user name that goes with the password"),
            (user, _) if long(user) => check.note("user", "This is no user name. Copy it again"),
            (_, password) if long(password) => {
                check.note("password", "This is no password. Copy it again");
            }
            (_, "") => match stored {
                Some(login) => return Some(Some(login.clone())),
                None => check.note("password", "Type the password of this user at this server"),
            },
            (user, password) => {
                return Some(Some((user.to_owned(), Secret::new(password.to_owned()))));
            }
        }
        None
    }
}

impl SmtpSecurity {
    /// As the form sends it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "starttls",
            Self::Tls => "tls",
        }
    }

    /// The usual port.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }

    fn parse(typed: &str) -> Result<Self, &'static str> {
        [Self::None, Self::StartTls, Self::Tls]
            .into_iter()
            .find(|security| security.name() == typed)
            .ok_or("Choose how the connection is encrypted")
    }
}

fn host(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let bare = typed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(typed);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    const SHAPE: &str = "Type only the name of the server, like smtp.example.com";
    if typed.is_empty() || typed.contains(['/', '@', ':']) || typed.contains(char::is_whitespace) {
        return Err(SHAPE);
    }
    let ascii = idna::domain_to_ascii_strict(typed).map_err(|_| SHAPE)?;
    if ascii.len() > LONGEST_HOST { Err(SHAPE) } else { Ok(ascii) }
}

/// Whether the name means this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn port(typed: &str, security: Option<SmtpSecurity>) -> Result<u16, &'static str> {
    match (typed.trim(), security) {
        ("", Some(security)) => Ok(security.port()),
        ("", None) => Ok(0),
        (typed, _) => typed
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or("The port is a number from 1 to 65535; most often 587 or 465"),
    }
}

fn ca(typed: &str) -> Result<Option<String>, &'static str> {
    let typed = typed.trim();
    match typed.chars().count() {
        0 => Ok(None),
        chars if chars > LONGEST_CA => {
            Err("This is too long for a certificate. Paste only that of your authority")
        }
        _ => Ok(Some(typed.to_owned())),
    }
}

impl Admin {
    /// What the settings page shows.
    pub fn email_settings(&self) -> Result<EmailSettings> {
        let (console, firm) = (self.console(), self.console().firm()?);
        let locked = console.core().overrides.smtp.as_ref().map(|smtp| smtp.source.clone());
        Ok(EmailSettings {
            smtp: firm.smtp.clone(),
            locked: locked.filter(|_| !firm.demo),
            demo: firm.demo,
            waiting: console.waiting_mails()?,
        })
    }

    /// The mail server with its password in the clear, for a test. Refused where there is none to test.
    pub fn mail_server(&self) -> Result<NewSmtp> {
        let (core, firm) = (self.console().core(), self.console().firm()?);
        match &firm.smtp {
            Some(smtp) => smtp.unsealed(&core.keys),
            None if firm.demo => Err(Error::refused(DEMO)),
            None => Err(Error::refused("No mail server is set yet. Save one first.")),
        }
    }

    /// Reads the form as [`Admin::connect_mail`] would, and writes nothing.
    pub fn read_email_form(&self, form: &EmailForm) -> Result<NewSmtp> {
        self.editable()?;
        let core = self.console().core();
        let stored = self.console().firm()?.smtp.as_ref().map(|smtp| smtp.unsealed(&core.keys));
        // A password that cannot be read any more is typed again.
        form.read(stored.and_then(Result::ok).as_ref())
    }

    /// Stores how mails leave. Those that wait leave now in their order, or are taken back.
    pub async fn connect_mail(&self, form: EmailForm) -> Result<()> {
        self.editable()?;
        let core = self.console().core();
        self.console()
            .write(move |tx| {
                let firm: Firm = tx.need(Id::MIN)?;
                check_edition(&form.seen, &edition(&firm.smtp))?;
                let stored = firm.smtp.as_ref().and_then(|smtp| smtp.unsealed(tx.keys()).ok());
                let smtp = form.read(stored.as_ref())?;
                let first = firm.smtp.is_none();
                let what = format!(
                    "set the mail server to {} port {}, sending as {}",
                    smtp.host, smtp.port, smtp.mail_from
                );
                let smtp = Some(smtp.sealed(tx.keys()));
                tx.put(&Firm { smtp, ..firm })?;
                if first && form.kept == "cancel" {
                    cancel_all(tx)?;
                }
                tx.say("mail-server-set", None, what)
            })
            .await?;
        core.resume_mails();
        Ok(())
    }

    /// From now on mails are kept.
    pub async fn disconnect_mail(&self) -> Result<()> {
        self.editable()?;
        self.console()
            .write(|tx| {
                let firm: Firm = tx.need(Id::MIN)?;
                tx.put(&Firm { smtp: None, ..firm })?;
                tx.say("mail-server-removed", None, "removed the mail server: mails are kept")
            })
            .await?;
        self.console().core().resume_mails();
        Ok(())
    }

    /// Why the settings cannot be changed in the browser.
    fn editable(&self) -> Result<()> {
        let settings = self.email_settings()?;
        match settings.locked {
            _ if settings.demo => Err(Error::refused(DEMO)),
            Some(source) => Err(Error::refused(format!(
                "The mail server was set with {source} when Anteroom was started. Change it there."
            ))),
            None => Ok(()),
        }
    }
}

const DEMO: &str =
    "This is a demonstration. Its mails never leave this machine, so it takes no mail server.";

fn cancel_all(tx: &mut Write<'_, '_>) -> Result<()> {
    let mut waiting = Vec::new();
    tx.all::<Mail>(|mail| {
        waiting.extend(Some(mail).filter(Mail::waits));
        std::ops::ControlFlow::Continue(())
    })?;
    waiting.into_iter().try_for_each(|mail| super::mailroom::cancel(tx, mail))
}

#[cfg(test)]
mod tests;
