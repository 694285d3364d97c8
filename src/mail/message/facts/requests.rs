//! What mails about requests say: one line for each thing that is told, each with its own link only through the button.

use serde::Serialize;

use super::{CONTACT_CHOOSES, Facts, Letterhead, STAFF_CHOOSE};
use crate::model::outbox::{Letter, RequestLine, Told};
use crate::values::url_free;

/// One thing that is told of a request.
#[derive(Serialize)]
pub(super) struct Line {
    client: String,
    title: String,
    /// When it is due, in full; empty without a due date.
    due: String,
    /// What is told: sent, returned, comment, handed-in, done, waits or overdue.
    told: &'static str,
    /// The item that was sent back.
    item: String,
    /// Who did it.
    by: String,
    /// What they said, if the firm allows it in mails.
    said: String,
}

/// What is written on the button. Several requests are one page as well.
pub(super) fn label(letter: &Letter) -> &'static str {
    match letter {
        Letter::RequestNews { lines, path, .. } | Letter::RequestReminder { lines, path, .. } => {
            match lines.iter().any(|line| line.path == *path) {
                true => "Open the request",
                false => "Open your To-do list",
            }
        }
        Letter::FromClients { count: 1, .. } | Letter::RequestsOverdue { count: 1, .. } => {
            "See the request"
        }
        _ => "See the requests",
    }
}

impl Letterhead {
    /// What the letters about requests say.
    pub(super) fn of_requests<'a>(&self, facts: Facts<'a>, letter: &Letter) -> Facts<'a> {
        let (first_name, count, lines, daily, choose) = match letter {
            Letter::RequestNews { first_name, count, lines, .. }
            | Letter::RequestReminder { first_name, count, lines, .. } => {
                (first_name, *count, lines, false, CONTACT_CHOOSES)
            }
            Letter::FromClients { first_name, count, lines, daily, .. } => {
                (first_name, *count, lines, *daily, STAFF_CHOOSE)
            }
            Letter::RequestsOverdue { first_name, count, lines, .. } => {
                (first_name, *count, lines, true, STAFF_CHOOSE)
            }
            _ => return facts,
        };
        let client = match letter {
            Letter::RequestNews { client, .. } => url_free(client),
            _ => String::new(),
        };
        Facts {
            first_name: url_free(first_name),
            client,
            count,
            unnamed: usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(lines.len()),
            lines: lines.iter().map(|line| self.line(line)).collect(),
            daily,
            choose: self.choose(choose),
            ..facts
        }
    }

    fn line(&self, line: &RequestLine) -> Line {
        let due = line.due.map(|due| due.full(self.style)).unwrap_or_default();
        let plain = |text: &str| url_free(text);
        let (told, item, by, said) = match &line.told {
            Told::Sent => ("sent", "", "", None),
            Told::Returned { item, reason } => ("returned", item.as_str(), "", reason.as_deref()),
            Told::Comment { by, text } => ("comment", "", by.as_str(), text.as_deref()),
            Told::HandedIn { by } => ("handed-in", "", by.as_str(), None),
            Told::Done { by } => ("done", "", by.as_str(), None),
            Told::Waits { overdue: false } => ("waits", "", "", None),
            Told::Waits { overdue: true } => ("overdue", "", "", None),
        };
        Line {
            client: plain(&line.client),
            title: plain(&line.title),
            due,
            told,
            item: plain(item),
            by: plain(by),
            said: said.map(plain).unwrap_or_default(),
        }
    }
}
