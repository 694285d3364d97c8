//! What lets a person in: the long token in a link, and the short code that can be typed instead.

use std::fmt;

use ring::digest::{SHA256, digest};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // no I, L, O, U

/// 256 bits of chance. Only its hash is stored, so it has neither `Display` nor `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// As many characters as a token has in a link.
    pub const CHARS: usize = 43;

    /// A token of fresh chance.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token in a link. Mail programs add the punctuation that follows a link to it: that is
    /// dropped, and nothing else. There is one spelling for each token.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "This link is not complete. Copy the whole link from the mail";
        let after = |c: char| c.is_whitespace() || ".,;:!?)>]}\"'”’»…*".contains(c);
        let text = typed.trim_start().trim_end_matches(after);
        if text.len() != Self::CHARS {
            return Err(BROKEN);
        }
        let (mut bytes, mut filled) = ([0; 32], 0);
        let (mut bits, mut held) = (0_u32, 0);
        for c in text.bytes() {
            let (six, _) = (0..).zip(BASE64).find(|&(_, &b)| b == c).ok_or(BROKEN)?;
            bits = (bits << 6) | six;
            held += 6;
            if held >= 8 {
                held -= 8;
                let [.., byte] = (bits >> held).to_be_bytes();
                bytes[filled] = byte;
                filled += 1;
            }
            bits &= (1 << held) - 1;
        }
        if bits == 0 { Ok(Self(bytes)) } else { Err(BROKEN) }
    }

    /// The 43 characters for a link (base64url without padding). Never for a log.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(Self::CHARS);
        for chunk in self.0.chunks(3) {
            let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or_default());
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for place in 0..=chunk.len() {
                let six = (bits >> (18 - 6 * place)) & 63;
                text.push(char::from(BASE64[six as usize]));
            }
        }
        text
    }

    /// What is stored in its place (SHA-256; chance of 256 bits needs no slow hash).
    pub fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// 50 bits of chance in ten characters that cannot be mistaken for each other (Crockford's base 32).
///
/// Short enough to read out on the phone, so whoever takes it must limit the tries.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// As many characters as a code has, without its dash.
    pub const CHARS: usize = 10;

    /// A code of fresh chance: the lowest 50 bits count.
    pub fn from_bits(bits: u64) -> Self {
        let digit = |place: usize| {
            let [.., low] = (bits >> (45 - 5 * place)).to_be_bytes();
            char::from(CROCKFORD[usize::from(low & 31)])
        };
        Self((0..Self::CHARS).map(digit).collect())
    }

    /// A code as someone types it: any case, with or without dashes and blanks, O for 0, I or L for 1.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        const UNREAD: &str = "A code has ten letters and digits, like ABCDE-FGHJK. \
            Look at the mail again and type all of them";
        let mut code = String::with_capacity(Self::CHARS);
        for c in typed.chars().filter(|c| !c.is_whitespace() && !"-‐‑‒–—−".contains(*c))
        {
            let digit = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            if code.len() == Self::CHARS || !CROCKFORD.iter().any(|&b| char::from(b) == digit) {
                return Err(UNREAD);
            }
            code.push(digit);
        }
        if code.len() == Self::CHARS { Ok(Self(code)) } else { Err(UNREAD) }
    }

    /// The ten characters without a dash, for the hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How a code is shown: `ABCDE-FGHJK`.
    pub fn shown(&self) -> String {
        let (first, last) = self.0.split_at(Self::CHARS / 2);
        format!("{first}-{last}")
    }

    /// The 50 bits it was made of. They can be searched: store only a keyed hash of them.
    pub fn bits(&self) -> u64 {
        let digit = |c: char| CROCKFORD.iter().position(|&digit| char::from(digit) == c);
        self.0.chars().fold(0, |bits, c| (bits << 5) | digit(c).unwrap_or_default() as u64)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 is 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::{Code, Token};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_spelling_is_base64url() {
        assert_eq!(Token::from_bytes([0; 32]).text(), "A".repeat(43));
        assert_eq!(Token::from_bytes([255; 32]).text(), format!("{}8", "_".repeat(42)));
        let bytes = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        assert_eq!(Token::from_bytes(bytes).text(), text);
        assert_eq!(Token::parse(text), Ok(Token::from_bytes(bytes)));
    }

    #[test]
    fn punctuation_after_a_link_is_dropped_and_nothing_else() {
        let token = Token::from_bytes([7; 32]);
        let text = token.text();
        for tail in ["", ".", ">", ")", ").", ">,", " ", "\n", "…", "\"", "!?"] {
            assert_eq!(Token::parse(&format!(" {text}{tail}")), Ok(token.clone()), "{tail}");
        }
        let (cut, swapped) = (&text[..42], text.replace('H', "/"));
        let (more, noncanonical) = (format!("{text}A"), format!("{cut}d"));
        for odd in [cut, &swapped, &more, &noncanonical, "", "<", &format!("%20{text}")] {
            assert!(Token::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_log_line_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Token::from_bytes([7; 32])), "***");
        assert_eq!(format!("{:?}", Code::from_bits(7)), "***");
    }

    #[test]
    fn the_hash_is_sha_256() {
        let hash = Token::from_bytes([0; 32]).hash();
        assert_eq!(hash[..4], [0x66, 0x68, 0x7a, 0xad]);
    }

    #[test]
    fn a_code_is_read_as_it_was_heard() {
        let code = Code::parse("ABCDE-FGHJK").unwrap();
        assert_eq!(code.shown(), "ABCDE-FGHJK");
        assert_eq!(Code::parse(" abcde fghjk "), Ok(code));
        assert_eq!(Code::parse("oOiIl–L0011").unwrap().as_str(), "0011110011");
        for odd in ["", "ABCDE", "ABCDE-FGHJKM", "ABCDU-FGHJK", "ABCDÉ-FGHJK", "ABCDE.FGHJK"] {
            assert!(Code::parse(odd).is_err(), "{odd}");
        }
        assert_eq!(Code::from_bits(u64::MAX).shown(), "ZZZZZ-ZZZZZ");
        assert_eq!(Code::from_bits(33).as_str(), "0000000011");
    }

    proptest! {
        #[test]
        fn tokens_come_back_as_they_went(bytes: [u8; 32]) {
            let token = Token::from_bytes(bytes);
            prop_assert!(token.text().len() == Token::CHARS);
            prop_assert_eq!(Token::parse(&token.text()), Ok(token));
        }

        #[test]
        fn one_spelling_for_each_token(text in "[A-Za-z0-9_-]{43}") {
            if let Ok(token) = Token::parse(&text) {
                prop_assert_eq!(token.text(), text);
            }
        }

        #[test]
        fn codes_come_back_as_they_went(bits in 0_u64..1 << 50) {
            let code = Code::from_bits(bits);
            prop_assert_eq!(code.bits(), bits);
            prop_assert_eq!(Code::parse(&code.shown()), Ok(code));
        }

        #[test]
        fn any_text_is_answered(text in "(?s).*") {
            let _ = (Token::parse(&text).is_ok(), Code::parse(&text).is_ok());
        }
    }
}
