//! What can be typed after `anteroom`, and which environment variable stands for which option. One file per group of
//! verbs. An option with a variable is a setting: it can be given as a credential and in the configuration file too.

mod config;
mod doctor;
mod firm;
mod general;
mod keys;
mod mail;
mod serve;
mod tls;

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};

use super::backup::{BackupCommand, RestoreArgs};
use super::check::CheckArgs;
use super::help;
use super::upgrade::UpgradeVerb;

pub(super) use config::{ConfigVerb, ShowArgs};
pub(super) use doctor::DoctorArgs;
pub(super) use firm::{DemoArgs, InitArgs, RecoverArgs};
pub(super) use general::{CompletionArgs, GeneralArgs, HealthArgs, LogFormat, VersionArgs};
pub(super) use keys::KeysVerb;
pub(super) use mail::{MailTestArgs, MailVerb};
pub(super) use serve::ServeArgs;
pub(super) use tls::{TlsCheckArgs, TlsVerb};

/// The whole command line. Without a verb it is `anteroom serve`.
#[derive(Debug, Parser)]
#[command(
    name = "anteroom",
    version,
    about = "The client portal of a small accounting firm, as one file the firm runs itself."
)]
pub(super) struct CommandLine {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) serve: ServeArgs,
    #[command(flatten)]
    pub(super) general: GeneralArgs,
}

/// The verbs. `cli/help.rs` says under which heading each is shown.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Run the server (also what happens without a command)
    Serve(Box<ServeArgs>),
    /// Set the firm up without a browser, unless there is one
    Init(InitArgs),
    /// Print the code that the set-up page asks for
    SetupCode(DataArgs),
    /// Print a link with which locked-out staff choose a new password
    Recover(RecoverArgs),
    /// Look after the mail server
    #[command(subcommand)]
    Mail(MailVerb),
    /// Look after the certificate
    #[command(subcommand)]
    Tls(TlsVerb),
    /// Fill an empty data folder with a fictional firm
    Demo(DemoArgs),
    /// Look through the data: index, references, seals of the activity
    Check(CheckArgs),
    /// Look at everything that can go wrong, and say what to do
    Doctor(DoctorArgs),
    /// Make, list and verify backups
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Restore a backup into a new data folder
    Restore(RestoreArgs),
    /// Look after the keys of the files
    #[command(subcommand)]
    Keys(KeysVerb),
    /// Prepare for a newer version
    #[command(subcommand)]
    Upgrade(UpgradeVerb),
    /// Ask the running server whether it is ready
    Healthcheck(HealthArgs),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print a script that completes commands in a shell
    Completion(CompletionArgs),
    /// Print the manual page
    Man,
    /// Print the version
    Version(VersionArgs),
}

/// Where the data lies.
#[derive(Args, Debug)]
pub(super) struct DataArgs {
    /// Folder of all data [default: anteroom in the XDG data folder]
    #[arg(long, value_name = "DIR", env = "ANTEROOM_DATA_DIR")]
    pub(super) data_dir: Option<PathBuf>,
}

/// The command line as it is declared, with the help of the whole program on one screen.
pub(super) fn tree() -> Command {
    let tree = CommandLine::command();
    let help = help::screen(&tree);
    tree.override_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        tree().debug_assert();
    }

    #[test]
    fn every_variable_is_its_option_in_capitals() {
        fn look(command: &Command) {
            for arg in command.get_arguments() {
                let Some(variable) = arg.get_env() else { continue };
                let option = arg.get_long().unwrap().replace('-', "_").to_uppercase();
                assert_eq!(variable, format!("ANTEROOM_{option}").as_str());
                assert_eq!(arg.get_id().as_str(), option.to_lowercase());
            }
            command.get_subcommands().for_each(look);
        }
        look(&tree());
    }
}
