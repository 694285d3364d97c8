//! The Inbox: what clients added, until somebody of the firm has looked at it.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::files::base;
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::{Audience, File, Scan};
use crate::model::{Console, Id, InboxOrder, InboxRow};
use crate::values::size;

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, inbox_page).post("/console/inbox/reviewed", review)
}

const HOME: &str = "/console/inbox";
/// Rows of a page.
const MOST_ROWS: usize = 50;

/// Where the page begins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    after: String,
}

#[derive(Serialize)]
struct InboxPage {
    rows: Vec<Row>,
    text: String,
    pages: Option<Pager>,
}

#[derive(Serialize)]
struct Pager {
    text: &'static str,
    back: Option<&'static str>,
    next: Option<String>,
}

/// An upload that waits.
#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    icon: &'static str,
    href: String,
    client: String,
    client_href: String,
    by: String,
    at: When,
    size: String,
    note: Option<String>,
    folder: Option<String>,
    audience: Option<Seen>,
    scan: Option<Scanned>,
    put: String,
    reject: String,
}

/// Who sees it besides its uploader and the firm.
#[derive(Serialize)]
struct Seen {
    text: &'static str,
    tone: &'static str,
    icon: &'static str,
    title: &'static str,
}

impl Seen {
    fn of(file: &File) -> Option<Self> {
        let seen = |text, icon| Some(Self { text, tone: "info", icon, title: "" });
        match &file.audience {
            Audience::Firm => None,
            Audience::Everyone => seen("Everyone", "users"),
            Audience::Named(_) => seen("Other contacts too", "user"),
        }
    }
}

#[derive(Serialize)]
struct Scanned {
    text: &'static str,
    tone: &'static str,
}

impl Page for InboxPage {
    const TEMPLATE: &'static str = "console/inbox/index.html";
    const SECTION: &'static str = "inbox";
}

#[handler]
async fn inbox_page(
    console: Console,
    pages: Pages<'_>,
    Query(place): Query<Place>,
) -> Result<Response> {
    let inbox = console.inbox(InboxOrder::Newest, place.after.parse().ok(), MOST_ROWS)?;
    let first = place.after.is_empty();
    let next = inbox.next.as_ref().map(|next| format!("{HOME}?after={next}"));
    let text = match inbox.rows.len() {
        1 if first => "1 upload waits".to_owned(),
        many if first && next.is_none() => format!("{many} uploads wait"),
        many => format!("{many} uploads on this page"),
    };
    let back = (!first).then_some(HOME);
    let pager =
        (back.is_some() || next.is_some()).then_some(Pager { text: "Newest first", back, next });
    pages.show(&InboxPage {
        rows: inbox.rows.into_iter().map(|row| Row::of(row, &pages)).collect(),
        text,
        pages: pager,
    })
}

impl Row {
    fn of(row: InboxRow, pages: &Pages<'_>) -> Self {
        let InboxRow { file, client, client_name, folder } = row;
        let (newest, here) = (file.newest(), format!("{}/{}", base(client), file.id));
        Self {
            id: file.id.to_string(),
            icon: newest.media.icon(),
            client: client_name.to_string(),
            client_href: base(client),
            by: file.by.name.clone(),
            at: pages.when(file.added),
            size: size(newest.bytes),
            note: file.note.as_ref().map(ToString::to_string),
            folder: folder.map(|folder| folder.to_string()),
            audience: Seen::of(&file),
            scan: match &newest.scan {
                Scan::Waiting => Some(Scanned { text: "Waits for the virus scan", tone: "warn" }),
                _ if !newest.usable() => Some(Scanned { text: "Locked", tone: "bad" }),
                _ => None,
            },
            put: format!("{here}/put?from=inbox"),
            reject: format!("{here}/reject?from=inbox"),
            href: here,
            name: file.name.to_string(),
        }
    }
}

/// What was ticked, or the one whose own button was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reviewed {
    file: Vec<String>,
    only: String,
}

#[handler]
async fn review(console: Console, Form(form): Form<Reviewed>) -> Result<Response> {
    let ids = if form.only.is_empty() { form.file } else { vec![form.only] };
    let ids: Vec<Id<File>> =
        ids.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect::<Result<_>>()?;
    if ids.is_empty() {
        return Ok(see_other(HOME).flash(Flash::bad("Tick at least one upload first.")));
    }
    Ok(see_other(HOME).flash(match console.review_uploads(ids).await {
        Ok(0) => Flash::ok("Somebody else has looked at it meanwhile."),
        Ok(1) => Flash::ok("1 upload is marked as reviewed."),
        Ok(many) => Flash::ok(format!("{many} uploads are marked as reviewed.")),
        Err(Error::Refused(why)) => Flash::bad(why.into_owned()),
        Err(e) => return Err(e),
    }))
}
