//! Requests as lists of staff show them. Written here and not by templates, for a page has dozens of them.

use jiff::Timestamp;

use super::answers::tone;
use crate::error::Result;
use crate::http::html::{Html, Markup};
use crate::http::pages::Pages;
use crate::http::parts;
use crate::model::file::Audience;
use crate::model::request::Request;
use crate::model::{Lane, RequestRow};
use crate::values::Day;

/// Of one row, roughly.
const BYTES: usize = 1_536;

/// What a table of requests has beside title, due date and progress.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::console) enum Table {
    /// All of it, with ticks: the list of all clients.
    Ticks,
    /// The same without ticks and client: a client's record.
    OfClient,
    /// Only these three and the client: Today.
    Brief,
}

/// Writes requests as of now.
pub(in crate::console) struct Rows<'a> {
    html: Html,
    pages: &'a Pages<'a>,
    today: Day,
}

/// The `<tr>`s of a table.
pub(in crate::console) fn table(
    requests: &[RequestRow],
    pages: &Pages<'_>,
    kind: Table,
) -> Result<Markup> {
    let mut rows = Rows::new(requests.len(), pages);
    for request in requests {
        rows.row(request, kind)?;
    }
    Ok(rows.html.into())
}

/// The `<li>`s of a column of the board.
pub(super) fn cards(requests: &[RequestRow], pages: &Pages<'_>) -> Result<Markup> {
    let mut rows = Rows::new(requests.len(), pages);
    for request in requests {
        rows.card(request)?;
    }
    Ok(rows.html.into())
}

impl<'a> Rows<'a> {
    fn new(many: usize, pages: &'a Pages<'_>) -> Self {
        let times = pages.times();
        let today = Day::at(times.now, times.zone);
        Self { html: Html::with_capacity(many * BYTES), pages, today }
    }

