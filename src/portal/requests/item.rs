//! An item of a request as the page shows it.

use serde::Serialize;

use super::saving::Problems;
use super::sent::{Sent, answer_field, say_field};
use super::typed::Token;
use crate::http::pages::{Pages, When};
use crate::model::file::{File, PortalFile};
use crate::model::request::{PortalAnswer, PortalAsk, PortalComment, PortalItem, PortalItemState};
use crate::model::{Id, Portal};
use crate::values::{hue, initials, size};

/// What the page knows beside the item.
pub(super) struct Around<'a> {
    pub(super) portal: &'a Portal,
    pub(super) pages: &'a Pages<'a>,
    pub(super) problems: &'a Problems,
    pub(super) sent: &'a Sent,
    /// Whether whoever looks may work on the request.
    pub(super) open: bool,
    /// The most a file may have, in words.
    pub(super) largest: &'a str,
}

impl Around<'_> {
    /// Files that came with a message that was not sent.
    pub(super) fn say_with(&self, about: Option<u16>) -> Vec<FileShown> {
        let files = self.sent.with(about).iter().filter_map(|file| self.portal.get(*file).ok());
        files.map(|file| FileShown::of(&file, self.portal)).collect()
    }
}

#[derive(Serialize)]
pub(super) struct ItemShown {
    number: u16,
    title: String,
    help: Option<String>,
    required: bool,
    /// Whether whoever looks may answer it.
    pub(super) open: bool,
    pub(super) done: bool,
    /// "Done", "Accepted", "Sent back".
    word: &'static str,
    icon: &'static str,
    returned: Option<Returned>,
    /// How it is answered: upload, line, text, number, money, date, choice, several or tick.
    kind: &'static str,
    statement: Option<String>,
    /// What is to be read.
    file: Option<FileShown>,
    /// Whether a file is to be read, and they cannot open it.
    unreadable: bool,
    options: Vec<OptionShown>,
    symbol: String,
    accept: String,
    hint: String,
    many: bool,
    room: u16,
    answer: Option<AnswerShown>,
    /// What the field holds.
    typed: String,
    not_there: bool,
    files: Vec<FileShown>,
    seen: String,
    /// Whether the field is in sight: there is something to do.
    expanded: bool,
    error: Option<String>,
    conflict: Option<Conflict>,
    changed: bool,
    comments: Vec<CommentShown>,
    /// A message that was typed and not sent.
    say: String,
    /// Files that came with it.
    say_with: Vec<FileShown>,
    say_error: Option<String>,
}

#[derive(Serialize)]
struct Returned {
    by: String,
    at: When,
    reason: String,
}

#[derive(Serialize)]
struct OptionShown {
    value: String,
    label: String,
    chosen: bool,
}

/// What was answered.
#[derive(Serialize)]
struct AnswerShown {
    text: String,
    by: String,
    at: When,
}

/// What somebody else answered meanwhile.
#[derive(Serialize)]
struct Conflict {
    /// Who, if they answered; none if they took the answer back.
    by: Option<String>,
    at: Option<When>,
    text: String,
}

/// A file that belongs to a request.
#[derive(Serialize)]
pub(super) struct FileShown {
    id: String,
    href: String,
    name: String,
    icon: &'static str,
    /// None while it cannot be opened.
    size: Option<String>,
}

/// What somebody said.
#[derive(Serialize)]
pub(super) struct CommentShown {
    by: String,
    initials: String,
    hue: u8,
    at: When,
    text: String,
    files: Vec<FileShown>,
}

/// Where a file of a request is opened: whoever has no Files has no page of it there, and what is in it all the same.
pub(super) fn file_path(portal: &Portal, file: Id<File>) -> String {
    let page = portal.path(&format!("/files/{file}"));
    if portal.viewer().areas().files { page } else { format!("{page}/download") }
}

impl FileShown {
    pub(super) fn of(file: &PortalFile, portal: &Portal) -> Self {
        let version = file.version.as_ref();
        Self {
            id: file.id.to_string(),
            href: file_path(portal, file.id),
            name: file.name.to_string(),
            icon: version.map_or("file", |version| version.media.icon()),
            size: version.map(|version| size(version.bytes)),
        }
    }
}

impl CommentShown {
    pub(super) fn of(comment: &PortalComment, portal: &Portal, pages: &Pages<'_>) -> Self {
        Self {
            by: if comment.mine { "You".to_owned() } else { comment.by.clone() },
            initials: initials(&comment.by),
            hue: hue(&comment.by),
            at: pages.when(comment.at),
            text: comment.text.to_string(),
            files: comment.files.iter().map(|file| FileShown::of(file, portal)).collect(),
        }
    }
}

impl AnswerShown {
    fn of(answer: &PortalAnswer, pages: &Pages<'_>) -> Self {
        Self { text: answer.text.clone(), by: by(answer), at: pages.when(answer.at) }
    }
}

fn by(answer: &PortalAnswer) -> String {
    if answer.mine { "you".to_owned() } else { answer.by.clone() }
}

/// How an item is answered.
fn kind(ask: &PortalAsk) -> &'static str {
    match ask {
        PortalAsk::Upload { .. } => "upload",
        PortalAsk::Short => "line",
        PortalAsk::Long => "text",
        PortalAsk::Number => "number",
        PortalAsk::Money { .. } => "money",
        PortalAsk::Date => "date",
        PortalAsk::YesNo | PortalAsk::One { .. } => "choice",
        PortalAsk::Several { .. } => "several",
        PortalAsk::Confirm { .. } | PortalAsk::Read { .. } => "tick",
    }
}

