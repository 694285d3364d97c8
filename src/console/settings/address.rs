//! Settings › Address & TLS: where the portal is reached, and how. Every link begins with the public address; it is never
//! taken from a request. What encrypts is in `encryption.rs`.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::again;
use super::encryption::{self, ProxyShown, ReportShown, StateShown, TlsLocked};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::through::Through;
use crate::model::Admin;
use crate::model::firm::AddressSettings;
use crate::model::tls::TlsForm;
use crate::values::PublicUrl;

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, address_page).post(HOME, set_address).and(encryption::routes())
}

pub(super) const HOME: &str = "/console/settings/address";

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

impl AddressForm {
    fn of(settings: &AddressSettings) -> Self {
        Self {
            public_url: settings.stored.to_string(),
            confirmed: String::new(),
            seen: settings.edition(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct AddressPage {
    /// The address in use and where it was set, if this page cannot change it.
    locked: Option<Locked>,
    /// Links work on this machine only.
    loopback: bool,
    /// Links work in one network only.
    private: bool,
    /// Passwords travel in the clear.
    plain: bool,
    /// What all invite links begin with.
    invites: String,
    public: String,
    /// The address before, which answers until the new one has.
    former: Option<String>,
    form: Typed<AddressForm>,
    tls: Typed<TlsForm>,
    tls_locked: Option<TlsLocked>,
    proxy: ProxyShown,
    state: StateShown,
    report: Option<ReportShown>,
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
    /// With these two forms; as stored where there is none.
    fn new(
        admin: &Admin,
        pages: &Pages<'_>,
        through: &Through,
        (form, tls): (Option<Typed<AddressForm>>, Option<Typed<TlsForm>>),
    ) -> Result<Self> {
        let (settings, view) = (admin.address_settings()?, admin.tls_settings()?);
        let in_use = settings.locked.as_ref().map_or(&settings.stored, |(url, _)| url);
        let ports = admin.certificate_status()?.ports;
        Ok(Self {
            loopback: in_use.is_loopback(),
            private: in_use.is_private(),
            plain: !in_use.is_https() && !in_use.is_loopback(),
            invites: in_use.join("/invite/"),
            public: in_use.to_string(),
            former: admin.former_address()?.map(|url| url.to_string()),
            proxy: ProxyShown::of(in_use, &ports, through),
            state: StateShown::of(admin, pages)?,
            form: form.unwrap_or_else(|| AddressForm::of(&settings).into()),
            tls: tls.unwrap_or_else(|| TlsForm::of(&view).into()),
            tls_locked: view.locked.map(|source| TlsLocked::of(&view.settings, source)),
            locked: settings
                .locked
                .map(|(url, source)| Locked { address: url.to_string(), source }),
            report: None,
        })
    }

    /// With the lower form as it was typed.
    pub(super) fn with_tls(
        admin: &Admin,
        pages: &Pages<'_>,
        through: &Through,
        tls: Typed<TlsForm>,
    ) -> Result<Self> {
        Self::new(admin, pages, through, (None, Some(tls)))
    }

    /// With what was found before an order.
    pub(super) fn after(self, report: ReportShown) -> Self {
        Self { report: Some(report), ..self }
    }
}

#[handler]
async fn address_page(admin: Admin, pages: Pages<'_>, through: Through) -> Result<Response> {
    pages.show(&AddressPage::new(&admin, &pages, &through, (None, None))?)
}

#[handler]
async fn set_address(
    admin: Admin,
    pages: Pages<'_>,
    through: Through,
    Form(form): Form<AddressForm>,
) -> Result<Response> {
    let saved = match PublicUrl::parse(&form.public_url) {
        Ok(url) => admin.set_address(url, &form.confirmed, form.seen.clone()).await,
        Err(why) => Err(Error::field("public_url", why)),
    };
    match saved {
        Ok(()) => {
            let words = match admin.former_address()? {
                Some(_) => {
                    "The address is saved. New links begin with it; the one before answers until an Admin has come by the new one."
                }
                None => {
                    "The address is saved. New links begin with it; those that were sent before keep the old one."
                }
            };
            Ok(see_other(HOME).flash(words))
        }
        Err(e) => {
            let settings = admin.address_settings()?;
            let form = again(form, e, |form| form.seen = settings.edition())?;
            pages.again(&AddressPage::new(&admin, &pages, &through, (Some(form), None))?)
        }
    }
}
