//! The requests of one client, in its record.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::asked::ListForm;
use super::rows::{self, Table};
use crate::console::record::RecordHead;
use crate::error::Result;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::{Console, Id};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/clients/:client/requests", client_requests_page)
}

#[derive(Serialize)]
struct ClientRequestsPage {
    record: RecordHead,
    new: String,
    groups: Vec<Group>,
    /// The list of all of them, which does something with several at once.
    list: String,
    live: String,
}

impl Page for ClientRequestsPage {
    const TEMPLATE: &'static str = "console/requests/client.html";
    const SECTION: &'static str = "clients";
}

/// Requests that stand alike.
#[derive(Serialize)]
struct Group {
    key: &'static str,
    title: &'static str,
    count: usize,
    rows: Markup,
    /// The list of all of them, where they are more than are shown.
    all: Option<String>,
}

/// The groups in the order in which they need somebody, by the state that addresses name.
const GROUPS: [(&str, &str); 5] = [
    ("handed-in", "Handed in, waiting for review"),
    ("open", "Waiting for the client"),
    ("draft", "Drafts"),
    ("completed", "Completed"),
    ("withdrawn", "Withdrawn"),
];

#[handler]
async fn client_requests_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Client>>,
) -> Result<Response> {
    let record = RecordHead::of(&console.client(id)?, "requests");
    let mut groups = Vec::new();
    for (key, title) in GROUPS {
        let form = ListForm { state: key.into(), ..of_client(id) };
        let list = console.requests(&form.query(&console))?;
        if list.total > 0 {
            let rows = rows::table(&list.rows, &pages, Table::OfClient)?;
            let all = list.more.then(|| form.with(|_| ()));
            groups.push(Group { key, title, count: list.total, rows, all });
        }
    }
    let all = ListForm { state: "all".into(), ..of_client(id) };
    pages.show(&ClientRequestsPage {
        record,
        new: format!("/console/requests/new?client={id}"),
        groups,
        list: all.with(|_| ()),
        live: format!("/console/live?client={id}"),
    })
}

fn of_client(id: Id<Client>) -> ListForm {
    ListForm { view: "list".into(), client: id.to_string(), ..ListForm::default() }
}
