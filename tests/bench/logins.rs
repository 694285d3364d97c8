//! Log-ins: how many, what memory they take, and how pages fare meanwhile.

use std::time::Duration;

use crate::fill::{OWNER, PASSWORD};
use crate::load::{Answers, Ask, load};
use crate::pages::home;
use crate::server::{Server, tally};
use crate::table::Limit::{AtLeast, AtMost};
use crate::table::Unit;
use crate::{Bench, Result, floor};

/// People who log in at once.
const LOG_INS: usize = 16;
/// People who read pages meanwhile, and how long each reads.
const READERS: usize = 8;
const READS: Duration = Duration::from_millis(10);

pub(crate) fn logins(bench: &mut Bench) -> Result<()> {
    let store = bench.store(10_000)?;
    let ours = Server::ours(&store.data, &[])?;
    let page = home(&store);
    memory(bench, &ours, &page)?;
    rate(bench, &ours)?;
    let floor = Server::floor(&bench.floor_folder("logins")?)?;
    let bare = Ask::get(floor::PAGE, floor::COOKIE, floor::SIGN);
    let (mut our_p99, mut floor_p99) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        our_p99.push(mixed(bench, &ours, &page)?.p99());
        floor_p99.push(mixed(bench, &floor, &bare)?.p99());
    }
    let name = "page while 16 log in, 99 of 100 within";
    bench.table.compare(name, Unit::Millis, &our_p99, &floor_p99, AtMost(2.0));
    ours.stop()?;
    floor.stop()
}

pub(crate) fn log_in() -> Ask {
    let form = [("email", OWNER), ("password", PASSWORD)];
    let form = form.map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
    Ask::post("/login", "application/x-www-form-urlencoded", form.join("&").as_bytes(), "303")
}

/// Above what the server holds when it is idle, after it has shown some pages.
fn memory(bench: &mut Bench, ours: &Server, page: &Ask) -> Result<()> {
    let (stretch, rest) = (bench.stretch(), Duration::from_secs(1));
    let asking = async |ask, connections| load(ours.addr, ask, connections, stretch, None).await;
    bench.runtime.block_on(asking(page, 64))?;
    bench.runtime.block_on(async { tokio::time::sleep(rest).await });
    let idle = ours.memory()?;
    ours.forget_peak()?;
    bench.runtime.block_on(asking(&log_in(), LOG_INS))?;
    let peak = ours.peak()? - idle;
    bench.runtime.block_on(async { tokio::time::sleep(rest).await });
    let after = ours.memory()? - idle;
    let table = &mut bench.table;
    table.absolute("memory above idle while 16 log in", Unit::Megabytes, &[peak], AtMost(50.0));
    table.absolute("memory above idle afterwards", Unit::Megabytes, &[after], AtMost(45.0));
    Ok(())
}

fn rate(bench: &mut Bench, ours: &Server) -> Result<()> {
    let (log_in, stretch) = (log_in(), bench.stretch());
    let millis = stretch.as_millis().to_string();
    let (mut rates, mut cpus) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for _ in 0..bench.rounds() {
        let before = ours.cpu()?;
        let loading = load(ours.addr, &log_in, LOG_INS, stretch, None);
        let answers = bench.runtime.block_on(loading)?;
        rates.0.push(answers.per_second());
        cpus.0.push((ours.cpu()? - before) * 1e6 / answers.count());
        let alone = tally("argon2id", &[&millis])?;
        rates.1.push(alone.per_second());
        cpus.1.push(alone.cpu_each());
    }
    let table = &mut bench.table;
    table.compare("log-in, CPU, beside argon2id", Unit::Cpu, &cpus.0, &cpus.1, AtMost(1.25));
    table.compare("log-ins, 16 connections", Unit::PerSecond, &rates.0, &rates.1, AtLeast(0.8));
    Ok(())
}

/// Answers to those who read while others log in.
fn mixed(bench: &Bench, server: &Server, page: &Ask) -> Result<Answers> {
    let (log_in, stretch) = (log_in(), bench.stretch());
    let both = async {
        let logging_in = load(server.addr, &log_in, LOG_INS, stretch, None);
        let reading = load(server.addr, page, READERS, stretch, Some(READS));
        tokio::try_join!(logging_in, reading)
    };
    Ok(bench.runtime.block_on(both)?.1)
}
