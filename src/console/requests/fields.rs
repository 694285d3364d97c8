//! The items of a request as fields of a form: the same where a request is written, where a template is, and where what comes
//! again is. What is shown of them is in `fields/shown.rs`, the fields of reminders are in `fields/rule.rs`, and what else a
//! form that asks has is in `fields/asked.rs` and `fields/blueprint.rs`. No page of its own.

mod action;
mod asked;
mod blueprint;
mod rule;
mod shown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(in crate::console) use self::action::ItemAction;
pub(in crate::console) use self::asked::{Asked, AskedForm, AskedShown, stored};
pub(in crate::console) use self::blueprint::{BlueprintForm, Preview, months};
use self::rule::RuleForm;
use self::shown::shown_items;
pub(in crate::console) use self::shown::{ItemShown, Offer, sum_of};
use crate::console::fields::filled;
use crate::error::Check;
use crate::model::request::{Ask, Condition, Holds, Item, Question, check_kinds};
use crate::values::{Message, Title};

/// Files that can be asked for by one item.
const MOST_FILES: u16 = 100;
/// How many are asked for unless somebody says otherwise.
const FILES: u16 = 10;
/// Options of one question.
const MOST_OPTIONS: usize = 50;

/// The fields of a form whose names are not known beforehand, each with what was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(in crate::console) struct Posted(BTreeMap<String, Vec<String>>);

impl From<Vec<(String, String)>> for Posted {
    fn from(fields: Vec<(String, String)>) -> Self {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in fields {
            all.entry(name).or_default().push(value);
        }
        Self(all)
    }
}

impl Posted {
    /// What stands in a field; nothing if it is not there.
    pub(in crate::console) fn word(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }

    /// Everything that stands in the fields of this name.
    pub(in crate::console) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// What stands in a field of an item: `title-3`.
    fn at(&self, name: &str, number: u16) -> String {
        self.word(&format!("{name}-{number}")).to_owned()
    }
}

/// An item as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::console) struct ItemForm {
    /// Its number within the request.
    pub(in crate::console) number: u16,
    title: String,
    /// What an answer to it is: one of [`shown::KINDS`].
    kind: String,
    help: String,
    required: bool,
    /// When it appears: nothing for always, else "3 answered", "3 yes", "3 no" or "3 is Monthly".
    only_if: String,
    /// One on each line.
    options: String,
    statement: String,
    most: String,
    /// Keys of [`crate::model::request::FILE_KINDS`], or endings.
    kinds: Vec<String>,
    folder: String,
    name: String,
    file: String,
    /// Somebody asked for one more item just now, and it was not saved yet.
    fresh: bool,
}

impl ItemForm {
    /// One that exists.
    pub(in crate::console) fn of(item: &Item) -> Self {
        let form = Self {
            number: item.number,
            title: item.title.to_string(),
            help: item.help.as_ref().map(ToString::to_string).unwrap_or_default(),
            required: item.required,
            only_if: item.only_if.as_ref().map(written).unwrap_or_default(),
            ..Self::blank(item.number, "file")
        };
        let form = Self { fresh: false, kind: kind_of(&item.ask).into(), ..form };
        let lines =
            |options: &[Title]| options.iter().map(Title::as_str).collect::<Vec<_>>().join("\n");
        match &item.ask {
            Ask::Upload { most, kinds, folder, name } => Self {
                most: most.to_string(),
                kinds: kinds.clone(),
                folder: folder.map(|folder| folder.to_string()).unwrap_or_default(),
                name: name.as_ref().map(ToString::to_string).unwrap_or_default(),
                ..form
            },
            Ask::Question(Question::One(options) | Question::Several(options)) => {
                Self { options: lines(options), ..form }
            }
            Ask::Question(_) => form,
            Ask::Confirm { statement } => Self { statement: statement.to_string(), ..form },
            Ask::Read { file } => {
                Self { file: file.map(|file| file.to_string()).unwrap_or_default(), ..form }
            }
        }
    }

