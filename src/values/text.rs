//! Texts of several lines, and the links in them.

use serde::Serialize;

use super::{grouped, plain_value, turns};

macro_rules! many_lines {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        plain_value!($name);

        impl $name {
            /// The most characters it can have.
            pub const MAX: usize = $max;

            /// As typed, with line feeds between its lines.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text in pieces, so that a template can print its links.
            pub fn pieces(&self) -> Vec<Piece> {
                pieces(&self.0)
            }

            fn clean(typed: &str) -> Result<Self, String> {
                let text = unix_lines(typed).trim().to_owned();
                let chars = text.chars().count();
                if chars > Self::MAX {
                    return Err(format!(
                        concat!("The ", $what, " is {} characters long. Shorten it to {}"),
                        grouped(chars), grouped(Self::MAX),
                    ));
                }
                if text.chars().any(is_foreign) {
                    return Err(concat!("The ", $what, " has a hidden character in it. ",
                        "Type that part again instead of pasting it").to_owned());
                }
                Ok(Self(text))
            }
        }
    };
}

macro_rules! may_be_empty {
    ($name:ident) => {
        impl $name {
            /// The text, which may be empty.
            pub fn parse(typed: &str) -> Result<Self, String> {
                Self::clean(typed)
            }

            /// Whether nothing was written.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self(String::new())
            }
        }
    };
}

many_lines!(
    /// What someone writes to someone.
    Message,
    5_000,
    "message"
);
many_lines!(
    /// What staff note for themselves. May be empty.
    Notes,
    20_000,
    "note"
);
many_lines!(
    /// What the firm tells people who need help. May be empty.
    HelpText,
    2_000,
    "text"
);
many_lines!(
    /// What a request says before its items, in a safe subset of Markdown. May be empty.
    Instructions,
    10_000,
    "text"
);
may_be_empty!(Instructions);
may_be_empty!(Notes);
may_be_empty!(HelpText);

impl Message {
    /// The most bytes it can have. It stands twice in a mail, which must stay below 30 KB in every script.
    pub const MOST_BYTES: usize = 6_000;

    /// The message, which says something.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let message = Self::clean(typed)?;
        let bytes = message.0.len();
        if bytes > Self::MOST_BYTES {
            let fit = message.0.chars().count() * Self::MOST_BYTES / bytes / 100 * 100;
            return Err(format!(
                "Shorten the message: this script needs more room, about {} characters fit",
                grouped(fit)
            ));
        }
        if message.0.is_empty() { Err("Write a message".into()) } else { Ok(message) }
    }
}

/// The text with a line feed for every kind of line end.
pub(super) fn unix_lines(typed: &str) -> String {
    typed.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

/// Marks of direction are kept, as whole paragraphs in right-to-left scripts need them; overrides and
/// isolates, which can make a text read as another, are not.
fn is_foreign(c: char) -> bool {
    let control = c.is_control() && c != '\n' && c != '\t';
    let mark = matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}');
    control || (turns(c) && !mark)
}

/// A stretch of a text. In templates: `piece.kind` is `text` or `link`, `piece.text` what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "text", rename_all = "lowercase")]
pub enum Piece {
    /// Plain words.
    Text(String),
    /// An http or https address, fit for `href` as well as for reading.
    Link(String),
}

/// The text cut into plain words and web addresses. Put together, the pieces are the text again.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut plain_from, mut at) = (0, 0);
    while let Some(start) = next_scheme(text, at) {
        let end = start + link_len(&text[start..]);
        if end == start {
            at = start + 1; // "h" is one byte
            continue;
        }
        if start > plain_from {
            pieces.push(Piece::Text(text[plain_from..start].to_owned()));
        }
        pieces.push(Piece::Link(text[start..end].to_owned()));
        (plain_from, at) = (end, end);
    }
    if plain_from < text.len() {
        pieces.push(Piece::Text(text[plain_from..].to_owned()));
    }
    pieces
}

