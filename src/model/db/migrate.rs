//! The shape of the data, and how older data gets into it. Steps work on JSON, never on our structs: structs
//! change, and a step must not.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};
use std::time::Instant;

use jiff::Timestamp;
use redb::{Database, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde_json::{Map, Value};

use super::look::{Bytes, EVERYTHING, Look, Name, Order, Read};
use super::record::{INDEX, Record, Rows, decode, encode};
use super::steps::STEPS;
use crate::error::{Error, Result};
use crate::values::Hex;

/// Facts about the file itself.
pub(super) const META: Name = "meta";
/// The number of the shape that the data has: one more than the steps that were done.
const SCHEMA: &[u8] = b"schema";
/// The version of the program that brought the data into that shape, or used it last.
const VERSION: &[u8] = b"version";
/// The greatest time that was believed when something was written, in seconds since 1970.
const CLOCK: &[u8] = b"clock";
const OUR_VERSION: &str = env!("CARGO_PKG_VERSION");
/// Records that a step holds in memory at once.
const AT_ONCE: usize = 1_000;
/// Index rows that are sorted at once: some twenty megabytes.
const KEYS_AT_ONCE: usize = 200_000;

/// A change to the shape of the data.
pub(super) struct Step {
    /// What changes, in the words of a release note.
    pub(super) says: &'static str,
    /// Makes the change.
    pub(super) run: fn(&Migration<'_>) -> Result<()>,
}

/// A kind of record, as the store knows it without its type.
pub(in crate::model) struct Registered {
    table: Name,
    rows: fn(&[u8]) -> Result<Rows>,
}

impl Registered {
    /// For the list of all kinds in `model/mod.rs`.
    pub(in crate::model) const fn of<R: Record>() -> Self {
        Self { table: R::TABLE, rows: |bytes| Ok(Rows::of(&decode::<R>(bytes)?)) }
    }
}

/// A shape of the data: how to get there, and the records it has.
pub(super) struct Shape {
    pub(super) steps: &'static [Step],
    pub(super) records: &'static [Registered],
}

impl Shape {
    /// The one that this version writes.
    pub(super) const TODAY: Self = Self { steps: STEPS, records: crate::model::REGISTRY };

    /// Its number. The first one was 1.
    pub(super) const fn schema(&self) -> u64 {
        1 + self.steps.len() as u64
    }
}

/// The number of the shape that the data of a file has; none if the file is new.
pub(super) fn schema(snapshot: &Read) -> Result<Option<u64>> {
    snapshot.stored(META)?.map_or(Ok(None), |meta| number(&*meta))
}

/// A fact about the whole store, which no record holds.
pub(in crate::model) fn fact(snapshot: &Read, name: &[u8]) -> Result<Option<Vec<u8>>> {
    snapshot.peek(META, name, <[u8]>::to_vec)
}

/// Keeps the greatest time that is believed.
pub(super) fn keep_time(transaction: &WriteTransaction, now: Timestamp) -> Result<()> {
    let mut meta = transaction.open_table(TableDefinition::<Bytes, Bytes>::new(META))?;
    meta.insert(CLOCK, now.as_second().to_be_bytes().as_slice())?;
    Ok(())
}

/// The time that [`keep_time`] kept.
pub(super) fn kept_time(snapshot: &Read) -> Result<Option<Timestamp>> {
    let kept = snapshot.peek(META, CLOCK, |bytes| bytes.try_into().map(i64::from_be_bytes))?;
    Ok(kept.and_then(Result::ok).and_then(|kept| Timestamp::from_second(kept).ok()))
}

/// Forgets the time that was kept: the clock is right, and was wrong for long.
pub(super) fn forget_time(database: &Database) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "nobody else has the file")]
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.open_table(TableDefinition::<Bytes, Bytes>::new(META))?.remove(CLOCK)?;
    Ok(transaction.commit()?)
}

/// The version of the program that used a file last, as far as it was noted.
pub(super) fn version(snapshot: &Read) -> Result<Option<String>> {
    snapshot.peek(META, VERSION, |bytes| String::from_utf8_lossy(bytes).into_owned())
}

fn number(meta: &impl ReadableTable<Bytes, Bytes>) -> Result<Option<u64>> {
    let bytes = meta.get(SCHEMA)?.map(|row| row.value().try_into()).transpose();
    Ok(bytes.map_err(|_| Error::bug("the schema number is damaged"))?.map(u64::from_be_bytes))
}

/// What was done to bring data up to date.
#[derive(Clone, Debug, Serialize)]
pub struct Upgrade {
    /// The number of the shape it had.
    pub from: u64,
    /// The number of the shape it has.
    pub to: u64,
    /// What was done, in order.
    pub steps: Vec<StepDone>,
    /// Rows of the index, which was made anew.
    pub index_rows: u64,
    /// How long all of it took, in milliseconds.
    pub millis: u64,
}

/// One step that was done.
#[derive(Clone, Debug, Serialize)]
pub struct StepDone {
    /// What changed, in the words of a release note.
    pub says: &'static str,
    /// How many records were changed.
    pub records: u64,
}

