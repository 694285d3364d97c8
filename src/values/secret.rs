//! A value that never shows itself: not in a log, not on a page, not in an answer.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Has no `Display` and no `Serialize`, and its `Debug` tells nothing. Read it with [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides the value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Each use is a place to look at in review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self)
    }
}

/// A secret inside a stored record: the one wrapping that writes it out. Never part of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRest<T>(pub Secret<T>);

impl<T: Serialize> Serialize for AtRest<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.expose().serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtRest<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Secret::deserialize(from).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{AtRest, Secret};

    #[test]
    fn a_log_line_shows_nothing_of_it() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(
            format!("{secret:?} {:?}", Some(AtRest(secret.clone()))),
            "*** Some(AtRest(***))"
        );
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn only_storage_writes_it_out() {
        let stored = serde_json::to_string(&AtRest(Secret::new("hunter2".to_owned()))).unwrap();
        assert_eq!(stored, "\"hunter2\"");
        let read: AtRest<String> = serde_json::from_str(&stored).unwrap();
        assert_eq!(read.0.expose(), "hunter2");
    }
}
