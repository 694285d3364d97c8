//! What a certificate says of itself.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::Serialize;

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateFacts {
    /// The hosts and addresses it is for, in lower case.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// Nobody but itself did.
    pub self_signed: bool,
    /// From when on it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
}

impl CertificateFacts {
    /// Whether browsers accept it for this host. A star stands for one label (RFC 9525 §6.3).
    #[must_use]
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = host.parse::<IpAddr>() {
            return self.names.iter().any(|name| name.parse() == Ok(address));
        }
        let behind = host.split_once('.').map(|(_, behind)| behind);
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(star) => behind == Some(star),
            None => *name == host,
        })
    }

    /// When it is time to get the next one: at two thirds of its life.
    #[must_use]
    pub fn renewal(&self) -> Timestamp {
        let third = self.not_after.duration_since(self.not_before) / 3;
        self.not_after.saturating_sub(third).unwrap_or(self.not_after)
    }

    /// Whether browsers accept it now.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }
}
