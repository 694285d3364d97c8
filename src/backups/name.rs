//! What the file of a backup is called: `anteroom-alder-finch-20261103T023000Z.tar.zst.age`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How the time is written: in UTC, so that names sort as times do.
const TIME: &str = "%Y%m%dT%H%M%SZ";
/// Letters of the firm's name that go into it.
const LONGEST: usize = 40;
/// Before encryption.
const OPEN: &str = ".tar.zst";
/// Behind it.
const ENCRYPTED: &str = ".tar.zst.age";

/// The firm's name in small letters, digits and hyphens.
pub(super) fn slug(firm: Option<&str>) -> String {
    let mut slug = String::new();
    for c in firm.unwrap_or_default().chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "firm".to_owned() } else { slug.to_owned() }
}

/// A name that is not taken.
pub(super) fn fresh(
    slug: &str,
    at: Timestamp,
    encrypted: bool,
    taken: impl Fn(&str) -> bool,
) -> String {
    let (time, end) = (at.strftime(TIME), if encrypted { ENCRYPTED } else { OPEN });
    let first = format!("anteroom-{slug}-{time}{end}");
    let next = (2..100).map(|n| format!("anteroom-{slug}-{time}-{n}{end}"));
    let free = std::iter::once(first.clone()).chain(next).find(|name| !taken(name));
    free.unwrap_or(first)
}

/// Whose archive it is, and of when; none if it is none of ours. Of two of the same second the later one is later by a
/// microsecond.
fn parts(name: &str) -> Option<(&str, Timestamp)> {
    let stem = name.strip_suffix(ENCRYPTED).or_else(|| name.strip_suffix(OPEN))?;
    let rest = stem.strip_prefix("anteroom-")?;
    let parse = |time: &str| {
        let civil = DateTime::strptime(TIME, time).ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let (before, last) = rest.rsplit_once('-')?;
    if let Some(at) = parse(last) {
        return Some((before, at));
    }
    let (nth, (before, time)) = (last.parse().ok()?, before.rsplit_once('-')?);
    Some((before, parse(time)? + SignedDuration::from_micros(nth)))
}

/// The moment that the name tells; none if it is no archive of ours.
pub(super) fn time_of(name: &str) -> Option<Timestamp> {
    parts(name).map(|(_, at)| at)
}

/// The firm that the name tells.
pub(super) fn slug_of(name: &str) -> Option<&str> {
    parts(name).map(|(slug, _)| slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_it_is_and_of_when() {
        let at: Timestamp = "2026-11-03T02:30:00.5Z".parse().unwrap();
        let name = fresh(&slug(Some("Alder & Finch, LLP")), at, true, |_| false);
        assert_eq!(name, "anteroom-alder-finch-llp-20261103T023000Z.tar.zst.age");
        assert_eq!(slug_of(&name), Some("alder-finch-llp"));
        assert_eq!(time_of(&name).unwrap().to_string(), "2026-11-03T02:30:00Z");
        let second = fresh("firm", at, false, |taken| !taken.contains("Z-2."));
        assert_eq!(second, "anteroom-firm-20261103T023000Z-2.tar.zst");
        assert_eq!(slug_of(&second), Some("firm"));
        assert!(time_of(&second) > time_of(&name), "of the same second, and later");
    }

    #[test]
    fn other_files_are_none_of_ours() {
        for other in [
            "before-0.1.0.redb",
            "anteroom.tar.zst",
            "anteroom-firm-20261103.tar.zst",
            "anteroom-firm-20261103T023000Z.tar.zst.blobs",
            "anteroom-firm-20261303T023000Z.tar.zst",
            ".anteroom-firm-20261103T023000Z.tar.zst.partial",
        ] {
            assert_eq!(time_of(other), None, "{other}");
        }
        assert_eq!((slug(Some("&")), slug(None)), ("firm".into(), "firm".into()));
        assert_eq!(slug(Some("Büro Müller")), "b-ro-m-ller");
    }
}
