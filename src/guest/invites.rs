//! What a link to an invite leads to, and the page where its code is typed.

use std::time::Duration;

use poem::http::StatusCode;
use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Fields, Result};
use crate::http::doors::Visit;
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::{Guest, InvitePage, InviteView, Joined};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/join", join_page)
        .post("/join", join)
        .get("/invite/:token", invite_page)
        .post("/invite/:token", accept_invite)
        .post("/invite/:token/opened", note_opened)
        .post("/invite/:token/log-in", accept_invite_logging_in)
        .post("/invite/:token/add", accept_invite_as)
        .post("/invite/:token/switch", switch_person)
        .post("/invite/:token/renew", renew_invite)
}

/// The browser keeps the cookie no longer than the longest session can last.
const COOKIE_LIFE: Duration = Duration::from_hours(30 * 24);

/// What is typed to create an account, or to log in with the one there is.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct PasswordForm {
    #[serde(skip_serializing)]
    password: String,
    terms: String,
}

/// The page of an invite in whichever state it is.
#[derive(Serialize)]
struct InviteShown {
    state: &'static str,
    invite: InviteWords,
    path: String,
    terms: String,
    signed_in_as: String,
    form: Typed<PasswordForm>,
}

impl Page for InviteShown {
    const TEMPLATE: &'static str = "guest/invite/show.html";
}

#[derive(Serialize)]
struct InviteWords {
    name: String,
    first_name: String,
    address: String,
    client: Option<String>,
    sender: String,
    sender_email: Option<String>,
    expires: String,
}

impl InviteWords {
    fn of(view: InviteView, pages: &Pages<'_>) -> Self {
        Self {
            name: view.name,
            first_name: view.first_name,
            address: view.address.to_string(),
            client: view.client,
            sender: view.sender,
            sender_email: view.sender_email.map(|email| email.to_string()),
            expires: pages.day(view.expires),
        }
    }
}

fn shown(
    guest: &Guest,
    pages: &Pages<'_>,
    token: &str,
    found: InvitePage,
    form: Typed<PasswordForm>,
) -> Result<InviteShown> {
    let (state, view, signed_in_as) = match found {
        InvitePage::Create(view) => ("create", view, String::new()),
        InvitePage::LogIn(view) => ("log-in", view, String::new()),
        InvitePage::Add(view) => ("add", view, String::new()),
        InvitePage::Other { invite, signed_in_as } => ("other", invite, signed_in_as),
        InvitePage::Accepted(view) => ("accepted", view, String::new()),
        InvitePage::Expired(view) => ("expired", view, String::new()),
        InvitePage::Revoked(view) => ("revoked", view, String::new()),
        InvitePage::Replaced(view) => ("replaced", view, String::new()),
    };
    Ok(InviteShown {
        state,
        invite: InviteWords::of(view, pages),
        path: format!("/invite/{token}"),
        terms: guest.firm()?.terms.to_string(),
        signed_in_as,
        form,
    })
}

/// The page for whoever opened the link, in the state the invite is in now.
fn answer(
    guest: &Guest,
    visit: &Visit,
    pages: &Pages<'_>,
    token: &str,
    form: Typed<PasswordForm>,
) -> Result<Response> {
    let found = match guest.invite_page(token, visit.cookie.as_deref()) {
        Err(Error::NotFound) => {
            return pages.show_as(
                StatusCode::NOT_FOUND,
                &JoinShown { unknown: true, form: Typed::default() },
            );
        }
        found => found?,
    };
    let ended = match &found {
        InvitePage::Accepted(view) => {
            let who = serde_html_form::to_string([("email", view.address.as_str())]);
            let to = format!("/login?{}", who.map_err(Error::bug)?);
            return Ok(see_other(to).flash("Your account is ready. Log in to open the portal."));
        }
        InvitePage::Expired(_) | InvitePage::Revoked(_) | InvitePage::Replaced(_) => true,
        _ => false,
    };
    let wrong = !form.errors.is_empty();
    let page = shown(guest, pages, token, found, form)?;
    match (ended, wrong) {
        (true, _) => pages.show_as(StatusCode::GONE, &page),
        (_, true) => pages.again(&page),
        _ => pages.show(&page),
    }
}

#[handler]
async fn invite_page(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
) -> Result<Response> {
    answer(&guest, &visit, &pages, &token, Typed::default())
}