    /// One more: "file", "question", "confirm" or "read".
    pub(in crate::console) fn blank(number: u16, kind: &str) -> Self {
        let kind = if kind == "question" { "short" } else { kind };
        Self {
            number,
            kind: kind.into(),
            required: true,
            most: FILES.to_string(),
            fresh: true,
            ..Self::default()
        }
    }

    /// The file to read, as typed.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Whether they read a file for it.
    pub(super) fn reads(&self) -> bool {
        self.kind == "read"
    }

    fn posted(posted: &Posted, number: u16) -> Self {
        let at = |name| posted.at(name, number);
        Self {
            number,
            title: at("title"),
            kind: at("kind"),
            help: at("help"),
            required: !at("required").is_empty(),
            only_if: at("if"),
            options: at("options"),
            statement: at("statement"),
            most: at("most"),
            kinds: posted.all(&format!("kinds-{number}")).to_vec(),
            folder: at("folder"),
            name: at("name"),
            file: at("file"),
            fresh: posted.all("fresh").iter().any(|fresh| *fresh == number.to_string()),
        }
    }

    /// Whether somebody asked for it and then left it empty.
    pub(in crate::console) fn untouched(&self) -> bool {
        let typed = [&self.title, &self.help, &self.options, &self.statement, &self.name];
        self.fresh && typed.iter().all(|typed| typed.trim().is_empty())
    }

    /// `place`: that of the page, where the first one is 1.
    fn read(&self, place: usize, before: &[Item], check: &mut Check) -> Option<Item> {
        let number = self.number;
        let key = |name: &str| format!("{name}-{number}");
        let title = match filled(&self.title) {
            Some(typed) => Title::parse(typed),
            None => Err(format!("Give item {place} a title, or remove it")),
        };
        let title = check.take(key("title"), title);
        let help = check.take(key("help"), filled(&self.help).map(Message::parse).transpose());
        let only_if = check.take(key("if"), self.condition(before));
        let ask = self.ask(check, &key);
        Some(Item {
            number,
            title: title?,
            help: help?,
            required: self.required,
            only_if: only_if?,
            ask: ask?,
        })
    }

    fn ask(&self, check: &mut Check, key: &impl Fn(&str) -> String) -> Option<Ask> {
        let question = match self.kind.as_str() {
            "file" => return self.upload(check, key),
            "confirm" => {
                let statement = match filled(&self.statement) {
                    Some(typed) => Message::parse(typed),
                    None => Err("Write what they agree to".into()),
                };
                let statement = check.take(key("statement"), statement)?;
                return Some(Ask::Confirm { statement });
            }
            "read" => {
                let file = filled(&self.file).map(str::parse).transpose();
                let file = check.take(key("file"), file.map_err(|_| "Choose the file"))?;
                return Some(Ask::Read { file });
            }
            "short" => Question::Short,
            "long" => Question::Long,
            "number" => Question::Number,
            "money" => Question::Money,
            "date" => Question::Date,
            "yes-no" => Question::YesNo,
            "one" => Question::One(check.take(key("options"), self.read_options())?),
            "several" => Question::Several(check.take(key("options"), self.read_options())?),
            _ => {
                check.note(key("kind"), "Choose what they answer with");
                return None;
            }
        };
        Some(Ask::Question(question))
    }

    fn upload(&self, check: &mut Check, key: &impl Fn(&str) -> String) -> Option<Ask> {
        let most = self.most.trim().parse().ok().filter(|most| (1..=MOST_FILES).contains(most));
        let most = most.ok_or_else(|| format!("Give a number from 1 to {MOST_FILES}"));
        let most = check.take(key("most"), most);
        let kinds = check.take(key("kinds"), check_kinds(&self.kinds).map(|()| self.kinds.clone()));
        let folder = filled(&self.folder).map(str::parse).transpose();
        let folder = check.take(key("folder"), folder.map_err(|_| "Choose the folder"));
        let name = check.take(key("name"), filled(&self.name).map(Title::parse).transpose());
        Some(Ask::Upload { most: most?, kinds: kinds?, folder: folder?, name: name? })
    }

