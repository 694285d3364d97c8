//! `anteroom backup …` and `anteroom restore`.

mod create;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rustix::process::geteuid;

use crate::backups::restore::{Restore, Restored, restore};
use crate::backups::{Cancel, CancelOnDrop, Identities, read_identities, try_file};
use crate::config::Environment;
use crate::error::Error;
use crate::server::control::Verb;
use crate::server::control::backups::{BackupVerb, HandOver};
use crate::server::provide_tls;
use crate::values::Recipient;

use super::args::DataArgs;
use super::exit::{FAILED, Failure, USAGE};
use super::print;
use super::verbs::carry_out;

/// `anteroom backup …`.
#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Make a backup, while the server runs or not
    Create(CreateArgs),
    /// List the backups, newest first
    List(ReportArgs),
    /// Really restore a backup into a scratch folder, and compare
    Verify(VerifyArgs),
    /// Remove the backups that newer ones have replaced
    Prune(ReportArgs),
}

/// `anteroom backup create`.
#[derive(Args, Debug)]
pub(super) struct CreateArgs {
    /// File to write, or folder to write it in; it holds everything [default: the place set in the settings]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
    /// Public key of age for which it is encrypted; can be given several times [default: those set in the settings]
    #[arg(long = "recipient", value_name = "AGE1…", value_parser = Recipient::parse, requires = "output")]
    recipients: Vec<Recipient>,
    /// File or folder for the keys, if FILE is not encrypted; not where FILE is
    #[arg(long, value_name = "FILE", requires = "output", conflicts_with = "recipients")]
    keys_to: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// `anteroom backup list` and `prune`.
#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// `anteroom backup verify`.
#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// File to verify [default: the newest backup]
    file: Option<PathBuf>,
    /// File with the secret key of age, if it is encrypted
    #[arg(long, value_name = "FILE", requires = "file")]
    identity: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "file")]
    json: bool,
    #[command(flatten)]
    data: DataArgs,
}

/// `anteroom restore`.
#[derive(Args, Debug)]
pub(super) struct RestoreArgs {
    /// The backup: an archive, or a copy that was laid aside before an upgrade
    file: PathBuf,
    /// File with the secret key of age, if it is encrypted
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// File of recovery keys, if it is not encrypted
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Restore without the keys, if they are lost
    #[arg(long, conflicts_with = "keys")]
    without_keys: bool,
    #[command(flatten)]
    data: DataArgs,
}

pub(super) fn backup(command: BackupCommand, environment: &Environment) -> Result<(), Failure> {
    let (data, verb) = match command {
        BackupCommand::Verify(args) if args.file.is_some() => {
            return verify_file(args, environment);
        }
        BackupCommand::Verify(args) => (args.data, BackupVerb::Verify { json: args.json }),
        BackupCommand::List(args) => (args.data, BackupVerb::List { json: args.json }),
        BackupCommand::Prune(args) => (args.data, BackupVerb::Prune { json: args.json }),
        BackupCommand::Create(CreateArgs { output: Some(to), recipients, keys_to, json, data }) => {
            let order = HandOver { recipients, keys: keys_to.is_some(), to: None };
            return create::create(data.existing(environment)?, order, &to, keys_to, json);
        }
        BackupCommand::Create(args) => (args.data, BackupVerb::Create { json: args.json }),
    };
    carry_out(data.existing(environment)?, Verb::Backup(verb))
}

/// In this process: whoever has the file and its key need not be the one who runs the server.
fn verify_file(args: VerifyArgs, environment: &Environment) -> Result<(), Failure> {
    let file = args.file.unwrap_or_default();
    let keys = identities(args.identity.as_deref())?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let beside = folder.unwrap_or(Path::new(".")).to_owned();
    // Beside the data there is room for it; without data, beside the backup.
    let data = args.data.folder(environment).ok().map(|data| data.join("backups"));
    let scratch = data.filter(|folder| folder.is_dir()).unwrap_or(beside);
    let name = file.display().to_string();
    let trial = run(async move {
        let cancel = Cancel::default();
        let _left = CancelOnDrop(cancel.clone());
        try_file(file, keys, scratch, cancel).await
    })?;
    print(&trial.sentence(&name));
    Ok(())
}

pub(super) fn restore_backup(args: RestoreArgs, environment: &Environment) -> Result<(), Failure> {
    let data = args.data.folder(environment)?;
    let order = Restore {
        file: args.file,
        data: data.clone(),
        identities: identities(args.identity.as_deref())?,
        keys: args.keys,
        without_keys: args.without_keys,
    };
    let restored = run(restore(order, Cancel::default()))?;
    print(&report(&data, &restored));
    Ok(())
}

fn report(data: &Path, restored: &Restored) -> String {
    let settled = &restored.settled;
    let firm = settled.firm.as_deref().unwrap_or("An installation that is not set up yet");
    let of = restored.made_at.map(|at| format!(", as of {at:.0}")).unwrap_or_default();
    let mut lines = vec![format!("Restored into {}: {firm}{of}.", data.display()), String::new()];
    let count = |count: usize, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    lines.push(format!(
        "- {} ended: everybody logs in anew.",
        count(settled.sessions, "log-in", "log-ins")
    ));
    lines.push(format!(
        "- {} ended, for a new link key was made. Send them again from Today.",
        count(settled.invites, "open invite", "open invites")
    ));
    lines.push(format!(
        "- {} held, and no mail leaves before an Admin releases the mails in the Outbox.",
        count(settled.mails, "mail is", "mails are")
    ));
    lines.extend(settled.lost.iter().map(|what| format!("- {what}.")));
    lines.push(String::new());
    lines.push("Next: start anteroom with this data folder, log in, look at the Outbox, release the mails.".into());
    if geteuid().is_root() {
        let owner = "The folder belongs to root now: give it to the user who runs the server, with chown -R.";
        lines.push(owner.into());
    }
    lines.push(
        "If another server still runs on the old data, stop it first: both would send mails."
            .into(),
    );
    lines.join("\n")
}

fn identities(file: Option<&Path>) -> Result<Identities, Failure> {
    let Some(file) = file else { return Ok(Identities::default()) };
    let text = std::fs::read_to_string(file).map_err(|why| {
        Failure::new(USAGE, format!("The file {} cannot be read: {why}.", file.display()))
    })?;
    read_identities(&text).map_err(|why| Failure::new(USAGE, format!("{}: {why}.", file.display())))
}

fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    provide_tls();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work).map_err(|why| Failure::new(FAILED, why.to_string()))
}
