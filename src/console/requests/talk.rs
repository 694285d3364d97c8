//! Comments of staff on a request or on an item of it, with files of the client.

use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::here;
use crate::console::fields::Choice;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::file::File;
use crate::model::request::{NewComment, Request, RequestDetail};
use crate::model::{Console, FileQuery, Id, fresh_once};
use crate::values::Message;

/// Files to choose from, unless somebody looks for one.
const NEWEST: usize = 20;
/// Files that are found at once.
const FOUND: usize = 50;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/requests/:request/comment", comment_page)
        .post("/console/requests/:request/comments", comment)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct CommentForm {
    /// The number of an item; nothing for the whole.
    item: String,
    text: String,
    file: Vec<String>,
    find: String,
    /// Ticked: whoever is asked sees the files.
    share: String,
    /// The files of which it was said that they do not see them.
    warned: String,
    /// "send", "attach" or "find".
    action: String,
    once: String,
}

impl CommentForm {
    fn files(&self) -> Result<Vec<Id<File>>> {
        self.file.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
    }

    fn read(&self) -> Result<NewComment> {
        let files = self.files()?;
        let item = match self.item.as_str() {
            "" => None,
            number => Some(number.parse().map_err(|_| Error::NotFound)?),
        };
        let text = match self.text.trim() {
            "" => Err("Write something".to_owned()),
            text => Message::parse(text),
        };
        let mut check = Check::default();
        let text = check.take("text", text);
        check.finish(|| Some(NewComment { item, text: text?, files, once: self.once.clone() }))
    }
}

#[derive(Serialize)]
struct CommentPage {
    back: String,
    path: String,
    title: String,
    hint: String,
    abouts: Vec<Choice>,
    files: Vec<FileTick>,
    /// Those came for the files.
    attaching: bool,
    /// The names of ticked files that whoever is asked does not see.
    hides: String,
    form: Typed<CommentForm>,
}

impl Page for CommentPage {
    const TEMPLATE: &'static str = "console/requests/comment.html";
    const SECTION: &'static str = "requests";
}

/// A file to tick.
#[derive(Serialize)]
struct FileTick {
    id: String,
    name: String,
    what: String,
    ticked: bool,
}

/// What a comment can be about.
pub(super) fn abouts(detail: &RequestDetail) -> Vec<Choice> {
    let items = detail.sheet.shown().map(|entry| Choice::new(entry.item.number, &entry.item.title));
    std::iter::once(Choice::new("", "The whole request")).chain(items).collect()
}

impl CommentPage {
    fn of(console: &Console, detail: &RequestDetail, form: Typed<CommentForm>) -> Result<Self> {
        let here = here(detail.request.id);
        Ok(Self {
            path: format!("{here}/comments"),
            back: here,
            title: detail.request.title.to_string(),
            hint: match console.mails_name_files()? {
                true => format!("Read in the portal, and in an e-mail, by {}.", detail.to),
                false => format!(
                    "Read in the portal by {}. An e-mail tells them that you wrote.",
                    detail.to
                ),
            },
            abouts: abouts(detail),
            files: ticks(console, detail, &form.values)?,
            attaching: !matches!(form.values.action.as_str(), "" | "send"),
            hides: String::new(),
            form,
        })
    }
}

/// The ticked files, and the newest or those that were found.
fn ticks(console: &Console, detail: &RequestDetail, form: &CommentForm) -> Result<Vec<FileTick>> {
    let client = detail.client.id;
    let ticked = form.files()?;
    let mut files: Vec<File> = Vec::new();
    for id in &ticked {
        files.push(console.file(client, *id)?.file);
    }
    let more = match form.find.trim() {
        "" => console.newest_files(client, NEWEST)?,
        find => {
            let query = FileQuery { find: find.into(), limit: FOUND, ..FileQuery::default() };
            console.files(client, &query)?.files.into_iter().map(|row| row.file).collect()
        }
    };
    files.extend(more.into_iter().filter(|file| !ticked.contains(&file.id)));
    let tick = |file: &File| FileTick {
        id: file.id.to_string(),
        name: file.name.to_string(),
        what: file.newest().media.what().to_owned(),
        ticked: ticked.contains(&file.id),
    };
    Ok(files.iter().map(tick).collect())
}

#[handler]
async fn comment_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Query(start): Query<Start>,
) -> Result<Response> {
    let detail = console.request(id)?;
    let form = CommentForm { item: start.item, once: fresh_once(), ..CommentForm::default() };
    pages.show(&CommentPage::of(&console, &detail, form.into())?)
}

/// What it is about.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Start {
    item: String,
}

#[handler]
async fn comment(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Form(form): Form<CommentForm>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if matches!(form.action.as_str(), "attach" | "find") {
        return pages.show(&CommentPage::of(&console, &detail, form.into())?);
    }
    let new = match form.read() {
        Ok(new) => new,
        Err(e) => {
            return pages.refused(form, e, |form| CommentPage::of(&console, &detail, form));
        }
    };
    let hides = console.comment_hides(id, &new.files)?;
    let hides = hides.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if !hides.is_empty() && form.warned != hides {
        let page = CommentPage::of(&console, &detail, form.into())?;
        return pages.show(&CommentPage { hides, ..page });
    }
    let item = new.item;
    match console.comment(id, new, !form.share.is_empty()).await {
        Ok(_) => {
            let place = item.map_or("comments".to_owned(), |item| format!("item-{item}"));
            let words = format!("Your comment is sent to {}.", detail.to);
            Ok(see_other(format!("{}#{place}", here(id))).flash(words))
        }
        Err(Error::Refused(why)) => Ok(see_other(here(id)).flash(Flash::bad(why))),
        Err(e) => pages.refused(form, e, |form| CommentPage::of(&console, &detail, form)),
    }
}
