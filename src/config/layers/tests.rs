use super::super::{SmtpArgs, environment::environment};
use super::*;
use clap::{Arg, ArgAction, Args};
use std::fs::File;
use std::io::Write;
use tempfile::TempDir;

fn tree() -> Command {
    let config = Arg::new("config")
        .long("config")
        .env("ANTEROOM_CONFIG")
        .value_parser(clap::value_parser!(PathBuf))
        .global(true);
    let serve = SmtpArgs::augment_args(Command::new("serve"));
    let need = Arg::new("name").long("name").env("ANTEROOM_NAME").required(true);
    let fast = Arg::new("fast").long("fast").env("ANTEROOM_FAST").action(ArgAction::SetTrue);
    let usual = Arg::new("way").long("way").env("ANTEROOM_WAY").default_value("slow");
    let to = Arg::new("to").num_args(0..);
    Command::new("anteroom")
        .arg(config)
        .subcommand(serve)
        .subcommand(Command::new("send").args([need, fast, usual, to]))
        .subcommand(Command::new("version"))
}

/// A folder with a configuration file and credentials.
struct Machine(TempDir);

impl Machine {
    fn with(file: &str, credentials: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: PathBuf, text: &str| {
            File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
        };
        put(folder.path().join("anteroom.toml"), file);
        fs::create_dir(folder.path().join("credentials")).unwrap();
        for (name, text) in credentials {
            put(folder.path().join("credentials").join(name), text);
        }
        Self(folder)
    }

    fn read(&self, typed: &str, variables: &[(&str, &str)]) -> Result<Layered, Stop> {
        let credentials = self.0.path().join("credentials");
        let mut all = vec![("CREDENTIALS_DIRECTORY", credentials.to_str().unwrap())];
        all.extend(variables);
        let typed: Vec<OsString> = typed.split(' ').map(OsString::from).collect();
        read(&tree(), &typed, &environment(&all), &self.0.path().join("anteroom.toml"))
    }
}

/// The value of an option of the verb and its origin in words.
fn told(layered: &Layered, option: &str) -> (String, String) {
    let (_, matches) = layered.matches.subcommand().unwrap();
    let raw = matches.get_raw(&option.replace('-', "_")).unwrap();
    let values: Vec<String> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
    (values.join(","), layered.origins.source(option))
}