#[handler]
async fn note_opened(guest: Guest, Path(token): Path<String>) -> Result<Response> {
    guest.invite_opened(&token).await?;
    Ok(Response::builder().status(StatusCode::NO_CONTENT).finish())
}

#[handler]
async fn accept_invite(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    guest.invite_opened(&token).await.or_else(unknown)?;
    let joined = if !guest.firm()?.terms.is_empty() && form.terms.is_empty() {
        Err(Error::field("terms", "Read the terms and tick the box to go on"))
    } else {
        guest.accept_invite(&token, &form.password, &visit.agent).await
    };
    landed(joined, &guest, &visit, &pages, &token, form)
}

#[handler]
async fn accept_invite_logging_in(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response> {
    guest.invite_opened(&token).await.or_else(unknown)?;
    let joined = guest.accept_invite_logging_in(&token, form.password.clone(), &visit.agent).await;
    landed(joined, &guest, &visit, &pages, &token, form)
}

#[handler]
async fn accept_invite_as(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
) -> Result<Response> {
    let joined = match &visit.cookie {
        Some(cookie) => guest.accept_invite_as(&token, cookie).await,
        None => Err(Error::SignIn),
    };
    match joined {
        Err(Error::SignIn) => Ok(see_other(format!("/invite/{token}"))),
        joined => landed(joined, &guest, &visit, &pages, &token, PasswordForm::default()),
    }
}

/// The session of whoever was logged in ends; the invite is untouched.
#[handler]
async fn switch_person(guest: Guest, visit: Visit, Path(token): Path<String>) -> Result<Response> {
    if let Some(cookie) = &visit.cookie {
        guest.log_out(cookie).await?;
    }
    Ok(see_other(format!("/invite/{token}")).no_session())
}

#[handler]
async fn renew_invite(guest: Guest, Path(token): Path<String>) -> Result<Response> {
    let address = guest.renew_invite(&token).await?;
    let words = format!("A new link is on its way to {address}. Look for it in a few minutes.");
    Ok(see_other("/join").flash(Flash::ok(words)))
}

fn unknown(e: Error) -> Result<()> {
    match e {
        Error::NotFound => Ok(()),
        e => Err(e),
    }
}

/// Home with a new session, or the page again with what was wrong or what has become of the invite.
fn landed(
    joined: Result<Joined>,
    guest: &Guest,
    visit: &Visit,
    pages: &Pages<'_>,
    token: &str,
    form: PasswordForm,
) -> Result<Response> {
    match joined {
        Ok(Joined { cookie: Some(cookie), home }) => {
            Ok(see_other(home).session(cookie.text(), COOKIE_LIFE))
        }
        Ok(Joined { cookie: None, home }) => Ok(see_other(home)),
        Err(Error::Invalid(errors)) => {
            answer(guest, visit, pages, token, Typed { values: form, errors })
        }
        Err(Error::TooMany { again_in }) => {
            let words = Error::TooMany { again_in }.to_string();
            let errors = Fields::from([("password".into(), words)]);
            answer(guest, visit, pages, token, Typed { values: form, errors })
        }
        Err(Error::Gone(_) | Error::NotFound | Error::Refused(_)) => {
            answer(guest, visit, pages, token, Typed::default())
        }
        Err(e) => Err(e),
    }
}

/// The typed code.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct JoinForm {
    code: String,
}

/// The page for links that were broken on the way.
#[derive(Serialize)]
struct JoinShown {
    /// Whether somebody came by a link that was never made.
    unknown: bool,
    form: Typed<JoinForm>,
}

impl Page for JoinShown {
    const TEMPLATE: &'static str = "guest/invite/join.html";
}

#[handler]
async fn join_page(pages: Pages<'_>) -> Result<Response> {
    pages.show(&JoinShown { unknown: false, form: Typed::default() })
}

#[handler]
async fn join(guest: Guest, pages: Pages<'_>, Form(form): Form<JoinForm>) -> Result<Response> {
    let found = match guest.invite_by_code(&form.code) {
        Err(Error::TooMany { again_in }) => {
            Err(Error::field("code", Error::TooMany { again_in }.to_string()))
        }
        found => found,
    };
    match found {
        Ok(token) => Ok(see_other(format!("/invite/{}", token.text()))),
        Err(e) => pages.again(&JoinShown { unknown: false, form: Typed::from(form).with(e)? }),
    }
}
