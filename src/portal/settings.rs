//! A contact's own settings. They belong to the person, not to one of their clients.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Check, Result};
use crate::http::account::{AddressForm, DeviceForm, DeviceView, PasswordForm, log_out_device};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::contact::{Contact, ContactPhone, Place};
use crate::model::{AboutContact, Person};
use crate::values::{PersonName, Phone, hue, initials};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/settings", settings_page)
        .post("/p/settings", edit_me)
        .get("/p/settings/password", password_page)
        .post("/p/settings/password", change_password)
        .get("/p/settings/address", address_page)
        .post("/p/settings/address", change_address)
        .get("/p/settings/devices", devices_page)
        .post("/p/settings/devices", log_out)
}

const HOME: &str = "/p/settings";
/// More numbers than this are a mistake.
const MOST_PHONES: usize = 20;
const TOO_MANY: &str = "There is room for 20 numbers. Empty this one and those behind it";
/// Rows that are drawn at most, whatever was sent.
const MOST_ROWS: usize = 50;

/// Name and numbers as typed.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct MeForm {
    first: String,
    last: String,
    phone: Vec<String>,
    phone_kind: Vec<String>,
    /// The edition that was shown.
    seen: String,
}

impl MeForm {
    fn of(me: &Contact) -> Self {
        Self {
            first: me.first.to_string(),
            last: me.last.as_ref().map(ToString::to_string).unwrap_or_default(),
            phone: me.phones.iter().map(|phone| phone.number.to_string()).collect(),
            phone_kind: me.phones.iter().map(|phone| value(phone.kind)).collect(),
            seen: AboutContact::of(me).edition(),
        }
    }

    fn read(&self) -> Result<AboutContact> {
        let mut check = Check::default();
        let first = check.take("first", PersonName::parse(&self.first));
        let last = Some(self.last.as_str()).filter(|last| !last.trim().is_empty());
        let last = check.take("last", last.map(PersonName::parse).transpose());
        let mut phones = Vec::new();
        let typed = self.phone.iter().enumerate().filter(|(_, number)| !number.trim().is_empty());
        for (nth, (at, number)) in typed.enumerate() {
            if nth == MOST_PHONES {
                check.note(format!("phone-{at}"), TOO_MANY);
                break;
            }
            let number = check.take(format!("phone-{at}"), Phone::parse(number));
            let kind = self.phone_kind.get(at).map_or("", String::as_str);
            let kind = check.take(format!("phone_kind-{at}"), Place::parse(kind));
            phones.extend(number.zip(kind).map(|(number, kind)| ContactPhone { number, kind }));
        }
        check.finish(|| Some(AboutContact { first: first?, last: last?, phones }))
    }
}

#[derive(Serialize)]
struct SettingsPage {
    /// Whether they may change their record: not without access to a portal.
    open: bool,
    initials: String,
    hue: u8,
    address: String,
    devices: Vec<DeviceView>,
    form: Typed<MeForm>,
    phones: Vec<Typed<PhoneRow>>,
    kinds: Vec<Kind>,
}

#[derive(Serialize)]
struct PhoneRow {
    phone: String,
    phone_kind: String,
}

#[derive(Serialize)]
struct Kind {
    value: String,
    label: &'static str,
}

impl Page for SettingsPage {
    const TEMPLATE: &'static str = "portal/settings/show.html";
}

#[derive(Serialize)]
struct PasswordPage {
    address: String,
    form: Typed<PasswordForm>,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "portal/settings/password.html";
}

#[derive(Serialize)]
struct AddressPage {
    address: String,
    form: Typed<AddressForm>,
}

impl Page for AddressPage {
    const TEMPLATE: &'static str = "portal/settings/address.html";
}

#[derive(Serialize)]
struct DevicesPage {
    devices: Vec<DeviceView>,
}

impl Page for DevicesPage {
    const TEMPLATE: &'static str = "portal/settings/devices.html";
}

fn value(kind: Place) -> String {
    kind.label().to_lowercase()
}

