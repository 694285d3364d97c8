//! The editor of what comes again. What is out stays as it was, so that all of it counts from the next one on.

use poem::web::Path;
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::Serialize;

use super::here;
use crate::console::fields::Choice;
use crate::console::requests::fields::{
    AskedShown, BlueprintForm, ItemForm, Offer, Posted, Preview, months, stored,
};
use crate::console::requests::picks::picks;
use crate::console::requests::whom::{WhomForm, WhomShown};
use crate::error::{Check, Error, Result};
use crate::http::body::BodyLimit;
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::File;
use crate::model::recurrence::{Every, NewRecurrence, Recurrence, RecurrenceRow, RecurrenceState};
use crate::model::request::ReminderRule;
use crate::model::request_template::Filling;
use crate::model::{Console, Id};
use crate::values::Day;

const EDIT: &str = "/console/requests/recurring/:recurrence/edit";

pub(super) fn routes() -> Routes {
    let long = save.into_endpoint().data(BodyLimit::LONG_FORM);
    Routes::default().get(EDIT, edit_page).post(EDIT, long)
}

/// The form as typed.
#[derive(Clone, Default, Serialize)]
struct EditForm {
    #[serde(flatten)]
    blueprint: BlueprintForm,
    #[serde(flatten)]
    whom: WhomForm,
    every: String,
    next: String,
    until: String,
    /// What was typed to find a file.
    find: String,
    /// The edition that was shown.
    seen: String,
}

impl EditForm {
    fn of(recurrence: &Recurrence, today: Day, default: &ReminderRule) -> Self {
        Self {
            blueprint: BlueprintForm::of(&recurrence.blueprint, default),
            whom: WhomForm::of(&recurrence.audience),
            every: recurrence.every.key().into(),
            next: recurrence.day_of(recurrence.coming(today)).to_string(),
            until: recurrence.until.map(|day| day.to_string()).unwrap_or_default(),
            find: String::new(),
            seen: recurrence.edition(),
        }
    }

    fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        Self {
            blueprint: BlueprintForm::posted(posted),
            whom: WhomForm::posted(posted),
            every: word("every"),
            next: word("next"),
            until: word("until"),
            find: word("find"),
            seen: word("seen"),
        }
    }

    fn read(&self) -> Result<NewRecurrence> {
        let mut check = Check::default();
        let blueprint = self.blueprint.read(&mut check);
        let audience = self.whom.read(&mut check);
        let every = Every::parse(&self.every).ok_or("Choose how often it comes again");
        let every = check.take("every", every);
        let next = check.take("next", Day::parse(&self.next));
        let until = check.take("until", Day::parse_or_none(&self.until));
        check.finish(|| {
            Some(NewRecurrence {
                blueprint: blueprint?,
                audience: audience?,
                every: every?,
                next: next?,
                until: until?,
            })
        })
    }

    /// The next save replaces what was saved meanwhile. A day whose turn was made meanwhile would be made once more.
    fn has_seen(&mut self, now: &Recurrence, today: Day) {
        self.seen = now.edition();
        let last = now.made.checked_sub(1).map(|turn| now.day_of(turn).to_string());
        if last.is_some_and(|day| day == self.next) {
            self.next = now.day_of(now.coming(today)).to_string();
        }
    }
}

#[derive(Serialize)]
struct EditPage {
    path: String,
    here: String,
    list: &'static str,
    client: String,
    client_href: String,
    #[serde(flatten)]
    asked: AskedShown,
    #[serde(flatten)]
    whom: WhomShown,
    months: Vec<Choice>,
    everies: Vec<Choice>,
    /// Something is to be read, so that files can be looked for.
    reads: bool,
    /// Nothing was found.
    none_found: bool,
    /// What the client would read of the next one.
    preview: Preview,
    form: Typed<EditForm>,
}

impl Page for EditPage {
    const TEMPLATE: &'static str = "console/requests/recurring/edit.html";
    const SECTION: &'static str = "requests";
}

