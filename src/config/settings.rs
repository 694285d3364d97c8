//! The settings that exist: every option of the command line that has a variable. The tree of the command line is the
//! one list of them, so that an option that is added there can be set everywhere at once.

use std::any::TypeId;
use std::error::Error;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};

use super::SecretFile;

/// What kind of value a setting takes in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text in quotes.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Switch,
    /// Texts in square brackets.
    List,
}

impl Kind {
    fn of(arg: &Arg) -> Self {
        let numbers = [
            TypeId::of::<u8>(),
            TypeId::of::<u16>(),
            TypeId::of::<u32>(),
            TypeId::of::<u64>(),
            TypeId::of::<usize>(),
        ];
        let number = |id: TypeId| arg.get_value_parser().type_id() == id;
        match arg.get_action() {
            ArgAction::SetTrue => Self::Switch,
            ArgAction::Append => Self::List,
            _ if numbers.into_iter().any(number) => Self::Number,
            _ => Self::Text,
        }
    }

    /// How it is written, for somebody who wrote it otherwise.
    #[must_use]
    pub const fn wanted(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Number => "a number without quotes",
            Self::Switch => "true or false",
            Self::List => "a list of texts, such as [\"a\", \"b\"]",
        }
    }
}

/// One option that can also be set by a variable, a credential and the configuration file.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its name on the command line, without the dashes: `smtp-host`.
    pub option: String,
    /// Its variable: `ANTEROOM_SMTP_HOST`.
    pub variable: String,
    /// Its key in the configuration file: `smtp.host`.
    pub key: String,
    /// What it takes.
    pub kind: Kind,
    arg: Arg,
}

impl Setting {
    fn of(arg: &Arg) -> Option<Self> {
        Some(Self {
            option: arg.get_long()?.to_owned(),
            variable: arg.get_env()?.to_str()?.to_owned(),
            key: String::new(),
            kind: Kind::of(arg),
            arg: arg.clone(),
        })
    }

    /// It names a file that holds a secret, so that its key without `_file` may hold the secret itself.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.arg.get_value_parser().type_id() == TypeId::of::<SecretFile>()
    }

    /// Its value is the name of a file, as a credential has one.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.value_name() == "FILE"
    }

    /// What stands for its value in the help.
    #[must_use]
    pub fn value_name(&self) -> &str {
        self.arg.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str())
    }

    /// What it is for, in one sentence.
    #[must_use]
    pub fn help(&self) -> String {
        self.arg.get_help().map(ToString::to_string).unwrap_or_default()
    }

    /// The value it has when nothing is said, where there is a fixed one.
    #[must_use]
    pub fn default_value(&self) -> Option<String> {
        self.arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned())
    }

    /// The values it can have, where they are few.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        let choices = self.arg.get_possible_values();
        choices.iter().map(|choice| choice.get_name().to_owned()).collect()
    }

    /// Its key without `_file`, by which a credential gives the file and the configuration file the secret.
    #[must_use]
    pub fn short_key(&self) -> Option<&str> {
        self.key.strip_suffix("_file").or_else(|| self.key.strip_suffix(".file"))
    }

    /// Why the option does not take this value, as the rest of a sentence.
    pub fn refusal(&self, value: &OsString) -> Option<String> {
        if self.kind == Kind::Switch {
            return switch(value).is_none().then(|| "it must be true or false".to_owned());
        }
        // An option of the same kind by itself: that of the tree may need others beside it.
        let mut alone = Arg::new("alone")
            .long("alone")
            .action(ArgAction::Append)
            .value_parser(self.arg.get_value_parser().clone());
        if let Some(delimiter) = self.arg.get_value_delimiter() {
            alone = alone.value_delimiter(delimiter);
        }
        let mut typed = OsString::from("--alone=");
        typed.push(value);
        let command = Command::new("alone").no_binary_name(true).arg(alone);
        Some(self.why(&command.try_get_matches_from([typed]).err()?))
    }

    fn why(&self, error: &clap::Error) -> String {
        if let Some(ContextValue::Strings(choices)) = error.get(ContextKind::ValidValue)
            && !choices.is_empty()
        {
            return format!("it must be one of {}", choices.join(", "));
        }
        match (self.kind, error.kind(), error.source()) {
            (Kind::Number, ErrorKind::ValueValidation, Some(why)) => {
                format!("it must be a whole number ({why})")
            }
            (_, ErrorKind::ValueValidation, Some(why)) => why.to_string(),
            _ => format!("it must be {}", self.kind.wanted()),
        }
    }
}

