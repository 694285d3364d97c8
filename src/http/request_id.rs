//! The name of one request: in the log, on its error page, and in the answer's `X-Request-Id`.
//!
//! A proxy that the firm trusts may have named it already, so that its log and ours speak of the same request. Anybody
//! else's name is not taken: it would let a stranger write into the log.

use std::fmt;

use poem::Request;
use poem::http::{HeaderName, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};

/// The header, both ways.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest name that is taken from a proxy; a UUID has 36 characters.
const MOST: usize = 64;
/// The length of our own.
const OURS: usize = 8;

/// Names one request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    letters: [u8; MOST],
    length: usize,
}

impl RequestId {
    /// The name a trusted proxy gave, or a fresh one.
    pub(super) fn of(req: &Request, from_proxy: bool) -> Self {
        let given = req.headers().get(X_REQUEST_ID).filter(|_| from_proxy);
        given.and_then(|name| Self::tame(name.as_bytes())).unwrap_or_else(Self::fresh)
    }

    /// Eight characters of Crockford's alphabet, at random.
    pub(super) fn fresh() -> Self {
        let mut bytes = [0; OURS];
        if SystemRandom::new().fill(&mut bytes).is_err() {
            tracing::error!("the system has no randomness for a request id");
        }
        let mut letters = [0; MOST];
        for (letter, byte) in letters.iter_mut().zip(bytes) {
            *letter = b"0123456789abcdefghjkmnpqrstvwxyz"[usize::from(byte % 32)];
        }
        Self { letters, length: OURS }
    }

    /// Letters, digits and a few signs: nothing that ends a word in a log or a tag on a page.
    fn tame(name: &[u8]) -> Option<Self> {
        let tame = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
        if name.is_empty() || name.len() > MOST || !name.iter().all(tame) {
            return None;
        }
        let mut letters = [0; MOST];
        letters[..name.len()].copy_from_slice(name);
        Some(Self { letters, length: name.len() })
    }

    fn text(&self) -> &str {
        str::from_utf8(&self.letters[..self.length]).expect("made of ASCII characters")
    }

    /// As the header of the answer.
    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(self.text()).expect("made of characters that a header may have")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, from_proxy: bool) -> String {
        let req = Request::builder().header(X_REQUEST_ID, name).finish();
        RequestId::of(&req, from_proxy).to_string()
    }

    #[test]
    fn a_trusted_proxy_names_a_request_and_nobody_else_does() {
        let uuid = "0197a3c0-5c3b-7e2f-9d3e-2f1a6b7c8d9e";
        assert_eq!(named(uuid, true), uuid);
        assert_ne!(named(uuid, false), uuid);
        assert_eq!(named(uuid, false).len(), OURS);
    }

    #[test]
    fn a_name_that_is_not_tame_is_replaced() {
        for odd in ["", "a b", "a\"b", "<b>", "event=x", "é", &"a".repeat(MOST + 1)] {
            assert_eq!(named(odd, true).len(), OURS, "{odd}");
        }
        assert_eq!(named(&"a".repeat(MOST), true).len(), MOST);
    }
}
