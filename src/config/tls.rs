//! How browsers reach the server encrypted, as it can be given to `serve`.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{ConfigError, wrong};
use crate::error::Error;
use crate::mail::tls::client_config;
use crate::model::tls::{TlsForm, TlsSettings, TlsWay};

/// The port of HTTPS.
const HTTPS: u16 = 443;
/// The port of plain HTTP, where authorities look and browsers begin.
const HTTP: u16 = 80;

/// Encryption, and where it is listened for.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Encryption")]
pub struct TlsArgs {
    /// Where the certificate comes from [default: as set in the console; at first off]
    #[arg(long, value_name = "WAY", env = "ANTEROOM_TLS")]
    pub tls: Option<TlsArg>,
    /// Address and port for HTTPS [default: port 443 of all addresses]
    #[arg(long, value_name = "ADDR:PORT", env = "ANTEROOM_LISTEN_HTTPS")]
    pub listen_https: Option<SocketAddr>,
    /// Address and port that lead on to HTTPS and answer an authority [default: port 80, if HTTPS is at 443]
    #[arg(long, value_name = "ADDR:PORT", env = "ANTEROOM_LISTEN_HTTP")]
    pub listen_http: Option<SocketAddr>,
    /// Name the certificate is for, once for each [default: that of the public address]
    #[arg(long, value_name = "NAME", value_delimiter = ',', env = "ANTEROOM_DOMAIN")]
    pub domain: Vec<String>,
    /// Directory of the authority [default: that of Let's Encrypt]
    #[arg(long, value_name = "URL", env = "ANTEROOM_ACME_DIRECTORY")]
    pub acme_directory: Option<String>,
    /// File with the certificate (PEM) that vouches for that directory, for an authority of your own
    #[arg(long, value_name = "FILE", env = "ANTEROOM_ACME_CA")]
    pub acme_ca: Option<PathBuf>,
    /// Address to which the authority may write
    #[arg(long, value_name = "EMAIL", env = "ANTEROOM_ACME_CONTACT")]
    pub acme_contact: Option<String>,
    /// File with the certificate and those between it and the authority (PEM)
    #[arg(long, value_name = "FILE", env = "ANTEROOM_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// File with its key (PEM)
    #[arg(long, value_name = "FILE", env = "ANTEROOM_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
}

/// Where the certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsArg {
    /// None: a proxy in front encrypts
    Off,
    /// An authority such as Let's Encrypt, by itself
    Acme,
    /// Files that somebody else renews; read again when they change
    Files,
    /// Only this server vouches for it: browsers warn once
    SelfSigned,
}

impl From<TlsArg> for TlsWay {
    fn from(way: TlsArg) -> Self {
        match way {
            TlsArg::Off => Self::Off,
            TlsArg::Acme => Self::Automatic,
            TlsArg::Files => Self::Files,
            TlsArg::SelfSigned => Self::SelfSigned,
        }
    }
}

/// Where HTTPS is listened for, and where people are led on to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenTls {
    /// HTTPS. The unspecified IPv6 address stands for all addresses, of IPv4 too.
    pub https: SocketAddr,
    /// Plain HTTP that leads on to it.
    pub http: Option<SocketAddr>,
    /// Somebody asked for just that place for plain HTTP: without it there is no point in starting.
    pub insists: bool,
}

impl Default for ListenTls {
    fn default() -> Self {
        Self {
            https: (Ipv6Addr::UNSPECIFIED, HTTPS).into(),
            http: Some((Ipv6Addr::UNSPECIFIED, HTTP).into()),
            insists: false,
        }
    }
}

impl TlsArgs {
    /// Where to listen.
    #[must_use]
    pub fn listen(&self) -> ListenTls {
        let default = ListenTls::default();
        let https = self.listen_https.unwrap_or(default.https);
        let beside = (https.port() == HTTPS).then(|| SocketAddr::new(https.ip(), HTTP));
        ListenTls { https, http: self.listen_http.or(beside), insists: self.listen_http.is_some() }
    }

    /// The first option that belongs to a way of encryption, by its name.
    fn detail(&self) -> Option<&'static str> {
        [
            ("domain", !self.domain.is_empty()),
            ("acme-directory", self.acme_directory.is_some()),
            ("acme-ca", self.acme_ca.is_some()),
            ("acme-contact", self.acme_contact.is_some()),
            ("tls-cert", self.tls_cert.is_some()),
            ("tls-key", self.tls_key.is_some()),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }

