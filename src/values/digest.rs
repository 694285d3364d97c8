//! SHA-256: what tells whether two files are the same, and proves later what was sent.

use std::fmt;
use std::str::FromStr;

use ring::digest::{SHA256, digest};
use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};

use super::measure::Hex;

/// The SHA-256 of some bytes. Printed, stored and sent as 64 digits of base 16, as `sha256sum` writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_hash(&digest(&SHA256, bytes))
    }

    /// What a hash that was fed piece by piece came to.
    #[must_use]
    pub fn of_hash(hash: &ring::digest::Digest) -> Self {
        Self(hash.as_ref().try_into().expect("SHA-256 gives 32 bytes"))
    }

    /// The digest of these bytes, as [`Digest::bytes`] gave them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From 64 digits of base 16, in the one spelling that we print.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "A digest has 64 digits, from 0 to 9 and from a to f";
        let worth = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(BROKEN),
        };
        let mut bytes = [0; 32];
        if typed.len() != 2 * bytes.len() {
            return Err(BROKEN);
        }
        for (byte, pair) in bytes.iter_mut().zip(typed.as_bytes().as_chunks::<2>().0) {
            *byte = worth(pair[0])? << 4 | worth(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        Self::parse(typed)
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_other_programs_write_it() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string(), empty);
        assert_eq!(empty.parse(), Ok(digest));
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{empty}\""));
        assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        for bad in [&empty[1..], &empty.to_uppercase(), &empty.replace('e', "g"), ""] {
            assert!(Digest::parse(bad).is_err(), "{bad}");
        }
    }
}
