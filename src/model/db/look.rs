//! Raw rows: what a snapshot and a running command can both see.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::rc::Rc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition, TableError};

use crate::error::Result;

/// A table's name: a literal, for it is on people's disks.
pub(super) type Name = &'static str;
/// How redb keeps all of them.
pub(super) type Bytes = &'static [u8];
/// Rows written but not yet in redb; none is a row that was removed.
pub(super) type Pending = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Which way to walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Order {
    /// From the least key.
    Ascending,
    /// From the greatest key.
    Descending,
}

/// The keys between two bounds.
pub(super) type Bounds<'k> = (Bound<&'k [u8]>, Bound<&'k [u8]>);
/// All keys.
pub(super) const EVERYTHING: Bounds<'static> = (Bound::Unbounded, Bound::Unbounded);

/// Stored rows, with what is pending laid over them.
pub(in crate::model) trait Look {
    /// How redb gives a table here.
    type Table: ReadableTable<Bytes, Bytes>;

    /// The stored table, unless nothing was ever written to it.
    fn stored(&self, table: Name) -> Result<Option<Rc<Self::Table>>>;

    /// What lies over the stored table.
    fn pending(&self, table: Name) -> &Pending;

    /// What `see` makes of one row's value.
    fn peek<T>(&self, table: Name, key: &[u8], see: impl FnOnce(&[u8]) -> T) -> Result<Option<T>> {
        if let Some(written) = self.pending(table).get(key) {
            return Ok(written.as_deref().map(see));
        }
        let Some(stored) = self.stored(table)? else { return Ok(None) };
        Ok(stored.get(key)?.map(|value| see(value.value())))
    }

    /// The rows between the bounds, in order of their keys, until `see` breaks.
    fn walk(
        &self,
        table: Name,
        bounds: Bounds<'_>,
        order: Order,
        mut see: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<()> {
        if nothing_between(bounds) {
            return Ok(());
        }
        let written = self.pending(table).range::<[u8], _>(bounds);
        let mut pending = Ordered { rows: written, order }.peekable();
        if let Some(table) = self.stored(table)? {
            for row in (Ordered { rows: table.range::<&[u8]>(bounds)?, order }) {
                let (key, value) = row?;
                // What is pending comes before the stored row it precedes, and instead of the one it has the key of.
                let mut replaced = false;
                while let Some((at, written)) =
                    pending.next_if(|(at, _)| order.not_behind(at, key.value()))
                {
                    replaced = at == key.value();
                    if let Some(written) = written
                        && see(at, written).is_break()
                    {
                        return Ok(());
                    }
                }
                if !replaced && see(key.value(), value.value()).is_break() {
                    return Ok(());
                }
            }
        }
        for (key, written) in pending {
            if let Some(written) = written
                && see(key, written).is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

impl Order {
    /// Whether `one` is met no later than `other`.
    fn not_behind(self, one: &[u8], other: &[u8]) -> bool {
        match self {
            Self::Ascending => one <= other,
            Self::Descending => one >= other,
        }
    }
}

/// A range asked from either end.
struct Ordered<I> {
    rows: I,
    order: Order,
}
impl<I: DoubleEndedIterator> Iterator for Ordered<I> {
    type Item = I::Item;
    fn next(&mut self) -> Option<I::Item> {
        match self.order {
            Order::Ascending => self.rows.next(),
            Order::Descending => self.rows.next_back(),
        }
    }
}

/// Bounds that have crossed: a map would panic at them.
fn nothing_between(bounds: Bounds<'_>) -> bool {
    match bounds {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (
            Bound::Included(from) | Bound::Excluded(from),
            Bound::Included(to) | Bound::Excluded(to),
        ) => from >= to,
    }
}

/// Opening a table costs as much as reading a row, so a transaction opens each only once.
pub(super) struct Opened<T>(pub(super) RefCell<BTreeMap<Name, Rc<T>>>);

impl<T> Default for Opened<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Opened<T> {
    /// The table, opened with `open` if this is the first time.
    pub(super) fn get(
        &self,
        table: Name,
        open: impl FnOnce(TableDefinition<'static, Bytes, Bytes>) -> Result<T, TableError>,
    ) -> Result<Option<Rc<T>>> {
        if let Some(found) = self.0.borrow().get(table) {
            return Ok(Some(found.clone()));
        }
        let opened = match open(TableDefinition::new(table)) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            opened => Rc::new(opened?),
        };
        self.0.borrow_mut().insert(table, opened.clone());
        Ok(Some(opened))
    }
}

/// A snapshot.
pub(in crate::model) struct Read {
    snapshot: ReadTransaction,
    opened: Opened<ReadOnlyTable<Bytes, Bytes>>,
}

impl Read {
    pub(super) fn new(snapshot: ReadTransaction) -> Self {
        Self { snapshot, opened: Opened::default() }
    }
}

impl Look for Read {
    type Table = ReadOnlyTable<Bytes, Bytes>;
    fn stored(&self, table: Name) -> Result<Option<Rc<Self::Table>>> {
        self.opened.get(table, |definition| self.snapshot.open_table(definition))
    }
    fn pending(&self, _: Name) -> &Pending {
        &NOTHING
    }
}

/// What lies over a table that nothing was written to.
pub(super) static NOTHING: Pending = BTreeMap::new();
