//! What the address of a list of files says: what is looked for, the order, and where the page begins or ends.

use serde::{Deserialize, Serialize};

use crate::model::file::File;
use crate::model::folder::Folder;
use crate::model::{FileOrder, FilePage, FileQuery, Id, Total};

/// Rows of a page.
pub(super) const MOST_FILES: usize = 50;

/// The address as written. What it does not know it takes for nothing said.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ListForm {
    pub(super) find: String,
    /// "changed", or "changed-down".
    pub(super) sort: String,
    /// The file that the page before ended with.
    after: String,
    /// The file that the page behind begins with.
    before: String,
    /// Files that were added just now, from the page that adds them: their ids, with commas.
    pub(super) added: String,
    /// The same where that was said already.
    pub(super) told: String,
    /// Files and folders that were ticked before a page that asked: their ids, with commas.
    pub(super) ticked: String,
}

/// The ids in an address, with commas.
pub(super) fn ids(typed: &str) -> Vec<Id<File>> {
    typed.split(',').filter_map(|id| id.parse().ok()).take(2 * MOST_FILES).collect()
}

impl ListForm {
    pub(super) fn query(&self, folder: Option<Id<Folder>>) -> FileQuery {
        let (order, down) = self.order();
        FileQuery {
            folder,
            find: self.find.chars().take(200).collect(),
            order,
            down,
            after: self.after.parse().ok(),
            before: self.before.parse().ok(),
            limit: MOST_FILES,
        }
    }

    fn order(&self) -> (FileOrder, bool) {
        match self.sort.strip_suffix("-down") {
            Some(key) => (FileOrder::parse(key), true),
            None => (FileOrder::parse(&self.sort), false),
        }
    }

    /// The address of this list in another order, or of another page: "after" or "before" a file.
    fn at(&self, path: &str, sort: &str, edge: Option<(&str, Id<File>)>) -> String {
        let (way, file) = edge.map_or(("", String::new()), |(way, id)| (way, id.to_string()));
        let pairs = [("find", self.find.as_str()), ("sort", sort), (way, &file)];
        let said: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_html_form::to_string(&said) {
            Ok(query) if !query.is_empty() => format!("{path}?{query}"),
            _ => path.to_owned(),
        }
    }
}

/// The head of a column.
#[derive(Serialize)]
pub(super) struct Head {
    label: &'static str,
    class: &'static str,
    href: Option<String>,
    /// For `aria-sort`.
    now: Option<&'static str>,
}

/// The heads of the columns between the tick and the menu; what was found is always in the order of names.
pub(super) fn heads(path: &str, form: &ListForm) -> Vec<Head> {
    let (order, down) = form.order();
    let sorts = form.find.trim().is_empty();
    let head = |label, class, by: FileOrder, first_down: bool| {
        let current = sorts && order.key() == by.key();
        let other = if current { !down } else { first_down };
        let sort = match (by.key(), other) {
            ("name", false) => String::new(),
            (key, true) => format!("{key}-down"),
            (key, false) => key.to_owned(),
        };
        let now = if down { "descending" } else { "ascending" };
        let href = sorts.then(|| form.at(path, &sort, None));
        Head { label, class, href, now: current.then_some(now) }
    };
    vec![
        head("Name", "", FileOrder::Name, false),
        Head { label: "Who can see it", class: "if-wide", href: None, now: None },
        head("Changed", "if-wide", FileOrder::Changed, true),
        head("Size", "num if-wide", FileOrder::Size, true),
    ]
}

/// Below the list: how many there are, and the ways to the pages beside it.
#[derive(Serialize)]
pub(super) struct Pager {
    text: String,
    back: Option<String>,
    next: Option<String>,
}

/// None where everything is on one page.
pub(super) fn pager(path: &str, form: &ListForm, list: &FilePage) -> Option<Pager> {
    if !list.later && list.next.is_none() {
        return None;
    }
    let at = |edge| form.at(path, &form.sort, edge);
    Some(Pager {
        text: files(&list.total),
        // A page that has become empty leads to the first one.
        back: list.later.then(|| at(list.prev.map(|first| ("before", first)))),
        next: list.next.map(|last| at(Some(("after", last)))),
    })
}

/// "1 file", "more than 100 files".
pub(super) fn files(total: &Total) -> String {
    match total {
        Total::Exactly(1) => "1 file".into(),
        total => format!("{total} files"),
    }
}

/// What lies in the folder, above its list.
pub(super) fn sums(list: &FilePage) -> Vec<String> {
    let folders = match list.folders.len() {
        0 => None,
        1 => Some("1 folder".to_owned()),
        many => Some(format!("{many} folders")),
    };
    let none = list.total == Total::Exactly(0) && folders.is_some();
    folders.into_iter().chain((!none).then(|| files(&list.total))).collect()
}

/// What is said once a search has been answered.
pub(super) fn count(list: &FilePage, found: bool) -> String {
    let files = files(&list.total);
    if found { format!("{files} found") } else { files }
}
