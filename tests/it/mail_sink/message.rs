//! Reads mails the way a mail program does: unfolds and decodes headers, finds and decodes the parts.

use super::Mail;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Mail {
    /// A header of the mail, unfolded and decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.data, name).map(|value| decode_words(&value))
    }

    /// How often a header is there.
    pub fn header_count(&self, name: &str) -> usize {
        headers(&self.data).iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).count()
    }

    /// The plain part, decoded.
    ///
    /// # Panics
    /// If there is none.
    pub fn text_part(&self) -> String {
        part(&self.data, "text/plain").expect("the mail has a plain part")
    }

    /// The HTML part, decoded.
    ///
    /// # Panics
    /// If there is none.
    pub fn html_part(&self) -> String {
        part(&self.data, "text/html").expect("the mail has an HTML part")
    }

    /// The first link in the plain part that invites, resets a password or proves an address.
    ///
    /// # Panics
    /// If there is none.
    pub fn link(&self) -> String {
        let text = self.text_part();
        let secret = |word: &&str| {
            ["/invite/", "/reset/", "/verify-address/"].iter().any(|kind| word.contains(kind))
        };
        let mut words = text.split(|c: char| c.is_whitespace() || "<>\"()".contains(c));
        let link = words.find(|word| word.starts_with("http") && secret(word));
        let link = link.unwrap_or_else(|| panic!("no such link in:\n{text}"));
        link.trim_end_matches(['.', ',', ';']).to_owned()
    }
}

fn split(entity: &str) -> (&str, &str) {
    entity.split_once("\r\n\r\n").unwrap_or((entity, ""))
}

/// Name and unfolded value of each header.
fn headers(entity: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in split(entity).0.split("\r\n") {
        match headers.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                headers.push((name.to_owned(), value.trim_start().to_owned()));
            }
        }
    }
    headers
}

fn header(entity: &str, name: &str) -> Option<String> {
    let mut headers = headers(entity).into_iter();
    headers.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The first part of this type, looked for in parts of parts too.
fn part(entity: &str, kind: &str) -> Option<String> {
    let content_type = header(entity, "Content-Type").unwrap_or_else(|| "text/plain".to_owned());
    let body = split(entity).1;
    if let Some((_, rest)) = content_type.split_once("boundary=") {
        let boundary = format!("--{}", rest.split(';').next()?.trim().trim_matches('"'));
        let parts = body.split(&boundary).skip(1).take_while(|part| !part.starts_with("--"));
        return parts.filter_map(|found| found.strip_prefix("\r\n")).find_map(|p| part(p, kind));
    }
    if !content_type.starts_with(kind) {
        return None;
    }
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    let encoding = header(entity, "Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => from_base64(body),
        "quoted-printable" => from_quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    Some(String::from_utf8(bytes).expect("the part is UTF-8").replace("\r\n", "\n"))
}

/// Encoded words (RFC 2047) as text; space between two of them does not count.
fn decode_words(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let between = &rest[..start];
        let fields: Vec<&str> = rest[start + 2..].splitn(4, '?').collect();
        let [_charset, how, content, tail] = fields[..] else { break };
        let Some(tail) = tail.strip_prefix('=') else { break };
        if !(after_word && between.trim().is_empty()) {
            text.push_str(between);
        }
        let bytes = match how {
            "B" | "b" => from_base64(content),
            _ => from_quoted_printable(&content.replace('_', " ")),
        };
        text.push_str(&String::from_utf8_lossy(&bytes));
        (rest, after_word) = (tail, true);
    }
    text + rest
}

fn from_quoted_printable(text: &str) -> Vec<u8> {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.first_chunk::<2>().filter(|_| *first == b'=');
        let decoded = hex.and_then(|hex| u8::from_str_radix(str::from_utf8(hex).ok()?, 16).ok());
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

/// Skips what is not of the alphabet, as RFC 2045 wants.
pub(super) fn from_base64(text: &str) -> Vec<u8> {
    let (mut bits, mut filled) = (0_u32, 0);
    let mut bytes = Vec::new();
    for value in text.bytes().filter_map(|byte| ALPHABET.iter().position(|a| *a == byte)) {
        bits = (bits << 6) | value as u32;
        filled += 6;
        if filled >= 8 {
            filled -= 8;
            bytes.push((bits >> filled) as u8);
        }
    }
    bytes
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * n)) as usize & 63] as char;
            text.push(if n <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
