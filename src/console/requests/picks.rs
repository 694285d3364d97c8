//! The files of a client to choose from, where a request goes with some or asks to read one. No page of its own.

use crate::error::Result;
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::{Console, FileQuery, Id};

/// Files to choose from, unless somebody looks for one.
const NEWEST: usize = 20;
/// Files that are found at once.
const FOUND: usize = 50;

/// Those that are chosen already, `known` or not, and the newest or those that are called as was typed.
pub(super) fn picks(
    console: &Console,
    client: Id<Client>,
    known: Vec<File>,
    chosen: &[Id<File>],
    find: &str,
) -> Result<Vec<File>> {
    let mut picks = known;
    let more = match find.trim() {
        "" => console.newest_files(client, NEWEST)?,
        find => {
            let query = FileQuery { find: find.into(), limit: FOUND, ..FileQuery::default() };
            console.files(client, &query)?.files.into_iter().map(|row| row.file).collect()
        }
    };
    let known: Vec<Id<File>> = picks.iter().map(|file| file.id).collect();
    picks.extend(more.into_iter().filter(|file| !known.contains(&file.id)));
    // Those that were chosen on a page of another search.
    for id in chosen {
        if !picks.iter().any(|file| file.id == *id) {
            picks.extend(console.file(client, *id).ok().map(|found| found.file));
        }
    }
    Ok(picks)
}
