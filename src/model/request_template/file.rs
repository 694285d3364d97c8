//! Templates as files: JSON that people can read, with a version, so that a firm can give one to another. Nothing of a
//! file is trusted; what is wrong with it is said with its place.

mod read;

use serde::Serialize;

use super::{Blueprint, RelativeDue, RequestTemplate};
use crate::model::request::{Ask, Condition, Holds, Item, Question, ReminderRule};
use crate::values::{Label, Title};

pub use read::read_template_file;

/// What such a file says it is.
const KIND: &str = "anteroom-request-template";
/// The version this server writes, and the latest it reads.
const VERSION: u64 = 1;
/// The most bytes of a file: far more than any template has.
pub const MOST_FILE_BYTES: usize = 512 * 1024;

#[derive(Serialize)]
struct Written<'a> {
    kind: &'static str,
    version: u64,
    name: &'a Label,
    title: &'a Title,
    #[serde(skip_serializing_if = "str::is_empty")]
    instructions: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<Due>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reminders: Option<Rule<'a>>,
    items: Vec<WrittenItem<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Due {
    After { days_after_sending: u16 },
    Yearly { month: i8, day: i8 },
    Monthly { day_of_month: i8 },
}

#[derive(Serialize)]
struct Rule<'a> {
    days_before: &'a [u16],
    #[serde(skip_serializing_if = "Option::is_none")]
    then_every_days: Option<u16>,
    at_most: u16,
}

#[derive(Serialize)]
struct WrittenItem<'a> {
    number: u16,
    title: &'a Title,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    only_if: Option<OnlyIf<'a>>,
    ask: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Title]>::is_empty")]
    options: &'a [Title],
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u16>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    kinds: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a Title>,
}

#[derive(Serialize)]
struct OnlyIf<'a> {
    item: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<&'a Title>,
}

impl RequestTemplate {
    /// The template as a file.
    #[must_use]
    pub fn as_file(&self) -> String {
        as_file(&self.name, &self.blueprint)
    }
}

/// A template as a file.
pub(super) fn as_file(name: &Label, blueprint: &Blueprint) -> String {
    let written = Written {
        kind: KIND,
        version: VERSION,
        name,
        title: &blueprint.title,
        instructions: blueprint.instructions.as_str(),
        due: due(blueprint.due),
        reminders: blueprint.reminders.as_ref().map(rule),
        items: blueprint.items.iter().map(item).collect(),
    };
    let mut text = serde_json::to_string_pretty(&written)
        .expect("it is made of words, numbers and lists of them");
    text.push('\n');
    text
}

const fn due(due: RelativeDue) -> Option<Due> {
    match due {
        RelativeDue::None => None,
        RelativeDue::After { days } => Some(Due::After { days_after_sending: days }),
        RelativeDue::Yearly { month, day } => Some(Due::Yearly { month, day }),
        RelativeDue::Monthly { day } => Some(Due::Monthly { day_of_month: day }),
    }
}

fn rule(rule: &ReminderRule) -> Rule<'_> {
    Rule { days_before: &rule.before, then_every_days: rule.every, at_most: rule.most }
}

fn item(item: &Item) -> WrittenItem<'_> {
    let mut written = WrittenItem {
        number: item.number,
        title: &item.title,
        help: item.help.as_ref().map(crate::values::Message::as_str),
        required: item.required,
        only_if: item.only_if.as_ref().map(only_if),
        ask: ask(&item.ask),
        statement: None,
        options: &[],
        most: None,
        kinds: &[],
        name: None,
    };
    match &item.ask {
        // A folder is a client's own, and so is a file to read: neither leaves the firm with a template.
        Ask::Upload { most, kinds, folder: _, name } => {
            (written.most, written.kinds, written.name) = (Some(*most), kinds, name.as_ref());
        }
        Ask::Question(Question::One(options) | Question::Several(options)) => {
            written.options = options;
        }
        Ask::Confirm { statement } => written.statement = Some(statement.as_str()),
        Ask::Question(_) | Ask::Read { .. } => {}
    }
    written
}

fn only_if(condition: &Condition) -> OnlyIf<'_> {
    let (is, option) = match &condition.holds {
        Holds::Answered => (Some("answered"), None),
        Holds::Yes => (Some("yes"), None),
        Holds::No => (Some("no"), None),
        Holds::Is(option) => (None, Some(option)),
    };
    OnlyIf { item: condition.item, is, option }
}

/// What an answer is, as files say it. All of them: `read::ASKS`.
const fn ask(ask: &Ask) -> &'static str {
    match ask {
        Ask::Upload { .. } => "files",
        Ask::Confirm { .. } => "confirm",
        Ask::Read { .. } => "read",
        Ask::Question(question) => match question {
            Question::Short => "short-text",
            Question::Long => "long-text",
            Question::Number => "number",
            Question::Money => "money",
            Question::Date => "date",
            Question::YesNo => "yes-no",
            Question::One(_) => "one-of",
            Question::Several(_) => "several-of",
        },
    }
}

#[cfg(test)]
mod tests;
