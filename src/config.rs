//! What a run is told from outside: the command line and `ANTEROOM_…` variables, parsed once and passed down.
//!
//! Everything else is a setting that the owner changes in the console.

use std::ffi::OsString;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use crate::error::Error;
use crate::mail::tls::client_config;
use crate::model::firm::{NewSmtp, SmtpSecurity};
use crate::model::{EmailForm, Overrides};
use crate::values::Secret;

/// How the server is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of all data.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// What this run sets over the stored settings.
    pub overrides: Overrides,
    /// The key file, where it does not lie in the data folder.
    pub link_key: Option<PathBuf>,
}

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Here and nowhere else.
    At(SocketAddr),
    /// On this machine alone, at port 8080 or the next free one.
    Nearby,
}

impl Listen {
    /// The first address to try.
    #[must_use]
    pub fn first(self) -> SocketAddr {
        match self {
            Self::At(address) => address,
            Self::Nearby => (Ipv4Addr::LOCALHOST, 8080).into(),
        }
    }

    /// Whether only this machine can reach the server. Links may then lead to a loopback address.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.first().ip().is_loopback()
    }
}

impl Config {
    /// A server on this machine alone, with nothing overridden.
    #[must_use]
    pub fn nearby(data: PathBuf) -> Self {
        Self {
            data,
            listen: Listen::Nearby,
            trusted_proxies: Arc::default(),
            overrides: Overrides { loopback_only: true, ..Overrides::default() },
            link_key: None,
        }
    }
}

/// A configuration that makes no sense, as a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn wrong<T>(why: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(why.into()))
}

/// The environment, as far as this file looks at it. A list, so that tests can bring their own.
pub struct Environment(Vec<(OsString, OsString)>);

impl Environment {
    /// That of the process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    fn get(&self, key: &str) -> Option<&OsString> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// An absolute path; the XDG specification says to ignore others.
    fn folder(&self, key: &str) -> Option<&Path> {
        self.get(key).map(Path::new).filter(|path| path.is_absolute())
    }

    /// What the log shows, in the syntax of `RUST_LOG`.
    #[must_use]
    pub fn log_filter(&self) -> String {
        let asked = self.get("ANTEROOM_LOG").and_then(|filter| filter.to_str());
        asked.unwrap_or("warn,anteroom=info").to_owned()
    }

    /// Where the data lies when nothing was said.
    pub fn data_folder(&self) -> Result<PathBuf, ConfigError> {
        if let Some(data) = self.folder("XDG_DATA_HOME") {
            return Ok(data.join("anteroom"));
        }
        match self.folder("HOME") {
            Some(home) => Ok(home.join(".local/share/anteroom")),
            None => {
                wrong("Say where the data goes, with --data-dir: this user has no home folder.")
            }
        }
    }

    /// Refuses an `ANTEROOM_…` variable that nothing reads: most likely it is mistyped.
    pub fn refuse_unknown(&self, known: &[String]) -> Result<(), ConfigError> {
        for (name, _) in &self.0 {
            let name = name.to_string_lossy();
            if !name.starts_with("ANTEROOM_") || name == "ANTEROOM_LOG" {
                continue;
            }
            if !known.iter().any(|known| *known == name) {
                let closeness = |known: &&String| strsim::damerau_levenshtein(known, &name);
                let meant = known.iter().min_by_key(closeness);
                let hint = meant.map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
                return wrong(format!("There is no setting {name}.{hint}"));
            }
        }
        Ok(())
    }
}

/// How mails leave, as it can be given to `serve` and `init`.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Mail server")]
pub struct SmtpArgs {
    /// Host name of the mail server
    #[arg(long, value_name = "HOST", env = "ANTEROOM_SMTP_HOST")]
    pub smtp_host: Option<String>,
    /// Its port [default: 587, with tls 465, with none 25]
    #[arg(long, value_name = "PORT", env = "ANTEROOM_SMTP_PORT")]
    pub smtp_port: Option<u16>,
    /// Encryption [default: starttls, at port 465 tls]
    #[arg(long, value_name = "HOW", env = "ANTEROOM_SMTP_SECURITY")]
    pub smtp_security: Option<SecurityArg>,
    /// User name, where the mail server wants a log-in
    #[arg(long, value_name = "NAME", env = "ANTEROOM_SMTP_USER")]
    pub smtp_user: Option<String>,
    /// File whose first line is that user's password
    #[arg(long, value_name = "FILE", env = "ANTEROOM_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// File with the certificate of your own authority (PEM), for a mail server of your own
    #[arg(long, value_name = "FILE", env = "ANTEROOM_SMTP_CA_FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Sender's address of all mails
    #[arg(long, value_name = "EMAIL", env = "ANTEROOM_MAIL_FROM")]
    pub mail_from: Option<String>,
}

