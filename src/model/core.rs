//! What all doors share, and how the box is opened.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use super::backups::desk::BackupDesk;
use super::checkup::Checkup;
use super::clock::Clock;
use super::db::{Change, Db, OpenError, Record, Records};
use super::directory::Directory;
use super::dkim::GivenKey;
use super::file;
use super::firm::{Firm, NewSmtp, Smtp};
use super::guest::Guest;
use super::hashes::HashPool;
use super::id::Id;
use super::in_hand::InHand;
use super::kept::Kept;
use super::keys::Keys;
use super::limits::Limits;
use super::live::Live;
use super::preview::Previews;
use super::request;
use super::scan::ScanDesk;
use super::session::Session;
use super::sign_ins::SignIns;
use super::standing::{Standing, StandingCache};
use super::system::System;
use super::tls::{CertificateNow, TlsSettings};
use super::turns::Turns;
use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::values::PublicUrl;
use crate::worker::Pool;

/// What all doors share. No door gives it away.
pub(super) struct Core {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) keys: Arc<Keys>,
    pub(super) hashes: HashPool,
    pub(super) limits: Limits,
    pub(super) sign_ins: SignIns,
    pub(super) directory: Arc<Directory>,
    pub(super) requests: Arc<Kept<request::Book>>,
    pub(super) files: Arc<Kept<file::Book>>,
    pub(super) live: Arc<Live>,
    pub(super) overrides: Overrides,
    /// The mail server among them, its password sealed like a stored one.
    smtp: Option<Smtp>,
    /// Sessions that were used since the last flush, and when.
    pub(super) seen: Mutex<HashMap<Id<Session>, Timestamp>>,
    /// Rung after each commit that queued a mail, or changed how mails leave.
    pub(super) outbox: Arc<Notify>,
    /// Mails that are being handed over or taken back.
    pub(super) in_hand: InHand,
    /// Invites that are being accepted.
    pub(super) accepting: Turns,
    /// Mails are held since a restore.
    pub(super) held: RwLock<Option<super::restoring::Hold>>,
    /// What is asked of the backup job.
    pub(super) backups: Arc<BackupDesk>,
    /// The data folder.
    pub(super) data: PathBuf,
    /// The key file, where it does not lie in the data folder.
    pub(super) link_key: Option<PathBuf>,
    /// The bytes of files.
    pub(super) blobs: Blobs,
    /// Shows what is in them.
    pub(super) previews: Previews,
    /// Files that arrive in pieces.
    pub(super) uploads: super::upload::Desk,
    /// When the store was opened.
    pub(super) started: Timestamp,
    /// Why no mail leaves at present.
    pub(super) paused: RwLock<Option<super::system::Paused>>,
    firm: Arc<FirmCache>,
    pub(super) standing: Arc<StandingCache>,
    /// Rung when somebody has come by a new public address.
    pub(super) answered: Notify,
    /// What the server serves with right now.
    pub(super) certificate: watch::Sender<CertificateNow>,
    /// Changes with each commit that concerns how browsers reach the server.
    pub(super) reached: Arc<watch::Sender<()>>,
    /// The key that mails are signed with, as its file was read last.
    pub(super) mail_key: Mutex<Option<super::dkim::LastRead>>,
    /// How the virus scan is doing.
    pub(super) scan: Arc<ScanDesk>,
    /// Rung when the key of a client was destroyed, and the master key is to be changed.
    pub(super) erased: Arc<Notify>,
    /// What the doctor found last.
    pub(super) checkup: RwLock<Option<Arc<Checkup>>>,
}

/// The firm's record is needed by every page and changes a few times a year.
#[derive(Default)]
struct FirmCache(RwLock<Option<Arc<Firm>>>);

impl FirmCache {
    fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Core {
    /// The firm with what the command line overrides; [`Error::NotFound`] before set-up.
    pub(super) fn firm(&self) -> Result<Arc<Firm>> {
        if let Some(firm) = &*self.firm.0.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(firm.clone());
        }
        let mut cached = self.firm.0.write().unwrap_or_else(PoisonError::into_inner);
        let firm: Firm = self.db.read(|r| r.need(Id::MIN))?;
        let firm = Arc::new(self.overrides.over(firm, self.smtp.as_ref()));
        *cached = Some(firm.clone());
        Ok(firm)
    }

    /// Whether set-up is done.
    pub(super) fn has_firm(&self) -> Result<bool> {
        match self.firm() {
            Ok(_) => Ok(true),
            Err(Error::NotFound) => Ok(false),
            Err(e) => Err(e),
        }
    }
}

