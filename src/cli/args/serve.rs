//! `anteroom serve`.

use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::DataArgs;
use crate::config::{DkimArgs, DnsArgs, Listen, MetricsArgs, SmtpArgs, TlsArgs};

/// `anteroom serve`. Values given here hold for this run and are shown locked in the settings.
#[derive(Args, Debug)]
pub(in crate::cli) struct ServeArgs {
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    /// Address and port, or unix: and a path, to listen on [default: 127.0.0.1:8080, or the next free port]
    #[arg(long, value_name = "ADDR:PORT", value_parser = Listen::parse, env = "ANTEROOM_LISTEN")]
    pub(in crate::cli) listen: Option<Listen>,
    /// Networks of reverse proxies whose X-Forwarded-For is believed, divided by commas
    #[arg(
        long,
        value_name = "NETWORK",
        value_delimiter = ',',
        value_parser = network,
        env = "ANTEROOM_TRUSTED_PROXIES"
    )]
    pub(in crate::cli) trusted_proxies: Vec<IpNet>,
    /// Those proxies begin each connection with a PROXY protocol header (version 2)
    #[arg(long, env = "ANTEROOM_PROXY_PROTOCOL")]
    pub(in crate::cli) proxy_protocol: bool,
    /// Address at which people reach the portal, such as `https://portal.firm.example`
    #[arg(long, value_name = "URL", env = "ANTEROOM_PUBLIC_URL")]
    pub(in crate::cli) public_url: Option<String>,
    /// Key file to use instead of keys/link.key in the data folder
    #[arg(long, value_name = "FILE", env = "ANTEROOM_LINK_KEY_FILE")]
    pub(in crate::cli) link_key_file: Option<PathBuf>,
    /// Key file to use instead of keys/master.key in the data folder
    #[arg(long, value_name = "FILE", env = "ANTEROOM_MASTER_KEY_FILE")]
    pub(in crate::cli) master_key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) tls: TlsArgs,
    #[command(flatten)]
    pub(in crate::cli) metrics: MetricsArgs,
    #[command(flatten)]
    pub(in crate::cli) smtp: SmtpArgs,
    #[command(flatten)]
    pub(in crate::cli) dkim: DkimArgs,
    #[command(flatten)]
    pub(in crate::cli) dns: DnsArgs,
}

/// A network in CIDR form; a single address is a network of one.
fn network(typed: &str) -> Result<IpNet, String> {
    let typed = typed.trim();
    let one = || typed.parse::<std::net::IpAddr>().map(IpNet::from);
    typed.parse().or_else(|_| one()).map_err(|_| {
        "write an address such as 10.0.0.2 or a network such as 10.0.0.0/24".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::CommandLine;
    use super::*;
    use clap::Parser;

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network(" 10.0.0.2 ").unwrap().to_string(), "10.0.0.2/32");
        assert_eq!(network("2001:db8::/48").unwrap().to_string(), "2001:db8::/48");
        assert!(network("proxy.example").unwrap_err().contains("10.0.0.0/24"));
        let line = ["anteroom", "--trusted-proxies", "10.0.0.1,10.1.0.0/16"];
        assert_eq!(CommandLine::parse_from(line).serve.trusted_proxies.len(), 2);
    }
}
