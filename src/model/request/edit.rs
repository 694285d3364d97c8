//! Editing a request: a draft as one likes, one that is out so that no answer is lost unseen.

use std::collections::HashSet;

use super::bound::{follow_audience, free};
use super::checked::{lives, renumbered};
use super::draft::NewRequest;
use super::merge::merge;
use super::review::settle;
use super::rules::check_items;
use super::{
    Ask, Entry, Item, ReminderSettings, Request, Sheet, Stage, What, Whole, show_to_asked,
};
use crate::error::{Check, Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::edition::{check_edition, edition};
use crate::model::file::{Area, Audience, Author, File};
use crate::model::firm::Firm;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::membership::Membership;
use crate::model::notices::RequestNews;
use crate::model::request_template::{Filling, fill_sheet};
use crate::model::staff::Staff;
use crate::values::Day;

/// What became of saving.
#[derive(Clone, Debug)]
pub struct SavedRequest {
    /// For the next time it is saved from the same page.
    pub edition: String,
    /// What became other, each a sentence part, without the answers that are gone: those stand in the history alone. Nothing
    /// is said of drafts.
    pub said: Vec<String>,
}

/// The answers that an edit would drop.
#[derive(Clone, Debug, Default)]
pub struct Lost {
    /// What is said of them, each a sentence part. Empty if none is dropped.
    pub what: Vec<String>,
    /// Another whenever other answers would be dropped, so that nobody drops one that they were not asked about.
    pub mark: String,
}

/// Who edits, and when.
struct Editor<'a> {
    firm: &'a Firm,
    me: &'a Staff,
    day: Day,
}

impl Console {
    /// Saves what is asked. `seen` is the [`super::RequestDetail::edition`] that was shown: answers do not change that, so
    /// that whatever contacts do meanwhile keeps nobody from saving, and is kept.
    pub async fn save_request(
        &self,
        request: Id<Request>,
        new: NewRequest,
        seen: &str,
    ) -> Result<SavedRequest> {
        let (firm, me, seen) = (self.firm()?, self.me().clone(), seen.to_owned());
        self.write(move |tx| {
            let mut whole = Whole::need(tx, request)?;
            check_can_edit(&whole.request.stage)?;
            check_seen(tx, &whole, &seen, &me)?;
            let editor = Editor { firm: &firm, me: &me, day: Day::at(tx.now(), firm.zone.tz()) };
            let new = new.checked(tx, &whole, editor.day)?;
            let told = if whole.request.stage == Stage::Draft {
                let first = std::mem::take(&mut whole.request.untouched);
                new.become_draft(&mut whole, &firm);
                whole.put(tx)?;
                if first {
                    let Request { title, client, .. } = &whole.request;
                    tx.say("request-begun", Some(*client), format!("began the request “{title}”"))?;
                } else {
                    tx.unsaid("nobody but its writer has to do with a draft");
                }
                Vec::new()
            } else {
                editor.edit(tx, &mut whole, new)?
            };
            Ok(SavedRequest { edition: whole.edition(), said: told })
        })
        .await
    }

    /// The answers that saving this would drop. None for what could not be saved.
    pub fn what_is_lost(&self, request: Id<Request>, new: &NewRequest) -> Result<Lost> {
        let (firm, me, mut check) = (self.firm()?, self.me(), Check::default());
        check_items(&new.items, &mut check);
        if check.finish(|| Some(())).is_err() {
            return Ok(Lost::default());
        }
        self.read(|r| {
            let mut whole = Whole::need(r, request)?;
            let editor = Editor { firm: &firm, me, day: Day::at(self.now(), firm.zone.tz()) };
            let items = renumbered(new.items.clone(), &whole.sheet, new.first_new);
            let new = editor.filled(r, &whole, NewRequest { items, ..new.clone() })?;
            let merged = merge(&mut whole.sheet, new.items, &firm);
            Ok(Lost { mark: edition(&merged.gone), what: merged.lost })
        })
    }
}

fn check_can_edit(stage: &Stage) -> Result<()> {
    match stage {
        Stage::Completed { .. } => {
            Err(Error::refused("This request is completed. Reopen it before you change it."))
        }
        Stage::Withdrawn { .. } => {
            Err(Error::refused("This request was withdrawn. Make a new one instead."))
        }
        Stage::Draft | Stage::Sent { .. } | Stage::InProgress { .. } | Stage::HandedIn { .. } => {
            Ok(())
        }
    }
}

