//! What grows with the number of contacts, and should not.

use crate::fill::A_MILLION_ROWS;
use crate::load::{Ask, load};
use crate::pages::{client_list, in_turn};
use crate::server::Server;
use crate::table::Limit::AtMost;
use crate::table::Unit;
use crate::{Bench, Result};

/// What people type: one letter, a common beginning, a name, an address, and a word that everybody has.
const TYPED: [&str; 7] = ["a", "ma", "mar", "smith", "martin+studio", "anna.smith", "example"];

pub(crate) fn scale(bench: &mut Bench) -> Result<()> {
    let (few, many) = (bench.store(334)?, bench.store(A_MILLION_ROWS)?);
    let small = Server::ours(&few.data, &[])?;
    let large = Server::ours(&many.data, &[])?;
    let (of_few, of_many) = (client_list(&few), client_list(&many));
    let (ours, floor) = in_turn(bench, (&large, &of_many), (&small, &of_few), 8)?;
    let name = "client list at 112,500 contacts, beside 1,000, CPU";
    bench.table.compare(name, Unit::Cpu, &ours.cpu, &floor.cpu, AtMost(1.5));
    let (mut at_many, mut at_few) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        at_many.push(alone(bench, &large, &of_many)?);
        at_few.push(alone(bench, &small, &of_few)?);
    }
    let name = "client list at 112,500 contacts, beside 1,000";
    bench.table.compare(name, Unit::Millis, &at_many, &at_few, AtMost(1.5));
    for typed in TYPED {
        let path = format!("/console/clients?find={typed}");
        let ask = Ask::get(&path, &many.staff, ("</html>", 1));
        let times: Vec<f64> =
            (0..bench.rounds()).map(|_| alone(bench, &large, &ask)).collect::<Result<_>>()?;
        let name = format!("search in 112,500 contacts: {}", typed.replace('+', " "));
        bench.table.absolute(&name, Unit::Millis, &times, AtMost(5.0));
    }
    small.stop()?;
    large.stop()
}

/// Milliseconds to an answer, when nobody else asks.
fn alone(bench: &Bench, server: &Server, ask: &Ask) -> Result<f64> {
    let loading = load(server.addr, ask, 1, bench.stretch() / 2, None);
    Ok(bench.runtime.block_on(loading)?.median())
}