    fn row(&mut self, row: &RequestRow, kind: Table) -> Result<()> {
        let request = &row.request;
        let (id, title) = (request.id.to_string(), request.title.as_str());
        self.html.tags("<tr>");
        if kind == Table::Ticks {
            self.html.fill(
                r#"<td class="ticks"><label><input type="checkbox" name="request" value="{}"><span class="visually-hidden">{}, {}</span></label></td>"#,
                [&id, title, row.client_name.as_str()],
            );
        }
        self.html.fill(
            r#"<th scope="row"><a href="/console/requests/{}"><bdi>{}</bdi></a>"#,
            [&id, title],
        );
        if kind != Table::OfClient {
            let name = row.client_name.as_str();
            self.html.fill(r#"<br><span class="meta"><bdi>{}</bdi></span>"#, [name]);
        }
        if kind == Table::OfClient && matches!(request.audience, Audience::Named(_)) {
            self.html.fill(r#"<br><span class="meta">To <bdi>{}</bdi></span>"#, [&asked(row)]);
        }
        if kind == Table::Brief {
            self.html.tags(r#"</th><td class="if-wide">"#);
            self.progress(request);
            self.html.tags(r#"</td><td><span class="row between">"#);
            self.due(request)?;
            self.remind(row)?;
            self.html.tags("</span></td></tr>\n");
            return Ok(());
        }
        self.html.tags(r#"<span class="if-narrow"><br><span class="row">"#);
        self.state(request)?;
        self.unseen(row)?;
        self.due(request)?;
        self.html.tags("</span></span></th>");
        if kind == Table::Ticks {
            self.html.fill(r#"<td class="if-wide"><bdi>{}</bdi></td>"#, [&asked(row)]);
        }
        self.html.tags(r#"<td class="if-wide">"#);
        self.due(request)?;
        self.html.tags(r#"</td><td class="if-wide">"#);
        self.state(request)?;
        self.unseen(row)?;
        self.html.tags(r#"</td><td class="if-wide">"#);
        self.progress(request);
        self.html.fill(r#"</td><td class="if-wide"><bdi>{}</bdi></td>"#, [&request.by.name]);
        self.html.tags("</tr>\n");
        Ok(())
    }

    fn card(&mut self, row: &RequestRow) -> Result<()> {
        let request = &row.request;
        let id = request.id.to_string();
        self.html.fill(
            r#"<li><a class="item" href="/console/requests/{}"><span class="title"><bdi>{}</bdi></span><span class="meta"><bdi>{}</bdi></span>"#,
            [&id, request.title.as_str(), row.client_name.as_str()],
        );
        if matches!(request.audience, Audience::Named(_)) {
            let to = asked(row);
            self.html.fill(r#"<span class="meta">To <bdi>{}</bdi></span>"#, [&to]);
        }
        self.html.tags(r#"<span class="row">"#);
        match request.lane() {
            Lane::Draft | Lane::Sent | Lane::InProgress => {
                self.due(request)?;
                self.returned(request)?;
                self.unseen(row)?;
            }
            Lane::HandedIn => {
                self.since(request);
                self.review_left(request)?;
                self.returned(request)?;
            }
            Lane::Reviewed => {
                parts::pill(&mut self.html, Lane::Reviewed.label(), tone(Lane::Reviewed), "", "")?;
                self.since(request);
            }
            Lane::Completed | Lane::Withdrawn => self.since(request),
        }
        self.html.tags("</span>");
        if request.lane().open() && request.progress.done > 0 {
            self.progress(request);
        }
        self.html.tags("</a></li>\n");
        Ok(())
    }

    /// The day it is due, in words where it waits for the client and that is near or over.
    fn due(&mut self, request: &Request) -> Result<()> {
        let Some(due) = request.due else {
            self.html.tags(r#"<span class="small faint">No due date</span>"#);
            return Ok(());
        };
        let style = self.pages.times().style;
        let days = self.today.days_until(due);
        let near = match days {
            _ if !request.lane().open() => None,
            -1 => Some(("1 day late".to_owned(), "bad")),
            ..-1 => Some((format!("{} days late", days.unsigned_abs()), "bad")),
            0 => Some(("Due today".to_owned(), "warn")),
            1 => Some(("Due tomorrow".to_owned(), "warn")),
            _ => None,
        };
        // No <time>: the script that writes those in the reader's zone must not move a civil day.
        self.html.fill(r#"<span class="small nobreak" title="{}">"#, [&due.full(style)]);
        match near {
            Some((words, tone)) => parts::pill(&mut self.html, &words, tone, "clock", "")?,
            None => self.html.text(&due.short(self.today, style)),
        }
        self.html.tags("</span>");
        Ok(())
    }

    fn state(&mut self, request: &Request) -> Result<()> {
        let lane = request.lane();
        parts::pill(&mut self.html, lane.label(), tone(lane), "", "")?;
        self.html.tags(" ");
        self.returned(request)?;
        if lane.ended() || matches!(lane, Lane::HandedIn | Lane::Reviewed) {
            self.since(request);
        }
        Ok(())
    }

    fn returned(&mut self, request: &Request) -> Result<()> {
        let count = request.progress.returned;
        if count > 0 && !request.lane().ended() {
            parts::pill(&mut self.html, &format!("{count} sent back"), "warn", "", "")?;
            self.html.tags(" ");
        }
        Ok(())
    }

    fn unseen(&mut self, row: &RequestRow) -> Result<()> {
        if row.unseen {
            parts::pill(&mut self.html, "Nobody sees it yet", "warn", "alert", "")?;
            self.html.tags(" ");
        }
        Ok(())
    }

    /// The button of Today that reminds; nobody is reminded of what they cannot see.
    fn remind(&mut self, row: &RequestRow) -> Result<()> {
        if row.unseen {
            return self.unseen(row);
        }
        let request = &row.request;
        self.html.fill(
            r#"<form method="post" action="/console/requests/{}/remind"><input type="hidden" name="back" value="/console"><button class="btn btn-sm" type="submit">Remind<span class="visually-hidden"> of {}, {}</span></button></form>"#,
            [request.id.to_string().as_str(), request.title.as_str(), row.client_name.as_str()],
        );
        Ok(())
    }

    fn review_left(&mut self, request: &Request) -> Result<()> {
        let count = request.progress.to_review;
        if count > 0 {
            parts::pill(&mut self.html, &format!("{count} to review"), "brand", "", "")?;
            self.html.tags(" ");
        }
        Ok(())
    }

    /// Since when it stands where it does.
    fn since(&mut self, request: &Request) {
        self.html.tags(r#"<span class="meta nobreak">"#);
        self.time(request.since());
        self.html.tags("</span>");
    }

    fn time(&mut self, at: Timestamp) {
        let when = self.pages.when(at);
        let parts = [when.iso.as_str(), &when.full, &when.text];
        self.html.fill(r#"<time datetime="{}" title="{}">{}</time>"#, parts);
    }

    /// How much of it is answered, in words and as a bar.
    fn progress(&mut self, request: &Request) {
        // Of a draft it is not known yet whether items follow.
        if request.is_task() && request.lane() == Lane::Draft {
            return;
        }
        if request.is_task() {
            self.html.tags(r#"<span class="small faint">Task</span>"#);
            return;
        }
        let (done, of) = (request.progress.done.to_string(), request.progress.of.to_string());
        self.html.fill(
            r#"<span class="progress"><span class="small muted">{} of {}</span><progress value="{}" max="{}" aria-hidden="true"></progress></span>"#,
            [&done, &of, &done, &of],
        );
    }
}

/// Who is asked.
fn asked(row: &RequestRow) -> String {
    let Audience::Named(contacts) = &row.request.audience else {
        let everyone = row.request.audience == Audience::Everyone;
        return if everyone { "Everyone" } else { "Nobody any more" }.to_owned();
    };
    match row.names.as_slice() {
        [] => "Nobody any more".to_owned(),
        [first, ..] if contacts.len() > row.names.len() => {
            format!("{first} and {} more", contacts.len() - 1)
        }
        names => names.join(", "),
    }
}