/// Refuses a form that shows what is asked otherwise than it is, and names who changed it if the history knows.
fn check_seen(r: &impl Records, whole: &Whole, seen: &str, me: &Staff) -> Result<()> {
    let current = whole.edition();
    if seen.is_empty() || seen == current {
        return Ok(());
    }
    let changes: Vec<super::Change> = r.by("change.request", whole.request.id, usize::MAX)?;
    let edited =
        |change: &&super::Change| matches!(change.what, What::Edited { .. } | What::Moved { .. });
    match changes.iter().rev().find(edited).and_then(|change| change.by.as_ref()) {
        Some(by) if by.who != Who::Staff(me.id) => {
            let why = "changed this while you were editing. What you typed is kept: save again to replace their \
                       changes, or leave the page to keep them";
            Err(Error::field("form", format!("{} {why}", by.name)))
        }
        _ => check_edition(seen, &current),
    }
}

impl NewRequest {
    fn become_draft(self, whole: &mut Whole, firm: &Firm) {
        merge(&mut whole.sheet, self.items, firm);
        whole.sheet.instructions = self.instructions;
        whole.sheet.attached = self.attached;
        whole.request.title = self.title;
        whole.request.audience = self.audience;
        whole.request.due = self.due;
        whole.request.reminders.rule = self.reminders;
    }
}

impl Editor<'_> {
    /// Changes a request that is out, and gives what became other, without what was answered.
    fn edit(
        &self,
        tx: &mut Write<'_, '_>,
        whole: &mut Whole,
        new: NewRequest,
    ) -> Result<Vec<String>> {
        let (by, before) = (Author::of(self.me), whole.clone());
        let new = self.filled(tx, whole, new)?;
        let mut said = head_changes(tx, &before, &new)?;
        let mut told = said.clone();
        let merged = merge(&mut whole.sheet, new.items, self.firm);
        let (id, items_changed) = (whole.request.id, !merged.said.is_empty());
        said.extend(merged.said);
        told.extend(merged.told);
        whole.sheet.instructions = new.instructions;
        whole.sheet.attached = new.attached;
        whole.request.title = new.title;
        whole.request.audience = new.audience;
        whole.request.due = new.due;
        whole.request.reminders.rule = new.reminders;
        let moved = before.request.due != whole.request.due;
        if said.is_empty() && !moved {
            tx.unsaid("nothing is other than before");
            return Ok(told);
        }
        for file in merged.gone.iter().flat_map(|answer| answer.value.files()) {
            free(tx, id, *file)?;
        }
        if !said.is_empty() {
            tx.note_change(id, Some(by.clone()), What::Edited { what: said })?;
        }
        if moved {
            let (from, to) = (before.request.due, whole.request.due);
            tx.note_change(id, Some(by.clone()), What::Moved { from, to })?;
            told.push("moved its due date".into());
        }
        if moved || before.request.reminders.rule != whole.request.reminders.rule {
            whole.request.plan_anew(self.day);
        }
        // What was reviewed already is completed by nobody but who says so.
        if items_changed && (!before.request.is_reviewed() || whole.sheet.is_theirs()) {
            settle(tx, whole, &by)?;
        }
        let anew = !before.request.stage.open() && whole.request.stage.open();
        if let (true, Some(sent)) = (anew, whole.request.stage.sent()) {
            whole.request.back_to_the_client(sent, self.day);
        }
        whole.put(tx)?;
        show_files(tx, whole, &by)?;
        follow_audience(tx, &before.request.audience, &whole.request, &by)?;
        if anew {
            tx.tell_asked(&whole.request, RequestNews::Sent)?;
        } else {
            tell_newly_asked(tx, &before.request.audience, &whole.request)?;
        }
        let what = format!("changed the request “{}”: {}", whole.request.title, told.join("; "));
        tx.say("request-changed", Some(whole.request.client), what)?;
        Ok(told)
    }

    /// With the fields of what was typed anew filled in, and the firm's reminders where no others were chosen: nothing is sent
    /// any more that would fill them in later.
    fn filled(&self, r: &impl Records, whole: &Whole, new: NewRequest) -> Result<NewRequest> {
        let client: Client = r.need(whole.request.client)?;
        let mut asked = whole.clone();
        asked.request.title = new.title;
        asked.request.due = new.due;
        asked.sheet.instructions = new.instructions;
        asked.sheet.entries = new.items.into_iter().map(Entry::new).collect();
        let (client, sender) = (client.name.as_str(), self.me.name.as_str());
        fill_sheet(&mut asked, &Filling { client, sender, firm: self.firm, day: self.day });
        Ok(NewRequest {
            title: asked.request.title,
            instructions: asked.sheet.instructions,
            items: asked.sheet.entries.into_iter().map(|entry| entry.item).collect(),
            reminders: Some(match new.reminders {
                Some(rule) => rule,
                None => ReminderSettings::of(r)?.rule,
            }),
            ..new
        })
    }
}

