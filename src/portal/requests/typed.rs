//! What the form of a request holds for one item: what was typed, and what had been shown, so that nothing is saved that
//! nobody touched, and nothing replaced that nobody saw.

use std::fmt;

use crate::model::request::{PortalAsk, PortalItem, Seen, Typed};
use crate::values::Digest;

/// Digits of the digest that a form carries: enough to tell two answers to one item apart.
const DIGITS: usize = 16;

/// What had been shown of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) seen: Seen,
    /// Tells whether the field still holds what it held.
    was: String,
}

impl Token {
    /// Of an item as it is.
    pub(super) fn of(item: &PortalItem) -> Self {
        Self::new(item.revision, &item.edition, &shown(item))
    }

    /// Once it was shown that something else is asked: what was not shown is the answer that stands there now.
    pub(super) fn asked_anew(self, item: &PortalItem) -> Self {
        let edition = if item.answer.is_some() { self.seen.edition } else { String::new() };
        Self { seen: Seen { edition, revision: item.revision }, was: self.was }
    }

    /// Of this answer to this item.
    pub(super) fn new(revision: u32, edition: &str, shown: &Typed) -> Self {
        let seen = Seen { edition: edition.to_owned(), revision };
        Self { seen, was: print(shown) }
    }

    /// As a hidden field holds it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (revision, rest) = text.split_once('.')?;
        let (edition, was) = rest.rsplit_once('.')?;
        let seen = Seen { edition: edition.to_owned(), revision: revision.parse().ok()? };
        Some(Self { seen, was: was.to_owned() })
    }

    /// Whether nobody touched the field.
    pub(super) fn untouched(&self, typed: &Typed) -> bool {
        self.was == print(typed)
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.seen.revision, self.seen.edition, self.was)
    }
}

/// What the fields of an item hold when it is shown.
fn shown(item: &PortalItem) -> Typed {
    let Some(answer) = &item.answer else { return Typed::default() };
    Typed { text: answer.typed.clone(), chosen: answer.chosen.clone(), not_there: answer.not_there }
}

/// What the fields of an item hold, by their values in the form: those of the answer, the tick of "I do not have this" and
/// why.
pub(super) fn typed(ask: &PortalAsk, answer: &[String], not_there: bool, why: &str) -> Typed {
    let text = || answer.first().map(|text| plain(text)).unwrap_or_default();
    match ask {
        PortalAsk::Upload { .. } => {
            let text = if not_there { plain(why) } else { String::new() };
            Typed { text, chosen: Vec::new(), not_there }
        }
        PortalAsk::Several { .. } => Typed { chosen: answer.to_vec(), ..Typed::default() },
        _ => Typed { text: text(), ..Typed::default() },
    }
}

/// As it comes back from a field: browsers end lines in their own way.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn print(typed: &Typed) -> String {
    let parts = [plain(&typed.text), typed.chosen.join("\u{1}"), typed.not_there.to_string()];
    let mut digest = Digest::of(parts.join("\u{2}").as_bytes()).to_string();
    digest.truncate(DIGITS);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_nobody_touched_is_known_when_it_comes_back() {
        let text = |text: &str| Typed { text: text.into(), ..Typed::default() };
        let token = Token::new(3, "a.b", &text("one\ntwo"));
        let back = Token::parse(&token.to_string()).unwrap();
        assert_eq!(back, token);
        assert_eq!((back.seen.revision, back.seen.edition.as_str()), (3, "a.b"));
        assert!(back.untouched(&text("one\r\ntwo ")));
        assert!(!back.untouched(&text("one\ntwo\nthree")));
        assert!(Token::parse("3").is_none() && Token::parse("x.y.z").is_none());
    }

    #[test]
    fn nothing_is_not_the_same_as_not_having_it() {
        let none = Token::new(0, "", &Typed::default());
        assert!(none.untouched(&Typed::default()));
        assert!(!none.untouched(&Typed { not_there: true, ..Typed::default() }));
        let chosen = |options: &[&str]| Typed {
            chosen: options.iter().map(ToString::to_string).collect(),
            ..Typed::default()
        };
        assert!(!Token::new(0, "", &chosen(&["a", "b"])).untouched(&chosen(&["b"])));
    }
}
