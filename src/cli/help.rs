//! `anteroom --help`: the whole program on one screen. The options of `serve` stand in `anteroom serve --help`.

use std::fmt::Write;

use clap::builder::{StyledStr, Styles};
use clap::{Arg, Command};

/// Which verbs belong together, in the order of the screen.
pub(super) const GROUPS: [(&str, &[&str]); 3] = [
    ("Run", &["serve", "init", "setup-code", "demo", "config"]),
    (
        "Look after",
        &[
            "recover",
            "mail",
            "tls",
            "doctor",
            "check",
            "backup",
            "restore",
            "keys",
            "upgrade",
            "healthcheck",
        ],
    ),
    ("About the program", &["version", "man", "completion"]),
];

/// Wide enough for every verb and option.
const FIRST_COLUMN: usize = 22;

/// The screen, from what each verb says about itself.
pub(super) fn screen(tree: &Command) -> StyledStr {
    let style = Styles::default();
    let (head, word) = (style.get_header(), style.get_literal());
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    line(format!("{}\n", tree.get_about().map(ToString::to_string).unwrap_or_default()));
    line(format!("{head}Usage:{head:#} {word}anteroom{word:#} [COMMAND] [OPTIONS]"));
    let row = |name: &str, what: String| {
        let gap = " ".repeat(FIRST_COLUMN.saturating_sub(name.len()).max(2));
        format!("  {word}{name}{word:#}{gap}{what}")
    };
    for (group, verbs) in GROUPS {
        line(format!("\n{head}{group}:{head:#}"));
        for verb in verbs.iter().filter_map(|verb| tree.find_subcommand(verb)) {
            let what = verb.get_about().map(ToString::to_string).unwrap_or_default();
            line(row(verb.get_name(), what));
        }
    }
    line(format!("\n{head}Options of every command:{head:#}"));
    for arg in tree.get_arguments().filter(|arg| arg.is_global_set()) {
        let what = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let what = what.split(" [").next().unwrap_or_default().to_owned();
        line(row(&spelled(arg), what));
    }
    line(row("-h, --help", "Explain a command and all its options".into()));
    line(
        "\nWithout a command, anteroom serves: open the address that it prints.\n\
         anteroom man prints the manual, anteroom config template every setting."
            .into(),
    );
    text.into()
}

/// `-q, --quiet` or `--config FILE`.
fn spelled(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let value = match arg.get_value_names() {
        Some([name, ..]) if arg.get_action().takes_values() => format!(" {name}"),
        _ => String::new(),
    };
    format!("{short}--{}{value}", arg.get_long().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::args::tree;
    use super::*;

    #[test]
    fn every_verb_is_under_one_heading() {
        let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, verbs)| *verbs).copied().collect();
        for verb in tree().get_subcommands().map(Command::get_name) {
            let times = listed.iter().filter(|listed| **listed == verb).count();
            assert_eq!(times, 1, "{verb} belongs in GROUPS");
        }
        for verb in listed {
            assert!(tree().find_subcommand(verb).is_some(), "{verb} is none");
        }
    }

    #[test]
    fn it_fits_on_one_screen() {
        let text = screen(&tree()).to_string();
        assert!(text.lines().count() <= 40, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
