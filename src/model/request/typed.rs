//! What contacts type, read into answers; and answers, as they read and as fields hold them.

use super::{Ask, Question, Value};
use crate::error::Error;
use crate::model::firm::Firm;
use crate::values::{Day, Message, Money, Title, number};

/// The most characters of an answer in one line.
const LINE: usize = 300;

/// What somebody typed, ticked or chose. With nothing in it, it takes the answer back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The text of a field, the option, "yes" or "no"; "yes" agrees to a statement, or confirms that a file was read.
    /// Beside `not_there` it says why.
    pub text: String,
    /// Of several options, those chosen.
    pub chosen: Vec<String>,
    /// They do not have the files that are asked for.
    pub not_there: bool,
}

/// What is wrong with an answer, beside its field.
pub(super) fn wrong(why: String) -> Error {
    Error::field("answer", why)
}

impl Question {
    /// What was typed, as an answer; none for nothing.
    pub(super) fn read(&self, typed: &Typed, firm: &Firm) -> Result<Option<Value>, String> {
        let text = typed.text.trim();
        if let Self::Several(options) = self {
            if let Some(odd) = typed.chosen.iter().find(|chosen| !has(options, chosen)) {
                return Err(no_option(odd));
            }
            let is_chosen = |option: &&Title| typed.chosen.iter().any(|c| c == option.as_str());
            let chosen: Vec<Title> = options.iter().filter(is_chosen).cloned().collect();
            return Ok((!chosen.is_empty()).then_some(Value::Several(chosen)));
        }
        if text.is_empty() {
            return Ok(None);
        }
        let value = match self {
            Self::Short => Value::Text(one_line(text)?),
            Self::Long => {
                Value::Text(Message::parse(text).map_err(|why| why.replace("message", "answer"))?)
            }
            Self::Number => Value::Number(number(text)?),
            Self::Money => Value::Money(Money::parse(text, firm.currency)?),
            Self::Date => Value::Day(Day::parse(text)?),
            Self::YesNo => Value::YesNo(match text {
                "yes" => true,
                "no" => false,
                _ => return Err("Choose yes or no".into()),
            }),
            Self::One(options) => {
                let option = options.iter().find(|option| option.as_str() == text);
                Value::One(option.ok_or_else(|| no_option(text))?.clone())
            }
            Self::Several(_) => return Ok(None),
        };
        Ok(Some(value))
    }
}

fn has(options: &[Title], chosen: &str) -> bool {
    options.iter().any(|option| option.as_str() == chosen)
}

fn no_option(chosen: &str) -> String {
    format!("“{chosen}” is no option here. Choose one of the list")
}

fn one_line(text: &str) -> Result<Message, String> {
    if text.contains(['\n', '\r']) {
        return Err("Write this on one line".into());
    }
    let chars = text.chars().count();
    if chars > LINE {
        return Err(format!("The answer is {chars} characters long. Shorten it to {LINE}"));
    }
    Message::parse(text).map_err(|why| why.replace("message", "answer"))
}

impl Value {
    /// How it reads: "£1,234.50". Files are named by whoever may see them.
    #[must_use]
    pub fn text(&self, ask: &Ask, firm: &Firm) -> String {
        match self {
            Self::Files(_) => String::new(),
            Self::NotThere(None) => "Not there".into(),
            Self::NotThere(Some(why)) => format!("Not there: {why}"),
            Self::Text(text) => text.to_string(),
            Self::Number(number) => number.clone(),
            Self::Money(money) => money.text(firm.currency),
            Self::Day(day) => day.full(firm.date_style),
            Self::YesNo(true) => "Yes".into(),
            Self::YesNo(false) => "No".into(),
            Self::One(option) => option.to_string(),
            Self::Several(options) => {
                options.iter().map(Title::as_str).collect::<Vec<_>>().join(", ")
            }
            Self::Confirmed if matches!(ask, Ask::Read { .. }) => "Read".into(),
            Self::Confirmed => "Confirmed".into(),
        }
    }

    /// As a field holds it.
    pub(super) fn typed(&self, firm: &Firm) -> String {
        match self {
            Self::Files(_) | Self::Several(_) | Self::NotThere(None) => String::new(),
            Self::NotThere(Some(text)) | Self::Text(text) => text.to_string(),
            Self::Number(number) => number.clone(),
            Self::Money(money) => money.plain(firm.currency),
            Self::Day(day) => day.to_string(),
            Self::YesNo(false) => "no".into(),
            Self::YesNo(true) | Self::Confirmed => "yes".into(),
            Self::One(option) => option.to_string(),
        }
    }
}
