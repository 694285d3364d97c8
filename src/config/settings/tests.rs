use super::super::SmtpArgs;
use super::*;
use clap::Args;

fn tree() -> Command {
    let tree = SmtpArgs::augment_args(Command::new("anteroom"));
    let listen = Arg::new("listen").long("listen").env("ANTEROOM_LISTEN");
    let https = Arg::new("listen_https").long("listen-https").env("ANTEROOM_LISTEN_HTTPS");
    let config = Arg::new("config").long("config").env("ANTEROOM_CONFIG");
    let switch = Arg::new("fast").long("fast").env("ANTEROOM_FAST").action(ArgAction::SetTrue);
    let list = Arg::new("peer").long("peer").env("ANTEROOM_PEER").action(ArgAction::Append);
    let plain = Arg::new("json").long("json").action(ArgAction::SetTrue);
    let verb = Command::new("verb").args([switch, list, plain, listen.clone()]);
    tree.args([listen, https, config]).subcommand(verb)
}

#[test]
fn every_option_with_a_variable_is_a_setting_once() {
    let settings = Settings::of(&tree());
    let keys: Vec<&str> = settings.iter().map(|setting| setting.key.as_str()).collect();
    assert_eq!(keys.iter().filter(|key| **key == "listen").count(), 1);
    assert!(!keys.contains(&"json"), "it has no variable");
    for key in ["smtp.host", "smtp.password_file", "mail_from", "listen_https", "fast"] {
        assert!(keys.contains(&key), "{key} in {keys:?}");
    }
    assert!(settings.of_file().all(|setting| setting.key != "config"), "a file cannot name itself");
}

#[test]
fn a_key_may_be_written_with_dots_or_underscores() {
    let settings = Settings::of(&tree());
    for key in ["smtp.host", "smtp_host", "smtp-host"] {
        let Some(Meant::Value(setting)) = settings.meant(key) else { panic!("{key}") };
        assert_eq!(setting.option, "smtp-host");
    }
    let Some(Meant::Content(setting)) = settings.meant("smtp.password") else { panic!() };
    assert!(setting.option == "smtp-password-file" && setting.is_secret() && setting.is_file());
    assert!(settings.meant("smtp.pasword").is_none());
    assert_eq!(settings.nearest("smtp.pasword"), Some("smtp.password"));
    assert_eq!(settings.nearest("lsten"), Some("listen"));
}

#[test]
fn a_value_is_refused_in_words() {
    let settings = Settings::of(&tree());
    let refusal = |option: &str, value: &str| {
        settings.option(option).unwrap().refusal(&value.into()).unwrap_or_default()
    };
    assert!(refusal("smtp-port", "many").starts_with("it must be a whole number"));
    assert_eq!(refusal("smtp-security", "ssl"), "it must be one of none, starttls, tls");
    assert_eq!(refusal("fast", "perhaps"), "it must be true or false");
    for (option, value) in
        [("smtp-port", "25"), ("smtp-security", "tls"), ("fast", "yes"), ("peer", "--x")]
    {
        assert_eq!(refusal(option, value), "", "{option}");
    }
}

#[test]
fn the_variables_are_left_out_for_reading() {
    fn look(command: &Command) {
        assert!(command.get_arguments().all(|arg| arg.get_env().is_none()));
        command.get_subcommands().for_each(look);
    }
    look(&without_variables(tree(), true));
}