fn config_error(stop: Result<Layered, Stop>) -> String {
    match stop {
        Err(Stop::Config(why)) => why.0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_strongest_layer_that_says_something_holds() {
    let machine = Machine::with(
        "[smtp]\nhost = 'file'\nuser = 'file'\nport = 1",
        &[("smtp.host", "credential\n"), ("smtp.user", "credential")],
    );
    let host = |typed: &str, variables: &[(&str, &str)]| {
        told(&machine.read(typed, variables).unwrap(), "smtp-host").0
    };
    let variable = [("ANTEROOM_SMTP_HOST", "variable")];
    assert_eq!(host("anteroom serve --smtp-host flag", &variable), "flag");
    assert_eq!(host("anteroom serve", &variable), "variable");
    assert_eq!(
        host("anteroom serve", &[("ANTEROOM_SMTP_HOST", "")]),
        "credential",
        "empty is not set"
    );
    let layered = machine
        .read("anteroom serve --smtp-host flag", &[("ANTEROOM_SMTP_SECURITY", "tls")])
        .unwrap();
    let source = |option: &str| told(&layered, option).1;
    assert_eq!(source("smtp-host"), "--smtp-host");
    assert_eq!(source("smtp-security"), "ANTEROOM_SMTP_SECURITY");
    assert_eq!(source("smtp-user"), "the credential smtp.user");
    let file = machine.0.path().join("anteroom.toml");
    assert_eq!(source("smtp-port"), format!("smtp.port in {}", file.display()));
    assert_eq!(layered.file, Some(file));
}

#[test]
fn a_credential_is_the_file_that_an_option_names() {
    let machine = Machine::with("", &[("smtp.password", "kiln battery\n"), ("smtp.pasword", "x")]);
    let layered = machine.read("anteroom serve", &[]).unwrap();
    let (value, source) = told(&layered, "smtp-password-file");
    assert!(value.ends_with("credentials/smtp.password"), "{value}");
    assert_eq!(source, "the credential smtp.password");
    let odd = "There is no setting for the credential smtp.pasword. Did you mean smtp.password?";
    assert_eq!(layered.warnings, [odd]);
    let machine = Machine::with("", &[("smtp.port", "many")]);
    let why = config_error(machine.read("anteroom serve", &[]));
    assert!(why.starts_with("The credential smtp.port cannot be used: it must be"), "{why}");
}

#[test]
fn a_file_can_be_named_and_another_is_not_looked_for_then() {
    let machine = Machine::with("smtp.host = 'machine'", &[]);
    let named = machine.0.path().join("named.toml");
    File::create(&named).unwrap().write_all(b"smtp.host = 'named'").unwrap();
    let path = named.to_str().unwrap();
    let host = |typed: String, variables: &[(&str, &str)]| {
        told(&machine.read(&typed, variables).unwrap(), "smtp-host").0
    };
    assert_eq!(host("anteroom serve".into(), &[]), "machine");
    assert_eq!(host("anteroom serve".into(), &[("ANTEROOM_CONFIG", path)]), "named");
    assert_eq!(host(format!("anteroom serve --config {path}"), &[]), "named");
    assert_eq!(host(format!("anteroom --config {path} serve"), &[]), "named");
    let home = machine.0.path().join("anteroom");
    fs::create_dir(&home).unwrap();
    fs::rename(&named, home.join("anteroom.toml")).unwrap();
    let place = machine.0.path().to_str().unwrap();
    assert_eq!(host("anteroom serve".into(), &[("XDG_CONFIG_HOME", place)]), "named");
    let missing = machine.read("anteroom serve --config /nowhere.toml", &[]);
    assert!(config_error(missing).contains("/nowhere.toml cannot be read"));
}

#[test]
fn a_lower_layer_meets_what_the_verb_demands() {
    let machine = Machine::with("name = 'Olive'\nfast = true\nway = 'quick'", &[]);
    let layered = machine.read("anteroom send -- --odd", &[]).unwrap();
    assert_eq!(told(&layered, "name").0, "Olive");
    assert_eq!(told(&layered, "to").0, "--odd", "what follows -- is no option");
    let (_, matches) = layered.matches.subcommand().unwrap();
    assert!(matches.get_flag("fast"));
    assert_eq!(told(&layered, "way").0, "quick", "a default is weaker");
    let layered = machine.read("anteroom send", &[("ANTEROOM_FAST", "no")]).unwrap();
    assert!(!layered.matches.subcommand().unwrap().1.get_flag("fast"));
    let bare = Machine::with("", &[]).read("anteroom send", &[]);
    assert!(matches!(bare, Err(Stop::Usage(why)) if why.to_string().contains("--name")));
}

#[test]
fn a_wrong_value_is_told_with_where_it_was_set() {
    let machine = Machine::with("", &[]);
    let odd = machine.read("anteroom serve", &[("ANTEROOM_SMTP_SECURITY", "ssl")]);
    let sentence = "ANTEROOM_SMTP_SECURITY is \"ssl\", but it must be one of none, starttls, tls.";
    assert_eq!(config_error(odd), sentence);
    let unknown = machine.read("anteroom serve", &[("ANTEROOM_SMPT_HOST", "x")]);
    assert!(config_error(unknown).contains("Did you mean ANTEROOM_SMTP_HOST?"));
    assert!(matches!(machine.read("anteroom serve --smtp-port x", &[]), Err(Stop::Usage(_))));
    let layered = machine.read("anteroom serve", &[("ANTEROOM_SMTP_PORT", "25")]).unwrap();
    let said = |words: &str| layered.origins.in_their_words(ConfigError(words.into())).0;
    assert_eq!(said("--smtp-port needs --smtp-host."), "ANTEROOM_SMTP_PORT needs --smtp-host.");
    assert_eq!(said("--smtp-host: no."), "--smtp-host: no.");
}

#[test]
fn a_verb_without_settings_works_where_the_file_is_broken() {
    let machine = Machine::with("this is none", &[]);
    assert!(machine.read("anteroom version", &[]).unwrap().file.is_none());
    assert!(config_error(machine.read("anteroom serve", &[])).contains("line 1"));
}
