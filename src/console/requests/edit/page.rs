//! The page of the editor.

use serde::Serialize;

use super::EditForm;
use super::conflict::Theirs;
use crate::console::requests::answers::as_sent;
use crate::console::requests::fields::{ItemShown, Offer, shown_items, sum_of};
use crate::console::requests::here;
use crate::console::requests::whom::PersonShown;
use crate::error::Result;
use crate::http::forms::Typed;
use crate::http::pages::{Page, Pages, When};
use crate::model::client::Client;
use crate::model::file::File;
use crate::model::request::{ItemState, Lost, RequestDetail, Stage};
use crate::model::{Console, FileQuery, Id, Seen};
use crate::values::merge::REQUEST_FIELDS;

/// Files to choose from, unless somebody looks for one.
const NEWEST: usize = 20;
/// Files that are found at once.
const FOUND: usize = 50;

#[derive(Serialize)]
pub(super) struct EditPage {
    path: String,
    here: String,
    draft: bool,
    stage: &'static str,
    client: String,
    client_href: String,
    saved: When,
    items: Vec<ItemShown>,
    sum: String,
    offer: Offer,
    default_rule: String,
    everyone: String,
    people: Vec<PersonShown>,
    files: Vec<FileTick>,
    /// Nothing was found.
    none_found: bool,
    preview: String,
    merge_fields: Vec<String>,
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
        let readers = console.asked(client.id)?;
        let people = readers.iter().map(|reader| {
            let ticked = form.values.contact.contains(&reader.contact.to_string());
            PersonShown::of(client.id, reader, ticked)
        });
        let picks = picks(console, detail, &form.values)?;
        let offered: Vec<(Id<File>, String)> =
            picks.iter().map(|file| (file.id, file.name.to_string())).collect();
        let mut items = shown_items(&form.values.items, &form.errors, open);
        if request.stage != Stage::Draft {
            note_answers(&mut items, &form.values, detail);
        }
        Ok(Self {
            path: format!("{}/edit", here(request.id)),
            here: here(request.id),
            draft: request.stage == Stage::Draft,
            stage: request.stage.label(),
            client: client.name.to_string(),
            client_href: format!("/console/clients/{}", client.id),
            saved: pages.when(request.changed),
            items,
            sum: sum_of(&form.values.items),
            offer: Offer::of(&console.folder_choices(client.id)?, &offered),
            default_rule: console.request_settings()?.rule.text(),
            everyone: everyone(readers.len()),
            people: people.collect(),
            files: ticks(console, client.id, &picks, &form.values)?,
            none_found: picks.is_empty() && !form.values.find.trim().is_empty(),
            preview: preview(console, detail, &form.values)?,
            merge_fields: REQUEST_FIELDS.iter().map(|field| format!("{{{{{field}}}}}")).collect(),
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

/// What is read first: as it will be sent, if it was not typed anew since.
fn preview(console: &Console, detail: &RequestDetail, form: &EditForm) -> Result<String> {
    Ok(match form.instructions() == detail.sheet.instructions.as_str() {
        true => as_sent(console, detail)?.sheet.instructions.to_string(),
        false => form.instructions().to_owned(),
    })
}

/// Whom "everyone" means.
fn everyone(people: usize) -> String {
    match people {
        0 => "There are no contacts yet; whoever is added later".into(),
        1 => "The one contact there is, and whoever is added later".into(),
        many => format!("{many} contacts now, and whoever is added later"),
    }
}

/// What somebody can choose from: the files that go with it, those it asks to read, and the newest or those that were found.
fn picks(console: &Console, detail: &RequestDetail, form: &EditForm) -> Result<Vec<File>> {
    let client = detail.client.id;
    let mut picks: Vec<File> =
        detail.files.values().filter(|file| form.names(file.id)).cloned().collect();
    let more = match form.find.trim() {
        "" => console.newest_files(client, NEWEST)?,
        find => {
            let query = FileQuery { find: find.into(), limit: FOUND, ..FileQuery::default() };
            console.files(client, &query)?.files.into_iter().map(|row| row.file).collect()
        }
    };
    let known: Vec<Id<File>> = picks.iter().map(|file| file.id).collect();
    picks.extend(more.into_iter().filter(|file| !known.contains(&file.id)));
    // Those that were ticked on a page of another search.
    for id in
        form.file_ids().filter(|id| !picks.iter().any(|file| file.id == *id)).collect::<Vec<_>>()
    {
        picks.extend(console.file(client, id).ok().map(|found| found.file));
    }
    Ok(picks)
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
    for (shown, item) in items.iter_mut().zip(&form.items) {
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
