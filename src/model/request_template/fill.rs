//! From a blueprint to what one client is asked.

use super::{Blueprint, RelativeDue};
use crate::error::{Check, Result};
use crate::model::firm::Firm;
use crate::model::request::{Ask, Item, NAME_FIELDS, Whole};
use crate::values::merge::fill_but;
use crate::values::{Day, Instructions, Message, RequestText, RequestValues, Title};

/// For whom, by whom and on which day a request is filled in.
#[derive(Clone, Copy)]
pub struct Filling<'a> {
    /// The client's name.
    pub client: &'a str,
    /// The name of the member of staff who sends it.
    pub sender: &'a str,
    /// The firm.
    pub firm: &'a Firm,
    /// The civil day of sending in the firm's zone; of a turn that was missed, its own day.
    pub day: Day,
}

/// What one client is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The title.
    pub title: Title,
    /// What is read first.
    pub instructions: Instructions,
    /// The items.
    pub items: Vec<Item>,
    /// When it is due.
    pub due: Option<Day>,
}

impl Blueprint {
    /// What a client is asked by it.
    #[must_use]
    pub fn fill(&self, filling: &Filling<'_>) -> Filled {
        let due = self.due.on(filling.day);
        let values = filling.values(due);
        let mut items = self.items.clone();
        items.iter_mut().for_each(|item| fill_item(item, &values));
        Filled {
            title: title(&self.title, &values),
            instructions: instructions(&self.instructions, &values),
            items,
            due,
        }
    }

    /// Refuses fields that do not exist, and a due date that is said where there is none.
    pub fn check(&self) -> Result<()> {
        let has_due = self.due != RelativeDue::None;
        check_fields(&self.title, &self.instructions, &self.items, has_due)
    }
}

impl Filling<'_> {
    /// The title of a draft as it would be sent.
    #[must_use]
    pub fn title(&self, text: &Title, due: Option<Day>) -> Title {
        title(text, &self.values(due))
    }

    fn values(&self, due: Option<Day>) -> RequestValues<'_> {
        RequestValues {
            client_name: self.client,
            firm_name: self.firm.name.as_str(),
            sender_name: self.sender,
            due,
            day: self.day,
            style: self.firm.date_style,
        }
    }
}

/// Fills in what is about to be sent.
pub(in crate::model) fn fill_sheet(whole: &mut Whole, filling: &Filling<'_>) {
    let values = filling.values(whole.request.due);
    whole.request.title = title(&whole.request.title, &values);
    whole.sheet.instructions = instructions(&whole.sheet.instructions, &values);
    whole.sheet.entries.iter_mut().for_each(|entry| fill_item(&mut entry.item, &values));
}

/// Refuses fields that do not exist, each named with its place, and {{due}} where nothing is due.
pub(in crate::model) fn check_fields(
    title: &Title,
    instructions: &Instructions,
    items: &[Item],
    has_due: bool,
) -> Result<()> {
    let mut check = Check::default();
    let mut look = |key: String, text: &str| {
        let parsed = RequestText::parse(text).and_then(|text| match text.says_due() && !has_due {
            true => {
                Err("{{due}} says when it is due, and there is no due date. Give it one".into())
            }
            false => Ok(()),
        });
        check.take(key, parsed);
    };
    look("title".into(), title.as_str());
    look("instructions".into(), instructions.as_str());
    for item in items {
        let number = item.number;
        look(format!("title-{number}"), item.title.as_str());
        if let Some(help) = &item.help {
            look(format!("help-{number}"), help.as_str());
        }
        if let Ask::Confirm { statement } = &item.ask {
            look(format!("statement-{number}"), statement.as_str());
        }
    }
    check.finish(|| Some(()))
}

fn fill_item(item: &mut Item, values: &RequestValues<'_>) {
    item.title = title(&item.title, values);
    item.help = item.help.as_ref().map(|help| message(help, values));
    match &mut item.ask {
        Ask::Confirm { statement } => *statement = message(statement, values),
        Ask::Upload { name: Some(name), .. } => {
            let filled = fill_but(name.as_str(), values, &NAME_FIELDS);
            if let Ok(filled) = Title::parse(cut(&filled, Title::MAX)) {
                *name = filled;
            }
        }
        Ask::Upload { .. } | Ask::Question(_) | Ask::Read { .. } => {}
    }
}

fn title(text: &Title, values: &RequestValues<'_>) -> Title {
    let filled = RequestText::parse(text.as_str()).map(|text| text.fill(values));
    filled
        .and_then(|filled| Title::parse(cut(&filled, Title::MAX)))
        .unwrap_or_else(|_| text.clone())
}

fn message(text: &Message, values: &RequestValues<'_>) -> Message {
    let filled = RequestText::parse(text.as_str()).map(|text| text.fill(values));
    let filled = filled.and_then(|filled| Message::parse(cut(&filled, Message::MAX)));
    filled.unwrap_or_else(|_| text.clone())
}

fn instructions(text: &Instructions, values: &RequestValues<'_>) -> Instructions {
    let filled = RequestText::parse(text.as_str()).map(|text| text.fill_markdown(values));
    let filled = filled.and_then(|filled| Instructions::parse(cut(&filled, Instructions::MAX)));
    filled.unwrap_or_else(|_| text.clone())
}

/// The beginning that fits: names can be longer than the fields they stand for.
fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}
