//! `anteroom doctor`.

use clap::Args;

use super::DataArgs;
use crate::config::DnsArgs;

/// `anteroom doctor`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DoctorArgs {
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) dns: DnsArgs,
}
