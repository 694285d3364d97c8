//! Where a firm is: its time zone, its currency, and how it writes dates.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::plain_value;

/// The zones that came with the program, the same on every machine: the host's own are not read.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone by its IANA name, like `America/New_York`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

plain_value!(Zone);

impl Zone {
    /// The zone, with its name as IANA writes it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let zone = ZONES.get(typed.trim()).ok().filter(|zone| !zone.is_unknown());
        let named = zone.and_then(|zone| Some((zone.iana_name()?.to_owned(), zone)));
        let (name, zone) =
            named.ok_or("Choose a time zone from the list, like America/New_York")?;
        Ok(Self { name, zone })
    }

    /// The IANA name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The zone itself.
    pub fn tz(&self) -> &TimeZone {
        &self.zone
    }

    /// Every zone named after a place, and UTC, in alphabetical order.
    pub fn names() -> Vec<String> {
        let areas = [
            "Africa",
            "America",
            "Antarctica",
            "Arctic",
            "Asia",
            "Atlantic",
            "Australia",
            "Europe",
            "Indian",
            "Pacific",
        ];
        let names = ZONES.available().map(|name| name.as_str().to_owned());
        let place = |name: &String| {
            name == "UTC" || name.split_once('/').is_some_and(|(area, _)| areas.contains(&area))
        };
        let mut names: Vec<String> = names.filter(place).collect();
        names.sort_unstable();
        names
    }
}

/// Codes of ISO 4217 that are not money one can be paid in: metals, units of account, tests.
const NOT_MONEY: [&str; 14] = [
    "XAD", "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA",
    "XXX",
];

/// A currency by its ISO 4217 code, like `USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

plain_value!(Currency);

impl Currency {
    /// Offered for choice; another can be set by `anteroom init`.
    pub const USUAL: [&'static str; 40] = [
        "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP",
        "EUR", "GBP", "GHS", "HKD", "HUF", "IDR", "ILS", "INR", "JPY", "KES", "KRW", "MXN", "MYR",
        "NGN", "NOK", "NZD", "PHP", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TRY", "UAH", "USD",
        "ZAR",
    ];

    /// The currency; the code in any case.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let code = typed.trim().to_ascii_uppercase();
        let known = iso_currency::Currency::from_code(&code);
        known
            .filter(|known| !NOT_MONEY.contains(&known.code()))
            .map(Self)
            .ok_or("Choose a currency by its three letters, like USD")
    }

    /// The code.
    pub fn as_str(self) -> &'static str {
        self.0.code()
    }

    /// The name in English.
    pub fn name(self) -> String {
        self.0.name().to_owned()
    }

    /// The sign before an amount.
    pub fn symbol(self) -> String {
        self.0.symbol().to_string()
    }

    /// How many digits stand after the point.
    pub fn decimals(self) -> u16 {
        self.0.exponent().unwrap_or(2)
    }
}

/// How a firm writes dates, and with them times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DateStyle {
    /// `Nov 3`, `10:42 AM`.
    #[default]
    MonthFirst,
    /// `3 Nov`, `10:42`.
    DayFirst,
}

plain_value!(DateStyle);

impl DateStyle {
    /// The style by its name in forms.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        match typed.trim() {
            "month-first" => Ok(Self::MonthFirst),
            "day-first" => Ok(Self::DayFirst),
            _ => Err("Choose how dates are written: Nov 3 or 3 Nov"),
        }
    }

    /// The name in forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MonthFirst => "month-first",
            Self::DayFirst => "day-first",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, DateStyle, Zone};
    use proptest::proptest;

    #[test]
    fn zones_go_by_their_iana_names() {
        assert_eq!(Zone::parse(" america/new_york ").unwrap().as_str(), "America/New_York");
        assert_eq!(Zone::parse("UTC").unwrap().as_str(), "UTC");
        for odd in
            ["", "Mars/Olympus", "EST5EDT4", "../etc/passwd", "Etc/Unknown", "America/New_York\0"]
        {
            assert!(Zone::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn every_listed_zone_can_be_chosen() {
        let names = Zone::names();
        assert!(names.len() > 300 && names.contains(&"Europe/London".to_owned()));
        for name in names {
            assert_eq!(Zone::parse(&name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn currencies_go_by_their_codes() {
        let pound = Currency::parse("gbp").unwrap();
        assert_eq!((pound.as_str(), pound.symbol(), pound.decimals()), ("GBP", "£".into(), 2));
        assert_eq!(Currency::parse("JPY").unwrap().decimals(), 0);
        for odd in ["", "XXX", "XAU", "XTS", "Dollar", "$"] {
            assert!(Currency::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn every_currency_that_is_offered_has_a_name() {
        for code in Currency::USUAL {
            assert!(!Currency::parse(code).unwrap().name().is_empty(), "{code}");
        }
        assert!(Currency::USUAL.is_sorted());
    }

    #[test]
    fn they_are_stored_by_name_and_checked_when_read() {
        let stored =
            (Zone::parse("UTC").unwrap(), Currency::parse("USD").unwrap(), DateStyle::DayFirst);
        let text = serde_json::to_string(&stored).unwrap();
        assert_eq!(text, r#"["UTC","USD","day-first"]"#);
        assert_eq!(serde_json::from_str::<(Zone, Currency, DateStyle)>(&text).unwrap(), stored);
        assert!(serde_json::from_str::<Zone>("\"Nowhere\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".*") {
            let _ = (Zone::parse(&text), Currency::parse(&text), DateStyle::parse(&text));
        }
    }
}