impl EditPage {
    fn of(
        console: &Console,
        one: &RecurrenceRow,
        form: Typed<EditForm>,
        open: Option<u16>,
    ) -> Result<Self> {
        let (recurrence, firm, today) = (&one.recurrence, console.firm()?, console.today()?);
        let (client, values) = (recurrence.client, &form.values);
        let asked = &values.blueprint.asked;
        let chosen = asked.items.iter().filter_map(|item| item.file().parse().ok());
        let chosen: Vec<Id<File>> = chosen.collect();
        let picks = picks(console, client, Vec::new(), &chosen, &values.find)?;
        let offered: Vec<(Id<File>, String)> =
            picks.iter().map(|file| (file.id, file.name.to_string())).collect();
        let offer = Offer::of(&console.folder_choices(client)?, &offered, "Files to read");
        let next = recurrence.day_of(recurrence.coming(today));
        let preview = values.blueprint.preview(&Filling {
            client: one.client.as_str(),
            sender: &recurrence.by.name,
            firm: &firm,
            day: Day::parse(&values.next).unwrap_or(next),
        });
        Ok(Self {
            path: format!("{}/edit", here(recurrence.id)),
            here: here(recurrence.id),
            list: super::RECURRING,
            client: one.client.to_string(),
            client_href: format!("/console/clients/{client}"),
            reads: asked.items.iter().any(ItemForm::reads),
            none_found: picks.is_empty() && !values.find.trim().is_empty(),
            asked: AskedShown::of(console, asked, &form.errors, offer, open)?,
            whom: WhomShown::of(console, client, &values.whom)?,
            months: months(),
            everies: Every::ALL.map(|every| Choice::new(every.key(), every.label())).into(),
            preview,
            form,
        })
    }
}

/// To its page, if there is nothing to change any more.
fn instead(one: &RecurrenceRow) -> Option<Response> {
    let ended = one.recurrence.state() == RecurrenceState::Ended;
    let why = "It has ended, so it cannot be changed. Send a new request that repeats.";
    ended.then(|| see_other(here(one.recurrence.id)).flash(Flash::bad(why)))
}

#[handler]
async fn edit_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Recurrence>>,
) -> Result<Response> {
    let one = console.recurrence(id)?;
    if let Some(elsewhere) = instead(&one) {
        return Ok(elsewhere);
    }
    let default = console.request_settings()?.rule;
    let form = EditForm::of(&one.recurrence, console.today()?, &default);
    pages.show(&EditPage::of(&console, &one, form.into(), None)?)
}

#[handler]
async fn save(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Recurrence>>,
    Form(posted): Form<Posted>,
) -> Result<Response> {
    let one = console.recurrence(id)?;
    if let Some(elsewhere) = instead(&one) {
        return Ok(elsewhere);
    }
    let (mut form, button) = (EditForm::posted(&posted), posted.word("action"));
    let given = one.recurrence.blueprint.items.iter().map(|item| item.number + 1);
    if let Some(open) = form.blueprint.asked.turned(button, given.max().unwrap_or(1)) {
        return pages.show(&EditPage::of(&console, &one, form.into(), open)?);
    }
    if matches!(button, "preview" | "find") {
        return pages.show(&EditPage::of(&console, &one, form.into(), None)?);
    }
    let saved = match form.read() {
        Ok(new) => console.change_recurrence(id, new, form.seen.clone()).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(said) => {
            let words = match said.as_slice() {
                [] => "Nothing was changed.".to_owned(),
                said => format!("Saved: {}.", said.join(", ")),
            };
            Ok(stored(&here(id), &form.seen).flash(words))
        }
        Err(e) => {
            // Told that something came between, whoever saves again means it.
            let one = console.recurrence(id)?;
            if matches!(&e, Error::Invalid(fields) if fields.contains_key("form")) {
                form.has_seen(&one.recurrence, console.today()?);
            }
            pages.refused(form, e, |form| EditPage::of(&console, &one, form, None))
        }
    }
}
