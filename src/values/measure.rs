//! Numbers as people read and compare them: sizes, lengths of time, digits of base 16.

use std::fmt;

use jiff::SignedDuration;

/// "1.1 kB", "12 MB", as people say it: two digits, in units of 1,000. Rounded.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "kB", "MB", "GB", "TB"];
    if bytes == 1 {
        return "1 byte".to_owned();
    }
    // Tenths of a unit, so that what is rounded to a whole one goes on to the next.
    let (mut tenths, mut unit) = (u128::from(bytes) * 10, 0);
    while tenths >= 9_995 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1_000;
        unit += 1;
    }
    match (tenths / 10, tenths % 10) {
        (whole @ ..10, tenth @ 1..) if unit > 0 => format!("{whole}.{tenth} {}", UNITS[unit]),
        _ => format!("{} {}", (tenths + 5) / 10, UNITS[unit]),
    }
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
        let said = [0, 1, 999, 1_000, 1_117, 9_960, 999_600, 12_345_678, 5_000_000_000].map(size);
        let words =
            ["0 bytes", "1 byte", "999 bytes", "1 kB", "1.1 kB", "10 kB", "1 MB", "12 MB", "5 GB"];
        assert_eq!(said, words);
        assert_eq!([6_240_000_000, u64::MAX].map(size), ["6.2 GB", "18446744 TB"]);
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
