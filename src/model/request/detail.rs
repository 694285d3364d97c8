//! One request as staff see it.

use std::collections::BTreeMap;

use super::{Change, Comment, Entry, ReminderRule, Request, Sheet, Stage, Whole};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::Records;
use crate::model::file::{Area, Audience, Circle, File, Reader, with_whom};
use crate::model::id::Id;
use crate::values::{Day, Label};

/// One request with everything its page shows.
#[derive(Clone, Debug)]
pub struct RequestDetail {
    /// The request.
    pub request: Request,
    /// What is asked, and what was answered.
    pub sheet: Sheet,
    /// Who is asked.
    pub client: Client,
    /// The civil day in the firm's zone.
    pub today: Day,
    /// Who is asked, in words: "everyone at Alder Ltd".
    pub to: String,
    /// Who that is by name, with whether they can see it.
    pub asked: Vec<Reader>,
    /// Its history, the oldest first.
    pub changes: Vec<Change>,
    /// What was said about it, the oldest first.
    pub comments: Vec<Comment>,
    /// All files that it, its answers and its comments name, as far as they exist; some of them may be in the trash.
    pub files: BTreeMap<Id<File>, File>,
    /// The name of the template it was made of, as long as there is one.
    pub template: Option<Label>,
    /// When its contacts are reminded: of a draft that follows the firm's default, that of today.
    pub rule: ReminderRule,
    /// For the form that changes it.
    pub edition: String,
}

impl RequestDetail {
    /// Whether the answers let an item appear.
    #[must_use]
    pub fn shown(&self, number: u16) -> bool {
        self.sheet.shown().any(|entry| entry.item.number == number)
    }
}

impl Console {
    /// One request with everything its page shows.
    pub fn request(&self, request: Id<Request>) -> Result<RequestDetail> {
        let firm = self.firm()?;
        self.read(|r| {
            let whole = Whole::need(r, request)?;
            let edition = whole.edition();
            let Whole { request, sheet } = whole;
            let client: Client = r.need(request.client)?;
            let comments: Vec<Comment> = r.by("comment.request", request.id, usize::MAX)?;
            // Before it is sent, staff are told who could not open what belongs to it.
            let draft = request.stage == Stage::Draft;
            let area = if draft { sheet.area() } else { Area::Requests };
            let circle = Circle::for_area(r, client.clone(), area, self.now())?;
            let template = request.template.map(|template| r.get(template)).transpose()?.flatten();
            Ok(RequestDetail {
                today: Day::at(self.now(), firm.zone.tz()),
                to: asked_words(r, &client, &request.audience)?,
                asked: circle.meant(&request.audience).cloned().collect(),
                changes: r.by("change.request", request.id, usize::MAX)?,
                files: files(r, &sheet, &comments)?,
                template: template.map(|template| template.name),
                rule: request.reminders.rule_now(r)?,
                request,
                sheet,
                client,
                comments,
                edition,
            })
        })
    }
}

/// The files that a request, its answers and its comments name.
fn files(
    r: &impl Records,
    sheet: &Sheet,
    comments: &[Comment],
) -> Result<BTreeMap<Id<File>, File>> {
    let answered = sheet.entries.iter().flat_map(Entry::files);
    let said = comments.iter().flat_map(|comment| &comment.files);
    let mut files = BTreeMap::new();
    for id in sheet.files_of_the_firm().chain(answered.chain(said).copied()) {
        if let Some(file) = r.get(id)? {
            files.insert(id, file);
        }
    }
    Ok(files)
}

/// Who is asked, in words: "everyone at Alder Ltd".
pub(in crate::model) fn asked_words(
    r: &impl Records,
    client: &Client,
    audience: &Audience,
) -> Result<String> {
    match audience {
        Audience::Firm => Ok("nobody".into()),
        Audience::Everyone | Audience::Named(_) => with_whom(r, client, audience),
    }
}
