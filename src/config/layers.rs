//! The layers, from the strongest down: command line, variable, credential, configuration file. What a lower layer says
//! about an option that no higher one names is added to the command line, which is then read once more: every layer
//! is held to the same rules.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::file::{ConfigFile, usual};
use super::settings::{Kind, Meant, Setting, Settings, switch, without_variables};
use super::{ConfigError, Environment, wrong};

/// The configuration of a machine, as packages install it.
pub const MACHINE_FILE: &str = "/etc/anteroom/anteroom.toml";

/// Where the value of a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// Its variable.
    Variable,
    /// A file that systemd hands over.
    Credential(PathBuf),
    /// The configuration file.
    File {
        /// Its path.
        path: PathBuf,
        /// The key as it stands there.
        key: String,
        /// Counted from 1.
        line: usize,
    },
}

impl Origin {
    /// As a page or a message names it: `--smtp-host`, or `smtp.host in /etc/anteroom/anteroom.toml`.
    #[must_use]
    pub fn named(&self, option: &str) -> String {
        match self {
            Self::Flag => format!("--{option}"),
            Self::Variable => variable(option),
            Self::Credential(path) => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                format!("the credential {name}")
            }
            Self::File { path, key, .. } => format!("{key} in {}", path.display()),
        }
    }
}

/// The variable of an option.
fn variable(option: &str) -> String {
    format!("ANTEROOM_{}", option.replace('-', "_").to_uppercase())
}

/// Where each option of this run was set; those that are missing have their default.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Of an option without its dashes.
    #[must_use]
    pub fn get(&self, option: &str) -> Option<&Origin> {
        self.0.get(option)
    }

    /// How the option was set, in words. One that was not set is named as it would be on the command line.
    #[must_use]
    pub fn source(&self, option: &str) -> String {
        self.get(option).unwrap_or(&Origin::Flag).named(option)
    }

    /// A sentence about an option begins with its name on the command line. Whoever set it elsewhere is told where.
    #[must_use]
    pub fn in_their_words(&self, error: ConfigError) -> ConfigError {
        let named = error.0.strip_prefix("--").and_then(|rest| {
            let end = rest.find(|c: char| c != '-' && !c.is_ascii_alphanumeric())?;
            Some((&rest[..end], &rest[end..]))
        });
        match named {
            Some((option, rest)) => ConfigError(format!("{}{rest}", self.source(option))),
            None => error,
        }
    }
}

/// What was asked for, with everything that the layers say.
#[derive(Debug)]
pub struct Layered {
    /// The verb with all its options.
    pub matches: ArgMatches,
    /// Where they come from.
    pub origins: Origins,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// Things to look at that stop nothing.
    pub warnings: Vec<String>,
}

/// Why nothing can be done.
#[derive(Debug)]
pub enum Stop {
    /// The command line is not understood, or asks for help.
    Usage(clap::Error),
    /// A lower layer makes no sense.
    Config(ConfigError),
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// Reads all layers. `tree` is the whole command line as it is declared, with its variables.
pub fn read(
    tree: &Command,
    typed: &[OsString],
    environment: &Environment,
    machine_file: &Path,
) -> Result<Layered, Stop> {
    let first = without_variables(tree.clone(), false).try_get_matches_from(typed);
    // Help names the variables, so the whole tree writes it.
    let first = match first {
        Ok(matches) => matches,
        Err(why) if why.use_stderr() => return Err(Stop::Usage(why)),
        Err(why) => {
            return Err(Stop::Usage(tree.clone().try_get_matches_from(typed).err().unwrap_or(why)));
        }
    };
    let mut built = tree.clone();
    built.build();
    let settings = Settings::of(&built);
    let variables: Vec<String> = settings.iter().map(|known| known.variable.clone()).collect();
    environment.refuse_unknown(&variables)?;
    let chosen = Chosen::of(&built, &first);
    let mut layers =
        Layers { environment, file: None, credentials: Vec::new(), warnings: Vec::new() };
    if chosen.is_configured() {
        if let Some(path) = layers.file_to_read(&chosen, machine_file) {
            layers.file = Some(ConfigFile::read(&path, &settings)?);
        }
        layers.find_credentials(&settings);
    }
    let (origins, more) = layers.fill(&chosen, &settings)?;
    let matches = without_variables(tree.clone(), true)
        .try_get_matches_from(with_more(typed, more))
        .map_err(Stop::Usage)?;
    let file = layers.file.map(|file| file.path);
    Ok(Layered { matches, origins, file, warnings: layers.warnings })
}

/// The command line with more options, which belong before a `--`: what follows that is no option.
fn with_more(typed: &[OsString], more: Vec<OsString>) -> Vec<OsString> {
    let end = typed.iter().position(|word| word == "--").unwrap_or(typed.len());
    let (before, after) = typed.split_at(end);
    before.iter().cloned().chain(more).chain(after.iter().cloned()).collect()
}

/// The verb that was typed, and what was typed with it.
struct Chosen<'a> {
    verb: &'a Command,
    matches: &'a ArgMatches,
}

