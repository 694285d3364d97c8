//! The configuration file: TOML whose keys are the options of the command line.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::settings::{Kind, Meant, Setting, Settings};
use super::{ConfigError, SecretFile, wrong};

/// More than any configuration needs; a mistyped name may be that of a film.
const MOST_BYTES: u64 = 1024 * 1024;

/// A configuration file that was read and found right.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Where it lies.
    pub path: PathBuf,
    entries: Vec<Entry>,
}

/// One line of it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The option that it sets.
    pub(super) option: String,
    /// The key as it stands there.
    pub(super) key: String,
    /// Counted from 1.
    pub(super) line: usize,
    /// What the option is given; several for a list.
    pub(super) values: Vec<OsString>,
    /// The value is a secret itself.
    pub(super) holds_secret: bool,
}

impl ConfigFile {
    /// Reads and checks it whole, so that a mistake shows at once and not when its line is first used.
    pub fn read(path: &Path, settings: &Settings) -> Result<Self, ConfigError> {
        let unreadable = |why: io::Error| {
            ConfigError(format!(
                "The configuration file {} cannot be read: {why}. Name another with --config, or /dev/null for none.",
                path.display()
            ))
        };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode();
        let mut text = String::new();
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        let read = Self::parse(path, &text, settings)?;
        let secret = read.entries.iter().find(|entry| entry.holds_secret);
        match secret {
            Some(entry) if mode & 0o007 != 0 => wrong(format!(
                "{} is a secret, and other users can read that file. Run chmod o= {}, or put the secret into a file \
                 of its own and name it with {}_file.",
                read.place(entry),
                path.display(),
                entry.key,
            )),
            _ => Ok(read),
        }
    }

    /// The same for a text.
    pub fn parse(path: &Path, text: &str, settings: &Settings) -> Result<Self, ConfigError> {
        let line = |at: usize| 1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let document = DeTable::parse(text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            let why = why.message().trim_end_matches('.');
            ConfigError(format!("{}, line {}: {why}.", path.display(), line(at)))
        })?;
        let mut found = Vec::new();
        flatten("", document.get_ref(), &mut found);
        found.sort_by_key(|(_, at, _)| *at);
        let mut read = Self { path: path.to_owned(), entries: Vec::new() };
        for (key, at, value) in found {
            let entry = read.entry(key, line(at), value, settings)?;
            if let Some(twice) = read.entries.iter().find(|known| known.option == entry.option) {
                return wrong(format!(
                    "{} is set already, by {} in line {}. Keep one of them.",
                    read.place(&entry),
                    twice.key,
                    twice.line
                ));
            }
            read.entries.push(entry);
        }
        Ok(read)
    }

    fn entry(
        &self,
        key: String,
        line: usize,
        value: &DeValue<'_>,
        settings: &Settings,
    ) -> Result<Entry, ConfigError> {
        let place = format!("{}, line {line}", self.path.display());
        let (setting, holds_secret) = match settings.meant(&key) {
            Some(Meant::Value(setting)) => (setting, false),
            Some(Meant::Content(setting)) if setting.is_secret() => (setting, true),
            _ => {
                let meant = settings.nearest(&key);
                let hint = meant.map(|meant| format!(" Did you mean {meant}?")).unwrap_or_default();
                return wrong(format!("{place}: there is no setting {key}.{hint}"));
            }
        };
        let kind = if holds_secret { Kind::Text } else { setting.kind };
        let Some(texts) = texts(kind, value) else {
            return wrong(format!("{place}: {key} must be {}.", kind.wanted()));
        };
        let mut values = Vec::new();
        for text in texts {
            if holds_secret {
                values.push(SecretFile::held(&text));
                continue;
            }
            let value = OsString::from(&text);
            if text.contains('\0') {
                return wrong(format!(
                    "{place}: {key} holds a character that no setting can have."
                ));
            }
            if let Some(why) = setting.refusal(&value) {
                return wrong(format!("{place}: {key} is {text:?}, but {why}."));
            }
            values.push(value);
        }
        Ok(Entry { option: setting.option.clone(), key, line, values, holds_secret })
    }

    fn place(&self, entry: &Entry) -> String {
        format!("{}, line {}: {}", self.path.display(), entry.line, entry.key)
    }

    /// What it says about a setting.
    pub(super) fn get(&self, setting: &Setting) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.option == setting.option)
    }
}

/// Every value with its whole key and where that begins.
fn flatten<'t>(
    before: &str,
    table: &'t DeTable<'_>,
    found: &mut Vec<(String, usize, &'t DeValue<'t>)>,
) {
    for (key, value) in table {
        let whole = format!("{before}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => flatten(&format!("{whole}."), inner, found),
            value => found.push((whole, key.span().start, value)),
        }
    }
}

/// The value as the command line would have it; none if it is of another kind.
fn texts(kind: Kind, value: &DeValue<'_>) -> Option<Vec<String>> {
    let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
    match kind {
        Kind::Text => Some(vec![text(value)?]),
        Kind::Number => {
            let number = value.as_integer()?;
            let number = i128::from_str_radix(number.as_str(), number.radix()).ok()?;
            Some(vec![number.to_string()])
        }
        Kind::Switch => Some(vec![value.as_bool()?.to_string()]),
        Kind::List => value.as_array()?.iter().map(|value| text(value.get_ref())).collect(),
    }
}

/// The files that are looked for when none was named, the first that is there being used.
pub(super) fn usual(own: Option<PathBuf>, of_machine: &Path) -> Option<PathBuf> {
    let there = |path: &PathBuf| match fs::metadata(path) {
        Ok(_) => true,
        // A folder that is closed to us may well hold one; reading it then says so.
        Err(why) => why.kind() == io::ErrorKind::PermissionDenied,
    };
    own.filter(there).or_else(|| Some(of_machine.to_owned()).filter(there))
}

#[cfg(test)]
mod tests;
