use super::super::SmtpArgs;
use super::*;
use clap::{Arg, ArgAction, Args, Command};

fn settings() -> Settings {
    let list = Arg::new("peer").long("peer").env("ANTEROOM_PEER").action(ArgAction::Append);
    let fast = Arg::new("fast").long("fast").env("ANTEROOM_FAST").action(ArgAction::SetTrue);
    Settings::of(&SmtpArgs::augment_args(Command::new("anteroom")).args([list, fast]))
}

fn parse(text: &str) -> Result<ConfigFile, ConfigError> {
    ConfigFile::parse(Path::new("a.toml"), text, &settings())
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn dotted_keys_and_tables_mean_the_same() {
    for text in [
        "smtp.host = \"mail.example\"\nsmtp.port = 0x19",
        "[smtp]\nhost = \"mail.example\"\nport = 25",
        "smtp_host = 'mail.example'\nsmtp = { port = 25 }",
    ] {
        let file = parse(text).unwrap();
        let value = |option: &str| {
            let settings = settings();
            file.get(settings.option(option).unwrap()).unwrap().values.clone()
        };
        assert_eq!(value("smtp-host"), ["mail.example"], "{text}");
        assert_eq!(value("smtp-port"), ["25"], "{text}");
    }
    assert_eq!(parse("peer = ['a', 'b']").unwrap().entries[0].values, ["a", "b"]);
}

#[test]
fn a_mistake_is_told_with_its_line() {
    for (text, sentence) in [
        (
            "\nsmtp.hots = 'x'",
            "a.toml, line 2: there is no setting smtp.hots. Did you mean smtp.host?",
        ),
        ("[smtp]\n# x\nport = 'x'", "a.toml, line 3: smtp.port must be a number without quotes."),
        ("smtp.host = 25", "a.toml, line 1: smtp.host must be a text in quotes."),
        ("fast = 'yes'", "a.toml, line 1: fast must be true or false."),
        ("peer = 'a'", "a.toml, line 1: peer must be a list of texts, such as [\"a\", \"b\"]."),
        (
            "smtp.security = 'ssl'",
            "a.toml, line 1: smtp.security is \"ssl\", but it must be one of none, starttls, tls.",
        ),
        (
            "smtp_host = 'a'\n\nsmtp.host = 'b'",
            "a.toml, line 3: smtp.host is set already, by smtp_host in line 1. Keep one of them.",
        ),
    ] {
        assert_eq!(refusal(text), sentence);
    }
    assert!(
        refusal("smtp.port = 99999").contains("line 1: smtp.port is \"99999\", but it must be")
    );
    assert!(refusal("\n\nsmtp.host = ").starts_with("a.toml, line 3: "));
    assert!(refusal("config = 'x'").contains("there is no setting config"));
    assert!(refusal("mail_from = \"a\\u0000b\"").contains("no setting can have"));
}

#[test]
fn a_secret_may_stand_in_a_file_that_others_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anteroom.toml");
    let mut file = File::create(&path).unwrap();
    io::Write::write_all(&mut file, b"[smtp]\npassword = 'kiln battery'\n").unwrap();
    let mode = |mode| {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        ConfigFile::read(&path, &settings())
    };
    let why = mode(0o644).unwrap_err().to_string();
    assert!(
        why.contains("line 2: smtp.password is a secret") && why.contains("chmod o= "),
        "{why}"
    );
    assert!(!why.contains("kiln"), "{why}");
    for safe in [0o600, 0o640] {
        let read = mode(safe).unwrap();
        assert!(read.entries[0].holds_secret);
        assert!(!format!("{:?}", read.entries[0].values).contains("smtp"), "only the value");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let why = ConfigFile::read(Path::new("/nowhere/a.toml"), &settings()).unwrap_err().to_string();
    assert!(why.contains("/nowhere/a.toml cannot be read") && why.contains("--config"), "{why}");
}

#[test]
fn a_users_own_file_is_before_that_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let (own, machine) = (folder.path().join("own.toml"), folder.path().join("machine.toml"));
    assert_eq!(usual(Some(own.clone()), &machine), None);
    File::create(&machine).unwrap();
    assert_eq!(usual(Some(own.clone()), &machine), Some(machine.clone()));
    File::create(&own).unwrap();
    assert_eq!(usual(Some(own.clone()), &machine), Some(own));
    assert_eq!(usual(None, &machine), Some(machine));
}
