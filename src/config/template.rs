//! A configuration file in which every setting is explained and none is set, made from the command line itself.

use std::fmt::Write;

use super::settings::{Kind, Setting, Settings};

const HEAD: &str = "\
# The configuration of Anteroom, as `anteroom config template` prints it.
#
# Take the # away from the lines that you want to set. Stronger than this file are, from the strongest down: an option
# on the command line, a variable ANTEROOM_…, and a credential of systemd with the name of the key. Weaker are the
# settings in the console: what is set here is shown there as locked.
#
# `anteroom config check` says what is wrong with it, `anteroom config show --origin` what holds and why.
";

/// The text of the file.
#[must_use]
pub fn template(settings: &Settings) -> String {
    let mut text = HEAD.to_owned();
    for setting in settings.of_file() {
        write!(text, "\n{}", entry(setting)).expect("a String takes everything");
    }
    text
}

/// Comment and line of one setting.
fn entry(setting: &Setting) -> String {
    let mut text = String::new();
    let mut line = |words: String| writeln!(text, "# {words}").expect("a String takes everything");
    line(setting.help());
    let choices = setting.choices();
    if !choices.is_empty() {
        line(format!("One of: {}", choices.join(", ")));
    }
    if let (true, Some(short)) = (setting.is_secret(), setting.short_key()) {
        line(format!("Or the secret itself as {short}, if nobody else can read this file."));
    }
    line(format!("--{}, {}", setting.option, setting.variable));
    let value = value(setting, &example(setting));
    writeln!(text, "#{} = {value}", setting.key).expect("a String takes everything");
    text
}

/// The default, or something of the right kind.
fn example(setting: &Setting) -> String {
    if let Some(value) = setting.default_value() {
        return value;
    }
    if let Some(choice) = setting.choices().first() {
        return choice.clone();
    }
    let fixed = match (setting.value_name(), setting.option.as_str()) {
        ("ADDR:PORT", "listen") => "127.0.0.1:8080",
        ("ADDR:PORT", "listen-https") => "[::]:443",
        ("ADDR:PORT", "listen-http") => "[::]:80",
        ("ADDR:PORT", _) => "127.0.0.1:9090",
        ("ADDR", _) => "192.0.2.53",
        ("SELECTOR", _) => "2026a",
        ("NETWORK", _) => "127.0.0.1",
        ("URL", "acme-directory") => "https://acme-v02.api.letsencrypt.org/directory",
        ("URL", _) => "https://portal.firm.example",
        ("HOST", _) => "mail.firm.example",
        ("EMAIL", _) => "office@firm.example",
        ("PORT", _) => "587",
        ("DIR", _) => "/var/lib/anteroom",
        ("LEVELS", _) => "warn,anteroom=info",
        ("FILE", option) => return format!("/etc/anteroom/{}", option.trim_end_matches("-file")),
        ("NAME", "domain") => "portal.firm.example",
        (_, option) => option,
    };
    fixed.to_owned()
}

/// As TOML writes it.
#[must_use]
pub fn value(setting: &Setting, value: &str) -> String {
    match setting.kind {
        Kind::Text => quoted(value),
        Kind::Number | Kind::Switch => value.to_owned(),
        Kind::List => format!("[{}]", quoted(value)),
    }
}

/// A basic string of TOML, which for these texts is one of JSON.
#[must_use]
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
