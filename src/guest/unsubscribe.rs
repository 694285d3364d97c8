//! Where a mail's reader ends mails like it, without logging in (RFC 8058). Mail programs send the form by themselves when the
//! reader presses their "Unsubscribe"; what only looks at the page ends nothing.

use poem::http::StatusCode;
use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::{EndableMails, Guest};

const HERE: &str = "/unsubscribe/:mails/:reader/:token";

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, page).post(HERE, end)
}

/// The page with one button, and the same once it is done.
#[derive(Serialize)]
struct UnsubscribePage {
    /// What the mails are about.
    about: &'static str,
    /// Where they can be begun again.
    choose: &'static str,
    done: bool,
    /// The address does nothing.
    ended: Option<&'static str>,
}

impl Page for UnsubscribePage {
    const TEMPLATE: &'static str = "guest/unsubscribe.html";
}

impl UnsubscribePage {
    fn of(mails: EndableMails, done: bool) -> Self {
        let (about, choose) = match mails {
            EndableMails::Files(_) => ("new files", "/p/settings/notices"),
            EndableMails::Reminders(_) => ("what still waits for you", "/p/settings/notices"),
            EndableMails::Clients(_) => ("what clients do", "/console/account/notices"),
        };
        Self { about, choose, done, ended: None }
    }
}

type Address = Path<(String, String, String)>;

#[handler]
async fn page(
    guest: Guest,
    pages: Pages<'_>,
    Path((mails, reader, token)): Address,
) -> Result<Response> {
    match guest.endable_mails((&mails, &reader, &token)) {
        Ok(mails) => pages.show(&UnsubscribePage::of(mails, false)),
        Err(error) => ended(&pages, error),
    }
}

/// Answers with a page and leads nowhere else: mail programs do not follow (RFC 8058, 3.1).
#[handler]
async fn end(
    guest: Guest,
    pages: Pages<'_>,
    Path((mails, reader, token)): Address,
) -> Result<Response> {
    match guest.end_mails((&mails, &reader, &token)).await {
        Ok(mails) => pages.show(&UnsubscribePage::of(mails, true)),
        Err(error) => ended(&pages, error),
    }
}

fn ended(pages: &Pages<'_>, error: Error) -> Result<Response> {
    let Error::Gone(why) = error else { return Err(error) };
    let shown = UnsubscribePage { about: "", choose: "/", done: false, ended: Some(why) };
    pages.show_as(StatusCode::GONE, &shown)
}
