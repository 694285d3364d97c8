//! The list of clients: search, filters, order, pages, and ticks to invite several at once.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::fields::{Choice, choices};
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::ClientKind;
use crate::model::{
    ClientFound, ClientList, ClientOrder, ClientQuery, Console, LookedAfter, PortalFilter,
};
use crate::values::{hue, initials};

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

const KINDS: [(&str, &str); 3] =
    [("", "Any type"), ("individual", "Individuals"), ("business", "Businesses")];
const PORTALS: [(&str, &str); 7] = [
    ("", "Any portal status"),
    ("not-invited", "Not invited"),
    ("invited", "Invited, never logged in"),
    ("expired", "Link expired"),
    ("active", "With access"),
    ("removed", "Access removed"),
    ("nobody", "Nobody with access"),
];
const STATES: [(&str, &str); 3] =
    [("", "Active and inactive"), ("active", "Active"), ("inactive", "Inactive")];
const SORTS: [(&str, &str); 4] = [
    ("", "Name, A to Z"),
    ("name-down", "Name, Z to A"),
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
];

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
    kinds: Vec<Choice>,
    portals: Vec<Choice>,
    states: Vec<Choice>,
    sorts: Vec<Choice>,
    staff: Vec<Choice>,
    tags: Vec<Choice>,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    sort_by_name: NameOrder,
    pages: Pager,
    narrowed: bool,
}

impl Page for ClientsPage {
    const TEMPLATE: &'static str = "console/clients/index.html";
    const SECTION: &'static str = "clients";
}

#[derive(Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct NameOrder {
    href: String,
    /// For `aria-sort`.
    now: &'static str,
}

#[derive(Serialize)]
struct Pager {
    text: String,
    back: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    kind: &'static str,
    staff: String,
    contacts: String,
    tags: Vec<String>,
    portal: (&'static str, String),
    active: bool,
}

impl Row {
    fn of(found: ClientFound) -> Self {
        Self {
            id: found.id.to_string(),
            initials: initials(&found.name),
            hue: hue(&found.name),
            name: found.name,
            kind: found.kind.label(),
            staff: found.looked_after_by.unwrap_or_default(),
            contacts: match found.contacts {
                0 => "no contacts".into(),
                1 => "1 contact".into(),
                many => format!("{many} contacts"),
            },
            tags: found.tags,
            portal: (found.portal.kind, found.portal.text),
            active: found.active,
        }
    }
}

#[handler]
async fn clients_page(
    console: Console,
    pages: Pages<'_>,
    Query(form): Query<ListForm>,
) -> Result<Response> {
    let list = console.clients(&form.query(&console))?;
    let mut staff = choices(&[("", "Looked after by anybody"), ("me", "Me"), ("nobody", "Nobody")]);
    let others = console.colleagues()?.into_iter().filter(|one| one.id != console.me().id);
    staff.extend(others.map(|one| Choice::new(one.id, one.name)));
    let mut tags = vec![Choice::new("", "Any tag")];
    tags.extend(console.client_tags()?.into_iter().map(|tag| Choice::new(&tag, &tag)));
    pages.show(&ClientsPage {
        kinds: choices(&KINDS),
        portals: choices(&PORTALS),
        states: choices(&STATES),
        sorts: choices(&SORTS),
        staff,
        tags,
        tabs: tabs(&form),
        sort_by_name: name_order(&form),
        pages: pager(&form, &list),
        narrowed: form.narrows(),
        rows: list.rows.into_iter().map(Row::of).collect(),
        form: form.into(),
    })
}

/// The lists people look at most.
fn tabs(form: &ListForm) -> Vec<Tab> {
    let tab = |label, by: &str, portal: &str, state: &str| {
        let current = form.by == by && form.portal == portal && form.state == state;
        let (by, portal, state) = (by.to_owned(), portal.to_owned(), state.to_owned());
        let narrowed = ListForm { by, portal, state, ..ListForm::default() };
        Tab { href: narrowed.with(|_| ()), label, current }
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
