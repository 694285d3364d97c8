//! What staff write into the editor, before it is stored: whether it can be, and under which numbers.

use std::collections::BTreeMap;

use super::draft::NewRequest;
use super::rules::check_items;
use super::{Ask, Item, Sheet, Whole, check_kinds, check_name_pattern};
use crate::error::{Check, Error, Result};
use crate::model::client::Client;
use crate::model::db::Records;
use crate::model::file::{Audience, File, check_audience, live_file, once_each, place};
use crate::model::id::Id;
use crate::model::request_template::check_fields;
use crate::values::Day;

impl NewRequest {
    /// What can be stored: for this client, with items that have numbers of their own.
    pub(super) fn checked(mut self, r: &impl Records, whole: &Whole, day: Day) -> Result<Self> {
        let (client, mut check) = (whole.request.client, Check::default());
        check_items(&self.items, &mut check);
        for item in &self.items {
            let was = whole.sheet.entry(item.number).map(|was| &was.item.ask);
            check_place(r, client, item, was, &mut check)?;
        }
        self.attached = once_each(&self.attached);
        let new = self.attached.iter().filter(|file| !whole.sheet.attached.contains(file));
        for file in new {
            check.take("attached", lives(r, client, *file)?);
        }
        if self.due != whole.request.due {
            check.take("due", not_over(self.due, day));
        }
        let audience = check.take("audience", check_whom(r, client, self.audience.clone())?);
        self.audience = check.finish(|| audience)?;
        check_fields(&self.title, &self.instructions, &self.items, self.due.is_some())?;
        self.items = renumbered(self.items, &whole.sheet, self.first_new);
        if let Some(rule) = &mut self.reminders {
            rule.before.sort_unstable_by(|a, b| b.cmp(a));
            rule.before.dedup();
        }
        Ok(self)
    }
}

/// Who is asked: all there, or some of them who are contacts still.
pub(in crate::model) fn check_whom(
    r: &impl Records,
    client: Id<Client>,
    audience: Audience,
) -> Result<Result<Audience, &'static str>> {
    Ok(match check_audience(r, client, audience) {
        Ok(Audience::Firm) | Err(Error::Invalid(_)) => Err("Choose who is asked"),
        Ok(audience) => Ok(audience),
        Err(Error::NotFound) => {
            Err("One of those you chose is no contact of this client any more. Choose again")
        }
        Err(other) => return Err(other),
    })
}

/// Refuses a due date that is over when it is chosen.
pub(super) fn not_over(due: Option<Day>, day: Day) -> Result<(), &'static str> {
    let over = due.is_some_and(|due| due < day);
    if over { Err("This day is over. Choose today or a later one") } else { Ok(()) }
}

/// Whether a file of the client can be shown to somebody.
pub(in crate::model) fn lives(
    r: &impl Records,
    client: Id<Client>,
    file: Id<File>,
) -> Result<Result<(), String>> {
    Ok(match live_file(r, client, file) {
        Ok(_) => Ok(()),
        Err(Error::NotFound) => {
            Err(match r.get(file)?.filter(|file: &File| file.client == client) {
                Some(file) => format!(
                    "“{}” is in the trash. Bring it back, or choose another file",
                    file.name
                ),
                None => "This file is gone. Choose another one".into(),
            })
        }
        Err(other) => return Err(other),
    })
}

/// What an item names of the client's files, and how it names new ones. What is as it was is not looked at: it may be gone
/// meanwhile, and that is no reason to refuse a better word elsewhere.
pub(in crate::model) fn check_place(
    r: &impl Records,
    client: Id<Client>,
    item: &Item,
    was: Option<&Ask>,
    check: &mut Check,
) -> Result<()> {
    let number = item.number;
    if was.is_some_and(|was| *was == item.ask) {
        return Ok(());
    }
    match &item.ask {
        Ask::Upload { kinds, folder, name, .. } => {
            check.take(format!("kinds-{number}"), check_kinds(kinds));
            if let Some(name) = name {
                check.take(format!("name-{number}"), check_name_pattern(name.as_str()));
            }
            match place(r, client, *folder) {
                Ok(_) => {}
                Err(Error::NotFound) => {
                    check.note(
                        format!("folder-{number}"),
                        "This folder is gone. Choose another one",
                    );
                }
                Err(other) => return Err(other),
            }
        }
        Ask::Read { file: Some(file) } => {
            check.take(format!("file-{number}"), lives(r, client, *file)?);
        }
        Ask::Read { file: None } | Ask::Question(_) | Ask::Confirm { .. } => {}
    }
    Ok(())
}

/// Items under numbers that nothing else has or had. What a form calls new is new, also if somebody else has added an item
/// of that number meanwhile; so is what somebody else has removed.
pub(super) fn renumbered(mut items: Vec<Item>, sheet: &Sheet, first_new: u16) -> Vec<Item> {
    let old = |number: u16| number < first_new && sheet.entry(number).is_some();
    let given = items.iter().map(|item| item.number + 1).max();
    let mut next = given.unwrap_or_default().max(sheet.next_item);
    let mut numbers = BTreeMap::new();
    for item in &items {
        let known = old(item.number) || item.number >= sheet.next_item;
        numbers.insert(item.number, if known { item.number } else { next });
        next += u16::from(!known);
    }
    for item in &mut items {
        item.number = numbers[&item.number];
        if let Some(condition) = &mut item.only_if {
            condition.item = numbers.get(&condition.item).copied().unwrap_or(condition.item);
        }
    }
    items
}
