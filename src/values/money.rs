//! Amounts of money, in minor units of one currency: cents, pence, or whole yen.

use serde::{Deserialize, Serialize};

use super::grouped;
use super::place::Currency;

/// The largest amount: a hundred billion of a currency with two decimals.
const MOST: i64 = 10_000_000_000_000;

/// An amount in minor units. Which currency stands beside it, or is the firm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// So many minor units.
    #[must_use]
    pub const fn of_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// In minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// An amount as people type it: "1,234.50", "1234,5", "£12", "-3". A single comma or point with fewer digits behind it
    /// than a group of thousands is the decimal one. "12.345" is refused where an amount has two decimals: it can be thousands, or
    /// a digit too many.
    pub fn parse(typed: &str, currency: Currency) -> Result<Self, String> {
        let example = || format!("Give an amount, like {}", Self(123_450).plain(currency));
        let text: String =
            typed.chars().filter(|c| !c.is_whitespace() && *c != '\u{2019}').collect();
        let text = text.replace('−', "-");
        let text = text.replace(&currency.symbol(), "");
        let text = text.strip_prefix(currency.as_str()).unwrap_or(&text);
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let decimals = usize::from(currency.decimals());
        if unclear(digits, decimals) {
            let whole = digits.replace([',', '.'], "");
            let most = format!("at most {decimals} digits behind the point");
            return Err(match whole.trim_start_matches('0') {
                "" => format!("Give {most}"),
                whole => format!("“{digits}” can be read in two ways. Type {whole}, or {most}"),
            });
        }
        let (whole, part) = split(digits, decimals).ok_or_else(example)?;
        if part.len() > decimals {
            return Err(match decimals {
                0 => format!("{} has no decimals. Give a whole amount", currency.as_str()),
                _ => format!("Give at most {decimals} digits behind the point"),
            });
        }
        let digits = format!("{whole}{part:0<decimals$}");
        let minor: i64 = digits.parse().map_err(|_| example())?;
        if minor > MOST {
            return Err("This amount is too large".into());
        }
        Ok(Self(if negative { -minor } else { minor }))
    }

    /// "1234.50": as a form field holds it.
    #[must_use]
    pub fn plain(self, currency: Currency) -> String {
        self.written(currency, |whole| whole.to_string())
    }

    /// "£1,234.50", and "−£40.00" below nothing.
    #[must_use]
    pub fn text(self, currency: Currency) -> String {
        let sign = if self.0 < 0 { "−" } else { "" };
        let amount = Self(self.0.saturating_abs()).written(currency, grouped);
        format!("{sign}{}{amount}", currency.symbol())
    }

    fn written(self, currency: Currency, whole: impl Fn(u64) -> String) -> String {
        let decimals = usize::from(currency.decimals());
        let unit = 10_u64.pow(u32::from(currency.decimals()));
        let (sign, minor) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match decimals {
            0 => format!("{sign}{}", whole(minor)),
            _ => format!("{sign}{}.{:0decimals$}", whole(minor / unit), minor % unit),
        }
    }
}

/// Whether three digits stand behind the only mark, and it is not the comma with which this program itself writes thousands.
/// No thousands begin with a nought.
fn dotted(text: &str) -> bool {
    let Some((whole, part)) = text.split_once([',', '.']) else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let comma = text.contains(',') && whole != "0";
    part.len() == 3 && digits(whole) && digits(part) && !comma
}

/// Whether that can be thousands as well as decimals, of which there are too many. Where there are none it is thousands.
fn unclear(text: &str, decimals: usize) -> bool {
    decimals != 0 && decimals != 3 && dotted(text)
}

