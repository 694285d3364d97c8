//! DKIM (RFC 6376): whether mails are signed, and with which key. A new key is made and its record shown long before
//! the first mail is signed with it, so that no mail is signed with a key that nobody can look up.

mod key;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::core::Core;
use super::db::{Records, record};
use super::id::Id;
use super::keys;
use super::system::System;
use crate::error::{Error, Result};

pub use key::KeyOfMails;

/// Longer labels cannot stand in the DNS (RFC 1035 §2.3.4).
const LONGEST_LABEL: usize = 63;
/// A text of the DNS comes in parts that are no longer (RFC 1035 §3.3).
const LONGEST_PART: usize = 255;

/// Whether mails are signed. One row, under [`Id::MIN`]; without it none is, and no key was ever made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dkim {
    /// Always [`Id::MIN`].
    pub id: Id<Dkim>,
    /// Whether mails are signed, with the current key.
    pub on: bool,
    /// What mails are signed with, or were before that was switched off.
    pub current: Option<DkimKey>,
    /// What was made and is not signed with yet.
    pub next: Option<DkimKey>,
}

/// One key, but for its secret half: that lies in `keys/` of the data folder, in a file that its selector names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DkimKey {
    /// What tells it from the other keys of its domain.
    pub selector: String,
    /// Whose mails it signs.
    pub domain: String,
    /// See [`KeyOfMails::public`].
    pub public: String,
    /// When it was made.
    pub made: Timestamp,
}

impl Default for Dkim {
    fn default() -> Self {
        Self { id: Id::MIN, on: false, current: None, next: None }
    }
}

record!(Dkim, "dk", "dkim");

impl Dkim {
    fn stored(r: &impl Records) -> Result<Self> {
        Ok(r.get(Id::MIN)?.unwrap_or_default())
    }
}

/// Where the record of a key stands.
#[must_use]
pub fn record_name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

/// What the record of a key says.
#[must_use]
pub fn record_value(public: &str) -> String {
    format!("v=DKIM1; k=rsa; p={public}")
}

/// A text in the parts that some providers want it typed in.
#[must_use]
pub fn in_parts(value: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), value);
    while rest.len() > LONGEST_PART {
        // Records of ours are ASCII.
        let (part, more) = rest.split_at(LONGEST_PART);
        parts.push(part);
        rest = more;
    }
    parts.push(rest);
    parts
}

/// Whether this can be a selector: one label of letters, digits and dashes.
#[must_use]
pub fn is_selector(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let edge = text.starts_with('-') || text.ends_with('-');
    (1..=LONGEST_LABEL).contains(&text.len()) && text.chars().all(fits) && !edge
}

/// A key from outside.
#[derive(Clone, Debug)]
pub struct GivenKey {
    /// What tells it from the other keys of its domain.
    pub selector: String,
    /// The key.
    pub key: KeyOfMails,
}

/// The key file as it was read last: to understand a key takes far longer than to see that its file is the same.
pub(super) struct LastRead {
    selector: String,
    modified: SystemTime,
    key: KeyOfMails,
}

/// In whose name mails are signed at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignsAs {
    /// Of the key.
    pub selector: String,
    /// Of the sender's address.
    pub domain: String,
}

/// What the settings page shows.
#[derive(Clone, Debug)]
pub struct DkimView {
    /// As it is stored, or as this run was given.
    pub settings: Dkim,
    /// Where the key was given for this run, if it cannot be changed in the browser.
    pub locked: Option<String>,
    /// The domain of the sender's address; none while mails do not leave.
    pub domain: Option<String>,
    /// Why mails are not signed although they should be, as a sentence.
    pub trouble: Option<String>,
}

impl Core {
    fn key_file(&self, selector: &str) -> PathBuf {
        self.data.join("keys").join(file_name(selector))
    }

    /// Removes a key that no mail will be signed with again. Its record may stay for mails that are still on their way.
    fn remove_key(&self, selector: &str) {
        let file = self.key_file(selector);
        if let Err(why) = std::fs::remove_file(&file) {
            tracing::warn!(file = %file.display(), %why, "a key that is not used any more stays");
        }
    }

