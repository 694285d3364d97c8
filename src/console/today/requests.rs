//! Of Today: which requests are due, and which came in.

use serde::Serialize;

use super::StuckShown;
use crate::console::requests::rows::{self, Table};
use crate::error::Result;
use crate::http::html::Markup;
use crate::http::pages::Pages;
use crate::model::request::Stage;
use crate::model::{Console, RequestRow, RequestsNow};

/// Rows of each.
const MOST: usize = 5;

/// What waits for clients and is due.
#[derive(Serialize)]
pub(super) struct DueSoon {
    /// "3 overdue, 4 more within 7 days".
    text: String,
    /// The list of all that are overdue, or else of those due soon.
    all: &'static str,
    rows: Markup,
}

/// What is due, none where nothing is; and what came in, as rows of what needs somebody.
pub(super) fn requests(
    console: &Console,
    pages: &Pages<'_>,
) -> Result<(Option<DueSoon>, Vec<StuckShown>)> {
    let now = console.requests_now(MOST)?;
    let mut came_in: Vec<_> = now.came_in.iter().map(|row| to_review(row, pages)).collect();
    came_in.extend(more(&now, pages));
    Ok((due(&now, pages)?, came_in))
}

fn due(now: &RequestsNow, pages: &Pages<'_>) -> Result<Option<DueSoon>> {
    let text = match (now.overdue, now.soon) {
        (0, 0) => return Ok(None),
        (0, soon) => format!("{soon} within 7 days"),
        (overdue, 0) => format!("{overdue} overdue"),
        (overdue, soon) => format!("{overdue} overdue, {soon} more within 7 days"),
    };
    let all = match now.overdue {
        0 => "/console/requests?view=list&state=soon",
        _ => "/console/requests?view=list&state=overdue",
    };
    Ok(Some(DueSoon { text, all, rows: rows::table(&now.due, pages, Table::Brief)? }))
}

fn to_review(row: &RequestRow, pages: &Pages<'_>) -> StuckShown {
    let request = &row.request;
    let by = match &request.stage {
        Stage::HandedIn { by, .. } => format!(", handed in by {}", by.name),
        _ => String::new(),
    };
    StuckShown {
        tone: "brand",
        icon: "list",
        title: format!("{} waits for review", request.title),
        about: format!("{}{by}", row.client_name),
        href: format!("/console/requests/{}", request.id),
        since: pages.when(request.since()),
    }
}

/// One row for all that are not shown.
fn more(now: &RequestsNow, pages: &Pages<'_>) -> Option<StuckShown> {
    let more = now.to_review.saturating_sub(now.came_in.len());
    let last = now.came_in.last().filter(|_| more > 0)?;
    Some(StuckShown {
        tone: "brand",
        icon: "list",
        title: match more {
            1 => "1 more request waits for review".to_owned(),
            many => format!("{many} more requests wait for review"),
        },
        about: "Handed in earlier".to_owned(),
        href: "/console/requests?view=list&state=handed-in".to_owned(),
        since: pages.when(last.request.since()),
    })
}
