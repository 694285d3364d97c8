//! Names of people, firms and things: one line each, in any script.

use super::{Flaw, grouped, line, plain_value};

macro_rules! one_line {
    ($(#[$doc:meta])* $name:ident, $max:literal, $what:literal, $missing:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        plain_value!($name);

        impl $name {
            /// The most characters it can have.
            pub const MAX: usize = $max;

            /// The text on one line, or what to do about it.
            pub fn parse(typed: &str) -> Result<Self, String> {
                line(typed, Self::MAX).map(Self).map_err(|flaw| match flaw {
                    Flaw::Empty => $missing.to_owned(),
                    Flaw::Hidden => {
                        concat!("The ", $what, " has a line break or a hidden character in it. ",
                            "Type it again instead of pasting it").to_owned()
                    }
                    Flaw::Long(chars) => format!(
                        concat!("The ", $what, " is {} characters long. Shorten it to {}"),
                        grouped(chars), Self::MAX,
                    ),
                })
            }

            /// As typed, on one line.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

one_line!(
    /// A first or a last name.
    PersonName,
    100,
    "name",
    "Fill in the name"
);
one_line!(
    /// The whole name of a member of staff.
    FullName,
    120,
    "name",
    "Fill in the first and last name"
);
one_line!(
    /// The name of the firm that runs the portal.
    FirmName,
    120,
    "name",
    "Give the firm a name"
);
one_line!(
    /// The name of a client: a business or a person.
    ClientName,
    200,
    "name",
    "Give the client a name"
);
one_line!(
    /// A short text: a role at a client, the name of a template.
    Label,
    100,
    "text",
    "Fill this in"
);
one_line!(
    /// What is asked for: the title of a request, or of one of its items.
    Title,
    200,
    "title",
    "Give it a title"
);
one_line!(
    /// A word that clients are grouped by.
    Tag,
    40,
    "tag",
    "Type the tag"
);

/// Legal forms, which say nothing in a pair of initials.
const FORMS: [&str; 16] = [
    "ag", "co", "corp", "gmbh", "inc", "kg", "llc", "llp", "lp", "ltd", "limited", "pa", "pc",
    "plc", "pllc", "ug",
];

/// Up to two capital letters that stand for a name: of its first and of its last word.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| !c.is_alphanumeric() && !unicode_mark(c))
        .filter(|word| word.chars().any(char::is_alphanumeric));
    let Some(first) = words.next() else { return name.trim().chars().take(1).collect() };
    let last = words.rfind(|word| !FORMS.iter().any(|form| form.eq_ignore_ascii_case(word)));
    std::iter::once(first).chain(last).flat_map(initial).collect()
}

/// The first letter with the marks on it, as a capital.
fn initial(word: &str) -> impl Iterator<Item = char> {
    let mut chars = word.chars().skip_while(|&c| unicode_mark(c));
    let capital = chars.next().and_then(|c| c.to_uppercase().next());
    let marks = chars.take_while(|&c| unicode_mark(c)).take(2);
    capital.into_iter().chain(marks)
}

fn unicode_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// One of six hues for a name's picture, the same on every machine and in every release (FNV-1a).
pub fn hue(name: &str) -> u8 {
    let name = name.trim();
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = if name.is_ascii() {
        name.bytes().map(|byte| byte.to_ascii_lowercase()).fold(0x811c_9dc5, mix)
    } else {
        name.to_lowercase().bytes().fold(0x811c_9dc5, mix)
    };
    let [low, ..] = (hash % 6).to_le_bytes();
    low
}

/// The text with everything blunted that a mail program would make a link of, so that a name cannot
/// carry an address into somebody's mail: `www.evil.example` becomes `www evil example`.
pub fn url_free(name: &str) -> String {
    // Most names have no sign of an address and no space too many.
    if !name.contains(is_link_sign) && !name.contains(is_odd_space) && !name.contains("  ") {
        return name.trim_matches(' ').to_owned();
    }
    let blunted = name.split_whitespace().map(|word| {
        if looks_like_link(word) { word.replace(is_link_sign, " ") } else { word.to_owned() }
    });
    let words = blunted.collect::<Vec<_>>().join(" ");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_odd_space(c: char) -> bool {
    c.is_whitespace() && c != ' '
}

/// Full stops of every kind that IDNA reads as a dot, and the other signs of an address.
fn is_link_sign(c: char) -> bool {
    is_dot(c) || matches!(c, '/' | ':' | '@' | '\\' | '：' | '／' | '＠')
}

fn is_dot(c: char) -> bool {
    matches!(c, '.' | '。' | '．' | '｡' | '․')
}

fn looks_like_link(word: &str) -> bool {
    let sign_between = |sign: fn(char) -> bool, tail: usize| {
        word.char_indices().filter(|&(_, c)| sign(c)).any(|(at, c)| {
            let before = word[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            let after = word[at + c.len_utf8()..].chars().take_while(|c| c.is_alphabetic()).count();
            before && after >= tail
        })
    };
    word.contains("//")
        || word.contains(['@', '＠', '\\'])
        || sign_between(|c| matches!(c, ':' | '：'), 1)
        || sign_between(is_dot, 2)
}

#[cfg(test)]
mod tests {
    use super::{ClientName, PersonName, Tag, hue, initials, looks_like_link, url_free};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_sentence_fits_the_field() {
        assert_eq!(ClientName::parse("  "), Err("Give the client a name".into()));
        assert_eq!(
            ClientName::parse(&"x".repeat(10_000)),
            Err("The name is 10,000 characters long. Shorten it to 200".into())
        );
        assert_eq!(
            Tag::parse(&"x".repeat(41)),
            Err("The tag is 41 characters long. Shorten it to 40".into())
        );
        assert!(PersonName::parse("Ann\r\nBcc: b@e.com").unwrap_err().contains("line break"));
    }

    #[test]
    fn names_in_any_script_are_kept() {
        for name in ["Zoë O’Brien-Łuk", "محمد", "李小龍", "🦊 Fox", "{{7*7}}", "<img src=x>"]
        {
            assert_eq!(ClientName::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(ClientName::parse(&"é".repeat(200)).unwrap().as_str().chars().count(), 200);
    }

    #[test]
    fn initials_are_of_the_first_and_last_telling_word() {
        for (name, short) in [
            ("Priya Nair", "PN"),
            ("Alder & Finch", "AF"),
            ("Mary Ann Smith", "MS"),
            ("Marlow Ceramics Ltd.", "MC"),
            ("madonna", "M"),
            ("e\u{301}lodie durand", "E\u{301}D"),
            ("ßtefan", "S"),
            ("李小龍", "李"),
            ("🦊", "🦊"),
            ("...", "."),
            ("LLC", "L"),
            ("", ""),
        ] {
            assert_eq!(initials(name), short, "{name}");
        }
    }

    #[test]
    fn a_hue_never_changes() {
        assert_eq!(hue("Priya Nair"), hue(" PRIYA NAIR "));
        assert_eq!((hue("Priya Nair"), hue("Owen Pryce"), hue("")), (0, 5, 1));
    }

    #[test]
    fn a_name_cannot_become_a_link() {
        for (name, blunt) in [
            ("http://evil.example/x", "http evil example x"),
            ("Win at WWW.Evil.com now", "Win at WWW Evil com now"),
            ("Booking.com Ltd", "Booking com Ltd"),
            ("t.co/abc", "t co abc"),
            ("ann@e.com", "ann e com"),
            ("mailto:ann", "mailto ann"),
            ("evil。com", "evil com"),
            ("//evil", "evil"),
            ("Dr. J.R. Smith, Jr.", "Dr. J.R. Smith, Jr."),
            ("Smith/Jones: 3.5 Ltd.", "Smith/Jones: 3.5 Ltd."),
        ] {
            assert_eq!(url_free(name), blunt);
        }
    }

    proptest! {
        #[test]
        fn any_name_is_blunted_once(name in ".*") {
            let blunt = url_free(&name);
            prop_assert!(!blunt.split(' ').any(looks_like_link));
            prop_assert_eq!(url_free(&blunt), blunt);
        }

        #[test]
        fn any_name_has_a_face(name in ".*") {
            prop_assert!(initials(&name).chars().count() <= 6);
            prop_assert!(hue(&name) < 6);
        }

        #[test]
        fn names_come_back_as_they_went(typed in ".*") {
            if let Ok(name) = ClientName::parse(&typed) {
                prop_assert_eq!(ClientName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