fn shown(person: &Person, pages: &Pages<'_>, form: Typed<MeForm>) -> Result<SettingsPage> {
    let account = person.account();
    let name = person.me().full_name();
    Ok(SettingsPage {
        open: !person.open()?.is_empty(),
        initials: initials(&name),
        hue: hue(&name),
        address: account.address()?.to_string(),
        devices: DeviceView::all(&account, pages)?,
        phones: rows(&form),
        form,
        kinds: Place::ALL.map(|kind| Kind { value: value(kind), label: kind.label() }).into(),
    })
}

/// A row for each number, with what is wrong with it, and an empty one.
fn rows(form: &Typed<MeForm>) -> Vec<Typed<PhoneRow>> {
    let typed = &form.values;
    let row = |at: usize| {
        let phone = typed.phone.get(at).cloned().unwrap_or_default();
        let phone_kind = typed.phone_kind.get(at).cloned().unwrap_or_else(|| value(Place::Work));
        let wrong = |field: &'static str| {
            let why = form.errors.get(format!("{field}-{at}").as_str())?;
            Some((field.into(), why.clone()))
        };
        let errors = ["phone", "phone_kind"].into_iter().filter_map(wrong).collect();
        Typed { values: PhoneRow { phone, phone_kind }, errors }
    };
    let filled = typed.phone.iter().rposition(|phone| !phone.trim().is_empty());
    // The empty one is for another number, unless all are there.
    let numbers = typed.phone.iter().filter(|phone| !phone.trim().is_empty()).count();
    let rows = filled.map_or(0, |last| last + 1) + usize::from(numbers < MOST_PHONES);
    (0..rows.min(MOST_ROWS)).map(row).collect()
}

#[handler]
async fn settings_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let form = Typed::from(MeForm::of(person.me()));
    pages.show(&shown(&person, &pages, form)?)
}

#[handler]
async fn edit_me(person: Person, pages: Pages<'_>, Form(form): Form<MeForm>) -> Result<Response> {
    let done = match form.read() {
        Ok(new) => person.edit_me(new, form.seen.clone()).await,
        Err(wrong) => Err(wrong),
    };
    match done {
        Ok(true) => Ok(see_other(HOME).flash("Saved. Your firm sees the change.")),
        Ok(false) => Ok(see_other(HOME).flash("Nothing was different.")),
        Err(wrong) => {
            let mut form = Typed::from(form).with(wrong)?;
            if form.errors.contains_key("form") {
                // Told that the firm was faster, whoever saves again means it.
                form.values.seen = AboutContact::of(person.me()).edition();
            }
            pages.again(&shown(&person, &pages, form)?)
        }
    }
}

#[handler]
async fn password_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    let address = person.account().address()?.to_string();
    pages.show(&PasswordPage { address, form: PasswordForm::fresh().into() })
}

#[handler]
async fn change_password(
    person: Person,
    pages: Pages<'_>,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    let account = person.account();
    match account.change_password(&form.current, &form.new, &form.once).await {
        Ok(()) => Ok(see_other(HOME).flash("Your password is changed.")),
        Err(wrong) => {
            let address = account.address()?.to_string();
            pages.refused(form, wrong, |form| Ok(PasswordPage { address, form }))
        }
    }
}

#[handler]
async fn address_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    person.needs_portal()?;
    let address = person.account().address()?.to_string();
    pages.show(&AddressPage { address, form: AddressForm::fresh().into() })
}

#[handler]
async fn change_address(
    person: Person,
    pages: Pages<'_>,
    Form(form): Form<AddressForm>,
) -> Result<Response> {
    let account = person.account();
    match account.change_address(&form.email, &form.password, &form.once).await {
        Ok(new) => Ok(see_other(HOME).flash(format!(
            "Open the link in the mail to {new}. Until then you log in as before."
        ))),
        Err(wrong) => {
            let address = account.address()?.to_string();
            pages.refused(form, wrong, |form| Ok(AddressPage { address, form }))
        }
    }
}

#[handler]
async fn devices_page(person: Person, pages: Pages<'_>) -> Result<Response> {
    pages.show(&DevicesPage { devices: DeviceView::all(&person.account(), &pages)? })
}

#[handler]
async fn log_out(person: Person, Form(form): Form<DeviceForm>) -> Result<Response> {
    let said = log_out_device(&person.account(), &form).await?;
    Ok(see_other("/p/settings/devices").flash(said))
}
