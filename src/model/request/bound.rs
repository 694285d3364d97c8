//! Files that belong to a request: who sees them when others are asked, and where they wait once the request is over.

use std::collections::BTreeSet;

use super::files::{joined, show_to_asked};
use super::{Comment, HandedInFor, Request, Whole};
use crate::error::Result;
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Author, Because, File, Review};
use crate::model::id::Id;

/// What becomes of files when others are asked than before. What was handed in is seen by those who are asked now, and by
/// nobody who no longer is, except whoever added it. What staff have shown with a comment is seen by those who are asked now
/// as well. An audience that staff chose by hand stays as they chose it. Nobody is told of a file: the request is told.
pub(super) fn follow_audience(
    tx: &mut Write<'_, '_>,
    before: &Audience,
    request: &Request,
    by: &Author,
) -> Result<()> {
    let asked = &request.audience;
    if before == asked {
        return Ok(());
    }
    for file in tx.by::<File>("file.request", request.id, usize::MAX)? {
        let audience = match &file.because {
            Because::Chosen { .. } | Because::Folder { .. } => continue,
            // Staff have shown it to others as well, with this request or another.
            Because::Request { by, .. } if by.contact().is_none() => joined(&file.audience, asked),
            Because::Request { .. } | Because::Added => asked.clone(),
        };
        if audience != file.audience {
            tx.put(&File { audience, ..file })?;
        }
    }
    for comment in tx.by::<Comment>("comment.request", request.id, usize::MAX)? {
        for id in comment.files {
            let file: Option<File> = tx.get(id)?;
            let shown = |file: &File| {
                let with_it = matches!(file.because, Because::Request { .. });
                let to_all = *before != Audience::Firm && file.seen_by_all(before);
                with_it && to_all && !file.is_for(request.id) && file.trash.is_none()
            };
            if file.is_some_and(|file| shown(&file)) {
                show_to_asked(tx, request, id, by)?;
            }
        }
    }
    Ok(())
}

/// A file whose item is gone is an upload like any other: if nobody has looked at it, it waits in the Inbox.
pub(super) fn free(tx: &mut Write<'_, '_>, request: Id<Request>, file: Id<File>) -> Result<()> {
    let file: Option<File> = tx.get(file)?;
    match file.filter(|file| file.is_for(request)) {
        Some(file) => tx.put(&File { handed_in_for: None, ..file }),
        None => Ok(()),
    }
}

/// When a request is over, nobody reviews its items any more: what was added to them and nobody has looked at waits in the
/// Inbox from now on.
pub(super) fn free_unreviewed(tx: &mut Write<'_, '_>, request: Id<Request>) -> Result<()> {
    for file in tx.by::<File>("file.request", request, usize::MAX)? {
        let of_item = file.handed_in_for.is_some_and(|of| of.item.is_some());
        if of_item && file.review == Some(Review::Waiting) {
            tx.put(&File { handed_in_for: None, ..file })?;
        }
    }
    Ok(())
}

/// A request that is opened again has the files of its answers back: they are reviewed with it.
pub(super) fn bind_again(tx: &mut Write<'_, '_>, whole: &Whole) -> Result<()> {
    let request = whole.request.id;
    for entry in &whole.sheet.entries {
        let item = Some(entry.item.number);
        for file in entry.files() {
            let file: Option<File> = tx.get(*file)?;
            if let Some(file) = file.filter(|file| file.handed_in_for.is_none()) {
                let handed_in_for = Some(HandedInFor { request, item });
                tx.put(&File { handed_in_for, ..file })?;
            }
        }
    }
    Ok(())
}

/// Files went to the trash or came back: the requests for which they were handed in count them no more, or again. What is
/// over stays as it was.
pub(in crate::model) fn count_anew(
    tx: &mut Write<'_, '_>,
    requests: BTreeSet<Id<Request>>,
) -> Result<()> {
    for id in requests {
        let request: Option<Request> = tx.get(id)?;
        if let Some(request) = request.filter(|request| request.stage.is_out()) {
            Whole::of(tx, request)?.put(tx)?;
        }
    }
    Ok(())
}
