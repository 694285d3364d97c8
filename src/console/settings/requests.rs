//! Settings › Requests: how often a new request reminds, and when reminders leave.

use poem::{Response, handler};
use serde::Serialize;

use super::{SAVED, again};
use crate::console::fields::Choice;
use crate::error::Result;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::request::ReminderSettingsForm;

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, requests_page).post(HOME, save)
}

const HOME: &str = "/console/settings/requests";

#[derive(Serialize)]
struct RequestsPage {
    /// In words.
    rule: String,
    hours: Vec<Choice>,
    form: Typed<ReminderSettingsForm>,
}

impl Page for RequestsPage {
    const TEMPLATE: &'static str = "console/settings/requests.html";
    const SECTION: &'static str = "settings";
}

impl RequestsPage {
    fn new(admin: &Admin, form: Option<Typed<ReminderSettingsForm>>) -> Result<Self> {
        let stored = admin.console().request_settings()?;
        let hours = (0..24).map(|hour| Choice::new(hour, format!("{hour}:00"))).collect();
        let form = form.unwrap_or_else(|| ReminderSettingsForm::of(&stored).into());
        Ok(Self { rule: stored.rule.text(), hours, form })
    }
}

#[handler]
async fn requests_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    pages.show(&RequestsPage::new(&admin, None)?)
}

#[handler]
async fn save(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<ReminderSettingsForm>,
) -> Result<Response> {
    match admin.save_request_settings(form.clone()).await {
        Ok(()) => Ok(see_other(HOME).flash(SAVED)),
        Err(error) => {
            let current = admin.console().request_settings()?.edition();
            let form = again(form, error, |form| form.seen = current)?;
            pages.again(&RequestsPage::new(&admin, Some(form))?)
        }
    }
}
