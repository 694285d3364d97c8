//! How browsers reach the server encrypted: the four ways to a certificate, as an Admin chooses them or a run is given.

mod attempts;
mod facts;
mod form;
mod ports;
mod status;
mod warning;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::activity::By;
use super::admin::Admin;
use super::core::Core;
use super::db::{Records, Write, record};
use super::edition::{check_edition, edition};
use super::firm::Firm;
use super::id::Id;
use super::system::System;
use crate::error::{Error, Result};
use crate::values::{Email, PublicUrl};

pub use attempts::{CertificateAttempt, MOST_AN_HOUR, next_challenge, next_directory, next_try};
pub use facts::CertificateFacts;
pub use form::TlsForm;
pub use ports::OpenPorts;
pub(super) use status::PROVEN;
pub use status::{CertificateNow, CertificateStatus, WARN_DAYS};
pub(super) use warning::CertificateWarning;

/// How the server comes by its certificate. One row, under [`Id::MIN`]; without it, [`TlsSettings::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsSettings {
    /// Always [`Id::MIN`].
    pub id: Id<TlsSettings>,
    /// Which of the four ways.
    pub way: TlsWay,
    /// The hosts a certificate is for; none for that of the public address.
    pub names: Vec<String>,
    /// Whom the authority may write to.
    pub contact: Option<Email>,
    /// The authority's directory (RFC 8555 §7.1.1); none for that of Let's Encrypt.
    pub directory: Option<String>,
    /// An own authority in PEM, that signed the certificate of the directory's server.
    pub ca: Option<String>,
    /// How the authority is shown that the names are ours.
    pub challenge: Challenge,
    /// Own files: path of the certificate and those between it and the authority, in PEM.
    pub certificate_file: Option<String>,
    /// Own files: path of its key, in PEM.
    pub key_file: Option<String>,
}

/// The four ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsWay {
    /// None here: a proxy in front does it, or nobody does.
    #[default]
    Off,
    /// From an authority, by itself (ACME, RFC 8555).
    Automatic,
    /// Files that somebody else looks after.
    Files,
    /// One that only this server vouches for.
    SelfSigned,
}

/// How an authority is shown that a name is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Challenge {
    /// TLS-ALPN-01 first; after a failure the other one, and so on.
    #[default]
    Either,
    /// At port 443, in the handshake (RFC 8737).
    TlsAlpn01,
    /// At port 80, by a text (RFC 8555 §8.3).
    Http01,
}

impl Default for TlsSettings {
    fn default() -> Self {
        Self {
            id: Id::MIN,
            way: TlsWay::Off,
            names: Vec::new(),
            contact: None,
            directory: None,
            ca: None,
            challenge: Challenge::Either,
            certificate_file: None,
            key_file: None,
        }
    }
}

record!(TlsSettings, "tl", "tls");

impl TlsWay {
    /// As the form and the command line write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Automatic => "acme",
            Self::Files => "files",
            Self::SelfSigned => "self-signed",
        }
    }

    /// In the words of the activity.
    const fn words(self) -> &'static str {
        match self {
            Self::Off => "switched encryption off: a proxy in front looks after it",
            Self::Automatic => "set certificates to come from an authority by themselves",
            Self::Files => "set the certificate to be read from files",
            Self::SelfSigned => "set the certificate to a self-signed one",
        }
    }
}

impl TlsSettings {
    /// The hosts a certificate is for, of a portal at this address.
    #[must_use]
    pub fn names_for(&self, public: Option<&PublicUrl>) -> Vec<String> {
        let host = public.map(|url| url.host().trim_matches(['[', ']']).to_owned());
        match self.way {
            TlsWay::SelfSigned => {
                // The public address belongs to it, whatever else does.
                let mut names: Vec<String> = host.iter().cloned().collect();
                let others = self.names.iter().filter(|name| Some(*name) != host.as_ref());
                names.extend(others.cloned());
                names
            }
            _ if self.names.is_empty() => host.into_iter().collect(),
            _ => self.names.clone(),
        }
    }
}

/// What the settings page shows.
#[derive(Clone, Debug)]
pub struct TlsView {
    /// As this run uses it.
    pub settings: TlsSettings,
    /// Where it was set for this run, if it cannot be changed in the browser.
    pub locked: Option<String>,
}

impl TlsView {
    /// See [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(&self.settings)
    }
}

impl Core {
    /// What this run was given, or what is stored, or the default.
    pub(super) fn tls_settings(&self) -> Result<TlsSettings> {
        match &self.overrides.tls {
            Some(given) => Ok(given.value.clone()),
            None => Ok(self.db.read(|r| r.get(Id::MIN))?.unwrap_or_default()),
        }
    }

