//! Passwords and keys that are given from outside: as a file, or as a text in the configuration file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{ConfigError, wrong};
use crate::values::Secret;

/// Marks a text that is the secret itself. Neither a command line nor a variable can hold it, so only the
/// configuration file can give one.
const HELD: char = '\0';

/// The value of an option such as `--smtp-password-file`. The key without `_file` may hold the secret itself, in a
/// configuration file that others cannot read.
#[derive(Clone, Debug)]
pub enum SecretFile {
    /// The file whose first line is the secret.
    Named(PathBuf),
    /// The secret itself.
    Held(Secret<String>),
}

impl From<OsString> for SecretFile {
    fn from(value: OsString) -> Self {
        match value.to_str().and_then(|text| text.strip_prefix(HELD)) {
            Some(secret) => Self::Held(Secret::new(secret.to_owned())),
            None => Self::Named(value.into()),
        }
    }
}

impl SecretFile {
    /// The value by which the secret itself is handed to the option.
    pub(super) fn held(secret: &str) -> OsString {
        format!("{HELD}{secret}").into()
    }

    /// The secret.
    pub fn read(&self) -> Result<Secret<String>, ConfigError> {
        match self {
            Self::Named(file) => password_in(file),
            Self::Held(secret) => Ok(secret.clone()),
        }
    }
}

/// The password in a file: all of it but the line end that editors add.
pub fn password_in(file: &Path) -> Result<Secret<String>, ConfigError> {
    let text = std::fs::read_to_string(file).map_err(|why| {
        ConfigError(format!("The password file {} cannot be read: {why}.", file.display()))
    })?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() || password.contains(['\n', '\r']) {
        return wrong(format!(
            "The password file {} must hold the password on one line.",
            file.display()
        ));
    }
    Ok(Secret::new(password.to_owned()))
}

#[cfg(test)]
mod tests;
