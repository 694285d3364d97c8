//! House rules that are text: what the compiler does not see. Each failure names file and line.

#![allow(clippy::unwrap_used, reason = "this is a test")]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "house/reach.rs"]
mod reach;

/// Which parts of the crate each part may name. `server` and `cli` put everything together.
const MAY_USE: [(&str, &[&str]); 16] = [
    ("values", &[]),
    ("files", &[]),
    ("worker", &[]),
    ("blobs", &["error", "files", "values"]),
    ("model", &["blobs", "error", "files", "values", "worker"]),
    ("http", &["error", "model", "values"]),
    ("dns", &[]),
    ("mail", &["error", "http", "model", "values"]),
    ("scan", &["model"]),
    ("doctor", &["dns", "error", "model", "values"]),
    ("preflight", &["dns", "http", "mail", "model", "values"]),
    ("backups", &["error", "files", "mail", "model", "values"]),
    ("jobs", &["backups", "error", "files", "http", "mail", "model", "scan", "values"]),
    (
        "console",
        &[
            "backups",
            "dns",
            "doctor",
            "error",
            "http",
            "mail",
            "model",
            "preflight",
            "scan",
            "values",
        ],
    ),
    ("portal", &["error", "http", "model", "values"]),
    ("guest", &["error", "http", "model", "values"]),
];

/// Crates that one part of ours has to itself.
const KEEPERS: [(&str, &[&str]); 18] = [
    ("redb::", &["src/model/", "src/error.rs"]),
    ("mail_send::", &["src/mail/"]),
    ("mail_builder::", &["src/mail/"]),
    ("argon2::", &["src/model/"]),
    ("rmp_serde::", &["src/model/", "src/error.rs"]),
    ("age::", &["src/backups/", "src/values/backup.rs"]),
    ("rusty_s3::", &["src/backups/"]),
    ("ureq::", &["src/backups/"]),
    ("rustls_acme::", &["src/jobs/certificates/"]),
    ("hickory_resolver::", &["src/dns.rs"]),
    ("rsa::", &["src/model/dkim/"]),
    ("hayro::", &["src/worker/"]),
    ("csv::", &["src/worker/"]),
    ("encoding_rs::", &["src/worker/"]),
    ("landlock::", &["src/worker/"]),
    ("seccompiler::", &["src/worker/"]),
    ("tokio::process::", &["src/worker/"]),
    // Tests ask a shell whether it reads what the doctor says, and a worker whether it can start one.
    ("std::process::Command", &["src/doctor/", "src/worker/"]),
];

/// Words that the glossary of the product has another word for.
const OTHER_WORDS: [(&str, &str); 16] = [
    ("Sign in", "Log in"),
    ("Sign out", "Log out"),
    ("Sign up", "Create account"),
    ("Logout", "Log out"),
    ("Submit", "what the button does"),
    (">OK<", "what the button does"),
    ("Click here", "where the link leads"),
    ("Oops", "what happened"),
    ("Customer", "Client"),
    ("Username", "E-mail address"),
    ("nvitation", "invite"),
    ("Permission denied", "what to do"),
    ("Invalid ", "what is wrong"),
    ("Error:", "what is wrong"),
    ("elp center", "help centre"),
    ("lease wait", "what happens"),
];

struct File {
    path: String,
    text: String,
}

impl File {
    fn is(&self, kind: &str) -> bool {
        self.path.ends_with(kind)
    }

