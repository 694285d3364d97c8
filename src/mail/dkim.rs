//! Signs a mail (RFC 6376): relaxed/relaxed, rsa-sha256. The last thing that happens to its bytes before they leave.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use crate::model::dkim::{KeyOfMails, SignsAs};

/// What is signed of the head, where it is there. `From` stands in it twice: then no second one can be added
/// (RFC 6376 §8.15).
const HEADERS: [&str; 13] = [
    "From",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];
/// Characters of base64 on one line of the head.
const LINE: usize = 72;

/// Signs the mails of one domain with one key.
#[derive(Clone, Debug)]
pub struct Signer {
    signs: SignsAs,
    key: KeyOfMails,
}

impl Signer {
    /// With this key.
    #[must_use]
    pub fn new(signs: SignsAs, key: KeyOfMails) -> Self {
        Self { signs, key }
    }

    /// The mail with its signature on top. One that has no head is left as it is.
    #[must_use]
    pub fn sign(&self, mail: Vec<u8>, now: Timestamp) -> Vec<u8> {
        let Some(signature) = self.signature(&mail, now) else { return mail };
        let mut signed = signature.into_bytes();
        signed.extend(mail);
        signed
    }

    /// The header line. Lines of the mail end with CR LF.
    fn signature(&self, mail: &[u8], now: Timestamp) -> Option<String> {
        let (head, body) = std::str::from_utf8(mail).ok()?.split_once("\r\n\r\n")?;
        let fields = fields(head);
        let (mut names, mut signed, mut seen) = (Vec::new(), String::new(), Vec::new());
        for name in HEADERS {
            // One that is listed once more than it is there stands for its absence.
            let again = seen.contains(&name);
            if let Some((_, value)) =
                fields.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                names.push(name);
                if !again {
                    signed.push_str(&relaxed_field(name, value));
                    signed.push_str("\r\n");
                }
            }
            seen.push(name);
        }
        let SignsAs { selector, domain } = &self.signs;
        let hash = base64(digest(&SHA256, relaxed_body(body).as_bytes()).as_ref());
        let (time, names) = (now.as_second(), names.join(":"));
        let mut value = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t={time};\r\n h={};\r\n bh={hash};\r\n b=",
            names.replacen(":Subject", ":\r\n Subject", 1).replacen(":Content", ":\r\n Content", 1)
        );
        signed.push_str(&relaxed_field("DKIM-Signature", &value));
        let signature = base64(&self.key.sign(signed.as_bytes()));
        for (at, part) in signature.as_bytes().chunks(LINE).enumerate() {
            value.push_str(if at == 0 { "" } else { "\r\n " });
            value.extend(part.iter().copied().map(char::from));
        }
        Some(format!("DKIM-Signature: {value}\r\n"))
    }
}

/// Name and value of each field, folded lines put together.
fn fields(head: &str) -> Vec<(&str, String)> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in head.split("\r\n") {
        match (line.starts_with([' ', '\t']), fields.last_mut()) {
            (true, Some((_, value))) => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                fields.push((name.trim_end(), value.to_owned()));
            }
        }
    }
    fields
}

/// RFC 6376 §3.4.2.
fn relaxed_field(name: &str, value: &str) -> String {
    let value = squeeze(&value.replace("\r\n", ""));
    format!("{}:{}", name.to_ascii_lowercase(), value.trim_matches(' '))
}

/// RFC 6376 §3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut relaxed = String::with_capacity(body.len());
    let mut empty = 0;
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    for line in body.split("\r\n") {
        let line = squeeze(line);
        let line = line.trim_end_matches(' ');
        if line.is_empty() {
            // Only those that something comes after count.
            empty += 1;
            continue;
        }
        (0..std::mem::take(&mut empty)).for_each(|_| relaxed.push_str("\r\n"));
        relaxed.push_str(line);
        relaxed.push_str("\r\n");
    }
    relaxed
}

/// Each run of blanks becomes one.
fn squeeze(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        let is_blank = matches!(c, ' ' | '\t');
        if !is_blank {
            squeezed.push(c);
        } else if !blank {
            squeezed.push(' ');
        }
        blank = is_blank;
    }
    squeezed
}

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let three = [group[0], *group.get(1).unwrap_or(&0), *group.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_relaxed_as_the_standard_shows() {
        // RFC 6376 §3.4.5.
        assert_eq!(relaxed_field("A", " X "), "a:X");
        assert_eq!(relaxed_field("B ".trim_end(), " Y\t\r\n\tZ  "), "b:Y Z");
        assert_eq!(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        assert_eq!(relaxed_body("a\r\n\r\nb"), "a\r\n\r\nb\r\n");
        assert_eq!((relaxed_body(""), relaxed_body("\r\n\r\n")), (String::new(), String::new()));
    }

    #[test]
    fn bytes_become_letters() {
        // RFC 4648 §10.
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let expected = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| base64(text.as_bytes())), expected);
    }
}
