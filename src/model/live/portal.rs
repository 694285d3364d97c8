//! What contacts hear: only that something they see is another than before. It is compared, not guessed: of a change that
//! is not shown to them, not even the moment gets out.

use std::collections::BTreeMap;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::{Batch, CLOSELY, is_of_request};
use crate::error::{Error, Result};
use crate::model::db::{self, Order, Read, Record, Records, Span};
use crate::model::edition::edition;
use crate::model::file::{ALL, File};
use crate::model::id::Id;
use crate::model::portal::{Portal, Shown, Viewer};
use crate::model::request::{Ask, Comment, PortalRequest, PortalStage, Request, Sheet};

/// What a contact looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortalTopic {
    /// What waits for them at the client, and what is done.
    Todo,
    /// One request that is shown to them.
    Request(Id<Request>),
}

/// A contact who waits for changes of a topic.
pub struct PortalChanges {
    topic: PortalTopic,
    /// What they see of it: the edition of each request.
    seen: BTreeMap<Id<Request>, String>,
    receiver: broadcast::Receiver<Batch>,
}

impl Portal {
    /// Waits for changes of a topic from now on. What is not shown to them is not there.
    pub fn changes(&self, topic: PortalTopic) -> Result<PortalChanges> {
        // Listened to first: what is written while we look is told twice rather than never.
        let receiver = self.person().core().live.sender.subscribe();
        if !self.viewer().areas().requests {
            return Err(Error::NotFound);
        }
        let seen = self.person().read(|r| all(r, self.viewer(), topic))?;
        match topic {
            PortalTopic::Request(_) if seen.is_empty() => Err(Error::NotFound),
            PortalTopic::Request(_) | PortalTopic::Todo => {
                Ok(PortalChanges { topic, seen, receiver })
            }
        }
    }

    /// Whether what they see of the topic changed; comes back when it did. False when the server stops.
    pub async fn next_change(&self, changes: &mut PortalChanges) -> Result<bool> {
        loop {
            let batch = match changes.receiver.recv().await {
                Ok(batch) if batch.0.len() <= CLOSELY => Some(batch),
                Ok(_) | Err(RecvError::Lagged(_)) => None,
                Err(RecvError::Closed) => return Ok(false),
            };
            let batch = batch.as_ref().map(|batch| &*batch.0);
            let viewer = self.viewer();
            if self.person().read(|r| changes.look_again(r, viewer, batch))? {
                return Ok(true);
            }
        }
    }
}

impl PortalChanges {
    /// Whether they see something else than before. Without a batch, everything is looked at.
    fn look_again(
        &mut self,
        r: &Read,
        viewer: &Viewer,
        batch: Option<&[db::Change]>,
    ) -> Result<bool> {
        let mut new = self.seen.clone();
        match (self.topic, batch) {
            (_, None) => new = all(r, viewer, self.topic)?,
            (PortalTopic::Todo, Some(batch)) => {
                for change in batch.iter().filter(|change| change.table == Request::TABLE) {
                    let id = Id::from_bytes(change.id);
                    keep(&mut new, id, line(r, viewer, id)?);
                }
            }
            (PortalTopic::Request(id), Some(batch)) => {
                for change in batch {
                    if is_of_request(r, *change, id)? {
                        keep(&mut new, id, page(r, viewer, id)?);
                        break;
                    }
                }
            }
        }
        let differs = new != self.seen;
        self.seen = new;
        Ok(differs)
    }
}

fn keep(seen: &mut BTreeMap<Id<Request>, String>, id: Id<Request>, edition: Option<String>) {
    match edition {
        Some(edition) => seen.insert(id, edition),
        None => seen.remove(&id),
    };
}

/// All they see of a topic.
fn all(r: &Read, viewer: &Viewer, topic: PortalTopic) -> Result<BTreeMap<Id<Request>, String>> {
    let mut seen = BTreeMap::new();
    match topic {
        PortalTopic::Request(id) => keep(&mut seen, id, page(r, viewer, id)?),
        PortalTopic::Todo => {
            for id in asked(r, viewer)? {
                keep(&mut seen, id, line(r, viewer, id)?);
            }
        }
    }
    Ok(seen)
}

/// The requests that may be shown to them.
fn asked(r: &Read, viewer: &Viewer) -> Result<Vec<Id<Request>>> {
    let mut ids = Vec::new();
    for who in [ALL, viewer.contact().bytes()] {
        let theirs = Span::prefix([viewer.client().bytes(), who].concat());
        for index in ["request.open-to", "request.done-to"] {
            ids.extend(r.ids_in(index, &theirs, Order::Ascending, usize::MAX)?);
        }
    }
    Ok(ids)
}

/// What they see of a request in a list.
fn line(r: &Read, viewer: &Viewer, id: Id<Request>) -> Result<Option<String>> {
    let view = shown(r, viewer, id)?;
    // What was withdrawn is in no list.
    Ok(view.filter(|view| view.stage != PortalStage::Withdrawn).map(|view| edition(&view)))
}

fn shown(r: &Read, viewer: &Viewer, id: Id<Request>) -> Result<Option<PortalRequest>> {
    let request: Option<Request> = r.get(id)?;
    Ok(request.and_then(|request| request.shown_to(viewer)))
}

/// What they see of a request on its page.
fn page(r: &Read, viewer: &Viewer, id: Id<Request>) -> Result<Option<String>> {
    let Some(head) = shown(r, viewer, id)? else { return Ok(None) };
    let Some(sheet) = r.get(Sheet::of(id))? else { return Ok(None) };
    let seen = |file: &File| file.shown_to(viewer);
    let handed_in: Vec<_> =
        r.by::<File>("file.request", id, usize::MAX)?.iter().filter_map(seen).collect();
    let to_read = sheet.shown().filter_map(|entry| match entry.item.ask {
        Ask::Read { file } => file,
        _ => None,
    });
    let mut attached = Vec::new();
    for file in sheet.attached.iter().copied().chain(to_read) {
        attached.extend(r.get(file)?.as_ref().and_then(seen));
    }
    let comments: Vec<Comment> = r.by("comment.request", id, usize::MAX)?;
    let items: Vec<_> = sheet.shown().collect();
    let all = (head, &sheet.instructions, items, comments, handed_in, attached);
    Ok(Some(edition(&all)))
}
