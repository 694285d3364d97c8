//! What a run is told from outside: command line, `ANTEROOM_…` variables, credentials and the configuration file, read
//! once ([`layers`]) and passed down.
//!
//! Everything else is a setting that the owner changes in the console.

mod dkim;
mod dns;
mod environment;
mod file;
pub mod layers;
mod metrics;
mod secret;
mod settings;
mod smtp;
pub mod template;
mod tls;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use crate::model::Overrides;

pub use dkim::DkimArgs;
pub use dns::DnsArgs;
pub use environment::Environment;
pub use file::ConfigFile;
pub use layers::{Origin, Origins};
pub use metrics::MetricsArgs;
pub use secret::{SecretFile, password_in};
pub use settings::{Kind, Setting, Settings};
pub use smtp::{SecurityArg, SmtpArgs};
pub use tls::{ListenTls, TlsArg, TlsArgs};

/// How the server is run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of all data.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// Whose forwarding headers are believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// They begin each connection with a PROXY v2 header.
    pub proxy_protocol: bool,
    /// Where to listen for HTTPS, once it is on.
    pub listen_tls: ListenTls,
    /// What this run sets over the stored settings.
    pub overrides: Overrides,
    /// The key file, where it does not lie in the data folder.
    pub link_key: Option<PathBuf>,
    /// The file of the master key, where it does not lie in the data folder.
    pub master_key: Option<PathBuf>,
    /// Where the metrics are told.
    pub metrics: Option<SocketAddr>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Here and nowhere else.
    At(SocketAddr),
    /// At a socket file, for a proxy on this machine.
    File(PathBuf),
    /// On this machine alone, at port 8080 or the next free one.
    Nearby,
}

impl Listen {
    /// The first address to try.
    #[must_use]
    pub fn first(&self) -> SocketAddr {
        match self {
            Self::At(address) => *address,
            Self::Nearby | Self::File(_) => (Ipv4Addr::LOCALHOST, 8080).into(),
        }
    }

    /// As typed: an address with a port, or `unix:` and a path.
    pub fn parse(typed: &str) -> Result<Self, String> {
        match typed.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::File(path.into())),
            Some(_) => Err("write the whole path, such as unix:/run/anteroom/anteroom.sock".into()),
            None => typed.parse().map(Self::At).map_err(|_| {
                "write an address with a port, such as 0.0.0.0:8080, or unix: and a path".into()
            }),
        }
    }

    /// Whether only this machine can reach the server. Links may then lead to a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        !matches!(self, Self::File(_)) && self.first().ip().is_loopback()
    }
}

impl Config {
    /// A server on this machine alone, with nothing overridden.
    #[must_use]
    pub fn nearby(data: PathBuf) -> Self {
        Self {
            data,
            listen: Listen::Nearby,
            trusted_proxies: Arc::default(),
            proxy_protocol: false,
            listen_tls: ListenTls::default(),
            overrides: Overrides { loopback_only: true, ..Overrides::default() },
            link_key: None,
            master_key: None,
            metrics: None,
        }
    }
}

/// A configuration that makes no sense, as a sentence that says what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn wrong<T>(why: impl Into<String>) -> Result<T, ConfigError> {
    Err(ConfigError(why.into()))
}

#[cfg(test)]
mod tests;
