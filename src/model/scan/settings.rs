//! Whether the firm scans what comes in, and where its scanner is.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ScanState, let_through, wait_again};
use crate::error::{Check, Error, Result};
use crate::model::admin::Admin;
use crate::model::db::{Records, Write, record};
use crate::model::edition::{check_edition, edition};
use crate::model::id::Id;

/// A path of a socket has no more bytes on Linux (unix(7)).
const LONGEST_PATH: usize = 107;
const SHAPE: &str = "Type the socket of clamd, like /run/clamav/clamd.ctl, or its address in your own network, like 127.0.0.1:3310";
const FAR: &str = "Files travel to clamd in the clear, so it must be on this machine or in your own network: an address like 127.0.0.1:3310 or 192.168.1.20:3310";

/// Where clamd listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scanner {
    /// At a socket of this machine.
    Socket(PathBuf),
    /// At an address of this machine or of the firm's own network.
    Network(SocketAddr),
}

impl Scanner {
    /// As somebody types it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let typed = typed.trim();
        if typed.starts_with('/') {
            let fits = typed.len() <= LONGEST_PATH && !typed.contains(char::is_control);
            return if fits { Ok(Self::Socket(typed.into())) } else { Err(SHAPE) };
        }
        let numbers = match typed.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => typed.to_owned(),
        };
        let address: SocketAddr = numbers.parse().map_err(|_| SHAPE)?;
        match (is_near(address.ip()), address.port()) {
            (_, 0) => Err(SHAPE),
            (false, _) => Err(FAR),
            (true, _) => Ok(Self::Network(address)),
        }
    }
}

/// Whether an address is of this machine, or of a network that is nobody else's.
fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => path.display().fmt(f),
            Self::Network(address) => address.fmt(f),
        }
    }
}

/// Whether the firm scans. One row, under [`Id::MIN`]; without it nothing is scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanSettings {
    /// Always [`Id::MIN`].
    pub(in crate::model) id: Id<ScanSettings>,
    /// Whether what comes in is scanned.
    pub on: bool,
    /// Where, also while it is off.
    pub scanner: Option<Scanner>,
}

record!(ScanSettings, "sc", "scan-settings");

impl ScanSettings {
    /// As they are stored.
    pub(in crate::model) fn of(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or(Self { id: Id::MIN, on: false, scanner: None }))
    }

    /// Where the scanner is, if what comes in is scanned.
    #[must_use]
    pub const fn active(&self) -> Option<&Scanner> {
        if self.on { self.scanner.as_ref() } else { None }
    }

    /// See [`crate::model::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

/// The form as typed; an empty box is no tick.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct ScanForm {
    /// Whether what comes in is scanned.
    pub on: String,
    /// Where clamd listens.
    pub scanner: String,
    /// The [`ScanSettings::edition`] that was shown.
    pub seen: String,
}

impl ScanForm {
    /// The form as the stored settings fill it in.
    #[must_use]
    pub fn of(settings: &ScanSettings) -> Self {
        Self {
            on: if settings.on { "on".into() } else { String::new() },
            scanner: settings.scanner.as_ref().map(ToString::to_string).unwrap_or_default(),
            seen: settings.edition(),
        }
    }

    /// Where clamd listens, for a test.
    pub fn scanner(&self) -> Result<Scanner> {
        Scanner::parse(&self.scanner).map_err(|why| Error::field("scanner", why))
    }

    fn read(&self) -> Result<ScanSettings> {
        let (mut check, on) = (Check::default(), !self.on.is_empty());
        let scanner = match self.scanner.trim() {
            "" if !on => Some(None),
            _ => check.take("scanner", Scanner::parse(&self.scanner)).map(Some),
        };
        check.finish(|| Some(ScanSettings { id: Id::MIN, on, scanner: scanner? }))
    }
}

impl Admin {
    /// Whether the firm scans, and where.
    pub fn scan_settings(&self) -> Result<ScanSettings> {
        self.console().read(ScanSettings::of)
    }

    /// How the virus scan stands.
    pub fn scan_state(&self) -> Result<ScanState> {
        self.console().scan_state()
    }

    /// Changes that. Whoever switches the scan off lets through what waits for it, and says of how many files; what was
    /// not scanned at another scanner is scanned again.
    pub async fn save_scan_settings(&self, form: ScanForm) -> Result<usize> {
        let new = form.read()?;
        let saved = self.console().write(move |tx| {
            let old = ScanSettings::of(tx)?;
            if old == new {
                tx.unsaid("it was so before");
                return Ok(0);
            }
            check_edition(&form.seen, &old.edition())?;
            tx.put(&new)?;
            save(tx, &old, &new)
        });
        let files = saved.await?;
        self.console().core().scan.set(None);
        self.console().core().scan.ring();
        Ok(files)
    }

    /// Has everything scanned again that could not be, and tries at once. Says of how many files.
    pub async fn scan_again(&self) -> Result<usize> {
        let again = self.console().write(|tx| {
            let files = wait_again(tx)?;
            match files {
                0 => tx.unsaid("nothing has changed"),
                files => {
                    let what = format!("had {} scanned for viruses again", counted(files));
                    tx.say("virus-scan-again", None, what)?;
                }
            }
            Ok(files)
        });
        let files = again.await?;
        self.console().core().scan.set(None);
        self.console().core().scan.ring();
        Ok(files)
    }
}

fn save(tx: &mut Write<'_, '_>, old: &ScanSettings, new: &ScanSettings) -> Result<usize> {
    match (old.active(), new.active()) {
        (_, Some(scanner)) => {
            let what = format!("has what comes in scanned for viruses by clamd at {scanner}");
            tx.say("virus-scan-on", None, what)?;
            wait_again(tx)?;
            Ok(0)
        }
        (Some(_), None) => {
            let files = let_through(tx)?;
            let what = match files {
                0 => "switched the virus scan off".to_owned(),
                files => format!(
                    "switched the virus scan off, which let through {} that had not been scanned",
                    counted(files)
                ),
            };
            tx.say("virus-scan-off", None, what)?;
            Ok(files)
        }
        (None, None) => {
            tx.unsaid("nothing is scanned, as before");
            Ok(0)
        }
    }
}

fn counted(files: usize) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}