/// What becomes other beside the items and the due date.
fn head_changes(r: &impl Records, before: &Whole, new: &NewRequest) -> Result<Vec<String>> {
    let mut said = Vec::new();
    if before.request.title != new.title {
        said.push(format!(
            "renamed the request from “{}” to “{}”",
            before.request.title, new.title
        ));
    }
    if before.sheet.instructions != new.instructions {
        said.push("changed the instructions".into());
    }
    if before.request.audience != new.audience {
        let client: Client = r.need(before.request.client)?;
        said.push(format!(
            "asked {} instead",
            super::detail::asked_words(r, &client, &new.audience)?
        ));
    }
    let mut files = |ids: &[Id<File>], others: &[Id<File>], word: &str| -> Result<()> {
        for id in ids.iter().filter(|id| !others.contains(id)) {
            let name = r.get(*id)?.map(|file: File| file.name.to_string());
            said.push(format!("{word} “{}”", name.unwrap_or_else(|| "a file that is gone".into())));
        }
        Ok(())
    };
    files(&new.attached, &before.sheet.attached, "attached")?;
    files(&before.sheet.attached, &new.attached, "took out the file")?;
    if before.request.reminders.rule != new.reminders {
        said.push("changed its reminders".into());
    }
    Ok(said)
}

/// What belongs to a request is shown to whoever is asked, beside those who see it already.
pub(super) fn show_files(tx: &mut Write<'_, '_>, whole: &Whole, by: &Author) -> Result<()> {
    for file in whole.sheet.files_of_the_firm() {
        // One that went to the trash after the request was sent shows itself to nobody.
        if lives(tx, whole.request.client, file)?.is_ok() {
            show_to_asked(tx, &whole.request, file, by)?;
        }
    }
    Ok(())
}

/// Tells those who were not asked before.
fn tell_newly_asked(tx: &mut Write<'_, '_>, before: &Audience, request: &Request) -> Result<()> {
    let known: HashSet<Id<Contact>> = match before {
        Audience::Everyone => return Ok(()),
        Audience::Firm => HashSet::new(),
        Audience::Named(contacts) => contacts.iter().copied().collect(),
    };
    let asked: Vec<Id<Contact>> = match &request.audience {
        Audience::Firm => Vec::new(),
        Audience::Named(contacts) => contacts.clone(),
        Audience::Everyone => {
            let ties: Vec<Membership> = tx.by("membership.client", request.client, usize::MAX)?;
            ties.iter().map(|tie| tie.contact).collect()
        }
    };
    let new: Vec<_> = asked.into_iter().filter(|contact| !known.contains(contact)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let to_them = Request { audience: Audience::Named(new), ..request.clone() };
    tx.tell_asked(&to_them, RequestNews::Sent)
}

impl Sheet {
    /// The files that whoever is asked sees: those attached, and those to read.
    pub(super) fn files_of_the_firm(&self) -> impl Iterator<Item = Id<File>> + '_ {
        let read = self.entries.iter().filter_map(|entry| match entry.item.ask {
            Ask::Read { file } => file,
            Ask::Upload { .. } | Ask::Question(_) | Ask::Confirm { .. } => None,
        });
        self.attached.iter().copied().chain(read)
    }

    /// What a contact needs access to, to do what is asked.
    pub(super) fn area(&self) -> Area {
        match self.files_of_the_firm().next() {
            Some(_) => Area::RequestsWithFiles,
            None => Area::Requests,
        }
    }
}

impl Whole {
    /// Differs whenever something else is asked. Answers are no part of it, nor what the firm says of them.
    pub(super) fn edition(&self) -> String {
        let Self { request, sheet } = self;
        let items: Vec<&Item> = sheet.entries.iter().map(|entry| &entry.item).collect();
        let head = (&request.title, &request.audience, request.due, &request.reminders.rule);
        edition(&(head, &sheet.instructions, &sheet.attached, items))
    }
}
