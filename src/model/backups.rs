//! Backups as the firm plans them: when, where to, for whom, and how many are kept. What became of each is in `runs.rs`,
//! when one is due in `due.rs`, and what is being done at this moment in `desk.rs`.

pub mod desk;
pub mod due;
pub mod form;
pub mod runs;
pub mod target;

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::core::Core;
use super::db::{Records, record};
use super::edition::{check_edition, edition};
use super::id::Id;
use super::keys::Keys;
use super::owner::Owner;
use super::system::System;
use crate::error::{Error, Result};
use crate::values::{PublicUrl, Recipient, Secret, TimeOfDay};
use form::BackupForm;
use target::TargetForm;

/// How backups are made. There is one record of it, under [`Id::MIN`]; none means that nobody has planned any.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupPlan {
    /// Always [`Id::MIN`].
    pub id: Id<BackupPlan>,
    /// Whether they are made by themselves.
    pub on: bool,
    /// Since when they are; none that was due before is missed.
    pub since: Option<Timestamp>,
    /// At what time of the firm's day.
    pub at: TimeOfDay,
    /// Where they go.
    pub target: Target,
    /// Who alone can read them. Empty: whoever has the file.
    pub recipients: Vec<Recipient>,
    /// How many are kept.
    pub keep: Keep,
    /// Whether the newest is restored once a month to see that it can be.
    pub verify: bool,
    /// When an Owner last took the recovery keys along.
    pub keys_taken: Option<Timestamp>,
}

/// Where backups go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A folder of this machine, or one mounted into it. None: `backups` in the data folder.
    Folder(Option<PathBuf>),
    /// A bucket of a storage service that speaks S3.
    Bucket(Bucket),
}

/// A bucket.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Where the service answers.
    pub endpoint: PublicUrl,
    /// Its region; services that have none take any.
    pub region: String,
    /// Name of the bucket.
    pub name: String,
    /// What stands before the names of our files: empty, or ending with a slash.
    pub prefix: String,
    /// Whether the bucket's name is part of the path instead of the host name.
    pub path_style: bool,
    /// Which key we come with.
    pub key_id: String,
    /// Its secret, sealed with the key outside the store.
    pub secret: Vec<u8>,
    /// The service's own certificate authority in PEM.
    pub ca: Option<String>,
}

/// A bucket with its secret in the clear, for the connection.
#[derive(Clone, Debug)]
pub struct OpenBucket {
    /// All but the secret.
    pub bucket: Bucket,
    /// The secret of the key.
    pub secret: Secret<String>,
}

/// Where backups go, ready to be used.
#[derive(Clone, Debug)]
pub enum OpenTarget {
    /// A folder.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Box<OpenBucket>),
}

/// How many backups are kept: the newest of each of so many days, weeks and months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// Days.
    pub daily: u16,
    /// Weeks, from Monday on.
    pub weekly: u16,
    /// Months.
    pub monthly: u16,
}

impl Default for Keep {
    fn default() -> Self {
        Self { daily: 7, weekly: 4, monthly: 12 }
    }
}

impl Default for BackupPlan {
    fn default() -> Self {
        Self {
            id: Id::MIN,
            on: false,
            since: None,
            at: TimeOfDay::parse("02:30").expect("it is a time of day"),
            target: Target::Folder(None),
            recipients: Vec::new(),
            keep: Keep::default(),
            verify: true,
            keys_taken: None,
        }
    }
}

impl BackupPlan {
    /// See [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(&Self { since: None, keys_taken: None, ..self.clone() })
    }

    /// Whether whoever has a file of it can read it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.recipients.is_empty()
    }

    /// The plan as it is stored.
    pub(super) fn stored(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or_default())
    }
}

