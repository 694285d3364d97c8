//! How large a file may be, and how much of the disk stays free: new files are refused, with a sentence, before the disk is
//! full and nothing can be saved any more.

use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::db::{Records, Write, record};
use super::edition::{check_edition, edition};
use super::id::Id;
use crate::error::{Check, Result};
use crate::values::size;

/// Bytes of a megabyte, as pages and disks count it.
const MB: u64 = 1_000_000;
/// Of a file, unless the firm says otherwise.
const LARGEST: u64 = 5_000 * MB;
/// A blob cannot be larger: it has 2³² chunks. A terabyte is far below that, and above every disk of a small firm.
const MOST_MB: u64 = 1_000_000;
/// What stays free of a large disk, unless the firm says otherwise: room for mails, records and a day's log.
const KEPT_FREE: u64 = 1_000 * MB;
/// The same of a small disk: one part of so many.
const KEPT_PART: u64 = 20;

/// One row, under [`Id::MIN`]; without it everything is as usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSettings {
    /// Always [`Id::MIN`].
    pub(super) id: Id<FileSettings>,
    /// The most bytes of one file.
    pub largest: u64,
    /// How many bytes of the disk stay free; none for 1 GB, or a twentieth of a smaller disk.
    pub keep_free: Option<u64>,
}

impl Default for FileSettings {
    fn default() -> Self {
        Self { id: Id::MIN, largest: LARGEST, keep_free: None }
    }
}

record!(FileSettings, "fs", "file-settings");

impl FileSettings {
    /// As they are stored.
    pub(super) fn of(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or_default())
    }

    /// How many bytes stay free of a disk of this size.
    #[must_use]
    pub fn kept_free(&self, disk: u64) -> u64 {
        self.keep_free.unwrap_or_else(|| KEPT_FREE.min(disk / KEPT_PART))
    }

    /// See [`super::client::Client::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct FileForm {
    /// The most megabytes of one file.
    pub largest_mb: String,
    /// How many megabytes stay free; empty for what is usual.
    pub keep_free_mb: String,
    /// The [`FileSettings::edition`] that was shown.
    pub seen: String,
}

impl FileForm {
    /// The form as the stored settings fill it in.
    #[must_use]
    pub fn of(settings: &FileSettings) -> Self {
        Self {
            largest_mb: (settings.largest / MB).to_string(),
            keep_free_mb: settings
                .keep_free
                .map(|kept| (kept / MB).to_string())
                .unwrap_or_default(),
            seen: settings.edition(),
        }
    }

    fn read(&self) -> Result<FileSettings> {
        let mut check = Check::default();
        let largest = check.take("largest_mb", megabytes(&self.largest_mb, 1));
        let keep_free = match self.keep_free_mb.trim() {
            "" => Some(None),
            typed => check.take("keep_free_mb", megabytes(typed, 0)).map(Some),
        };
        check.finish(|| {
            Some(FileSettings {
                largest: largest?,
                keep_free: keep_free?,
                ..FileSettings::default()
            })
        })
    }
}

/// A number of megabytes, as bytes.
fn megabytes(typed: &str, least: u64) -> Result<u64, String> {
    let plain: String = typed.trim().chars().filter(|sign| !matches!(sign, ',' | ' ')).collect();
    let number = plain.parse::<u64>().ok().filter(|mb| (least..=MOST_MB).contains(mb));
    let range = || format!("Type a number from {least} to 1,000,000");
    Ok(number.ok_or_else(range)? * MB)
}

impl Admin {
    /// How large a file may be, and how much of the disk stays free.
    pub fn file_settings(&self) -> Result<FileSettings> {
        self.console().read(FileSettings::of)
    }

    /// Changes that, for every upload from now on.
    pub async fn save_file_settings(&self, form: FileForm) -> Result<()> {
        let new = form.read()?;
        let write = move |tx: &mut Write<'_, '_>| {
            let old = FileSettings::of(tx)?;
            check_edition(&form.seen, &old.edition())?;
            if old == new {
                return Ok(());
            }
            tx.put(&new)?;
            let kept = match new.keep_free {
                None => "the usual room of the disk stays free".to_owned(),
                Some(kept) => format!("{} of the disk stay free", size(kept)),
            };
            let what = format!("set that a file may have {}, and that {kept}", size(new.largest));
            tx.say("file-settings-changed", None, what)
        };
        self.console().write(write).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_keeps_a_twentieth_and_a_large_one_a_gigabyte() {
        let usual = FileSettings::default();
        assert_eq!(usual.kept_free(10_000 * MB), 500 * MB);
        assert_eq!(usual.kept_free(4_000_000 * MB), 1_000 * MB);
        let chosen = FileSettings { keep_free: Some(7), ..usual };
        assert_eq!(chosen.kept_free(10), 7);
    }

    #[test]
    fn the_form_is_read_in_megabytes_and_says_what_is_wrong() {
        let form = FileForm::of(&FileSettings::default());
        assert_eq!((form.largest_mb.as_str(), form.keep_free_mb.as_str()), ("5000", ""));
        assert_eq!(form.read().unwrap(), FileSettings::default());
        let typed = FileForm { largest_mb: "2,500".into(), keep_free_mb: "0".into(), ..form };
        let read = typed.read().unwrap();
        assert_eq!((read.largest, read.keep_free), (2_500 * MB, Some(0)));
        for wrong in ["0", "", "five", "1000001", "-1"] {
            let typed = FileForm { largest_mb: wrong.into(), ..FileForm::default() };
            assert!(typed.read().is_err(), "{wrong}");
        }
    }
}
