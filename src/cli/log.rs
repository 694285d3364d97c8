//! The log on standard error: for people, for the journal, or as JSON for programs.

use std::fmt::{self, Debug, Write as _};
use std::io::{self, IsTerminal};

use rustix::fs::fstat;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{self as layer, FmtContext};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Environment, Origin, Origins};
use crate::model::Clock;

use super::args::{GeneralArgs, LogFormat};
use super::exit::{CONFIG, Failure};

/// What is shown when nothing is said: our own news, and what worries the libraries.
const USUAL: &str = "warn,anteroom=info";

/// Starts the log as the options say.
pub(super) fn start(
    args: &GeneralArgs,
    origins: &Origins,
    environment: &Environment,
) -> Result<(), Failure> {
    let levels = levels(args, origins);
    let filter = EnvFilter::try_new(&levels).map_err(|why| {
        let source = origins.source("log");
        Failure::new(CONFIG, format!("{source} is {levels:?}, which is no filter: {why}."))
    })?;
    let shape = match args.log_format {
        LogFormat::Json => Shape::Json,
        LogFormat::Human if is_journal(environment) => Shape::Journal,
        LogFormat::Human => {
            Shape::Human { colours: io::stderr().is_terminal() && !environment.no_color() }
        }
    };
    let lines = Lines { shape, clock: Clock::system() };
    layer::fmt().with_env_filter(filter).with_writer(io::stderr).event_format(lines).init();
    Ok(())
}

/// In the syntax of `RUST_LOG`. `-q` and `-v` are stronger than what a file or variable says, weaker than `--log`.
fn levels(args: &GeneralArgs, origins: &Origins) -> String {
    let typed = origins.get("log") == Some(&Origin::Flag);
    match (&args.log, args.quiet, args.verbose) {
        (Some(levels), _, _) if typed => levels.clone(),
        (_, 1, _) => "warn".into(),
        (_, 2.., _) => "error".into(),
        (_, _, 1) => "info,anteroom=debug".into(),
        (_, _, 2..) => "debug,anteroom=trace".into(),
        (Some(levels), 0, 0) => levels.clone(),
        (None, 0, 0) => USUAL.into(),
    }
}

/// Whether standard error is what systemd connected to its journal, and not a file or pipe put there since.
fn is_journal(environment: &Environment) -> bool {
    let connected = environment.journal_stream();
    let Ok(ours) = fstat(io::stderr()) else { return false };
    connected == Some((ours.st_dev, ours.st_ino))
}

/// How a line looks.
#[derive(Clone, Copy)]
enum Shape {
    /// Time, level, what happened, where.
    Human { colours: bool },
    /// The same without a time, which the journal knows, and with the level in front as it reads it (sd-daemon(3)).
    Journal,
    /// An object with everything.
    Json,
}

struct Lines {
    shape: Shape,
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let about = event.metadata();
        writeln!(
            to,
            "{}",
            said.line(self.shape, *about.level(), about.target(), || {
                format!("{:.3}", self.clock.now())
            })
        )
    }
}

/// One event: its sentence, and its fields in their order.
#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Said {
    fn line(&self, shape: Shape, level: Level, target: &str, time: impl Fn() -> String) -> String {
        match shape {
            Shape::Json => self.json(level, target, &time()),
            Shape::Journal => format!("<{}>{}", priority(level), self.text(target, "", "")),
            Shape::Human { colours: false } => {
                format!("{} {level:>5} {}", time(), self.text(target, "", ""))
            }
            Shape::Human { colours: true } => {
                let text = self.text(target, "\x1b[2m", "\x1b[0m");
                format!("\x1b[2m{}\x1b[0m {}{level:>5}\x1b[0m {text}", time(), colour(level))
            }
        }
    }

    /// The sentence, its fields, and in which part of the program it was said.
    fn text(&self, target: &str, dim: &str, end: &str) -> String {
        let mut text = one_line(&self.message);
        for (name, value) in &self.fields {
            let shown = match value {
                Value::String(words) if is_word(words) => words.clone(),
                value => value.to_string(),
            };
            let gap = if text.is_empty() { "" } else { " " };
            write!(text, "{gap}{dim}{name}={end}{shown}").expect("a String takes everything");
        }
        write!(text, " {dim}({target}){end}").expect("a String takes everything");
        text
    }

    fn json(&self, level: Level, target: &str, time: &str) -> String {
        let mut object = Map::new();
        object.insert("time".into(), time.into());
        object.insert("level".into(), level.as_str().to_lowercase().into());
        object.insert("target".into(), target.into());
        object.insert("message".into(), self.message.as_str().into());
        for (name, value) in &self.fields {
            // What every line has is not overwritten.
            object.entry(*name).or_insert_with(|| value.clone());
        }
        Value::Object(object).to_string()
    }

    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }
}

/// Nobody can write a second line into the log by what they send.
fn one_line(text: &str) -> String {
    let plain = |c: char| !c.is_control();
    if text.chars().all(plain) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| if plain(c) { c.to_string() } else { c.escape_default().to_string() })
        .collect()
}

/// Whether it can stand after `name=` without quotes.
fn is_word(text: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=');
    !text.is_empty() && !text.contains(odd)
}

/// Of syslog(3).
const fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

const fn colour(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[1;31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG | Level::TRACE => "\x1b[34m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Said {
        let fields = vec![
            ("request_id", Value::from("4d9a7b2c")),
            ("why", Value::from("no room")),
            ("tries", 3.into()),
        ];
        Said { message: "a commit\nfailed".into(), fields }
    }

    fn line(shape: Shape) -> String {
        said().line(shape, Level::WARN, "anteroom::jobs", || "2026-11-26T14:47:22.000Z".into())
    }

    #[test]
    fn a_line_for_people_has_the_time_and_stays_one_line() {
        let shown = line(Shape::Human { colours: false });
        let wanted = r#"2026-11-26T14:47:22.000Z  WARN a commit\nfailed request_id=4d9a7b2c why="no room" tries=3 (anteroom::jobs)"#;
        assert_eq!(shown, wanted);
        assert!(line(Shape::Human { colours: true }).contains("\x1b[33m WARN\x1b[0m a commit"));
    }

    #[test]
    fn the_journal_gets_the_level_as_a_number_and_no_time() {
        assert!(line(Shape::Journal).starts_with(r"<4>a commit\nfailed request_id=4d9a7b2c"));
    }

    #[test]
    fn a_program_gets_an_object_with_the_fields_beside_the_message() {
        let object: Value = serde_json::from_str(&line(Shape::Json)).unwrap();
        assert_eq!(object["time"], "2026-11-26T14:47:22.000Z");
        assert_eq!(
            (&object["level"], &object["target"]),
            (&"warn".into(), &"anteroom::jobs".into())
        );
        assert_eq!(
            (&object["message"], &object["request_id"]),
            (&"a commit\nfailed".into(), &"4d9a7b2c".into())
        );
        assert_eq!(object["tries"], 3);
    }
}
