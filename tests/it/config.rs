//! Settings from every place they can come from, as the admin of a server meets them: through the built binary.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{BINARY, Server, ends, free_port, init, told};

/// A folder with a configuration file in it.
struct Admin {
    place: TempDir,
}

impl Admin {
    fn with(file: &str) -> Self {
        let admin = Self { place: tempfile::tempdir().unwrap() };
        admin.put("anteroom.toml", file);
        admin
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn file(&self) -> PathBuf {
        self.place.path().join("anteroom.toml")
    }

    fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// The program with the file, the data folder and nothing of our own environment.
    fn anteroom(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.env_clear().args(words).arg("--config").arg(self.file());
        command.env("ANTEROOM_DATA_DIR", self.data());
        command
    }
}

/// What `config show --json` says about a key: the value and where it comes from.
fn shows(command: &mut Command, key: &str) -> (Value, String) {
    let shown: Value = serde_json::from_str(&ends(command, 0)).unwrap();
    let one = &shown[key];
    (one["value"].clone(), format!("{}: {}", one["origin"], one["source"]).replace('"', ""))
}

const SHOW: [&str; 3] = ["config", "show", "--json"];

#[test]
fn each_place_is_stronger_than_the_next_and_is_named() {
    let admin = Admin::with("[smtp]\nhost = 'of.file.example'\n[mail]\nfrom = 'a@file.example'\n");
    ends(&mut init(&admin.data(), "Alder & Finch"), 0);
    let url = |command: &mut Command| shows(command, "public_url");
    let stored = ("http://localhost:8080".into(), "console: the console".to_owned());
    assert_eq!(url(&mut admin.anteroom(&SHOW)), stored);

    let host = |command: &mut Command| {
        let (value, source) = shows(command, "smtp.host");
        (value.as_str().unwrap().to_owned(), source)
    };
    let file = format!("file: smtp.host in {}", admin.file().display());
    assert_eq!(host(&mut admin.anteroom(&SHOW)), ("of.file.example".into(), file));

    let credential = admin.put("credentials/smtp.host", "of.credential.example\n");
    let with_credential = || {
        let mut command = admin.anteroom(&SHOW);
        command.env("CREDENTIALS_DIRECTORY", credential.parent().unwrap());
        command
    };
    let wanted = ("of.credential.example".into(), "credential: the credential smtp.host".into());
    assert_eq!(host(&mut with_credential()), wanted);

    let variable = |command: &mut Command| {
        command.env("ANTEROOM_SMTP_HOST", "of.variable.example");
        host(command)
    };
    let wanted = ("of.variable.example".into(), "variable: ANTEROOM_SMTP_HOST".into());
    assert_eq!(variable(&mut with_credential()), wanted);

    let mut flag = with_credential();
    flag.args(["--smtp-host", "of.flag.example"]);
    assert_eq!(variable(&mut flag), ("of.flag.example".into(), "flag: --smtp-host".into()));
    assert_eq!(
        shows(&mut admin.anteroom(&SHOW), "listen"),
        (Value::Null, "default: default".into())
    );
}

#[test]
fn the_server_itself_obeys_the_file_and_shows_it_as_locked() {
    let port = free_port();
    let admin = Admin::with(&format!(
        "listen = '127.0.0.1:{port}'\nsmtp.host = 'mail.firm.example'\nmail_from = 'office@firm.example'\n"
    ));
    ends(&mut init(&admin.data(), "Alder & Finch"), 0);
    let server = Server::from(&mut admin.anteroom(&["serve"]), port);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.said.contains("leaves through mail.firm.example port 587"), "{}", server.said);
    let (port, source) = shows(&mut admin.anteroom(&SHOW), "smtp.port");
    assert_eq!(
        (port, source.as_str()),
        (Value::Null, "default: default"),
        "the console has stored none"
    );
    assert_eq!(ends(&mut admin.anteroom(&["healthcheck"]), 0), "ready\n");
    let url = format!("http://127.0.0.1:{}", server.port);
    assert_eq!(ends(admin.anteroom(&["healthcheck"]).args(["--url", &url]), 0), "ready\n");
    drop(server);
    assert!(ends(&mut admin.anteroom(&["healthcheck"]), 1).contains("No server"));
    assert!(
        ends(admin.anteroom(&["healthcheck"]).args(["--url", &url]), 1).contains("does not answer")
    );
}

#[test]
fn a_server_at_a_socket_file_is_asked_there() {
    let admin = Admin::with("");
    let socket = admin.place.path().join("site.sock");
    admin.put("anteroom.toml", &format!("listen = 'unix:{}'\n", socket.display()));
    let server = Server::from(&mut admin.anteroom(&["serve"]), 0);
    assert_eq!(ends(&mut admin.anteroom(&["healthcheck"]), 0), "ready\n");
    drop(server);
}

