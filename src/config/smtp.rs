//! The mail server, as it can be given from outside.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ConfigError, SecretFile, wrong};
use crate::error::Error;
use crate::mail::tls::client_config;
use crate::model::EmailForm;
use crate::model::firm::{NewSmtp, SmtpSecurity};

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
    pub smtp_password_file: Option<SecretFile>,
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
            (Some(user), Some(file)) => Ok(Some((user.clone(), file.read()?.expose().clone()))),
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

#[cfg(test)]
mod tests;
