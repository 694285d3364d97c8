//! Requests: what a contact has to do, one template sent to thousands of clients, and the board over all of it.

use std::time::Instant;

use anteroom::model::client::Client;
use anteroom::model::request::{ManySending, Request, Sending, Whom};
use anteroom::model::request_template::{BLUEPRINT_PRESETS, TemplateFrom};
use anteroom::model::{Console, Id, RequestQuery, RequestState};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::fill::{self, Store, all_clients};
use crate::load::{Ask, load};
use crate::pages::in_turn;
use crate::server::Server;
use crate::table::Limit::AtMost;
use crate::table::Unit;
use crate::{Bench, Result, floor};

/// Clients that one template is sent to.
const CLIENTS: usize = 5_000;
/// How often that is done: 50,000 requests.
const TURNS: usize = 10;
/// Requests that wait for the contact who looks at the To-do list, whose page shows fifty.
const WAITING: usize = 200;
/// Of all requests, every so many is finished, and every so many is withdrawn.
const FINISHED: usize = 4;
const WITHDRAWN: usize = 10;
/// Commands on their way at once.
const AT_ONCE: usize = 256;

/// What is asked of the board: all of it, narrowed by words, and the list.
const LOOKS: [(&str, &str); 4] = [
    ("board of 50,000 requests", ""),
    ("board of 50,000 requests, narrowed by words", "?find=tax+holdings"),
    ("list of 50,000 requests", "?view=list&state=all"),
    ("list of 50,000 requests, page 100", "?view=list&page=100"),
];

pub(crate) fn requests(bench: &mut Bench) -> Result<()> {
    to_do(bench)?;
    let store = bench.store(CLIENTS)?;
    let times = bench.runtime.block_on(fill_board(&store))?;
    let (first, others) = times.split_at(1);
    let name = "a template sent to 5,000 clients, with 15,000 invites";
    bench.table.absolute(name, Unit::Millis, first, AtMost(5_000.0));
    let name = "a template sent to 5,000 clients";
    bench.table.absolute(name, Unit::Millis, others, AtMost(5_000.0));
    let ours = Server::ours(&store.data, &[])?;
    for (name, query) in LOOKS {
        let path = format!("/console/requests{query}");
        let ask = Ask::get(&path, &store.staff, ("href=\"/console/requests/rq_", 10));
        ask.once(ours.addr)?; // to warm up
        let alone = |_| -> Result<f64> {
            let loading = load(ours.addr, &ask, 1, bench.stretch() / 2, None);
            Ok(bench.runtime.block_on(loading)?.median())
        };
        let times: Vec<f64> = (0..bench.rounds()).map(alone).collect::<Result<_>>()?;
        bench.table.absolute(name, Unit::Millis, &times, AtMost(20.0));
    }
    ours.stop()
}

/// Fifty of two hundred on a page, against a bare page of fifty rows.
fn to_do(bench: &mut Bench) -> Result<()> {
    let store = bench.store(1_000)?;
    bench.runtime.block_on(fill_to_do(&store))?;
    let ours = Server::ours(&store.data, &[])?;
    let floor = Server::floor(&bench.floor_folder("to-do")?)?;
    let bare = Ask::get(floor::PAGE, floor::COOKIE, floor::SIGN);
    let sign = ("/requests/rq_", 50);
    let ask = Ask::get(&format!("{}/todo", store.home), &store.contact, sign);
    let (our, bare) = in_turn(bench, (&ours, &ask), (&floor, &bare), 64)?;
    let name = "To-do, 50 of 200 open requests, CPU";
    bench.table.compare(name, Unit::Cpu, &our.cpu, &bare.cpu, AtMost(2.0));
    ours.stop()?;
    floor.stop()
}

async fn fill_to_do(store: &Store) -> Result<()> {
    let (guest, system) = fill::doors(&store.data)?;
    let (console, _) = fill::owner(&guest).await?;
    let client: Id<Client> = store.home.strip_prefix("/p/").ok_or("no client")?.parse()?;
    let ask = async |n: usize| -> Result<()> {
        let preset = &BLUEPRINT_PRESETS[n % BLUEPRINT_PRESETS.len()];
        let (blueprint, template) = console.blueprint_from(TemplateFrom::Preset(preset))?;
        let draft = console.new_request(client, blueprint, template, String::new()).await?;
        console.send_request(draft, Sending::default()).await?;
        Ok(())
    };
    stream::iter(0..WAITING).map(ask).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    system.close().await?;
    Ok(())
}

/// Sends to everybody again and again, and lets some of it come to an end. Gives the milliseconds of each turn.
async fn fill_board(store: &Store) -> Result<Vec<f64>> {
    let (guest, system) = fill::doors(&store.data)?;
    let (console, _) = fill::owner(&guest).await?;
    let clients = all_clients(&console)?;
    let mut times = Vec::new();
    for turn in 0..TURNS {
        let preset = &BLUEPRINT_PRESETS[turn % BLUEPRINT_PRESETS.len()];
        let many = ManySending {
            from: TemplateFrom::Preset(preset),
            whom: Whom::These(clients.clone()),
            invite: true,
            repeat: None,
            once: String::new(),
        };
        let began = Instant::now();
        let sent = console.send_to_many(many).await?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        if sent.asked != CLIENTS {
            let why = sent.left_out.first();
            return Err(format!("{} of {CLIENTS} were asked: {why:?}", sent.asked).into());
        }
    }
    let all = all_requests(&console)?;
    let every = |step: usize| all.iter().copied().step_by(step);
    console.withdraw_requests(every(WITHDRAWN).collect()).await?;
    let rest = every(FINISHED).map(|id| console.complete_request(id));
    // Those that were withdrawn are refused.
    stream::iter(rest).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    system.close().await?;
    Ok(times)
}

fn all_requests(console: &Console) -> Result<Vec<Id<Request>>> {
    let mut query = RequestQuery { state: RequestState::Any, page: 1, ..RequestQuery::default() };
    let mut all = Vec::new();
    loop {
        let list = console.requests(&query)?;
        all.extend(list.rows.iter().map(|row| row.request.id));
        if !list.more {
            return Ok(all);
        }
        query.page += 1;
    }
}
