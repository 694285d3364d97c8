//! The key with which mails are signed, where it does not lie in the data folder.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigError, wrong};
use crate::model::dkim::{GivenKey, KeyOfMails, is_selector};

/// For signing mails.
#[derive(Args, Clone, Debug, Default)]
pub struct DkimArgs {
    /// Key file with which mails are signed (RSA, PEM or DER), instead of one made in the console
    #[arg(long, value_name = "FILE", env = "ANTEROOM_DKIM_KEY_FILE")]
    pub dkim_key_file: Option<PathBuf>,
    /// Its selector: the DNS record is at SELECTOR._domainkey and the domain of the sender's address
    #[arg(long, value_name = "SELECTOR", env = "ANTEROOM_DKIM_SELECTOR")]
    pub dkim_selector: Option<String>,
}

impl DkimArgs {
    /// The key; `None` if nothing was given.
    pub fn read(&self) -> Result<Option<GivenKey>, ConfigError> {
        let (path, selector) = match (&self.dkim_key_file, &self.dkim_selector) {
            (None, None) => return Ok(None),
            (Some(path), Some(selector)) => (path, selector.trim().to_ascii_lowercase()),
            (Some(_), None) => return wrong("--dkim-key-file needs --dkim-selector."),
            (None, Some(_)) => return wrong("--dkim-selector needs --dkim-key-file."),
        };
        if !is_selector(&selector) {
            return wrong("--dkim-selector takes letters, digits and dashes, such as 2026a.");
        }
        let bytes = std::fs::read(path).map_err(|why| {
            ConfigError(format!("The key file {} cannot be read: {why}.", path.display()))
        })?;
        match KeyOfMails::read(&bytes) {
            Ok(key) => Ok(Some(GivenKey { selector, key })),
            Err(why) => wrong(format!("The key file {} {why}.", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_selector_belong_together() {
        let refusal = |args: DkimArgs| args.read().map(|_| ()).unwrap_err().to_string();
        assert!(DkimArgs::default().read().unwrap().is_none());
        let alone = DkimArgs { dkim_selector: Some("2026a".into()), ..DkimArgs::default() };
        assert!(refusal(alone).contains("needs --dkim-key-file"));
        let key = Some(PathBuf::from("/nowhere"));
        assert!(
            refusal(DkimArgs { dkim_key_file: key.clone(), dkim_selector: None })
                .contains("needs --dkim-selector")
        );
        let odd = DkimArgs { dkim_key_file: key, dkim_selector: Some("a b".into()) };
        assert!(refusal(odd).contains("letters, digits"));
    }
}
