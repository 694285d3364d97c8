//! What is asked becomes other while it is being answered: answers that still fit stay, and what goes is named.

use std::collections::BTreeMap;

use super::{Answer, Ask, Entry, Item, ItemState, Question, Sheet, Value};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::values::Instructions;

/// What other items made of a sheet.
#[derive(Default)]
pub(super) struct Merged {
    /// What became other, each a sentence part, for the history of the request: "added “Lease”".
    pub said: Vec<String>,
    /// The same for whoever hears of it elsewhere, where no answer may stand: the activity is never deleted.
    pub told: Vec<String>,
    /// What was said of answers that are gone.
    pub lost: Vec<String>,
    /// These answers.
    pub gone: Vec<Answer>,
}

/// Puts other items into a sheet. An item keeps its answer as long as that answers it.
pub(super) fn merge(sheet: &mut Sheet, items: Vec<Item>, firm: &Firm) -> Merged {
    let mut merged = Merged::default();
    let before: Vec<u16> = sheet.entries.iter().map(|entry| entry.item.number).collect();
    let mut old: BTreeMap<u16, Entry> =
        sheet.entries.drain(..).map(|entry| (entry.item.number, entry)).collect();
    for item in items {
        sheet.next_item = sheet.next_item.max(item.number + 1);
        let entry = match old.remove(&item.number) {
            None => {
                merged.say(format!("added “{}”", item.title));
                Entry::new(item)
            }
            Some(entry) if entry.item == item => entry,
            Some(entry) => merged.changed(entry, item, firm),
        };
        sheet.entries.push(entry);
    }
    for entry in old.into_values() {
        let what = format!("removed “{}”", entry.item.title);
        match entry.answer {
            None => merged.say(what),
            Some(answer) => {
                let words = words(&answer, &entry.item.ask, firm);
                let said = format!("{what}, which was answered with {words}");
                merged.lose(said, format!("{what} with its answer"), answer);
            }
        }
    }
    let stayed = |number: &u16| before.contains(number);
    let now: Vec<u16> =
        sheet.entries.iter().map(|entry| entry.item.number).filter(stayed).collect();
    let kept: Vec<u16> = before.iter().copied().filter(|number| now.contains(number)).collect();
    if now != kept {
        merged.say("put the items into another order".into());
    }
    merged
}

/// What becomes other where nobody has answered yet, each a sentence part.
pub(in crate::model) fn told_of_items(before: &[Item], now: &[Item], firm: &Firm) -> Vec<String> {
    let mut sheet = Sheet {
        id: Id::MIN,
        instructions: Instructions::default(),
        attached: Vec::new(),
        entries: before.iter().cloned().map(Entry::new).collect(),
        next_item: 1,
    };
    merge(&mut sheet, now.to_vec(), firm).told
}

impl Merged {
    /// An item that asks something else than before.
    fn changed(&mut self, mut entry: Entry, item: Item, firm: &Firm) -> Entry {
        let what = match entry.item.title == item.title {
            true => format!("changed “{}”", item.title),
            false => format!("renamed “{}” to “{}”", entry.item.title, item.title),
        };
        entry.revision += u32::from(reads_otherwise(&entry.item, &item));
        let fits = |answer: &Answer| still_answers(&entry.item.ask, &item.ask, &answer.value);
        match entry.answer.take_if(|answer| !fits(answer)) {
            None => self.say(what),
            Some(answer) => {
                let (words, why) =
                    (words(&answer, &entry.item.ask, firm), "which does not fit any more");
                let told = format!("{what} and dropped the answer, {why}");
                self.lose(format!("{what} and dropped the answer {words}, {why}"), told, answer);
                if !entry.state.open() {
                    entry.state = ItemState::Open;
                }
            }
        }
        entry.item = item;
        entry
    }

    fn say(&mut self, what: String) {
        self.told.push(what.clone());
        self.said.push(what);
    }

    fn lose(&mut self, said: String, told: String, answer: Answer) {
        self.said.push(said.clone());
        self.lost.push(said);
        self.told.push(told);
        self.gone.push(answer);
    }
}

/// Whether whoever answers reads something else, and should look again.
fn reads_otherwise(old: &Item, new: &Item) -> bool {
    let asks = match (&old.ask, &new.ask) {
        // Where files are put and what they are called there is the firm's own business.
        (Ask::Upload { most, kinds, .. }, Ask::Upload { most: most_now, kinds: kinds_now, .. }) => {
            (most, kinds) != (most_now, kinds_now)
        }
        (old, new) => old != new,
    };
    asks || old.title != new.title || old.help != new.help
}

/// Whether an answer to what was asked answers what is asked now.
fn still_answers(old: &Ask, new: &Ask, value: &Value) -> bool {
    match (new, value) {
        (Ask::Upload { .. }, Value::Files(_) | Value::NotThere(_)) => true,
        // Nobody agreed to other words, or has read another file.
        (Ask::Confirm { .. } | Ask::Read { .. }, Value::Confirmed) => old == new,
        (Ask::Question(question), value) => match (question, value) {
            (Question::Short | Question::Long, Value::Text(_))
            | (Question::Number, Value::Number(_))
            | (Question::Money, Value::Money(_))
            | (Question::Date, Value::Day(_))
            | (Question::YesNo, Value::YesNo(_)) => true,
            (Question::One(options), Value::One(chosen)) => options.contains(chosen),
            (Question::Several(options), Value::Several(chosen)) => {
                chosen.iter().all(|one| options.contains(one))
            }
            _ => false,
        },
        _ => false,
    }
}

/// An answer as the history names it: "“Yes”", "2 files".
fn words(answer: &Answer, ask: &Ask, firm: &Firm) -> String {
    match &answer.value {
        Value::Files(files) if files.len() == 1 => "1 file".into(),
        Value::Files(files) => format!("{} files", files.len()),
        value => format!("“{}”", value.text(ask, firm)),
    }
}
