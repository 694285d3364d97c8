//! A portal handler cannot compile if it reaches past its door. The compiler is asked, in a copy of the crate.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const ATTEMPTS: &str = include_str!("attempts.rs");
const WHERE: &str = "src/portal/attempts.rs";

/// A copy of the crate whose portal has one module more. It always lies in the same place, so that cargo's notes about
/// it do not pile up.
#[expect(clippy::disallowed_methods, reason = "a copy of which nothing may be left")]
fn copy_with_attempts() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("portal-attempts");
    if copy.exists() {
        fs::remove_dir_all(&copy).unwrap();
    }
    fs::create_dir_all(&copy).unwrap();
    for same in ["Cargo.toml", "Cargo.lock", "build.rs", "packaging", "templates", "tests", "web"] {
        symlink(root.join(same), copy.join(same)).unwrap();
    }
    copy_folder(&root.join("src"), &copy.join("src"));
    fs::write(copy.join(WHERE), ATTEMPTS).unwrap();
    let portal = copy.join("src/portal/mod.rs");
    let modules = fs::read_to_string(&portal).unwrap();
    fs::write(&portal, format!("{modules}\nmod attempts;\n")).unwrap();
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Where cargo has put what this very test was linked with: the same crates are used again, and none is built.
fn target() -> String {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .output()
        .unwrap();
    let about: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    about["target_directory"].as_str().unwrap().to_owned()
}

/// Each error of the compiler as "line code".
fn refused(copy: &Path) -> Vec<String> {
    let out = Command::new(env!("CARGO"))
        .args(["test", "--lib", "--no-run", "--locked", "--offline"])
        .args(["--color=never", "--message-format=short", "--target-dir", &target()])
        .arg("--manifest-path")
        .arg(copy.join("Cargo.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8(out.stderr).unwrap();
    let mut refused: Vec<(usize, String)> = Vec::new();
    for line in said.lines().filter(|line| line.contains(": error")) {
        let here = line.strip_prefix(WHERE).and_then(|line| line.strip_prefix(':'));
        let (at, why) = here.and_then(|line| line.split_once(':')).expect(&said);
        let (_, code) = why.split_once("error[").expect(&said);
        refused.push((at.parse().unwrap(), code[..5].to_owned()));
    }
    assert!(!out.status.success() && said.contains("could not compile `anteroom`"), "{said}");
    refused.sort();
    refused.dedup();
    refused.into_iter().map(|(at, code)| format!("{at} {code}")).collect()
}

#[test]
fn a_portal_handler_cannot_compile_if_it_reaches_past_its_door() {
    let expected: Vec<String> = (1..)
        .zip(ATTEMPTS.lines())
        .filter_map(|(at, line)| Some(format!("{at} {}", line.split_once("// E")?.1)))
        .map(|line| line.replace(' ', " E"))
        .collect();
    assert!(expected.len() >= 10);
    assert_eq!(refused(&copy_with_attempts()), expected);
}
