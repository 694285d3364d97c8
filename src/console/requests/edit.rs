//! The editor of a request: a draft, which saves itself, or one that is out, which the client sees anew with each save.

mod conflict;
mod form;
mod page;

use poem::web::{Path, Query};
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde::Deserialize;

use self::conflict::Conflict;
use self::form::EditForm;
pub(super) use self::form::UNTITLED;
use self::page::EditPage;
use super::fields::{ItemAction, Posted, stored};
use super::here;
use crate::error::{Error, Result};
use crate::http::body::BodyLimit;
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::Pages;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::request::{NewRequest, Request, RequestDetail, Stage};
use crate::model::{Console, Id};

const EDIT: &str = "/console/requests/:request/edit";

pub(super) fn routes() -> Routes {
    let long = save.into_endpoint().data(BodyLimit::LONG_FORM);
    Routes::default().get(EDIT, edit_page).post(EDIT, long)
}

/// What the page begins with.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Start {
    /// The item to look at.
    item: String,
    /// One more item, of this kind.
    add: String,
    /// What was typed to find a file.
    find: String,
}

/// Refuses what cannot be changed any more.
fn editable(detail: &RequestDetail) -> Result<()> {
    match detail.request.stage {
        Stage::Completed { .. } => {
            Err(Error::refused("It is completed, so it cannot be changed. Reopen it first."))
        }
        Stage::Withdrawn { .. } => {
            Err(Error::refused("It was withdrawn, so it cannot be changed."))
        }
        _ => Ok(()),
    }
}

/// To the page of a request, with why not.
fn instead(id: Id<Request>, why: &Error) -> Response {
    see_other(here(id)).flash(Flash::bad(why.to_string()))
}

#[handler]
async fn edit_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Query(start): Query<Start>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if let Err(why) = editable(&detail) {
        return Ok(instead(id, &why));
    }
    let mut form = EditForm::of(&detail, &console.request_settings()?.rule);
    form.find = start.find;
    let mut open = start.item.parse().ok();
    if let Some(add @ ItemAction::Add(_)) = ItemAction::parse(&format!("add-{}", start.add)) {
        open = add.on(&mut form.asked.items, detail.sheet.next_item);
    }
    pages.show(&EditPage::of(&console, &pages, &detail, form.into(), open)?)
}

#[handler]
async fn save(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Form(posted): Form<Posted>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if let Err(why) = editable(&detail) {
        return Ok(instead(id, &why));
    }
    let form = EditForm::posted(&posted);
    let button = posted.word("action");
    if detail.request.stage == Stage::Draft {
        return save_draft(&console, &pages, &detail, form, button).await;
    }
    save_sent(&console, &pages, &detail, form, button, posted.word("sure")).await
}

/// Does what the button asks of the items, and says which one to look at.
fn turned(form: &mut EditForm, button: &str, detail: &RequestDetail) -> Option<u16> {
    form.asked.turned(button, detail.sheet.next_item).flatten()
}

/// Each button saves a draft; what it was pressed for comes after.
async fn save_draft(
    console: &Console,
    pages: &Pages<'_>,
    detail: &RequestDetail,
    mut form: EditForm,
    button: &str,
) -> Result<Response> {
    let id = detail.request.id;
    let read = read_turned(form.clone(), button, detail);
    let saved = match read {
        Ok((new, open)) => console.save_request(id, new, &form.edition).await.map(|_| open),
        Err(e) => Err(e),
    };
    match saved {
        Ok(open) => Ok(see_other(after(id, &form, button, open))),
        Err(e) => {
            let open = turned(&mut form, button, detail);
            again(console, pages, detail, form, e, open)
        }
    }
}

/// What is saved: without the item that the button asks for, which is empty still.
fn read_turned(
    mut form: EditForm,
    button: &str,
    detail: &RequestDetail,
) -> Result<(NewRequest, Option<u16>)> {
    let open = turned(&mut form, button, detail);
    if button != "send" {
        form.asked.items.retain(|item| !item.untouched());
    }
    Ok((form.read()?, open))
}

/// Where a button leads once everything is saved.
fn after(id: Id<Request>, form: &EditForm, button: &str, open: Option<u16>) -> String {
    let edit = format!("{}/edit", here(id));
    match (button, ItemAction::parse(button), open) {
        ("send", ..) => format!("{}/send", here(id)),
        ("find", ..) => match serde_html_form::to_string([("find", &form.find)]) {
            Ok(query) => format!("{edit}?{query}#files"),
            Err(_) => edit,
        },
        (_, Some(ItemAction::Add(kind)), Some(item)) => format!("{edit}?add={kind}#f-title-{item}"),
        (_, Some(_), Some(item)) => format!("{edit}?item={item}#item-{item}"),
        (_, Some(_), None) => format!("{edit}#items-h"),
        _ => edit,
    }
}

/// The client sees what is saved here, so only the button that says so saves. What would take an answer away is named first.
async fn save_sent(
    console: &Console,
    pages: &Pages<'_>,
    detail: &RequestDetail,
    mut form: EditForm,
    button: &str,
    sure: &str,
) -> Result<Response> {
    let id = detail.request.id;
    if button == "find" || ItemAction::parse(button).is_some() {
        let open = turned(&mut form, button, detail);
        return pages.show(&EditPage::of(console, pages, detail, form.into(), open)?);
    }
    let saved = match form.read() {
        Ok(new) => {
            let lost = console.what_is_lost(id, &new)?;
            // Another answer may have come since the question: then it is asked again.
            if !lost.what.is_empty() && lost.mark != sure {
                let page = EditPage::of(console, pages, detail, form.into(), None)?;
                return pages.show(&page.asking(lost));
            }
            console.save_request(id, new, &form.edition).await
        }
        Err(e) => Err(e),
    };
    match saved {
        Ok(saved) => {
            let words = match saved.said.as_slice() {
                [] => "Nothing was changed.".to_owned(),
                said => format!("Saved: {}.", said.join(", ")),
            };
            Ok(stored(&here(id), &form.edition).flash(words))
        }
        Err(e) => again(console, pages, detail, form, e, None),
    }
}

/// The page with what was typed and what is wrong with it. After somebody else's change, the next save replaces theirs.
fn again(
    console: &Console,
    pages: &Pages<'_>,
    detail: &RequestDetail,
    mut form: EditForm,
    error: Error,
    open: Option<u16>,
) -> Result<Response> {
    let mut error = match error {
        Error::Refused(why) => Error::field("form", why),
        other => other,
    };
    let mut theirs = Vec::new();
    if matches!(&error, Error::Invalid(fields) if fields.contains_key("form")) {
        let now = console.request(detail.request.id)?;
        if now.edition != form.edition {
            let (new, firm, usual) =
                (form.read()?, console.firm()?, console.request_settings()?.rule);
            let conflict = Conflict::of(&now, &new, &usual, &firm, pages);
            error = Error::field("form", conflict.why(console.me().id));
            theirs = conflict.theirs();
            form.edition = now.edition;
        }
    }
    pages.refused(form, error, |form: Typed<EditForm>| {
        Ok(EditPage::of(console, pages, detail, form, open)?.beside(theirs))
    })
}
