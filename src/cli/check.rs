//! `anteroom check`: looks through the data, in the folder itself or through the server that holds it.

use std::path::Path;
use std::thread;

use clap::Args;

use crate::config::Environment;
use crate::model::{OpenError, check_folder};
use crate::server::control::{Answer, Verb, ask};

use super::args::DataArgs;
use super::exit::{FAILED, Failure, IN_USE};
use super::print;
use super::verbs::{PAUSE, TRIES, in_use, no_answer, nobody_listens};

/// `anteroom check`.
#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Put right what can be put right, after a snapshot: makes the index anew. The server must not run
    #[arg(long)]
    pub(super) repair: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Who did what was asked.
pub(super) enum Did<T> {
    /// We, with the folder to ourselves.
    We(T),
    /// The server that holds it.
    TheServer(Answer),
}

pub(super) fn check(args: CheckArgs, environment: &Environment) -> Result<(), Failure> {
    let data = args.data.existing(environment)?;
    if args.repair {
        return match check_folder(&data, true) {
            Err(OpenError::InUse) => Err(Failure::new(
                IN_USE,
                "The server runs. Stop it first: what is being written cannot be repaired.",
            )),
            report => said(&report?, args.json),
        };
    }
    let verb = Verb::Check { json: args.json };
    match alone_or_asked(&data, &verb, || check_folder(&data, false))? {
        Did::We(report) => said(&report, args.json),
        Did::TheServer(Answer::Done(text)) => {
            print(&text);
            Ok(())
        }
        Did::TheServer(Answer::NotWell(text)) => {
            print(&text);
            Err(not_well())
        }
        Did::TheServer(Answer::Refused(why) | Answer::Wrong(why)) => Err(Failure::new(FAILED, why)),
    }
}

fn said(report: &crate::model::Report, json: bool) -> Result<(), Failure> {
    print(&if json { super::json(report)? } else { report.to_string() });
    if report.findings.is_empty() { Ok(()) } else { Err(not_well()) }
}

/// After what was found has been printed.
pub(super) fn not_well() -> Failure {
    Failure::new(FAILED, "Not all is well: see above.")
}

/// Does something with a folder that no server holds, or asks the server that does. One that starts or stops holds it
/// for a moment without listening: that moment is waited for.
pub(super) fn alone_or_asked<T>(
    data: &Path,
    verb: &Verb,
    mut alone: impl FnMut() -> Result<T, OpenError>,
) -> Result<Did<T>, Failure> {
    for _ in 0..TRIES {
        match alone() {
            Ok(done) => return Ok(Did::We(done)),
            Err(OpenError::InUse) => {}
            Err(why) => return Err(why.into()),
        }
        match ask(data, verb) {
            Ok(answer) => return Ok(Did::TheServer(answer)),
            Err(why) if nobody_listens(&why) => thread::park_timeout(PAUSE),
            Err(why) => return Err(no_answer(data, &why)),
        }
    }
    Err(in_use(data))
}