    pub(super) fn dkim(&self) -> Result<DkimView> {
        let view = self.dkim_settings()?;
        let trouble = if view.locked.is_some() { None } else { self.dkim_trouble(&view) };
        Ok(DkimView { trouble, ..view })
    }

    /// All but the trouble, for which the key's file is looked at.
    fn dkim_settings(&self) -> Result<DkimView> {
        let domain = self.firm()?.smtp.as_ref().map(|smtp| smtp.mail_from.domain().to_owned());
        let settings = self.db.read(Dkim::stored)?;
        let (Some(given), Some(sender)) = (&self.overrides.dkim, &domain) else {
            return Ok(DkimView { settings, locked: None, domain, trouble: None });
        };
        let key = DkimKey {
            selector: given.value.selector.clone(),
            domain: sender.clone(),
            public: given.value.key.public().to_owned(),
            made: Timestamp::UNIX_EPOCH,
        };
        let settings = Dkim { on: true, current: Some(key), ..Dkim::default() };
        Ok(DkimView { settings, locked: Some(given.source.clone()), domain, trouble: None })
    }

    fn dkim_trouble(&self, view: &DkimView) -> Option<String> {
        let key = view.settings.current.as_ref().filter(|_| view.settings.on)?;
        let domain = view.domain.as_ref()?;
        if key.domain != *domain {
            return Some(format!(
                "The key is for {}, and mails come from {domain}: they are not signed. Make a new key.",
                key.domain
            ));
        }
        self.read_key(&key.selector, Some(&key.public)).err()
    }

    /// In whose name mails are signed at present; none if they are not.
    pub(super) fn signs_as(&self) -> Result<Option<SignsAs>> {
        let view = self.dkim_settings()?;
        let current = view.settings.current.filter(|_| view.settings.on);
        let domain = view.domain.unwrap_or_default();
        Ok(current
            .filter(|key| key.domain == domain)
            .map(|key| SignsAs { selector: key.selector, domain }))
    }

    /// The key to sign with.
    pub(super) fn signing_key(&self, signs: &SignsAs) -> Result<KeyOfMails> {
        match &self.overrides.dkim {
            Some(given) => Ok(given.value.key.clone()),
            None => self.read_key(&signs.selector, None).map_err(Error::refused),
        }
    }

    /// The key in its file, or why there is none.
    fn read_key(&self, selector: &str, public: Option<&str>) -> Result<KeyOfMails, String> {
        const THEN: &str =
            "Mails are not signed: put the file back from a backup, or make a new key.";
        let path = self.key_file(selector);
        let file = path.display();
        let unreadable =
            |why: io::Error| format!("The key file {file} cannot be read ({why}). {THEN}");
        let modified =
            std::fs::metadata(&path).and_then(|about| about.modified()).map_err(unreadable)?;
        let mut last = self.mail_key.lock().unwrap_or_else(PoisonError::into_inner);
        let same = last
            .as_ref()
            .filter(|last| (last.selector.as_str(), last.modified) == (selector, modified));
        let key = match same {
            Some(last) => last.key.clone(),
            None => {
                let bytes = std::fs::read(&path).map_err(unreadable)?;
                let key = KeyOfMails::read(&bytes);
                key.map_err(|why| format!("The key file {file} {why}. {THEN}"))?
            }
        };
        *last = Some(LastRead { selector: selector.to_owned(), modified, key: key.clone() });
        match public {
            Some(public) if public != key.public() => {
                Err(format!("The key file {file} holds another key. {THEN}"))
            }
            _ => Ok(key),
        }
    }
}

fn file_name(selector: &str) -> String {
    format!("dkim-{selector}.key")
}

/// Makes a key and keeps it in the data folder, durably before anything names it.
fn make_key(data: &Path, at: Timestamp) -> Result<(String, KeyOfMails)> {
    let key = KeyOfMails::make()?;
    // Two keys of one day are told apart by what they are.
    let selector = format!("a{}-{}", at.strftime("%Y%m%d"), key.mark());
    keys::keep(&data.join("keys"), &file_name(&selector), key.pkcs8())?;
    Ok((selector, key))
}

