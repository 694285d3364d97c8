//! Numbers as people read and compare them: sizes, lengths of time, digits of base 16.

use std::fmt;

use jiff::SignedDuration;

/// "12 MB", as people say it: two digits at least, where there are so many. Rounded up.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (bytes, 0);
    while size >= 10_000 && unit + 1 < UNITS.len() {
        size = size.div_ceil(1_000);
        unit += 1;
    }
    format!("{size} {}", UNITS[unit])
}

/// "47 hours", "2 days": about how long, rounded down. A length below none is none.
#[must_use]
pub fn roughly(long: SignedDuration) -> String {
    let minutes = long.as_mins().max(0);
    let (number, unit) = match minutes {
        2880.. => (minutes / 1440, "day"),
        60.. => (minutes / 60, "hour"),
        _ => (minutes, "minute"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// Bytes as people compare them: two digits of base 16 each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    Hex(bytes).to_string()
}

/// [`hex`] within another text.
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_round_numbers() {
        let said = [0, 9_999, 10_000, 12_345_678, 50_000_000_000].map(size);
        assert_eq!(said, ["0 bytes", "9999 bytes", "10 kB", "13 MB", "50 GB"]);
    }

    #[test]
    fn times_are_rough() {
        let said = [-3, 0, 1, 47, 48].map(|hours| roughly(SignedDuration::from_hours(hours)));
        assert_eq!(said, ["0 minutes", "0 minutes", "1 hour", "47 hours", "2 days"]);
    }

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}
