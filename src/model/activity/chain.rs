//! The seal of an activity entry: a hash over the seal of the entry before it and all that the entry says. Whoever
//! changes or removes an entry breaks every seal behind it, and the last seal is kept beside the entries.
//!
//! What is hashed is defined here in bytes, not by how records happen to be encoded: it stays the same however the
//! record or its codec changes, and any tool can compute it. The order is that in which entries were written, counted
//! in `seq`: a clock that is set back does not touch it.
//!
//! A seal is SHA-256 over 32 bytes of the seal before it (zeros for the first) and the texts of [`Words`] in the order
//! of its fields, the first of all being `activity-1`. Before each text stand the number of its bytes in four bytes, the
//! greatest first; an absent text is four bytes of 255 and nothing else.

use std::fmt;
use std::str::FromStr;

use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::values::Hex;

/// Where the [`Head`] is kept among the facts of the store.
pub(in crate::model) const HEAD: &[u8] = b"activity";
/// What is hashed, and how, has this name. Another way to do it gets another.
const NAME: &str = "activity-1";
/// Stands for a text that is absent.
const ABSENT: [u8; 4] = [0xff; 4];

/// The seal of one entry. Written as 64 digits of base 16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seal([u8; SHA256_OUTPUT_LEN]);

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl FromStr for Seal {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; SHA256_OUTPUT_LEN];
        if text.len() != 2 * bytes.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err("not a seal");
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = &text[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(digits, 16).expect("they are digits");
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut digits = [0; 2 * SHA256_OUTPUT_LEN];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        serializer.serialize_str(str::from_utf8(&digits).expect("digits are ASCII"))
    }
}

fn digit(of: u8) -> u8 {
    b"0123456789abcdef"[usize::from(of)]
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// All that an entry says, as text.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Words<'a> {
    /// Its place among all entries; the first one is 1.
    pub(in crate::model) seq: u64,
    /// Its id as printed.
    pub(in crate::model) id: &'a str,
    /// When, in nanoseconds since 1970 began in Greenwich.
    pub(in crate::model) at: i128,
    /// Who: `system`, `guest`, `terminal`, or the id of a member of staff or of a contact as printed.
    pub(in crate::model) actor: &'a str,
    /// From which network address.
    pub(in crate::model) from: Option<&'a str>,
    /// The id of the client it is about, as printed.
    pub(in crate::model) client: Option<&'a str>,
    /// The kind of event.
    pub(in crate::model) event: &'a str,
    /// What was done.
    pub(in crate::model) what: &'a str,
}

impl Words<'_> {
    /// The seal of this entry behind one that has the other.
    pub(in crate::model) fn seal(&self, before: Seal) -> Seal {
        let mut hash = Context::new(&SHA256);
        hash.update(&before.0);
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let texts = [
            Some(NAME),
            Some(&seq),
            Some(self.id),
            Some(&at),
            Some(self.actor),
            self.from,
            self.client,
            Some(self.event),
            Some(self.what),
        ];
        for text in texts {
            match text {
                Some(text) => {
                    hash.update(&(text.len() as u32).to_be_bytes());
                    hash.update(text.as_bytes());
                }
                None => hash.update(&ABSENT),
            }
        }
        let mut seal = [0; SHA256_OUTPUT_LEN];
        seal.copy_from_slice(hash.finish().as_ref());
        Seal(seal)
    }
}

/// The last entry: without it nobody could tell that some are missing at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Head {
    /// Its place, which is how many there are.
    pub(in crate::model) seq: u64,
    /// Its seal.
    pub(in crate::model) seal: Seal,
}

impl Head {
    /// As it is kept.
    pub(in crate::model) fn bytes(self) -> Vec<u8> {
        [self.seq.to_be_bytes().as_slice(), &self.seal.0].concat()
    }

    /// From what is kept; without it there is no entry yet.
    pub(in crate::model) fn read(kept: Option<&[u8]>) -> Result<Self> {
        let Some(kept) = kept else { return Ok(Self::default()) };
        let damaged = || Error::bug("the last seal of the activity is damaged");
        let (seq, seal) = kept.split_first_chunk().ok_or_else(damaged)?;
        let seal = Seal(seal.try_into().map_err(|_| damaged())?);
        Ok(Self { seq: u64::from_be_bytes(*seq), seal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::digest::digest;

    const WORDS: Words<'_> = Words {
        seq: 2,
        id: "ac_1",
        at: -7,
        actor: "guest",
        from: Some("::1"),
        client: None,
        event: "e",
        what: "é",
    };

    #[test]
    fn what_is_hashed_is_defined_to_the_byte() {
        let bytes = b"\0\0\0\x0aactivity-1\0\0\0\x012\0\0\0\x04ac_1\0\0\0\x02-7\0\0\0\x05guest\0\0\0\x03::1\
            \xff\xff\xff\xff\0\0\0\x01e\0\0\0\x02\xc3\xa9";
        let expected = digest(&SHA256, &[[7; 32].as_slice(), bytes].concat());
        assert_eq!(WORDS.seal(Seal([7; 32])).0.as_slice(), expected.as_ref());
    }

    #[test]
    fn a_seal_reads_as_it_is_written() {
        let seal = WORDS.seal(Seal::default());
        assert_eq!(seal.to_string().parse(), Ok(seal));
        assert_eq!(serde_json::to_string(&seal).unwrap(), format!("\"{seal}\""));
        assert_eq!(serde_json::from_str::<Seal>(&format!("\"{seal}\"")).unwrap(), seal);
        assert!("00".parse::<Seal>().is_err() && "é".repeat(32).parse::<Seal>().is_err());
        let head = Head { seq: 9, seal };
        assert_eq!(Head::read(Some(&head.bytes())).unwrap(), head);
        assert!(Head::read(Some(b"short")).is_err());
    }
}
