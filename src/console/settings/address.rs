//! Settings: where the portal is reached. Every link begins with it; it is never taken from a request.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::again;
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::firm::AddressSettings;
use crate::values::PublicUrl;

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, address_page).post(HOME, set_address)
}

const HOME: &str = "/console/settings/address";

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct AddressForm {
    public_url: String,
    /// Ticked: the address may work inside one network only.
    confirmed: String,
    /// The edition that was shown.
    seen: String,
}

#[derive(Serialize)]
struct AddressPage {
    /// The address in use and where it was set, if this page cannot change it.
    locked: Option<Locked>,
    /// Links work on this machine only.
    loopback: bool,
    /// Links work in one network only.
    private: bool,
    /// Passwords travel in the clear.
    plain: bool,
    example: String,
    form: Typed<AddressForm>,
}

#[derive(Serialize)]
struct Locked {
    address: String,
    source: String,
}

impl Page for AddressPage {
    const TEMPLATE: &'static str = "console/settings/address.html";
    const SECTION: &'static str = "settings";
}

impl AddressPage {
    fn new(settings: AddressSettings, form: Typed<AddressForm>) -> Self {
        let in_use = settings.locked.as_ref().map_or(&settings.stored, |(url, _)| url);
        Self {
            loopback: in_use.is_loopback(),
            private: in_use.is_private(),
            plain: !in_use.is_https() && !in_use.is_loopback(),
            example: in_use.join("/invite/…"),
            locked: settings
                .locked
                .map(|(url, source)| Locked { address: url.to_string(), source }),
            form,
        }
    }
}

#[handler]
async fn address_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let settings = admin.address_settings()?;
    let form = AddressForm {
        public_url: settings.stored.to_string(),
        confirmed: String::new(),
        seen: settings.edition(),
    };
    pages.show(&AddressPage::new(settings, form.into()))
}

#[handler]
async fn set_address(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<AddressForm>,
) -> Result<Response> {
    let saved = match PublicUrl::parse(&form.public_url) {
        Ok(url) => admin.set_address(url, &form.confirmed, form.seen.clone()).await,
        Err(why) => Err(Error::field("public_url", why)),
    };
    match saved {
        Ok(()) => {
            let words = "The address is saved. New links begin with it; those that were sent before keep the old one.";
            Ok(see_other(HOME).flash(words))
        }
        Err(e) => {
            let settings = admin.address_settings()?;
            let form = again(form, e, |form| form.seen = settings.edition())?;
            pages.again(&AddressPage::new(settings, form))
        }
    }
}
