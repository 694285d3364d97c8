//! What somebody else has changed while a form was open, beside what was typed meanwhile.

use serde::Serialize;

use crate::console::requests::answers::kind;
use crate::http::pages::Pages;
use crate::model::Id;
use crate::model::firm::Firm;
use crate::model::login::Who;
use crate::model::request::{Change, Item, NewRequest, ReminderRule, RequestDetail, Stage, What};
use crate::model::staff::Staff;

/// A field, and what it says now.
#[derive(Serialize)]
pub(super) struct Theirs {
    field: String,
    now: String,
}

/// A form that was shown before somebody saved.
pub(super) struct Conflict<'a> {
    now: &'a RequestDetail,
    /// What this form would save.
    new: &'a NewRequest,
    /// The firm's default for reminders.
    usual: &'a ReminderRule,
    firm: &'a Firm,
    pages: &'a Pages<'a>,
}

impl<'a> Conflict<'a> {
    pub(super) fn of(
        now: &'a RequestDetail,
        new: &'a NewRequest,
        usual: &'a ReminderRule,
        firm: &'a Firm,
        pages: &'a Pages<'_>,
    ) -> Self {
        Self { now, new, usual, firm, pages }
    }

    /// Who it was and when, as far as the history knows: it says nothing of drafts.
    pub(super) fn why(&self, me: Id<Staff>) -> String {
        let edited =
            |change: &&Change| matches!(change.what, What::Edited { .. } | What::Moved { .. });
        let change = self.now.changes.iter().rev().find(edited);
        let (at, by) = match change {
            Some(change) if self.now.request.stage != Stage::Draft => {
                (change.at, change.by.as_ref())
            }
            _ => (self.now.request.changed, None),
        };
        let who = match by {
            Some(by) if by.who == Who::Staff(me) => "You changed this in another tab".into(),
            Some(by) => format!("{} changed this", by.name),
            None => "Somebody, perhaps you in another tab, changed this".into(),
        };
        let when = self.pages.when(at).text;
        format!(
            "{who} while you were editing ({when}). What you typed is kept: save again to replace what is there now, or \
             leave the page to keep it"
        )
    }

    /// Where what is there now is other than what was typed.
    pub(super) fn theirs(&self) -> Vec<Theirs> {
        let (now, new) = (&self.now.request, self.new);
        let mut theirs = Vec::new();
        let mut other = |differs: bool, field: &str, now: String| {
            if differs {
                theirs.push(Theirs { field: field.into(), now });
            }
        };
        other(now.title != new.title, "Title", now.title.to_string());
        let instructions = &self.now.sheet.instructions;
        let read_first = or_none(instructions.to_string());
        other(*instructions != new.instructions, "What the client reads first", read_first);
        other(now.audience != new.audience, "Send to", self.now.to.clone());
        let due = now.due.map(|due| due.full(self.firm.date_style));
        other(now.due != new.due, "Due", or_none(due.unwrap_or_default()));
        let (rule, typed) = (&self.now.rule, new.reminders.as_ref().unwrap_or(self.usual));
        other(rule != typed, "Reminders", rule.text());
        let attached = &self.now.sheet.attached;
        let named = attached.iter().filter_map(|id| self.now.files.get(id));
        let named: Vec<String> = named.map(|file| file.name.to_string()).collect();
        other(*attached != new.attached, "Files that go with it", or_none(named.join(", ")));
        theirs.extend(self.items());
        theirs
    }

    /// Items of this form that are new have numbers that others may have given too: they are no item of theirs.
    fn items(&self) -> Vec<Theirs> {
        let known = |item: &&Item| item.number < self.new.first_new;
        let mine: Vec<&Item> = self.new.items.iter().filter(known).collect();
        let one =
            |item: &Item, now: String| Theirs { field: format!("Item “{}”", item.title), now };
        let mut theirs = Vec::new();
        for item in self.now.sheet.entries.iter().map(|entry| &entry.item) {
            match mine.iter().find(|other| other.number == item.number) {
                Some(same) if **same == *item => {}
                Some(other) => theirs.push(one(other, in_short(item))),
                None if known(&item) => theirs.push(one(item, "Not removed".into())),
                None => theirs.push(one(item, format!("Added: {}", in_short(item)))),
            }
        }
        let gone = mine.iter().filter(|item| self.now.sheet.entry(item.number).is_none());
        theirs.extend(gone.map(|item| one(item, "Removed".into())));
        let there: Vec<u16> = mine
            .iter()
            .map(|item| item.number)
            .filter(|number| self.now.sheet.entry(*number).is_some())
            .collect();
        let entries = self.now.sheet.entries.iter().map(|entry| &entry.item);
        let order: Vec<&Item> = entries.filter(|item| there.contains(&item.number)).collect();
        if order.iter().map(|item| item.number).ne(there.iter().copied()) {
            let titles: Vec<&str> = order.iter().map(|item| item.title.as_str()).collect();
            theirs.push(Theirs { field: "Order of the items".into(), now: titles.join(", ") });
        }
        theirs
    }
}

/// "“Lease”, files, optional".
fn in_short(item: &Item) -> String {
    let optional = if item.required { "" } else { ", optional" };
    format!("“{}”, {}{optional}", item.title, kind(&item.ask).0.to_lowercase())
}

fn or_none(words: String) -> String {
    if words.is_empty() { "Nothing".into() } else { words }
}
