//! Pages under load, each against a bare one.

use crate::fill::Store;
use crate::load::{Ask, load};
use crate::server::Server;
use crate::table::Limit::{AtLeast, AtMost};
use crate::table::Unit;
use crate::{Bench, Result, floor};

/// As many browsers as ask at once.
const CONNECTIONS: usize = 64;

pub(crate) fn pages(bench: &mut Bench) -> Result<()> {
    let store = bench.store(10_000)?;
    let ours = Server::ours(&store.data, &[])?;
    let floor = Server::floor(&bench.floor_folder("pages")?)?;
    let bare = Ask::get(floor::PAGE, floor::COOKIE, floor::SIGN);
    for (name, ask) in [("portal Home", home(&store)), ("client list", client_list(&store))] {
        let (ours, floor) = in_turn(bench, (&ours, &ask), (&floor, &bare), CONNECTIONS)?;
        let table = &mut bench.table;
        table.compare(&format!("{name}, CPU"), Unit::Cpu, &ours.cpu, &floor.cpu, AtMost(2.0));
        let rate = format!("{name}, 64 connections");
        table.compare(&rate, Unit::PerSecond, &ours.rate, &floor.rate, AtLeast(0.5));
    }
    ours.stop()?;
    floor.stop()
}

pub(crate) fn health(bench: &mut Bench) -> Result<()> {
    let store = bench.store(1_000)?;
    let ours = Server::ours(&store.data, &[])?;
    let floor = Server::floor(&bench.floor_folder("health")?)?;
    let ask = health_page();
    let (our, bare) = in_turn(bench, (&ours, &ask), (&floor, &ask), CONNECTIONS)?;
    let table = &mut bench.table;
    table.compare("health page, CPU", Unit::Cpu, &our.cpu, &bare.cpu, AtMost(1.0 / 0.85));
    table.compare("health page", Unit::PerSecond, &our.rate, &bare.rate, AtLeast(0.85));
    ours.stop()?;
    floor.stop()
}

/// Ours knows that the store is open; the floor's is poem alone.
pub(crate) fn health_page() -> Ask {
    Ask::get("/healthz", "", ("ok", 1))
}

pub(crate) fn home(store: &Store) -> Ask {
    Ask::get(&store.home, &store.contact, ("Log out", 1))
}

/// Its first page has fifty rows, each with a link.
pub(crate) fn client_list(store: &Store) -> Ask {
    Ask::get("/console/clients", &store.staff, ("href=\"/console/clients/cl_", 50))
}

/// What one side did, round by round.
#[derive(Default)]
pub(crate) struct Side {
    /// Answers a second.
    pub(crate) rate: Vec<f64>,
    /// Microseconds of CPU an answer.
    pub(crate) cpu: Vec<f64>,
}

/// Loads one server and then the other, round by round.
pub(crate) fn in_turn(
    bench: &Bench,
    ours: (&Server, &Ask),
    floor: (&Server, &Ask),
    connections: usize,
) -> Result<(Side, Side)> {
    let mut sides = (Side::default(), Side::default());
    for (server, ask) in [ours, floor] {
        turn(bench, server, ask, connections, &mut Side::default())?; // to warm up
    }
    for _ in 0..bench.rounds() {
        turn(bench, ours.0, ours.1, connections, &mut sides.0)?;
        turn(bench, floor.0, floor.1, connections, &mut sides.1)?;
    }
    Ok(sides)
}

fn turn(
    bench: &Bench,
    server: &Server,
    ask: &Ask,
    connections: usize,
    side: &mut Side,
) -> Result<()> {
    let before = server.cpu()?;
    let loading = load(server.addr, ask, connections, bench.stretch(), None);
    let answers = bench.runtime.block_on(loading)?;
    side.cpu.push((server.cpu()? - before) * 1e6 / answers.count());
    side.rate.push(answers.per_second());
    Ok(())
}
