//! Erasing a client for good: a page of its own, for Owners.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::{Erasing, Id, Owner};
use crate::values::size;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/erase", erase_page)
        .post("/console/clients/:client/erase", erase_client)
}

/// The name, typed once more.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct EraseForm {
    name: String,
}

/// Names what goes.
#[derive(Serialize)]
struct ErasePage {
    back: String,
    path: String,
    name: String,
    /// Sentences.
    goes: Vec<String>,
    stays: Option<String>,
    /// Where the master key is, if it cannot be changed from here.
    master_key: Option<String>,
    form: Typed<EraseForm>,
}

impl Page for ErasePage {
    const TEMPLATE: &'static str = "console/clients/erase.html";
    const SECTION: &'static str = "clients";
}

impl ErasePage {
    fn of(erasing: &Erasing, form: Typed<EraseForm>) -> Self {
        let back = format!("/console/clients/{}", erasing.client.id);
        let name = erasing.client.name.to_string();
        let mut goes = vec![format!("The record of {name}, with its notes and tags.")];
        goes.extend(match erasing.files {
            0 => None,
            1 => Some(format!("One file ({}).", size(erasing.bytes))),
            many => Some(format!("{many} files with their versions ({}).", size(erasing.bytes))),
        });
        let people = listed(&erasing.contacts);
        goes.extend(people.map(|who| format!("{who}, with their login and all mails to them.")));
        let stays = listed(&erasing.stay)
            .map(|who| format!("{who}: still contacts of another client, so their records stay."));
        let master_key = erasing.master_key.as_ref().map(|path| path.display().to_string());
        Self { path: format!("{back}/erase"), back, name, goes, stays, master_key, form }
    }
}

/// Names in a sentence, the last few as a number.
fn listed(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    match names {
        [] => None,
        [one] => Some(one.clone()),
        many if many.len() <= SHOWN => {
            let (last, first) = many.split_last().expect("there are several");
            Some(format!("{} and {last}", first.join(", ")))
        }
        many => Some(format!("{} and {} more", many[..SHOWN].join(", "), many.len() - SHOWN)),
    }
}

#[handler]
async fn erase_page(
    owner: Owner,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
) -> Result<Response> {
    let erasing = owner.what_is_erased(client)?;
    pages.show(&ErasePage::of(&erasing, EraseForm::default().into()))
}

#[handler]
async fn erase_client(
    owner: Owner,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<EraseForm>,
) -> Result<Response> {
    let elsewhere = owner.what_is_erased(client)?.master_key.is_some();
    let done = owner.erase_client(client, form.name.clone()).await;
    match done {
        Ok(name) => {
            let then =
                if elsewhere { " Change the master key now: it is kept outside." } else { "" };
            Ok(see_other("/console/clients").flash(format!("{name} is erased.{then}")))
        }
        Err(wrong @ Error::Invalid(_)) => {
            let erasing = owner.what_is_erased(client)?;
            pages.again(&ErasePage::of(&erasing, Typed::from(form).with(wrong)?))
        }
        Err(e) => Err(e),
    }
}
