//! The items of a form as the page shows them.

use serde::Serialize;

use super::{ItemForm, condition_of};
use crate::console::fields::Choice;
use crate::error::Fields;
use crate::model::file::File;
use crate::model::request::FILE_KINDS;
use crate::model::{FolderChoice, Id};

/// What an answer can be, in groups.
pub(super) const KINDS: [(&str, &[(&str, &str)]); 3] = [
    ("Files", &[("file", "File"), ("read", "File to read")]),
    (
        "Question",
        &[
            ("short", "Short answer"),
            ("long", "Long answer"),
            ("yes-no", "Yes or no"),
            ("one", "One of several options"),
            ("several", "Any of several options"),
            ("number", "Number"),
            ("money", "Amount of money"),
            ("date", "Date"),
        ],
    ),
    ("Confirmation", &[("confirm", "Agree to a statement")]),
];

/// An entry of a selector, or a group of them.
#[derive(Serialize)]
#[serde(untagged)]
enum Entry {
    One(Choice),
    Group { label: String, options: Vec<Choice> },
}

/// What can be chosen within an item.
#[derive(Serialize)]
pub(in crate::console) struct Offer {
    kinds: Vec<Entry>,
    folders: Vec<Choice>,
    files: Vec<Choice>,
    /// What files can be.
    types: Vec<Choice>,
    /// Whether it is for many clients, whose folders and files are not known yet.
    template: bool,
    /// Below which heading other files can be found.
    below: &'static str,
}

impl Offer {
    /// For a request to a client, whose folders and files these are.
    pub(in crate::console) fn of(
        folders: &[FolderChoice],
        files: &[(Id<File>, String)],
        below: &'static str,
    ) -> Self {
        let top = Choice::new("", "All files, outside of every folder");
        let within = folders.iter().map(|folder| Choice::new(folder.id, &folder.path));
        let none = Choice::new("", "Choose a file");
        let some = files.iter().map(|(id, name)| Choice::new(id, name));
        Self {
            folders: std::iter::once(top).chain(within).collect(),
            files: std::iter::once(none).chain(some).collect(),
            template: false,
            below,
            ..Self::for_many()
        }
    }

    /// For a template.
    pub(in crate::console) fn for_many() -> Self {
        let group = |(label, kinds): (&str, &[(&str, &str)])| Entry::Group {
            label: label.into(),
            options: kinds.iter().map(|(value, label)| Choice::new(value, label)).collect(),
        };
        Self {
            kinds: KINDS.into_iter().map(group).collect(),
            folders: Vec::new(),
            files: Vec::new(),
            types: FILE_KINDS.iter().map(|kind| Choice::new(kind.key, kind.label)).collect(),
            template: true,
            below: "",
        }
    }
}

/// An item as the page shows it.
#[derive(Serialize)]
pub(in crate::console) struct ItemShown {
    form: ItemForm,
    icon: &'static str,
    /// Its title, or what stands in place of one.
    pub(in crate::console) heading: String,
    /// "File, up to 10".
    what: String,
    conditions: Vec<Entry>,
    /// Kinds of files that are taken and have no tick of their own.
    more_kinds: Vec<String>,
    open: bool,
    first: bool,
    last: bool,
    /// What the page says beside it, on a request that is out: "Answered by Naomi Marlow".
    pub(in crate::console) note: String,
}

/// The items of the form. Open are those with an error, and the one that was worked on last.
pub(in crate::console) fn shown_items(
    items: &[ItemForm],
    errors: &Fields,
    open: Option<u16>,
) -> Vec<ItemShown> {
    let shown = items.iter().enumerate().map(|(at, form)| {
        let ending = format!("-{}", form.number);
        let wrong = errors.keys().any(|key| key.ends_with(&ending));
        ItemShown {
            icon: icon(&form.kind),
            heading: match form.title.trim() {
                "" => "New item".into(),
                title => title.into(),
            },
            what: what(form, &items[..at]),
            conditions: conditions(&items[..at], &form.only_if),
            more_kinds: more_kinds(form),
            open: wrong || open == Some(form.number),
            first: at == 0,
            last: at + 1 == items.len(),
            note: String::new(),
            form: form.clone(),
        }
    });
    shown.collect()
}

