//! The merge fields of a request. They are filled in when it is sent, by the civil day of sending in the firm's zone.
//!
//! A contact has no field: a request may be asked of several, and of others later, so it greets nobody by name.

use super::super::{Day, place::DateStyle};
use super::{Named, Part, split};

/// The names that can stand in double braces, as people write them.
pub const REQUEST_FIELDS: [&str; 10] = [
    "client.name",
    "firm.name",
    "sender.name",
    "due",
    "year",
    "last_year",
    "month",
    "last_month",
    "quarter",
    "last_quarter",
];

/// What the fields stand for in one request.
#[derive(Debug, Clone, Copy)]
pub struct RequestValues<'a> {
    /// `client.name`
    pub client_name: &'a str,
    /// `firm.name`
    pub firm_name: &'a str,
    /// `sender.name`
    pub sender_name: &'a str,
    /// `due`
    pub due: Option<Day>,
    /// The day of sending: the month, the quarter and the year are its own, or the ones before.
    pub day: Day,
    /// How dates are written.
    pub style: DateStyle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    ClientName,
    FirmName,
    SenderName,
    Due,
    Year,
    LastYear,
    Month,
    LastMonth,
    Quarter,
    LastQuarter,
}

impl Named for Field {
    const NAMES: &'static [&'static str] = &REQUEST_FIELDS;

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "client.name" => Self::ClientName,
            "firm.name" => Self::FirmName,
            "sender.name" => Self::SenderName,
            "due" => Self::Due,
            "year" => Self::Year,
            "last_year" => Self::LastYear,
            "month" => Self::Month,
            "last_month" => Self::LastMonth,
            "quarter" => Self::Quarter,
            "last_quarter" => Self::LastQuarter,
            _ => return None,
        })
    }

    fn why_none(name: &str) -> Option<&'static str> {
        name.starts_with("contact").then_some(
            "a request may be asked of several contacts, so it cannot greet one of them by name",
        )
    }
}

impl RequestValues<'_> {
    fn get(&self, field: Field) -> String {
        let month = |back: i32| self.day.plus_months(-back).date().strftime("%B %Y").to_string();
        let quarter = |back: i32| {
            let date = self.day.plus_months(-back).date();
            format!("Q{} {}", (date.month() + 2) / 3, date.year())
        };
        match field {
            Field::ClientName => self.client_name.to_owned(),
            Field::FirmName => self.firm_name.to_owned(),
            Field::SenderName => self.sender_name.to_owned(),
            Field::Due => self.due.map_or("—".into(), |due| due.full(self.style)),
            Field::Year => self.day.date().year().to_string(),
            Field::LastYear => (self.day.date().year() - 1).to_string(),
            Field::Month => month(0),
            Field::LastMonth => month(1),
            Field::Quarter => quarter(0),
            Field::LastQuarter => quarter(3),
        }
    }
}

/// A text of a request in which every pair of double braces names a field that exists.
#[derive(Debug, Clone)]
pub struct RequestText(Vec<Part<Field>>);

impl RequestText {
    /// The text in its parts; a field that does not exist is named with its line and column.
    pub fn parse(text: &str) -> Result<Self, String> {
        split(text).map(Self)
    }

    /// Whether it says when the request is due.
    pub fn says_due(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Field(Field::Due)))
    }

    /// The text for one client. Braces inside a value come out as they are.
    pub fn fill(&self, values: &RequestValues<'_>) -> String {
        let part = |part: &Part<Field>| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => values.get(*field),
        };
        self.0.iter().map(part).collect()
    }

    /// The same for Markdown: a value is words there, whatever stands in it.
    pub fn fill_markdown(&self, values: &RequestValues<'_>) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Field(field) => {
                    let line = filled.rsplit('\n').next();
                    let begins_line = line.is_none_or(|line| line.trim().is_empty());
                    push_words(&mut filled, &values.get(*field), begins_line);
                }
            }
        }
        filled
    }
}

