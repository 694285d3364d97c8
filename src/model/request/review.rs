//! Review: staff accept what was handed in, or send it back with a reason.

use super::bound::free_unreviewed;
use super::hand_in::handed_in;
use super::{Entry, ItemState, Request, Stage, What, Whole};
use crate::error::{Error, Result};
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::file::{Author, File, Review};
use crate::model::id::Id;
use crate::model::notices::RequestNews;
use crate::values::{Day, Message, Title};

/// What became of accepting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// How many items were accepted just now.
    pub items: usize,
    /// Whether the request is complete by that.
    pub completed: bool,
}

impl Console {
    /// Accepts items that were handed in, by their numbers, with the [`super::Entry::mark`] of the answer that was looked at:
    /// another answer is not accepted unseen. What is accepted already stays so. When nothing is left to do, the request is
    /// complete.
    pub async fn accept_items(
        &self,
        request: Id<Request>,
        seen: Vec<(u16, String)>,
    ) -> Result<Accepted> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            let mut whole = Whole::need(tx, request)?;
            if matches!(whole.request.stage, Stage::Completed { .. }) {
                return Ok(Accepted { items: 0, completed: true });
            }
            check_handed_in(&whole.request.stage)?;
            let items = looked_at(&whole, &seen)?;
            let accepted = match items.as_slice() {
                [] => Vec::new(),
                items => accept(tx, &mut whole, items, &by)?,
            };
            if accepted.is_empty() {
                return Ok(Accepted { items: 0, completed: false });
            }
            for item in accepted.iter().cloned() {
                tx.note_change(request, Some(by.clone()), What::Accepted { item })?;
            }
            let completed = settle(tx, &mut whole, &by)?;
            whole.put(tx)?;
            let what = match accepted.as_slice() {
                [one] => format!("“{one}”"),
                several => format!("{} items", several.len()),
            };
            let Request { title, client, .. } = &whole.request;
            let and = if completed { ", which completed it" } else { "" };
            let what = format!("accepted {what} of the request “{title}”{and}");
            tx.say("request-accepted", Some(*client), what)?;
            Ok(Accepted { items: accepted.len(), completed })
        })
        .await
    }

    /// Sends an item back: the contact answers it anew. Gives its title.
    pub async fn return_item(
        &self,
        request: Id<Request>,
        number: u16,
        reason: Message,
    ) -> Result<Title> {
        let (firm, by) = (self.firm()?, Author::of(self.me()));
        self.write(move |tx| {
            let (at, mut whole) = (tx.now(), Whole::need(tx, request)?);
            let sent = check_handed_in(&whole.request.stage)?;
            let shown = whole.sheet.shown().any(|entry| entry.item.number == number);
            let entry = whole.sheet.entry_mut(number).filter(|_| shown).ok_or(Error::NotFound)?;
            let item = entry.item.title.clone();
            if entry.state.open() {
                return Err(Error::refused(format!("“{item}” is with the client already.")));
            }
            entry.state = ItemState::Returned { by: by.clone(), at, reason: reason.clone() };
            for file in entry.files().to_vec() {
                review_file(tx, request, file, Review::Waiting)?;
            }
            whole.request.back_to_the_client(sent, Day::at(at, firm.zone.tz()));
            whole.put(tx)?;
            let what = What::Returned { item: item.clone(), reason };
            tx.note_change(request, Some(by), what)?;
            tx.tell_asked(&whole.request, RequestNews::Returned { number })?;
            let Request { title, client, .. } = &whole.request;
            let what = format!("sent back “{item}” of the request “{title}”");
            tx.say("request-returned", Some(*client), what)?;
            Ok(item)
        })
        .await
    }
}

/// When it was sent, if there is or was something of it to review.
fn check_handed_in(stage: &Stage) -> Result<jiff::Timestamp> {
    match stage {
        Stage::HandedIn { sent, .. } | Stage::InProgress { sent } => Ok(*sent),
        Stage::Draft | Stage::Sent { .. } => {
            Err(Error::refused("Nothing of it was handed in yet."))
        }
        Stage::Completed { .. } => Err(Error::refused(
            "This request is completed. Reopen it before you send something back.",
        )),
        Stage::Withdrawn { .. } => Err(Error::refused("This request was withdrawn.")),
    }
}

