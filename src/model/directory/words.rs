//! Which texts have a word that begins so: an inverted index over slots.

use std::collections::BTreeMap;
use std::ops::Bound;

/// A place in a [`Slots`]; places of removed things are used again.
pub(in crate::model) type Slot = u32;

/// Word → the slots whose text has it.
#[derive(Default)]
pub(in crate::model) struct Words(BTreeMap<Box<str>, Few>);

/// Slots in order. Most lists are short: those lie here, where a walk over many of them finds them at once.
pub(super) enum Few {
    Here { count: u8, slots: [Slot; HERE] },
    Elsewhere(Vec<Slot>),
}

/// As many as fit into the place that a list elsewhere needs.
const HERE: usize = 3;

impl Few {
    pub(super) const NONE: Self = Self::Here { count: 0, slots: [0; HERE] };

    pub(super) fn as_slice(&self) -> &[Slot] {
        match self {
            Self::Here { count, slots } => &slots[..usize::from(*count)],
            Self::Elsewhere(slots) => slots,
        }
    }

    pub(super) fn insert(&mut self, slot: Slot) {
        let Err(at) = self.as_slice().binary_search(&slot) else { return };
        match self {
            Self::Here { count, slots } if usize::from(*count) < HERE => {
                slots.copy_within(at..usize::from(*count), at + 1);
                slots[at] = slot;
                *count += 1;
            }
            Self::Here { slots, .. } => {
                let mut list = slots.to_vec();
                list.insert(at, slot);
                *self = Self::Elsewhere(list);
            }
            Self::Elsewhere(slots) => slots.insert(at, slot),
        }
    }

    /// Takes the slot out; true when none is left.
    pub(super) fn remove(&mut self, slot: Slot) -> bool {
        if let Ok(at) = self.as_slice().binary_search(&slot) {
            match self {
                Self::Here { count, slots } => {
                    slots.copy_within(at + 1.., at);
                    *count -= 1;
                }
                Self::Elsewhere(slots) => {
                    slots.remove(at);
                }
            }
        }
        self.as_slice().is_empty()
    }
}

impl Words {
    /// Lets the slot be found by the words of this text.
    pub(in crate::model) fn add(&mut self, text: &str, slot: Slot) {
        for word in crate::values::search::words(text) {
            self.0.entry(word.into_boxed_str()).or_insert(Few::NONE).insert(slot);
        }
    }

    /// Undoes [`Words::add`] of the same text.
    pub(in crate::model) fn take(&mut self, text: &str, slot: Slot) {
        for word in crate::values::search::words(text) {
            if self.0.get_mut(word.as_str()).is_some_and(|places| places.remove(slot)) {
                self.0.remove(word.as_str());
            }
        }
    }

    /// Adds each slot that has a word with this beginning.
    pub(in crate::model) fn beginning(&self, start: &str, found: &mut Bits) {
        // No word goes on with the last character there is, so this is behind all that begin so. Without a look at
        // the words themselves the walk stays within the nodes of the tree.
        let end = format!("{start}{}", char::MAX);
        let range = (Bound::Included(start), Bound::Excluded(end.as_str()));
        for (_, slots) in self.0.range::<str, _>(range) {
            slots.as_slice().iter().for_each(|slot| found.set(*slot));
        }
    }
}

/// A set of slots.
#[derive(Clone)]
pub(in crate::model) struct Bits(Vec<u64>);

impl Bits {
    /// The empty set, with room for this many slots.
    pub(in crate::model) fn none(slots: usize) -> Self {
        Self(vec![0; slots.div_ceil(64)])
    }

    pub(in crate::model) fn set(&mut self, slot: Slot) {
        self.0[slot as usize / 64] |= 1 << (slot % 64);
    }

    pub(in crate::model) fn has(&self, slot: Slot) -> bool {
        self.0[slot as usize / 64] >> (slot % 64) & 1 == 1
    }

    /// Each slot of the set, in order.
    pub(in crate::model) fn each(&self, mut see: impl FnMut(Slot)) {
        for (at, word) in (0..).zip(&self.0) {
            let mut rest = *word;
            while rest != 0 {
                see(at * 64 + rest.trailing_zeros());
                rest &= rest - 1;
            }
        }
    }

    /// Keeps what the other set has too.
    pub(in crate::model) fn keep(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= theirs;
        }
    }
}

