//! How soon the server answers, how much memory it holds, and how large it is.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::fill::A_MILLION_ROWS;
use crate::load::load;
use crate::logins::log_in;
use crate::pages::{client_list, health_page, home};
use crate::server::{BINARY, Server};
use crate::table::Limit::{self, AtMost};
use crate::table::Unit;
use crate::{Bench, Result};

/// For what a server does by itself after its start.
const SETTLE: Duration = Duration::from_secs(3);

pub(crate) fn start(bench: &mut Bench) -> Result<()> {
    let (few, many) = (bench.store(1_000)?, bench.store(A_MILLION_ROWS)?);
    let folder = bench.floor_folder("start")?;
    let (mut at_few, mut at_many, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let ours = |data: &Path| first_answer(|| Server::ours(data, &[]));
    for _ in 0..=bench.rounds() {
        at_few.push(ours(&few.data)?);
        at_many.push(ours(&many.data)?);
        bare.push(first_answer(|| Server::floor(&folder))?);
    }
    // The first start of each made what the later ones find.
    let (at_few, at_many, bare) = (&at_few[1..], &at_many[1..], &bare[1..]);
    let table = &mut bench.table;
    let millis = Unit::Millis;
    table.absolute("start to first answer, 1,000 clients", millis, at_few, AtMost(30.0));
    table.absolute("start to first answer, a million rows", millis, at_many, AtMost(50.0));
    table.compare("the same, 1,000 clients beside floor", millis, at_few, bare, Limit::None);
    Ok(())
}

/// Milliseconds to it; then the server is stopped in order.
fn first_answer(start: impl FnOnce() -> Result<Server>) -> Result<f64> {
    let began = Instant::now();
    let server = start()?;
    server.answer_once(&health_page())?;
    let millis = began.elapsed().as_secs_f64() * 1e3;
    server.stop()?;
    Ok(millis)
}

pub(crate) fn memory(bench: &mut Bench) -> Result<()> {
    let (few, many) = (bench.store(1_000)?, bench.store(A_MILLION_ROWS)?);
    let megabytes = Unit::Megabytes;
    let server = Server::ours(&few.data, &[])?;
    settle(bench);
    let idle = server.memory()?;
    bench.table.absolute("idle memory, 1,000 clients", megabytes, &[idle], AtMost(20.0));
    server.stop()?;
    let server = Server::ours(&many.data, &[])?;
    settle(bench);
    let idle = server.memory()?;
    server.forget_peak()?;
    bench.table.absolute("idle memory, a million rows", megabytes, &[idle], AtMost(128.0));
    let (addr, stretch) = (server.addr, bench.stretch());
    let (list, home, log_in) = (client_list(&many), home(&many), log_in());
    bench.runtime.block_on(async {
        let lists = load(addr, &list, 8, stretch, None);
        let homes = load(addr, &home, 8, stretch, None);
        let log_ins = load(addr, &log_in, 16, stretch, None);
        tokio::try_join!(lists, homes, log_ins)
    })?;
    let busy = server.peak()?;
    let name = "memory while 16 log in, a million rows";
    bench.table.absolute(name, megabytes, &[busy], AtMost(128.0));
    server.stop()?;
    let bytes = std::fs::metadata(BINARY)?.len() as f64;
    bench.table.absolute("the binary", megabytes, &[bytes / 1e6], AtMost(40.0));
    Ok(())
}

fn settle(bench: &Bench) {
    bench.runtime.block_on(async { tokio::time::sleep(SETTLE).await });
}
