//! What a contact sees of a request.

use jiff::Timestamp;
use serde::Serialize;

use super::{Request, Stage};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::db::Records;
use crate::model::id::Id;
use crate::model::portal::{InModel, Shown, Viewer};
use crate::values::{Day, Title};

/// What a contact sees of a request, without its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalRequest {
    /// Its id.
    pub id: Id<Request>,
    /// Who is asked.
    pub client: Id<Client>,
    /// What is asked for.
    pub title: Title,
    /// The civil day in the firm's zone at whose end it is due.
    pub due: Option<Day>,
    /// Where it stands.
    pub stage: PortalStage,
    /// Items that are answered.
    pub done: u16,
    /// All items that appear.
    pub of: u16,
    /// Items that were sent back and are not answered anew.
    pub returned: u16,
    /// Whether there is nothing to hand in: it is marked done.
    pub task: bool,
    /// Who asks.
    pub from: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// When it was handed in, completed or withdrawn last.
    pub ended: Option<Timestamp>,
    /// By whom.
    pub ended_by: Option<String>,
}

/// Where a request stands, as its contacts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalStage {
    /// Nobody has begun.
    Todo,
    /// Somebody has begun, or something was sent back.
    InProgress,
    /// The firm looks at it.
    HandedIn,
    /// Everything was accepted, or the task is done.
    Completed,
    /// The firm has taken it back.
    Withdrawn,
}

impl PortalStage {
    /// As pages name it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Todo => "To do",
            Self::InProgress => "In progress",
            Self::HandedIn => "Handed in",
            Self::Completed => "Completed",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// Whether it waits for the client.
    #[must_use]
    pub const fn open(self) -> bool {
        matches!(self, Self::Todo | Self::InProgress)
    }

    const fn of(stage: &Stage) -> Option<Self> {
        Some(match stage {
            Stage::Draft => return None,
            Stage::Sent { .. } => Self::Todo,
            Stage::InProgress { .. } => Self::InProgress,
            Stage::HandedIn { .. } => Self::HandedIn,
            Stage::Completed { .. } => Self::Completed,
            Stage::Withdrawn { .. } => Self::Withdrawn,
        })
    }
}

impl InModel for Request {}
impl Shown for Request {
    type View = PortalRequest;
    fn shown_to(&self, viewer: &Viewer) -> Option<PortalRequest> {
        if !self.is_shown_to(viewer) {
            return None;
        }
        let (ended, ended_by) = match &self.stage {
            Stage::HandedIn { at, by, .. }
            | Stage::Completed { at, by, .. }
            | Stage::Withdrawn { at, by, .. } => (Some(*at), Some(by.name.clone())),
            Stage::Draft | Stage::Sent { .. } | Stage::InProgress { .. } => (None, None),
        };
        Some(PortalRequest {
            id: self.id,
            client: self.client,
            title: self.title.clone(),
            due: self.due,
            stage: PortalStage::of(&self.stage)?,
            done: self.progress.done,
            of: self.progress.of,
            returned: self.progress.returned,
            task: self.is_task(),
            from: self.by.name.clone(),
            sent: self.stage.sent()?,
            ended,
            ended_by,
        })
    }
}

impl Request {
    /// Whether somebody sees it at all: what [`Shown`] says, without making the view.
    pub(super) fn is_shown_to(&self, viewer: &Viewer) -> bool {
        let theirs = viewer.areas().requests && self.client == viewer.client();
        theirs && self.audience.means(viewer.contact()) && self.stage.sent().is_some()
    }
}

/// A request that a contact sees, with all that is known of it.
pub(in crate::model) fn shown_request(
    r: &impl Records,
    viewer: &Viewer,
    id: Id<Request>,
) -> Result<Request> {
    let request: Option<Request> = r.get(id)?;
    request.filter(|request| request.shown_to(viewer).is_some()).ok_or(Error::NotFound)
}