/// The digits before and behind the decimal mark.
fn split(text: &str, decimals: usize) -> Option<(String, &str)> {
    let mark = text.rfind([',', '.']).filter(|at| {
        let behind = text.len() - at - 1;
        let mark = &text[*at..=*at];
        // "1,234" has thousands, "1,5" and "1.234.567,50" have a decimal comma. Dinars have three decimals: "1.234".
        behind != 3
            || text[..*at].contains(if mark == "," { '.' } else { ',' })
            || (decimals == 3 && dotted(text))
    });
    let (whole, part) = match mark {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let whole = without_marks(whole)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let some = !(whole.is_empty() && part.is_empty());
    (some && digits(&whole) && digits(part)).then_some((whole, part))
}

/// A whole number without the marks between its groups: thousands, or lakhs, of which only the last group has three digits.
fn without_marks(whole: &str) -> Option<String> {
    let mark = if whole.contains(',') { ',' } else { '.' };
    let groups: Vec<&str> = whole.split(mark).collect();
    let [first, middle @ .., last] = groups.as_slice() else { return Some(whole.to_owned()) };
    let fit = (1..=3).contains(&first.len())
        && middle.iter().all(|group| (2..=3).contains(&group.len()))
        && last.len() == 3;
    fit.then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{prop_assert_eq, proptest};

    fn pounds() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (typed, minor) in [
            ("1,234.50", 123_450),
            ("1.234,50", 123_450),
            ("1 234,5", 123_450),
            ("£12", 1_200),
            ("1,234", 123_400),
            ("1.234.567", 123_456_700),
            ("1,234,567", 123_456_700),
            ("0.05", 5),
            (".5", 50),
            ("-3", -300),
            ("GBP 7.00", 700),
        ] {
            assert_eq!(Money::parse(typed, pounds()), Ok(Money(minor)), "{typed}");
        }
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!(Money::parse("1,234", yen), Ok(Money(1_234)));
        assert!(Money::parse("12.5", yen).unwrap_err().contains("no decimals"));
        assert_eq!(Money::parse("1.234", yen), Ok(Money(1_234)), "there is nothing else it can be");
        let dinar = Currency::parse("KWD").unwrap();
        for (typed, minor) in [("1.234", 1_234), ("0,500", 500), ("1,234", 1_234_000)] {
            assert_eq!(Money::parse(typed, dinar), Ok(Money(minor)), "{typed}");
        }
        for typed in ["", ".", "twelve", "1.2.3.4x", "12.345.67.8", "99999999999999999999"] {
            assert!(Money::parse(typed, pounds()).is_err(), "{typed}");
        }
    }

    #[test]
    fn what_can_be_thousands_or_a_digit_too_many_is_asked_back() {
        for (typed, said) in [
            ("12.345", "“12.345” can be read in two ways. Type 12345, or at most 2 digits"),
            ("£-1.234", "“1.234” can be read in two ways. Type 1234, or"),
            ("0,125", "“0,125” can be read in two ways. Type 125, or"),
            (".125", "“.125” can be read in two ways. Type 125, or"),
            ("1,234.567", "Give at most 2 digits behind the point"),
        ] {
            let why = Money::parse(typed, pounds()).unwrap_err();
            assert!(why.starts_with(said), "{typed}: {why}");
        }
    }

    #[test]
    fn amounts_read_as_money() {
        assert_eq!(Money(123_450).text(pounds()), "£1,234.50");
        assert_eq!(Money(-4_000).text(pounds()), "−£40.00");
        assert_eq!(Money(-5).plain(pounds()), "-0.05");
    }

    proptest! {
        #[test]
        fn what_a_field_holds_is_read_again(minor in -MOST..=MOST) {
            let amount = Money(minor);
            prop_assert_eq!(Money::parse(&amount.plain(pounds()), pounds()), Ok(amount));
            prop_assert_eq!(Money::parse(&amount.text(pounds()), pounds()), Ok(amount));
            let dinar = Currency::parse("KWD").unwrap();
            prop_assert_eq!(Money::parse(&amount.plain(dinar), dinar), Ok(amount));
        }

        #[test]
        fn nothing_typed_panics(typed in ".*") {
            let _ = Money::parse(&typed, pounds());
        }
    }
}
