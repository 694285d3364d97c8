//! What the address of a list of files says: what is looked for, the order, and where the page begins.

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
            limit: MOST_FILES,
        }
    }

    fn order(&self) -> (FileOrder, bool) {
        match self.sort.strip_suffix("-down") {
            Some(key) => (FileOrder::parse(key), true),
            None => (FileOrder::parse(&self.sort), false),
        }
    }

    /// The address of this list in another respect.
    fn at(&self, path: &str, sort: &str, after: Option<Id<File>>) -> String {
        let after = after.map(|file| file.to_string()).unwrap_or_default();
        let pairs = [("find", self.find.as_str()), ("sort", sort), ("after", &after)];
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

/// Below the list: how many there are, and the way on.
#[derive(Serialize)]
pub(super) struct Pager {
    text: String,
    back: Option<String>,
    next: Option<String>,
}

/// None where everything is on one page.
pub(super) fn pager(path: &str, form: &ListForm, list: &FilePage) -> Option<Pager> {
    let first = form.after.is_empty();
    if first && list.next.is_none() {
        return None;
    }
    Some(Pager {
        text: files(&list.total),
        back: (!first).then(|| form.at(path, &form.sort, None)),
        next: list.next.map(|last| form.at(path, &form.sort, Some(last))),
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
