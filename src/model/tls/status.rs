//! How the certificate is doing: for the dashboard, the settings page, the metrics and the warnings by mail.

use jiff::{SignedDuration, Timestamp};

use super::{
    Admin, CertificateAttempt, CertificateFacts, Core, OpenPorts, System, TlsSettings, TlsWay,
    in_days, next_directory, next_try,
};
use crate::error::Result;

/// From so many days before the end on, a renewal that fails is something to warn of.
pub const WARN_DAYS: i64 = 21;

/// What the server serves with right now. Kept in memory by the job that looks after certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateNow {
    /// The certificate that is shown; none while only the one of last resort is there.
    pub facts: Option<CertificateFacts>,
    /// What is wrong at present, as a sentence: with the files, the folder, or the ports. Not what an authority said.
    pub trouble: Option<String>,
    /// Whether somebody listens for HTTPS.
    pub listening: bool,
    /// Why nobody does although somebody should, and what to do, as a sentence.
    pub closed: Option<String>,
    /// An authority is being asked at this moment.
    pub trying: bool,
    /// Whether somebody listens for plain HTTP, to lead people to HTTPS and to answer HTTP-01.
    pub redirecting: bool,
    /// Where all of them listen.
    pub ports: OpenPorts,
}

/// How the certificate is doing.
#[derive(Clone, Debug)]
pub struct CertificateStatus {
    /// Which way it comes.
    pub way: TlsWay,
    /// The hosts it should be for.
    pub wanted: Vec<String>,
    /// The certificate that is shown; none while only the one of last resort is there.
    pub facts: Option<CertificateFacts>,
    /// Why the last try to get or to read one failed: the authority's words, or ours. None if it did not fail.
    pub last_error: Option<String>,
    /// When that was, if an authority was asked.
    pub last_try: Option<Timestamp>,
    /// When an authority is asked next; only while certificates come by themselves and it can look at us.
    pub next_try: Option<Timestamp>,
    /// Whole days until it ends; below zero once it has.
    pub days_left: Option<i64>,
    /// What somebody should look at, as a sentence; none while all is well.
    pub warning: Option<String>,
    /// See [`CertificateNow::listening`].
    pub listening: bool,
    /// See [`CertificateNow::closed`].
    pub closed: Option<String>,
    /// See [`CertificateNow::redirecting`].
    pub redirecting: bool,
    /// See [`CertificateNow::ports`].
    pub ports: OpenPorts,
}

impl CertificateStatus {
    fn of(core: &Core) -> Result<Self> {
        let (settings, now) = (core.tls_settings()?, core.clock.now());
        let current = core.certificate.borrow().clone();
        let mut status = Self {
            way: settings.way,
            wanted: core.tls_names()?,
            last_error: current.trouble.clone(),
            last_try: None,
            next_try: None,
            days_left: current.facts.as_ref().map(|facts| in_days(now, facts.not_after)),
            warning: None,
            listening: current.listening,
            closed: current.closed,
            redirecting: current.redirecting,
            ports: current.ports,
            facts: current.facts,
        };
        if settings.way == TlsWay::Automatic {
            status.ask_attempts(core, &settings, now)?;
        }
        status.warning = status.warn(now);
        Ok(status)
    }

    fn ask_attempts(&mut self, core: &Core, settings: &TlsSettings, now: Timestamp) -> Result<()> {
        let latest = core.certificate_attempts()?;
        let wanted = |facts: &&CertificateFacts| self.wanted.iter().all(|name| facts.covers(name));
        let current = self.facts.as_ref().filter(wanted);
        let directory = next_directory(settings, current, &latest, &self.wanted);
        let at = |one: &&CertificateAttempt| {
            one.directory == settings.directory() || one.directory == directory
        };
        let same = latest.iter().filter(at).find(|one| one.names == self.wanted);
        self.last_try = same.map(|one| one.at);
        let next = next_try(current, &latest, directory, &self.wanted).max(now);
        self.next_try = self.listening.then_some(next);
        let failure = same.and_then(|one| one.failure.clone());
        self.last_error = self.last_error.take().or(failure);
        Ok(())
    }

    /// The sentence for whoever looks after the server.
    fn warn(&self, now: Timestamp) -> Option<String> {
        if self.way == TlsWay::Off {
            return None;
        }
        if let Some(why) = &self.closed {
            return Some(format!("Nobody can come by https: nothing listens for it. {why}"));
        }
        let said = || self.last_error.as_deref().map(|why| format!(" {why}")).unwrap_or_default();
        let Some(facts) = &self.facts else {
            return self.last_error.as_ref().map(|why| {
                format!("There is no certificate yet, so browsers warn of this server. {why}")
            });
        };
        let days = in_days(now, facts.not_after);
        if !facts.holds(now) {
            let when = if now < facts.not_before { "does not hold yet" } else { "has ended" };
            return Some(format!(
                "The certificate {when}: browsers warn of this server.{}",
                said()
            ));
        }
        if let Some(name) = self.wanted.iter().find(|name| !facts.covers(name)) {
            return Some(format!("The certificate is not for {name}.{}", said()));
        }
        // One that is renewed by itself may be near its end by design: only that it was not renewed in time is news.
        let by_itself = self.way != TlsWay::Files;
        let grace = if self.last_error.is_some() { SignedDuration::ZERO } else { PROVEN };
        let due = facts.renewal().saturating_add(grace).unwrap_or(facts.not_after);
        if days > WARN_DAYS || (by_itself && now < due) {
            return None;
        }
        let left = match days {
            0 => "in less than a day".to_owned(),
            1 => "in one day".to_owned(),
            days => format!("in {days} days"),
        };
        Some(format!("The certificate ends {left} and has not been renewed.{}", said()))
    }
}

impl TlsSettings {
    /// The authority's directory.
    #[must_use]
    pub fn directory(&self) -> &str {
        self.directory.as_deref().unwrap_or(LETS_ENCRYPT)
    }
}

/// Let's Encrypt's directory for certificates that browsers accept.
pub(super) const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// That of its staging server, whose certificates no browser accepts.
pub(super) const STAGING: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

impl Core {
    pub(in crate::model) fn certificate_status(&self) -> Result<CertificateStatus> {
        CertificateStatus::of(self)
    }
}

impl System {
    /// How the certificate is doing.
    pub fn certificate_status(&self) -> Result<CertificateStatus> {
        self.core().certificate_status()
    }

    /// Tells what the server serves with right now.
    pub fn note_certificate(&self, change: impl FnOnce(&mut CertificateNow)) {
        let mut opened = false;
        self.core().certificate.send_if_modified(|now| {
            let before = now.clone();
            change(now);
            opened = (now.listening, now.redirecting) != (before.listening, before.redirecting);
            *now != before
        });
        if opened {
            // An authority can look at us now, or can no more.
            self.core().reached.send_replace(());
        }
    }

    /// What was told last.
    #[must_use]
    pub fn certificate_now(&self) -> CertificateNow {
        self.core().certificate.borrow().clone()
    }
}

impl Admin {
    /// How the certificate is doing.
    pub fn certificate_status(&self) -> Result<CertificateStatus> {
        self.console().core().certificate_status()
    }

    /// The latest tries to get a certificate, newest first.
    pub fn certificate_attempts(&self) -> Result<Vec<CertificateAttempt>> {
        self.console().core().certificate_attempts()
    }
}

/// A day: so long a certificate must have served before browsers are told to insist on one.
pub(in crate::model) const PROVEN: SignedDuration = SignedDuration::from_hours(24);
