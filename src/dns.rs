//! Questions to the name server, for those who look after an installation: whether a record is there, and what it says.
//!
//! Nothing the portal does for clients waits for it. The host's own list of names is not asked: what matters is what
//! everybody else is told. Nothing is remembered from one question to the next, so that a record that was just set is seen.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::timeout;

/// For the name server to answer one packet; it may be lost, and is sent once more.
const PACKET: Duration = Duration::from_millis(1500);
/// For one question, however it goes.
const QUESTION: Duration = Duration::from_secs(4);

/// Asks the name server. It costs nothing to make one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dns {
    server: Option<SocketAddr>,
}

/// Who takes mail for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// Name of the server, without a dot at its end.
    pub host: String,
}

/// Which authority may issue certificates (RFC 8659).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caa {
    /// An authority that does not know the tag must issue none.
    pub critical: bool,
    /// "issue", "issuewild", "iodef" or another, in small letters.
    pub tag: String,
    /// For "issue" the authority's name, with parameters behind a semicolon; ";" for nobody.
    pub value: String,
}

/// Why there is no answer. That a name has no such record is an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The host has no name server set.
    NoServer(String),
    /// It said nothing in time.
    Silent,
    /// It could not say.
    Failed(String),
    /// This is not a name that can be asked for.
    BadName,
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer(why) => write!(f, "this host has no name server set ({why})"),
            Self::Silent => f.write_str("the name server did not answer in time"),
            Self::Failed(why) => write!(f, "the name server could not say ({why})"),
            Self::BadName => f.write_str("it is not a name that can be looked up"),
        }
    }
}

impl std::error::Error for NoAnswer {}

impl Dns {
    /// Asks this name server, or those that the host is set to ask.
    #[must_use]
    pub const fn new(server: Option<SocketAddr>) -> Self {
        Self { server }
    }

    /// The addresses of a host, IPv4 first; none if it has none.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, NoAnswer> {
        if let Ok(address) = name.trim_matches(['[', ']']).parse() {
            return Ok(vec![address]);
        }
        let (four, six) =
            tokio::join!(self.ask(name, RecordType::A), self.ask(name, RecordType::AAAA));
        let address = |data: RData| match data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        Ok(four?.into_iter().chain(six?).filter_map(address).collect())
    }

    /// The texts of a name, each put together from its parts.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, NoAnswer> {
        let text = |data: RData| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        Ok(self.ask(name, RecordType::TXT).await?.into_iter().filter_map(text).collect())
    }

    /// Who takes mail for a domain, the first to try first.
    pub async fn mx(&self, name: &str) -> Result<Vec<Mx>, NoAnswer> {
        let mx = |data: RData| match data {
            RData::MX(mx) => {
                let host = mx.exchange.to_ascii().trim_end_matches('.').to_ascii_lowercase();
                Some(Mx { preference: mx.preference, host })
            }
            _ => None,
        };
        let answer = self.ask(name, RecordType::MX).await?;
        let mut all: Vec<Mx> = answer.into_iter().filter_map(mx).collect();
        all.sort_by_key(|mx| mx.preference);
        Ok(all)
    }

    /// Which authorities may issue certificates, as this very name says. Without an answer the domain above counts
    /// (RFC 8659 §3): that is for whoever asks.
    pub async fn caa(&self, name: &str) -> Result<Vec<Caa>, NoAnswer> {
        let caa = |data: RData| match data {
            RData::CAA(caa) => Some(Caa {
                critical: caa.issuer_critical,
                tag: caa.tag.to_ascii_lowercase(),
                value: String::from_utf8_lossy(&caa.value).trim().to_owned(),
            }),
            _ => None,
        };
        Ok(self.ask(name, RecordType::CAA).await?.into_iter().filter_map(caa).collect())
    }

    /// All that is said of a name, aliases followed.
    async fn ask(&self, name: &str, kind: RecordType) -> Result<Vec<RData>, NoAnswer> {
        // A dot at the end: the domain of the host is not tried behind it.
        let name = format!("{}.", name.trim_end_matches('.'));
        let name = Name::from_utf8(name).map_err(|_| NoAnswer::BadName)?;
        let resolver = self.resolver().map_err(|why| NoAnswer::NoServer(why.to_string()))?;
        match timeout(QUESTION, resolver.lookup(name, kind)).await {
            Err(_) | Ok(Err(NetError::Timeout)) => Err(NoAnswer::Silent),
            Ok(Ok(lookup)) => {
                Ok(lookup.answers().iter().map(|record| record.data.clone()).collect())
            }
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => Ok(Vec::new()),
            Ok(Err(NetError::Dns(DnsError::ResponseCode(code)))) => {
                Err(NoAnswer::Failed(code.to_str().to_owned()))
            }
            Ok(Err(why)) => Err(NoAnswer::Failed(why.to_string())),
        }
    }

    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let mut builder = match self.server {
            None => TokioResolver::builder_tokio()?,
            Some(server) => {
                let at = |mut connection: ConnectionConfig| {
                    connection.port = server.port();
                    connection
                };
                let both = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
                let servers = vec![NameServerConfig::new(server.ip(), true, both)];
                let config = ResolverConfig::from_name_servers(servers);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        patient(builder.options_mut());
        builder.build()
    }
}

fn patient(options: &mut ResolverOpts) {
    options.timeout = PACKET;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
}

/// An address with a port, or without one: then the usual one of name servers.
pub fn server(typed: &str) -> Result<SocketAddr, String> {
    const USUAL: u16 = 53;
    let typed = typed.trim();
    let alone = || typed.trim_matches(['[', ']']).parse().map(|ip| SocketAddr::new(ip, USUAL));
    typed.parse().or_else(|_| alone()).map_err(|_| {
        "write the address of a name server, such as 192.0.2.53 or 192.0.2.53:5353".into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        let read = |typed: &str| server(typed).map(|at| at.to_string());
        assert_eq!(read("192.0.2.53").as_deref(), Ok("192.0.2.53:53"));
        assert_eq!(read(" 127.0.0.1:5353 ").as_deref(), Ok("127.0.0.1:5353"));
        assert_eq!(read("2001:db8::53").as_deref(), Ok("[2001:db8::53]:53"));
        assert_eq!(read("[2001:db8::53]:54").as_deref(), Ok("[2001:db8::53]:54"));
        assert!(read("dns.example").unwrap_err().contains("192.0.2.53"));
    }

    #[tokio::test]
    async fn an_address_is_its_own_and_a_name_must_be_one() {
        let nobody = Dns::new(Some("127.0.0.1:9".parse().unwrap()));
        let own = nobody.addresses("[::1]").await;
        assert_eq!(own, Ok(vec!["::1".parse().unwrap()]));
        let long = "x".repeat(64);
        assert_eq!(nobody.texts(&format!("{long}.example")).await, Err(NoAnswer::BadName));
    }
}
