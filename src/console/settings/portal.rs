//! Settings: what clients are told, how invites behave, and how fast mails may leave.

use std::ops::RangeInclusive;

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{SAVED, again};
use crate::console::fields::filled;
use crate::error::{Check, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::firm::PortalSettings;
use crate::values::{HelpText, HttpsLink, Notes};

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, portal_page).post(HOME, edit_portal)
}

const HOME: &str = "/console/settings/portal";

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct PortalForm {
    invite_days: String,
    undo_seconds: String,
    help_text: String,
    help_link: String,
    terms: String,
    mails_per_minute: String,
    /// The edition that was shown.
    seen: String,
}

/// A whole number within bounds, or the sentence that names them.
fn number<N>(typed: &str, bounds: RangeInclusive<N>) -> Result<N, String>
where
    N: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let number = typed.trim().parse().ok().filter(|number| bounds.contains(number));
    number
        .ok_or_else(|| format!("Write a whole number from {} to {}", bounds.start(), bounds.end()))
}

impl PortalForm {
    fn of(settings: &PortalSettings) -> Self {
        Self {
            invite_days: settings.invite_days.to_string(),
            undo_seconds: settings.undo_seconds.to_string(),
            help_text: settings.help_text.to_string(),
            help_link: settings.help_link.as_ref().map(ToString::to_string).unwrap_or_default(),
            terms: settings.terms.to_string(),
            mails_per_minute: settings
                .mails_per_minute
                .map(|mails| mails.to_string())
                .unwrap_or_default(),
            seen: settings.edition(),
        }
    }

    fn read(&self) -> Result<PortalSettings> {
        let mut check = Check::default();
        let invite_days = check.take("invite_days", number(&self.invite_days, 1..=365));
        let undo_seconds = check.take("undo_seconds", number(&self.undo_seconds, 0..=60));
        let help_text = check.take("help_text", HelpText::parse(&self.help_text));
        let help_link = filled(&self.help_link).map(HttpsLink::parse).transpose();
        let help_link = check.take("help_link", help_link);
        let terms = check.take("terms", Notes::parse(&self.terms));
        let pace = filled(&self.mails_per_minute).map(|pace| number(pace, 1..=10_000)).transpose();
        let pace = check.take("mails_per_minute", pace);
        check.finish(|| {
            Some(PortalSettings {
                invite_days: invite_days?,
                undo_seconds: undo_seconds?,
                help_text: help_text?,
                help_link: help_link?,
                terms: terms?,
                mails_per_minute: pace?,
            })
        })
    }
}

#[derive(Serialize)]
struct PortalPage {
    help: String,
    form: Typed<PortalForm>,
}

impl Page for PortalPage {
    const TEMPLATE: &'static str = "console/settings/portal.html";
    const SECTION: &'static str = "settings";
}

impl PortalPage {
    fn new(admin: &Admin, form: Typed<PortalForm>) -> Result<Self> {
        Ok(Self { help: admin.console().firm()?.public_url.join("/help"), form })
    }
}

#[handler]
async fn portal_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let settings = PortalSettings::of(&*admin.console().firm()?);
    pages.show(&PortalPage::new(&admin, PortalForm::of(&settings).into())?)
}

#[handler]
async fn edit_portal(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<PortalForm>,
) -> Result<Response> {
    let saved = match form.read() {
        Ok(new) => admin.edit_portal(new, form.seen.clone()).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(()) => Ok(see_other(HOME).flash(SAVED)),
        Err(e) => {
            let current = PortalSettings::of(&*admin.console().firm()?).edition();
            let form = again(form, e, |form| form.seen = current)?;
            pages.again(&PortalPage::new(&admin, form)?)
        }
    }
}