#[test]
fn a_password_is_taken_from_where_it_is_safe_and_never_shown() {
    let admin = Admin::with(
        "smtp.host = 'mail.firm.example'\nmail_from = 'office@firm.example'\nsmtp.user = 'office'\nsmtp.password = 'kiln battery lease'\n",
    );
    ends(&mut admin.anteroom(&["config", "check"]), 0);
    let said = ends(&mut admin.anteroom(&["config", "show", "--origin"]), 0);
    assert!(!said.contains("kiln"), "{said}");
    assert!(
        said.contains("smtp.password_file = ***") && said.contains("# smtp.password in "),
        "{said}"
    );
    fs::set_permissions(admin.file(), Permissions::from_mode(0o644)).unwrap();
    let why = ends(&mut admin.anteroom(&["config", "check"]), 78);
    assert!(why.contains("line 4: smtp.password is a secret") && why.contains("chmod o="), "{why}");

    let admin = Admin::with(
        "smtp.host = 'mail.firm.example'\nmail_from = 'office@firm.example'\nsmtp.user = 'office'\n",
    );
    let check = || admin.anteroom(&["config", "check"]);
    let why = ends(&mut check(), 78);
    assert!(
        why.starts_with("smtp.user in ") && why.contains("needs --smtp-password-file"),
        "{why}"
    );
    let password = admin.put("credentials/smtp.password", "kiln battery lease\n");
    ends(check().env("CREDENTIALS_DIRECTORY", password.parent().unwrap()), 0);
    ends(check().env("ANTEROOM_SMTP_PASSWORD_FILE", &password), 0);
}

#[test]
fn what_is_stored_in_the_console_is_shown_without_its_password() {
    let admin = Admin::with("");
    let password = admin.put("password", "kiln battery lease\n");
    let mut command = init(&admin.data(), "Alder & Finch");
    command.args(["--smtp-host", "mail.firm.example", "--mail-from", "office@firm.example"]);
    command.args(["--smtp-user", "office", "--smtp-password-file"]).arg(password);
    ends(&mut command, 0);
    let said = ends(&mut admin.anteroom(&["config", "show", "--origin"]), 0);
    let line = |key: &str| said.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("smtp.host").contains("\"mail.firm.example\""), "{said}");
    assert!(
        line("smtp.port").contains("587") && line("smtp.port").ends_with("# the console"),
        "{said}"
    );
    assert!(line("smtp.password_file").contains("***") && !said.contains("kiln"), "{said}");

    let elsewhere = admin.place.path().join("nothing");
    let mut command = admin.anteroom(&["config", "show"]);
    command.arg("--data-dir").arg(&elsewhere);
    let (code, said, why) = told(&command.output().unwrap());
    assert_eq!(code, 0);
    assert!(
        said.contains("log_format = \"human\"") && why.contains("There is no data"),
        "{said}{why}"
    );
    assert!(!elsewhere.exists(), "looking makes nothing");
}

#[test]
fn a_mistake_is_told_with_file_line_and_what_was_meant() {
    for (text, sentence) in [
        ("\nsmtp.hots = 'x'\n", "line 2: there is no setting smtp.hots. Did you mean smtp.host?"),
        ("[smtp]\nport = 'x'\n", "line 2: smtp.port must be a number without quotes."),
        ("listen = 'here'\n", "line 1: listen is \"here\", but"),
        ("listen = \n", "line 1: "),
    ] {
        let admin = Admin::with(text);
        for verb in [["config", "check"].as_slice(), &["serve"], &["setup-code"]] {
            let why = ends(&mut admin.anteroom(verb), 78);
            assert!(why.starts_with(admin.file().to_str().unwrap()), "{why}");
            assert!(why.contains(sentence), "{why}");
        }
    }
    let admin = Admin::with("public_url = 'portal'\n");
    let why = ends(&mut admin.anteroom(&["config", "check"]), 78);
    assert!(why.starts_with("public_url in "), "{why}");
    let why = ends(admin.anteroom(&["config", "check"]).env("ANTEROOM_LISTEN", "here"), 78);
    assert!(why.starts_with("ANTEROOM_LISTEN is \"here\", but"), "{why}");
}

#[test]
fn the_template_has_every_setting_and_can_be_used_as_it_is() {
    let mut command = Command::new(BINARY);
    let template = ends(command.env_clear().args(["config", "template"]), 0);
    assert!(template.lines().all(|line| line.is_empty() || line.starts_with('#')), "{template}");
    ends(&mut Admin::with(&template).anteroom(&["config", "check"]), 0);

    // The lines without a space after the # are those to uncomment.
    let set = |line: &&str| line.starts_with('#') && !line.starts_with("# ") && *line != "#";
    let lines: Vec<&str> = template.lines().filter(set).collect();
    let whole: String = lines.iter().map(|line| format!("{}\n", &line[1..])).collect();
    let admin = Admin::with(&whole);
    let said = ends(&mut admin.anteroom(&SHOW), 0);
    let shown: Value = serde_json::from_str(&said).unwrap();
    for (key, one) in shown.as_object().unwrap() {
        if key != "config" && key != "data_dir" {
            assert_eq!(one["origin"], "file", "{key}");
            assert!(lines.iter().any(|line| line.starts_with(&format!("#{key} = "))), "{key}");
        }
    }
}