/// Things at fixed places, in the order of their names and of their ids.
pub(super) struct Slots<T> {
    things: Vec<Option<T>>,
    free: Vec<Slot>,
    by_name: Vec<Slot>,
    by_id: Vec<Slot>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { things: Vec::new(), free: Vec::new(), by_name: Vec::new(), by_id: Vec::new() }
    }
}

/// What is kept in [`Slots`].
pub(super) trait Thing {
    /// Its id.
    fn id(&self) -> [u8; 16];
    /// By what it is put in order; see [`crate::values::search::sort_key`].
    fn sort_key(&self) -> String;
}

impl<T: Thing> Slots<T> {
    /// How many slots a [`Bits`] must have room for.
    pub(super) fn room(&self) -> usize {
        self.things.len()
    }

    pub(super) fn get(&self, slot: Slot) -> &T {
        self.things[slot as usize].as_ref().expect("only slots in use are handed out")
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> &mut T {
        self.things[slot as usize].as_mut().expect("only slots in use are handed out")
    }

    /// Where the thing of this id is.
    pub(super) fn find(&self, id: [u8; 16]) -> Option<Slot> {
        self.place_of_id(id).ok().map(|at| self.by_id[at])
    }

    /// All slots in use, by name.
    pub(super) fn by_name(&self) -> &[Slot] {
        &self.by_name
    }

    /// All slots in use, oldest id first.
    pub(super) fn by_id(&self) -> &[Slot] {
        &self.by_id
    }

    /// Puts a thing that is not there yet in its place in both orders.
    pub(super) fn insert(&mut self, thing: T) -> Slot {
        let (id, key) = (thing.id(), thing.sort_key());
        let slot = self.keep(thing);
        let by_id = self.place_of_id(id).unwrap_or_else(|at| at);
        self.by_id.insert(by_id, slot);
        let by_name = self.place_of_name(&key, id).unwrap_or_else(|at| at);
        self.by_name.insert(by_name, slot);
        slot
    }

    /// Adds a thing without its place in the orders: [`Slots::sort`] must follow.
    pub(super) fn push(&mut self, thing: T) -> Slot {
        let slot = self.keep(thing);
        self.by_id.push(slot);
        self.by_name.push(slot);
        slot
    }

    /// Makes the orders after [`Slots::push`].
    pub(super) fn sort(&mut self) {
        let (mut by_id, mut by_name) =
            (std::mem::take(&mut self.by_id), std::mem::take(&mut self.by_name));
        by_id.sort_unstable_by_key(|slot| self.get(*slot).id());
        by_name.sort_by_cached_key(|slot| (self.get(*slot).sort_key(), self.get(*slot).id()));
        (self.by_id, self.by_name) = (by_id, by_name);
    }

    /// Takes a thing out.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<T> {
        let (id, key) = (self.get(slot).id(), self.get(slot).sort_key());
        if let Ok(at) = self.place_of_name(&key, id) {
            self.by_name.remove(at);
        }
        if let Ok(at) = self.place_of_id(id) {
            self.by_id.remove(at);
        }
        self.free.push(slot);
        self.things[slot as usize].take()
    }

    /// Changes what a thing is ordered by, and keeps the order.
    pub(super) fn rename(&mut self, slot: Slot, change: impl FnOnce(&mut T)) {
        let (id, key) = (self.get(slot).id(), self.get(slot).sort_key());
        if let Ok(at) = self.place_of_name(&key, id) {
            self.by_name.remove(at);
        }
        change(self.get_mut(slot));
        let key = self.get(slot).sort_key();
        let at = self.place_of_name(&key, id).unwrap_or_else(|at| at);
        self.by_name.insert(at, slot);
    }

    fn keep(&mut self, thing: T) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.things[slot as usize] = Some(thing);
            return slot;
        }
        self.things.push(Some(thing));
        Slot::try_from(self.things.len() - 1).expect("fewer than four thousand million contacts")
    }

    fn place_of_id(&self, id: [u8; 16]) -> Result<usize, usize> {
        self.by_id.binary_search_by_key(&id, |slot| self.get(*slot).id())
    }

    fn place_of_name(&self, key: &str, id: [u8; 16]) -> Result<usize, usize> {
        self.by_name.binary_search_by(|slot| {
            let thing = self.get(*slot);
            thing.sort_key().as_str().cmp(key).then_with(|| thing.id().cmp(&id))
        })
    }
}