/// The text with these fields filled in, except for some that are filled in later. What is no field stays: for the names of
/// files, which have fields of their own.
pub fn fill_but(text: &str, values: &RequestValues<'_>, later: &[&str]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((name, after)) = behind.split_once("}}") else { break };
        filled.push_str(before);
        let field = Field::named(name.trim()).filter(|_| !later.contains(&name.trim()));
        match field {
            Some(field) => filled.push_str(&values.get(field)),
            None => filled.extend(["{{", name, "}}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Words that Markdown takes for nothing else. At the beginning of a line more would be taken for a list or a heading.
fn push_words(to: &mut String, words: &str, begins_line: bool) {
    let digits = words.chars().take_while(char::is_ascii_digit).count();
    for (at, c) in words.chars().enumerate() {
        let marks = matches!(c, '\\' | '*' | '_' | '`' | '[' | ']' | '<');
        let begins = begins_line
            && ((at == 0 && matches!(c, '#' | '-' | '+' | '=' | '>'))
                || (at == digits && at > 0 && matches!(c, '.' | ')')));
        if marks || begins {
            to.push('\\');
        }
        to.push(c);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    fn values(day: &str) -> RequestValues<'_> {
        RequestValues {
            client_name: "Alder {{due}} Ltd",
            firm_name: "Finch & Co",
            sender_name: "Priya Nair",
            due: Day::parse("2026-12-31").ok(),
            day: Day::parse(day).unwrap(),
            style: DateStyle::DayFirst,
        }
    }

    fn filled(text: &str, day: &str) -> String {
        RequestText::parse(text).unwrap().fill(&values(day))
    }

    #[test]
    fn every_listed_field_exists() {
        for field in REQUEST_FIELDS {
            assert!(RequestText::parse(&format!("{{{{ {field} }}}}")).is_ok(), "{field}");
        }
    }

    #[test]
    fn fields_say_the_day_of_sending_and_the_periods_before_it() {
        let text = "{{year}} {{last_year}} {{month}} {{last_month}} {{quarter}} {{last_quarter}}";
        let january = "2027 2026 January 2027 December 2026 Q1 2027 Q4 2026";
        assert_eq!(filled(text, "2027-01-31"), january);
        let march = "2028 2027 March 2028 February 2028 Q1 2028 Q4 2027";
        assert_eq!(filled(text, "2028-03-31"), march);
        let may = filled("{{last_quarter}}", "2026-05-31");
        assert_eq!(may, "Q1 2026");
        assert_eq!(filled("{{ due }}", "2026-12-01"), "Thursday 31 December 2026");
    }

    #[test]
    fn a_value_is_never_read_again() {
        assert_eq!(filled("For {{client.name}}", "2026-12-01"), "For Alder {{due}} Ltd");
    }

    #[test]
    fn a_request_greets_nobody_by_name_and_says_why() {
        let why = RequestText::parse("Dear\n {{contact.first_name}}").unwrap_err();
        assert!(why.starts_with("Line 2, column 2: a request may be asked of several"), "{why}");
        assert!(RequestText::parse("{{monht}}").unwrap_err().contains("Did you mean month?"));
    }

    #[test]
    fn a_name_is_no_markup() {
        let values = RequestValues { client_name: "1. FC *Alder*", ..values("2026-12-01") };
        let text = RequestText::parse("{{client.name}} and {{client.name}}").unwrap();
        assert_eq!(text.fill_markdown(&values), r"1\. FC \*Alder\* and 1. FC \*Alder\*");
    }

    #[test]
    fn names_of_files_keep_the_fields_that_are_filled_in_when_one_comes() {
        let text = "{{last_month}} {{ original }} {{client.name}} {{";
        let filled = fill_but(text, &values("2026-12-01"), &["client.name"]);
        assert_eq!(filled, "November 2026 {{ original }} {{client.name}} {{");
    }

    proptest! {
        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{}]*") {
            let parsed = RequestText::parse(&text).unwrap();
            prop_assert!(parsed.fill(&values("2026-12-01")) == text);
            prop_assert!(parsed.fill_markdown(&values("2026-12-01")) == text);
        }
    }
}