    /// The latest tries to get a certificate, newest first; without the one that is being made.
    fn certificate_attempts(&self) -> Result<Vec<CertificateAttempt>> {
        let trying = self.certificate.borrow().trying;
        let mut latest = self.db.read(attempts::latest)?;
        if trying && latest.first().is_some_and(CertificateAttempt::is_unfinished) {
            latest.remove(0);
        }
        Ok(latest)
    }
}

impl Admin {
    /// What the settings page shows.
    pub fn tls_settings(&self) -> Result<TlsView> {
        let core = self.console().core();
        let locked = core.overrides.tls.as_ref().map(|given| given.source.clone());
        Ok(TlsView { settings: core.tls_settings()?, locked })
    }

    /// Changes how browsers reach the server encrypted. It takes effect by itself, a moment later.
    pub async fn set_tls(&self, form: TlsForm) -> Result<()> {
        if let Some(source) = self.tls_settings()?.locked {
            return Err(Error::refused(format!(
                "Encryption was set with {source} when Anteroom was started. Change it there."
            )));
        }
        self.console()
            .write(move |tx| {
                let stored: TlsSettings = tx.get(Id::MIN)?.unwrap_or_default();
                check_edition(&form.seen, &edition(&stored))?;
                let new = form.read()?;
                if new == stored {
                    return Ok(());
                }
                let firm: Firm = tx.need(Id::MIN)?;
                let names = new.names_for(Some(&firm.public_url)).join(", ");
                let what = match new.way {
                    TlsWay::Off => new.way.words().to_owned(),
                    _ => format!("{}, for {names}", new.way.words()),
                };
                tx.put(&new)?;
                tx.say("tls-set", None, what)
            })
            .await
    }
}

impl Core {
    pub(in crate::model) fn tls_names(&self) -> Result<Vec<String>> {
        Ok(self.names_for(&self.tls_settings()?, None))
    }

    fn names_for(&self, settings: &TlsSettings, public: Option<&PublicUrl>) -> Vec<String> {
        let firm = self.firm().ok();
        let stored = firm.as_ref().map(|firm| &firm.public_url);
        // Before set-up a run may know the address that the firm is going to have.
        let given = self.overrides.public_url.as_ref().map(|given| &given.value);
        settings.names_for(public.or(stored).or(given))
    }
}

impl System {
    /// How browsers reach the server encrypted, as this run uses it.
    pub fn tls_settings(&self) -> Result<TlsSettings> {
        self.core().tls_settings()
    }

    /// The hosts a certificate is for.
    pub fn tls_names(&self) -> Result<Vec<String>> {
        self.core().tls_names()
    }

    /// The hosts a certificate would be for by these settings, at this public address or else at that of the firm.
    #[must_use]
    pub fn names_for(&self, settings: &TlsSettings, public: Option<&PublicUrl>) -> Vec<String> {
        self.core().names_for(settings, public)
    }

    /// Changes with each commit that concerns how browsers reach the server: the settings, or the firm.
    #[must_use]
    pub fn tls_changes(&self) -> watch::Receiver<()> {
        self.core().reached.subscribe()
    }

    /// Writes down that a try to get a certificate begins, and gives it with its id.
    pub async fn begin_attempt(&self, attempt: CertificateAttempt) -> Result<CertificateAttempt> {
        self.note_certificate(|now| now.trying = true);
        let note = move |tx: &mut Write<'_, '_>| attempts::note(tx, attempt);
        let begun = self.core().db.write(By::SYSTEM, note).await;
        if begun.is_err() {
            self.note_certificate(|now| now.trying = false);
        }
        begun
    }

    /// Writes down what became of a try to get a certificate.
    pub async fn note_attempt(&self, attempt: CertificateAttempt) -> Result<()> {
        let note = move |tx: &mut Write<'_, '_>| attempts::note(tx, attempt);
        let noted = self.core().db.write(By::SYSTEM, note).await;
        self.note_certificate(|now| now.trying = false);
        noted.map(drop)
    }

    /// The latest tries to get a certificate, newest first; without the one that is being made.
    pub fn certificate_attempts(&self) -> Result<Vec<CertificateAttempt>> {
        self.core().certificate_attempts()
    }
}

/// Seconds of an instant are all that certificates know.
fn in_days(from: Timestamp, until: Timestamp) -> i64 {
    until.duration_since(from).as_secs().div_euclid(24 * 60 * 60)
}

#[cfg(test)]
mod tests;
