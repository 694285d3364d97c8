//! A phone number, kept as people write it: it is read by people, never dialed by us.

use super::{Flaw, line, plain_value};

const WRONG: &str = "Use digits for the number, with blanks or + ( ) - . / x if you like";

/// Digits with the usual signs between them, and perhaps an extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

plain_value!(Phone);

impl Phone {
    /// The number on one line, dashes of any kind made hyphens.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let line = line(typed, 30).map_err(|flaw| match flaw {
            Flaw::Empty => "Type the phone number",
            Flaw::Hidden => "The number has a hidden character in it. Type it again by hand",
            Flaw::Long(_) => "The number is too long. The limit is 30 characters",
        })?;
        let number = line.replace(['‐', '‑', '‒', '–', '—', '−'], "-");
        let plain = number.to_ascii_lowercase().replacen("ext", "x", 1);
        if !plain.chars().all(|c| c.is_ascii_digit() || " +()-./x".contains(c)) {
            return Err(WRONG);
        }
        let digits = plain.bytes().filter(u8::is_ascii_digit).count();
        match digits {
            0 => Err(WRONG),
            1..=2 => Err("The number is too short. Add the missing digits"),
            _ if number.len() < 5 => Err("The number is too short. Add the area code"),
            _ => Ok(Self(number)),
        }
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;
    use proptest::{prop_assert_eq, proptest};

    #[test]
    fn usual_ways_to_write_a_number_are_taken() {
        for number in
            ["+1 (555) 010-0199", "020 7946 0018", "555.0100 x12", "030/123456", "55501 Ext. 7"]
        {
            assert_eq!(Phone::parse(&format!(" {number} ")).unwrap().as_str(), number);
        }
        assert_eq!(Phone::parse("555–0100").unwrap().as_str(), "555-0100");
    }

    #[test]
    fn other_things_are_not() {
        let long = "5".repeat(31);
        for odd in
            ["", "call me", "1234", "+ ( ) -", "\u{202a}+1 555 0100", "555\n0100", "x x x", &long]
        {
            assert!(Phone::parse(odd).is_err(), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[0-9 x+().–/-]{0,40}|.*") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()), Ok(phone));
            }
        }
    }
}
