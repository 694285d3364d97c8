//! Typed records over raw rows: named `MessagePack`, and one index for all that is derived from the records.

use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(in crate::model) use super::look::Order;
use super::look::{Bounds, EVERYTHING, Look, Name, Read};
use crate::error::{Error, Result};
use crate::model::id::{Id, Kind};

/// The one index: index name, 0, escaped key, 0 0, id → nothing. It can be made again from the records.
pub(super) const INDEX: Name = "index";

/// A thing we keep, and all the ways to find it.
pub(in crate::model) trait Record: Kind + Serialize + DeserializeOwned {
    /// Where it stands.
    const TABLE: &'static str;

    /// Its id, which never changes.
    fn id(&self) -> Id<Self>;

    /// Adds the record's index rows. They may depend on nothing but the record.
    fn index(&self, rows: &mut Rows);
}

/// Keeps structs with a field `id`: under which two letters their ids are printed, in which table they stand, and the rows by
/// which they are found, if there are any. Both names are on people's disks.
macro_rules! record {
    ($record:ident, $prefix:literal, $table:literal) => {
        $crate::model::db::record!($record, $prefix, $table, |_record, _rows| {});
    };
    ($record:ident, $prefix:literal, $table:literal, |$this:ident, $rows:ident| $index:expr) => {
        impl $crate::model::id::Kind for $record {
            const PREFIX: &'static str = $prefix;
        }

        impl $crate::model::db::Record for $record {
            const TABLE: &'static str = $table;

            fn id(&self) -> $crate::model::id::Id<Self> {
                self.id
            }

            fn index(&self, $rows: &mut $crate::model::db::Rows) {
                let $this = self;
                $index;
            }
        }
    };
}
pub(in crate::model) use record;

/// The index rows of one record, which all end with its id.
#[derive(PartialEq, Eq, Debug)]
pub(in crate::model) struct Rows {
    id: [u8; 16],
    rows: BTreeSet<Vec<u8>>,
}

impl Rows {
    /// Lets the record be found under a key of an index. Names are literals such as `contact.email`.
    pub(in crate::model) fn by(&mut self, index: &'static str, key: impl AsRef<[u8]>) {
        let mut row = row_start(index, key.as_ref());
        row.extend(self.id);
        self.rows.insert(row);
    }

    /// None: the record is not there.
    pub(super) fn none() -> Self {
        Self { id: [0; 16], rows: BTreeSet::new() }
    }

    /// All rows of the record, with its id.
    pub(super) fn of<R: Record>(record: &R) -> Self {
        let mut rows = Self { id: record.id().bytes(), rows: BTreeSet::new() };
        record.index(&mut rows);
        rows
    }

    /// Those that the other record has not.
    pub(super) fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Vec<u8>> {
        self.rows.difference(&other.rows)
    }

    /// Each of them.
    pub(super) fn into_keys(self) -> impl Iterator<Item = Vec<u8>> {
        self.rows.into_iter()
    }
}

/// A time as the key, or a part of the key, of an index row: eight bytes that sort as the times do, to the microsecond.
///
/// A key of several parts is their concatenation. It sorts by the first, then by the second, and so on, as long as
/// all but the last have a fixed length.
pub(in crate::model) fn time_key(at: Timestamp) -> [u8; 8] {
    (at.as_microsecond() ^ i64::MIN).to_be_bytes()
}

/// 0 becomes 0 1. With 0 0 behind it, bytes sort as before, and none is a prefix of another.
fn escape(bytes: &[u8], to: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(zero) = rest.iter().position(|byte| *byte == 0) {
        to.extend_from_slice(&rest[..=zero]);
        to.push(1);
        rest = &rest[zero + 1..];
    }
    to.extend_from_slice(rest);
}

/// What [`escape`] was given, and what follows behind its end.
fn unescape(row: &[u8]) -> (Vec<u8>, &[u8]) {
    let (mut key, mut rest) = (Vec::with_capacity(row.len()), row);
    loop {
        rest = match rest {
            [] => return (key, rest),
            [0, 0, behind @ ..] => return (key, behind),
            [0, 1, behind @ ..] => {
                key.push(0);
                behind
            }
            [byte, behind @ ..] => {
                key.push(*byte);
                behind
            }
        };
    }
}

/// How all rows of an index whose keys begin so begin.
fn row_prefix(index: &str, key_prefix: &[u8]) -> Vec<u8> {
    // Room for a few zeros, the end and an id.
    let mut row = Vec::with_capacity(index.len() + key_prefix.len() + 27);
    row.extend(index.as_bytes());
    row.push(0);
    escape(key_prefix, &mut row);
    row
}

