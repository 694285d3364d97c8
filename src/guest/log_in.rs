//! Logging in and out, and where the bare address leads.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::doors::Visit;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, local_path, see_other};
use crate::http::routes::Routes;
use crate::model::login::Who;
use crate::model::session::NewSession;
use crate::model::{Guest, LoggedIn};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/", start)
        .get("/login", log_in_page)
        .post("/login", log_in)
        .post("/login/choose", log_in_as)
        .post("/logout", log_out)
        .get("/.well-known/change-password", change_password)
}

/// What is asked, and where to go afterwards.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct LogInForm {
    email: String,
    #[serde(skip_serializing)]
    password: String,
    then: String,
}

#[derive(Serialize)]
struct LogInPage {
    form: Typed<LogInForm>,
}

impl Page for LogInPage {
    const TEMPLATE: &'static str = "guest/login/show.html";
}

/// Who is it, among those whom the password fits?
#[derive(Serialize)]
struct ChoosePage {
    ticket: String,
    then: String,
    people: Vec<Choice>,
}

#[derive(Serialize)]
struct Choice {
    login: String,
    name: String,
}

impl Page for ChoosePage {
    const TEMPLATE: &'static str = "guest/login/choose.html";
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ChoiceForm {
    ticket: String,
    login: String,
    then: String,
}

#[handler]
async fn start(guest: Guest, visit: Visit) -> Result<Response> {
    Ok(see_other(known(&guest, &visit)?.map_or("/login", home)))
}

#[handler]
async fn log_in_page(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Query(form): Query<LogInForm>,
) -> Result<Response> {
    match known(&guest, &visit)? {
        Some(who) => Ok(see_other(way(who, &form.then))),
        None => pages.show(&LogInPage { form: form.into() }),
    }
}

#[handler]
async fn log_in(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Form(form): Form<LogInForm>,
) -> Result<Response> {
    match guest.log_in(&form.email, &form.password, &visit.agent).await {
        Ok(LoggedIn::In(session)) => Ok(welcome(&session, &form.then)),
        Ok(LoggedIn::Choose { ticket, names }) => {
            let choice = |(login, name): (_, String)| Choice { login: format!("{login}"), name };
            pages.show(&ChoosePage {
                ticket: ticket.text(),
                then: form.then,
                people: names.into_iter().map(choice).collect(),
            })
        }
        Err(error) => refused(&pages, form, error),
    }
}

/// The form again.
fn refused(pages: &Pages<'_>, form: LogInForm, error: Error) -> Result<Response> {
    pages.refused(form, error, |form| Ok(LogInPage { form }))
}

#[handler]
async fn log_in_as(
    guest: Guest,
    visit: Visit,
    pages: Pages<'_>,
    Form(form): Form<ChoiceForm>,
) -> Result<Response> {
    let login = form.login.parse().map_err(|_| Error::NotFound)?;
    match guest.log_in_as(&form.ticket, login, &visit.agent).await {
        Ok(session) => Ok(welcome(&session, &form.then)),
        Err(Error::Gone(why)) => {
            let form = LogInForm { then: form.then, ..LogInForm::default() };
            refused(&pages, form, Error::field("form", why))
        }
        Err(error) => Err(error),
    }
}

#[handler]
async fn log_out(guest: Guest, visit: Visit) -> Result<Response> {
    if let Some(cookie) = &visit.cookie {
        guest.log_out(cookie).await?;
    }
    Ok(see_other("/login").no_session().flash("You are logged out."))
}

/// Where password managers look for the page on which a password is changed.
#[handler]
async fn change_password(guest: Guest, visit: Visit) -> Result<Response> {
    Ok(see_other(match known(&guest, &visit)? {
        Some(Who::Staff(_)) => "/console/account/password",
        Some(Who::Contact(_)) => "/p/settings/password",
        None => "/login?then=/.well-known/change-password",
    }))
}

/// Who is logged in already, if anybody.
pub(super) fn known(guest: &Guest, visit: &Visit) -> Result<Option<Who>> {
    let Some(cookie) = &visit.cookie else { return Ok(None) };
    match guest.who(cookie) {
        Ok(who) => Ok(Some(who)),
        Err(Error::SignIn) => Ok(None),
        Err(error) => Err(error),
    }
}

/// In, on the way to where they wanted to go.
pub(super) fn welcome(session: &NewSession, then: &str) -> Response {
    let NewSession { cookie, who } = session;
    see_other(way(*who, then)).session(cookie.text(), who.cookie_life())
}

/// Where each audience is at home.
pub(super) const fn home(who: Who) -> &'static str {
    match who {
        Who::Staff(_) => "/console",
        Who::Contact(_) => "/p",
    }
}

/// The path that was asked for before the log-in, unless it leads off this site or to the other audience's pages.
fn way(who: Who, then: &str) -> &str {
    let other = match who {
        Who::Staff(_) => "p",
        Who::Contact(_) => "console",
    };
    let first = then.split(['/', '?', '#']).nth(1).unwrap_or_default();
    local_path(then).filter(|_| first != other).unwrap_or(home(who))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Id;

    #[test]
    fn the_way_stays_on_this_site_and_with_ones_own_pages() {
        let (staff, contact) = (Who::Staff(Id::MIN), Who::Contact(Id::MIN));
        assert_eq!(way(staff, "/console/clients?find=a"), "/console/clients?find=a");
        assert_eq!(way(contact, "/p/settings"), "/p/settings");
        assert_eq!(way(contact, "/help"), "/help");
        for then in ["", "//evil.example", "https://evil.example/", "/\\evil.example", "console"] {
            assert_eq!(way(staff, then), "/console", "{then}");
        }
        assert_eq!(way(staff, "/p/settings"), "/console");
        assert_eq!(way(staff, "/p?x"), "/console");
        assert_eq!(way(contact, "/console"), "/p");
        assert_eq!(way(contact, "/console/clients"), "/p");
    }
}
