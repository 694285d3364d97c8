//! `anteroom mail …`.

use clap::{Args, Subcommand};

use super::DataArgs;

/// `anteroom mail …`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MailVerb {
    /// Send a test mail and print each step of it
    Test(MailTestArgs),
}

/// `anteroom mail test [TO]`.
#[derive(Args, Debug)]
pub(in crate::cli) struct MailTestArgs {
    /// Where to send it [default: the sender's own address]
    pub(in crate::cli) to: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
}
