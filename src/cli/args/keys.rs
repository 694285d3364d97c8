//! `anteroom keys`.

use clap::Subcommand;

use super::DataArgs;

/// What can be done with the keys.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysVerb {
    /// Have a new master key take the place of the one there is
    ///
    /// The key of each client is wrapped anew; no file is touched. May be cut short at any moment: the next start goes on. Works
    /// while the server runs, and on the data folder of one that does not. Back up afterwards.
    Rotate(DataArgs),
}
