//! A request as its contacts work on it: one page, one form, saved as they go, handed in when everything is there.
//!
//! - `page.rs`, `item.rs`: what the page shows · `sent.rs`: the form as it arrives · `typed.rs`: what one item of it holds
//! - `saving.rs`: saving it · `receipt.rs`: what they have after handing in

mod item;
mod page;
mod receipt;
mod saving;
mod sent;
mod typed;

use poem::http::StatusCode;
use poem::http::header::CONTENT_TYPE;
use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::page::{Again, RequestPage, path};
use self::saving::{Problems, in_field, save, sentence};
use self::sent::{Sent, answer_field, say_field};
use self::typed::Token;
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::Form;
use crate::http::pages::Pages;
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::http::upload::Upload;
use crate::model::file::File;
use crate::model::request::{NewComment, PortalSheet, Request, Saved};
use crate::model::{Id, Portal};
use crate::values::Message;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/p/:client/requests/:request", request_page)
        .post("/p/:client/requests/:request", save_all)
        .post("/p/:client/requests/:request/items/:number", save_item)
        .post("/p/:client/requests/:request/hand-in", hand_in)
        .post("/p/:client/requests/:request/done", mark_done)
        .post("/p/:client/requests/:request/comments", comment)
        .get("/p/:client/requests/:request/items/:number", way_back)
        .get("/p/:client/requests/:request/hand-in", way_back)
        .get("/p/:client/requests/:request/done", way_back)
        .get("/p/:client/requests/:request/comments", way_back)
        .and(receipt::routes())
}

/// Of a message that consists of its files.
const SEE_FILES: &str = "See what is attached.";

#[handler]
async fn request_page(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
) -> Result<Response> {
    let sheet = portal.request(request)?;
    pages.show(&RequestPage::of(&portal, &pages, &sheet, &Again::default())?)
}

/// Which request an address is of, wherever in it.
#[derive(Deserialize)]
struct At {
    request: Id<Request>,
}

/// A page that says what is missing has the address of its form: reloaded, or kept for later, it leads to the request.
#[handler]
async fn way_back(portal: Portal, Path(at): Path<At>) -> Result<Response> {
    Ok(see_other(path(&portal, &portal.get(at.request)?)))
}

/// The request as it is before a form of it is read: whoever may not see or change it is told so first.
fn before(portal: &Portal, request: Id<Request>) -> Result<PortalSheet> {
    let sheet = portal.request(request)?;
    if portal.viewed() {
        return Err(Error::refused(
            "You see the portal as a contact does. Nothing can be changed.",
        ));
    }
    Ok(sheet)
}

/// The page again, with everything that was typed.
fn again(
    portal: &Portal,
    pages: &Pages<'_>,
    request: Id<Request>,
    mut again: Again,
) -> Result<Response> {
    let sheet = portal.request(request)?;
    again.problems.settle(&sheet);
    let page = RequestPage::of(portal, pages, &sheet, &again)?;
    if again.problems.none() { pages.show(&page) } else { pages.again(&page) }
}

/// Takes what buttons beside an item ask for: "3" or "3/fi_…".
fn named(button: &str) -> Option<(u16, &str)> {
    let (number, rest) = button.split_once('/').unwrap_or((button, ""));
    Some((number.parse().ok()?, rest))
}

/// "Save for later", and the buttons of single items.
#[handler]
async fn save_all(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
    mut form: Upload,
) -> poem::Result<Response> {
    let sheet = before(&portal, request)?;
    let sent = Sent::read(&portal, request, &mut form, false).await?;
    let gives_way = named(sent.one("theirs")).map(|(number, _)| number);
    let mut problems = save(&portal, &sheet, &sent, gives_way).await?;
    let removed = named(sent.one("remove"));
    if let Some((number, file)) = removed {
        let file: Id<File> = file.parse().map_err(|_| Error::NotFound)?;
        match portal.remove_answer_file(request, number, file).await {
            // Pressed twice.
            Ok(_) | Err(Error::NotFound) => {}
            Err(why) => {
                problems.errors.insert(answer_field(number).into(), sentence(why)?);
            }
        }
    }
    if !problems.none() {
        return Ok(again(&portal, &pages, request, Again { problems, sent, note: None })?);
    }
    if sent.has_message() {
        let note = Some("Saved. Your message is not sent yet: it stands below.");
        return Ok(again(&portal, &pages, request, Again { problems, sent, note })?);
    }
    let near = removed.map(|(number, _)| number).or(gives_way);
    let near = near.map(|number| format!("#item-{number}")).unwrap_or_default();
    Ok(see_other(path(&portal, &sheet.request) + &near).flash(saved(&portal, request)?))
}

/// What was saved, in a sentence.
fn saved(portal: &Portal, request: Id<Request>) -> Result<Flash> {
    let request = portal.get(request)?;
    Ok(Flash::ok(format!("Saved. {} of {} done.", request.done, request.of)))
}

