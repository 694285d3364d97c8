//! Reading a template's file: everything that is wrong with it, each with its place.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::{Blueprint, NewRequestTemplate, RelativeDue};
use super::{KIND, MOST_FILE_BYTES, VERSION};
use crate::error::{Error, Fields};
use crate::model::request::{Ask, Condition, Holds, Item, Question, ReminderRule};
use crate::values::{Instructions, Label, Message, Title, grouped};

/// What an answer can be.
const ASKS: [&str; 11] = [
    "files",
    "short-text",
    "long-text",
    "number",
    "money",
    "date",
    "yes-no",
    "one-of",
    "several-of",
    "confirm",
    "read",
];
/// More than this is not said of one file.
const MOST_SAID: usize = 20;
/// The most items that are looked at.
const MOST_ITEMS: usize = 200;
/// The most days in a rule of reminders.
const MOST_DAYS: usize = 10;

/// The template of a file, or what is wrong with it, a sentence for each place.
pub fn read_template_file(bytes: &[u8]) -> Result<NewRequestTemplate, Vec<String>> {
    let one = |why: String| Err(vec![why]);
    if bytes.len() > MOST_FILE_BYTES {
        let most = grouped(MOST_FILE_BYTES / 1024);
        return one(format!("The file is larger than {most} KB, which no template is"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(_) => {
            let what = "This is no file that was exported from here, or it was damaged on its way";
            return one(what.into());
        }
    };
    let wrong = RefCell::new(Vec::new());
    let known = ["kind", "version", "name", "title", "instructions", "due", "reminders", "items"];
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return one(format!("This is no template of a request: its “kind” is not “{KIND}”"));
    }
    match value.get("version").and_then(Value::as_u64) {
        Some(1..=VERSION) => {}
        Some(later) => {
            return one(format!(
                "The file has version {later}, and this server reads version {VERSION}. Update the server first"
            ));
        }
        None => return one("The file does not say its “version”".into()),
    }
    let top = Object::of(&value, String::new(), &known, &wrong);
    let read = top.and_then(|top| template(&top));
    let mut said = wrong.into_inner();
    if let Some(template) = read.filter(|_| said.is_empty()) {
        match template.check() {
            Ok(()) => return Ok(template),
            Err(Error::Invalid(fields)) => said = placed(&fields),
            Err(other) => said.push(other.to_string()),
        }
    }
    said.truncate(MOST_SAID);
    Err(said)
}

/// The editor's errors as places of a file.
fn placed(fields: &Fields) -> Vec<String> {
    let place = |key: &str| match key.rsplit_once('-') {
        Some((field, number)) if number.parse::<u16>().is_ok() => {
            let field = if field == "if" { "only_if" } else { field };
            format!("Item {number}, “{field}”")
        }
        _ if key == "form" => "“items”".into(),
        _ => format!("“{key}”"),
    };
    fields.iter().map(|(key, why)| format!("{}: {why}", place(key))).collect()
}

fn template(top: &Object<'_>) -> Option<NewRequestTemplate> {
    let name = top.text("name", Label::parse);
    let title = top.text("title", Title::parse);
    let instructions = top.may_text("instructions", Instructions::parse);
    let due = due(top);
    let reminders = reminders(top);
    let items = items(top);
    let blueprint = Blueprint {
        title: title?,
        instructions: instructions?.unwrap_or_default(),
        items: items?,
        due: due?,
        reminders: reminders?,
    };
    Some(NewRequestTemplate { name: name?, blueprint })
}

fn due(top: &Object<'_>) -> Option<RelativeDue> {
    let known = ["days_after_sending", "month", "day", "day_of_month"];
    let Some(due) = top.object("due", &known)? else { return Some(RelativeDue::None) };
    let number = |key| due.may_number(key);
    let (days, month) = (number("days_after_sending")?, number("month")?);
    let (day, of_month) = (number("day")?, number("day_of_month")?);
    let small = |number: u16| i8::try_from(number).unwrap_or(i8::MAX);
    let read = match (days, month, day, of_month) {
        (Some(days), None, None, None) => RelativeDue::After { days },
        (None, Some(month), Some(day), None) => {
            RelativeDue::Yearly { month: small(month), day: small(day) }
        }
        (None, None, None, Some(day)) => RelativeDue::Monthly { day: small(day) },
        _ => {
            let why = "Give “days_after_sending”, or “month” and “day”, or “day_of_month”";
            return top.wrong("due", why);
        }
    };
    top.take("due", read.checked())
}

fn reminders(top: &Object<'_>) -> Option<Option<ReminderRule>> {
    let known = ["days_before", "then_every_days", "at_most"];
    let Some(rule) = top.object("reminders", &known)? else { return Some(None) };
    let mut before = Vec::new();
    for day in rule.list("days_before", MOST_DAYS)? {
        match number(day) {
            Some(day) => before.push(day),
            None => return rule.wrong("days_before", "Give whole numbers"),
        }
    }
    let every = rule.may_number("then_every_days")?;
    let read = ReminderRule { before, every, most: rule.number("at_most")? };
    top.take("reminders", read.checked()).map(Some)
}

fn items(top: &Object<'_>) -> Option<Vec<Item>> {
    let listed = top.list("items", MOST_ITEMS)?;
    let known = [
        "number",
        "title",
        "help",
        "required",
        "only_if",
        "ask",
        "statement",
        "options",
        "most",
        "kinds",
        "name",
    ];
    let read = listed.iter().enumerate().map(|(at, value)| {
        let number = value.get("number").and_then(number);
        let number =
            number.map_or_else(|| format!("at place {}", at + 1), |number| number.to_string());
        Object::of(value, format!("Item {number}, "), &known, top.said).and_then(|one| item(&one))
    });
    // All of them are looked at, so that one try names what is wrong with each.
    let read: Vec<Option<Item>> = read.collect();
    let items: Vec<Item> = read.into_iter().collect::<Option<_>>()?;
    let numbers: BTreeSet<u16> = items.iter().map(|item| item.number).collect();
    if numbers.len() < items.len() || numbers.contains(&0) {
        return top.wrong("items", "Give each item a “number” of its own, from 1 on");
    }
    Some(items)
}

fn item(item: &Object<'_>) -> Option<Item> {
    let number = item.number("number");
    let title = item.text("title", Title::parse);
    let help = item.may_text("help", Message::parse);
    let required = item.flag("required");
    let only_if = condition(item);
    let ask = ask(item);
    Some(Item {
        number: number?,
        title: title?,
        help: help?,
        required: required?,
        only_if: only_if?,
        ask: ask?,
    })
}

fn condition(item: &Object<'_>) -> Option<Option<Condition>> {
    let Some(only_if) = item.object("only_if", &["item", "is", "option"])? else {
        return Some(None);
    };
    let option = only_if.may_text("option", Title::parse)?;
    let is = only_if.may_text("is", |is| match is {
        "answered" => Ok(Holds::Answered),
        "yes" => Ok(Holds::Yes),
        "no" => Ok(Holds::No),
        _ => Err("Write “answered”, “yes” or “no”".to_owned()),
    })?;
    let holds = match (is, option) {
        (Some(holds), None) => holds,
        (None, Some(option)) => Holds::Is(option),
        _ => return item.wrong("only_if", "Give either “is” or “option”"),
    };
    Some(Some(Condition { item: only_if.number("item")?, holds }))
}

fn ask(item: &Object<'_>) -> Option<Ask> {
    let ask = item.text("ask", |ask| match ASKS.iter().find(|one| **one == ask) {
        Some(ask) => Ok(*ask),
        None => Err(format!("Write one of {}", ASKS.join(", "))),
    })?;
    let question = match ask {
        "files" => {
            let (most, kinds) = (item.may_number("most"), words(item, "kinds"));
            let name = item.may_text("name", Title::parse);
            let most = most?.unwrap_or(super::super::FILES);
            return Some(Ask::Upload { most, kinds: kinds?, folder: None, name: name? });
        }
        "confirm" => {
            return Some(Ask::Confirm { statement: item.text("statement", Message::parse)? });
        }
        "read" => return Some(Ask::Read { file: None }),
        "short-text" => Question::Short,
        "long-text" => Question::Long,
        "number" => Question::Number,
        "money" => Question::Money,
        "date" => Question::Date,
        "yes-no" => Question::YesNo,
        "one-of" => Question::One(options(item)?),
        _ => Question::Several(options(item)?),
    };
    Some(Ask::Question(question))
}

fn options(item: &Object<'_>) -> Option<Vec<Title>> {
    let words = words(item, "options")?;
    words.iter().map(|word| item.take("options", Title::parse(word))).collect()
}

fn words(item: &Object<'_>, key: &'static str) -> Option<Vec<String>> {
    let words = item.list(key, MOST_ITEMS)?.iter().map(|word| word.as_str().map(str::to_owned));
    let words: Option<Vec<String>> = words.collect();
    words.or_else(|| item.wrong(key, "Give words in quotation marks"))
}

fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|number| u16::try_from(number).ok())
}