/// What a variable says about a switch.
pub(super) fn switch(value: &OsString) -> Option<bool> {
    match value.to_str()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Every setting of the program, each once.
#[derive(Clone, Debug)]
pub struct Settings(Vec<Setting>);

impl Settings {
    /// Those of this tree: the options of the whole program first, then those of its verbs.
    #[must_use]
    pub fn of(tree: &Command) -> Self {
        fn collect(command: &Command, settings: &mut Vec<Setting>) {
            for setting in command.get_arguments().filter_map(Setting::of) {
                if settings.iter().all(|known| known.option != setting.option) {
                    settings.push(setting);
                }
            }
            command.get_subcommands().for_each(|verb| collect(verb, settings));
        }
        let mut settings = Vec::new();
        collect(tree, &mut settings);
        let options: Vec<String> = settings.iter().map(|known| known.option.clone()).collect();
        for setting in &mut settings {
            setting.key = key(&setting.option, &options);
        }
        Self(settings)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// Those that a configuration file can hold: all but its own name.
    pub fn of_file(&self) -> impl Iterator<Item = &Setting> {
        self.iter().filter(|setting| setting.option != "config")
    }

    /// That of an option.
    #[must_use]
    pub fn option(&self, option: &str) -> Option<&Setting> {
        self.iter().find(|setting| setting.option == option)
    }

    /// What a key means, with dots, underscores or dashes between its words.
    pub(super) fn meant(&self, key: &str) -> Option<Meant<'_>> {
        let option = key.replace(['.', '_'], "-");
        let found = self.of_file().find(|setting| setting.option == option);
        let short = format!("{option}-file");
        let by_content = || self.of_file().find(|setting| setting.option == short);
        found.map(Meant::Value).or_else(|| by_content().map(Meant::Content))
    }

    /// The key that is nearest to one that does not exist.
    pub(super) fn nearest(&self, key: &str) -> Option<&str> {
        let settings = self.of_file();
        let keys = settings.flat_map(|setting| {
            let content = setting.is_secret().then(|| setting.short_key()).flatten();
            [Some(setting.key.as_str()), content].into_iter().flatten()
        });
        keys.min_by_key(|known| strsim::damerau_levenshtein(known, key))
    }
}

/// What a key or the name of a credential stands for.
pub(super) enum Meant<'a> {
    /// The value of the setting.
    Value(&'a Setting),
    /// What is in the file that the setting names.
    Content(&'a Setting),
}

/// `smtp-password-file` is `smtp.password_file` where several options begin with `smtp` and none is `smtp` alone: in the
/// file a key cannot be a value and a table.
fn key(option: &str, options: &[String]) -> String {
    let underscored = || option.replace('-', "_");
    let Some((first, rest)) = option.split_once('-') else { return underscored() };
    let group = format!("{first}-");
    let several = options.iter().filter(|other| other.starts_with(&group)).count() > 1;
    if several && options.iter().all(|other| other != first) {
        format!("{first}.{}", rest.replace('-', "_"))
    } else {
        underscored()
    }
}

/// The same tree without the variables, which are read as a layer of their own, and without its demands, which may be
/// met by a lower layer.
pub(super) fn without_variables(tree: Command, demands: bool) -> Command {
    tree.mut_args(|arg| {
        if arg.get_env().is_none() {
            return arg;
        }
        let required = demands && arg.is_required_set();
        arg.env(None::<&'static str>).required(required)
    })
    .mut_subcommands(|verb| without_variables(verb, demands))
}

#[cfg(test)]
mod tests;
