//! "View as this contact": the portal as one of its contacts sees it.

use poem::web::Path;
use poem::{Response, handler};

use crate::error::Result;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::{Console, Id};

pub(super) fn routes() -> Routes {
    Routes::default()
        .post("/console/clients/:client/contacts/:contact/view", view)
        .post("/console/viewing/stop", stop)
}

#[handler]
async fn view(
    console: Console,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    console.view_as(contact, client).await?;
    Ok(see_other(format!("/p/{client}")))
}

#[handler]
async fn stop(console: Console) -> Result<Response> {
    Ok(match console.stop_viewing().await? {
        Some(client) => see_other(format!("/console/clients/{client}/contacts"))
            .flash("You no longer see the portal as a contact does."),
        None => see_other("/console"),
    })
}
