//! What the doctor asks the model about, and what it found. The doctor itself is in `doctor/`: it also looks at the disk
//! and asks the DNS, which the model does not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::Report;
use super::admin::Admin;
use super::backups::runs::BackupState;
use super::check::Depth;
use super::clock::ClockTrouble;
use super::core::Core;
use super::db;
use super::dkim::DkimView;
use super::facts::Facts;
use super::firm::Firm;
use super::scan::ScanState;
use super::system::{MailFlow, System};
use super::tls::CertificateStatus;
use crate::error::{Error, Result};

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// Somebody should look at it.
    Warn,
    /// Something does not work, or data is in danger.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about, for programs.
    pub id: &'static str,
    /// What it is about, for people.
    pub title: &'static str,
    /// How it is.
    pub state: CheckState,
    /// What was found, in a sentence or two.
    pub found: String,
    /// What to do, if anything.
    pub todo: Option<String>,
    /// The records to set, if that is what to do.
    pub records: Vec<DnsRecord>,
}

/// A record for the DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DnsRecord {
    /// Its kind, such as TXT.
    pub kind: &'static str,
    /// Its whole name.
    pub name: String,
    /// What it says.
    pub value: String,
}

impl Check {
    /// All is well.
    pub fn ok(id: &'static str, title: &'static str, found: impl Into<String>) -> Self {
        let (state, found) = (CheckState::Ok, found.into());
        Self { id, title, state, found, todo: None, records: Vec::new() }
    }

    /// Somebody should look at it.
    pub fn warn(
        id: &'static str,
        title: &'static str,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        Self { state: CheckState::Warn, todo: Some(todo.into()), ..Self::ok(id, title, found) }
    }

    /// Something does not work.
    pub fn fail(
        id: &'static str,
        title: &'static str,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        Self { state: CheckState::Fail, ..Self::warn(id, title, found, todo) }
    }

    /// With a record to set.
    #[must_use]
    pub fn with(
        mut self,
        kind: &'static str,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.records.push(DnsRecord { kind, name: name.into(), value: value.into() });
        self
    }
}

/// All that was looked at, at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// When.
    pub at: Timestamp,
    /// In the order in which they are shown.
    pub checks: Vec<Check>,
}

impl Checkup {
    /// The worst of all.
    #[must_use]
    pub fn worst(&self) -> CheckState {
        self.checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Ok)
    }
}

/// What the model knows of its own health, without looking for long.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// The time.
    pub now: Timestamp,
    /// The data folder.
    pub data: PathBuf,
    /// Of the store.
    pub schema: u64,
    /// The firm; none before set-up.
    pub firm: Option<Arc<Firm>>,
    /// Where the public address was given for this run, if it was.
    pub public_url_given: Option<String>,
    /// Why the host's clock is not believed.
    pub clock: Option<ClockTrouble>,
    /// How the certificate is doing.
    pub certificate: CertificateStatus,
    /// Mails, backups and more in numbers.
    pub facts: Facts,
    /// Whether mails leave; none before set-up.
    pub mail: Option<MailFlow>,
    /// How backups stand.
    pub backups: BackupState,
    /// Whether mails are signed; none before set-up.
    pub dkim: Option<DkimView>,
    /// How the virus scan stands.
    pub scan: ScanState,
    /// Which name server is asked; none for that of the host.
    pub dns_server: Option<SocketAddr>,
    /// Clients whose files cannot be opened, for the key that theirs is wrapped by is not there.
    pub unreadable_clients: usize,
    /// Blobs that were found to be damaged or missing since the start.
    pub damaged_files: usize,
}

fn in_a_firm<T>(asked: Result<T>) -> Result<Option<T>> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::NotFound) => Ok(None),
        Err(why) => Err(why),
    }
}

impl Core {
    fn vitals(&self) -> Result<Vitals> {
        Ok(Vitals {
            now: self.clock.now(),
            data: self.data.clone(),
            schema: db::schema(),
            firm: in_a_firm(self.firm())?,
            public_url_given: self.overrides.public_url.as_ref().map(|url| url.source.clone()),
            clock: self.clock.trouble(),
            certificate: self.certificate_status()?,
            facts: self.facts()?,
            mail: in_a_firm(MailFlow::of(self))?,
            backups: self.backup_state()?,
            dkim: in_a_firm(self.dkim())?,
            scan: self.scan_state()?,
            dns_server: self.overrides.dns_server,
            unreadable_clients: self.unreadable_clients()?,
            damaged_files: self.blobs.damaged().len(),
        })
    }

    fn note_checkup(&self, checkup: Checkup) {
        let mut last = self.checkup.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Arc::new(checkup));
    }
}

impl System {
    /// Which name server is asked; none for that of the host.
    #[must_use]
    pub fn dns_server(&self) -> Option<SocketAddr> {
        self.core().overrides.dns_server
    }

    /// What the model knows of its own health.
    pub fn vitals(&self) -> Result<Vitals> {
        self.core().vitals()
    }

    /// Keeps what the doctor found, until the server stops.
    pub fn note_checkup(&self, checkup: Checkup) {
        self.core().note_checkup(checkup);
    }
}

impl Admin {
    /// What the model knows of its own health.
    pub fn vitals(&self) -> Result<Vitals> {
        self.console().core().vitals()
    }

    /// What the doctor found last, since the server started.
    #[must_use]
    pub fn last_checkup(&self) -> Option<Arc<Checkup>> {
        let core = self.console().core();
        core.checkup.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks through the data as it is now. May take a while: call it on a thread that may wait.
    pub fn data_check(&self) -> impl FnOnce() -> Result<Report> + Send + 'static {
        let core = self.console().core().clone();
        move || core.check(Depth::Sizes)
    }

    /// Keeps what the doctor found, until the server stops.
    pub fn note_checkup(&self, checkup: Checkup) {
        self.console().core().note_checkup(checkup);
    }

    /// Which name server is asked; none for that of the host.
    #[must_use]
    pub fn dns_server(&self) -> Option<SocketAddr> {
        self.console().core().overrides.dns_server
    }
}
