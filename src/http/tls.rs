//! Which certificate a browser is shown, and the TLS that goes with it.
//!
//! [`Certificates`] always has something to show: until there is a real certificate, one that was signed by nobody but
//! itself, so that a handshake never fails and the set-up page can be reached. Certificates change while connections
//! are open: each handshake asks anew, and what was agreed before goes on.

mod facts;
mod pair;

use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::error::{Error, Result};
use crate::model::tls::CertificateFacts;

pub use pair::{NoPair, self_signed};

/// The protocol with which an authority asks for TLS-ALPN-01 (RFC 8737 §6.2).
const ACME_ALPN: &[u8] = b"acme-tls/1";

/// A certificate with its key, and what it says of itself.
#[derive(Clone)]
pub struct Served {
    /// Whom it names, who signed it, how long it holds.
    pub facts: CertificateFacts,
    key: Arc<CertifiedKey>,
}

/// What an authority looks for at this server to see that a name is ours.
pub enum Proof {
    /// A certificate for this name, in a handshake that asks for nothing else (TLS-ALPN-01).
    Handshake {
        /// The name.
        name: String,
        /// The certificate.
        certificate: Arc<CertifiedKey>,
    },
    /// A text at a path, by plain HTTP at port 80 (HTTP-01).
    Text {
        /// The last part of the path.
        token: String,
        /// The text.
        text: String,
    },
}

/// All certificates that this server shows.
pub struct Certificates {
    served: RwLock<Arc<[Served]>>,
    fallback: Arc<CertifiedKey>,
    proofs: RwLock<Vec<Proof>>,
}

impl Certificates {
    /// None but that of last resort.
    pub fn new() -> Result<Arc<Self>> {
        let (chain, key) = self_signed(&["localhost".to_owned()], None).map_err(Error::bug)?;
        let fallback = Served::read(&chain, &key).map_err(|NoPair(why)| Error::bug(why))?;
        Ok(Arc::new(Self {
            served: RwLock::new(Arc::from([])),
            fallback: fallback.key,
            proofs: RwLock::default(),
        }))
    }

    /// Shows these from the next handshake on. Where several name a host, or none does, the first is shown.
    pub fn show(&self, served: Vec<Served>) {
        *self.served.write().unwrap_or_else(PoisonError::into_inner) = served.into();
    }

    /// Has these ready for an authority that comes and looks, in the place of those before.
    pub fn prove(&self, proofs: Vec<Proof>) {
        *self.proofs.write().unwrap_or_else(PoisonError::into_inner) = proofs;
    }

    /// The text for this token of HTTP-01, while an authority is expected.
    pub fn text_for(&self, asked: &str) -> Option<String> {
        let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
        proofs.iter().find_map(|proof| match proof {
            Proof::Text { token, text } if token == asked => Some(text.clone()),
            _ => None,
        })
    }

    fn for_name(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let served = self.served.read().unwrap_or_else(PoisonError::into_inner).clone();
        let naming = name.and_then(|name| served.iter().find(|one| one.facts.covers(name)));
        naming.or(served.first()).map_or_else(|| self.fallback.clone(), |found| found.key.clone())
    }

    fn proof_of(&self, asked: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let proofs = self.proofs.read().unwrap_or_else(PoisonError::into_inner);
        proofs.iter().find_map(|proof| match proof {
            Proof::Handshake { name, certificate } if Some(name.as_str()) == asked => {
                Some(certificate.clone())
            }
            _ => None,
        })
    }
}

/// For browsers.
struct Shown(Arc<Certificates>);

/// For an authority that looks whether a name is ours.
struct Proving(Arc<Certificates>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.for_name(hello.server_name()))
    }
}

impl ResolvesServerCert for Proving {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.proof_of(hello.server_name())
    }
}

macro_rules! tells_nothing {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        })+
    };
}
// rustls asks for it, and there are keys inside.
tells_nothing!(Shown, Proving);

/// How connections are encrypted.
#[derive(Clone)]
pub struct Tls {
    browsers: Arc<ServerConfig>,
    authorities: Arc<ServerConfig>,
}

impl Tls {
    /// TLS 1.2 and 1.3 with HTTP/2 and HTTP/1.1, showing these certificates.
    #[must_use]
    pub fn new(certificates: &Arc<Certificates>) -> Self {
        let browsers = Arc::new(Shown(certificates.clone()));
        let authorities = Arc::new(Proving(certificates.clone()));
        Self {
            browsers: config(browsers, &[b"h2", b"http/1.1"]),
            authorities: config(authorities, &[ACME_ALPN]),
        }
    }

    /// Whether this is an authority that looks for a [`Proof::Handshake`], and has nothing to say afterwards.
    pub(super) fn is_authority(hello: &ClientHello<'_>) -> bool {
        hello.alpn().into_iter().flatten().eq([ACME_ALPN])
    }

    pub(super) fn for_browsers(&self) -> Arc<ServerConfig> {
        self.browsers.clone()
    }

    pub(super) fn for_authorities(&self) -> Arc<ServerConfig> {
        self.authorities.clone()
    }
}

fn config(resolver: Arc<dyn ResolvesServerCert>, protocols: &[&[u8]]) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    // Ours is the order of strength. A browser's own order may begin with what it supports for old servers.
    config.ignore_client_order = true;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

#[cfg(test)]
mod tests;
