//! How long the first start of a newer version takes: a snapshot of the older data, then the changes, then it answers.

use std::time::Instant;

use crate::old_firm::large_firm;
use crate::pages::health_page;
use crate::server::Server;
use crate::table::Limit::AtMost;
use crate::table::Unit::Millis;
use crate::{Bench, Result};

const CONTACTS: usize = 100_000;

pub(crate) fn upgrade(bench: &mut Bench) -> Result<()> {
    let mut first_starts = Vec::new();
    for round in 0..bench.rounds() {
        let data = bench.folder.join(format!("schema-1-{round}"));
        large_firm(&data, CONTACTS)?;
        let began = Instant::now();
        let server = Server::ours(&data, &[])?;
        server.answer_once(&health_page())?;
        first_starts.push(began.elapsed().as_secs_f64() * 1e3);
        server.stop()?;
        std::fs::remove_dir_all(&data)?;
    }
    let name = "first start on older data, 100,000 contacts";
    bench.table.absolute(name, Millis, &first_starts, AtMost(10_000.0));
    Ok(())
}