/// Encryption of the connection to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecurityArg {
    /// None: for a relay on this machine
    None,
    /// Plain first, then encrypted (port 587)
    Starttls,
    /// Encrypted from the first byte (port 465)
    Tls,
}

impl From<SecurityArg> for SmtpSecurity {
    fn from(how: SecurityArg) -> Self {
        match how {
            SecurityArg::None => Self::None,
            SecurityArg::Starttls => Self::StartTls,
            SecurityArg::Tls => Self::Tls,
        }
    }
}

impl SmtpArgs {
    /// The first option that was given, by its name; `None` if none was.
    #[must_use]
    pub fn given(&self) -> Option<&'static str> {
        [
            ("smtp-host", self.smtp_host.is_some()),
            ("smtp-port", self.smtp_port.is_some()),
            ("smtp-security", self.smtp_security.is_some()),
            ("smtp-user", self.smtp_user.is_some()),
            ("smtp-password-file", self.smtp_password_file.is_some()),
            ("smtp-ca-file", self.smtp_ca_file.is_some()),
            ("mail-from", self.mail_from.is_some()),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }

    /// The mail server, checked as the settings page checks it; `None` if nothing was given.
    pub fn read(&self) -> Result<Option<NewSmtp>, ConfigError> {
        let Some(given) = self.given() else { return Ok(None) };
        let Some(host) = self.smtp_host.as_deref().map(str::trim).filter(|host| !host.is_empty())
        else {
            return wrong(format!("--{given} needs --smtp-host: name the mail server too."));
        };
        let Some(mail_from) = &self.mail_from else {
            return wrong("--smtp-host needs --mail-from: say from which address mails come.");
        };
        let (user, password) = self.login()?.unwrap_or_default();
        let form = EmailForm {
            security: self.security().name().into(),
            host: host.into(),
            port: self.smtp_port.map(|port| port.to_string()).unwrap_or_default(),
            user,
            password,
            mail_from: mail_from.clone(),
            ca: self.ca()?,
            ..EmailForm::default()
        };
        let smtp = form.read(None).map_err(|why| named(&why))?;
        if let Err(why) = client_config(smtp.ca.as_deref()) {
            return wrong(format!("--smtp-ca-file: {why}"));
        }
        Ok(Some(smtp))
    }

    fn security(&self) -> SmtpSecurity {
        match (self.smtp_security, self.smtp_port) {
            (Some(how), _) => how.into(),
            (None, Some(465)) => SmtpSecurity::Tls,
            (None, _) => SmtpSecurity::StartTls,
        }
    }

    fn login(&self) -> Result<Option<(String, String)>, ConfigError> {
        match (&self.smtp_user, &self.smtp_password_file) {
            (Some(user), Some(file)) => {
                Ok(Some((user.clone(), password_in(file)?.expose().clone())))
            }
            (None, None) => Ok(None),
            (Some(_), None) => wrong(
                "--smtp-user needs --smtp-password-file: name the file with that user's password.",
            ),
            (None, Some(_)) => wrong("--smtp-password-file needs --smtp-user: say whose password."),
        }
    }

    /// The text of the file; empty if none was named.
    fn ca(&self) -> Result<String, ConfigError> {
        let Some(file) = &self.smtp_ca_file else { return Ok(String::new()) };
        std::fs::read_to_string(file).map_err(|why| {
            ConfigError(format!("The certificate file {} cannot be read: {why}.", file.display()))
        })
    }
}

/// The first field that is wrong, called as its option is.
fn named(why: &Error) -> ConfigError {
    let Error::Invalid(fields) = why else { return ConfigError(why.to_string()) };
    let option = |field: &str| match field {
        "host" => "smtp-host",
        "port" => "smtp-port",
        "security" => "smtp-security",
        "user" => "smtp-user",
        "password" => "smtp-password-file",
        "ca" => "smtp-ca-file",
        _ => "mail-from",
    };
    let first = fields.iter().next();
    let sentence = first.map(|(field, why)| format!("--{}: {why}.", option(field)));
    ConfigError(sentence.unwrap_or_else(|| why.to_string()))
}

/// The password in a file: all of it but the line end that editors add.
pub fn password_in(file: &Path) -> Result<Secret<String>, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|why| {
        ConfigError(format!("The password file {} cannot be read: {why}.", file.display()))
    })?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() || password.contains(['\n', '\r']) {
        return wrong(format!(
            "The password file {} must hold the password on one line.",
            file.display()
        ));
    }
    Ok(Secret::new(password.to_owned()))
}

#[cfg(test)]
mod tests;
