//! The items of a request with their answers, as its page shows them.

use serde::Serialize;

use crate::console::requests::answers::{Badge, FileShown, in_words, kind};
use crate::console::requests::here;
use crate::http::pages::{Pages, When};
use crate::model::firm::Firm;
use crate::model::request::{Ask, Comment, Entry, ItemState, RequestDetail, Stage, Value};
use crate::values::text::{Piece, pieces};

/// An item.
#[derive(Serialize)]
pub(super) struct ItemShown {
    number: u16,
    title: String,
    icon: &'static str,
    what: &'static str,
    optional: bool,
    help: String,
    state: Option<Badge>,
    /// What is agreed to.
    statement: String,
    /// The file to read.
    read: Option<FileShown>,
    answer: Option<AnswerShown>,
    /// Why it was sent back, and by whom.
    returned: Option<(String, String)>,
    /// Which answer staff look at.
    seen: String,
    accept: bool,
    send_back: Option<String>,
    comment: Option<String>,
    comments: Vec<CommentShown>,
}

/// An answer.
#[derive(Serialize)]
struct AnswerShown {
    text: String,
    files: Vec<FileShown>,
    by: String,
    at: When,
}

/// A comment.
#[derive(Serialize)]
pub(super) struct CommentShown {
    id: String,
    by: String,
    staff: bool,
    at: When,
    pieces: Vec<Piece>,
    files: Vec<FileShown>,
}

impl CommentShown {
    fn of(comment: &Comment, detail: &RequestDetail, pages: &Pages<'_>) -> Self {
        Self {
            id: comment.id.to_string(),
            by: comment.by.name.clone(),
            staff: comment.by.contact().is_none(),
            at: pages.when(comment.at),
            pieces: pieces(comment.text.as_str()),
            files: comment.files.iter().map(|file| FileShown::of(detail, *file)).collect(),
        }
    }
}

/// The comments on an item, or on the whole.
pub(super) fn comments_on(
    item: Option<u16>,
    detail: &RequestDetail,
    pages: &Pages<'_>,
) -> Vec<CommentShown> {
    let on = detail.comments.iter().filter(|comment| comment.item == item);
    on.map(|comment| CommentShown::of(comment, detail, pages)).collect()
}

/// Which answer to an item it is: its number, and the mark of the answer.
pub(super) fn seen(entry: &Entry) -> String {
    format!("{}.{}", entry.item.number, entry.mark())
}

impl ItemShown {
    pub(super) fn of(
        entry: &Entry,
        detail: &RequestDetail,
        firm: &Firm,
        pages: &Pages<'_>,
    ) -> Self {
        let (item, stage) = (&entry.item, &detail.request.stage);
        let here = here(detail.request.id);
        let (what, icon) = kind(&item.ask);
        let reviewing = reviewed(stage);
        let can_return =
            reviewing && matches!(entry.state, ItemState::HandedIn | ItemState::Accepted { .. });
        let out = !matches!(stage, Stage::Draft | Stage::Withdrawn { .. });
        Self {
            number: item.number,
            title: item.title.to_string(),
            icon,
            what,
            optional: !item.required,
            help: item.help.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: state(entry, stage),
            statement: match &item.ask {
                Ask::Confirm { statement } => statement.to_string(),
                _ => String::new(),
            },
            read: match item.ask {
                Ask::Read { file: Some(file) } => Some(FileShown::of(detail, file)),
                _ => None,
            },
            answer: entry.answer.as_ref().map(|answer| AnswerShown {
                text: in_words(&answer.value, &item.ask, firm),
                files: match &answer.value {
                    Value::Files(files) => {
                        files.iter().map(|file| FileShown::of(detail, *file)).collect()
                    }
                    _ => Vec::new(),
                },
                by: answer.by.name.clone(),
                at: pages.when(answer.at),
            }),
            returned: match &entry.state {
                ItemState::Returned { by, reason, .. } => {
                    Some((by.name.clone(), reason.to_string()))
                }
                _ => None,
            },
            seen: seen(entry),
            accept: reviewing && entry.to_review(),
            send_back: can_return.then(|| format!("{here}/items/{}/return", item.number)),
            comment: out.then(|| format!("{here}/comment?item={}", item.number)),
            comments: comments_on(Some(item.number), detail, pages),
        }
    }
}

/// Whether answers are accepted and sent back: nothing is of a request that was withdrawn or is completed.
pub(super) const fn reviewed(stage: &Stage) -> bool {
    matches!(stage, Stage::HandedIn { .. } | Stage::InProgress { .. })
}

/// Where an item stands. Nothing on a draft, which was asked of nobody yet.
fn state(entry: &Entry, stage: &Stage) -> Option<Badge> {
    let answered = entry.answered().is_some();
    let gone = entry.answer.as_ref().is_some_and(|answer| answer.gone);
    Some(match &entry.state {
        _ if *stage == Stage::Draft => return None,
        ItemState::Open | ItemState::HandedIn | ItemState::Returned { .. }
            if matches!(stage, Stage::Withdrawn { .. }) =>
        {
            Badge::new(if answered { "Answered" } else { "Not answered" }, "quiet", "todo")
        }
        ItemState::Open if answered => Badge::new("Answered, not handed in", "info", "todo"),
        ItemState::Open => Badge::new("Open", "quiet", "todo"),
        ItemState::HandedIn if answered => Badge::new("To review", "brand", "inbox"),
        ItemState::HandedIn if gone => Badge::new("In the trash", "warn", "trash"),
        ItemState::HandedIn => Badge::new("Left empty", "quiet", "todo"),
        ItemState::Accepted { .. } => Badge::new("Accepted", "good", "check"),
        ItemState::Returned { .. } => Badge::new("Sent back", "warn", "undo"),
    })
}
