//! A certificate and its key: read from PEM, or made here.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::{Served, facts};

/// Why two texts are no certificate with its key, as a sentence for whoever looks after the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPair(pub String);

impl fmt::Display for NoPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn no<T>(why: &str) -> Result<T, NoPair> {
    Err(NoPair(why.to_owned()))
}

impl Served {
    /// The certificate first, then those of the authorities between it and the one browsers know; and its key. Both as
    /// PEM text; the key may stand in the same text.
    pub fn read(chain: &str, key: &str) -> Result<Self, NoPair> {
        let chain: Vec<CertificateDer<'static>> =
            match CertificateDer::pem_slice_iter(chain.as_bytes()).collect() {
                Ok(chain) => chain,
                Err(_) => {
                    return no("The certificate is damaged: copy it again, from BEGIN to END.");
                }
            };
        let Some(first) = chain.first() else {
            return no("There is no certificate: it begins with -----BEGIN CERTIFICATE-----.");
        };
        let Some(facts) = facts::read(first) else {
            return no(
                "The certificate cannot be read: it must be an X.509 certificate in PEM form.",
            );
        };
        if facts.names.is_empty() {
            return no("The certificate names no host, so no browser would accept it.");
        }
        let key = match PrivateKeyDer::from_pem_slice(key.as_bytes()) {
            Ok(key) => key,
            Err(PemError::NoItemsFound) if key.contains("ENCRYPTED PRIVATE KEY-----") => {
                return no("The key is protected by a password: give it without one.");
            }
            Err(PemError::NoItemsFound) => {
                return no("There is no key: it begins with -----BEGIN PRIVATE KEY-----.");
            }
            Err(_) => return no("The key is damaged: copy it again, from BEGIN to END."),
        };
        match CertifiedKey::from_der(chain, key, &ring::default_provider()) {
            Ok(key) => Ok(Self { facts, key: Arc::new(key) }),
            Err(rustls::Error::InconsistentKeys(_)) => {
                no("The key belongs to another certificate than this one.")
            }
            Err(_) => no("The key is of a kind that cannot be used: take RSA, ECDSA or Ed25519."),
        }
    }
}

/// A certificate that only itself vouches for, and its key, as PEM. For these hosts and addresses; for these times, by
/// the day, or for ever.
pub fn self_signed(
    names: &[String],
    holds: Option<(Timestamp, Timestamp)>,
) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(names)?;
    let first = names.first().map_or("localhost", String::as_str);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Anteroom");
    params.distinguished_name.push(DnType::CommonName, format!("{first}, self-signed"));
    if let Some((from, until)) = holds {
        let day = |at: Timestamp| {
            let day = at.to_zoned(TimeZone::UTC).date();
            let (month, day_of) = (day.month().unsigned_abs(), day.day().unsigned_abs());
            date_time_ymd(i32::from(day.year()), month, day_of)
        };
        params.not_before = day(from);
        params.not_after = day(until);
    }
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
