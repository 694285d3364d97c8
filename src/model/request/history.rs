//! What a contact sees of the history of a request: what the firm does among itself stays there.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Change, Request, What};
use crate::error::Result;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::file::Author;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::portal::Viewer;
use crate::values::Title;

/// Changes of one answer by the same person within this time are one.
const ONE_SITTING: SignedDuration = SignedDuration::from_hours(1);

/// A change as a contact sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalChange {
    /// When.
    pub at: Timestamp,
    /// Who; none for the server itself.
    pub by: Option<String>,
    /// Whether it was they.
    pub mine: bool,
    /// What, after their name: "answered “Lease”".
    pub text: String,
    /// Whether it was handed in.
    #[serde(skip)]
    pub(super) hands_in: bool,
}

impl What {
    /// What it says to a contact, after the name of who did it; none for what is the firm's alone.
    fn for_contacts(&self) -> Option<String> {
        Some(match self {
            Self::Sent { .. } => "sent it".into(),
            Self::Edited { .. } => "changed what is asked".into(),
            Self::Moved { .. } => "moved the due date".into(),
            Self::Answered { item } => format!("answered “{item}”"),
            Self::Cleared { item } => format!("took back the answer to “{item}”"),
            Self::HandedIn => "handed it in".into(),
            Self::Accepted { item } => format!("accepted “{item}”"),
            Self::Returned { item, .. } => format!("sent back “{item}”"),
            Self::Completed => "completed it".into(),
            Self::Reopened => "opened it again".into(),
            Self::Withdrawn => "withdrew it".into(),
            _ => return None,
        })
    }
}

/// What a contact who sees the request sees of its history, oldest first.
pub(super) fn history_of(
    r: &impl Records,
    viewer: &Viewer,
    request: &Request,
) -> Result<Vec<PortalChange>> {
    let Some(sent) = request.stage.sent() else { return Ok(Vec::new()) };
    let changes: Vec<Change> = r.by("change.request", request.id, usize::MAX)?;
    // What was written before it was sent is the firm's.
    let since = changes.into_iter().filter(|change| change.at >= sent);
    let seen = since.filter_map(|change| {
        Some(PortalChange {
            at: change.at,
            text: change.what.for_contacts()?,
            mine: change.by.as_ref().is_some_and(|by| by.who == Who::Contact(viewer.contact())),
            by: change.by.map(|by| by.name),
            hands_in: change.what == What::HandedIn,
        })
    });
    Ok(seen.collect())
}

impl Write<'_, '_> {
    /// Adds that a contact answered an item, or took the answer back. The same again within an hour, with nothing else done
    /// to the item between, is one change.
    pub(super) fn note_answer(
        &mut self,
        request: Id<Request>,
        by: &Author,
        item: &Title,
        what: What,
    ) -> Result<()> {
        let span = Span::prefix(request);
        for id in self.ids_in("change.request", &span, Order::Descending, LOOKED_AT)? {
            let change: Change = self.need(id)?;
            let same_sitting = self.now().duration_since(change.at) < ONE_SITTING;
            match &change.what {
                _ if !same_sitting => break,
                before if *before == what => {
                    if change.by.as_ref().is_some_and(|author| author.who == by.who) {
                        return Ok(());
                    }
                    break;
                }
                What::Answered { item: other } | What::Cleared { item: other } if other != item => {
                }
                _ => break,
            }
        }
        self.note_change(request, Some(by.clone()), what)
    }
}

/// Changes among which the same one is looked for.
const LOOKED_AT: usize = 100;