/// An object of the file, and where it stands.
struct Object<'a> {
    map: &'a Map<String, Value>,
    /// "Item 3, ", or nothing for the whole.
    at: String,
    said: &'a RefCell<Vec<String>>,
}

impl<'a> Object<'a> {
    /// It, if it is one and has no fields but these: what is not known could be what mattered.
    fn of(
        value: &'a Value,
        at: String,
        known: &[&str],
        said: &'a RefCell<Vec<String>>,
    ) -> Option<Self> {
        let Some(map) = value.as_object() else {
            said.borrow_mut().push(format!("{at}this has no fields in curly braces"));
            return None;
        };
        let object = Self { map, at, said };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let shown: String = key.chars().take(40).collect();
            object.say(&shown, "There is no such field here");
        }
        Some(object)
    }

    fn say(&self, key: &str, why: &str) {
        self.said.borrow_mut().push(format!("{}“{key}”: {why}", self.at));
    }

    fn wrong<T>(&self, key: &str, why: &str) -> Option<T> {
        self.say(key, why);
        None
    }

    fn take<T>(&self, key: &str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|why| self.say(key, &why)).ok()
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// A text that may be left out.
    fn may_text<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        match self.get(key) {
            None => Some(None),
            Some(Value::String(text)) => self.take(key, parse(text)).map(Some),
            Some(_) => self.wrong(key, "Give a text in quotation marks"),
        }
    }

    fn text<T>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        self.may_text(key, parse)?.or_else(|| self.wrong(key, "It is missing"))
    }

    /// A whole number that may be left out.
    fn may_number(&self, key: &str) -> Option<Option<u16>> {
        match self.get(key) {
            None => Some(None),
            Some(value) => match number(value) {
                Some(number) => Some(Some(number)),
                None => self.wrong(key, "Give a whole number"),
            },
        }
    }

    fn number(&self, key: &str) -> Option<u16> {
        self.may_number(key)?.or_else(|| self.wrong(key, "It is missing"))
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.get(key) {
            None => Some(false),
            Some(Value::Bool(yes)) => Some(*yes),
            Some(_) => self.wrong(key, "Write true or false"),
        }
    }

    /// A list, which may be left out.
    fn list(&self, key: &str, most: usize) -> Option<&'a [Value]> {
        match self.get(key) {
            None => Some(&[]),
            Some(Value::Array(list)) if list.len() <= most => Some(list),
            Some(Value::Array(_)) => self.wrong(key, &format!("There are more than {most}")),
            Some(_) => self.wrong(key, "Give a list in square brackets"),
        }
    }

    /// An object within it that may be left out.
    fn object(&self, key: &str, known: &[&str]) -> Option<Option<Object<'a>>> {
        match self.get(key) {
            None => Some(None),
            Some(value) => {
                let at = format!("{}“{key}”, ", self.at);
                Object::of(value, at, known, self.said).map(Some)
            }
        }
    }
}
