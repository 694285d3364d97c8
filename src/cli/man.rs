//! `anteroom man`: the manual page, made from the command line itself, so that it lacks no verb and no option.

use std::io;

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use crate::config::Settings;
use crate::config::layers::MACHINE_FILE;

use super::args::tree;
use super::exit::ALL;

/// The page in the language of man(7).
pub(super) fn page() -> io::Result<String> {
    let mut tree = tree();
    tree.build();
    let man = Man::new(tree.clone()).manual("Anteroom");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    let mut rest = Roff::new();
    synopsis(&mut rest);
    commands(&mut rest, &tree);
    general(&mut rest, &tree);
    configuration(&mut rest);
    exit_status(&mut rest);
    files(&mut rest);
    environment(&mut rest, &Settings::of(&tree));
    signals(&mut rest);
    rest.to_writer(&mut page)?;
    Ok(in_ascii(&String::from_utf8(page).map_err(io::Error::other)?))
}

/// Other characters as `groff_char(7)` names them: not every formatter knows how the text is encoded.
fn in_ascii(page: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => format!("\\[u{:04X}]", u32::from(c)),
    };
    page.chars().map(letter).collect()
}

fn head(page: &mut Roff, name: &str) {
    page.control("SH", [name]);
}

/// A paragraph with a hanging word.
fn item(page: &mut Roff, name: impl Into<Vec<Inline>>, what: &str) {
    page.control("TP", []);
    page.text(name);
    page.text([roman(what)]);
}

fn synopsis(page: &mut Roff) {
    head(page, "SYNOPSIS");
    page.text([bold("anteroom"), roman(" [COMMAND] [OPTIONS]")]);
    head(page, "DESCRIPTION");
    page.text([roman(
        "Anteroom is the client portal of a small accounting firm, as one file the firm runs itself. Without a command it \
         serves, and prints the address to open. A command on a data folder that a server has open speaks to that server.",
    )]);
    page.text([roman(
        "Standard output is for what was asked for, standard error for the log and for what went wrong.",
    )]);
}

/// Every verb with what is its own, those of groups with both words.
fn commands(page: &mut Roff, tree: &Command) {
    head(page, "COMMANDS");
    fn verbs(page: &mut Roff, above: &str, command: &Command) {
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let name = format!("{above} {}", verb.get_name());
            if verb.has_subcommands() {
                verbs(page, &name, verb);
                continue;
            }
            let places: Vec<String> =
                verb.get_positionals().map(|arg| format!(" {}", place(arg))).collect();
            page.control("SS", [format!("{name}{}", places.concat()).as_str()]);
            page.text([roman(verb.get_about().map(ToString::to_string).unwrap_or_default() + ".")]);
            let own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set();
            verb.get_arguments().filter(own).for_each(|arg| option(page, arg));
        }
    }
    verbs(page, "anteroom", tree);
}

/// What stands for an argument that has no name: `[TO]`.
fn place(arg: &Arg) -> String {
    let names = arg.get_value_names().and_then(|names| names.first());
    let name = names.map_or_else(|| arg.get_id().as_str(), |name| name.as_str());
    if arg.is_required_set() { name.to_owned() } else { format!("[{name}]") }
}

fn option(page: &mut Roff, arg: &Arg) {
    if arg.get_long() == Some("help") {
        return;
    }
    let mut name = Vec::new();
    if let Some(short) = arg.get_short() {
        name.extend([bold(format!("-{short}")), roman(", ")]);
    }
    match arg.get_long() {
        Some(long) => name.push(bold(format!("--{long}"))),
        None => name.push(italic(place(arg))),
    }
    let takes = arg.get_action().takes_values() && arg.get_long().is_some();
    if let (true, Some([value, ..])) = (takes, arg.get_value_names()) {
        name.extend([roman(" "), italic(value.as_str())]);
    }
    let mut what = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let choices = arg.get_possible_values();
    if takes && !choices.is_empty() {
        let choices: Vec<&str> = choices.iter().map(|choice| choice.get_name()).collect();
        what.push_str(&format!(" (one of {})", choices.join(", ")));
    }
    if let (true, Some(value)) = (takes, arg.get_default_values().first()) {
        what.push_str(&format!(" [default: {}]", value.to_string_lossy()));
    }
    item(page, name, &(what + "."));
}

