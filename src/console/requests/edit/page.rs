//! The page of the editor.

use serde::Serialize;

use super::EditForm;
use super::conflict::Theirs;
use crate::console::requests::answers::as_sent;
use crate::console::requests::fields::{AskedShown, ItemShown, Offer};
use crate::console::requests::here;
use crate::console::requests::picks::picks;
use crate::console::requests::whom::WhomShown;
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::pages::{Page, Pages, When};
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::request::{ItemState, Lost, RequestDetail, Stage};
use crate::model::{Console, Id, Seen};
use crate::values::Title;

#[derive(Serialize)]
pub(super) struct EditPage {
    path: String,
    here: String,
    draft: bool,
    stage: &'static str,
    client: String,
    client_href: String,
    /// The title as the client will read it.
    heading: String,
    /// When it was saved; none while it is on no list, since nobody has written anything into it.
    saved: Option<When>,
    #[serde(flatten)]
    asked: AskedShown,
    #[serde(flatten)]
    whom: WhomShown,
    files: Vec<FileTick>,
    /// Nothing was found.
    none_found: bool,
    preview: String,
    /// What saving takes away.
    lost: Vec<String>,
    /// What the tick says that lets it go.
    sure: String,
    /// What somebody else has saved meanwhile.
    theirs: Vec<Theirs>,
    form: Typed<EditForm>,
}

impl Page for EditPage {
    const TEMPLATE: &'static str = "console/requests/edit.html";
    const SECTION: &'static str = "requests";
}

/// A file to tick.
#[derive(Serialize)]
struct FileTick {
    id: String,
    name: String,
    what: String,
    /// Who sees it now: "Firm only".
    seen: String,
    ticked: bool,
}

impl EditPage {
    pub(super) fn of(
        console: &Console,
        pages: &Pages<'_>,
        detail: &RequestDetail,
        form: Typed<EditForm>,
        open: Option<u16>,
    ) -> Result<Self> {
        let (request, client) = (&detail.request, &detail.client);
        let chosen: Vec<Id<File>> = form.values.file_ids().collect();
        let known = detail.files.values().filter(|file| chosen.contains(&file.id)).cloned();
        let picks = picks(console, client.id, known.collect(), &chosen, &form.values.find)?;
        let offered: Vec<(Id<File>, String)> =
            picks.iter().map(|file| (file.id, file.name.to_string())).collect();
        let offer =
            Offer::of(&console.folder_choices(client.id)?, &offered, "Files that go with it");
        let mut asked = AskedShown::of(console, &form.values.asked, &form.errors, offer, open)?;
        for item in asked.items() {
            item.heading = heading(console, detail, &item.heading)?;
        }
        if request.stage != Stage::Draft {
            note_answers(asked.items(), &form.values, detail);
        }
        Ok(Self {
            path: format!("{}/edit", here(request.id)),
            here: here(request.id),
            draft: request.stage == Stage::Draft,
            stage: request.lane().label(),
            client: client.name.to_string(),
            client_href: format!("/console/clients/{}", client.id),
            heading: heading(console, detail, &form.values.asked.title)?,
            saved: (!request.untouched).then(|| pages.when(request.changed)),
            asked,
            whom: WhomShown::of(console, client.id, &form.values.whom)?,
            files: ticks(console, client.id, &picks, &form.values)?,
            none_found: picks.is_empty() && !form.values.find.trim().is_empty(),
            preview: preview(console, detail, &form.values)?,
            lost: Vec::new(),
            sure: String::new(),
            theirs: Vec::new(),
            form,
        })
    }

    /// Names what saving would take away, and asks for it.
    pub(super) fn asking(self, lost: Lost) -> Self {
        Self { lost: lost.what, sure: lost.mark, ..self }
    }

    /// Shows what somebody else has saved beside what was typed.
    pub(super) fn beside(self, theirs: Vec<Theirs>) -> Self {
        Self { theirs, ..self }
    }
}

/// A title as it will be sent, of what was typed.
fn heading(console: &Console, detail: &RequestDetail, typed: &str) -> Result<String> {
    let (client, due) = (&detail.client.name, detail.request.due);
    Ok(match Title::parse(typed) {
        Ok(title) => console.title_to_send(&title, client, due)?.to_string(),
        Err(_) => typed.to_owned(),
    })
}

/// What is read first: as it will be sent, if it was not typed anew since.
fn preview(console: &Console, detail: &RequestDetail, form: &EditForm) -> Result<String> {
    Ok(match form.asked.instructions == detail.sheet.instructions.as_str() {
        true => as_sent(console, detail)?.sheet.instructions.to_string(),
        false => form.asked.instructions.clone(),
    })
}

fn ticks(
    console: &Console,
    client: Id<Client>,
    picks: &[File],
    form: &EditForm,
) -> Result<Vec<FileTick>> {
    let tick = |(file, seen): (&File, Seen)| {
        let id = file.id.to_string();
        FileTick {
            name: file.name.to_string(),
            what: file.newest().media.what().to_owned(),
            seen: seen.short(),
            ticked: form.attached.contains(&id),
            id,
        }
    };
    Ok(picks.iter().zip(console.seen(client, picks)?).map(tick).collect())
}

/// Says of a request that is out who has answered what meanwhile.
fn note_answers(items: &mut [ItemShown], form: &EditForm, detail: &RequestDetail) {
    for (shown, item) in items.iter_mut().zip(&form.asked.items) {
        let Some(entry) = detail.sheet.entry(item.number) else { continue };
        let by = entry.answer.as_ref().map(|answer| answer.by.name.as_str());
        shown.note = match (&entry.state, by) {
            (ItemState::Accepted { .. }, _) => "accepted".into(),
            (_, Some(by)) => format!("answered by {by}"),
            (ItemState::Returned { .. }, None) => "sent back".into(),
            _ => continue,
        };
    }
}