    fn read_options(&self) -> Result<Vec<Title>, String> {
        let mut options: Vec<Title> = Vec::new();
        for line in self.options.lines().filter_map(filled) {
            let option = Title::parse(line)?;
            if !options.contains(&option) {
                options.push(option);
            }
        }
        match options.len() {
            0 | 1 => Err("Write at least two options, each on a line of its own".into()),
            2..=MOST_OPTIONS => Ok(options),
            _ => Err(format!("These are more than {MOST_OPTIONS} options")),
        }
    }

    fn condition(&self, before: &[Item]) -> Result<Option<Condition>, String> {
        let Some(typed) = filled(&self.only_if) else { return Ok(None) };
        let gone =
            "It depends on an item that does not come before it. Choose again when it is shown";
        let condition = condition_of(typed).ok_or(gone)?;
        let other = before.iter().find(|item| item.number == condition.item).ok_or(gone)?;
        let fits = match (&condition.holds, &other.ask) {
            (Holds::Answered, _) => true,
            (Holds::Yes | Holds::No, Ask::Question(Question::YesNo)) => true,
            (Holds::Is(option), Ask::Question(Question::One(all) | Question::Several(all))) => {
                all.contains(option)
            }
            _ => false,
        };
        let changed = || format!("“{}” cannot be answered so any more. Choose again", other.title);
        if fits { Ok(Some(condition)) } else { Err(changed()) }
    }
}

fn written(condition: &Condition) -> String {
    let item = condition.item;
    match &condition.holds {
        Holds::Answered => format!("{item} answered"),
        Holds::Yes => format!("{item} yes"),
        Holds::No => format!("{item} no"),
        Holds::Is(option) => format!("{item} is {option}"),
    }
}

fn condition_of(typed: &str) -> Option<Condition> {
    let (item, holds) = typed.split_once(' ')?;
    let holds = match holds.split_once(' ') {
        None => match holds {
            "answered" => Holds::Answered,
            "yes" => Holds::Yes,
            "no" => Holds::No,
            _ => return None,
        },
        Some(("is", option)) => Holds::Is(Title::parse(option).ok()?),
        Some(_) => return None,
    };
    Some(Condition { item: item.parse().ok()?, holds })
}

fn kind_of(ask: &Ask) -> &'static str {
    match ask {
        Ask::Upload { .. } => "file",
        Ask::Confirm { .. } => "confirm",
        Ask::Read { .. } => "read",
        Ask::Question(question) => match question {
            Question::Short => "short",
            Question::Long => "long",
            Question::Number => "number",
            Question::Money => "money",
            Question::Date => "date",
            Question::YesNo => "yes-no",
            Question::One(_) => "one",
            Question::Several(_) => "several",
        },
    }
}

/// The items of a form in their order. One that was asked for just now and not touched since is left out.
fn items_of(posted: &Posted) -> Vec<ItemForm> {
    let mut items = all_items_of(posted);
    items.retain(|item| !item.untouched());
    items
}

/// All items of a form in their order, also those that nobody has touched.
pub(in crate::console) fn all_items_of(posted: &Posted) -> Vec<ItemForm> {
    let mut items: Vec<ItemForm> = Vec::new();
    for number in posted.all("item").iter().filter_map(|number| number.parse().ok()) {
        if !items.iter().any(|other| other.number == number) {
            items.push(ItemForm::posted(posted, number));
        }
    }
    items
}

/// What was typed, as items. The errors of the third item are noted as `title-N`, where N is its number.
fn read_items(forms: &[ItemForm], check: &mut Check) -> Option<Vec<Item>> {
    let (mut items, mut all) = (Vec::new(), true);
    for (place, form) in (1..).zip(forms) {
        match form.read(place, &items, check) {
            Some(item) => items.push(item),
            None => all = false,
        }
    }
    all.then_some(items)
}

#[cfg(test)]
mod tests;
