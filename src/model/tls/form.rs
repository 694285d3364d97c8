//! The form of the settings page for encryption, read the same way wherever it was typed.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Challenge, TlsSettings, TlsView, TlsWay};
use crate::error::{Check, Result};
use crate::model::id::Id;
use crate::values::Email;

/// Names in one certificate: as many as Let's Encrypt takes.
const MOST_NAMES: usize = 100;
/// Longer host names cannot exist (RFC 1035).
const LONGEST_NAME: usize = 253;
/// Of paths and addresses.
const LONGEST: usize = 1_000;
/// Of an own certificate authority, in characters of PEM.
const LONGEST_CA: usize = 50_000;

/// The form as typed, on the page or on the command line.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct TlsForm {
    /// "off", "acme", "files" or "self-signed".
    pub way: String,
    /// Hosts, divided by blanks, commas or line ends; empty for that of the public address.
    pub names: String,
    /// Whom the authority may write to; empty for nobody.
    pub contact: String,
    /// The authority's directory; empty for Let's Encrypt.
    pub directory: String,
    /// An own authority for the directory's server, in PEM.
    pub ca: String,
    /// "either", "tls-alpn-01" or "http-01"; empty for either.
    pub challenge: String,
    /// Path of the certificate.
    pub certificate_file: String,
    /// Path of its key.
    pub key_file: String,
    /// The [`TlsView::edition`] that was shown.
    pub seen: String,
}

impl Challenge {
    /// As the form writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Either => "either",
            Self::TlsAlpn01 => "tls-alpn-01",
            Self::Http01 => "http-01",
        }
    }
}

impl TlsForm {
    /// The form as the settings fill it in.
    #[must_use]
    pub fn of(view: &TlsView) -> Self {
        let settings = view.settings.clone();
        Self {
            way: settings.way.name().into(),
            names: settings.names.join("\n"),
            contact: settings.contact.map(|email| email.to_string()).unwrap_or_default(),
            directory: settings.directory.unwrap_or_default(),
            ca: settings.ca.unwrap_or_default(),
            challenge: settings.challenge.name().into(),
            certificate_file: settings.certificate_file.unwrap_or_default(),
            key_file: settings.key_file.unwrap_or_default(),
            seen: view.edition(),
        }
    }

    /// The settings, or every field that is wrong. What belongs to another way is kept as it was typed, so that going
    /// back to that way needs no typing; but it is not demanded.
    pub fn read(&self) -> Result<TlsSettings> {
        let mut check = Check::default();
        let way = check.take("way", way(&self.way));
        let names = check.take("names", self.names(way));
        let contact = check.take("contact", optional(&self.contact, Email::parse));
        let directory = check.take("directory", optional(&self.directory, directory));
        let ca = check.take("ca", optional(&self.ca, ca));
        let challenge = check.take("challenge", challenge(&self.challenge));
        let files = way == Some(TlsWay::Files);
        let certificate = file(&self.certificate_file, files, "the certificate");
        let certificate_file = check.take("certificate_file", certificate);
        let key_file = check.take("key_file", file(&self.key_file, files, "its key"));
        check.finish(|| {
            Some(TlsSettings {
                id: Id::MIN,
                way: way?,
                names: names?,
                contact: contact?,
                directory: directory?,
                ca: ca?,
                challenge: challenge?,
                certificate_file: certificate_file?,
                key_file: key_file?,
            })
        })
    }

    fn names(&self, way: Option<TlsWay>) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let typed = self.names.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
        for typed in typed.filter(|typed| !typed.is_empty()) {
            let name = host(typed)?;
            let public = name.parse::<IpAddr>().is_err() && name.contains('.');
            if way == Some(TlsWay::Automatic) && !public {
                return Err(format!(
                    "An authority gives no certificate for {name}: type a whole name, like portal.example.com"
                ));
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.len() > MOST_NAMES {
            return Err(format!("A certificate has room for {MOST_NAMES} names"));
        }
        Ok(names)
    }
}

fn way(typed: &str) -> Result<TlsWay, &'static str> {
    [TlsWay::Off, TlsWay::Automatic, TlsWay::Files, TlsWay::SelfSigned]
        .into_iter()
        .find(|way| way.name() == typed)
        .ok_or("Choose where the certificate comes from")
}

fn challenge(typed: &str) -> Result<Challenge, &'static str> {
    let typed = if typed.is_empty() { "either" } else { typed };
    [Challenge::Either, Challenge::TlsAlpn01, Challenge::Http01]
        .into_iter()
        .find(|challenge| challenge.name() == typed)
        .ok_or("Choose how the authority is shown that the name is yours")
}

fn host(typed: &str) -> Result<String, String> {
    let bare = typed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(typed);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    if typed.contains('*') {
        return Err("A name with a star cannot be had this way. Type each name".into());
    }
    let unsure = || format!("Type only the name, like portal.example.com: {typed} cannot be one");
    if typed.contains(['/', '@', ':']) {
        return Err(unsure());
    }
    let ascii = idna::domain_to_ascii_strict(typed.trim_end_matches('.')).map_err(|_| unsure())?;
    if ascii.is_empty() || ascii.len() > LONGEST_NAME { Err(unsure()) } else { Ok(ascii) }
}

fn directory(typed: &str) -> Result<String, &'static str> {
    let after = typed.strip_prefix("https://").filter(|after| !after.is_empty());
    match after {
        Some(after) if typed.len() <= LONGEST && !after.contains(char::is_whitespace) => {
            Ok(typed.to_owned())
        }
        _ => Err("Type the address of the authority's directory; it begins with https://"),
    }
}

fn ca(typed: &str) -> Result<String, &'static str> {
    if typed.chars().count() > LONGEST_CA {
        return Err("This is too long for a certificate. Paste only that of your authority");
    }
    if !typed.contains("-----BEGIN CERTIFICATE-----") {
        return Err("There is no certificate here. It begins with -----BEGIN CERTIFICATE-----");
    }
    Ok(typed.to_owned())
}

/// A path from the root: what it is relative to would depend on how the server was started.
fn file(typed: &str, demanded: bool, of: &str) -> Result<Option<String>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return if demanded { Err(format!("Type the path of {of}")) } else { Ok(None) };
    }
    if !typed.starts_with('/') || typed.len() > LONGEST || typed.contains(char::is_control) {
        return Err(format!("Type the whole path of {of}; it begins with /"));
    }
    Ok(Some(typed.to_owned()))
}

/// Nothing for nothing.
fn optional<T, E>(typed: &str, read: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { read(typed).map(Some) }
}