/// How all rows under a key begin; the id follows.
fn row_start(index: &str, key: &[u8]) -> Vec<u8> {
    let mut row = row_prefix(index, key);
    row.extend([0, 0]);
    row
}

/// The least bytes behind everything that begins so.
fn behind(mut prefix: Vec<u8>) -> Vec<u8> {
    while prefix.pop_if(|last| *last == u8::MAX).is_some() {}
    if let Some(last) = prefix.last_mut() {
        *last += 1;
    }
    prefix
}

/// A part of an index.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Span {
    prefix: Vec<u8>,
    start: Option<Start>,
}

#[derive(Clone, Debug)]
enum Start {
    At(Vec<u8>),
    Behind(Vec<u8>, [u8; 16]),
}

impl Span {
    /// The whole index.
    pub(in crate::model) fn all() -> Self {
        Self::default()
    }

    /// The rows whose keys begin so.
    pub(in crate::model) fn prefix(key: impl AsRef<[u8]>) -> Self {
        Self { prefix: key.as_ref().to_vec(), start: None }
    }

    /// Begins with this key, in the order of the walk.
    #[must_use]
    pub(in crate::model) fn at(self, key: impl AsRef<[u8]>) -> Self {
        Self { start: Some(Start::At(key.as_ref().to_vec())), ..self }
    }

    /// Begins behind this row, in the order of the walk: for the next page of a list.
    #[must_use]
    pub(in crate::model) fn behind<T>(self, key: impl AsRef<[u8]>, id: Id<T>) -> Self {
        Self { start: Some(Start::Behind(key.as_ref().to_vec(), id.bytes())), ..self }
    }

    /// Whether a row is part of it: what [`Span::bounds`] must come to.
    #[cfg(test)]
    pub(super) fn has<T>(&self, key: &[u8], id: Id<T>, order: Order) -> bool {
        let row = (key, id.bytes());
        let begun = match (&self.start, order) {
            (None, _) => true,
            (Some(Start::At(at)), Order::Ascending) => key >= at.as_slice(),
            (Some(Start::At(at)), Order::Descending) => key <= at.as_slice(),
            (Some(Start::Behind(at, id)), Order::Ascending) => row > (at.as_slice(), *id),
            (Some(Start::Behind(at, id)), Order::Descending) => row < (at.as_slice(), *id),
        };
        key.starts_with(&self.prefix) && begun
    }

    /// The bounds of its rows, as bytes of the index.
    fn bounds(&self, index: &str, order: Order) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
        let prefix = row_prefix(index, &self.prefix);
        let (mut from, mut to) =
            (Bound::Included(prefix.clone()), Bound::Excluded(behind(prefix.clone())));
        // A start outside the prefix leaves the bound that is nearer to the walk.
        match (&self.start, order) {
            (None, _) => {}
            (Some(Start::At(key)), Order::Ascending) => {
                from = Bound::Included(row_start(index, key).max(prefix));
            }
            (Some(Start::At(key)), Order::Descending) => {
                to = Bound::Excluded(behind(row_start(index, key)).min(behind(prefix)));
            }
            (Some(Start::Behind(key, id)), order) => {
                let row = [row_start(index, key).as_slice(), id].concat();
                match order {
                    Order::Ascending if row >= prefix => from = Bound::Excluded(row),
                    Order::Descending if row <= behind(prefix) => to = Bound::Excluded(row),
                    _ => {}
                }
            }
        }
        (from, to)
    }
}

/// Reading records, from a snapshot or within a command.
pub(in crate::model) trait Records: Look {
    /// The record of this id, if there is one.
    fn get<R: Record>(&self, id: Id<R>) -> Result<Option<R>> {
        Ok(self.peek(R::TABLE, &id.bytes(), decode)?.transpose()?)
    }

    /// The record of this id, or [`Error::NotFound`].
    fn need<R: Record>(&self, id: Id<R>) -> Result<R> {
        self.get(id)?.ok_or(Error::NotFound)
    }

