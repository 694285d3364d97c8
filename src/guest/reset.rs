//! Links by mail: to a new password, and to the proof of a new address.

use poem::http::StatusCode;
use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::log_in::welcome;
use crate::error::{Error, Result};
use crate::http::doors::Visit;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Guest;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/forgot", forgot_page)
        .post("/forgot", forgot)
        .get("/forgot/sent", sent_page)
        .get("/reset/:token", reset_page)
        .post("/reset/:token", reset)
        .get("/verify-address/:token", verify_page)
        .post("/verify-address/:token", verify)
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct ForgotForm {
    email: String,
}

#[derive(Serialize)]
struct ForgotPage {
    form: Typed<ForgotForm>,
}

impl Page for ForgotPage {
    const TEMPLATE: &'static str = "guest/reset/forgot.html";
}

/// The same for everybody.
#[derive(Serialize)]
struct SentPage {}

impl Page for SentPage {
    const TEMPLATE: &'static str = "guest/reset/sent.html";
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct ResetForm {
    #[serde(skip_serializing)]
    password: String,
}

#[derive(Serialize)]
struct ResetShown {
    path: String,
    name: String,
    address: String,
    form: Typed<ResetForm>,
}

impl Page for ResetShown {
    const TEMPLATE: &'static str = "guest/reset/show.html";
}

#[derive(Serialize)]
struct VerifyShown {
    path: String,
    name: String,
    old: String,
    new: String,
}

impl Page for VerifyShown {
    const TEMPLATE: &'static str = "guest/reset/address.html";
}

/// A link that has ended, and the way on.
#[derive(Serialize)]
struct EndedPage {
    why: &'static str,
    href: &'static str,
    action: &'static str,
}

impl Page for EndedPage {
    const TEMPLATE: &'static str = "guest/reset/ended.html";
}

#[handler]
async fn forgot_page(pages: Pages<'_>) -> Result<Response> {
    pages.show(&ForgotPage { form: Typed::default() })
}

#[handler]
async fn forgot(guest: Guest, pages: Pages<'_>, Form(form): Form<ForgotForm>) -> Result<Response> {
    match guest.forgot(&form.email).await {
        Ok(()) => Ok(see_other("/forgot/sent")),
        Err(error) => pages.refused(form, error, |form| Ok(ForgotPage { form })),
    }
}

#[handler]
async fn sent_page(pages: Pages<'_>) -> Result<Response> {
    pages.show(&SentPage {})
}

#[handler]
async fn reset_page(guest: Guest, pages: Pages<'_>, Path(token): Path<String>) -> Result<Response> {
    match shown(&guest, &token, Typed::default()) {
        Ok(page) => pages.show(&page),
        Err(error) => reset_ended(&pages, error),
    }
}

#[handler]
async fn reset(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<Response> {
    match guest.reset_password(&token, &form.password, &visit.agent).await {
        Ok(session) => {
            Ok(welcome(&session, "").flash("Your new password is stored, and you are logged in."))
        }
        Err(error @ Error::Gone(_)) => reset_ended(&pages, error),
        Err(error) => pages.refused(form, error, |form| shown(&guest, &token, form)),
    }
}

fn shown(guest: &Guest, token: &str, form: Typed<ResetForm>) -> Result<ResetShown> {
    let page = guest.reset_page(token)?;
    let path = format!("/reset/{token}");
    Ok(ResetShown { path, name: page.name, address: page.address.to_string(), form })
}

fn reset_ended(pages: &Pages<'_>, error: Error) -> Result<Response> {
    ended(pages, error, "/forgot", "Send me a new link")
}

#[handler]
async fn verify_page(
    guest: Guest,
    pages: Pages<'_>,
    Path(token): Path<String>,
) -> Result<Response> {
    match guest.verify_address_page(&token) {
        Ok(page) => pages.show(&VerifyShown {
            path: format!("/verify-address/{token}"),
            name: page.name,
            old: page.old.to_string(),
            new: page.new.to_string(),
        }),
        Err(error) => ended(&pages, error, "/", "Go to the start"),
    }
}

#[handler]
async fn verify(guest: Guest, pages: Pages<'_>, Path(token): Path<String>) -> Result<Response> {
    match guest.verify_address(&token).await {
        Ok(new) => Ok(see_other("/").flash(format!("From now on you log in with {new}."))),
        Err(error) => ended(&pages, error, "/", "Go to the start"),
    }
}

/// The page of a link that has ended; any other error keeps travelling.
fn ended(
    pages: &Pages<'_>,
    error: Error,
    href: &'static str,
    action: &'static str,
) -> Result<Response> {
    match error {
        Error::Gone(why) => pages.show_as(StatusCode::GONE, &EndedPage { why, href, action }),
        other => Err(other),
    }
}