/// "5 items, 3 must be answered".
pub(in crate::console) fn sum_of(items: &[ItemForm]) -> String {
    let required = items.iter().filter(|item| item.required).count();
    match (items.len(), required) {
        (0, _) => "A task: they mark it done".into(),
        (1, 0) => "1 item, not required".into(),
        (1, _) => "1 item".into(),
        (all, 0) => format!("{all} items, none required"),
        (all, some) if all == some => format!("{all} items, all required"),
        (all, some) => format!("{all} items, {some} must be answered"),
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "file" => "upload",
        "confirm" => "check",
        "read" => "file",
        _ => "help",
    }
}

fn what(form: &ItemForm, before: &[ItemForm]) -> String {
    let kinds = KINDS.iter().flat_map(|(_, kinds)| kinds.iter());
    let label = kinds.clone().find(|(kind, _)| *kind == form.kind).map_or("", |(_, label)| label);
    let label = match (form.kind.as_str(), form.most.trim()) {
        ("file", "1") => "One file".to_owned(),
        ("file", most) => format!("Up to {most} files"),
        _ => label.to_owned(),
    };
    let mut answers = before.iter().flat_map(answers_of);
    match answers.find(|(value, _)| *value == form.only_if) {
        _ if form.only_if.is_empty() => label,
        Some((_, when)) => format!("{label}, shown when {when}"),
        None => format!("{label}, not always shown"),
    }
}

/// What can be answered to an item: as a condition is written, and in words.
fn answers_of(item: &ItemForm) -> Vec<(String, String)> {
    let (number, title) = (item.number, shortened(&item.title));
    let is = |value: &str, words: &str| (format!("{number} {value}"), format!("“{title}” {words}"));
    let mut answers = vec![is("answered", "is answered")];
    match item.kind.as_str() {
        "yes-no" => {
            answers.push(is("yes", "is yes"));
            answers.push(is("no", "is no"));
        }
        "one" | "several" => {
            let verb = if item.kind == "one" { "is" } else { "has" };
            let lines = item.options.lines().map(str::trim).filter(|line| !line.is_empty());
            answers.extend(lines.map(|option| {
                is(&format!("is {option}"), &format!("{verb} “{}”", shortened(option)))
            }));
        }
        _ => {}
    }
    answers
}

/// When it is shown: by what was answered to those before it. What is chosen now stays to be seen, even if it cannot be any
/// more.
fn conditions(before: &[ItemForm], chosen: &str) -> Vec<Entry> {
    let mut entries = vec![Entry::One(Choice::new("", "Always"))];
    let mut found = chosen.is_empty();
    for item in before {
        let options = answers_of(item);
        found |= options.iter().any(|(value, _)| value == chosen);
        let options = options.into_iter().map(|(value, label)| Choice::new(value, label)).collect();
        entries.push(Entry::Group { label: shortened(&item.title), options });
    }
    if !found {
        let item = condition_of(chosen).map_or(0, |condition| condition.item);
        let label = match before.iter().find(|other| other.number == item) {
            Some(other) => format!("“{}”, as it was before", shortened(&other.title)),
            None => "An item that does not come before it".into(),
        };
        entries.insert(1, Entry::One(Choice::new(chosen, label)));
    }
    entries
}

/// Endings that came from elsewhere: a template that was imported.
fn more_kinds(form: &ItemForm) -> Vec<String> {
    let known = |kind: &&String| FILE_KINDS.iter().any(|known| known.key == kind.as_str());
    form.kinds.iter().filter(|kind| !known(kind)).cloned().collect()
}

/// So that a selector is no wider than a page.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
