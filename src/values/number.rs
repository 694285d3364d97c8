//! Numbers as people type them.

/// The most digits.
const MOST: usize = 30;

/// A number as people type it, written with a point and nothing else: "1,234.5" and "1 234,5" are "1234.5". A point alone is
/// the decimal one; so is a comma alone, unless exactly three digits stand behind it.
pub fn number(typed: &str) -> Result<String, String> {
    let wrong = || "Give a number, like 1234.5".to_owned();
    let text: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '\u{2019}').collect();
    let text = text.replace('−', "-");
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, part) = match decimal_mark(text) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let whole: String = whole.chars().filter(|c| !matches!(c, ',' | '.')).collect();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&whole) || !digits(part) || (whole.is_empty() && part.is_empty()) {
        return Err(wrong());
    }
    if whole.len() + part.len() > MOST {
        return Err("This number is too long".into());
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let nothing = whole == "0" && part.bytes().all(|byte| byte == b'0');
    let sign = if nothing { "" } else { sign };
    Ok(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// Where the decimal mark stands, if there is one.
fn decimal_mark(text: &str) -> Option<usize> {
    let at = text.rfind([',', '.'])?;
    let mark = &text[at..=at];
    let before = &text[..at];
    let alone = !before.contains([',', '.']);
    match (alone, mark) {
        (true, ".") => Some(at),
        (true, _) => (text.len() - at - 1 != 3).then_some(at),
        // "1.234.567" has thousands only, "1.234,5" ends in decimals.
        (false, _) => (!before.contains(mark)).then_some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::number;
    use proptest::{prop_assert_eq, proptest};

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (typed, read) in [
            ("12", "12"),
            ("1,234.5", "1234.5"),
            ("1.234,5", "1234.5"),
            ("1 234,5", "1234.5"),
            ("1,234", "1234"),
            ("1,5", "1.5"),
            ("3.125", "3.125"),
            ("1.234.567", "1234567"),
            ("−3", "-3"),
            ("+007", "7"),
            (".5", "0.5"),
            ("-0.0", "0.0"),
        ] {
            assert_eq!(number(typed).as_deref(), Ok(read), "{typed}");
        }
        for typed in ["", ".", "-", "twelve", "1.2.3,4,5x", "1e5", "٣", &"9".repeat(31)] {
            assert!(number(typed).is_err(), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_again(typed in "[-+0-9., ]{0,12}") {
            if let Ok(read) = number(&typed) {
                prop_assert_eq!(number(&read), Ok(read.clone()));
            }
        }
    }
}
