//! The history of a request in sentences. No page of its own.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::http::pages::{Pages, When};
use crate::model::request::{Change, What, hour_of};
use crate::values::{DateStyle, Day};

/// One change.
#[derive(Serialize)]
pub(super) struct ChangeShown {
    /// Who; nothing for the server itself.
    by: String,
    /// What, after the name.
    what: String,
    icon: &'static str,
    at: When,
}

/// Answers that one person gives, or accepts, within so long are one line.
const TOGETHER: SignedDuration = SignedDuration::from_hours(1);

/// The changes, the latest first. Pages save each answer as it is typed, and items are accepted one by one or all at once:
/// those of one sitting are gathered.
pub(super) fn history(
    changes: &[Change],
    pages: &Pages<'_>,
    today: Day,
    style: DateStyle,
) -> Vec<ChangeShown> {
    let mut lines = Vec::new();
    let mut left = changes;
    while let Some((last, before)) = left.split_last() {
        let kind = gathered(last).map(|(did, _)| did);
        let same = |one: &Change| {
            gathered(one).is_some_and(|(did, _)| Some(did) == kind)
                && one.by == last.by
                && last.at.duration_since(one.at) < TOGETHER
        };
        let together = left.iter().rev().take_while(|one| same(one)).count();
        let mut line = ChangeShown::of(last, pages, today, style);
        if together > 1 {
            let these = left[left.len() - together..].iter().filter_map(gathered);
            let items: BTreeSet<&str> = these.map(|(_, item)| item).collect();
            if let Some(did) = kind.filter(|_| items.len() > 1) {
                line.what = format!("{did} {} items", items.len());
            }
        }
        lines.push(line);
        left = if together > 1 { &left[..left.len() - together] } else { before };
    }
    lines
}

/// What was done with an item, if that is gathered, and with which.
fn gathered(change: &Change) -> Option<(&'static str, &str)> {
    match &change.what {
        What::Answered { item } => Some(("answered", item.as_str())),
        What::Accepted { item } => Some(("accepted", item.as_str())),
        _ => None,
    }
}

impl ChangeShown {
    fn of(change: &Change, pages: &Pages<'_>, today: Day, style: DateStyle) -> Self {
        let (what, icon) = words(
            &change.what,
            |day| day.short(today, style),
            |at| hour_of(at, pages.times().zone),
        );
        let by = change.by.as_ref().map(|by| by.name.clone()).unwrap_or_default();
        Self {
            what: if by.is_empty() { capitalized(&what) } else { what },
            by,
            icon,
            at: pages.when(change.at),
        }
    }
}

fn words(
    what: &What,
    day: impl Fn(Day) -> String,
    hour: impl Fn(Timestamp) -> String,
) -> (String, &'static str) {
    let or_never = |due: Option<Day>| due.map_or_else(|| "no due date".to_owned(), &day);
    match what {
        What::Made { template: None } => ("wrote it".into(), "edit"),
        What::Made { template: Some(name) } => (format!("made it from “{name}”"), "template"),
        What::Sent { to } => (format!("sent it to {to}"), "send"),
        What::Edited { what } => (changed(what), "edit"),
        What::Moved { from, to } => {
            (format!("moved the due date from {} to {}", or_never(*from), or_never(*to)), "clock")
        }
        What::Answered { item } => (format!("answered “{item}”"), "todo"),
        What::Cleared { item } => (format!("took back the answer to “{item}”"), "undo"),
        What::HandedIn => ("handed it in".into(), "inbox"),
        What::Accepted { item } => (format!("accepted “{item}”"), "check"),
        What::Returned { item, reason } => (format!("sent back “{item}”: {reason}"), "undo"),
        What::Completed => ("completed it".into(), "done"),
        What::Reopened => ("reopened it".into(), "undo"),
        What::Withdrawn => ("withdrew it".into(), "x"),
        What::Reminded { whom, leaves: None } => (format!("reminded {}", whom.join(", ")), "bell"),
        What::Reminded { whom, leaves: Some(at) } => {
            let (whom, at) = (whom.join(", "), hour(*at));
            let words =
                format!("asked for a reminder to {whom}, to leave at {at}, after the quiet hours");
            (words, "bell")
        }
        What::TakenBack { whom } => {
            (format!("took back the reminder to {}", whom.join(", ")), "bell")
        }
        What::Skipped { day: skipped } => {
            (format!("took out the reminder of {}", day(*skipped)), "bell")
        }
        What::Unskipped { day: skipped } => {
            (format!("put back the reminder of {}", day(*skipped)), "bell")
        }
        What::Paused { paused: true } => ("stopped the reminders".into(), "pause"),
        What::Paused { paused: false } => ("let the reminders go on".into(), "bell"),
    }
}

fn changed(what: &[String]) -> String {
    match what {
        [] => "changed what is asked".into(),
        some => some.join(", "),
    }
}

/// What nobody did begins a sentence by itself: "Reminded Naomi Marlow".
fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
