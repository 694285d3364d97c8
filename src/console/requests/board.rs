//! The board: all requests by where they stand. The same address shows them as a list.

use poem::web::Query;
use poem::{Response, handler};
use serde::Serialize;

use super::asked::{ListForm, picks};
use super::{HOME, list, rows};
use crate::console::fields::Pick;
use crate::console::lists::Tab;
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::{Console, Lane, RequestColumn, RequestQuery, RequestState, Total};

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, requests_page)
}

/// Requests that a column shows.
const MOST_SHOWN: usize = 10;

/// What board and list have in common.
#[derive(Serialize)]
pub(super) struct Around {
    form: Typed<ListForm>,
    picks: Vec<Pick>,
    tabs: Vec<Tab>,
    narrowed: bool,
    /// The client to which they are narrowed, and the way to all others.
    client: Option<(String, String)>,
    /// Whether nothing was ever asked.
    nothing: bool,
}

impl Around {
    /// `some`: whether the page has any.
    pub(super) fn of(console: &Console, form: ListForm, some: bool) -> Result<Self> {
        let tab = |label, list| Tab::new(form.shown_as(list), label, form.is_list() == list);
        let client = form.client().map(|client| console.client(client)).transpose()?;
        let client = client.map(|record| {
            let others = form.with(|form| form.client.clear());
            (record.client.name.to_string(), others)
        });
        let all = RequestQuery { state: RequestState::Any, ..RequestQuery::default() };
        Ok(Self {
            picks: picks(console, &form)?,
            tabs: vec![tab("Board", false), tab("List", true)],
            narrowed: form.narrows(),
            nothing: !some && console.requests(&all)?.total == 0,
            client,
            form: form.into(),
        })
    }
}

/// The board.
#[derive(Serialize)]
struct BoardPage {
    around: Around,
    columns: Vec<Column>,
    /// Nothing is found.
    none: bool,
    text: String,
}

impl Page for BoardPage {
    const TEMPLATE: &'static str = "console/requests/board.html";
    const SECTION: &'static str = "requests";
}

#[derive(Serialize)]
struct Column {
    key: &'static str,
    title: &'static str,
    count: String,
    cards: Markup,
    /// What stands in place of cards.
    none: &'static str,
    /// The list of all of them, where the column does not show them.
    all: Option<String>,
}

#[handler]
async fn requests_page(
    console: Console,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    if form.is_list() {
        return list::show(&console, &pages, form);
    }
    let columns = console.request_board(&form.query(&console), MOST_SHOWN)?;
    let total: usize = columns.iter().map(|column| column.total).sum();
    let column = |column: &RequestColumn| Column::of(column, &form, &pages);
    let columns = columns.iter().map(column).collect::<Result<_>>()?;
    let around = Around::of(&console, form, total > 0)?;
    pages.show(&BoardPage { around, columns, none: total == 0, text: counted(total) })
}

impl Column {
    fn of(column: &RequestColumn, form: &ListForm, pages: &Pages<'_>) -> Result<Self> {
        let lane = column.lane;
        let (title, none) = match lane {
            Lane::HandedIn => ("Handed in", "Nothing waits for review."),
            Lane::Completed => ("Completed recently", "None in the last 30 days."),
            _ => (lane.label(), "None."),
        };
        Ok(Self {
            key: lane.key(),
            title,
            count: Total::Exactly(column.total).to_string(),
            cards: rows::cards(&column.rows, pages)?,
            none,
            all: (column.total > column.rows.len()).then(|| form.list_of(lane)),
        })
    }
}

/// "1 request", "1,200 requests".
pub(super) fn counted(many: usize) -> String {
    let unit = if many == 1 { "request" } else { "requests" };
    format!("{} {unit}", Total::Exactly(many))
}