    fn starts(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// Numbered lines that hold this.
    fn lines_with<'a>(&'a self, words: &'a str) -> impl Iterator<Item = String> + 'a {
        let lines = self.text.lines().enumerate().filter(move |(_, line)| line.contains(words));
        lines.map(|(at, line)| format!("{}:{}: {}", self.path, at + 1, line.trim()))
    }
}

fn files(folders: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let ours = |path: &PathBuf| {
                !["node_modules", "shots", "fixtures"].iter().any(|not| path.ends_with(not))
            };
            let inside = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
            waiting.extend(inside.filter(ours));
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push(File { path, text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

#[track_caller]
fn assert_none(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// Every part of the crate that a line names after `crate::`.
fn parts_named(line: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for rest in line.split("crate::").skip(1) {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        named.push(&rest[..end]);
    }
    named
}

/// Whether a line names this crate, and not one or a module whose name only ends like it.
fn names_crate(line: &str, krate: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    line.match_indices(krate).any(|(at, _)| !line[..at].ends_with(part_of_name))
}

#[test]
fn each_part_uses_only_what_lies_below_it() {
    let mut found = Vec::new();
    for (part, may) in MAY_USE {
        let own = |file: &&File| {
            file.starts(&format!("src/{part}/")) || file.path == format!("src/{part}.rs")
        };
        for file in files(&["src"]).iter().filter(own) {
            for (at, line) in file.text.lines().enumerate() {
                for named in parts_named(line) {
                    if named != part && !may.contains(&named) && !line.trim().starts_with("//") {
                        found.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
                    }
                }
            }
        }
    }
    assert_none("the parts below do not know those above", &found);
}

#[test]
fn what_is_risky_has_one_keeper() {
    let mut found = Vec::new();
    for file in files(&["src"]) {
        for (krate, keepers) in KEEPERS {
            if !keepers.iter().any(|keeper| file.starts(keeper)) {
                let lines = file.lines_with(krate).filter(|line| names_crate(line, krate));
                found.extend(lines.filter(|line| !line.contains("//")));
            }
        }
        let stronger: &[&str] = match () {
            // Any door can be asked for as a parameter; these two audiences ask for their own only.
            () if file.starts("src/portal/") => &["Guest", "Console", "Admin", "Owner", "System"],
            () if file.starts("src/guest/") => &["Console", "Admin", "Owner", "System"],
            () => &[],
        };
        found.extend(stronger.iter().flat_map(|door| file.lines_with(door)));
    }
    assert_none("this belongs elsewhere", &found);
}

#[test]
fn nothing_is_printed_unescaped() {
    let mut found = Vec::new();
    for file in &files(&["templates"]) {
        for switch in ["|safe", "| safe", "autoescape"] {
            found.extend(file.lines_with(switch));
        }
    }
    assert_none("templates always escape", &found);
}

#[test]
fn nothing_runs_or_is_styled_inline() {
    let mut found = Vec::new();
    for file in files(&["templates"]).iter().filter(|file| !file.starts("templates/mail/")) {
        for inline in [" style=", "<style", "<script>", " onclick=", " onload=", "javascript:"] {
            found.extend(file.lines_with(inline));
        }
    }
    assert_none("the content security policy forbids this", &found);
}

/// Whether a line holds a colour by its numbers.
fn has_colour(line: &str) -> bool {
    let hex = line.match_indices('#').any(|(at, _)| {
        let rest = &line[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let next = rest[end..].chars().next();
        let is_word = next.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let is_entity = line[..at].ends_with('&');
        matches!(end, 3 | 4 | 6 | 8) && !is_word && !is_entity
    });
    hex || ["rgb(", "rgba(", "hsl(", "oklch(", "oklab("].iter().any(|name| line.contains(name))
}

#[test]
fn colours_are_named_in_one_place() {
    let brand = ["web/css/tokens.css", "templates/mail/", "web/img/"];
    let mut found = Vec::new();
    for file in files(&["web", "templates"]) {
        if brand.iter().any(|place| file.starts(place)) {
            continue;
        }
        for (at, line) in file.text.lines().enumerate().filter(|(_, line)| has_colour(line)) {
            found.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
        }
    }
    assert_none("colours come from web/css/tokens.css", &found);
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let long = |file: &File| {
        let lines = file.text.lines().count();
        (lines > 500 && !file.is("package-lock.json")).then(|| format!("{}: {lines}", file.path))
    };
    let found: Vec<String> =
        files(&["src", "templates", "web", "tests"]).iter().filter_map(long).collect();
    assert_none("a file answers one question", &found);
}

#[test]
fn every_mail_has_its_three_files() {
    let mails = files(&["templates/mail"]);
    let src = files(&["src"]);
    let mut found = Vec::new();
    let mut folders: Vec<&str> =
        mails.iter().filter_map(|file| file.path.rsplit_once('/').map(|parts| parts.0)).collect();
    folders.dedup();
    for folder in folders.into_iter().filter(|folder| *folder != "templates/mail") {
        for name in ["subject.txt", "body.txt", "body.html"] {
            if !mails.iter().any(|file| file.path == format!("{folder}/{name}")) {
                found.push(format!("{folder}/{name} is missing"));
            }
        }
        let name = folder.trim_start_matches("templates/mail/");
        let named = format!("\"{name}\"");
        if !src.iter().any(|file| file.text.contains(&named)) {
            found.push(format!("nothing sends {name}"));
        }
    }
    assert_none("a mail is subject, text and HTML", &found);
}

#[test]
fn every_template_is_used() {
    let (templates, src) = (files(&["templates"]), files(&["src"]));
    let mut found = Vec::new();
    for template in templates.iter().filter(|file| !file.path.ends_with("subject.txt")) {
        let name = template.path.trim_start_matches("templates/");
        let is_mail = name.starts_with("mail/") && name.matches('/').count() == 2;
        // A page that shows one of several by its name lists the names.
        let stem = name.rsplit('/').next().unwrap().trim_end_matches(".html");
        let folder = name.rsplit_once('/').map_or(name, |(folder, _)| folder);
        let lists = |file: &File| {
            file.text.contains(&format!("{folder}/")) && file.text.contains(&format!("\"{stem}\""))
        };
        let of_many = src.iter().any(lists);
        let quoted = format!("\"{name}\"");
        let named = of_many || templates.iter().chain(&src).any(|file| file.text.contains(&quoted));
        if !is_mail && !named {
            found.push(name.to_owned());
        }
    }
    assert_none("no page shows these", &found);
}

#[test]
fn every_page_group_is_on_its_audiences_list() {
    let src = files(&["src"]);
    let mut found = Vec::new();
    for audience in ["console", "portal", "guest"] {
        let list = src.iter().find(|file| file.path == format!("src/{audience}/mod.rs")).unwrap();
        for file in src.iter().filter(|file| file.starts(&format!("src/{audience}/"))) {
            let name = file.path.trim_start_matches(&format!("src/{audience}/"));
            let Some(name) = name.strip_suffix(".rs").filter(|name| !name.contains('/')) else {
                continue;
            };
            let has_routes = file.text.contains("fn routes(");
            if name != "mod" && has_routes && !list.text.contains(&format!("{name}::routes()")) {
                found.push(format!("{} has routes that nobody serves", file.path));
            }
        }
    }
    assert_none("an audience's mod.rs lists its page groups", &found);
}

#[test]
fn templates_use_the_words_of_the_product() {
    let mut found = Vec::new();
    for file in files(&["templates"]) {
        for (word, better) in OTHER_WORDS {
            let lines = file.lines_with(word);
            found.extend(lines.map(|line| format!("{line}   (say {better:?})")));
        }
    }
    assert_none("the glossary has other words", &found);
}

#[test]
fn nothing_is_left_for_later() {
    let mut found = Vec::new();
    for file in files(&["src", "templates", "web", "tests", "packaging"]) {
        for mark in
            [concat!("TO", "DO:"), concat!("TO", "DO("), concat!("FIX", "ME"), concat!("XX", "X:")]
        {
            found.extend(file.lines_with(mark));
        }
        if file.starts("tests/it/") {
            let sleeps = [
                concat!("#[ign", "ore"),
                concat!("time::sl", "eep("),
                concat!("thread::sl", "eep("),
            ];
            found.extend(sleeps.iter().flat_map(|mark| file.lines_with(mark)));
        }
    }
    assert_none(
        "an issue has an owner, a comment has not; a test neither sleeps nor is skipped",
        &found,
    );
}

#[test]
fn every_dependency_says_why() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies") && line.contains('=') && !line.contains("# ") {
            found.push(line.to_owned());
        }
    }
    assert_none("the line of a dependency ends with why it is there", &found);
}

#[test]
fn there_is_one_provider_of_cryptography_and_no_foreign_code() {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let names = ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "boring"];
    let found: Vec<String> = names
        .into_iter()
        .filter(|name| lock.contains(&format!("name = \"{name}\"\n")))
        .map(str::to_owned)
        .collect();
    assert_none("ring is the one provider", &found);
}
