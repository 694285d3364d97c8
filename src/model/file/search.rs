//! Finding files and folders by name: a walk over index rows, which hold the names as they are ordered by.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::File;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::db::{Order, Record, Records, Span};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::words;

/// More typed words than this only cost time.
const MOST_WORDS: usize = 12;

/// What was typed: each word is a part of the name.
pub(super) struct Wanted(Vec<String>);

/// What was found, by name and then by age: the key is what the name is ordered by.
pub(super) type Found<T> = BTreeSet<(Vec<u8>, Id<T>)>;

impl Wanted {
    /// None: nothing can be found by this.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        let plain = words(typed).iter().map(|word| without_zeros(word)).collect::<Vec<_>>();
        let some: Vec<String> = plain.into_iter().filter(|word| !word.is_empty()).collect();
        let wanted: Vec<String> = some.into_iter().take(MOST_WORDS).collect();
        (!wanted.is_empty()).then_some(Self(wanted))
    }

    /// Whether a name has all of it. `key` is what the name is ordered by.
    pub(super) fn is_in(&self, key: &[u8], room: &mut String) -> bool {
        let Ok(key) = std::str::from_utf8(key) else { return false };
        room.clear();
        plain(key, room);
        self.0.iter().all(|word| room.contains(word.as_str()))
    }
}

/// A number as names are found by it: "2026-03" has a 3 in it, and so has "2026-3".
fn without_zeros(word: &str) -> String {
    let (mut plain, mut in_number) = (String::with_capacity(word.len()), false);
    for c in word.chars() {
        let digit = c.is_ascii_digit();
        if c != '0' || in_number {
            plain.push(c);
        }
        in_number = digit && (in_number || c != '0');
    }
    plain
}

/// The name behind a key: without the length that stands before each number, so that "File 2" comes before "File 10".
fn plain(key: &str, to: &mut String) {
    let (mut rest, extension) = key.split_once('\0').unwrap_or((key, ""));
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (words, number) = rest.split_at(at);
        let length = number.get(..3).and_then(|length| length.parse::<usize>().ok());
        let end = length.map_or(number.len(), |length| (3 + length).min(number.len()));
        to.push_str(words);
        to.push_str(number.get(3..end).unwrap_or_default());
        rest = number.get(end..).unwrap_or_default();
    }
    to.push_str(rest);
    if !extension.is_empty() {
        to.push(' ');
        to.push_str(extension);
    }
}

/// The rows of an index that begin so and whose names are wanted. A name begins `fixed` bytes into the key.
pub(super) fn find<R: Record>(
    r: &impl Records,
    (index, begin, fixed): (&'static str, &[u8], usize),
    wanted: &Wanted,
    found: &mut Found<R>,
) -> Result<()> {
    let mut room = String::new();
    r.walk_index(index, &Span::prefix(begin), Order::Ascending, |key, id| {
        if let Some(name) = key.get(fixed..)
            && wanted.is_in(name, &mut room)
        {
            found.insert((name.to_vec(), id));
        }
        ControlFlow::Continue(())
    })
}

/// The files and folders of a client whose names are wanted.
pub(super) fn find_all(
    r: &impl Records,
    client: Id<Client>,
    wanted: &Wanted,
) -> Result<(Found<Folder>, Found<File>)> {
    let (mut folders, mut files) = (Found::new(), Found::new());
    find(r, ("folder.name", &client.bytes(), 32), wanted, &mut folders)?;
    find(r, ("file.name", &client.bytes(), 32), wanted, &mut files)?;
    Ok((folders, files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::FileName;

    #[test]
    fn a_file_is_found_by_any_part_of_its_name() {
        let has = |name: &str, typed: &str| {
            let key = FileName::parse(name).unwrap().sort_key();
            Wanted::parse(typed)
                .is_some_and(|wanted| wanted.is_in(key.as_bytes(), &mut String::new()))
        };
        for typed in
            ["bank", "STATEMENT", "state oct", "10", "2026", "pdf", "statement.pdf", "bank-10"]
        {
            assert!(has("Bank statement 10 Oct 2026.pdf", typed), "{typed}");
        }
        for typed in ["sept", "11", "003", "docx", "", "…"] {
            assert!(!has("Bank statement 10 Oct 2026.pdf", typed), "{typed:?}");
        }
        assert!(has("2026-03.pdf", "2026-03") && has("2026-03.pdf", "2026-3"));
        assert!(has("Été 007.mp3", "ete 7 mp3") && has("IMG_20260302.jpg", "20260302"));
        assert!(has("Lease v10 for 12", "v10") && !has("Lease v1", "v10"));
    }
}