impl Bucket {
    /// With its secret in the clear. One that was sealed with another key is asked for again.
    pub(super) fn open(&self, keys: &Keys) -> Result<OpenBucket> {
        const LOST: &str = "The secret of the bucket's key cannot be read any more: type it again in Settings › Backup.";
        let plain = keys.unseal(&self.secret).and_then(|plain| String::from_utf8(plain).ok());
        let secret = Secret::new(plain.ok_or(Error::refused(LOST))?);
        Ok(OpenBucket { bucket: self.clone(), secret })
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({} {})", self.endpoint, self.name)
    }
}

record!(BackupPlan, "bp", "backup_plan");

/// What a backup is made of, and where it goes.
#[derive(Clone, Debug)]
pub struct BackupTask {
    /// The data folder.
    pub data: PathBuf,
    /// Where it goes.
    pub target: OpenTarget,
    /// Who alone can read it.
    pub recipients: Vec<Recipient>,
    /// How many are kept.
    pub keep: Keep,
    /// Days and weeks are counted by it.
    pub zone: jiff::tz::TimeZone,
    /// The firm's name, for the name of the file; none before set-up.
    pub firm: Option<String>,
    /// The key files: what each is called in the archive, and where it lies.
    pub keys: Vec<(String, PathBuf)>,
}

impl Core {
    /// Where backups go when nobody has said.
    pub(super) fn own_folder(&self) -> PathBuf {
        self.data.join("backups")
    }
}

impl System {
    /// The data folder.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        self.core().data.clone()
    }

    /// How backups are planned.
    pub fn backup_plan(&self) -> Result<BackupPlan> {
        self.core().db.read(BackupPlan::stored)
    }

    /// What a backup takes, as planned.
    pub fn backup_task(&self) -> Result<BackupTask> {
        let task = self.backup_task_without_place()?;
        let target = match &self.backup_plan()?.target {
            Target::Folder(None) => task.target,
            Target::Folder(Some(folder)) => OpenTarget::Folder(folder.clone()),
            Target::Bucket(bucket) => OpenTarget::Bucket(Box::new(bucket.open(&self.core().keys)?)),
        };
        Ok(BackupTask { target, ..task })
    }

    /// What a backup takes, but for where it goes: that is the data folder's own place.
    pub fn backup_task_without_place(&self) -> Result<BackupTask> {
        let (core, plan) = (self.core(), self.backup_plan()?);
        let firm = match core.firm() {
            Ok(firm) => Some(firm),
            Err(Error::NotFound) => None,
            Err(why) => return Err(why),
        };
        let zone = firm.as_ref().map_or(jiff::tz::TimeZone::UTC, |firm| firm.zone.tz().clone());
        Ok(BackupTask {
            data: core.data.clone(),
            target: OpenTarget::Folder(core.own_folder()),
            recipients: plan.recipients,
            keep: plan.keep,
            zone,
            firm: firm.map(|firm| firm.name.to_string()),
            keys: core.key_files()?,
        })
    }
}

impl Core {
    /// Every key file: those in `keys/` of the data folder, and the link key and the master key where they lie elsewhere.
    fn key_files(&self) -> Result<Vec<(String, PathBuf)>> {
        let mut files = Vec::new();
        match std::fs::read_dir(self.data.join("keys")) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry?;
                    let name = entry.file_name().to_string_lossy().into_owned();
                    // What is being written at this moment has its name only when it is whole.
                    if entry.file_type()?.is_file() && !crate::files::is_unfinished(&name) {
                        files.push((name, entry.path()));
                    }
                }
            }
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(why.into()),
        }
        if let Some(elsewhere) = &self.link_key {
            files.retain(|(name, _)| name != "link.key");
            files.push(("link.key".into(), elsewhere.clone()));
        }
        if let Some(elsewhere) = self.keys.masters().given() {
            // One that lies in the folder, too, is from before, and may still unwrap something.
            let others = files.iter_mut().filter(|(name, _)| name == "master.key");
            others.for_each(|(name, _)| *name = "master.old".into());
            files.push(("master.key".into(), elsewhere.to_owned()));
        }
        files.sort();
        Ok(files)
    }
}

