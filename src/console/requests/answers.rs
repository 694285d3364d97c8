//! Answers, due dates and stages in the words of a page. No page of its own.

use serde::Serialize;

use crate::error::Result;
use crate::model::file::File;
use crate::model::firm::Firm;
use crate::model::request::{
    Ask, Holds, Item, Question, Request, RequestDetail, Sheet, Stage, Value,
};
use crate::model::request_template::{Blueprint, Filling, RelativeDue};
use crate::model::{Console, Id, Lane, file};
use crate::values::{Day, size};

/// A word with a tone and an icon.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Badge {
    text: String,
    tone: &'static str,
    icon: &'static str,
}

impl Badge {
    pub(super) fn new(text: impl Into<String>, tone: &'static str, icon: &'static str) -> Self {
        Self { text: text.into(), tone, icon }
    }

    /// Where a request stands.
    pub(super) fn of_lane(lane: Lane) -> Self {
        let icon = match lane {
            Lane::Draft => "edit",
            Lane::Sent => "send",
            Lane::InProgress => "todo",
            Lane::HandedIn => "inbox",
            Lane::Reviewed | Lane::Completed => "check",
            Lane::Withdrawn => "undo",
        };
        Self::new(lane.label(), tone(lane), icon)
    }

    /// When it is due, if it waits for the client and is soon or over.
    pub(super) fn of_due(request: &Request, today: Day) -> Option<Self> {
        let due = request.due.filter(|_| request.stage.open())?;
        Some(match today.days_until(due) {
            -1 => Self::new("Overdue since yesterday", "bad", "alert"),
            days if days < 0 => Self::new(format!("Overdue by {} days", -days), "bad", "alert"),
            0 => Self::new("Due today", "warn", "clock"),
            1 => Self::new("Due tomorrow", "warn", "clock"),
            days if days <= 7 => Self::new(format!("Due in {days} days"), "quiet", "clock"),
            _ => return None,
        })
    }
}

/// The tone of the word for where a request stands.
pub(in crate::console) const fn tone(lane: Lane) -> &'static str {
    match lane {
        Lane::Draft | Lane::Withdrawn => "quiet",
        Lane::Sent | Lane::InProgress | Lane::Reviewed => "info",
        Lane::HandedIn => "brand",
        Lane::Completed => "good",
    }
}

/// A file that belongs to an answer, a comment or the request.
#[derive(Clone, Debug, Serialize)]
pub(super) struct FileShown {
    name: String,
    what: String,
    icon: &'static str,
    /// Its page; nothing if it is in the trash or does not exist any more.
    href: Option<String>,
    /// Nothing if it cannot be opened.
    download: Option<String>,
    note: &'static str,
}

impl FileShown {
    pub(super) fn of(detail: &RequestDetail, id: Id<File>) -> Self {
        let Some(file) = detail.files.get(&id) else {
            return Self {
                name: "A file that was deleted".into(),
                what: String::new(),
                icon: "file",
                href: None,
                download: None,
                note: "",
            };
        };
        let here = format!("/console/clients/{}/files/{id}", file.client);
        let (newest, there) = (file.newest(), file.trash.is_none());
        Self {
            name: file.name.to_string(),
            what: format!("{}, {}", newest.media.what(), size(newest.bytes)),
            icon: newest.media.icon(),
            note: match (&newest.scan, there) {
                (_, false) => "in the trash",
                (file::Scan::Waiting, _) => "waits for the virus scan",
                (file::Scan::Infected { .. } | file::Scan::Unscanned { .. }, _) => "locked",
                _ => "",
            },
            download: (there && newest.usable()).then(|| format!("{here}/download")),
            href: there.then_some(here),
        }
    }
}

/// What was answered, in words. Files are listed besides.
pub(super) fn in_words(value: &Value, ask: &Ask, firm: &Firm) -> String {
    match value {
        Value::Files(_) => String::new(),
        Value::NotThere(None) => "They do not have it.".into(),
        Value::NotThere(Some(why)) => format!("They do not have it: {why}"),
        Value::Text(text) => text.to_string(),
        Value::Number(number) => number.clone(),
        Value::Money(amount) => amount.text(firm.currency),
        Value::Day(day) => day.full(firm.date_style),
        Value::YesNo(true) => "Yes".into(),
        Value::YesNo(false) => "No".into(),
        Value::One(option) => option.to_string(),
        Value::Several(options) => {
            options.iter().map(|option| option.as_str()).collect::<Vec<_>>().join(", ")
        }
        Value::Confirmed if matches!(ask, Ask::Read { .. }) => "Has read it.".into(),
        Value::Confirmed => "Agrees.".into(),
    }
}

/// When an item is asked, if an answer decides: "“Any loans?” is yes".
pub(super) fn asked_when(item: &Item, sheet: &Sheet) -> Option<String> {
    let condition = item.only_if.as_ref()?;
    let title = &sheet.entry(condition.item)?.item.title;
    Some(match &condition.holds {
        Holds::Answered => format!("“{title}” is answered"),
        Holds::Yes => format!("“{title}” is yes"),
        Holds::No => format!("“{title}” is no"),
        Holds::Is(option) => format!("“{title}” is “{option}”"),
    })
}

/// What an answer to an item is, and its icon.
pub(super) fn kind(ask: &Ask) -> (&'static str, &'static str) {
    match ask {
        Ask::Upload { most: 1, .. } => ("File", "upload"),
        Ask::Upload { .. } => ("Files", "upload"),
        Ask::Confirm { .. } => ("Confirmation", "check"),
        Ask::Read { .. } => ("File to read", "file"),
        Ask::Question(question) => {
            let what = match question {
                Question::Short => "Short answer",
                Question::Long => "Long answer",
                Question::Number => "Number",
                Question::Money => "Amount of money",
                Question::Date => "Date",
                Question::YesNo => "Yes or no",
                Question::One(_) => "One of several",
                Question::Several(_) => "Any of several",
            };
            (what, "help")
        }
    }
}

/// A draft as it would be if it were sent now: with its fields filled in. What was sent is as it is.
pub(super) fn as_sent(console: &Console, detail: &RequestDetail) -> Result<RequestDetail> {
    let mut sent = detail.clone();
    if detail.request.stage != Stage::Draft {
        return Ok(sent);
    }
    let blueprint = Blueprint {
        title: detail.request.title.clone(),
        instructions: detail.sheet.instructions.clone(),
        items: detail.sheet.entries.iter().map(|entry| entry.item.clone()).collect(),
        due: RelativeDue::between(detail.today, detail.request.due),
        reminders: None,
    };
    let filled = blueprint.fill(&Filling {
        client: detail.client.name.as_str(),
        sender: console.me().name.as_str(),
        firm: &*console.firm()?,
        day: detail.today,
    });
    sent.request.title = filled.title;
    sent.sheet.instructions = filled.instructions;
    for (entry, item) in sent.sheet.entries.iter_mut().zip(filled.items) {
        entry.item = item;
    }
    Ok(sent)
}
