//! Durable commands: each writes a record, its index, what is said of it and a mail, and is on disk when it returns.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anteroom::model::client::Client;
use anteroom::model::{Console, Id, Recipient, SentOutcome};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::fill::{all_clients, doors, owner};
use crate::loops::Tally;
use crate::server::tally;
use crate::table::Limit::{self, AtLeast};
use crate::table::Unit;
use crate::{Bench, Result};

/// People who wait for a command at the same time.
const MANY: &str = "64";

pub(crate) fn commands(bench: &mut Bench) -> Result<()> {
    let millis = (bench.stretch() / 2).as_millis().to_string();
    let folder = bench.floor_folder("commands")?;
    let folder = folder.to_str().ok_or("a path that is no text")?;
    let (mut one, mut many, mut synced) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bare_one, mut bare_many) = (Vec::new(), Vec::new());
    for round in 0..bench.rounds() {
        synced.push(tally("fdatasync", &[folder, &millis])?);
        for (at_once, ours, bare) in
            [("1", &mut one, &mut bare_one), (MANY, &mut many, &mut bare_many)]
        {
            let store = bench.store(10_000)?;
            let data = store.data.to_str().ok_or("a path that is no text")?;
            ours.push(tally("commands", &[data, at_once, &millis])?);
            let empty = bench.floor_folder(&format!("create-{round}-{at_once}"))?;
            let empty = empty.to_str().ok_or("a path that is no text")?;
            bare.push(tally("create", &[empty, at_once, &millis])?);
        }
    }
    let rates = |of: &[Tally]| of.iter().map(Tally::per_second).collect::<Vec<_>>();
    let cpus = |of: &[Tally]| of.iter().map(Tally::cpu_each).collect::<Vec<_>>();
    let (one_rate, many_rate) = (rates(&one), rates(&many));
    let table = &mut bench.table;
    let mut cpu = |name, ours, bare| {
        table.compare(name, Unit::Cpu, &cpus(ours), &cpus(bare), Limit::None);
    };
    cpu("durable command alone, CPU, beside a bare row", &one, &bare_one);
    cpu("durable command of 64, CPU, beside a bare row", &many, &bare_many);
    let mut rate = |name, ours: &[f64], floor: &[f64], limit| {
        table.compare(name, Unit::PerSecond, ours, floor, limit);
    };
    rate("durable commands alone, beside fdatasync", &one_rate, &rates(&synced), AtLeast(0.12));
    rate("durable commands, 64 beside one at a time", &many_rate, &one_rate, AtLeast(5.0));
    rate("durable commands alone, beside bare rows", &one_rate, &rates(&bare_one), Limit::None);
    rate("durable commands, 64, beside bare rows", &many_rate, &rates(&bare_many), Limit::None);
    Ok(())
}

type Left = Arc<Mutex<Vec<(Id<Client>, Recipient)>>>;

/// In a process of its own: invites one contact a command, for so long or until everybody is invited.
pub(crate) fn ours(data: &Path, at_once: usize, stretch: Duration) -> Result<Tally> {
    let runtime = Runtime::new()?;
    let (guest, system) = doors(data)?;
    let console = Arc::new(runtime.block_on(owner(&guest))?.0);
    let left = Arc::new(Mutex::new(everybody(&console)?));
    let tally = Tally::of(|| {
        let until = Instant::now() + stretch;
        runtime.block_on(async {
            let mut callers = JoinSet::new();
            for _ in 0..at_once {
                callers.spawn(invite_until(until, console.clone(), left.clone()));
            }
            callers.join_all().await.into_iter().sum()
        })
    })?;
    runtime.block_on(system.close())?;
    Ok(tally)
}

fn everybody(console: &Console) -> Result<Vec<(Id<Client>, Recipient)>> {
    let mut everybody = Vec::new();
    for client in all_clients(console)? {
        for draft in console.invite_drafts(client)? {
            if !draft.membership.has_access() {
                let to = Recipient { membership: draft.membership.id, address: None };
                everybody.push((client, to));
            }
        }
    }
    Ok(everybody)
}

async fn invite_until(until: Instant, console: Arc<Console>, left: Left) -> Result<u64> {
    let mut count = 0;
    while Instant::now() < until {
        let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some((client, to)) = next else { break };
        let sent = console.send_invites(client, vec![to], None, String::new()).await?;
        if !matches!(sent[..], [ref one] if matches!(one.outcome, SentOutcome::Queued { .. })) {
            return Err(format!("not invited: {sent:?}").into());
        }
        count += 1;
    }
    Ok(count)
}
