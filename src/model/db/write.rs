//! A running command: what it sees, what it takes from outside, and what it writes.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use redb::{Table, WriteTransaction};

use super::look::{Bytes, Look, NOTHING, Name, Opened, Pending};
use super::migrate::META;
use super::record::{INDEX, Record, Records, Rows, decode, encode};
use super::{Change, Context};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::id::Id;
use crate::model::keys::Keys;

/// The open transaction, shared by the commands of a batch.
pub(super) struct Batch<'t> {
    transaction: &'t WriteTransaction,
    opened: Opened<Table<'t, Bytes, Bytes>>,
}

impl<'t> Batch<'t> {
    pub(super) fn new(transaction: &'t WriteTransaction) -> Self {
        Self { transaction, opened: Opened::default() }
    }
}

/// A running command. It sees what earlier commands of its batch wrote, and over it what it wrote itself.
pub(in crate::model) struct Write<'b, 't> {
    batch: &'b Batch<'t>,
    context: &'b Context,
    by: By,
    now: Timestamp,
    overlay: BTreeMap<Name, Pending>,
    told: bool,
}

impl<'t> Look for Write<'_, 't> {
    type Table = Table<'t, Bytes, Bytes>;
    fn stored(&self, table: Name) -> Result<Option<Rc<Self::Table>>> {
        self.batch.opened.get(table, |definition| self.batch.transaction.open_table(definition))
    }
    fn pending(&self, table: Name) -> &Pending {
        self.overlay.get(table).unwrap_or(&NOTHING)
    }
}

impl<'b, 't> Write<'b, 't> {
    pub(super) fn new(batch: &'b Batch<'t>, context: &'b Context, by: By) -> Self {
        let now = context.clock.now();
        Self { batch, context, by, now, overlay: BTreeMap::new(), told: false }
    }

    /// The time of the command: the same however long it runs.
    pub(in crate::model) fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id.
    pub(in crate::model) fn id<T>(&self) -> Id<T> {
        Id::stamped(self.context.stamps.next(self.now))
    }

    /// The installation's key.
    pub(in crate::model) fn keys(&self) -> &'b Keys {
        &self.context.keys
    }

    /// Whose command this is.
    pub(in crate::model) fn who(&self) -> &By {
        &self.by
    }

    /// Notes that the command has written what it did to the activity log.
    pub(in crate::model) fn mark_said(&mut self) {
        self.told = true;
    }

    /// For the few commands that are no event for anybody. Write the reason as it should be read at the call.
    pub(in crate::model) fn unsaid(&mut self, _because: &'static str) {
        self.told = true;
    }

    /// A fact about the whole store, which no record holds.
    pub(in crate::model) fn fact(&self, name: &'static [u8]) -> Result<Option<Vec<u8>>> {
        self.peek(META, name, <[u8]>::to_vec)
    }

    /// Sets a fact about the whole store. Nobody is told of it as a change.
    pub(in crate::model) fn set_fact(&mut self, name: &'static [u8], value: Vec<u8>) {
        self.lay(META, name.to_vec(), Some(value));
    }

    /// Stores a record, new or changed, and brings its index rows up to date.
    pub(in crate::model) fn put<R: Record>(&mut self, record: &R) -> Result<()> {
        let bytes = encode(record)?;
        self.reindex::<R>(record.id(), Rows::of(record))?;
        self.lay(R::TABLE, record.id().bytes().to_vec(), Some(bytes));
        Ok(())
    }

    /// Stores a record whose id was made just now: there is none before it to be looked for.
    pub(in crate::model) fn add<R: Record>(&mut self, record: &R) -> Result<()> {
        debug_assert!(self.get(record.id())?.is_none(), "{} is there already", record.id());
        let bytes = encode(record)?;
        for row in Rows::of(record).into_keys() {
            self.lay(INDEX, row, Some(Vec::new()));
        }
        self.lay(R::TABLE, record.id().bytes().to_vec(), Some(bytes));
        Ok(())
    }

    /// Removes a record and its index rows, if it is there.
    pub(in crate::model) fn delete<R: Record>(&mut self, id: Id<R>) -> Result<()> {
        self.reindex::<R>(id, Rows::none())?;
        self.lay(R::TABLE, id.bytes().to_vec(), None);
        Ok(())
    }

    /// Writes only the rows that differ from those of the record as it is.
    fn reindex<R: Record>(&mut self, id: Id<R>, new: Rows) -> Result<()> {
        let was = self.peek(R::TABLE, &id.bytes(), decode::<R>)?.transpose()?;
        let old = was.as_ref().map_or_else(Rows::none, Rows::of);
        for gone in old.without(&new) {
            self.lay(INDEX, gone.clone(), None);
        }
        for born in new.without(&old) {
            self.lay(INDEX, born.clone(), Some(Vec::new()));
        }
        Ok(())
    }

    fn lay(&mut self, table: Name, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.overlay.entry(table).or_default().insert(key, value);
    }

    /// A command that changed something must have said so, in the activity log or why not.
    pub(super) fn told(&self) -> Result<()> {
        if self.told || self.overlay.is_empty() {
            Ok(())
        } else {
            let tables: Vec<Name> = self.overlay.keys().copied().collect();
            Err(Error::bug(format!("a command changed {} and said nothing", tables.join(", "))))
        }
    }

    /// Lays what the command wrote into the transaction of its batch. An error spoils the whole batch.
    pub(super) fn merge(self, changes: &mut Vec<Change>) -> Result<()> {
        for (name, rows) in &self.overlay {
            self.stored(name)?; // opens it
            let mut opened = self.batch.opened.0.borrow_mut();
            let table = opened.get_mut(name).and_then(Rc::get_mut);
            let table = table.expect("just opened, and no walk outlives its command");
            for (key, value) in rows {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                    None => table.remove(key.as_slice())?,
                };
                if let Ok(id) = key.as_slice().try_into()
                    && ![INDEX, META].contains(name)
                {
                    changes.push(Change { table: name, id });
                }
            }
        }
        Ok(())
    }
}
