//! Ids that say what they identify, sort by the time they were made, and do not parse as another kind.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// What an id can identify: the prefix is part of the printed form, and on people's disks.
pub trait Kind: 'static {
    /// Two lower-case letters that no other kind has.
    const PREFIX: &'static str;
}

/// 128 bits: 48 of the time in milliseconds, 16 of its place within that millisecond, then 64 of chance. Printed `cl_` and 26 characters.
///
/// An id is a name, not a secret: whoever knows one still has to be allowed to see what it names.
pub struct Id<T> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> T>,
}

/// Crockford's base 32: no `i`, `l`, `o` or `u`, which are misread or make words.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Five bits a character: 26 hold 130 bits, so the first one is at most `7`.
const LENGTH: usize = 26;
/// What each byte is worth as a digit; 32 for one that is none. Every record that is read has several ids in it.
const WORTH: [u8; 256] = {
    let (mut worth, mut digit) = ([32; 256], 0);
    while digit < DIGITS.len() {
        worth[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    worth
};

impl<T> Id<T> {
    /// The least id: where a walk over all of them begins.
    pub const MIN: Self = Self::from_bytes([0; 16]);

    /// The id of these bytes, as [`Id::bytes`] gave them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// The key under which the record is kept: it sorts as the id does.
    pub const fn bytes(self) -> [u8; 16] {
        self.bytes
    }

    /// A new one that was made then: for a past that is made up. Commands make theirs with `tx.id()`.
    pub(super) fn fresh(at: Timestamp) -> Self {
        Self::stamped(Stamp::at(at))
    }

    /// A new one with its place in the order of all.
    pub(super) fn stamped(stamp: Stamp) -> Self {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes[8..]).expect("the kernel never runs out of chance");
        bytes[..8].copy_from_slice(&stamp.0.to_be_bytes());
        Self::from_bytes(bytes)
    }
}

/// When an id was made: Unix milliseconds in 48 bits, and its place among the ids of that millisecond in 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(u64);

impl Stamp {
    fn at(time: Timestamp) -> Self {
        Self(u64::try_from(time.as_millisecond()).unwrap_or(0) << 16)
    }
}

/// Hands out stamps that only grow, so that ids sort as they were made, also within one command and when the clock was
/// set back.
#[derive(Debug, Default)]
pub(super) struct Stamps(AtomicU64);

impl Stamps {
    pub(super) fn next(&self, now: Timestamp) -> Stamp {
        let Stamp(earliest) = Stamp::at(now);
        let after = |last: u64| (last + 1).max(earliest);
        // The closure never refuses.
        let last = self.0.fetch_update(Relaxed, Relaxed, |last| Some(after(last)));
        Stamp(after(last.unwrap_or_else(|last| last)))
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}
/// So that an id can be the key of an index row.
impl<T> AsRef<[u8]> for Id<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Kind> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = u128::from_be_bytes(self.bytes);
        let mut text = [b'_'; 3 + LENGTH];
        text[..2].copy_from_slice(T::PREFIX.as_bytes());
        for digit in text[3..].iter_mut().rev() {
            *digit = DIGITS[number as usize & 31];
            number >>= 5;
        }
        // Lists print hundreds of them: at once, not part by part.
        f.write_str(str::from_utf8(&text).expect("prefix and digits are ASCII"))
    }
}
impl<T: Kind> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;
impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}
impl std::error::Error for NotAnId {}

/// Only the printed form parses: one spelling for each id, so that a URL can be compared as text.
impl<T: Kind> FromStr for Id<T> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let rest = text.strip_prefix(T::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let digits = rest.filter(|rest| rest.len() == LENGTH && rest.as_bytes()[0] <= b'7');
        let number = digits.ok_or(NotAnId)?.bytes().try_fold(0u128, |number, digit| {
            let worth = WORTH[usize::from(digit)];
            if worth < 32 { Ok(number << 5 | u128::from(worth)) } else { Err(NotAnId) }
        })?;
        Ok(Self::from_bytes(number.to_be_bytes()))
    }
}

impl<T: Kind> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, T: Kind> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Printed(PhantomData))
    }
}

/// Reads the printed form without a copy of the text.
struct Printed<T>(PhantomData<T>);
impl<T: Kind> Visitor<'_> for Printed<T> {
    type Value = Id<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id that begins with {}_", T::PREFIX)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Id<T>, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Client;
    impl Kind for Client {
        const PREFIX: &'static str = "cl";
    }
    #[derive(Debug)]
    struct Contact;
    impl Kind for Contact {
        const PREFIX: &'static str = "ct";
    }

    proptest! {
        #[test]
        fn an_id_has_one_spelling_and_sorts_as_it_is_printed(a in any::<[u8; 16]>(), b in any::<[u8; 16]>()) {
            let (a, b) = (Id::<Client>::from_bytes(a), Id::<Client>::from_bytes(b));
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert!(a.to_string().parse::<Id<Contact>>().is_err());
            prop_assert_eq!(serde_json::from_value::<Id<Client>>(serde_json::json!(a)).unwrap(), a);
            let packed = rmp_serde::to_vec_named(&a).unwrap();
            prop_assert_eq!(rmp_serde::from_slice::<Id<Client>>(&packed).unwrap(), a);
        }

        #[test]
        fn no_other_text_parses(text in "(cl_)?[0-9a-zA-Z_ ]{24,30}") {
            if let Ok(id) = text.parse::<Id<Client>>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let id = Id::<Client>::from_bytes([0xab; 16]).to_string();
        let greatest = Id::<Client>::from_bytes([0xff; 16]).to_string();
        assert_eq!(greatest, format!("cl_7{}", "z".repeat(25)));
        for bad in [
            id.to_uppercase(),
            id.replace("cl_", "cl"),
            id.replace('_', "-"),
            format!("{id} "),
            format!("cl_8{}", &greatest[4..]),
            "cl_oooooooooooooooooooooooooo".into(),
            "cl_é0000000000000000000000000".into(),
            String::new(),
        ] {
            assert_eq!(bad.parse::<Id<Client>>(), Err(NotAnId), "{bad}");
        }
    }

    #[test]
    fn later_ids_are_greater() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let (early, late) =
            (Id::<Client>::fresh(at(1_700_000_000_000)), Id::fresh(at(1_700_000_000_001)));
        assert!(Id::MIN < early && early < late);
        assert_ne!(Id::<Client>::fresh(at(5)), Id::fresh(at(5)));
    }

    #[test]
    fn ids_sort_as_they_were_made_even_when_the_clock_goes_back() {
        let stamps = Stamps::default();
        let times = [5, 5, 5, 4, 6, 6].map(|ms| Timestamp::from_millisecond(ms).unwrap());
        let ids = times.map(|now| Id::<Client>::stamped(stamps.next(now)));
        assert!(ids.is_sorted() && ids[0] < ids[1], "{ids:?}");
    }
}
