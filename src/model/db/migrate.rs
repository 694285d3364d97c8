//! The shape of the data, and how older data gets into it. Steps work on JSON, never on our structs: structs
//! change, and a step must not.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

use redb::{Database, ReadableTable, TableDefinition, WriteTransaction};
use serde_json::{Map, Value};

use super::look::{Bytes, EVERYTHING, Look, Name, Order, Read};
use super::record::{INDEX, Record, Rows, decode, encode};
use crate::error::{Error, Result};

/// Every change ever made to the shape of the data, oldest first. Append; never edit.
const STEPS: &[Step] = &[];

/// Facts about the file itself.
const META: Name = "meta";
/// The number of the shape that the data has: one more than the steps that were done.
const SCHEMA: &[u8] = b"schema";

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

fn number(meta: &impl ReadableTable<Bytes, Bytes>) -> Result<Option<u64>> {
    let bytes = meta.get(SCHEMA)?.map(|row| row.value().try_into()).transpose();
    Ok(bytes.map_err(|_| Error::bug("the schema number is damaged"))?.map(u64::from_be_bytes))
}

/// Does the steps that the data lacks, and makes the index anew: all in one transaction, or nothing.
pub(super) fn bring_up(database: &Database, shape: &Shape) -> Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the writer thread has not begun")]
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let migration = Migration { transaction: &transaction };
    let (known, found) = (shape.schema(), number(&migration.table(META)?)?);
    if found == Some(known) {
        return Ok(transaction.abort()?);
    }
    if let Some(found) = found {
        let done = usize::try_from(found.saturating_sub(1)).unwrap_or(usize::MAX);
        for step in shape.steps.get(done..).ok_or_else(|| Error::bug("the data is newer"))? {
            tracing::info!(change = step.says, "bringing the data up to date");
            (step.run)(&migration)?;
        }
        migration.rebuild_index(shape.records)?;
    }
    migration.table(META)?.insert(SCHEMA, known.to_be_bytes().as_slice())?;
    Ok(transaction.commit()?)
}

/// The open transaction of the steps.
pub(super) struct Migration<'t> {
    transaction: &'t WriteTransaction,
}

impl<'t> Migration<'t> {
    fn table(&self, name: &str) -> Result<redb::Table<'t, Bytes, Bytes>> {
        Ok(self.transaction.open_table(TableDefinition::new(name))?)
    }

    /// Changes every record of a table.
    #[cfg_attr(not(test), expect(dead_code, reason = "no shape has changed yet"))]
    pub(super) fn each(
        &self,
        name: &str,
        mut change: impl FnMut(&mut Map<String, Value>) -> Result<()>,
    ) -> Result<()> {
        let mut table = self.table(name)?;
        let mut changed = Vec::new();
        for row in table.iter()? {
            let (key, value) = row?;
            let mut record: Map<String, Value> = decode(value.value())?;
            change(&mut record)?;
            changed.push((key.value().to_vec(), encode(&record)?));
        }
        for (key, value) in changed {
            table.insert(key.as_slice(), value.as_slice())?;
        }
        Ok(())
    }

    fn rebuild_index(&self, records: &[Registered]) -> Result<()> {
        self.transaction.delete_table(TableDefinition::<Bytes, Bytes>::new(INDEX))?;
        let mut index = self.table(INDEX)?;
        for kind in records {
            for row in self.table(kind.table)?.iter()? {
                for key in (kind.rows)(row?.1.value())?.into_keys() {
                    index.insert(key.as_slice(), [].as_slice())?;
                }
            }
        }
        Ok(())
    }
}

/// Where the index differs from what the records say, as sentences. Empty if all is well.
pub(super) fn check(snapshot: &Read, records: &[Registered]) -> Result<Vec<String>> {
    let (mut expected, mut found, mut wrong) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for kind in records {
        snapshot.walk(kind.table, EVERYTHING, Order::Ascending, |id, bytes| {
            match (kind.rows)(bytes) {
                Ok(rows) => expected.extend(rows.into_keys()),
                Err(error) => wrong.push(format!("{}: {} {error}", kind.table, Hex(id))),
            }
            ControlFlow::Continue(())
        })?;
    }
    snapshot.walk(INDEX, EVERYTHING, Order::Ascending, |row, _| {
        found.insert(row.to_vec());
        ControlFlow::Continue(())
    })?;
    let sentence = |what, row: &Vec<u8>| format!("index: a row is {what}: {}", Hex(row));
    wrong.extend(expected.difference(&found).map(|row| sentence("missing", row)));
    wrong.extend(found.difference(&expected).map(|row| sentence("left over", row)));
    Ok(wrong)
}

/// Bytes as people compare them.
struct Hex<'a>(&'a [u8]);
impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
