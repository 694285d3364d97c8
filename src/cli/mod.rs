//! The command line. Standard output is for what was asked for, standard error for the log and for failures.

mod args;
mod exit;
mod serve;
mod verbs;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Environment};
use args::{CommandLine, DataArgs, MailVerb, Verb};
use exit::{CONFIG, FAILED, Failure};

/// Runs what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let matches = CommandLine::command().get_matches();
    match CommandLine::from_arg_matches(&matches) {
        Ok(line) => match obey(line, &matches) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                let _ = writeln!(io::stderr(), "{failure}"); // nobody may be listening
                ExitCode::from(&failure)
            }
        },
        Err(why) => why.format(&mut CommandLine::command()).exit(),
    }
}

fn obey(line: CommandLine, matches: &ArgMatches) -> Result<(), Failure> {
    let environment = Environment::of_process();
    environment.refuse_unknown(&known_variables())?;
    start_log(&environment)?;
    let given = Given(matches.subcommand().map_or(matches, |(_, given)| given));
    match line.verb {
        None => serve::serve(line.serve, &given, &environment),
        Some(Verb::Serve(args)) => serve::serve(args, &given, &environment),
        Some(Verb::Init(args)) => verbs::init(args, &environment),
        Some(Verb::SetupCode(args)) => verbs::setup_code(args, &environment),
        Some(Verb::Recover(args)) => verbs::recover(args, &environment),
        Some(Verb::Mail(MailVerb::Test(args))) => verbs::mail_test(args, &environment),
        Some(Verb::Demo(args)) => verbs::demo(args, &environment),
        Some(Verb::Check(args)) => verbs::check(args, &environment),
        Some(Verb::Version) => {
            print(&format!("anteroom {}", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    }
}

/// The options of the verb, with where each came from.
struct Given<'a>(&'a ArgMatches);

impl Given<'_> {
    /// How the option was set, as the settings page says it: `--smtp-host` or `ANTEROOM_SMTP_HOST`.
    fn source(&self, option: &str) -> String {
        match self.0.value_source(&option.replace('-', "_")) {
            Some(ValueSource::EnvVariable) => {
                format!("ANTEROOM_{}", option.replace('-', "_").to_uppercase())
            }
            _ => format!("--{option}"),
        }
    }
}

impl DataArgs {
    fn folder(self, environment: &Environment) -> Result<PathBuf, Failure> {
        match self.data_dir {
            Some(folder) => Ok(folder),
            None => Ok(environment.data_folder()?),
        }
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

/// A line of what was asked for. A reader that has gone is no failure of ours.
fn print(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Every variable that some verb reads.
fn known_variables() -> Vec<String> {
    fn collect(command: &Command, known: &mut Vec<String>) {
        let variables = command.get_arguments().filter_map(|arg| arg.get_env()?.to_str());
        known.extend(variables.map(str::to_owned));
        command.get_subcommands().for_each(|verb| collect(verb, known));
    }
    let mut known = vec!["ANTEROOM_LOG".to_owned()];
    collect(&CommandLine::command(), &mut known);
    known
}

fn start_log(environment: &Environment) -> Result<(), Failure> {
    let filter = environment.log_filter();
    let filter = EnvFilter::try_new(&filter).map_err(|why| {
        Failure::new(CONFIG, format!("ANTEROOM_LOG is {filter}, which is no filter: {why}."))
    })?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
        look(&CommandLine::command());
        let known = known_variables();
        for variable in ["ANTEROOM_LOG", "ANTEROOM_DATA_DIR", "ANTEROOM_MAIL_FROM"] {
            assert!(known.iter().any(|known| known == variable), "{variable}");
        }
    }
}
