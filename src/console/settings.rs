//! Settings: the firm's name and ways of writing; branding, address and portal are in files of their own.

mod address;
mod backup;
mod brand;
pub(super) mod dkim;
mod encryption;
mod files;
mod health;
mod portal;
mod requests;

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::fields::{Choice, choices};
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::firm::FirmSettings;
use crate::values::{Currency, DateStyle, FirmName, Zone};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, firm_page)
        .post(HOME, edit_firm)
        .and(brand::routes())
        .and(address::routes())
        .and(backup::routes())
        .and(dkim::routes())
        .and(files::routes())
        .and(health::routes())
        .and(portal::routes())
        .and(requests::routes())
}

const HOME: &str = "/console/settings";
const SAVED: &str = "The settings are saved.";
const DATES: [(&str, &str); 2] =
    [("month-first", "Nov 3, 10:42 AM"), ("day-first", "3 Nov, 10:42")];

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct FirmForm {
    name: String,
    zone: String,
    currency: String,
    date_style: String,
    /// The edition that was shown.
    seen: String,
}

impl FirmForm {
    fn of(settings: &FirmSettings) -> Self {
        Self {
            name: settings.name.to_string(),
            zone: settings.zone.to_string(),
            currency: settings.currency.to_string(),
            date_style: settings.date_style.to_string(),
            seen: settings.edition(),
        }
    }

    fn read(&self) -> Result<FirmSettings> {
        let mut check = Check::default();
        let name = check.take("name", FirmName::parse(&self.name));
        let zone = check.take("zone", Zone::parse(&self.zone));
        let currency = check.take("currency", Currency::parse(&self.currency));
        let date_style = check.take("date_style", DateStyle::parse(&self.date_style));
        check.finish(|| {
            Some(FirmSettings {
                name: name?,
                zone: zone?,
                currency: currency?,
                date_style: date_style?,
            })
        })
    }
}

#[derive(Serialize)]
struct FirmPage {
    zones: Vec<Choice>,
    currencies: Vec<Choice>,
    dates: Vec<Choice>,
    form: Typed<FirmForm>,
}

impl Page for FirmPage {
    const TEMPLATE: &'static str = "console/settings/firm.html";
    const SECTION: &'static str = "settings";
}

impl FirmPage {
    fn new(form: Typed<FirmForm>) -> Self {
        let zone = |name: String| {
            let label = name.replace('_', " ");
            Choice::new(name, label)
        };
        Self {
            zones: Zone::names().into_iter().map(zone).collect(),
            currencies: currencies(&form.values.currency),
            dates: choices(&DATES),
            form,
        }
    }
}

/// The usual ones, and the one that is chosen.
fn currencies(chosen: &str) -> Vec<Choice> {
    let mut codes: Vec<&str> = Currency::USUAL.to_vec();
    if Currency::parse(chosen).is_ok() && !codes.contains(&chosen) {
        codes.insert(0, chosen);
    }
    let known = codes.into_iter().filter_map(|code| Currency::parse(code).ok());
    known.map(|known| Choice::new(known, format!("{known} – {}", known.name()))).collect()
}

#[handler]
async fn firm_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let settings = FirmSettings::of(&*admin.console().firm()?);
    pages.show(&FirmPage::new(FirmForm::of(&settings).into()))
}

#[handler]
async fn edit_firm(admin: Admin, pages: Pages<'_>, Form(form): Form<FirmForm>) -> Result<Response> {
    let saved = match form.read() {
        Ok(new) => admin.edit_firm(new, form.seen.clone()).await,
        Err(e) => Err(e),
    };
    match saved {
        Ok(()) => Ok(see_other(HOME).flash(SAVED)),
        Err(e) => {
            let current = FirmSettings::of(&*admin.console().firm()?).edition();
            let form = again(form, e, |form| form.seen = current)?;
            pages.again(&FirmPage::new(form))
        }
    }
}

/// The form once more. Told that somebody was faster, whoever saves again means it: then `renew` takes the edition there
/// is now.
pub(super) fn again<F>(form: F, why: Error, renew: impl FnOnce(&mut F)) -> Result<Typed<F>> {
    let mut form = Typed::from(form).with(why)?;
    if form.errors.contains_key("form") {
        renew(&mut form.values);
    }
    Ok(form)
}
