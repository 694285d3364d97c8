//! Merge fields: a fixed list, filled in once for each recipient. This is no template language: a value is never read
//! again. Those of an invite stand here, those of a request in `request.rs`.

mod request;

use super::plain_value;
use super::text::{Message, unix_lines};

pub use request::{REQUEST_FIELDS, RequestText, RequestValues, fill_but};

/// The names that can stand in double braces, as people write them.
pub const FIELDS: [&str; 7] = [
    "contact.first_name",
    "contact.full_name",
    "client.name",
    "firm.name",
    "sender.name",
    "help.url",
    "expires",
];

/// What the fields stand for in one mail.
#[derive(Debug, Clone, Copy)]
pub struct MergeValues<'a> {
    /// `contact.first_name`
    pub contact_first_name: &'a str,
    /// `contact.full_name`
    pub contact_full_name: &'a str,
    /// `client.name`
    pub client_name: &'a str,
    /// `firm.name`
    pub firm_name: &'a str,
    /// `sender.name`
    pub sender_name: &'a str,
    /// `help.url`
    pub help_url: &'a str,
    /// `expires`, a day in words
    pub expires: &'a str,
}

impl<'a> MergeValues<'a> {
    fn get(&self, field: Field) -> &'a str {
        match field {
            Field::ContactFirstName => self.contact_first_name,
            Field::ContactFullName => self.contact_full_name,
            Field::ClientName => self.client_name,
            Field::FirmName => self.firm_name,
            Field::SenderName => self.sender_name,
            Field::HelpUrl => self.help_url,
            Field::Expires => self.expires,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    ContactFirstName,
    ContactFullName,
    ClientName,
    FirmName,
    SenderName,
    HelpUrl,
    Expires,
}

/// A list of fields that can stand in double braces.
trait Named: Copy {
    /// Their names, as people write them.
    const NAMES: &'static [&'static str];

    /// The field of this name.
    fn named(name: &str) -> Option<Self>;

    /// Why something has no field although people look for one.
    fn why_none(_name: &str) -> Option<&'static str> {
        None
    }
}

impl Named for Field {
    const NAMES: &'static [&'static str] = &FIELDS;

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "contact.first_name" => Self::ContactFirstName,
            "contact.full_name" => Self::ContactFullName,
            "client.name" => Self::ClientName,
            "firm.name" => Self::FirmName,
            "sender.name" => Self::SenderName,
            "help.url" => Self::HelpUrl,
            "expires" => Self::Expires,
            _ => return None,
        })
    }
}

/// A message in which every pair of double braces names a field that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeText {
    text: Message,
    parts: Vec<Part<Field>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<F> {
    Text(String),
    Field(F),
}

plain_value!(MergeText);

impl MergeText {
    /// The message; a field that does not exist is named with its line and column as typed.
    pub fn parse(typed: &str) -> Result<Self, String> {
        split::<Field>(&unix_lines(typed))?;
        let text = Message::parse(typed)?;
        let parts = split(text.as_str())?;
        Ok(Self { text, parts })
    }

    /// As typed, fields in braces.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The message for one recipient. Braces inside a value come out as they are.
    pub fn fill(&self, values: &MergeValues<'_>) -> String {
        let part = |part: &Part<Field>| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => values.get(*field).to_owned(),
        };
        self.parts.iter().map(part).collect()
    }
}

fn split<F: Named>(text: &str) -> Result<Vec<Part<F>>, String> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|found| at + found) {
        push_text(&mut parts, text, at..open)?;
        let inside = open + 2;
        let close = text[inside..].find("}}").map(|found| inside + found);
        let close =
            close.filter(|&close| !text[inside..close].contains("{{")).ok_or_else(|| {
                format!("{}: {{{{ has no end. Add }}}} after the field", place(text, open))
            })?;
        let name = text[inside..close].trim();
        let field = F::named(name)
            .ok_or_else(|| format!("{}: {}", place(text, open), unknown::<F>(name)))?;
        parts.push(Part::Field(field));
        at = close + 2;
    }
    push_text(&mut parts, text, at..text.len())?;
    Ok(parts)
}

