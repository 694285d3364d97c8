//! What the server does beside what its stack can do at all: `cargo bench`, or `cargo bench -- GROUP`.
//!
//! Figures of a busy or a slow machine say little by themselves. So each is taken in rounds, the server and its floor
//! in turn, and the ratio is what counts. A floor is a bare program on the same crates that does nothing else: no
//! rights, no audit, no forms (`floor.rs`, `loops.rs`). The server is the real binary in a process of its own; the
//! floors are this program, started again with a role. CPU time a request is read from `/proc`: it hardly moves when
//! other programs want the machine, requests per second do.
//!
//! - `pages.rs`, `scale.rs`, `logins.rs`, `mails.rs`, `files.rs`, `requests.rs`, `commands.rs`, `start.rs`,
//!   `upgrade.rs`: what is measured
//! - `fill.rs`: stores of a given size, written through the doors of the model
//! - `load.rs`, `sink.rs`: a client and a mail server that cost little · `server.rs`: processes and their costs
//! - `table.rs`: figures, limits, and what was missed
#![expect(clippy::cast_precision_loss, reason = "figures are rounded for people")]

mod commands;
mod files;
mod fill;
mod floor;
mod load;
mod logins;
mod loops;
mod mails;
#[path = "../it/old_firm.rs"]
mod old_firm;
mod pages;
mod requests;
mod scale;
mod server;
mod sink;
mod start;
mod table;
mod upgrade;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;

use fill::Store;
use server::ROLE;
use table::Table;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

/// A group of figures: its name, what it is about, and how it is measured.
type Group = (&'static str, &'static str, fn(&mut Bench) -> Result<()>);

const GROUPS: [Group; 11] = [
    ("pages", "portal Home and the console's client list, against a bare page", pages::pages),
    ("health", "the health page, against a bare hello", pages::health),
    ("scale", "the client list and its search at 100,000 contacts", scale::scale),
    ("logins", "log-ins, their memory, and pages meanwhile", logins::logins),
    ("mails", "10,000 invites in one command, and handing them over", mails::mails),
    (
        "files",
        "uploads, downloads, folders and zips, against a bare server and nginx",
        files::files,
    ),
    (
        "requests",
        "the To-do list, one template for 5,000 clients, and the board over 50,000 requests",
        requests::requests,
    ),
    ("commands", "durable commands, one at a time and 64 at once", commands::commands),
    ("start", "from start to the first answer", start::start),
    ("upgrade", "the first start on data of an older version", upgrade::upgrade),
    ("memory", "memory of an idle and of a busy server; the binary", start::memory),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let done = match args.split_first() {
        Some((first, rest)) if first == ROLE => loops::play(rest),
        _ => choose(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            say(&format!("bench: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// What the arguments ask for. Cargo itself adds `--bench`, unless it only tries whether this runs.
fn choose(args: &[String]) -> Result<()> {
    let (flags, names): (Vec<&str>, Vec<&str>) =
        args.iter().map(String::as_str).partition(|arg| arg.starts_with('-'));
    if let Some(flag) = flags.iter().find(|flag| !["--bench", "--quick"].contains(flag)) {
        return Err(format!("unknown option {flag}. {}", usage()).into());
    }
    if let Some(name) = names.iter().find(|name| GROUPS.iter().all(|group| group.0 != **name)) {
        return Err(format!("no group {name}. {}", usage()).into());
    }
    if !flags.contains(&"--bench") {
        say(&usage());
        return Ok(());
    }
    let mut bench = Bench::new(flags.contains(&"--quick"))?;
    for (name, about, measure) in GROUPS {
        if names.is_empty() || names.contains(&name) {
            say(&format!("{name}: {about}"));
            // One group that fails does not keep the others from it, and is said in the table.
            if let Err(why) = measure(&mut bench) {
                bench.table.failed(name, &why.to_string());
            }
        }
    }
    bench.table.print()?;
    fs::remove_dir_all(&bench.folder)?;
    Ok(())
}

fn usage() -> String {
    let names: Vec<&str> = GROUPS.iter().map(|group| group.0).collect();
    format!("Usage: cargo bench [-- [--quick] [GROUP…]], with the groups {}", names.join(", "))
}

/// What a person who waits may want to know.
fn say(line: &str) {
    // Nobody may be listening.
    let _ = writeln!(io::stderr(), "{line}");
}

/// What all groups share.
struct Bench {
    quick: bool,
    /// For this run alone: on the same disk as the build.
    folder: PathBuf,
    /// The load generator and the mail sink run here.
    runtime: Runtime,
    table: Table,
    stores: BTreeMap<usize, Store>,
    copies: usize,
}

impl Bench {
    fn new(quick: bool) -> Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let runtime = Runtime::new()?;
        let (table, stores) = (Table::default(), BTreeMap::new());
        Ok(Self { quick, folder, runtime, table, stores, copies: 0 })
    }

    /// How often server and floor take turns.
    fn rounds(&self) -> usize {
        if self.quick { 2 } else { 5 }
    }

    /// How long one turn is.
    fn stretch(&self) -> Duration {
        Duration::from_millis(if self.quick { 600 } else { 2_000 })
    }

    /// A copy of a store with so many clients, each with three contacts. The store itself is made once.
    fn store(&mut self, clients: usize) -> Result<Store> {
        if !self.stores.contains_key(&clients) {
            let data = self.folder.join(format!("{clients}-clients"));
            let store = self.runtime.block_on(fill::fill(&data, clients))?;
            let (contacts, rows) = (clients * fill::CONTACTS, store.rows()?);
            say(&format!("  a store of {clients} clients, {contacts} contacts, {rows} rows"));
            self.stores.insert(clients, store);
        }
        self.copies += 1;
        let to = self.folder.join(format!("copy-{}", self.copies));
        self.stores[&clients].copy(&to)
    }

    /// An empty folder for a floor.
    fn floor_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}
