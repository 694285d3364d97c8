//! Looks after the certificate: gets it from an authority, reads it from files, or makes one; renews it in time; and
//! tells how it is doing. Whatever fails, the certificate that was shown before stays.

mod acme;
mod files;
mod made;
mod shelf;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use super::Stop;
use crate::error::{Error, Result};
use crate::http::tls::{Certificates, Served};
use crate::mail::tls::client_config;
use crate::model::System;
use crate::model::tls::{
    CertificateAttempt, CertificateFacts, TlsSettings, TlsWay, next_challenge, next_directory,
    next_try,
};
use crate::values::PublicUrl;
use acme::Order;
use files::Files;
use shelf::Shelf;

/// When a try could not be written down, the next one waits as long as the authority remembers it.
const UNRECORDED: SignedDuration = SignedDuration::from_hours(1);

/// Looks after the certificate until told to stop. `data` is the data folder.
pub(super) async fn run(
    system: System,
    certificates: Arc<Certificates>,
    data: PathBuf,
    mut stop: Stop,
) {
    let mut changes = system.tls_changes();
    let mut hangup = hangups();
    let shelf = Shelf::in_folder(&data);
    let mut keeper = Keeper {
        system,
        certificates,
        shelf,
        files: Files::default(),
        shown: None,
        beside: None,
        hold: Timestamp::MIN,
    };
    loop {
        let nap = tokio::select! {
            () = stop.wait() => return,
            nap = keeper.turn() => nap,
        };
        tokio::select! {
            () = stop.wait() => return,
            _ = changes.changed() => {}
            () = heard(hangup.as_mut()) => {
                tracing::info!("reading the certificate again");
                keeper.read_again();
            }
            () = sleep(nap) => {}
        }
    }
}

/// SIGHUP, which asks a service to read its files again. In a terminal it says that the window was closed, which ends the
/// server as it ends any program.
fn hangups() -> Option<Signal> {
    if io::stdin().is_terminal() {
        return None;
    }
    signal(SignalKind::hangup()).map_err(|why| tracing::warn!(%why, "SIGHUP is not heard")).ok()
}