impl Admin {
    /// What the settings page shows.
    pub fn dkim(&self) -> Result<DkimView> {
        self.console().core().dkim()
    }

    /// In whose name mails are signed at present; none if they are not.
    pub fn signs_as(&self) -> Result<Option<SignsAs>> {
        self.console().core().signs_as()
    }

    /// The key to sign with.
    pub fn signing_key(&self, signs: &SignsAs) -> Result<KeyOfMails> {
        self.console().core().signing_key(signs)
    }

    /// Makes a key for the domain of the sender's address. Nothing is signed with it yet.
    pub async fn make_dkim_key(&self) -> Result<()> {
        let domain = self.editable_dkim()?.domain;
        let domain = domain.ok_or(Error::refused("Set the mail server first."))?;
        let core = self.console().core();
        let (data, now) = (core.data.clone(), self.console().now());
        let made = tokio::task::spawn_blocking(move || make_key(&data, now)).await;
        let (selector, key) = made.map_err(Error::bug)??;
        self.console()
            .write(move |tx| {
                let what = format!("made a key to sign mails of {domain} with ({selector})");
                let public = key.public().to_owned();
                let next = Some(DkimKey { selector, domain, public, made: tx.now() });
                let settings = Dkim::stored(tx)?;
                tx.put(&Dkim { next, ..settings })?;
                tx.say("dkim-key-made", None, what)
            })
            .await
    }

    /// Signs mails from now on: with the new key if there is one, or else with the one that was used before.
    pub async fn sign_mails(&self) -> Result<()> {
        self.editable_dkim()?;
        let signed = self.console().write(|tx| {
            let settings = Dkim::stored(tx)?;
            let before = settings.current.as_ref().map(|key| key.selector.clone());
            let replaced = before.filter(|_| settings.next.is_some());
            let Some(key) = settings.next.or(settings.current) else {
                return Err(Error::refused("Make a key first."));
            };
            let what = format!("had mails of {} signed with the key {}", key.domain, key.selector);
            tx.put(&Dkim { id: Id::MIN, on: true, current: Some(key), next: None })?;
            tx.say("dkim-on", None, what)?;
            Ok(replaced)
        });
        if let Some(selector) = signed.await? {
            self.console().core().remove_key(&selector);
        }
        Ok(())
    }

    /// Signs no more mails. The key stays.
    pub async fn stop_signing(&self) -> Result<()> {
        self.editable_dkim()?;
        let stopped = self.console().write(|tx| {
            let settings = Dkim::stored(tx)?;
            if !settings.on {
                return Ok(());
            }
            tx.put(&Dkim { on: false, ..settings })?;
            tx.say("dkim-off", None, "had mails no longer signed")
        });
        stopped.await
    }

    /// Gives up a key that nothing is signed with yet.
    pub async fn drop_next_dkim_key(&self) -> Result<()> {
        self.editable_dkim()?;
        let dropped = self.console().write(|tx| {
            let settings = Dkim::stored(tx)?;
            let Some(key) = &settings.next else { return Ok(None) };
            let selector = key.selector.clone();
            let what = format!("gave up the key {selector}, with which no mail was signed");
            tx.put(&Dkim { next: None, ..settings })?;
            tx.say("dkim-key-dropped", None, what)?;
            Ok(Some(selector))
        });
        if let Some(selector) = dropped.await? {
            self.console().core().remove_key(&selector);
        }
        Ok(())
    }

    fn editable_dkim(&self) -> Result<DkimView> {
        if self.console().firm()?.demo {
            return Err(Error::refused(
                "This is a demonstration. Its mails never leave this machine.",
            ));
        }
        let view = self.dkim()?;
        match view.locked {
            Some(source) => Err(Error::refused(format!(
                "The key was given with {source} when Anteroom was started. Change it there."
            ))),
            None => Ok(view),
        }
    }
}

impl System {
    /// In whose name mails are signed at present; none if they are not.
    pub fn signs_as(&self) -> Result<Option<SignsAs>> {
        self.core().signs_as()
    }

    /// The key to sign with.
    pub fn signing_key(&self, signs: &SignsAs) -> Result<KeyOfMails> {
        self.core().signing_key(signs)
    }
}

#[cfg(test)]
mod tests;