/// What the settings page shows.
#[derive(Clone, Debug)]
pub struct BackupSettings {
    /// As it is stored.
    pub plan: BackupPlan,
    /// Where backups go when nobody has said.
    pub own_folder: PathBuf,
}

impl Admin {
    /// What the settings page shows.
    pub fn backup_settings(&self) -> Result<BackupSettings> {
        let plan = self.console().read(BackupPlan::stored)?;
        Ok(BackupSettings { plan, own_folder: self.console().core().own_folder() })
    }

    /// Stores when backups are made and how many are kept.
    pub async fn plan_backups(&self, form: BackupForm) -> Result<()> {
        let core = self.console().core().clone();
        self.console()
            .write(move |tx| {
                let stored = BackupPlan::stored(tx)?;
                check_edition(&form.seen, &stored.edition())?;
                let mut plan = form.read(&stored)?;
                plan.since = match (stored.since, plan.on) {
                    (since, true) if stored.on => since,
                    (_, true) => Some(tx.now()),
                    (_, false) => None,
                };
                let what = match plan.on {
                    false => "switched backups off".to_owned(),
                    true => format!("set backups: daily at {}", plan.at),
                };
                tx.put(&plan)?;
                tx.say("backups-planned", None, what)
            })
            .await?;
        core.backups.ring();
        Ok(())
    }
}

/// A key file as an Owner takes it along.
#[derive(Clone, Debug)]
pub struct KeyFile {
    /// Its name in `keys/`.
    pub name: String,
    /// What it holds.
    pub bytes: Secret<Vec<u8>>,
}

impl System {
    /// Every key file with what it holds.
    pub fn read_keys(&self) -> Result<Vec<KeyFile>> {
        self.core().read_keys()
    }
}

impl Core {
    fn read_keys(&self) -> Result<Vec<KeyFile>> {
        let files = self.key_files()?.into_iter();
        let read = |(name, path)| {
            Ok(KeyFile { name, bytes: Secret::new(std::fs::read::<PathBuf>(path)?) })
        };
        files.map(read).collect()
    }
}

impl Owner {
    /// Stores where backups go and who can read them: whoever says that can have all data, so it is an Owner's to say.
    pub async fn place_backups(&self, form: TargetForm) -> Result<()> {
        let core = self.console().core().clone();
        let data = core.data.clone();
        self.console()
            .write(move |tx| {
                let stored = BackupPlan::stored(tx)?;
                check_edition(&form.seen, &stored.edition())?;
                let plan = form.read(&stored, tx.keys(), &data)?;
                let place = match &plan.target {
                    Target::Folder(None) => "beside the data".to_owned(),
                    Target::Folder(Some(folder)) => format!("to {}", folder.display()),
                    Target::Bucket(bucket) => {
                        format!("to the bucket {} at {}", bucket.name, bucket.endpoint)
                    }
                };
                let readers = match plan.recipients.len() {
                    0 => "not encrypted".to_owned(),
                    1 => "encrypted for 1 key".to_owned(),
                    keys => format!("encrypted for {keys} keys"),
                };
                tx.put(&plan)?;
                tx.say("backups-placed", None, format!("set where backups go: {place}, {readers}"))
            })
            .await?;
        core.backups.ring();
        Ok(())
    }

    /// The keys that a backup which is not encrypted does not hold, for the file that is kept apart from it. That they
    /// were taken is noted.
    pub async fn take_recovery_keys(&self) -> Result<Vec<KeyFile>> {
        let core = self.console().core().clone();
        let keys = tokio::task::spawn_blocking(move || core.read_keys()).await;
        let keys = keys.map_err(Error::bug)??;
        self.console()
            .write(|tx| {
                let plan = BackupPlan { keys_taken: Some(tx.now()), ..BackupPlan::stored(tx)? };
                tx.put(&plan)?;
                tx.say("recovery-keys-taken", None, "downloaded the recovery keys")
            })
            .await?;
        Ok(keys)
    }
}
