//! Which name server is asked.

use std::net::SocketAddr;

use clap::Args;

use crate::dns;

/// For look-ups in the DNS.
#[derive(Args, Clone, Debug, Default)]
pub struct DnsArgs {
    /// Name server that is asked about DNS records [default: as this machine is set]
    #[arg(long, value_name = "ADDR", value_parser = dns::server, env = "ANTEROOM_DNS_SERVER")]
    pub dns_server: Option<SocketAddr>,
}
