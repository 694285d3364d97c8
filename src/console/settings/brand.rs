//! Settings: how the firm looks to its clients.

use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::Serialize;

use super::{SAVED, again};
use crate::error::{Error, Result};
use crate::http::body::BodyLimit;
use crate::http::forms::Typed;
use crate::http::multipart::Multipart;
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::firm::{NewBrand, NewLogo};
use crate::values::{Accent, accent};

pub(super) fn routes() -> Routes {
    let set = set_brand.into_endpoint().data(BodyLimit(MOST_BYTES));
    Routes::default().get(HOME, brand_page).post(HOME, set)
}

const HOME: &str = "/console/settings/brand";
/// More than a logo may have, so that one that is a little too large is answered on the page.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The form as typed. Files cannot be given back.
#[derive(Clone, Default, Serialize)]
struct BrandForm {
    /// One of the offered colors; "own" or nothing for another.
    accent: String,
    own: String,
    remove: String,
    /// The edition that was shown.
    seen: String,
}

impl BrandForm {
    fn of(form: &Multipart) -> Self {
        let text = |name| form.text(name).to_owned();
        Self {
            accent: text("accent"),
            own: text("own"),
            remove: text("remove"),
            seen: text("seen"),
        }
    }

    /// The color that is chosen.
    fn color(&self) -> Result<Accent, &'static str> {
        Accent::parse(match self.accent.as_str() {
            "" | "own" => &self.own,
            offered => offered,
        })
    }
}

#[derive(Serialize)]
struct BrandPage {
    accents: Vec<Swatch>,
    /// The field for another color always holds one.
    own: String,
    has_logo: bool,
    form: Typed<BrandForm>,
}

#[derive(Serialize)]
struct Swatch {
    name: &'static str,
    hex: &'static str,
}

impl Page for BrandPage {
    const TEMPLATE: &'static str = "console/settings/brand.html";
    const SECTION: &'static str = "settings";
}

impl BrandPage {
    fn new(admin: &Admin, form: Typed<BrandForm>) -> Result<Self> {
        let firm = admin.console().firm()?;
        let own = Accent::parse(&form.values.own).unwrap_or_else(|_| firm.accent.clone());
        Ok(Self {
            accents: accent::PRESETS.map(|(name, hex)| Swatch { name, hex }).into(),
            own: own.to_string(),
            has_logo: firm.logo.is_some(),
            form,
        })
    }
}

fn is_preset(accent: &Accent) -> bool {
    accent::PRESETS.iter().any(|(_, hex)| *hex == accent.hex())
}

#[handler]
async fn brand_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let firm = admin.console().firm()?;
    let accent = if is_preset(&firm.accent) { firm.accent.to_string() } else { "own".into() };
    let form = BrandForm {
        accent,
        own: firm.accent.to_string(),
        remove: String::new(),
        seen: firm.brand_edition(),
    };
    pages.show(&BrandPage::new(&admin, form.into())?)
}

#[handler]
async fn set_brand(admin: Admin, pages: Pages<'_>, sent: Multipart) -> Result<Response> {
    let form = BrandForm::of(&sent);
    let logo = match sent.file("logo") {
        Some(file) => NewLogo::Upload(file.bytes.to_vec()),
        None if form.remove.is_empty() => NewLogo::Keep,
        None => NewLogo::Remove,
    };
    let saved = match form.color() {
        Ok(accent) => admin.set_brand(NewBrand { accent, logo }, form.seen.clone()).await,
        Err(why) => Err(Error::field("own", why)),
    };
    match saved {
        Ok(()) => Ok(see_other(HOME).flash(SAVED)),
        Err(e) => {
            let current = admin.console().firm()?.brand_edition();
            let form = again(form, e, |form| form.seen = current)?;
            pages.again(&BrandPage::new(&admin, form)?)
        }
    }
}
