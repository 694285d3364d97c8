//! `anteroom config …`: what holds, whether it makes sense, and what could be said.

use std::path::Path;

use clap::{ArgMatches, Command};
use serde_json::{Map, Value, json};

use crate::config::layers::Layered;
use crate::config::template::{quoted, template, value};
use crate::config::{Environment, Kind, Origin, Setting, Settings};
use crate::model::{StoredSetting, StoredValue, stored_settings_in};
use crate::server::control::{Answer, Verb};

use super::args::{DataArgs, ServeArgs, ShowArgs, tree};
use super::check::{Did, alone_or_asked};
use super::exit::{FAILED, Failure};
use super::{print, serve, warn};

/// Shown in the place of a secret.
const MASKED: &str = "***";

/// `config template`.
pub(super) fn print_template() {
    print(template(&settings()).trim_end());
}

/// `config check`.
pub(super) fn check(
    args: ServeArgs,
    layered: &Layered,
    environment: &Environment,
) -> Result<(), Failure> {
    serve::config(args, &layered.origins, environment)?;
    let file = match &layered.file {
        Some(file) => format!("{} was read.", file.display()),
        None => "There is no configuration file.".into(),
    };
    print(&format!("The configuration makes sense. {file}"));
    Ok(())
}

/// `config show`.
pub(super) fn show(args: ShowArgs, layered: &Layered, environment: &Environment) {
    let stored = stored(args.serve.data, environment);
    let settings = settings();
    let verb = deepest(&layered.matches);
    let of_verb = options_of_show();
    let shown: Vec<Shown<'_>> = settings
        .iter()
        .filter(|setting| of_verb.contains(&setting.option))
        .map(|setting| Shown::of(setting, verb, layered.origins.get(&setting.option), &stored))
        .collect();
    if args.json {
        let object: Map<String, Value> =
            shown.iter().map(|shown| (shown.setting.key.clone(), shown.json())).collect();
        print(&format!("{:#}", Value::Object(object)));
        return;
    }
    let lines: Vec<(String, &str)> =
        shown.iter().map(|shown| (shown.line(), shown.source.as_str())).collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default();
    for (line, source) in &lines {
        let line = if args.origin { format!("{line:width$}  # {source}") } else { line.clone() };
        print(&line);
    }
}

fn settings() -> Settings {
    let mut tree = tree();
    tree.build();
    Settings::of(&tree)
}

/// The matches of the verb itself.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| deepest(inner))
}

/// The options that `config show` takes, which are those of `serve`.
fn options_of_show() -> Vec<String> {
    let mut tree = tree();
    tree.build();
    let show = tree.find_subcommand("config").and_then(|config| config.find_subcommand("show"));
    let options = show.into_iter().flat_map(Command::get_arguments);
    options.filter_map(|arg| arg.get_long()).map(str::to_owned).collect()
}

/// What the console has stored. Where that cannot be read, or nothing is there, the reason is said and the rest shown.
fn stored(data: DataArgs, environment: &Environment) -> Vec<StoredSetting> {
    let why = match data.existing(environment).and_then(|folder| stored_in(&folder)) {
        Ok(stored) => return stored,
        Err(why) => why,
    };
    warn(&format!("Without the settings of the console: {why}"));
    Vec::new()
}

fn stored_in(data: &Path) -> Result<Vec<StoredSetting>, Failure> {
    match alone_or_asked(data, &Verb::Settings, || stored_settings_in(data))? {
        Did::We(stored) => Ok(stored),
        Did::TheServer(Answer::Done(text)) => serde_json::from_str(&text).map_err(|_| {
            Failure::new(FAILED, "the server runs another version than this command.")
        }),
        Did::TheServer(Answer::NotWell(why) | Answer::Refused(why) | Answer::Wrong(why)) => {
            Err(Failure::new(FAILED, why))
        }
    }
}

/// One setting with its value, as it is shown.
struct Shown<'a> {
    setting: &'a Setting,
    /// Several for a list; none if it is not set.
    values: Vec<String>,
    /// The values are words about it, not the value.
    in_words: bool,
    /// "flag", "variable", "credential", "file", "console" or "default".
    origin: &'static str,
    /// The same in words.
    source: String,
}

impl<'a> Shown<'a> {
    fn of(
        setting: &'a Setting,
        verb: &ArgMatches,
        origin: Option<&Origin>,
        stored: &[StoredSetting],
    ) -> Self {
        if let Some(from) = origin {
            let raw = verb.get_raw(&setting.option.replace('-', "_")).into_iter().flatten();
            let values = raw.map(|value| value.to_string_lossy().into_owned());
            let held = |value: &String| setting.is_secret() && value.starts_with('\0');
            let (secret, values): (Vec<String>, Vec<String>) = values.partition(held);
            let in_words = !secret.is_empty();
            let values = if in_words { vec![MASKED.into()] } else { values };
            let (origin, source) = (kind_of(from), from.named(&setting.option));
            return Self { setting, values, in_words, origin, source };
        }
        let (origin, source) = ("console", "the console".to_owned());
        match stored.iter().find(|stored| stored.option == setting.option).map(|found| &found.value)
        {
            Some(StoredValue::Text(text)) => {
                Self { setting, values: vec![text.clone()], in_words: false, origin, source }
            }
            Some(StoredValue::List(texts)) => {
                Self { setting, values: texts.clone(), in_words: false, origin, source }
            }
            Some(StoredValue::Secret | StoredValue::Content) => {
                Self { setting, values: vec![MASKED.into()], in_words: true, origin, source }
            }
            None => Self::default_of(setting),
        }
    }

    fn default_of(setting: &'a Setting) -> Self {
        let (origin, source) = ("default", "default".to_owned());
        if let Some(value) = setting.default_value() {
            return Self { setting, values: vec![value], in_words: false, origin, source };
        }
        let help = setting.help();
        let said = help.split_once("[default: ").map(|(_, rest)| rest.trim_end_matches(']'));
        let values = said.map(|said| said.to_owned()).into_iter().collect();
        Self { setting, values, in_words: true, origin, source }
    }

    /// As the configuration file would have it, if it is a value; a comment if it is not.
    fn line(&self) -> String {
        let key = &self.setting.key;
        match self.values.as_slice() {
            [] => format!("#{key} = not set"),
            [words] if self.in_words && self.origin == "default" => format!("#{key} = {words}"),
            [words] if self.in_words => format!("{key} = {words}"),
            [one] => format!("{key} = {}", value(self.setting, one)),
            several => {
                let several: Vec<String> = several.iter().map(|one| quoted(one)).collect();
                format!("{key} = [{}]", several.join(", "))
            }
        }
    }

    fn json(&self) -> Value {
        let value = match self.values.as_slice() {
            [] => Value::Null,
            _ if self.in_words && self.origin == "default" => Value::Null,
            several if self.setting.kind == Kind::List => json!(several),
            [one, ..] if self.setting.kind == Kind::Number => {
                one.parse::<u64>().map_or_else(|_| json!(one), |number| json!(number))
            }
            [one, ..] => json!(one),
        };
        json!({ "value": value, "origin": self.origin, "source": self.source })
    }
}

const fn kind_of(origin: &Origin) -> &'static str {
    match origin {
        Origin::Flag => "flag",
        Origin::Variable => "variable",
        Origin::Credential(_) => "credential",
        Origin::File { .. } => "file",
    }
}
