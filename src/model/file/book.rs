//! What files are found by among those of all clients, kept in memory: the words of their names.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::File;
use crate::error::Result;
use crate::model::db::{Change, Read, Record, Records};
use crate::model::directory::Total;
use crate::model::directory::words::{Bits, Slot, Words};
use crate::model::id::Id;
use crate::model::kept::{Derived, changed};

/// More than this are not counted.
const COUNTED: usize = 1_000;

/// All files that are not in the trash.
#[derive(Default)]
pub(in crate::model) struct Book {
    /// Their names. Places of files that are gone are used again.
    names: Vec<Box<str>>,
    free: Vec<Slot>,
    by_id: BTreeMap<Id<File>, Slot>,
    words: Words,
}

impl Derived for Book {
    const TABLES: &'static [&'static str] = &[File::TABLE];

    fn read(r: &Read) -> Result<Self> {
        let mut book = Self::default();
        r.all::<File>(|file| {
            book.put(&file);
            ControlFlow::Continue(())
        })?;
        Ok(book)
    }

    fn apply(&mut self, r: &Read, changes: &[Change]) -> Result<()> {
        for id in changed::<File>(changes) {
            match r.get(id)? {
                Some(file) => self.put(&file),
                None => self.remove(id),
            }
        }
        Ok(())
    }
}

impl Book {
    fn put(&mut self, file: &File) {
        if let Some(slot) = self.by_id.get(&file.id)
            && file.trash.is_none()
            && *self.names[*slot as usize] == *file.name.as_str()
        {
            return;
        }
        self.remove(file.id);
        if file.trash.is_some() {
            return;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.names.push(Box::default());
            Slot::try_from(self.names.len() - 1).expect("fewer than four thousand million files")
        });
        self.names[slot as usize] = file.name.as_str().into();
        self.words.add(file.name.as_str(), slot);
        self.by_id.insert(file.id, slot);
    }

    fn remove(&mut self, id: Id<File>) {
        let Some(slot) = self.by_id.remove(&id) else { return };
        let name = std::mem::take(&mut self.names[slot as usize]);
        self.words.take(&name, slot);
        self.free.push(slot);
    }

    /// The files in whose names each of these words is the beginning of a word: the first `most`, the last that came first,
    /// and how many there are.
    pub(in crate::model) fn find(&self, words: &[String], most: usize) -> (Vec<Id<File>>, Total) {
        let mut sets = words.iter().map(|word| {
            let mut found = Bits::none(self.names.len());
            self.words.beginning(word, &mut found);
            found
        });
        let Some(mut all) = sets.next() else { return (Vec::new(), Total::Exactly(0)) };
        sets.for_each(|found| all.keep(&found));
        let mut fitting = self.by_id.iter().rev().filter(|(_, slot)| all.has(**slot));
        let ids: Vec<_> = fitting.by_ref().take(most).map(|(id, _)| *id).collect();
        let total = ids.len() + fitting.take((COUNTED + 1).saturating_sub(ids.len())).count();
        let more = total > COUNTED;
        (ids, if more { Total::MoreThan(COUNTED) } else { Total::Exactly(total) })
    }
}
