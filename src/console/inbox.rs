//! The Inbox: what clients added, until somebody of the firm has looked at it.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::files::{MOST_UNDONE, UNDO_SECONDS, base};
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
    Routes::default()
        .get(HOME, inbox_page)
        .post("/console/inbox/reviewed", review)
        .post("/console/inbox/reviewed/:ids/undo", undo_review)
}

const HOME: &str = "/console/inbox";
/// Rows of a page.
const MOST_ROWS: usize = 50;

/// Where the page begins, or for the way back where it ends.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    after: String,
    before: String,
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
    back: Option<String>,
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
    let PageRows { rows, later, more } = page_rows(&console, &place)?;
    let at = |way, row: &InboxRow| format!("{HOME}?{way}={}", row.place());
    let next = rows.last().filter(|_| more).map(|row| at("after", row));
    // A page that has become empty leads to the first one.
    let back = later.then(|| rows.first().map_or_else(|| HOME.to_owned(), |row| at("before", row)));
    let text = match rows.len() {
        1 if !later => "1 upload waits".to_owned(),
        many if !later && !more => format!("{many} uploads wait"),
        many => format!("{many} uploads on this page"),
    };
    let pager =
        (back.is_some() || next.is_some()).then_some(Pager { text: "Newest first", back, next });
    pages.show(&InboxPage {
        rows: rows.into_iter().map(|row| Row::of(row, &pages)).collect(),
        text,
        pages: pager,
    })
}

/// What is on a page, and whether others lie before and behind it.
struct PageRows {
    rows: Vec<InboxRow>,
    later: bool,
    more: bool,
}

fn page_rows(console: &Console, place: &Place) -> Result<PageRows> {
    if let Ok(before) = place.before.parse() {
        let mut inbox = console.inbox(InboxOrder::Oldest, Some(before), MOST_ROWS)?;
        // With nothing left before them they are the first page, which begins with what came meanwhile.
        if inbox.next.is_some() {
            inbox.rows.reverse();
            return Ok(PageRows { rows: inbox.rows, later: true, more: true });
        }
    }
    let after = place.after.parse().ok();
    let inbox = console.inbox(InboxOrder::Newest, after, MOST_ROWS)?;
    Ok(PageRows { more: inbox.next.is_some(), rows: inbox.rows, later: after.is_some() })
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
    let undo = undo_of(&ids);
    Ok(see_other(HOME).flash(match console.review_uploads(ids).await {
        Ok(0) => Flash::ok("Somebody else has looked at it meanwhile."),
        Ok(1) => undo(Flash::ok("1 upload is marked as reviewed.")),
        Ok(many) => undo(Flash::ok(format!("{many} uploads are marked as reviewed."))),
        Err(Error::Refused(why)) => Flash::bad(why.into_owned()),
        Err(e) => return Err(e),
    }))
}

/// Puts into a message that uploads are reviewed the way to take that back.
pub(super) fn undo_of(files: &[Id<File>]) -> impl FnOnce(Flash) -> Flash + use<> {
    let ids: Vec<_> = files.iter().map(ToString::to_string).collect();
    let undo = format!("{HOME}/reviewed/{}/undo", ids.join(","));
    // More do not fit into the message's cookie.
    let fits = ids.len() <= MOST_UNDONE;
    move |flash| if fits { flash.undo(undo, "Undo", UNDO_SECONDS) } else { flash }
}

#[handler]
async fn undo_review(console: Console, Path(ids): Path<String>) -> Result<Response> {
    let ids = ids.split(',').map(|id| id.parse().map_err(|_| Error::NotFound));
    let back = console.undo_review(ids.collect::<Result<_>>()?, true).await?;
    Ok(see_other(HOME).flash(match back {
        0 => Flash::ok("Nothing was put back: it has changed since."),
        1 => Flash::ok("1 upload waits again."),
        many => Flash::ok(format!("{many} uploads wait again.")),
    }))
}
