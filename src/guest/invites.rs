//! What a link to an invite leads to, and the page where its code is typed.

use poem::http::StatusCode;
use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::doors::Visit;
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
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

/// What is typed to create an account, or to log in with the one there is. Whom and whose portal it is for stands in
/// the invite alone: a form that names anything else is refused.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct PasswordForm {
    /// Shown, for password managers; nobody reads it.
    #[serde(skip_serializing)]
    address: String,
    #[serde(skip_serializing)]
    password: String,
    terms: String,
}

/// A button without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressed {}

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
    login_address: Option<String>,
    client: Option<String>,
    sender: String,
    sender_email: Option<String>,
    expires: When,
}

impl InviteWords {
    fn of(view: InviteView, pages: &Pages<'_>) -> Self {
        Self {
            name: view.name,
            first_name: view.first_name,
            address: view.address.to_string(),
            login_address: view.login_address.map(|email| email.to_string()),
            client: view.client,
            sender: view.sender,
            sender_email: view.sender_email.map(|email| email.to_string()),
            expires: pages.exact(view.expires),
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

/// The page for whoever opened the link, in the state the invite is in now; with what went wrong, if its form did.
fn answer(
    guest: &Guest,
    visit: &Visit,
    pages: &Pages<'_>,
    token: &str,
    wrong: Option<(PasswordForm, Error)>,
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
            let what = if view.client.is_some() { "the portal" } else { "the console" };
            let said = format!("Your account is ready. Log in to open {what}.");
            return Ok(see_other(to).flash(Flash::ok(said)));
        }
        InvitePage::Expired(_) | InvitePage::Revoked(_) | InvitePage::Replaced(_) => true,
        _ => false,
    };
    let page = |form| shown(guest, pages, token, found, form);
    match wrong {
        // What was typed no longer matters where the invite has ended; how long to wait does.
        Some((form, why)) if !ended || matches!(why, Error::TooMany { .. }) => {
            pages.refused(form, why, page)
        }
        _ if ended => pages.show_as(StatusCode::GONE, &page(Typed::default())?),
        _ => pages.show(&page(Typed::default())?),
    }
}

#[handler]
async fn invite_page(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
) -> Result<Response> {
    answer(&guest, &visit, &pages, &token, None)
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
        guest.accept_invite(&token, &form.password, visit.cookie.as_deref(), &visit.agent).await
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
    let (password, cookie) = (form.password.clone(), visit.cookie.as_deref());
    let joined = guest.accept_invite_logging_in(&token, password, cookie, &visit.agent).await;
    landed(joined, &guest, &visit, &pages, &token, form)
}

#[handler]
async fn accept_invite_as(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
    _: Form<Pressed>,
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
async fn switch_person(
    guest: Guest,
    visit: Visit,
    Path(token): Path<String>,
    _: Form<Pressed>,
) -> Result<Response> {
    if let Some(cookie) = &visit.cookie {
        guest.log_out(cookie).await?;
    }
    Ok(see_other(format!("/invite/{token}")).no_session())
}

#[handler]
async fn renew_invite(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Path(token): Path<String>,
    _: Form<Pressed>,
) -> Result<Response> {
    match guest.renew_invite(&token).await {
        Ok(address) => {
            let words = format!(
                "A mail with a new link is written to {address}. Look there in a few minutes."
            );
            Ok(see_other("/join").flash(Flash::ok(words)))
        }
        Err(why) => refused(why, &guest, &visit, &pages, &token, PasswordForm::default()),
    }
}

fn unknown(e: Error) -> Result<()> {
    match e {
        Error::NotFound => Ok(()),
        e => Err(e),
    }
}

/// Home with a new session, or the page again.
fn landed(
    joined: Result<Joined>,
    guest: &Guest,
    visit: &Visit,
    pages: &Pages<'_>,
    token: &str,
    form: PasswordForm,
) -> Result<Response> {
    match joined {
        Ok(Joined { cookie: Some(cookie), home, who }) => {
            Ok(see_other(home).session(cookie.text(), who.cookie_life()))
        }
        Ok(Joined { cookie: None, home, .. }) => Ok(see_other(home)),
        Err(why) => refused(why, guest, visit, pages, token, form),
    }
}

/// The page again with what was wrong, or with what has become of the invite.
fn refused(
    why: Error,
    guest: &Guest,
    visit: &Visit,
    pages: &Pages<'_>,
    token: &str,
    form: PasswordForm,
) -> Result<Response> {
    let wrong = match why {
        Error::Invalid(_) | Error::TooMany { .. } => Some((form, why)),
        Error::Gone(_) | Error::NotFound | Error::Refused(_) => None,
        why => return Err(why),
    };
    answer(guest, visit, pages, token, wrong)
}

/// The typed code.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
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
    match guest.invite_by_code(&form.code) {
        Ok(token) => Ok(see_other(format!("/invite/{}", token.text()))),
        Err(why) => pages.refused(form, why, |form| Ok(JoinShown { unknown: false, form })),
    }
}