/// "Send": saves everything, and hands it in if nothing is missing.
#[handler]
async fn hand_in(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
    mut form: Upload,
) -> poem::Result<Response> {
    let sheet = before(&portal, request)?;
    let sent = Sent::read(&portal, request, &mut form, false).await?;
    let (once, receipt) = (sent.one("once").to_owned(), path(&portal, &sheet.request) + "/receipt");
    // Pressed twice: this very form has handed it in.
    if !sheet.open && portal.hand_in(request, once.clone()).await.is_ok() {
        return Ok(see_other(receipt));
    }
    let mut problems = save(&portal, &sheet, &sent, None).await?;
    problems.needs_no_message(&sent);
    let now = portal.request(request)?;
    problems.needs_answers(&now, &sent);
    if problems.none() {
        match portal.hand_in(request, once).await {
            Ok(_) => return Ok(see_other(receipt)),
            Err(why) => problems.errors.insert("form".into(), sentence(why)?),
        };
    }
    Ok(again(&portal, &pages, request, Again { problems, sent, note: None })?)
}

/// A task is done.
#[handler]
async fn mark_done(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
    mut form: Upload,
) -> poem::Result<Response> {
    let sheet = before(&portal, request)?;
    let sent = Sent::read(&portal, request, &mut form, false).await?;
    let mut problems = Problems::of(&sent);
    problems.needs_no_message(&sent);
    if problems.none() {
        match portal.mark_done(request, sent.one("once").to_owned()).await {
            Ok(()) => {
                let said = format!("Done. {} has been told.", portal.person().firm()?.name);
                return Ok(see_other(path(&portal, &sheet.request)).flash(said));
            }
            Err(why) => problems.errors.insert("form".into(), sentence(why)?),
        };
    }
    Ok(again(&portal, &pages, request, Again { problems, sent, note: None })?)
}

/// Says something about an item, or about the whole. Answers that stand in the form are saved with it.
#[handler]
async fn comment(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request)): Path<(String, Id<Request>)>,
    mut form: Upload,
) -> poem::Result<Response> {
    let sheet = before(&portal, request)?;
    let mut sent = Sent::read(&portal, request, &mut form, true).await?;
    let mut problems = save(&portal, &sheet, &sent, None).await?;
    let about = named(sent.one("about")).map(|(number, _)| number);
    let field = say_field(about);
    // Without a file that belongs to it a message may say something else.
    if !problems.errors.contains_key(field.as_str()) {
        match say(&portal, request, about, &sent).await {
            Ok(()) => sent.forget(about),
            Err(why) => {
                problems.errors.insert(field.into(), sentence(why)?);
            }
        }
    }
    if problems.none() && !sent.has_message() {
        let near = about.map_or_else(|| "#talk".to_owned(), |number| format!("#item-{number}"));
        return Ok(see_other(path(&portal, &sheet.request) + &near).flash("Your message was sent."));
    }
    Ok(again(&portal, &pages, request, Again { problems, sent, note: None })?)
}

async fn say(portal: &Portal, request: Id<Request>, about: Option<u16>, sent: &Sent) -> Result<()> {
    let files = sent.with(about).to_vec();
    let typed = match sent.one(&say_field(about)) {
        empty if empty.trim().is_empty() && !files.is_empty() => SEE_FILES,
        typed => typed,
    };
    let text = Message::parse(typed).map_err(|why| Error::field("say", why))?;
    let once = sent.one("once").to_owned();
    portal.comment(request, NewComment { item: about, text, files, once }).await?;
    Ok(())
}

/// One answer, as a script saves it while it is typed.
#[handler]
async fn save_item(
    portal: Portal,
    pages: Pages<'_>,
    Path((_, request, number)): Path<(String, Id<Request>, u16)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let sheet = before(&portal, request)?;
    let sent = Sent::of(fields);
    let item = sheet.items.iter().find(|item| item.number == number);
    let Some(item) = item else {
        return Err(Error::refused("This is not asked any more, so nothing was saved for it."));
    };
    let (token, typed) = sent.typed(item).ok_or(Error::NotFound)?;
    let revision = item.revision;
    match portal.save_answer(request, number, typed.clone(), token.seen).await? {
        Saved::Stored { edition, answered, request, appear } => {
            let now = portal.request(request.id)?;
            let item = now.items.iter().find(|item| item.number == number);
            let reads = item.and_then(|item| item.answer.as_ref()).map(|answer| &answer.text);
            told(&json!({
                "outcome": "saved",
                "seen": Token::new(revision, &edition, &typed).to_string(),
                "done": answered,
                "reads": reads,
                "progress": { "done": request.done, "of": request.of },
                "appear": appear,
            }))
        }
        Saved::Conflict { theirs, edition } => {
            let shown = theirs.as_ref().map(in_field).unwrap_or_default();
            told(&json!({
                "outcome": "conflict",
                "seen": Token::new(revision, &edition, &shown).to_string(),
                "by": theirs.as_ref().map(|theirs| if theirs.mine { "You" } else { &theirs.by }),
                "when": theirs.as_ref().map(|theirs| pages.when(theirs.at).text),
                "text": theirs.as_ref().map(|theirs| &theirs.text),
            }))
        }
        Saved::Changed { .. } => told(&json!({ "outcome": "changed" })),
    }
}

fn told(what: &impl Serialize) -> Result<Response> {
    let body = serde_json::to_string(what)?;
    let answer = Response::builder().status(StatusCode::OK);
    Ok(answer.header(CONTENT_TYPE, "application/json").body(body))
}