impl<'a> Chosen<'a> {
    fn of(tree: &'a Command, matches: &'a ArgMatches) -> Self {
        let mut chosen = Self { verb: tree, matches };
        while let Some((name, inner)) = chosen.matches.subcommand() {
            let verb =
                chosen.verb.find_subcommand(name).expect("clap matched this verb in this tree");
            chosen = Self { verb, matches: inner };
        }
        chosen
    }

    fn options(&self) -> impl Iterator<Item = &str> {
        let with_variable = self.verb.get_arguments().filter(|arg| arg.get_env().is_some());
        with_variable.filter_map(|arg| arg.get_long())
    }

    /// Whether the verb has settings of its own. The others, such as `version`, must work where no file can be read.
    fn is_configured(&self) -> bool {
        let own = |arg: &clap::Arg| arg.get_env().is_some() && !arg.is_global_set();
        self.verb.get_arguments().any(own)
    }

    fn was_typed(&self, option: &str) -> bool {
        let id = option.replace('-', "_");
        self.matches.value_source(&id) == Some(ValueSource::CommandLine)
    }
}

struct Layers<'a> {
    environment: &'a Environment,
    file: Option<ConfigFile>,
    /// By option.
    credentials: Vec<(String, PathBuf)>,
    warnings: Vec<String>,
}

impl Layers<'_> {
    /// The file that was named, or else the first usual one that is there.
    fn file_to_read(&self, chosen: &Chosen<'_>, machine_file: &Path) -> Option<PathBuf> {
        if chosen.was_typed("config") {
            return chosen.matches.get_one::<PathBuf>("config").cloned();
        }
        let named = self.environment.set("ANTEROOM_CONFIG").map(PathBuf::from);
        named.or_else(|| usual(self.environment.config_file(), machine_file))
    }

    /// Looks through the folder of credentials. One that no setting is named for is most likely mistyped.
    fn find_credentials(&mut self, settings: &Settings) {
        let Some(folder) = self.environment.credentials_folder() else { return };
        let Ok(inside) = fs::read_dir(folder) else { return };
        let mut paths: Vec<PathBuf> = inside.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match settings.meant(&name) {
                Some(Meant::Value(setting) | Meant::Content(setting)) => {
                    self.credentials.push((setting.option.clone(), path));
                }
                None => {
                    let meant = settings.nearest(&name).unwrap_or_default();
                    self.warnings.push(format!(
                        "There is no setting for the credential {name}. Did you mean {meant}?"
                    ));
                }
            }
        }
    }

    /// What the lower layers add to the command line, and where every option was set.
    fn fill(
        &self,
        chosen: &Chosen<'_>,
        settings: &Settings,
    ) -> Result<(Origins, Vec<OsString>), ConfigError> {
        let (mut origins, mut more) = (Origins::default(), Vec::new());
        for option in chosen.options() {
            let setting =
                settings.option(option).expect("every option with a variable is a setting");
            let found = if chosen.was_typed(option) {
                Some((Origin::Flag, Vec::new()))
            } else {
                self.find(setting)?
            };
            let Some((origin, values)) = found else { continue };
            for value in values {
                let mut word = OsString::from(format!("--{option}"));
                match setting.kind {
                    Kind::Switch if switch(&value) == Some(true) => more.push(word),
                    Kind::Switch => {}
                    _ => {
                        word.push("=");
                        word.push(value);
                        more.push(word);
                    }
                }
            }
            origins.0.insert(option.to_owned(), origin);
        }
        Ok((origins, more))
    }

    /// The strongest of the layers below the command line that says something. A variable that is empty says nothing.
    fn find(&self, setting: &Setting) -> Result<Option<(Origin, Vec<OsString>)>, ConfigError> {
        if let Some(value) = self.environment.set(&setting.variable) {
            if let Some(why) = setting.refusal(value) {
                let (name, shown) = (&setting.variable, value.to_string_lossy());
                return wrong(format!("{name} is {shown:?}, but {why}."));
            }
            return Ok(Some((Origin::Variable, vec![value.clone()])));
        }
        let of_option = |(option, _): &&(String, PathBuf)| *option == setting.option;
        if let Some((_, path)) = self.credentials.iter().find(of_option) {
            let value = if setting.is_file() { path.into() } else { content(path, setting)? };
            return Ok(Some((Origin::Credential(path.clone()), vec![value])));
        }
        let Some(file) = &self.file else { return Ok(None) };
        Ok(file.get(setting).map(|entry| {
            let (path, key, line) = (file.path.clone(), entry.key.clone(), entry.line);
            (Origin::File { path, key, line }, entry.values.clone())
        }))
    }
}

/// The value in a credential, without the line end that editors add.
fn content(path: &Path, setting: &Setting) -> Result<OsString, ConfigError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path)
        .map_err(|why| ConfigError(format!("The credential {name} cannot be read: {why}.")))?;
    let value = OsString::from(text.trim_end_matches(['\r', '\n']));
    match setting.refusal(&value) {
        Some(why) => wrong(format!("The credential {name} cannot be used: {why}.")),
        None => Ok(value),
    }
}

#[cfg(test)]
mod tests;