/// Where the next `http://` or `https://` begins that is not the tail of a longer word.
fn next_scheme(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find(|&at| {
        scheme_len(&bytes[at..]) > 0
            && !text[..at].chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

fn scheme_len(bytes: &[u8]) -> usize {
    let starts = |scheme: &str| {
        bytes.get(..scheme.len()).is_some_and(|b| b.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    ["https://", "http://"].into_iter().find(|scheme| starts(scheme)).map_or(0, str::len)
}

/// How many bytes of the text belong to the address it begins with; 0 if it is none after all.
fn link_len(text: &str) -> usize {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '“' | '”' | '«' | '»');
    let mut link = &text[..text.find(ends).unwrap_or(text.len())];
    while let Some(last) = link.chars().next_back() {
        let opens = |open| link.matches(open).count() >= link.matches(last).count();
        let part_of_sentence = match last {
            ')' => !opens('('),
            ']' => !opens('['),
            '}' => !opens('{'),
            _ => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '…' | '*' | '_'),
        };
        if !part_of_sentence {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    let host = link.get(scheme_len(link.as_bytes())..).unwrap_or_default();
    let host = host.split(['/', '?', '#']).next().unwrap_or_default();
    // A user name before the host is only ever there to look like another host.
    let names_a_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    if names_a_host && !host.contains('@') { link.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{HelpText, Message, Notes, Piece, pieces};
    use proptest::{prop_assert_eq, proptest};

    fn links(text: &str) -> Vec<String> {
        let link = |piece| if let Piece::Link(link) = piece { Some(link) } else { None };
        pieces(text).into_iter().filter_map(link).collect()
    }

    #[test]
    fn lines_end_in_one_way() {
        assert_eq!(Message::parse(" a\r\nb\rc\n\n ").unwrap().as_str(), "a\nb\nc");
    }

    #[test]
    fn a_message_says_something_and_notes_need_not() {
        assert_eq!(Message::parse("\n "), Err("Write a message".into()));
        assert!(Notes::parse(" ").unwrap().is_empty());
        assert!(HelpText::default().is_empty());
    }

    #[test]
    fn hidden_characters_and_long_texts_are_refused() {
        for odd in ["a\0b", "a\u{1b}[31m", "a\u{202e}b", "a\u{2066}b"] {
            assert!(Message::parse(odd).unwrap_err().contains("hidden"), "{odd:?}");
        }
        assert_eq!(
            Message::parse(&"x".repeat(5_001)),
            Err("The message is 5,001 characters long. Shorten it to 5,000".into())
        );
        for (letter, fit) in [("ж", "3,000"), ("語", "2,000"), ("😀", "1,500")] {
            let why = Message::parse(&letter.repeat(5_000)).unwrap_err();
            assert!(why.ends_with(&format!("about {fit} characters fit")), "{why}");
        }
        assert!(Message::parse(&"é".repeat(3_000)).is_ok());
        assert_eq!(Message::parse("שלום\u{200f} 👩\u{200d}👧\tb").unwrap().pieces().len(), 1);
    }

    #[test]
    fn links_are_found_without_the_sentence_around_them() {
        for (text, link) in [
            ("See https://a.example/b.", "https://a.example/b"),
            ("(HTTP://a.example)", "HTTP://a.example"),
            ("https://a.example/x_(y), yes", "https://a.example/x_(y)"),
            ("<https://a.example/?q=1&r=2#s>", "https://a.example/?q=1&r=2#s"),
            ("“https://bücher.example”…", "https://bücher.example"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
        assert_eq!(links("https://a.example\nhttps://b.example").len(), 2);
    }

    #[test]
    fn other_schemes_and_disguises_stay_text() {
        for text in [
            "javascript:alert(1)",
            "xhttps://a.example",
            "https://",
            "https://bank.example@evil.example",
        ] {
            assert_eq!(pieces(text), [Piece::Text(text.into())]);
        }
    }

    #[test]
    fn templates_see_kind_and_text() {
        let seen = serde_json::to_value(pieces("a https://b.example")).unwrap();
        let meant = serde_json::json!([
            { "kind": "text", "text": "a " },
            { "kind": "link", "text": "https://b.example" },
        ]);
        assert_eq!(seen, meant);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "(?s)(.|https?://|[./@) ])*") {
            let whole: String = pieces(&text)
                .into_iter()
                .map(|piece| match piece { Piece::Text(text) | Piece::Link(text) => text })
                .collect();
            prop_assert_eq!(whole, text);
        }

        #[test]
        fn messages_come_back_as_they_went(typed in "(?s).*") {
            if let Ok(message) = Message::parse(&typed) {
                prop_assert_eq!(Message::parse(message.as_str()), Ok(message));
            }
        }
    }
}
