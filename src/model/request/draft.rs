//! Drafts: a request that only the firm sees, until it is sent or discarded.

use super::{Entry, Item, ItemState, Progress, ReminderRule, Reminders, Request};
use super::{Sheet, Stage, What, Whole};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Author, File};
use crate::model::id::Id;
use crate::model::request_template::{Blueprint, RequestTemplate};
use crate::values::{Day, Instructions, Title};

/// What staff write into the editor.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// What is asked for. Fields in double braces are filled in when it is sent.
    pub title: Title,
    /// What is read first, in Markdown.
    pub instructions: Instructions,
    /// Who is asked.
    pub audience: Audience,
    /// When it is due.
    pub due: Option<Day>,
    /// The items in their order.
    pub items: Vec<Item>,
    /// Files of the client that belong to it.
    pub attached: Vec<Id<File>>,
    /// When its contacts are reminded; none for the firm's default.
    pub reminders: Option<ReminderRule>,
    /// The [`Sheet::next_item`] that was shown: items numbered from there on are new, and conditions name them so.
    pub first_new: u16,
}

impl Console {
    /// Begins a request to everyone at a client. It is on no list before it is saved or sent. `once` makes twenty clicks one.
    pub async fn new_request(
        &self,
        client: Id<Client>,
        from: Blueprint,
        template: Option<Id<RequestTemplate>>,
        once: String,
    ) -> Result<Id<Request>> {
        let (firm, by) = (self.firm()?, Author::of(self.me()));
        self.write(move |tx| {
            tx.once(&once, |tx| {
                tx.need(client)?;
                let day = Day::at(tx.now(), firm.zone.tz());
                let mut whole = draft(tx, client, from, template, Audience::Everyone, &by, day);
                whole.request.untouched = true;
                whole.put(tx)?;
                note_made(tx, &whole.request)?;
                tx.unsaid("it is said once something is written into it");
                Ok(whole.request.id)
            })
        })
        .await
    }

    /// Deletes a draft, which nobody outside the firm has seen. Gives its title.
    pub async fn discard_request(&self, request: Id<Request>) -> Result<Title> {
        self.write(move |tx| {
            let Request { id, title, client, stage, untouched, .. } = tx.need(request)?;
            if stage != Stage::Draft {
                return Err(Error::refused(
                    "It was sent, so it cannot be discarded. Withdraw it instead.",
                ));
            }
            delete_request(tx, id)?;
            if untouched {
                tx.unsaid("nothing was ever written into it");
            } else {
                let what = format!("discarded the draft of the request “{title}”");
                tx.say("request-discarded", Some(client), what)?;
            }
            Ok(title)
        })
        .await
    }
}

/// Deletes a draft into which nobody has written anything since it was begun, if that is still so.
pub(in crate::model) fn sweep_draft(tx: &mut Write<'_, '_>, id: Id<Request>) -> Result<()> {
    match tx.get(id)? {
        Some(Request { untouched: true, .. }) => delete_request(tx, id),
        _ => Ok(()),
    }
}

/// A request made of a blueprint, whose fields are filled in when it is sent. It is written by whoever called this.
pub(in crate::model) fn draft(
    tx: &Write<'_, '_>,
    client: Id<Client>,
    from: Blueprint,
    template: Option<Id<RequestTemplate>>,
    audience: Audience,
    by: &Author,
    day: Day,
) -> Whole {
    let (id, made) = (tx.id(), tx.now());
    let next_item = from.items.iter().map(|item| item.number + 1).max().unwrap_or(1);
    let request = Request {
        id,
        client,
        title: from.title,
        audience,
        due: from.due.on(day),
        stage: Stage::Draft,
        progress: Progress::default(),
        reminders: Reminders::by(from.reminders),
        template,
        recurrence: None,
        by: by.clone(),
        made,
        changed: made,
        untouched: false,
    };
    let sheet = Sheet {
        id: Sheet::of(id),
        instructions: from.instructions,
        attached: Vec::new(),
        entries: from.items.into_iter().map(Entry::new).collect(),
        next_item,
    };
    Whole { request, sheet }
}

/// Begins the history.
pub(super) fn note_made(tx: &mut Write<'_, '_>, request: &Request) -> Result<()> {
    let template = request.template.map(|template| tx.get(template)).transpose()?.flatten();
    let template = template.map(|template: RequestTemplate| template.name.to_string());
    tx.note_change(request.id, Some(request.by.clone()), What::Made { template })
}

/// Deletes a request with everything of it, except for the files, which are the client's.
pub(in crate::model) fn delete_request(tx: &mut Write<'_, '_>, id: Id<Request>) -> Result<()> {
    for change in tx.ids_by::<super::Change>("change.request", id, usize::MAX)? {
        tx.delete(change)?;
    }
    for comment in tx.ids_by::<super::Comment>("comment.request", id, usize::MAX)? {
        tx.delete(comment)?;
    }
    tx.delete(Sheet::of(id))?;
    tx.delete(id)
}

impl Entry {
    /// An item that nobody has answered.
    pub(super) const fn new(item: Item) -> Self {
        Self { item, revision: 1, answer: None, state: ItemState::Open }
    }
}