/// What can be chosen: value and label.
fn options(ask: &PortalAsk) -> Vec<(String, String)> {
    match ask {
        PortalAsk::YesNo => [("yes", "Yes"), ("no", "No")]
            .map(|(value, label)| (value.to_owned(), label.to_owned()))
            .into(),
        PortalAsk::One { options } | PortalAsk::Several { options } => {
            options.iter().map(|option| (option.to_string(), option.to_string())).collect()
        }
        _ => Vec::new(),
    }
}

fn to_read(ask: &PortalAsk) -> Option<&PortalFile> {
    match ask {
        PortalAsk::Read { file } => file.as_deref(),
        _ => None,
    }
}

fn statement(ask: &PortalAsk) -> Option<String> {
    match ask {
        PortalAsk::Confirm { statement } => Some(statement.to_string()),
        _ => None,
    }
}

fn symbol(ask: &PortalAsk) -> String {
    match ask {
        PortalAsk::Money { symbol, .. } => symbol.clone(),
        _ => String::new(),
    }
}

/// The endings that a file field takes; nothing for all.
fn accept(ask: &PortalAsk) -> String {
    match ask {
        PortalAsk::Upload { accept, .. } => accept.clone(),
        _ => String::new(),
    }
}

impl ItemShown {
    pub(super) fn of(item: &PortalItem, around: &Around<'_>) -> Self {
        let (portal, pages, number) = (around.portal, around.pages, item.number);
        let problems = around.problems;
        let (token, typed) = match problems.typed.get(&number) {
            Some((token, typed)) => (token.clone(), typed.clone()),
            None => (
                Token::of(item),
                item.answer.as_ref().map(super::saving::in_field).unwrap_or_default(),
            ),
        };
        let error = problems.errors.get(answer_field(number).as_str()).cloned();
        let conflict =
            problems.conflicts.get(&number).map(|theirs| Conflict::of(theirs.as_ref(), pages));
        let changed = problems.changed.contains(&number);
        let open = item.open && around.open;
        let (word, icon) = standing(item);
        let chosen = |value: &String| typed.text == *value || typed.chosen.contains(value);
        let answer = item.answer.as_ref();
        let files = answer.map_or(&[][..], |answer| &answer.files);
        Self {
            number,
            title: item.title.to_string(),
            help: item.help.as_ref().map(ToString::to_string),
            required: item.required,
            open,
            done: item.done,
            word,
            icon,
            returned: returned(item, pages),
            kind: kind(&item.ask),
            statement: statement(&item.ask),
            file: to_read(&item.ask).map(|file| FileShown::of(file, portal)),
            unreadable: matches!(item.ask, PortalAsk::Read { file: None }),
            options: options(&item.ask)
                .into_iter()
                .map(|(value, label)| OptionShown { chosen: chosen(&value), value, label })
                .collect(),
            symbol: symbol(&item.ask),
            accept: accept(&item.ask),
            hint: hint(item, around.largest),
            many: item.room > 1,
            room: item.room,
            answer: answer
                .filter(|answer| answer.files.is_empty())
                .map(|a| AnswerShown::of(a, pages)),
            files: files.iter().map(|file| FileShown::of(file, portal)).collect(),
            seen: token.to_string(),
            expanded: open && (!item.done || error.is_some() || conflict.is_some() || changed),
            typed: typed.text,
            not_there: typed.not_there,
            error,
            conflict,
            changed,
            comments: item.comments.iter().map(|c| CommentShown::of(c, portal, pages)).collect(),
            say: around.sent.one(&say_field(Some(number))).to_owned(),
            say_with: around.say_with(Some(number)),
            say_error: problems.errors.get(say_field(Some(number)).as_str()).cloned(),
        }
    }

    /// Whether it waits for whoever looks, and need not be answered.
    pub(super) fn is_optional(&self) -> bool {
        !self.required
    }
}

impl Conflict {
    fn of(theirs: Option<&PortalAnswer>, pages: &Pages<'_>) -> Self {
        Self {
            by: theirs.map(by),
            at: theirs.map(|answer| pages.when(answer.at)),
            text: theirs.map(|answer| answer.text.clone()).unwrap_or_default(),
        }
    }
}

fn returned(item: &PortalItem, pages: &Pages<'_>) -> Option<Returned> {
    match &item.state {
        PortalItemState::Returned { by, at, reason } => {
            Some(Returned { by: by.clone(), at: pages.when(*at), reason: reason.to_string() })
        }
        _ => None,
    }
}

/// Where an item stands, in a word and a drawing.
fn standing(item: &PortalItem) -> (&'static str, &'static str) {
    match item.state {
        PortalItemState::Accepted { .. } => ("Accepted", "done"),
        PortalItemState::Returned { .. } if !item.done => ("Sent back", "alert"),
        PortalItemState::HandedIn if item.done => ("Sent", "done"),
        _ if item.done => ("Done", "done"),
        _ => ("", "todo"),
    }
}

/// What is taken, how many, and how large.
fn hint(item: &PortalItem, largest: &str) -> String {
    let PortalAsk::Upload { most, takes, .. } = &item.ask else { return String::new() };
    let kinds = if takes.is_empty() { "any kind of file" } else { takes };
    let mut kinds = kinds.to_owned();
    if let Some(first) = kinds.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let many =
        if *most > 1 { format!("{kinds}, {most} at most") } else { format!("{kinds}, one file") };
    format!("{many}, up to {largest}{}", if *most > 1 { " each" } else { "" })
}
