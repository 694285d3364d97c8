//! The firm: the one organisation that runs this server, and its settings.

mod logo;
mod settings;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::db::record;
use super::id::Id;
use super::keys::Keys;
use super::system::System;
use crate::error::{Error, Result};
use crate::values::{
    Accent, Currency, DateStyle, Email, FirmName, HelpText, HttpsLink, Notes, PublicUrl, Secret,
    Zone,
};

pub use logo::{NewBrand, NewLogo};
pub use settings::{AddressSettings, FirmSettings, PortalSettings};

/// The firm. There is one record of it, under [`Id::MIN`]; it exists as soon as set-up is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Firm {
    /// Always [`Id::MIN`].
    pub id: Id<Firm>,
    /// As clients read it.
    pub name: FirmName,
    /// Where the portal is reached: the origin of every link.
    pub public_url: PublicUrl,
    /// Dates and times are shown in it where the reader has none of their own.
    pub zone: Zone,
    /// Of all amounts.
    pub currency: Currency,
    /// Nov 3 or 3 Nov.
    pub date_style: DateStyle,
    /// Recolours console, portal and mails.
    pub accent: Accent,
    /// The logo, re-encoded as PNG; its id changes with it, so browsers may keep it.
    pub logo: Option<Id<Logo>>,
    /// The firm's own words at the top of the help centre.
    pub help_text: HelpText,
    /// A page of the firm's own that the help centre links.
    pub help_link: Option<HttpsLink>,
    /// What a contact agrees to when they create an account; empty for none.
    pub terms: Notes,
    /// How many days an invite works.
    pub invite_days: u16,
    /// How many seconds an invite waits for "Undo": 0 to 60.
    pub undo_seconds: u8,
    /// At most so many mails a minute, where the provider sets a limit.
    pub mails_per_minute: Option<u32>,
    /// How mails leave; without it they are kept.
    pub smtp: Option<Smtp>,
    /// A fictional firm: its mails never leave the machine.
    pub demo: bool,
    /// When set-up was done.
    pub founded: Timestamp,
}

/// The days an invite works unless the firm sets others.
pub const INVITE_DAYS: u16 = 30;
/// The seconds an invite waits for "Undo" unless the firm sets others.
pub const UNDO_SECONDS: u8 = 10;

/// How mails leave.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smtp {
    /// Host name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Encryption.
    pub security: SmtpSecurity,
    /// User name, where the server wants a log-in.
    pub user: Option<String>,
    /// Password of that user, sealed with the key outside the store.
    pub password: Option<Vec<u8>>,
    /// The sender's address of all mails.
    pub mail_from: Email,
    /// An own certificate authority in PEM, beside those every browser trusts.
    pub ca: Option<String>,
}

/// How mails shall leave, with the password in the clear: on its way from a form or the command line to the store.
#[derive(Clone, Debug)]
pub struct NewSmtp {
    /// Host name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Encryption.
    pub security: SmtpSecurity,
    /// User name and password, where the server wants a log-in.
    pub login: Option<(String, Secret<String>)>,
    /// The sender's address of all mails.
    pub mail_from: Email,
    /// An own certificate authority in PEM.
    pub ca: Option<String>,
}

impl NewSmtp {
    /// As it is stored: the password can be read only with the key outside the store.
    pub(super) fn sealed(self, keys: &Keys) -> Smtp {
        let (user, password) = self.login.unzip();
        Smtp {
            host: self.host,
            port: self.port,
            security: self.security,
            user,
            password: password.map(|password| keys.seal(password.expose().as_bytes())),
            mail_from: self.mail_from,
            ca: self.ca,
        }
    }
}

impl Smtp {
    /// With its password in the clear, for the connection. One that was sealed with another key is asked for again.
    pub(super) fn unsealed(&self, keys: &Keys) -> Result<NewSmtp> {
        const LOST: &str =
            "The mail server's password cannot be read any more: type it again in the settings.";
        let open = |sealed: &Vec<u8>| {
            let plain = keys.unseal(sealed).and_then(|plain| String::from_utf8(plain).ok());
            plain.ok_or(Error::refused(LOST))
        };
        let password = self.password.as_ref().map(open).transpose()?;
        Ok(NewSmtp {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            login: self.user.clone().zip(password.map(Secret::new)),
            mail_from: self.mail_from.clone(),
            ca: self.ca.clone(),
        })
    }
}

impl System {
    /// The mail server with its password in the clear; none while mails are kept.
    pub fn mail_server(&self) -> Result<Option<NewSmtp>> {
        self.firm()?.smtp.as_ref().map(|smtp| smtp.unsealed(&self.core().keys)).transpose()
    }
}

/// Encryption of the connection to the mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// None: for a relay on this machine.
    None,
    /// Plain first, TLS demanded before anything else is said (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// The firm's logo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Logo {
    /// Changes with each upload.
    pub id: Id<Logo>,
    /// PNG, at most 512 pixels a side, without metadata.
    pub png: Vec<u8>,
}

record!(Firm, "fi", "firm");

record!(Logo, "lg", "logos");
