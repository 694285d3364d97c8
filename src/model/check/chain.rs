//! The seals of the activity, computed anew in the order of writing.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::activity::chain::{HEAD, Head};
use crate::model::activity::{Entry, Seal};
use crate::model::db::{Read, Records, fact, readable};
use crate::model::id::Id;

/// How far the chain has been followed.
#[derive(Default)]
struct Followed {
    entries: u64,
    last: u64,
    seal: Seal,
    broken: Vec<String>,
}

impl Followed {
    /// The next entry there is. One that does not fit is told once: what follows is held against it as it is.
    fn see(&mut self, entry: &Entry) {
        let Entry { id, seq, at, .. } = entry;
        if *seq != self.last + 1 {
            let (from, to) = (self.last + 1, seq - 1);
            self.broken.push(missing(from, to));
        } else if entry.sealed_behind(self.seal) != entry.chain {
            self.broken.push(format!(
                "activity: entry {seq} ({id}, of {at}) does not carry the seal that follows from it and from the entry \
                 before it, so one of the two was changed."
            ));
        }
        (self.last, self.seal) = (*seq, entry.chain);
        self.entries += 1;
    }
}

fn missing(from: u64, to: u64) -> String {
    if from == to {
        format!("activity: entry {from} is missing.")
    } else {
        format!("activity: entries {from} to {to} are missing.")
    }
}

/// How many entries there are, and what is not as it was written.
pub(super) fn check(r: &Read) -> Result<(u64, Vec<String>)> {
    let mut followed = Followed::default();
    // Entries lie by id. Those that were written later than their ids say wait here for their turn.
    let mut early: BTreeMap<u64, Id<Entry>> = BTreeMap::new();
    readable::<Entry>(r, |entry| {
        if entry.seq == followed.last + 1 {
            followed.see(&entry);
            while let Some(id) = early.remove(&(followed.last + 1)) {
                if let Ok(Some(entry)) = r.get(id) {
                    followed.see(&entry);
                }
            }
        } else if entry.seq <= followed.last || early.insert(entry.seq, entry.id).is_some() {
            let Entry { id, seq, .. } = entry;
            followed.broken.push(format!("activity: there is more than one entry {seq}, as {id}."));
        }
    })?;
    for id in early.into_values() {
        followed.see(&r.need(id)?);
    }
    let head = Head::read(fact(r, HEAD)?.as_deref())?;
    let Followed { entries, last, seal, mut broken } = followed;
    if head.seq > last {
        broken.push(missing(last + 1, head.seq));
    } else if (head.seq, head.seal) != (last, seal) {
        broken.push(format!(
            "activity: entry {last} is not the one that was noted as the last when it was written."
        ));
    }
    Ok((entries, broken))
}
