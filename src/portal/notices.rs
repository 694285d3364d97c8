//! Which mails a contact wants: about new files, and reminders.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::http::forms::{Form, Typed};
use crate::http::notices::{PaceForm, said};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Person;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HERE, notices_page)
        .post(HERE, choose)
        .post("/p/settings/notices/reminders", choose_reminders)
}

const HERE: &str = "/p/settings/notices";

#[derive(Serialize)]
struct NoticesPage {
    form: Typed<PaceForm>,
    reminders: Typed<RemindersForm>,
}

/// Whether they are reminded; an empty box is no tick.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct RemindersForm {
    reminders: String,
}

impl RemindersForm {
    fn of(person: &Person) -> Result<Typed<Self>> {
        let reminders = if person.wants_reminders()? { "on".into() } else { String::new() };
        Ok(Self { reminders }.into())
    }
}

impl Page for NoticesPage {
    const TEMPLATE: &'static str = "portal/settings/notices.html";
}

#[handler]
async fn notices_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let (form, reminders) = (PaceForm::of(person.notice_pace()?), RemindersForm::of(&person)?);
    pages.show(&NoticesPage { form, reminders })
}

#[handler]
async fn choose(person: Person, pages: Pages<'_>, Form(form): Form<PaceForm>) -> Result<Response> {
    match form.read() {
        Ok(pace) => {
            person.choose_notices(pace).await?;
            Ok(see_other("/p/settings").flash(said(pace)))
        }
        Err(wrong) => {
            let (form, reminders) = (Typed::from(form).with(wrong)?, RemindersForm::of(&person)?);
            pages.again(&NoticesPage { form, reminders })
        }
    }
}

#[handler]
async fn choose_reminders(person: Person, Form(form): Form<RemindersForm>) -> Result<Response> {
    let wanted = !form.reminders.is_empty();
    person.choose_reminders(wanted).await?;
    let said = match wanted {
        true => "Saved. You are reminded of what waits for you.",
        false => "Saved. You get no reminders.",
    };
    Ok(see_other("/p/settings").flash(said))
}