    /// The settings, checked as the settings page checks them; `None` if nothing was given.
    pub fn read(&self) -> Result<Option<TlsSettings>, ConfigError> {
        let Some(way) = self.tls else {
            return match self.detail() {
                Some(given) => {
                    wrong(format!("--{given} needs --tls: say where the certificate comes from."))
                }
                None => Ok(None),
            };
        };
        let form = TlsForm {
            way: TlsWay::from(way).name().into(),
            names: self.domain.join("\n"),
            contact: self.acme_contact.clone().unwrap_or_default(),
            directory: self.acme_directory.clone().unwrap_or_default(),
            ca: self.ca()?,
            certificate_file: path(self.tls_cert.as_deref())?,
            key_file: path(self.tls_key.as_deref())?,
            ..TlsForm::default()
        };
        let settings = form.read().map_err(|why| named(&why))?;
        if let Err(why) = client_config(settings.ca.as_deref()) {
            return wrong(format!("--acme-ca: {why}"));
        }
        Ok(Some(settings))
    }

    /// The text of the file; empty if none was named.
    fn ca(&self) -> Result<String, ConfigError> {
        let Some(file) = &self.acme_ca else { return Ok(String::new()) };
        std::fs::read_to_string(file).map_err(|why| {
            ConfigError(format!("The certificate file {} cannot be read: {why}.", file.display()))
        })
    }
}

/// The whole path: it is read again later, wherever the server stands then.
fn path(given: Option<&Path>) -> Result<String, ConfigError> {
    let Some(given) = given else { return Ok(String::new()) };
    let whole = std::path::absolute(given).ok();
    match whole.as_deref().and_then(Path::to_str) {
        Some(whole) => Ok(whole.to_owned()),
        None => wrong(format!("The path {} cannot be used: give it in full.", given.display())),
    }
}

/// The first field that is wrong, called as its option is.
fn named(why: &Error) -> ConfigError {
    let Error::Invalid(fields) = why else { return ConfigError(why.to_string()) };
    let option = |field: &str| match field {
        "names" => "domain",
        "contact" => "acme-contact",
        "directory" => "acme-directory",
        "ca" => "acme-ca",
        "certificate_file" => "tls-cert",
        "key_file" => "tls-key",
        _ => "tls",
    };
    let first = fields.iter().next();
    let sentence = first.map(|(field, why)| format!("--{}: {why}.", option(field)));
    ConfigError(sentence.unwrap_or_else(|| why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(args: &TlsArgs) -> String {
        args.read().map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_way_is_given_with_all_it_needs() {
        assert_eq!(TlsArgs::default().read(), Ok(None));
        let domain = TlsArgs { domain: vec!["portal.firm.example".into()], ..TlsArgs::default() };
        assert!(refusal(&domain).starts_with("--domain needs --tls"));
        let files = TlsArgs { tls: Some(TlsArg::Files), ..TlsArgs::default() };
        assert!(refusal(&files).starts_with("--tls-cert: "));
        let acme = TlsArgs { tls: Some(TlsArg::Acme), ..domain.clone() };
        let read = acme.read().unwrap().unwrap();
        assert_eq!((read.way, read.names), (TlsWay::Automatic, domain.domain));
        let bare = TlsArgs { domain: vec!["10.0.0.5".into()], ..acme.clone() };
        assert!(refusal(&bare).starts_with("--domain: "));
        let star = TlsArgs { domain: vec!["*.firm.example".into()], ..acme };
        assert!(refusal(&star).contains("star"));
    }

    #[test]
    fn plain_http_leads_on_beside_the_usual_port() {
        let at = |https: &str| {
            let args = TlsArgs { listen_https: Some(https.parse().unwrap()), ..TlsArgs::default() };
            args.listen().http.map(|at| at.to_string())
        };
        assert_eq!(at("192.0.2.1:443").as_deref(), Some("192.0.2.1:80"));
        assert_eq!(at("192.0.2.1:8443"), None);
        assert_eq!(TlsArgs::default().listen(), ListenTls::default());
    }
}
