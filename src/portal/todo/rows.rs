//! The rows of what waits and of what is done. There may be hundreds, so they are written here and not by a template.

use crate::error::Result;
use crate::http::html::{Html, Markup};
use crate::http::pages::Pages;
use crate::http::parts;
use crate::model::request::{PortalRequest, PortalStage, TodoRow};
use crate::values::Day;

use super::due::Due;

/// Of one row, roughly.
const BYTES: usize = 1_536;

/// Where a request is.
pub fn path(request: &PortalRequest) -> String {
    format!("/p/{}/requests/{}", request.client, request.id)
}

/// The `<li>`s of what waits.
pub fn waiting(rows: &[TodoRow], today: Day, pages: &Pages<'_>) -> Result<Markup> {
    let mut html = Html::with_capacity(rows.len() * BYTES);
    for row in rows {
        one_waiting(&mut html, row, today, pages)?;
    }
    Ok(html.into())
}

fn one_waiting(html: &mut Html, row: &TodoRow, today: Day, pages: &Pages<'_>) -> Result<()> {
    let request = &row.request;
    begin(html, request, "brand", if request.task { "check" } else { "list" })?;
    if !request.task {
        html.tags("<span>");
        html.show(format_args!("{} of {} done", request.done, request.of));
        html.tags("</span>");
    }
    if request.returned > 0 {
        html.fill("<span>{}</span>", [sent_back(request.returned).as_str()]);
    }
    let asked = if request.task && request.returned == 0 { "Asked" } else { "asked" };
    html.fill("<span>{} by <bdi>{}</bdi></span></span></span>", [asked, &request.from]);
    if let Some(due) = request.due {
        let due = Due::of(due, today, pages.times().style);
        parts::pill(html, &due.text, due.tone, due.icon, "")?;
    }
    if request.of > 0 {
        // What it says stands in words above it.
        html.tags("<span class=\"waits-bar\" aria-hidden=\"true\"><progress value=\"");
        html.show(request.done);
        html.tags("\" max=\"");
        html.show(request.of);
        html.tags("\"></progress></span>");
    }
    html.tags("</a></li>\n");
    Ok(())
}

/// "1 sent back to you".
fn sent_back(items: u16) -> String {
    format!("{items} sent back to you")
}

/// The `<li>`s of what was handed in or is completed.
pub fn done(requests: &[PortalRequest], firm: &str, pages: &Pages<'_>) -> Result<Markup> {
    let mut html = Html::with_capacity(requests.len() * BYTES);
    for request in requests {
        let handed_in = request.stage == PortalStage::HandedIn;
        begin(&mut html, request, if handed_in { "quiet" } else { "good" }, "check")?;
        if handed_in {
            html.fill("<span>{} looks at it</span>", [firm]);
        } else {
            html.fill("<span>{}</span>", [request.stage.label()]);
        }
        if let (Some(by), Some(at)) = (&request.ended_by, request.ended) {
            let verb = if handed_in { "sent by" } else { "by" };
            html.fill("<span>{} <bdi>{}</bdi> on {}</span>", [verb, by, &pages.day(at)]);
        }
        html.tags("</span></span>");
        parts::draw(&mut html, "right", "faint", "")?;
        html.tags("</a></li>\n");
    }
    Ok(html.into())
}

/// A row up to its small print.
fn begin(
    html: &mut Html,
    request: &PortalRequest,
    tone: &'static str,
    icon: &'static str,
) -> Result<()> {
    html.fill(r#"<li><a class="item waits" href="{}">"#, [&path(request)]);
    html.fill(r#"<span class="tile" data-tone="{}">"#, [tone]);
    parts::draw(html, icon, "", "")?;
    html.fill(
        r#"</span><span><span class="title"><bdi>{}</bdi></span><br><span class="meta">"#,
        [request.title.as_str()],
    );
    Ok(())
}
