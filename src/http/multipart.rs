//! A small `multipart/form-data` body, such as settings with a logo (RFC 7578).
//!
//! Strict, and over a body that was read whole: a few parts, short headers, nothing nested.

use std::io::BufRead;

use bytes::Bytes;
use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody};

use super::body;
use super::errors::Refusal;

/// Unless its route says otherwise with [`super::body::BodyLimit`].
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// More fields than any form of ours has.
const MOST_PARTS: usize = 32;
/// Of one part.
pub(super) const MOST_HEADER_BYTES: usize = 4 * 1024;

/// The parts of the form, in their order.
#[derive(Clone, Debug)]
pub struct Multipart(pub Vec<Part>);

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// What the file is called on the sender's machine; empty if the field was left empty.
    pub file_name: Option<String>,
    /// What it holds.
    pub bytes: Bytes,
}

impl<'a> FromRequest<'a> for Multipart {
    async fn from_request(req: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let (whole, boundary) = body::read_multipart(req, body, MOST_BYTES).await?;
        let parts = parse(&whole, &boundary).ok_or_else(|| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "This form was not understood. Open the page again and try once more.",
            )
        })?;
        Ok(Self(parts))
    }
}

impl Multipart {
    /// The text of a field; empty if it is absent or no text.
    pub fn text(&self, name: &str) -> &str {
        self.part(name).and_then(|part| str::from_utf8(&part.bytes).ok()).unwrap_or("")
    }

    /// The chosen file of a field, if one was chosen.
    pub fn file(&self, name: &str) -> Option<&Part> {
        self.part(name)
            .filter(|part| part.file_name.as_deref().is_some_and(|file| !file.is_empty()))
    }

    fn part(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }
}

/// The parts, or `None` for whatever is not exactly as browsers send it.
fn parse(whole: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    if boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let between = format!("\r\n--{boundary}");
    let mut at = between.len() - 2;
    if !whole.starts_with(&between.as_bytes()[2..]) {
        return None;
    }
    let mut parts = Vec::new();
    // `at` is always just behind a boundary.
    while !whole[at..].starts_with(b"--") {
        if parts.len() == MOST_PARTS {
            return None;
        }
        let rest = whole[at..].strip_prefix(b"\r\n")?;
        let start = at + 2;
        let head = find(&rest[..rest.len().min(MOST_HEADER_BYTES)], b"\r\n\r\n")?;
        let content = start + head + 4;
        // An empty part has no line of its own before the boundary's.
        let length = find(&whole[content..], between.as_bytes())?;
        let (name, file_name) = names(str::from_utf8(&rest[..head]).ok()?)?;
        parts.push(Part { name, file_name, bytes: whole.slice(content..content + length) });
        at = content + length + between.len();
    }
    Some(parts)
}

/// Where the needle begins.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut rest = hay;
    loop {
        // The standard library searches fast for one byte here only.
        let skipped = rest.skip_until(first).ok()?;
        let at = hay.len() - rest.len();
        if skipped == 0 || hay[at - 1] != first {
            return None;
        }
        if hay[at..].starts_with(&needle[1..]) {
            return Some(at - 1);
        }
    }
}

/// `name` and `filename` of `Content-Disposition: form-data`.
pub(super) fn names(head: &str) -> Option<(String, Option<String>)> {
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim())
    })?;
    let mut rest = disposition.strip_prefix("form-data")?;
    let (mut name, mut file_name) = (None, None);
    while !rest.is_empty() {
        let (key, quoted) = rest.strip_prefix(';')?.trim_start().split_once("=\"")?;
        // Browsers write a quote inside a name as %22, so that the next quote is the end.
        let (value, behind) = quoted.split_once('"')?;
        match key {
            "name" => name = Some(unescape(value)),
            "filename" => file_name = Some(unescape(value)),
            _ => {}
        }
        rest = behind;
    }
    Some((name?, file_name))
}

/// Undoes the three escapes of the HTML standard's multipart encoding.
fn unescape(value: &str) -> String {
    value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn body(parts: &[(&str, &[u8])]) -> Bytes {
        let mut whole = Vec::new();
        for (disposition, bytes) in parts {
            let head = format!("--XX\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
            whole.extend_from_slice(head.as_bytes());
            whole.extend_from_slice(bytes);
            whole.extend_from_slice(b"\r\n");
        }
        whole.extend_from_slice(b"--XX--\r\n");
        whole.into()
    }

    #[test]
    fn a_form_with_a_logo() {
        let whole = body(&[
            ("name=\"firm\"", "Müller & Co".as_bytes()),
            ("name=\"logo\"; filename=\"a %22b%22; c.png\"", b"\x89PNG\r\n--X\r\n"),
            ("name=\"empty\"; filename=\"\"", b""),
        ]);
        let form = Multipart(parse(&whole, "XX").unwrap());
        assert_eq!(form.text("firm"), "Müller & Co");
        let logo = form.file("logo").unwrap();
        assert_eq!(logo.file_name.as_deref(), Some("a \"b\"; c.png"));
        assert_eq!(&logo.bytes[..], b"\x89PNG\r\n--X\r\n");
        assert!(form.file("empty").is_none() && form.file("firm").is_none());
        assert_eq!(form.text("absent"), "");
    }

    #[test]
    fn a_form_without_fields_is_one() {
        assert_eq!(parse(&Bytes::from_static(b"--XX--\r\n"), "XX"), Some(Vec::new()));
    }

    #[test]
    fn what_is_not_whole_is_none() {
        let whole = body(&[("name=\"a\"", b"b")]);
        for cut in 0..whole.len() - 4 {
            assert_eq!(parse(&whole.slice(..cut), "XX"), None, "{cut}");
        }
        assert_eq!(parse(&whole, ""), None);
        assert_eq!(parse(&whole, "YY"), None);
        assert_eq!(parse(&body(&[("filename=\"a\"", b"b")]), "XX"), None);
        let many = vec![("name=\"a\"", &b"b"[..]); MOST_PARTS + 1];
        assert_eq!(parse(&body(&many), "XX"), None);
    }

    proptest! {
        #[test]
        fn no_body_panics(
            pieces in prop::collection::vec(
                prop::sample::select(&["--XX", "\r\n", "--", "Content-Disposition: form-data;",
                    " name=\"", "a", "\"", "filename=\"", "\r\n\r\n", ":", ";", "é"][..]),
                0..40,
            ),
            noise in any::<Vec<u8>>(),
        ) {
            let mut whole = pieces.concat().into_bytes();
            let _pieces = parse(&whole.clone().into(), "XX");
            whole.extend(noise);
            let _with_noise = parse(&whole.into(), "XX");
        }

        #[test]
        fn any_content_arrives_as_it_was(bytes in any::<Vec<u8>>()) {
            let parts = parse(&body(&[("name=\"a\"", &bytes)]), "XX");
            if find(&bytes, b"\r\n--XX").is_none() && !bytes.starts_with(b"--XX") {
                assert_eq!(&parts.unwrap()[0].bytes[..], &bytes[..]);
            }
        }
    }
}