fn general(page: &mut Roff, tree: &Command) {
    head(page, "OPTIONS OF EVERY COMMAND");
    tree.get_arguments().filter(|arg| arg.is_global_set()).for_each(|arg| option(page, arg));
    item(page, [bold("-h"), roman(", "), bold("--help")], "Explain a command and all its options.");
}

fn configuration(page: &mut Roff) {
    head(page, "CONFIGURATION");
    page.text([roman(
        "Every option that has a variable is a setting and has the same name everywhere: --smtp-host on the command line, \
         ANTEROOM_SMTP_HOST in the environment, the credential smtp.host in $CREDENTIALS_DIRECTORY, smtp.host in the \
         configuration file (TOML). The first of these that says something holds; below them come the settings stored \
         in the console, then the default. A variable that is empty says nothing.",
    )]);
    page.control("PP", []);
    page.text([roman(
        "An option that names a file is satisfied by the file of a credential: the credential smtp.password stands for \
         --smtp-password-file. The configuration file may hold such a password itself, as smtp.password, if nobody else \
         can read it. A key or variable that does not exist is an error, with the nearest one that does.",
    )]);
    page.control("PP", []);
    page.text([
        bold("anteroom config template"),
        roman(" prints a file with every setting explained, "),
        bold("anteroom config check"),
        roman(" says what is wrong, "),
        bold("anteroom config show --origin"),
        roman(" what holds and where it was set."),
    ]);
}

fn exit_status(page: &mut Roff) {
    head(page, "EXIT STATUS");
    for (code, what) in ALL {
        item(page, [bold(code.to_string())], what);
    }
}

fn files(page: &mut Roff) {
    head(page, "FILES");
    item(
        page,
        [italic("$XDG_CONFIG_HOME/anteroom/anteroom.toml")],
        "The configuration file of a user; without $XDG_CONFIG_HOME it is below ~/.config.",
    );
    item(
        page,
        [italic(MACHINE_FILE)],
        "The configuration file of the machine, where the user has none.",
    );
    item(
        page,
        [italic("$XDG_DATA_HOME/anteroom")],
        "The data folder, where none was named; without $XDG_DATA_HOME it is ~/.local/share/anteroom. In it:",
    );
    item(page, [italic("anteroom.redb")], "The store.");
    item(
        page,
        [italic("keys/link.key")],
        "The key that links are derived from. Keep it apart from copies of the store.",
    );
    item(
        page,
        [italic("keys/master.key")],
        "The key that wraps those of the clients. Without it no file can be opened; keep it apart from copies of the data.",
    );
    item(page, [italic("blobs/")], "The files of clients, encrypted.");
    item(
        page,
        [italic("control.sock")],
        "Where commands reach the server that has the folder open.",
    );
}

fn environment(page: &mut Roff, settings: &Settings) {
    head(page, "ENVIRONMENT");
    for setting in settings.iter() {
        let what = format!("The same as --{}.", setting.option);
        item(page, [bold(setting.variable.as_str())], &what);
    }
    for (name, what) in [
        ("CREDENTIALS_DIRECTORY", "Where systemd puts the credentials of the unit."),
        ("XDG_CONFIG_HOME", "Where the configuration file of a user is looked for."),
        ("XDG_DATA_HOME", "Where the data folder is, if none was named."),
        ("HOME", "Where these two are, if they are not set."),
        ("NO_COLOR", "If it is set, the log has no colours."),
        (
            "JOURNAL_STREAM",
            "Set by systemd: the log leaves the time to the journal and marks each line with its priority.",
        ),
    ] {
        item(page, [bold(name)], what);
    }
}

fn signals(page: &mut Roff) {
    head(page, "SIGNALS");
    item(
        page,
        [bold("SIGTERM"), roman(", "), bold("SIGINT")],
        "Stop: requests under way are answered, the store is closed. What cannot be finished in time is cut off; nothing \
         that was answered is lost.",
    );
    item(page, [bold("SIGHUP")], "Read the files of the certificate again.");
}
