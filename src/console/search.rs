//! Search: clients, contacts, requests and files, by one box that is on every page.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::files::base;
use super::requests::lane_tone;
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::routes::Routes;
use crate::model::contact::KnownContact;
use crate::model::{ClientFound, Console, FileFound, Found, RequestRow, Total};
use crate::values::{Day, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default().get("/console/search", search_page)
}

/// Rows of each kind: what one looks for is among the first, or one types another letter.
const MOST: usize = 8;
/// More than this nobody types.
const LONGEST: usize = 200;

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    find: String,
}

#[derive(Serialize)]
struct SearchPage {
    find: String,
    /// What is found, by kind; nothing of a kind of which there is none.
    groups: Vec<Group>,
    /// For screen readers: "3 clients, 1 file found".
    count_text: String,
    /// Something was typed.
    asked: bool,
}

/// What is found of one kind.
#[derive(Serialize)]
struct Group {
    key: &'static str,
    title: &'static str,
    rows: Vec<Row>,
    /// The list of all of them, and its words.
    all: Option<(String, String)>,
    /// That there are more, where there is no such list.
    more: Option<String>,
}

#[derive(Serialize)]
struct Row {
    href: String,
    title: String,
    /// Of a person or a client: their initials, and the colour behind them.
    avatar: Option<(String, u8, &'static str)>,
    icon: &'static str,
    pill: Option<(&'static str, &'static str)>,
    about: Vec<String>,
    at: Option<When>,
}

impl Page for SearchPage {
    const TEMPLATE: &'static str = "console/search.html";
    const SECTION: &'static str = "search";
}

#[handler]
async fn search_page(
    console: Console,
    pages: Pages<'_>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let find: String = asked.find.trim().chars().take(LONGEST).collect();
    let groups = match console.search(&find, MOST)? {
        Some(found) => groups(found, &find, (&pages, console.today()?)),
        None => Vec::new(),
    };
    let count_text = match groups.as_slice() {
        [] => format!("Nothing found for {find}"),
        some => {
            let counts: Vec<_> = some.iter().map(|(count, _)| count.as_str()).collect();
            format!("{} found", counts.join(", "))
        }
    };
    let groups = groups.into_iter().map(|(_, group)| group).collect();
    pages.show(&SearchPage { asked: !find.is_empty(), find, groups, count_text })
}

/// The kinds of which something is found, each with its count in words.
fn groups(found: Found, find: &str, (pages, today): (&Pages<'_>, Day)) -> Vec<(String, Group)> {
    let Found { clients, contacts, requests, files } = found;
    let list = |path: &str| {
        let query = serde_html_form::to_string([("find", find)]).unwrap_or_default();
        Some(format!("{path}{query}"))
    };
    let all = [
        group(("clients", "Clients"), clients, list("/console/clients?"), |client| {
            client_row(&client)
        }),
        group(("contacts", "Contacts"), contacts, None, |contact| contact_row(&contact)),
        group(
            ("requests", "Requests"),
            requests,
            list("/console/requests?view=list&state=all&"),
            |request| request_row(&request, pages, today),
        ),
        group(("files", "Files"), files, None, |file| file_row(&file, pages)),
    ];
    all.into_iter().flatten().collect()
}

fn group<T>(
    (key, title): (&'static str, &'static str),
    (rows, total): (Vec<T>, Total),
    list: Option<String>,
    row: impl Fn(T) -> Row,
) -> Option<(String, Group)> {
    if rows.is_empty() {
        return None;
    }
    let unit = if total == Total::Exactly(1) { &key[..key.len() - 1] } else { key };
    let count = format!("{total} {unit}");
    let cut = total != Total::Exactly(rows.len());
    let more = (cut && list.is_none()).then(|| format!("{count}. Type more to find fewer."));
    let all = list.filter(|_| cut).map(|href| (href, format!("All {count}")));
    let rows = rows.into_iter().map(row).collect();
    Some((count, Group { key, title, rows, all, more }))
}

impl Row {
    fn of(href: String, title: String) -> Self {
        Self { href, title, avatar: None, icon: "", pill: None, about: Vec::new(), at: None }
    }

    fn with_avatar(self, shape: &'static str) -> Self {
        let avatar = Some((initials(&self.title), hue(&self.title), shape));
        Self { avatar, ..self }
    }
}

fn client_row(client: &ClientFound) -> Row {
    let row = Row::of(format!("/console/clients/{}", client.id), client.name.clone());
    let inactive = (!client.active).then_some(("Inactive", "quiet"));
    let about = vec![client.kind.label().to_owned(), client.portal.text.to_string()];
    Row { pill: inactive, about, ..row.with_avatar("square") }
}

/// Leads to the contact at the first of their clients.
fn contact_row(known: &KnownContact) -> Row {
    let id = known.contact.id;
    let href = match known.clients.first() {
        Some((client, _)) => format!("/console/clients/{client}/contacts#{id}"),
        None => "/console/clients".to_owned(),
    };
    let address = known.contact.primary().map(ToString::to_string);
    let clients = known.clients.iter().map(|(_, name)| name.to_string());
    let about = address.into_iter().chain(clients).collect();
    Row { about, ..Row::of(href, known.contact.full_name()).with_avatar("") }
}

fn request_row(row: &RequestRow, pages: &Pages<'_>, today: Day) -> Row {
    let RequestRow { request, client_name, .. } = row;
    let lane = request.lane();
    let due = request.due.map(|due| format!("due {}", due.short(today, pages.times().style)));
    Row {
        icon: "todo",
        pill: Some((lane.label(), lane_tone(lane))),
        about: std::iter::once(client_name.to_string()).chain(due).collect(),
        ..Row::of(format!("/console/requests/{}", request.id), request.title.to_string())
    }
}

fn file_row(found: &FileFound, pages: &Pages<'_>) -> Row {
    let FileFound { file, client_name, crumbs } = found;
    let way: Vec<_> = crumbs.iter().map(|crumb| crumb.name.as_str()).collect();
    let place = (!way.is_empty()).then(|| way.join(" / "));
    Row {
        icon: file.newest().media.icon(),
        about: std::iter::once(client_name.to_string()).chain(place).collect(),
        at: Some(pages.when(file.changed)),
        ..Row::of(format!("{}/{}", base(file.client), file.id), file.name.to_string())
    }
}
