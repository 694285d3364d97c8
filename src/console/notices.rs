//! Which mails about clients' uploads and requests a member of staff wants.

use poem::{Response, handler};
use serde::Serialize;

use crate::error::Result;
use crate::http::forms::{Form, Typed};
use crate::http::notices::{PaceForm, said};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Console;

pub(super) fn routes() -> Routes {
    Routes::default().get(HERE, notices_page).post(HERE, choose)
}

const HERE: &str = "/console/account/notices";

#[derive(Serialize)]
struct NoticesPage {
    form: Typed<PaceForm>,
}

impl Page for NoticesPage {
    const TEMPLATE: &'static str = "console/account/notices.html";
}

#[handler]
async fn notices_page(console: Console, pages: Pages<'_>) -> Result<Response> {
    pages.show(&NoticesPage { form: PaceForm::of(console.notice_pace()?) })
}

#[handler]
async fn choose(
    console: Console,
    pages: Pages<'_>,
    Form(form): Form<PaceForm>,
) -> Result<Response> {
    match form.read() {
        Ok(pace) => {
            console.choose_notices(pace).await?;
            Ok(see_other("/console/account").flash(said(pace)))
        }
        Err(wrong) => pages.again(&NoticesPage { form: Typed::from(form).with(wrong)? }),
    }
}
