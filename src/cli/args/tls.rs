//! `anteroom tls …`.

use clap::{Args, Subcommand};

use super::DataArgs;
use crate::config::{DnsArgs, TlsArgs};

/// `anteroom tls …`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TlsVerb {
    /// Look at what an authority is going to look at before it gives a certificate
    Check(Box<TlsCheckArgs>),
}

/// `anteroom tls check`. Without options, the settings are those that are stored, or that the running server was given.
#[derive(Args, Debug)]
pub(in crate::cli) struct TlsCheckArgs {
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    /// Address at which people reach the portal [default: as set in the console]
    #[arg(long, value_name = "URL", env = "ANTEROOM_PUBLIC_URL")]
    pub(in crate::cli) public_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) tls: TlsArgs,
    #[command(flatten)]
    pub(in crate::cli) dns: DnsArgs,
}
