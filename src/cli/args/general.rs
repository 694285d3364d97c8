//! Options that every verb takes, and the verbs about the program itself.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use clap_complete::Shell;

use super::DataArgs;

/// Options of every verb.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "General")]
pub(in crate::cli) struct GeneralArgs {
    /// Configuration file [default: anteroom/anteroom.toml in the XDG configuration folder, or
    /// /etc/anteroom/anteroom.toml]
    #[arg(long, value_name = "FILE", env = "ANTEROOM_CONFIG", global = true)]
    pub(in crate::cli) config: Option<PathBuf>,
    /// What the log shows, such as info or warn,anteroom=debug [default: warn,anteroom=info]
    #[arg(long, value_name = "LEVELS", env = "ANTEROOM_LOG", global = true)]
    pub(in crate::cli) log: Option<String>,
    /// How the log is written
    #[arg(
        long,
        value_name = "FORMAT",
        env = "ANTEROOM_LOG_FORMAT",
        default_value = "human",
        global = true
    )]
    pub(in crate::cli) log_format: LogFormat,
    /// Log less: warnings only, and errors only if given twice
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "verbose", global = true)]
    pub(in crate::cli) quiet: u8,
    /// Log more; still more if given twice
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub(in crate::cli) verbose: u8,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    /// For people, and for the journal where systemd runs the server
    Human,
    /// One JSON object a line
    Json,
}

/// `anteroom version`.
#[derive(Args, Debug)]
pub(in crate::cli) struct VersionArgs {
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// `anteroom completion SHELL`.
#[derive(Args, Debug)]
pub(in crate::cli) struct CompletionArgs {
    /// The shell that is to complete
    #[arg(value_parser = shell)]
    pub(in crate::cli) shell: Shell,
}

/// `anteroom healthcheck`.
#[derive(Args, Debug)]
pub(in crate::cli) struct HealthArgs {
    /// Address of the server, without a path [default: asked of the server that holds the data folder]
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) url: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) data: DataArgs,
}

/// The shells of servers; clap knows more.
fn shell(typed: &str) -> Result<Shell, &'static str> {
    match typed {
        "bash" => Ok(Shell::Bash),
        "zsh" => Ok(Shell::Zsh),
        "fish" => Ok(Shell::Fish),
        _ => Err("it is bash, zsh or fish"),
    }
}
