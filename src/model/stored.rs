//! What the console has stored of the settings that can be given from outside as well, for `anteroom config show`.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::db::{self, OpenError, Read, Records};
use super::dkim::Dkim;
use super::firm::Firm;
use super::id::Id;
use super::system::System;
use super::tls::TlsSettings;
use crate::error::Result;

/// One setting as it is stored, whatever this run puts over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSetting {
    /// The option that stands for it on the command line, without the dashes.
    pub option: String,
    /// What is stored.
    pub value: StoredValue,
}

/// What is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredValue {
    /// A text or a number.
    Text(String),
    /// Several texts.
    List(Vec<String>),
    /// Something that is not shown.
    Secret,
    /// The content of a file, which from outside is given by its name.
    Content,
}

impl System {
    /// Every setting that is stored and can be given from outside; none before set-up.
    pub fn stored_settings(&self) -> Result<Vec<StoredSetting>> {
        self.core().db.read(of)
    }
}

/// The same of a data folder that no server holds. One of another schema is refused and left as it is.
pub fn stored_settings_in(data: &Path) -> Result<Vec<StoredSetting>, OpenError> {
    let now = Clock::system().now();
    Ok(db::inspect(&data.join("anteroom.redb"), false, now, of)?.seen)
}

fn of(r: &Read) -> Result<Vec<StoredSetting>> {
    let mut stored = Vec::new();
    let mut add = |option: &str, value: StoredValue| {
        stored.push(StoredSetting { option: option.to_owned(), value });
    };
    let text = StoredValue::Text;
    if let Some(firm) = r.get::<Firm>(Id::MIN)? {
        add("public-url", text(firm.public_url.to_string()));
        if let Some(smtp) = firm.smtp {
            add("smtp-host", text(smtp.host));
            add("smtp-port", text(smtp.port.to_string()));
            add("smtp-security", text(smtp.security.name().to_owned()));
            smtp.user.into_iter().for_each(|user| add("smtp-user", text(user)));
            smtp.password.iter().for_each(|_| add("smtp-password-file", StoredValue::Secret));
            smtp.ca.iter().for_each(|_| add("smtp-ca-file", StoredValue::Content));
            add("mail-from", text(smtp.mail_from.to_string()));
        }
    }
    let dkim = r.get::<Dkim>(Id::MIN)?.filter(|dkim| dkim.on);
    if let Some(key) = dkim.and_then(|dkim| dkim.current) {
        add("dkim-key-file", StoredValue::Secret);
        add("dkim-selector", text(key.selector));
    }
    if let Some(tls) = r.get::<TlsSettings>(Id::MIN)? {
        add("tls", text(tls.way.name().to_owned()));
        if !tls.names.is_empty() {
            add("domain", StoredValue::List(tls.names));
        }
        tls.directory.into_iter().for_each(|url| add("acme-directory", text(url)));
        tls.ca.iter().for_each(|_| add("acme-ca", StoredValue::Content));
        tls.contact.iter().for_each(|email| add("acme-contact", text(email.to_string())));
        tls.certificate_file.into_iter().for_each(|file| add("tls-cert", text(file)));
        tls.key_file.into_iter().for_each(|file| add("tls-key", text(file)));
    }
    Ok(stored)
}