/// The numbers of items, if the answers to them are those that were looked at.
fn looked_at(whole: &Whole, seen: &[(u16, String)]) -> Result<Vec<u16>> {
    let one = |(number, mark): &(u16, String)| {
        let entry = whole.sheet.entry(*number).ok_or(Error::NotFound)?;
        if entry.mark() == *mark {
            return Ok(*number);
        }
        let title = &entry.item.title;
        Err(Error::refused(format!("“{title}” was answered anew meanwhile. Look at it first.")))
    };
    seen.iter().map(one).collect()
}

/// Marks items as accepted, with their files, and gives their titles. All that wait if none is named.
pub(super) fn accept(
    tx: &mut Write<'_, '_>,
    whole: &mut Whole,
    items: &[u16],
    by: &Author,
) -> Result<Vec<Title>> {
    let (at, request) = (tx.now(), whole.request.id);
    let shown: Vec<u16> = whole.sheet.shown().map(|entry| entry.item.number).collect();
    if items.iter().any(|number| !shown.contains(number)) {
        return Err(Error::NotFound);
    }
    let mut accepted = Vec::new();
    for entry in &mut whole.sheet.entries {
        let number = entry.item.number;
        if !shown.contains(&number) || !(items.is_empty() || items.contains(&number)) {
            continue;
        }
        if !entry.to_review() {
            match why_not(entry).filter(|_| !items.is_empty()) {
                Some(why) => return Err(Error::refused(format!("“{}” {why}", entry.item.title))),
                None => continue,
            }
        }
        for file in entry.files() {
            review_file(tx, request, *file, Review::Reviewed { by: by.clone(), at })?;
        }
        entry.state = ItemState::Accepted { by: by.clone(), at };
        accepted.push(entry.item.title.clone());
    }
    Ok(accepted)
}

/// Why an item cannot be accepted, after its title. What is accepted already is no reason.
fn why_not(entry: &Entry) -> Option<&'static str> {
    match entry.state {
        ItemState::Open | ItemState::Returned { .. } => {
            Some("is with the client, so there is nothing to accept.")
        }
        ItemState::HandedIn if entry.answer.is_some() => {
            Some("has its files in the trash. Bring them back, or send it back.")
        }
        ItemState::HandedIn => Some("was left empty, so there is nothing to accept."),
        ItemState::Accepted { .. } => None,
    }
}

/// A file is reviewed with its request. What was rejected stays so.
fn review_file(
    tx: &mut Write<'_, '_>,
    request: Id<Request>,
    file: Id<File>,
    review: Review,
) -> Result<()> {
    let file: Option<File> = tx.get(file)?;
    let file = file.filter(|file| file.is_for(request));
    match file.filter(|file| matches!(file.review, Some(Review::Waiting | Review::Reviewed { .. })))
    {
        Some(file) => tx.put(&File { review: Some(review), ..file }),
        None => Ok(()),
    }
}

/// Brings the stage in line with the items after staff accepted some or changed what is asked, or a contact handed in: with
/// something left to answer it is the client's turn, with something left to review the firm's, and with neither it is
/// complete, which is what this says.
pub(in crate::model) fn settle(
    tx: &mut Write<'_, '_>,
    whole: &mut Whole,
    by: &Author,
) -> Result<bool> {
    let Whole { request, sheet } = whole;
    let (sent, was_handed_in) = match request.stage {
        Stage::HandedIn { sent, .. } => (sent, true),
        Stage::InProgress { sent } => (sent, false),
        _ => return Ok(false),
    };
    if sheet.is_theirs() {
        request.stage = Stage::InProgress { sent };
    } else if sheet.shown().any(Entry::to_review) {
        if !was_handed_in && let Some((at, by)) = handed_in(tx, request.id)? {
            request.stage = Stage::HandedIn { sent, at, by };
        }
    } else {
        request.stage = Stage::Completed { sent, at: tx.now(), by: by.clone() };
        tx.note_change(request.id, Some(by.clone()), What::Completed)?;
        free_unreviewed(tx, request.id)?;
        return Ok(true);
    }
    Ok(false)
}
