//! The list of clients: search, filters, order, pages, and ticks to invite several at once.

mod picks;
mod rows;

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use self::picks::picks;
use super::fields::Pick;
use super::lists::{Pager, Tab};
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::html::Markup;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::ClientKind;
use crate::model::{ClientList, ClientOrder, ClientQuery, Console, LookedAfter, PortalFilter};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/clients", clients_page)
}

/// What the address of the list says. What it does not know it takes for "any".
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct ListForm {
    find: String,
    kind: String,
    portal: String,
    by: String,
    tag: String,
    state: String,
    sort: String,
    page: String,
}

impl ListForm {
    fn query(&self, console: &Console) -> ClientQuery {
        ClientQuery {
            find: self.find.chars().take(200).collect(),
            kind: match self.kind.as_str() {
                "individual" => Some(ClientKind::Individual),
                "business" => Some(ClientKind::Business),
                _ => None,
            },
            active: match self.state.as_str() {
                "active" => Some(true),
                "inactive" => Some(false),
                _ => None,
            },
            looked_after: match self.by.as_str() {
                "me" => Some(LookedAfter::By(console.me().id)),
                "nobody" => Some(LookedAfter::Nobody),
                id => id.parse().ok().map(LookedAfter::By),
            },
            tag: Some(self.tag.clone()).filter(|tag| !tag.is_empty()),
            portal: portal(&self.portal),
            order: match self.sort.as_str() {
                "name-down" => ClientOrder::NameDown,
                "newest" => ClientOrder::Newest,
                "oldest" => ClientOrder::Oldest,
                _ => ClientOrder::Name,
            },
            page: self.page.parse().unwrap_or(1),
        }
    }

    /// Whether it asks for less than everything.
    fn narrows(&self) -> bool {
        let filters = [&self.find, &self.kind, &self.portal, &self.by, &self.tag, &self.state];
        filters.iter().any(|filter| !filter.is_empty())
    }

    /// The address of the same list in another respect.
    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        change(&mut other);
        let pairs = [
            ("find", &other.find),
            ("kind", &other.kind),
            ("portal", &other.portal),
            ("by", &other.by),
            ("tag", &other.tag),
            ("state", &other.state),
            ("sort", &other.sort),
            ("page", &other.page),
        ];
        let said: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_html_form::to_string(&said) {
            Ok(query) if !query.is_empty() => format!("/console/clients?{query}"),
            _ => "/console/clients".into(),
        }
    }
}

fn portal(typed: &str) -> Option<PortalFilter> {
    Some(match typed {
        "not-invited" => PortalFilter::NotInvited,
        "invited" => PortalFilter::Invited,
        "expired" => PortalFilter::Expired,
        "active" => PortalFilter::Active,
        "removed" => PortalFilter::Removed,
        "nobody" => PortalFilter::Nobody,
        _ => return None,
    })
}

/// The list of clients.
#[derive(Serialize)]
struct ClientsPage {
    form: Typed<ListForm>,
    picks: Vec<Pick>,
    tabs: Vec<Tab>,
    rows: Markup,
    sort_by_name: NameOrder,
    pages: Pager,
    narrowed: bool,
}

impl Page for ClientsPage {
    const TEMPLATE: &'static str = "console/clients/index.html";
    const SECTION: &'static str = "clients";
}

#[derive(Serialize)]
struct NameOrder {
    href: String,
    /// For `aria-sort`.
    now: &'static str,
}

#[handler]
async fn clients_page(
    console: Console,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let list = console.clients(&form.query(&console))?;
    pages.show(&ClientsPage {
        picks: picks(&console, &form)?,
        tabs: tabs(&form),
        sort_by_name: name_order(&form),
        pages: pager(&form, &list),
        narrowed: form.narrows(),
        rows: rows::rows(&list.rows),
        form: form.into(),
    })
}

/// The lists people look at most.
fn tabs(form: &ListForm) -> Vec<Tab> {
    let tab = |label, by: &str, portal: &str, state: &str| {
        let current = form.by == by && form.portal == portal && form.state == state;
        let (by, portal, state) = (by.to_owned(), portal.to_owned(), state.to_owned());
        let narrowed = ListForm { by, portal, state, ..ListForm::default() };
        Tab::new(narrowed.with(|_| ()), label, current)
    };
    vec![
        tab("All", "", "", ""),
        tab("Looked after by me", "me", "", ""),
        tab("Not in the portal", "", "nobody", "active"),
        tab("Inactive", "", "", "inactive"),
    ]
}

fn name_order(form: &ListForm) -> NameOrder {
    let (now, other) = match form.sort.as_str() {
        "" | "name" => ("ascending", "name-down"),
        "name-down" => ("descending", ""),
        _ => ("none", ""),
    };
    let href = form.with(|form| {
        form.sort = other.into();
        form.page.clear();
    });
    NameOrder { href, now }
}

fn pager(form: &ListForm, list: &ClientList) -> Pager {
    let go = |page: usize| form.with(|form| form.page = page.to_string());
    let shown = list.rows.len();
    let total = list.total.to_string();
    let unit = if total == "1" { "client" } else { "clients" };
    let text = match shown {
        _ if list.page == 1 && !list.more => format!("{total} {unit}"),
        0 => format!("No clients on this page, {total} in all"),
        _ => {
            let first = (list.page - 1) * ClientList::MOST + 1;
            format!("{first} to {} of {total} {unit}", first + shown - 1)
        }
    };
    let back = (list.page > 1).then(|| match list.page {
        2 => form.with(|form| form.page.clear()),
        page => go(page - 1),
    });
    Pager { text, back, next: list.more.then(|| go(list.page + 1)) }
}
