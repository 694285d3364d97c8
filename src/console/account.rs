//! The settings of a member of staff for themselves.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Check, Result};
use crate::http::account::{AddressForm, DeviceForm, DeviceView, PasswordForm, log_out_device};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::staff::{Notices, Staff};
use crate::model::{AboutStaff, Console};
use crate::values::FullName;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/account", account_page)
        .post("/console/account", edit_me)
        .get("/console/account/password", password_page)
        .post("/console/account/password", change_password)
        .get("/console/account/address", address_page)
        .post("/console/account/address", change_address)
        .get("/console/account/devices", devices_page)
        .post("/console/account/devices", log_out)
}

const HOME: &str = "/console/account";

/// Name and notices as typed; an empty box is no tick.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct MeForm {
    name: String,
    accepted: String,
    bounced: String,
}

impl MeForm {
    fn of(me: &Staff) -> Self {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        Self {
            name: me.name.to_string(),
            accepted: tick(me.notices.accepted),
            bounced: tick(me.notices.bounced),
        }
    }

    fn read(&self) -> Result<AboutStaff> {
        let mut check = Check::default();
        let name = check.take("name", FullName::parse(&self.name));
        let notices =
            Notices { accepted: !self.accepted.is_empty(), bounced: !self.bounced.is_empty() };
        check.finish(|| Some(AboutStaff { name: name?, notices }))
    }
}

#[derive(Serialize)]
struct AccountPage {
    address: String,
    devices: Vec<DeviceView>,
    form: Typed<MeForm>,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "console/account/show.html";
}

#[derive(Serialize)]
struct PasswordPage {
    address: String,
    form: Typed<PasswordForm>,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "console/account/password.html";
}

#[derive(Serialize)]
struct AddressPage {
    address: String,
    form: Typed<AddressForm>,
}

impl Page for AddressPage {
    const TEMPLATE: &'static str = "console/account/address.html";
}

#[derive(Serialize)]
struct DevicesPage {
    devices: Vec<DeviceView>,
}

impl Page for DevicesPage {
    const TEMPLATE: &'static str = "console/account/devices.html";
}

fn shown(console: &Console, pages: &Pages<'_>, form: Typed<MeForm>) -> Result<AccountPage> {
    let account = console.account();
    let devices = DeviceView::all(&account, pages)?;
    Ok(AccountPage { address: account.address()?.to_string(), devices, form })
}

#[handler]
async fn account_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let form = Typed::from(MeForm::of(console.me()));
    pages.show(&shown(&console, &pages, form)?)
}

#[handler]
async fn edit_me(console: Console, pages: Pages<'_>, Form(form): Form<MeForm>) -> Result<Response> {
    let done = match form.read() {
        Ok(new) => console.edit_me(new).await,
        Err(wrong) => Err(wrong),
    };
    match done {
        Ok(()) => Ok(see_other(HOME).flash("Saved.")),
        Err(wrong) => pages.again(&shown(&console, &pages, Typed::from(form).with(wrong)?)?),
    }
}

#[handler]
async fn password_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let address = console.account().address()?.to_string();
    pages.show(&PasswordPage { address, form: PasswordForm::fresh().into() })
}

#[handler]
async fn change_password(
    console: Console,
    pages: Pages<'_>,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    let account = console.account();
    match account.change_password(&form.current, &form.new, &form.once).await {
        Ok(()) => Ok(see_other(HOME).flash("Your password is changed.")),
        Err(wrong) => {
            let address = account.address()?.to_string();
            pages.refused(form, wrong, |form| Ok(PasswordPage { address, form }))
        }
    }
}

#[handler]
async fn address_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    let address = console.account().address()?.to_string();
    pages.show(&AddressPage { address, form: AddressForm::fresh().into() })
}

#[handler]
async fn change_address(
    console: Console,
    pages: Pages<'_>,
    Form(form): Form<AddressForm>,
) -> Result<Response> {
    let account = console.account();
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
async fn devices_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    pages.show(&DevicesPage { devices: DeviceView::all(&console.account(), &pages)? })
}

#[handler]
async fn log_out(console: Console, Form(form): Form<DeviceForm>) -> Result<Response> {
    let said = log_out_device(&console.account(), &form).await?;
    Ok(see_other("/console/account/devices").flash(said))
}
