//! `anteroom config …`.

use clap::{Args, Subcommand};

use super::ServeArgs;

/// `anteroom config …`.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigVerb {
    /// Print every setting with its value
    Show(Box<ShowArgs>),
    /// Read the configuration as serve would, and say what is wrong with it
    Check(Box<ServeArgs>),
    /// Print a configuration file in which every setting is explained and none is set
    Template,
}

/// `anteroom config show`. It takes what `serve` takes, and shows what would hold.
#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArgs {
    /// Say where each value comes from
    #[arg(long)]
    pub(in crate::cli) origin: bool,
    /// Print JSON, with the origins
    #[arg(long)]
    pub(in crate::cli) json: bool,
    #[command(flatten)]
    pub(in crate::cli) serve: ServeArgs,
}
