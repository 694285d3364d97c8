//! The first run: one page that sets the firm up, and is gone for ever afterwards.

use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::doors::Visit;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::through::Through;
use crate::model::Guest;
use crate::model::session::NewSession;
use crate::model::setup::{FirmForm, Proof};
use crate::values::{Currency, Zone};

pub(super) fn routes() -> Routes {
    Routes::default().get("/setup", setup_page).post("/setup", set_up)
}

#[derive(Serialize)]
struct SetupPage {
    form: Typed<FirmForm>,
    /// The browser is on another machine, or may be.
    asks_code: bool,
    /// What is typed here travels in the clear, though https is answered.
    in_the_clear: bool,
    zones: Vec<Choice>,
    currencies: Vec<Choice>,
    version: &'static str,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
}

impl Page for SetupPage {
    const TEMPLATE: &'static str = "guest/setup.html";
}

impl SetupPage {
    fn new(form: Typed<FirmForm>, visit: &Visit, in_the_clear: bool) -> Self {
        let zone = |name: String| Choice { label: name.replace('_', " "), value: name };
        let currency = |code: &str| {
            let name = Currency::parse(code).map(Currency::name).unwrap_or_default();
            Choice { value: code.to_owned(), label: format!("{code} – {name}") }
        };
        Self {
            form,
            asks_code: !visit.direct,
            in_the_clear,
            zones: Zone::names().into_iter().map(zone).collect(),
            currencies: Currency::USUAL.into_iter().map(currency).collect(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// What stands in the form until the browser or somebody knows better.
    fn blank(visit: &Visit, in_the_clear: bool) -> Self {
        let form = FirmForm {
            zone: "America/New_York".into(),
            currency: "USD".into(),
            date_style: "month-first".into(),
            ..FirmForm::default()
        };
        Self::new(form.into(), visit, in_the_clear)
    }
}

#[handler]
async fn setup_page(
    guest: Guest,
    visit: Visit,
    through: Through,
    pages: Pages<'_>,
) -> Result<Response> {
    if guest.has_firm()? {
        return Err(Error::NotFound);
    }
    pages.show(&SetupPage::blank(&visit, in_the_clear(&guest, &visit, &through)))
}

#[handler]
async fn set_up(
    guest: Guest,
    visit: Visit,
    through: Through,
    pages: Pages<'_>,
    Form(form): Form<FirmForm>,
) -> Result<Response> {
    if guest.has_firm()? {
        return Err(Error::NotFound);
    }
    match found(&guest, &visit, &form).await {
        Ok(NewSession { cookie, who }) => {
            Ok(see_other("/console").session(cookie.text(), who.cookie_life()))
        }
        // Somebody else was faster, perhaps the same person with two clicks.
        Err(Error::NotFound) => Ok(see_other("/console")),
        Err(wrong) => pages.refused(form, wrong, |form| {
            Ok(SetupPage::new(form, &visit, in_the_clear(&guest, &visit, &through)))
        }),
    }
}

/// Whether somebody on another machine should rather come by https.
fn in_the_clear(guest: &Guest, visit: &Visit, through: &Through) -> bool {
    !visit.direct && !through.encrypted && guest.is_https_answered()
}

async fn found(guest: &Guest, visit: &Visit, form: &FirmForm) -> Result<NewSession> {
    let proof = if visit.direct { Proof::Direct } else { Proof::Code(form.code.clone()) };
    guest.set_up(form.read(guest.reach())?, proof, &visit.agent).await
}