async fn heard(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

struct Keeper {
    system: System,
    certificates: Arc<Certificates>,
    shelf: Shelf,
    files: Files,
    /// The certificate that is shown, and what it was got for.
    shown: Option<(Source, Served)>,
    /// One for other names that is shown to whoever asks for those: a former address may still be used.
    beside: Option<Served>,
    /// No authority is asked before.
    hold: Timestamp,
}

/// What a certificate was got for: another one means to look for another certificate.
#[derive(Clone, PartialEq, Eq)]
enum Source {
    Authority { directory: String, names: Vec<String> },
    Files,
    Made { names: Vec<String> },
}

impl Keeper {
    /// Does what is due, tells how things are, and says how long to sleep then.
    async fn turn(&mut self) -> Duration {
        let longest = self.system.longest_sleep();
        let done = match self.system.tls_settings() {
            Ok(settings) => self.look_after(&settings).await,
            Err(why) => Err(why),
        };
        let trouble = match done {
            Ok(()) => None,
            Err(Error::Refused(why)) => Some(why.into_owned()),
            Err(why) => {
                tracing::error!(job = "certificates", %why, "a job failed");
                Some("The certificate cannot be looked after. The log says more.".to_owned())
            }
        };
        self.tell(trouble).await;
        longest
    }

    async fn look_after(&mut self, settings: &TlsSettings) -> Result<()> {
        let names = self.system.tls_names()?;
        if settings.way != TlsWay::Files {
            // Once they are chosen again they are to be shown again, changed or not.
            self.read_again();
        }
        let done = match settings.way {
            TlsWay::Off => {
                (self.shown, self.beside) = (None, None);
                self.show_all();
                return Ok(());
            }
            TlsWay::Files => self.read_files(settings).await,
            TlsWay::SelfSigned => self.make(names).await,
            TlsWay::Automatic => self.automatic(settings, names).await,
        };
        done.and(self.show_former(settings).await)
    }

    /// Has files read again, even if they look as they did.
    fn read_again(&mut self) {
        self.files = Files::default();
    }

    fn facts(&self) -> Option<&CertificateFacts> {
        self.shown.as_ref().map(|(_, served)| &served.facts)
    }

    /// Shows this one, and beside it the one before if that was got for other names.
    fn show(&mut self, source: Source, served: Served) {
        let before = self.shown.take().map(|(_, before)| before);
        let is_other = |one: &Served| one.facts.names != served.facts.names;
        self.beside = before.filter(is_other).or_else(|| self.beside.take().filter(is_other));
        let facts = &served.facts;
        tracing::info!(
            names = facts.names.join(", "),
            issuer = facts.issuer,
            until = %facts.not_after,
            "showing this certificate"
        );
        self.shown = Some((source, served));
        self.show_all();
    }

    fn show_all(&self) {
        let shown = self.shown.iter().map(|(_, served)| served);
        self.certificates.show(shown.chain(&self.beside).cloned().collect());
    }

    /// While a former address still answers, its certificate is shown beside the other, also after a new start.
    async fn show_former(&mut self, settings: &TlsSettings) -> Result<()> {
        let Some(former) = self.system.former_address()?.filter(PublicUrl::is_https) else {
            return Ok(());
        };
        let (host, now) = (former.host(), self.system.now());
        let fits = |facts: &CertificateFacts| facts.covers(host) && facts.holds(now);
        let shown = self.shown.iter().map(|(_, served)| served).chain(&self.beside);
        if shown.into_iter().any(|served| fits(&served.facts)) {
            return Ok(());
        }
        // What was got for it, and what would be got for it today.
        let attempts = self.system.certificate_attempts()?.into_iter();
        let got = attempts.filter(|one| one.failure.is_none() && !one.is_rehearsal());
        let mut places: Vec<_> = got.map(|one| (one.directory, one.names)).collect();
        let names = self.system.names_for(settings, Some(&former));
        places.push((settings.directory().to_owned(), names));
        let mut found = made::find_former(&self.shelf).await?.filter(|kept| fits(&kept.facts));
        for (directory, names) in places {
            if found.is_none() {
                let kept = acme::find(&self.shelf, &directory, &names).await?;
                found = kept.filter(|kept| fits(&kept.facts));
            }
        }
        if found.is_some() {
            tracing::info!(host, "showing the former address its certificate");
            self.beside = found;
            self.show_all();
        }
        Ok(())
    }

    async fn read_files(&mut self, settings: &TlsSettings) -> Result<()> {
        if let Some(served) = self.files.look(settings).await? {
            self.show(Source::Files, served);
        }
        Ok(())
    }

    /// A certificate that only this server vouches for: kept, and made anew for other names and before it ends.
    async fn make(&mut self, names: Vec<String>) -> Result<()> {
        let names = if names.is_empty() { vec!["localhost".to_owned()] } else { names };
        let now = self.system.now();
        let source = Source::Made { names };
        let Source::Made { names } = &source else { return Ok(()) };
        let fits = |facts: &CertificateFacts| {
            names.iter().all(|name| facts.covers(name)) && facts.holds(now) && now < facts.renewal()
        };
        if let Some((shown, served)) = &self.shown
            && *shown == source
            && fits(&served.facts)
        {
            return Ok(());
        }
        let kept = made::find(&self.shelf).await?;
        let served = match kept.filter(|kept| fits(&kept.facts)) {
            Some(kept) => kept,
            None => {
                let former = self.system.former_address()?;
                made::make(&self.shelf, names, now, former.as_ref().map(PublicUrl::host)).await?
            }
        };
        self.show(source, served);
        Ok(())
    }

    async fn automatic(&mut self, settings: &TlsSettings, names: Vec<String>) -> Result<()> {
        if names.is_empty() {
            return Err(Error::refused(
                "Set the public address, or the names, to get a certificate.",
            ));
        }
        if let Some(name) = names.iter().find(|name| !is_public(name)) {
            return Err(Error::refused(format!(
                "An authority gives no certificate for {name}. Set a public address, or the names."
            )));
        }
        let directory = settings.directory().to_owned();
        let source = Source::Authority { directory: directory.clone(), names: names.clone() };
        if self.shown.as_ref().is_none_or(|(shown, _)| *shown != source)
            && let Some(kept) = acme::find(&self.shelf, &directory, &names).await?
        {
            self.show(source.clone(), kept);
        }
        // A rehearsal that went well is followed by the order itself.
        while self.order_if_due(settings, &names, &source).await? {}
        Ok(())
    }

    /// Orders if it is time. Says whether that was a rehearsal that went well.
    async fn order_if_due(
        &mut self,
        settings: &TlsSettings,
        names: &[String],
        source: &Source,
    ) -> Result<bool> {
        let latest = self.system.certificate_attempts()?;
        let current = self.shown.as_ref().filter(|(shown, _)| shown == source);
        let current = current.map(|(_, served)| &served.facts);
        let directory = next_directory(settings, current, &latest, names);
        let due = next_try(current, &latest, directory, names).max(self.hold);
        let here = self.system.certificate_now();
        // Nobody could look at us; the next turn comes when somebody can.
        if due > self.system.now() || !here.listening {
            return Ok(false);
        }
        let challenge = next_challenge(settings, &latest, directory, names, here.redirecting);
        let rehearses = directory != settings.directory();
        let order = Order {
            tls: client_config(settings.ca.as_deref()).map_err(Error::refused)?,
            directory: directory.to_owned(),
            names: names.to_vec(),
            contact: settings.contact.as_ref().map(|email| format!("mailto:{email}")),
            challenge,
        };
        match self.attempt(order).await? {
            Some(_) if rehearses => {
                tracing::info!("the rehearsal went well: the certificate is ordered now");
                Ok(self.hold <= self.system.now())
            }
            Some(served) => {
                self.show(source.clone(), served);
                Ok(false)
            }
            None => Ok(false),
        }
    }

    /// One try, written down.
    async fn attempt(&mut self, order: Order) -> Result<Option<Served>> {
        tracing::info!(
            directory = order.directory,
            names = order.names.join(", "),
            challenge = order.challenge.name(),
            "ordering a certificate"
        );
        let (directory, names) = (order.directory.clone(), order.names.clone());
        let begun = CertificateAttempt::begun(self.system.now(), directory, names, order.challenge);
        let begun = match self.system.begin_attempt(begun).await {
            Ok(begun) => begun,
            Err(why) => {
                let again = self.system.now().saturating_add(UNRECORDED);
                self.hold = again.unwrap_or(Timestamp::MAX);
                return Err(why);
            }
        };
        let looked = AtomicBool::new(false);
        let trying = acme::get(&order, &self.shelf, &self.certificates, &looked);
        let limit = order.time();
        let outcome = timeout(limit, trying).await.unwrap_or_else(|_| {
            let limit = limit.as_secs();
            Err(format!("The authority was not done after {limit} seconds."))
        });
        self.certificates.prove(Vec::new());
        let failure = outcome.as_ref().err().cloned();
        if let Some(why) = &failure {
            tracing::warn!(why, "no certificate could be got");
        }
        let looked = looked.load(Ordering::Relaxed);
        let attempt = CertificateAttempt { at: self.system.now(), looked, failure, ..begun };
        if let Err(why) = self.system.note_attempt(attempt).await {
            tracing::error!(%why, "what became of a try to get a certificate could not be written down");
        }
        Ok(outcome.ok())
    }

    /// Tells others what is shown, and whether browsers accept it.
    async fn tell(&self, trouble: Option<String>) {
        let facts = self.facts().cloned();
        let trusted = self.is_trusted();
        self.system.note_certificate(|now| {
            if let Some(why) = trouble.as_ref().filter(|why| now.trouble.as_ref() != Some(why)) {
                tracing::warn!(why, "the certificate");
            }
            now.facts = facts;
            now.trouble = trouble;
        });
        if let Err(why) = self.system.warn_of_certificate().await {
            tracing::error!(%why, "Owners could not be told of the certificate");
        }
        let Some(trusted) = trusted else { return };
        if let Err(why) = self.system.note_trusted(trusted).await {
            tracing::error!(%why, "the state of the certificate could not be written down");
        }
    }

    /// Whether browsers accept what is shown at the public address, as far as the server itself can tell. None while
    /// that is not known: shortly after the start, it is as it was before.
    fn is_trusted(&self) -> Option<bool> {
        let (way, firm) = (self.system.tls_settings().ok()?.way, self.system.firm().ok()?);
        if matches!(way, TlsWay::Off | TlsWay::SelfSigned) || !firm.public_url.is_https() {
            return Some(false);
        }
        let facts = self.facts()?;
        let covers = facts.covers(firm.public_url.host());
        let good = covers && !facts.self_signed && facts.holds(self.system.now());
        self.system.certificate_now().listening.then_some(good)
    }
}

/// A name that people all over the world can use, and no address.
fn is_public(name: &str) -> bool {
    name.contains('.') && name.parse::<std::net::IpAddr>().is_err()
}
