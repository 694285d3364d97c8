//! The list: requests of all clients by the day they are due, with ticks to do something with several at once.

use poem::Response;
use serde::Serialize;

use super::asked::ListForm;
use super::board::{Around, counted};
use super::rows::{self, Table};
use crate::console::lists::Pager;
use crate::error::Result;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::model::{Console, RequestList, Total};

#[derive(Serialize)]
struct ListPage {
    around: Around,
    rows: Markup,
    pages: Pager,
    /// What a form with ticks comes back to.
    place: String,
    /// The same search among those that are finished too, where it is not.
    wider: Option<String>,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "console/requests/list.html";
    const SECTION: &'static str = "requests";
}

/// Shows what the address asks for.
pub(super) fn show(console: &Console, pages: &Pages<'_>, form: ListForm) -> Result<Response> {
    let list = console.requests(&form.query(console))?;
    pages.show(&ListPage {
        rows: rows::table(&list.rows, pages, Table::Ticks)?,
        pages: pager(&form, &list),
        place: form.place(),
        wider: form.state.is_empty().then(|| form.with(|form| form.state = "all".into())),
        around: Around::of(console, form, !list.rows.is_empty())?,
    })
}

fn pager(form: &ListForm, list: &RequestList) -> Pager {
    let go = |page: usize| form.with(|form| form.page = page.to_string());
    let (shown, total) = (list.rows.len(), counted(list.total));
    let text = match shown {
        _ if list.page == 1 && !list.more => total,
        0 => format!("No requests on this page, {} in all", Total::Exactly(list.total)),
        _ => {
            let first = list.page.saturating_sub(1).saturating_mul(RequestList::MOST) + 1;
            format!("{first} to {} of {total}", first + shown - 1)
        }
    };
    let back = (list.page > 1).then(|| match list.page {
        2 => form.with(|form| form.page.clear()),
        page => go(page - 1),
    });
    Pager { text, back, next: list.more.then(|| go(list.page + 1)) }
}