/// Does the steps that the data lacks, and makes the index anew: all in one transaction, or nothing. Says what was
/// done to data that was there before.
pub(super) fn bring_up(database: &Database, shape: &Shape) -> Result<Option<Upgrade>> {
    let began = Instant::now();
    #[expect(clippy::disallowed_methods, reason = "the writer thread has not begun")]
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let migration = Migration { transaction: &transaction, records: Cell::new(0) };
    let (known, found) = (shape.schema(), number(&migration.table(META)?)?);
    let version = migration.table(META)?.get(VERSION)?.map(|row| row.value().to_vec());
    if found == Some(known) && version.as_deref() == Some(OUR_VERSION.as_bytes()) {
        transaction.abort()?;
        return Ok(None);
    }
    let done = match found {
        Some(found) if found != known => Some(migration.run(found, shape)?),
        _ => None,
    };
    migration.set_fact(SCHEMA, &known.to_be_bytes())?;
    migration.set_fact(VERSION, OUR_VERSION.as_bytes())?;
    transaction.commit()?;
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(done.map(|done| Upgrade { millis, ..done }))
}

/// Makes the index anew from the records. Says how many rows it has.
pub(super) fn rebuild(database: &Database, shape: &Shape) -> Result<u64> {
    #[expect(clippy::disallowed_methods, reason = "nobody else has the file")]
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let migration = Migration { transaction: &transaction, records: Cell::new(0) };
    let rows = migration.rebuild_index(shape.records)?;
    transaction.commit()?;
    Ok(rows)
}

/// The open transaction of the steps.
pub(super) struct Migration<'t> {
    transaction: &'t WriteTransaction,
    /// How many were changed by the step that runs.
    records: Cell<u64>,
}

impl<'t> Migration<'t> {
    fn table(&self, name: &str) -> Result<redb::Table<'t, Bytes, Bytes>> {
        Ok(self.transaction.open_table(TableDefinition::new(name))?)
    }

    /// Does the steps behind this shape.
    fn run(&self, from: u64, shape: &Shape) -> Result<Upgrade> {
        let done = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        let missing = shape.steps.get(done..).ok_or_else(|| Error::bug("the data is newer"))?;
        let mut steps = Vec::new();
        for step in missing {
            tracing::info!("bringing the data up to date: {}", step.says);
            self.records.set(0);
            (step.run)(self)?;
            steps.push(StepDone { says: step.says, records: self.records.get() });
        }
        tracing::info!("bringing the data up to date: making the index anew");
        let index_rows = self.rebuild_index(shape.records)?;
        Ok(Upgrade { from, to: shape.schema(), steps, index_rows, millis: 0 })
    }

    /// Sets a fact about the whole store.
    pub(super) fn set_fact(&self, name: &[u8], value: &[u8]) -> Result<()> {
        self.table(META)?.insert(name, value)?;
        Ok(())
    }

    /// Changes every record of a table, in the order of their ids.
    pub(super) fn each(
        &self,
        name: &str,
        mut change: impl FnMut(&mut Map<String, Value>) -> Result<()>,
    ) -> Result<()> {
        let mut table = self.table(name)?;
        let mut last: Option<Vec<u8>> = None;
        loop {
            let from = last.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
            let mut changed = Vec::new();
            for row in table.range::<&[u8]>((from, Bound::Unbounded))?.take(AT_ONCE) {
                let (key, value) = row?;
                let mut record: Map<String, Value> = decode(value.value())?;
                change(&mut record)?;
                changed.push((key.value().to_vec(), encode(&record)?));
            }
            for (key, value) in &changed {
                table.insert(key.as_slice(), value.as_slice())?;
            }
            self.records.update(|so_far| so_far + changed.len() as u64);
            match changed.pop() {
                Some((key, _)) => last = Some(key),
                None => return Ok(()),
            }
        }
    }

    fn rebuild_index(&self, records: &[Registered]) -> Result<u64> {
        self.transaction.delete_table(TableDefinition::<Bytes, Bytes>::new(INDEX))?;
        let mut index = self.table(INDEX)?;
        // Rows that lie side by side are inserted one after the other: in the order of the records each would change
        // another page.
        let mut keys = Vec::new();
        for kind in records {
            for row in self.table(kind.table)?.iter()? {
                keys.extend((kind.rows)(row?.1.value())?.into_keys());
                if keys.len() >= KEYS_AT_ONCE {
                    insert_sorted(&mut index, &mut keys)?;
                }
            }
        }
        insert_sorted(&mut index, &mut keys)?;
        Ok(index.len()?)
    }
}

fn insert_sorted(index: &mut redb::Table<'_, Bytes, Bytes>, keys: &mut Vec<Vec<u8>>) -> Result<()> {
    keys.sort_unstable();
    for key in keys.drain(..) {
        index.insert(key.as_slice(), [].as_slice())?;
    }
    Ok(())
}

/// Where the index differs from what the records say, as sentences. Empty if all is well.
pub(super) fn check(snapshot: &Read, records: &[Registered]) -> Result<Vec<String>> {
    let (mut expected, mut wrong) = (BTreeSet::new(), Vec::new());
    for kind in records {
        snapshot.walk(kind.table, EVERYTHING, Order::Ascending, |id, bytes| {
            match (kind.rows)(bytes) {
                Ok(rows) => expected.extend(rows.into_keys()),
                Err(error) => wrong.push(format!("{}: {} {error}", kind.table, Hex(id))),
            }
            ControlFlow::Continue(())
        })?;
    }
    let sentence = |what, row: &[u8]| format!("index: a row is {what}: {}", Hex(row));
    snapshot.walk(INDEX, EVERYTHING, Order::Ascending, |row, _| {
        if !expected.remove(row) {
            wrong.push(sentence("left over", row));
        }
        ControlFlow::Continue(())
    })?;
    wrong.extend(expected.iter().map(|row| sentence("missing", row)));
    Ok(wrong)
}
