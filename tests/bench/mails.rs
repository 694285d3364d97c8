//! Many invites in one command, and how fast their mails leave.

use std::path::Path;
use std::time::{Duration, Instant};

use anteroom::model::SentOutcome;
use tokio::runtime::Runtime;

use crate::fill::{all_clients, doors, owner};
use crate::loops::Tally;
use crate::server::{Server, tally};
use crate::sink::Sink;
use crate::table::Limit::{self, AtLeast, AtMost};
use crate::table::Unit;
use crate::{Bench, Result, say};

/// Invites of one command, three a client.
const INVITES: usize = 10_000;
/// They may be taken back for ten seconds before they leave.
const WAIT: Duration = Duration::from_mins(2);

pub(crate) fn mails(bench: &mut Bench) -> Result<()> {
    let count = INVITES.to_string();
    let mut commands = Vec::new();
    let mut store = bench.store(10_000)?;
    for round in 0..bench.rounds() {
        if round > 0 {
            store = bench.store(10_000)?;
        }
        let data = store.data.to_str().ok_or("a path that is no text")?;
        commands.push(tally("invite", &[data, &count])?);
    }
    let cpus: Vec<f64> = commands.iter().map(Tally::cpu_each).collect();
    let times: Vec<f64> = commands.iter().map(|command| command.seconds * 1e3).collect();
    let table = &mut bench.table;
    table.absolute("an invite of 10,000 in one command, CPU", Unit::Cpu, &cpus, Limit::None);
    table.absolute("10,000 invites in one command", Unit::Millis, &times, AtMost(1_000.0));
    hand_over(bench, &store.data)
}

/// What the last command queued leaves, and before and after it mail-send's own.
fn hand_over(bench: &mut Bench, data: &Path) -> Result<()> {
    let sink = Sink::start(&bench.runtime)?;
    let (port, count) = (sink.port.to_string(), INVITES.to_string());
    let smtp = ["--smtp-host", "127.0.0.1", "--smtp-port", &port, "--smtp-security", "none"];
    let smtp = smtp.into_iter().chain(["--mail-from", "office@firm.example"]).map(str::to_owned);
    let ours = Server::ours(data, &smtp.collect::<Vec<_>>())?;
    bench.runtime.block_on(until_one_came(&sink))?;
    let before = ours.cpu()?;
    bench.runtime.block_on(until_all_came(&sink))?;
    // What was taken in the last batch is still being written down.
    bench.runtime.block_on(async { tokio::time::sleep(Duration::from_millis(200)).await });
    let cpu = (ours.cpu()? - before) * 1e6 / sink.count() as f64;
    let rate = sink.per_second();
    say(&format!("  our mails have {:.1} KB each", sink.size()));
    ours.stop()?;
    let floor = (0..bench.rounds()).map(|_| tally("mail-send", &[&port, &count]));
    let floor = floor.collect::<Result<Vec<_>>>()?;
    let rates: Vec<f64> = floor.iter().map(Tally::per_second).collect();
    let cpus: Vec<f64> = floor.iter().map(Tally::cpu_each).collect();
    let ours = |value| vec![value; rates.len()];
    let table = &mut bench.table;
    table.compare("mail handed over, CPU", Unit::Cpu, &ours(cpu), &cpus, Limit::None);
    table.compare("mails handed over", Unit::PerSecond, &ours(rate), &rates, AtLeast(0.7));
    Ok(())
}

/// Mails of the time before the invites leave at once: they do not count.
async fn until_one_came(sink: &Sink) -> Result<()> {
    let began = Instant::now();
    let few = 20;
    while sink.count() < few {
        if began.elapsed() > WAIT {
            return Err(format!("only {} mails were handed over", sink.count()).into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    sink.forget();
    Ok(())
}

async fn until_all_came(sink: &Sink) -> Result<()> {
    let began = Instant::now();
    while sink.count() < INVITES - 200 {
        if began.elapsed() > WAIT {
            return Err(format!("only {} mails were handed over", sink.count()).into());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// In a process of its own: one command that invites so many contacts.
pub(crate) fn invite(data: &Path, count: usize) -> Result<Tally> {
    let runtime = Runtime::new()?;
    let (guest, system) = doors(data)?;
    let (console, _) = runtime.block_on(owner(&guest))?;
    let mut clients = all_clients(&console)?;
    clients.truncate(count.div_ceil(3) + 1);
    let tally = Tally::of(|| {
        let sent = runtime.block_on(console.invite_clients(clients, None, String::new()))?;
        let queued = |one: &&_| matches!(one, SentOutcome::Queued { .. });
        Ok(sent.iter().map(|one| &one.outcome).filter(queued).count() as u64)
    })?;
    runtime.block_on(system.close())?;
    if tally.count < count as u64 {
        return Err(format!("only {} were invited", tally.count).into());
    }
    Ok(tally)
}
