//! The name under which a browser saves a download (RFC 6266).

use std::fmt::Write;

use poem::http::HeaderValue;

use crate::values::FileName;

/// `attachment` with the name: in ASCII for programs that know nothing else, and as it is (RFC 8187).
pub(in crate::http) fn attachment(name: &FileName) -> HeaderValue {
    let ascii: String = name.as_str().chars().map(in_ascii).collect();
    let mut value = format!("attachment; filename=\"{ascii}\"");
    if ascii != name.as_str() {
        value.push_str("; filename*=UTF-8''");
        for &byte in name.as_str().as_bytes() {
            if is_attr_char(byte) {
                value.push(byte.into());
            } else {
                write!(value, "%{byte:02X}").expect("a String takes everything");
            }
        }
    }
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// Quotes end the name for some programs, and others take a percent sign for an escape.
fn in_ascii(c: char) -> char {
    match c {
        '"' => '\'',
        '%' | '\\' => '_',
        ' '..='~' => c,
        _ => '_',
    }
}

/// RFC 8187, 3.2.1.
fn is_attr_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn header(name: &str) -> String {
        attachment(&FileName::tame(name)).to_str().unwrap().to_owned()
    }

    #[test]
    fn any_name_can_be_said() {
        assert_eq!(header("Lease (2).pdf"), "attachment; filename=\"Lease (2).pdf\"");
        assert_eq!(
            header("Überweisung 100%.pdf"),
            "attachment; filename=\"_berweisung 100_.pdf\"; filename*=UTF-8''%C3%9Cberweisung%20100%25.pdf"
        );
        assert_eq!(
            header("a\"; filename=evil.exe"),
            "attachment; filename=\"a'; filename=evil.exe\"; filename*=UTF-8''a%22%3B%20filename%3Devil.exe"
        );
    }

    /// The name as RFC 8187 reads it, or the one in quotes.
    fn read(header: &str) -> String {
        let rest = header.strip_prefix("attachment; filename=\"").unwrap();
        let (quoted, rest) = rest.split_once('"').unwrap();
        let Some(encoded) = rest.strip_prefix("; filename*=UTF-8''") else {
            assert!(rest.is_empty());
            return quoted.to_owned();
        };
        let mut bytes = Vec::new();
        let mut rest = encoded.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'%' {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn the_name_arrives_as_it_is(name in "(.|[\"%;=' \\\\]){0,60}") {
            let name = FileName::tame(&name);
            let header = header(name.as_str());
            prop_assert!(header.is_ascii());
            prop_assert_eq!(read(&header), name.as_str());
        }
    }
}