fn push_text<F>(
    parts: &mut Vec<Part<F>>,
    text: &str,
    range: std::ops::Range<usize>,
) -> Result<(), String> {
    if let Some(stray) = text[range.clone()].find("}}") {
        let at = place(text, range.start + stray);
        return Err(format!("{at}: }}}} has no beginning. Add {{{{ before the field"));
    }
    if !range.is_empty() {
        parts.push(Part::Text(text[range].to_owned()));
    }
    Ok(())
}

/// "Line 2, column 7", counted from 1 in characters.
fn place(text: &str, at: usize) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    format!("Line {line}, column {column}")
}

fn unknown<F: Named>(name: &str) -> String {
    let known = F::NAMES.join(", ");
    if name.is_empty() {
        return format!("the braces name no field. Write one of {known}");
    }
    if let Some(why) = F::why_none(name) {
        return format!("{why}. The fields are {known}");
    }
    let near = F::NAMES.iter().map(|field| (strsim::damerau_levenshtein(field, name), field));
    let near = near.filter(|(apart, _)| *apart <= 3).min_by_key(|(apart, _)| *apart);
    let shown: String = name.chars().take(40).collect();
    match near.filter(|_| name.len() < 40) {
        Some((_, near)) => {
            format!("there is no field “{shown}”. Did you mean {near}? The fields are {known}")
        }
        None => format!("there is no field “{shown}”. The fields are {known}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Field, MergeText, MergeValues, Named as _};
    use proptest::{prop_assert_eq, proptest};

    const VALUES: MergeValues<'static> = MergeValues {
        contact_first_name: "Naomi",
        contact_full_name: "Naomi Marlow",
        client_name: "{{7*7}} {{firm.name}}",
        firm_name: "Alder & Finch",
        sender_name: "Priya Nair",
        help_url: "https://help.example",
        expires: "December 8",
    };

    #[test]
    fn every_listed_field_exists() {
        for field in FIELDS {
            assert!(Field::named(field).is_some(), "{field}");
            assert!(MergeText::parse(&format!("{{{{ {field} }}}}")).is_ok(), "{field}");
        }
    }

    #[test]
    fn fields_are_filled_in_once() {
        let text = "Hello {{contact.first_name}} of {{ client.name }}, by {{ expires }}. {a} } {";
        let filled = MergeText::parse(text).unwrap().fill(&VALUES);
        assert_eq!(filled, "Hello Naomi of {{7*7}} {{firm.name}}, by December 8. {a} } {");
    }

    #[test]
    fn an_unknown_field_is_named_with_its_place() {
        let why = |text| MergeText::parse(text).unwrap_err();
        let sum = why("Hé\r\n  x {{7*7}}");
        assert!(sum.starts_with("Line 2, column 5: there is no field “7*7”."), "{sum}");
        assert!(FIELDS.iter().all(|field| sum.contains(field)), "{sum}");
        let near = why("{{ contact.firstname }}");
        assert!(near.contains("Did you mean contact.first_name?"), "{near}");
        assert!(why("{{ }}").contains("name no field"));
    }

    #[test]
    fn places_are_those_of_the_text_as_typed() {
        assert!(MergeText::parse("\n\n  {{x}}").unwrap_err().starts_with("Line 3, column 3:"));
    }

    #[test]
    fn braces_come_in_pairs() {
        let why = |text| MergeText::parse(text).unwrap_err();
        assert_eq!(why("a {{ b"), "Line 1, column 3: {{ has no end. Add }} after the field");
        assert!(why("{{ a {{ expires }}").starts_with("Line 1, column 1: {{ has no end"));
        assert_eq!(why("a }} b"), "Line 1, column 3: }} has no beginning. Add {{ before the field");
    }

    #[test]
    fn the_limits_of_a_message_hold() {
        assert_eq!(MergeText::parse(" "), Err("Write a message".into()));
        assert!(MergeText::parse(&"x".repeat(5_001)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(?s)(.|\\{\\{|\\}\\}|expires)*") {
            if let Ok(merge) = MergeText::parse(&text) {
                prop_assert_eq!(MergeText::parse(merge.as_str()), Ok(merge));
            }
        }
    }
}
