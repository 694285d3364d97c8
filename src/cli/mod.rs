//! The command line. Standard output is for what was asked for, standard error for the log and for failures.

mod args;
mod backup;
mod check;
mod configuration;
mod exit;
mod health;
mod help;
mod log;
mod man;
mod serve;
mod tls;
mod upgrade;
mod verbs;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, FromArgMatches};
use serde::Serialize;
use serde_json::json;

use crate::config::layers::{self, Layered, MACHINE_FILE, Stop};
use crate::config::{ConfigError, Environment};
use crate::worker;
use args::{
    CommandLine, CompletionArgs, ConfigVerb, DataArgs, KeysVerb, MailVerb, TlsVerb, Verb,
    VersionArgs, tree,
};
use exit::{CONFIG, FAILED, Failure};
use upgrade::UpgradeVerb;

/// Runs what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    // Not a verb for people: the server starts the program so, and what is configured does not concern it.
    if typed.get(1).is_some_and(|verb| verb == worker::VERB) {
        return worker::run();
    }
    let environment = Environment::of_process();
    let layered = match layers::read(&tree(), &typed, &environment, Path::new(MACHINE_FILE)) {
        Ok(layered) => layered,
        Err(Stop::Usage(why)) => return misunderstood(&why),
        Err(Stop::Config(why)) => return failed(&why.into()),
    };
    let line = misplaced(&layered.matches)
        .map_or_else(|| CommandLine::from_arg_matches(&layered.matches), Err);
    match line {
        Ok(line) => match obey(line, &layered, &environment) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failed(&failure),
        },
        Err(why) => misunderstood(&why.format(&mut tree())),
    }
}

/// Says what clap says. It is also how help is asked for, which is no failure.
fn misunderstood(why: &clap::Error) -> ExitCode {
    let _ = why.print(); // nobody may be listening
    ExitCode::from(u8::try_from(why.exit_code()).unwrap_or(FAILED))
}

fn failed(failure: &Failure) -> ExitCode {
    warn(&failure.to_string());
    ExitCode::from(failure)
}

/// An option of `serve` that stands before another verb would be lost.
fn misplaced(matches: &ArgMatches) -> Option<clap::Error> {
    let (verb, _) = matches.subcommand()?;
    let mut tree = tree();
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let options = tree.get_arguments().filter(|arg| !arg.is_global_set());
    let option =
        options.filter(|arg| typed(arg.get_id().as_str())).find_map(|arg| arg.get_long())?;
    let sentence = format!("write --{option} after the command: anteroom {verb} --{option}");
    Some(tree.error(ErrorKind::ArgumentConflict, sentence))
}

fn obey(line: CommandLine, layered: &Layered, environment: &Environment) -> Result<(), Failure> {
    log::start(&line.general, &layered.origins, environment)?;
    for warning in &layered.warnings {
        tracing::warn!("{warning}");
    }
    match line.verb {
        None => serve::serve(line.serve, &layered.origins, environment),
        Some(Verb::Serve(args)) => serve::serve(*args, &layered.origins, environment),
        Some(Verb::Init(args)) => verbs::init(args, environment),
        Some(Verb::SetupCode(args)) => verbs::setup_code(args, environment),
        Some(Verb::Recover(args)) => verbs::recover(args, environment),
        Some(Verb::Mail(MailVerb::Test(args))) => verbs::mail_test(args, environment),
        Some(Verb::Tls(TlsVerb::Check(args))) => tls::check(*args, environment),
        Some(Verb::Demo(args)) => verbs::demo(args, environment),
        Some(Verb::Check(args)) => check::check(args, environment),
        Some(Verb::Doctor(args)) => verbs::doctor(args, environment),
        Some(Verb::Backup(command)) => backup::backup(command, environment),
        Some(Verb::Restore(args)) => backup::restore_backup(args, environment),
        Some(Verb::Keys(KeysVerb::Rotate(args))) => verbs::rotate_keys(args, environment),
        Some(Verb::Upgrade(UpgradeVerb::Check(args))) => upgrade::check(args, environment),
        Some(Verb::Healthcheck(args)) => health::check(args, environment),
        Some(Verb::Config(ConfigVerb::Show(args))) => {
            configuration::show(*args, layered, environment);
            Ok(())
        }
        Some(Verb::Config(ConfigVerb::Check(args))) => {
            configuration::check(*args, layered, environment)
        }
        Some(Verb::Config(ConfigVerb::Template)) => {
            configuration::print_template();
            Ok(())
        }
        Some(Verb::Completion(args)) => completion(&args),
        Some(Verb::Man) => {
            print(man::page()?.trim_end());
            Ok(())
        }
        Some(Verb::Version(args)) => {
            version(&args);
            Ok(())
        }
    }
    .map_err(|failure| failure.in_words_of(&layered.origins))
}

fn completion(args: &CompletionArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut tree(), "anteroom", &mut script);
    print(String::from_utf8(script).map_err(io::Error::other)?.trim_end());
    Ok(())
}

fn version(args: &VersionArgs) {
    let version = env!("CARGO_PKG_VERSION");
    if args.json {
        print(&json!({ "name": "anteroom", "version": version }).to_string());
    } else {
        print(&format!("anteroom {version}"));
    }
}

impl DataArgs {
    fn folder(self, environment: &Environment) -> Result<PathBuf, Failure> {
        match self.data_dir {
            Some(folder) => Ok(folder),
            None => Ok(environment.data_folder()?),
        }
    }

    /// A data folder that is in use already: most verbs make none, so that a mistyped folder is noticed.
    fn existing(self, environment: &Environment) -> Result<PathBuf, Failure> {
        let data = self.folder(environment)?;
        if data.join("anteroom.redb").exists() {
            return Ok(data);
        }
        let sentence = format!(
            "There is no data in {}: start anteroom there first, or name the folder with --data-dir.",
            data.display()
        );
        Err(Failure::new(FAILED, sentence))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(CONFIG, error.0)
    }
}

impl From<io::Error> for Failure {
    #[track_caller]
    fn from(error: io::Error) -> Self {
        Self::new(FAILED, format!("{error}."))
    }
}

/// What was asked for, for a program.
fn json(what: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(what).map_err(|why| Failure::new(FAILED, format!("{why}.")))
}

/// A line of what was asked for. A reader that has gone is no failure of ours.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// A line beside it, for people.
fn warn(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