    /// At most `limit` ids of records under a key, oldest first.
    fn ids_by<R: Record>(
        &self,
        index: &'static str,
        key: impl AsRef<[u8]>,
        limit: usize,
    ) -> Result<Vec<Id<R>>> {
        let (from, mut ids) = (row_start(index, key.as_ref()), Vec::new());
        let to = behind(from.clone());
        let bounds = (Bound::Included(from.as_slice()), Bound::Excluded(to.as_slice()));
        if limit == 0 {
            return Ok(ids);
        }
        self.walk(INDEX, bounds, Order::Ascending, |row, _| {
            ids.extend(row.last_chunk().copied().map(Id::from_bytes));
            if ids.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(ids)
    }

    /// At most `limit` records under a key, oldest id first.
    fn by<R: Record>(
        &self,
        index: &'static str,
        key: impl AsRef<[u8]>,
        limit: usize,
    ) -> Result<Vec<R>> {
        self.ids_by(index, key, limit)?.into_iter().map(|id| found(self.get(id)?, index)).collect()
    }

    /// The oldest record under a key: the only one, where the key is unique.
    fn first_by<R: Record>(&self, index: &'static str, key: impl AsRef<[u8]>) -> Result<Option<R>> {
        Ok(self.by(index, key, 1)?.pop())
    }

    /// The rows of a part of an index, by key and then by id, until `see` breaks.
    fn walk_index<R: Record>(
        &self,
        index: &'static str,
        span: &Span,
        order: Order,
        mut see: impl FnMut(&[u8], Id<R>) -> ControlFlow<()>,
    ) -> Result<()> {
        let (from, to) = span.bounds(index, order);
        let bounds = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
        self.walk(INDEX, bounds, order, |row, _| {
            let (key, rest) = unescape(&row[index.len() + 1..]);
            match rest.try_into() {
                Ok(id) => see(&key, Id::from_bytes(id)),
                Err(_) => ControlFlow::Continue(()), // not a row of ours: `check` tells
            }
        })
    }

    /// At most `limit` ids of a part of an index, by key and then by id.
    fn ids_in<R: Record>(
        &self,
        index: &'static str,
        span: &Span,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Id<R>>> {
        let mut ids = Vec::new();
        if limit == 0 {
            return Ok(ids);
        }
        self.walk_index(index, span, order, |_, id| {
            ids.push(id);
            if ids.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(ids)
    }

    /// At most `limit` records of a part of an index, by key and then by id.
    fn records_in<R: Record>(
        &self,
        index: &'static str,
        span: &Span,
        order: Order,
        limit: usize,
    ) -> Result<Vec<R>> {
        let ids = self.ids_in(index, span, order, limit)?;
        ids.into_iter().map(|id| found(self.get(id)?, index)).collect()
    }

    /// All records of a kind, oldest first, until `see` breaks.
    fn all<R: Record>(&self, see: impl FnMut(R) -> ControlFlow<()>) -> Result<()> {
        walk_records(self, EVERYTHING, Order::Ascending, see)
    }

    /// All records of a kind of which a firm has few, oldest first.
    fn every<R: Record>(&self) -> Result<Vec<R>> {
        let mut every = Vec::new();
        self.all(|record| {
            every.push(record);
            ControlFlow::Continue(())
        })?;
        Ok(every)
    }

    /// At most `limit` records made before the one of this id, or the last ones; newest first.
    fn all_reverse_from<R: Record>(&self, before: Option<Id<R>>, limit: usize) -> Result<Vec<R>> {
        let (bytes, mut records) = (before.map(Id::bytes), Vec::new());
        let to = bytes.as_ref().map_or(Bound::Unbounded, |id| Bound::Excluded(id.as_slice()));
        if limit == 0 {
            return Ok(records);
        }
        walk_records(self, (Bound::Unbounded, to), Order::Descending, |record| {
            records.push(record);
            if records.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(records)
    }
}
impl<L: Look> Records for L {}

/// All records of a kind that can be read. Those that cannot are found when the index is compared with them.
pub(in crate::model) fn readable<R: Record>(r: &Read, mut see: impl FnMut(R)) -> Result<()> {
    r.walk(R::TABLE, EVERYTHING, Order::Ascending, |_, bytes| {
        if let Ok(record) = decode(bytes) {
            see(record);
        }
        ControlFlow::Continue(())
    })
}

fn walk_records<R: Record>(
    look: &(impl Look + ?Sized),
    bounds: Bounds<'_>,
    order: Order,
    mut see: impl FnMut(R) -> ControlFlow<()>,
) -> Result<()> {
    let mut outcome = Ok(());
    look.walk(R::TABLE, bounds, order, |_, bytes| match decode(bytes) {
        Ok(record) => see(record),
        Err(error) => {
            outcome = Err(error.into());
            ControlFlow::Break(())
        }
    })?;
    outcome
}

fn found<R>(record: Option<R>, index: &'static str) -> Result<R> {
    record.ok_or_else(|| Error::bug(format!("the index {index} points at nothing")))
}

/// Fields are kept by name, so that one can be added or dropped by a migration, and any tool reads them.
pub(super) fn encode<R: Serialize>(record: &R) -> Result<Vec<u8>> {
    Ok(rmp_serde::to_vec_named(record)?)
}

pub(super) fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Result<R, rmp_serde::decode::Error> {
    rmp_serde::from_slice(bytes)
}