/// What the command line sets for this run, over what is stored. Shown locked in the settings, with its source.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The portal's public address.
    pub public_url: Option<Locked<PublicUrl>>,
    /// How mails leave.
    pub smtp: Option<Locked<NewSmtp>>,
    /// How browsers reach the server encrypted.
    pub tls: Option<Locked<TlsSettings>>,
    /// The key with which mails are signed.
    pub dkim: Option<Locked<GivenKey>>,
    /// Which name server is asked; none for that of the host.
    pub dns_server: Option<SocketAddr>,
    /// Only this machine can reach the server, so links may lead to a loopback address.
    pub loopback_only: bool,
    /// The program whose processes look into files; none for this one.
    pub worker: Option<PathBuf>,
}

/// A value that cannot be changed in the browser.
#[derive(Clone, Debug)]
pub struct Locked<T> {
    /// The value.
    pub value: T,
    /// Where it was set: "--smtp-host", "`ANTEROOM_SMTP_HOST`".
    pub source: String,
}

impl Overrides {
    /// The firm as this run sees it. A demo never gets a mail server.
    fn over(&self, mut firm: Firm, smtp: Option<&Smtp>) -> Firm {
        if let Some(url) = &self.public_url {
            firm.public_url = url.value.clone();
        }
        if let Some(smtp) = smtp {
            firm.smtp = Some(smtp.clone());
        }
        if firm.demo {
            firm.smtp = None;
        }
        firm
    }
}

/// What hears of each commit.
#[derive(Clone, Default)]
struct Told {
    directory: Arc<Directory>,
    requests: Arc<Kept<request::Book>>,
    files: Arc<Kept<file::Book>>,
    live: Arc<Live>,
    firm: Arc<FirmCache>,
    outbox: Arc<Notify>,
    standing: Arc<StandingCache>,
    reached: Arc<watch::Sender<()>>,
    scan: Arc<ScanDesk>,
    erased: Arc<Notify>,
}

impl Told {
    fn observer(self) -> impl Fn(&[Change]) + Send + Sync {
        move |changes| {
            let changed = |table| changes.iter().any(|change| change.table == table);
            if changed(Firm::TABLE) {
                self.firm.forget();
            }
            if changed(Firm::TABLE) || changed(super::outbox::Mail::TABLE) {
                self.outbox.notify_one();
            }
            if changed(super::file::File::TABLE) {
                self.scan.ring();
            }
            if changed(super::client_key::ChangeDue::TABLE) {
                self.erased.notify_one();
            }
            if changed(Standing::TABLE) {
                self.standing.forget();
            }
            if changed(Firm::TABLE) || changed(TlsSettings::TABLE) {
                self.reached.send_replace(());
            }
            self.directory.note(changes);
            self.requests.note(changes);
            self.files.note(changes);
            self.live.publish(changes);
        }
    }
}

/// How to open the box.
pub struct Open<'a> {
    /// The data folder; made if absent.
    pub data: &'a Path,
    /// The key file, where it does not lie in the data folder.
    pub link_key: Option<PathBuf>,
    /// The file of the master key, where it does not lie in the data folder.
    pub master_key: Option<PathBuf>,
    /// The time: the system's, or a test's.
    pub clock: Clock,
    /// What this run overrides.
    pub overrides: Overrides,
}

/// Opens the store and hands out the two doors that need no credential.
pub fn open(how: Open<'_>) -> Result<(Guest, System), OpenError> {
    let keys = Arc::new(Keys::load(how.data, how.link_key.as_deref(), how.master_key.as_deref())?);
    let told = Told::default();
    let observe = told.clone().observer();
    let Told { directory, requests, files, live, firm, outbox, standing, reached, scan, erased } =
        told;
    let db = Db::open(&how.data.join("anteroom.redb"), how.clock.clone(), keys.clone(), observe)?;
    super::client_key::make_first_master(&db, &keys)?;
    let smtp = how.overrides.smtp.clone().map(|smtp| smtp.value.sealed(&keys));
    // The file that this process was started from, also when a newer one has taken its place.
    let worker = how.overrides.worker.clone().unwrap_or_else(|| "/proc/self/exe".into());
    let core = Arc::new(Core {
        smtp,
        db,
        started: how.clock.now(),
        clock: how.clock,
        keys,
        hashes: HashPool::start()?,
        limits: Limits::default(),
        sign_ins: SignIns::default(),
        directory,
        requests,
        files,
        live,
        overrides: how.overrides,
        seen: Mutex::default(),
        in_hand: InHand::new(outbox.clone()),
        accepting: Turns::default(),
        outbox,
        paused: RwLock::default(),
        held: RwLock::default(),
        backups: Arc::default(),
        // Another process that reads what we say of it may stand in another folder.
        data: std::path::absolute(how.data)?,
        link_key: how.link_key,
        blobs: Blobs::open(how.data)?,
        previews: Previews::new(Pool::new(worker)),
        uploads: super::upload::Desk::default(),
        firm,
        standing,
        answered: Notify::new(),
        certificate: watch::Sender::default(),
        reached,
        mail_key: Mutex::default(),
        scan,
        erased,
        checkup: RwLock::default(),
    });
    core.look_for_hold()?;
    Ok((Guest::new(core.clone()), System::new(core)))
}
