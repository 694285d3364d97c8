//! Things that cannot be wrong. No I/O, no clock, no environment.
//!
//! Each type has `parse`, whose error is the sentence for the form field, and `as_str`, which gives
//! back what `parse` accepts. Reading a record or a request checks again, so that no other way leads
//! to a value.

pub mod accent;
pub mod backup;
pub mod browser;
pub mod day;
pub mod digest;
pub mod email;
pub mod file_name;
pub mod markdown;
pub mod measure;
pub mod media;
pub mod merge;
pub mod money;
pub mod name;
pub mod network;
pub mod number;
pub mod password;
pub mod phone;
pub mod place;
pub mod search;
pub mod secret;
pub mod text;
pub mod token;
pub mod url;
pub mod when;
pub mod zip_paths;

pub use accent::Accent;
pub use backup::{Recipient, TimeOfDay};
pub use browser::browser;
pub use day::Day;
pub use digest::Digest;
pub use email::Email;
pub use file_name::{FileName, FolderName};
pub use measure::{Hex, hex, roughly, size};
pub use media::{Media, Preview};
pub use merge::{MergeText, MergeValues, RequestText, RequestValues};
pub use money::Money;
pub use name::{
    ClientName, FirmName, FullName, Label, PersonName, Tag, Title, hue, initials, url_free,
};
pub use network::limit_key;
pub use number::number;
pub use password::Password;
pub use phone::Phone;
pub use place::{Currency, DateStyle, Zone};
pub use search::{sort_key, words};
pub use secret::{AtRest, Secret};
pub use text::{HelpText, Instructions, Message, Notes, Piece, pieces};
pub use token::{Code, Token};
pub use url::{HttpsLink, PublicUrl};
pub use when::{When, in_words, iso};
pub use zip_paths::ZipPaths;

/// Makes a value with `parse` and `as_str` print, and travel through serde, as its plain text.
macro_rules! plain_value {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(typed: String) -> Result<Self, String> {
                Self::parse(&typed).map_err(String::from)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let typed = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
                Self::parse(&typed).map_err(serde::de::Error::custom)
            }
        }
    };
}
use plain_value;

/// What keeps a typed text from being a single line.
#[derive(Debug, PartialEq, Eq)]
enum Flaw {
    /// Nothing but blanks.
    Empty,
    /// A line break, or a character nobody can see.
    Hidden,
    /// Longer than allowed: this many characters.
    Long(usize),
}

/// The text on one line: blanks at its ends dropped, runs of blanks inside made one.
fn line(typed: &str, max_chars: usize) -> Result<String, Flaw> {
    if has_hidden(typed) {
        return Err(Flaw::Hidden);
    }
    let line = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => Err(Flaw::Empty),
        chars if chars > max_chars => Err(Flaw::Long(chars)),
        _ => Ok(line),
    }
}

/// Whether the text has a character that breaks the line, turns its direction or cannot be seen.
///
/// Joiners are the exception: emoji families and the names of several scripts need them, all above
/// the Hebrew block. Beside a Latin, Greek or Cyrillic letter they only serve to deceive.
fn has_hidden(text: &str) -> bool {
    let mut before = '\0';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let joins = is_joiner(c)
            && takes_joiner(before)
            && rest.peek().is_some_and(|&after| takes_joiner(after));
        if is_hidden(c) && !joins {
            return true;
        }
        before = c;
    }
    false
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

fn takes_joiner(c: char) -> bool {
    c >= '\u{0590}' && !c.is_whitespace() && !is_hidden(c)
}

fn is_hidden(c: char) -> bool {
    let breaks = c.is_control() && c != '\t';
    breaks
        || turns(c)
        || is_joiner(c)
        || matches!(
            c,
            '\u{00AD}' // soft hyphen
            | '\u{034F}' // grapheme joiner
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers
            | '\u{17B4}' | '\u{17B5}' // Khmer inherent vowels
            | '\u{180E}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' // zero-width
            | '\u{2028}' | '\u{2029}' // line and paragraph separators
            | '\u{206A}'..='\u{206F}' // deprecated format characters
            | '\u{2800}' // Braille blank
            | '\u{FFF9}'..='\u{FFFB}' // annotations
            | '\u{E0000}'..='\u{E007F}' // tags
        )
}

/// Whether the character changes the direction of the text around it (Unicode UAX 9).
fn turns(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
    )
}

/// A count as people write it: `10,000`.
#[must_use]
pub fn grouped(count: impl std::fmt::Display) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Flaw, grouped, has_hidden, line};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn blanks_are_trimmed_and_made_one() {
        assert_eq!(line("  Ada \u{a0}\t Lovelace ", 20), Ok("Ada Lovelace".into()));
        assert_eq!(line(" \u{2003} ", 20), Err(Flaw::Empty));
    }

    #[test]
    fn hidden_characters_are_seen() {
        for hidden in
            ["a\r\nBcc: b", "a\0", "a\u{202e}b", "a\u{200b}b", "\u{feff}a", "a\u{200d}b", "a\n"]
        {
            assert_eq!(line(hidden, 20), Err(Flaw::Hidden), "{hidden:?}");
        }
    }

    #[test]
    fn emoji_families_and_persian_names_keep_their_joiners() {
        for fine in
            ["👩\u{200d}👩\u{200d}👧", "❤\u{fe0f}\u{200d}🔥", "علی\u{200c}رضا", "שלום", "日本"]
        {
            assert!(!has_hidden(fine), "{fine}");
        }
        assert!(has_hidden("علی\u{200c}\u{200c}رضا"));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(line("éééé", 3), Err(Flaw::Long(4)));
        assert_eq!(grouped(10_000), "10,000");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_clean_line_or_a_flaw(text in ".*") {
            if let Ok(clean) = line(&text, 100) {
                prop_assert!(!clean.chars().any(char::is_control));
                prop_assert_eq!(line(&clean, 100), Ok(clean.clone()));
            }
        }
    }
}
