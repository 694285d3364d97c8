//! What a browser has already, and which part it asks for (RFC 9110, 13 and 14).

use std::ops::Range;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use poem::http::header::{
    HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use poem::http::{HeaderMap, Method};
use poem::{FromRequest, Request, RequestBody};

/// A request for a file: its conditions, and which part of it.
pub struct Asked {
    headers: HeaderMap,
    /// Only the head of the answer.
    pub(super) head: bool,
}

/// How what the browser has compares to what there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It says nothing of it, or has something older.
    No,
    /// It has this.
    Same,
    /// It wanted to go on with something that is no more.
    Another,
}

/// Which bytes are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// Never empty.
    Of(Range<u64>),
    /// Behind the end.
    Beyond,
}

/// What conditions look at, and no cookie.
const LOOKED_AT: [HeaderName; 6] =
    [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];

impl<'a> FromRequest<'a> for Asked {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let mut headers = HeaderMap::new();
        for name in LOOKED_AT {
            for value in req.headers().get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        Ok(Self { headers, head: req.method() == Method::HEAD })
    }
}

impl Asked {
    /// In the order of RFC 9110, 13.2.2.
    pub(super) fn known(&self, etag: &str, modified: Option<Timestamp>) -> Known {
        let since = |name| Some((modified?, self.date(name)?));
        if self.headers.contains_key(IF_MATCH) {
            if !self.tags(IF_MATCH).any(|tag| tag == etag || tag == "*") {
                return Known::Another;
            }
        } else if since(IF_UNMODIFIED_SINCE).is_some_and(|(at, since)| at.as_second() > since) {
            return Known::Another;
        }
        if self.headers.contains_key(IF_NONE_MATCH) {
            let mut tags = self.tags(IF_NONE_MATCH);
            let same = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag || tag == "*";
            return if tags.any(same) { Known::Same } else { Known::No };
        }
        let same = since(IF_MODIFIED_SINCE).is_some_and(|(at, since)| at.as_second() <= since);
        if same { Known::Same } else { Known::No }
    }

    /// Of so many bytes. What does not make sense is as if nothing were asked.
    pub(super) fn part(&self, bytes: u64, etag: &str, modified: Option<Timestamp>) -> Part {
        let mut ranges = self.headers.get_all(RANGE).iter();
        let (Some(range), None) = (ranges.next(), ranges.next()) else { return Part::Whole };
        // Ranges are of GET only (14.2).
        if self.head || !self.goes_on_with(etag, modified) {
            return Part::Whole;
        }
        range.to_str().ok().and_then(|range| part_of(range, bytes)).unwrap_or(Part::Whole)
    }

    /// Whether the part belongs to what the browser has of it (13.1.5).
    fn goes_on_with(&self, etag: &str, modified: Option<Timestamp>) -> bool {
        let Some(condition) = self.headers.get(IF_RANGE) else { return true };
        condition == etag
            || modified.map(Timestamp::as_second) == self.date(IF_RANGE) && modified.is_some()
    }

    fn tags(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        let lines = self.headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',').map(str::trim))
    }

    fn date(&self, name: HeaderName) -> Option<i64> {
        let date = rfc2822::parse(self.headers.get(name)?.to_str().ok()?).ok()?;
        Some(date.timestamp().as_second())
    }
}

/// None if it is no single range of bytes. Of several ranges the whole may be sent instead (14.2), which costs less than
/// what an attacker asks for in a thousand of them.
fn part_of(range: &str, bytes: u64) -> Option<Part> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let part = match (number(first)?, number(last)?) {
        (None, None) => return None,
        (Some(first), Some(last)) if first > last => return None,
        (None, Some(tail)) => bytes.saturating_sub(tail)..bytes,
        (Some(first), last) => first..last.map_or(bytes, |last| last.saturating_add(1).min(bytes)),
    };
    Some(if part.is_empty() { Part::Beyond } else { Part::Of(part) })
}

/// Digits, or nothing. One that is beyond all files is the largest.
fn number(digits: &str) -> Option<Option<u64>> {
    match digits {
        "" => Some(None),
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn a_part_is_counted_from_either_end() {
        let of_ten = |range| part_of(range, 10);
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-4", 2..5),
            ("Bytes=2-", 2..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("bytes=9-99999999999999999999999", 9..10),
        ] {
            assert_eq!(of_ten(range), Some(Part::Of(part)), "{range}");
        }
        for beyond in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of_ten(beyond), Some(Part::Beyond), "{beyond}");
        }
        for nonsense in [
            "bytes=-",
            "bytes=4-2",
            "bytes=a-",
            "lines=1-2",
            "bytes",
            "bytes=0-1,3-4",
            "bytes=+1-2",
        ] {
            assert_eq!(of_ten(nonsense), None, "{nonsense}");
        }
        assert_eq!(part_of("bytes=-5", 0), Some(Part::Beyond));
    }

    proptest! {
        /// A reference that looks at each byte.
        #[test]
        fn each_byte_is_in_the_part_that_was_asked_for(first in 0_u64..40, last in 0_u64..40, bytes in 0_u64..40, kind in 0..3) {
            let (range, asked): (_, Vec<u64>) = match kind {
                0 => (format!("bytes={first}-{last}"), (0..bytes).filter(|at| (first..=last).contains(at)).collect()),
                1 => (format!("bytes={first}-"), (0..bytes).filter(|at| *at >= first).collect()),
                _ => (format!("bytes=-{last}"), (0..bytes).filter(|at| bytes - at <= last).collect()),
            };
            let given = match part_of(&range, bytes) {
                Some(Part::Of(part)) => part.collect(),
                None => { prop_assert_eq!(kind == 0 && first > last, true); Vec::new() }
                _ => Vec::new(),
            };
            prop_assert_eq!(given, asked);
        }

        #[test]
        fn no_header_panics(range in ".*", bytes in any::<u64>()) {
            if let Some(Part::Of(part)) = part_of(&range, bytes) {
                assert!(part.start < part.end && part.end <= bytes);
            }
        }
    }
}