#[test]
fn completions_are_scripts_of_their_shells() {
    let script =
        |shell: &str| ends(Command::new(BINARY).env_clear().args(["completion", shell]), 0);
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script("bash").as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
    assert!(script("zsh").starts_with("#compdef anteroom"));
    assert!(script("fish").contains("complete -c anteroom"));
    let why = ends(Command::new(BINARY).env_clear().args(["completion", "tcsh"]), 2);
    assert!(why.contains("bash, zsh or fish"), "{why}");
}

#[test]
fn the_manual_page_has_every_section_verb_option_and_exit_code() {
    let page = ends(Command::new(BINARY).env_clear().arg("man"), 0);
    let heads: Vec<&str> = page.lines().filter(|line| line.starts_with(".SH ")).collect();
    for head in ["NAME", "SYNOPSIS", "COMMANDS", "FILES", "ENVIRONMENT", "SIGNALS"] {
        assert!(heads.contains(&format!(".SH {head}").as_str()), "{heads:?}");
    }
    assert!(heads.iter().any(|head| head.contains("EXIT STATUS")), "{heads:?}");
    for words in ["anteroom serve", "anteroom mail test", "anteroom config show"] {
        assert!(page.contains(&format!(".SS \"{words}")), "{words}");
    }
    for words in ["ANTEROOM_SMTP_PASSWORD_FILE", "\\fB78\\fR", "SIGTERM", "smtp\\-password\\-file"]
    {
        assert!(page.contains(words), "{words}");
    }
    // Lines that begin with a dot are requests; all of them are of man(7).
    let request = |line: &&str| line.starts_with('.') || line.starts_with('\'');
    for line in page.lines().filter(request) {
        let name = line[1..].split(' ').next().unwrap();
        assert!(["SH", "SS", "TH", "TP", "PP", "ie", "el", "br"].contains(&name), "{line}");
    }
}

#[test]
fn the_help_fits_on_one_screen() {
    let said = ends(Command::new(BINARY).env_clear().arg("--help"), 0);
    assert!(said.lines().count() <= 40 && said.contains("Look after:"), "{said}");
    let said = ends(Command::new(BINARY).env_clear().args(["serve", "--help"]), 0);
    assert!(said.contains("ANTEROOM_SMTP_HOST") && said.contains("--log-format"), "{said}");
    let why =
        ends(Command::new(BINARY).env_clear().args(["--listen", "127.0.0.1:1", "setup-code"]), 2);
    assert!(why.contains("after the command"), "{why}");
}

#[test]
fn a_version_can_be_read_by_a_program() {
    let said = ends(Command::new(BINARY).env_clear().args(["version", "--json"]), 0);
    let version: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}

/// A data folder that others can look into is worth a line in the log.
fn with_an_open_folder(admin: &Admin) -> PathBuf {
    let data = admin.data();
    ends(&mut init(&data, "Alder & Finch"), 0);
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    data
}

/// The log of a server from its start to its end.
fn log_of(command: &mut Command, log: &Path) -> String {
    command.stderr(fs::File::create(log).unwrap());
    drop(Server::of(command, 0));
    fs::read_to_string(log).unwrap()
}

#[test]
fn the_log_is_for_people_or_for_programs() {
    let admin = Admin::with("listen = '127.0.0.1:0'\n");
    with_an_open_folder(&admin);
    let log = admin.place.path().join("log");
    let said = log_of(&mut admin.anteroom(&["serve"]), &log);
    assert!(said.contains(" WARN other users can look into the data folder folder="), "{said}");
    assert!(!said.contains('\x1b'), "a file has no colours: {said}");

    let said = log_of(admin.anteroom(&["serve"]).args(["--log-format", "json"]), &log);
    let line: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["target"]), (&"warn".into(), &"anteroom::cli::serve".into()));
    assert!(line["message"].as_str().unwrap().starts_with("other users"), "{line}");
    assert!(line["folder"].is_string() && line["time"].as_str().unwrap().ends_with('Z'), "{line}");

    let file = fs::metadata(&log).unwrap();
    let stream = format!("{}:{}", file.dev(), file.ino());
    let said = log_of(admin.anteroom(&["serve"]).env("JOURNAL_STREAM", stream), &log);
    assert!(said.starts_with("<4>other users can look"), "{said}");
    let other = log_of(admin.anteroom(&["serve"]).env("JOURNAL_STREAM", "1:1"), &log);
    assert!(other.contains("Z  WARN other users"), "the log goes elsewhere: {other}");

    assert_eq!(log_of(admin.anteroom(&["serve"]).arg("-qq"), &log), "");
    assert_eq!(log_of(admin.anteroom(&["serve"]).env("ANTEROOM_LOG", "error"), &log), "");
    assert!(
        log_of(admin.anteroom(&["serve", "-v"]).env("ANTEROOM_LOG", "error"), &log)
            .contains("WARN")
    );
    let why = ends(&mut Admin::with("log = 'anteroom=loud'\n").anteroom(&["serve"]), 78);
    assert!(why.starts_with("log in ") && why.contains("no filter"), "{why}");
}
