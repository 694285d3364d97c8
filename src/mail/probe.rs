//! "Send a test": one mail through the code that the outbox uses, told step by step.

use std::fmt;

use serde::Serialize;

use super::failure::Step;
use super::smtp::{Envelope, Limits, Server, SmtpPool};

/// What became of the test.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// Every step that sending to this server takes, in order.
    pub steps: Vec<ProbeStep>,
    /// The server's words when it took the mail.
    pub accepted: Option<String>,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeStep {
    /// Which step.
    pub step: Step,
    /// Its name for people.
    pub label: &'static str,
    /// How it went.
    pub outcome: Outcome,
}

/// How one step went.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// It went well.
    Passed,
    /// The test ended here.
    Failed {
        /// What happened and what to do.
        plain: String,
        /// The server's words, or the technical error.
        words: String,
    },
    /// An earlier step failed.
    NotReached,
}

impl Probe {
    /// Whether the server took the mail.
    pub fn passed(&self) -> bool {
        self.accepted.is_some()
    }
}

/// For the command line: a line for each step, and what to do under the one that failed.
impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ProbeStep { label, outcome, .. } in &self.steps {
            match outcome {
                Outcome::Passed => writeln!(f, "ok       {label}")?,
                Outcome::Failed { plain, words } => {
                    writeln!(f, "failed   {label}\n         {plain}\n         ({words})")?;
                }
                Outcome::NotReached => writeln!(f, "-        {label}")?,
            }
        }
        match &self.accepted {
            Some(words) => write!(f, "The mail server took the mail: {words}"),
            None => f.write_str("The test stopped there."),
        }
    }
}

/// Sends `mail` over a connection of its own and reports each step.
pub async fn probe(server: Server, limits: Limits, mail: &Envelope) -> Probe {
    let order = server.steps();
    let pool = SmtpPool::new(server, 1).with_limits(limits);
    let outcome = pool.send(mail).await;
    pool.close().await;
    let failed_at = outcome.as_ref().err().map(|failure| failure.step);
    let failed_at = order.iter().position(|step| Some(*step) == failed_at).unwrap_or(order.len());
    let report = |(at, step): (usize, Step)| ProbeStep {
        step,
        label: label(step),
        outcome: match &outcome {
            Err(failure) if at == failed_at => {
                Outcome::Failed { plain: failure.plain(), words: failure.words.clone() }
            }
            Err(_) if at > failed_at => Outcome::NotReached,
            _ => Outcome::Passed,
        },
    };
    let steps = order.into_iter().enumerate().map(report).collect();
    Probe { steps, accepted: outcome.ok().map(|accepted| accepted.words) }
}

fn label(step: Step) -> &'static str {
    match step {
        Step::Lookup => "Name lookup",
        Step::Connect => "Connect",
        Step::Greeting => "Greeting",
        Step::Tls => "Encryption",
        Step::Login => "Log-in",
        Step::Sender => "Sender",
        Step::Recipient => "Recipient",
        Step::Data => "Mail",
    }
}
