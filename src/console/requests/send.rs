//! Sending a draft: what goes out, to whom, and who of them cannot see it yet. They can be invited with the same press.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::answers::{as_sent, asked_when, kind};
use super::edit::UNTITLED;
use super::here;
use super::whom::{PersonShown, listed};
use crate::console::fields::{Choice, choices};
use crate::console::invites::report_beside;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::Audience;
use crate::model::recurrence::{Every, Repeat};
use crate::model::request::{
    Ask, Item, Request, RequestDetail, Sending, SentRequest, Sheet, Stage,
};
use crate::model::request_template::Blueprint;
use crate::model::{Console, Id, fresh_once};
use crate::values::Day;

const SEND: &str = "/console/requests/:request/send";

pub(super) fn routes() -> Routes {
    Routes::default().get(SEND, send_page).post(SEND, send)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct SendForm {
    /// "all" or "each".
    how: String,
    /// Nothing for never, else "month", "quarter" or "year".
    repeat: String,
    until: String,
    /// "invite" or "only".
    action: String,
    once: String,
}

impl SendForm {
    fn read(&self) -> Result<Sending> {
        let mut check = Check::default();
        let every = match self.repeat.as_str() {
            "" => Ok(None),
            key => Every::parse(key).map(Some).ok_or("Choose how often it comes again"),
        };
        let every = check.take("repeat", every);
        let until = check.take("until", Day::parse_or_none(&self.until));
        check.finish(|| {
            Some(Sending {
                separately: self.how == "each",
                repeat: every?.zip(Some(until?)).map(|(every, until)| Repeat { every, until }),
                invite: self.action == "invite",
                once: self.once.clone(),
            })
        })
    }
}

#[derive(Serialize)]
struct SendPage {
    path: String,
    edit: String,
    back: String,
    client: String,
    client_href: String,
    title: String,
    instructions: String,
    items: Vec<ItemLine>,
    due: String,
    reminders: String,
    /// "You and Sam Ellery are told by e-mail when it comes back."
    told: String,
    everyone: bool,
    people: Vec<PersonShown>,
    /// "Daniel Marlow"; empty if everybody sees it.
    blind: String,
    may_invite: bool,
    /// "Send and invite Daniel Marlow".
    invite_label: String,
    files: Vec<String>,
    repeats: Vec<Choice>,
    hows: Vec<Choice>,
    /// Why it cannot be sent as it is.
    problems: Vec<Problem>,
    form: Typed<SendForm>,
}

/// What is asked.
#[derive(Serialize)]
struct ItemLine {
    title: String,
    /// "File", "Yes or no".
    what: &'static str,
    optional: bool,
    /// "“Any loans?” is yes": else it is not asked.
    only_if: Option<String>,
    help: String,
}

impl ItemLine {
    fn of(item: &Item, sheet: &Sheet) -> Self {
        Self {
            title: item.title.to_string(),
            what: kind(&item.ask).0,
            optional: !item.required,
            only_if: asked_when(item, sheet),
            help: item.help.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// What is to be put right, and where.
#[derive(Serialize)]
struct Problem {
    text: String,
    href: String,
}

impl Problem {
    /// `field` is a name of the editor's form: "due", "file-3".
    fn of(detail: &RequestDetail, field: &str, why: &str) -> Self {
        let edit = format!("{}/edit", here(detail.request.id));
        let number = field.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
        match number.and_then(|number| detail.sheet.entry(number)) {
            Some(entry) => Self {
                text: format!("“{}”: {why}", entry.item.title),
                href: format!("{edit}?item={0}#item-{0}", entry.item.number),
            },
            None => Self { text: why.into(), href: format!("{edit}#f-{field}") },
        }
    }
}

impl Page for SendPage {
    const TEMPLATE: &'static str = "console/requests/send.html";
    const SECTION: &'static str = "requests";
}

impl SendPage {
    fn of(console: &Console, detail: &RequestDetail, form: Typed<SendForm>) -> Result<Self> {
        let detail = &as_sent(console, detail)?;
        let (request, client) = (&detail.request, &detail.client);
        let people: Vec<PersonShown> =
            detail.asked.iter().map(|one| PersonShown::of(client.id, one, true)).collect();
        let blind = people.iter().filter(|one| !one.sees());
        let blind: Vec<&str> = blind.map(PersonShown::name).collect();
        let invited = people.iter().filter(|one| one.can_be_invited());
        let invited: Vec<&str> = invited.map(PersonShown::name).collect();
        let style = console.firm()?.date_style;
        let (named, entries) = (sheet_files(detail), detail.sheet.entries.iter());
        Ok(Self {
            path: format!("{}/send", here(request.id)),
            edit: format!("{}/edit", here(request.id)),
            back: here(request.id),
            client: client.name.to_string(),
            client_href: format!("/console/clients/{}", client.id),
            title: request.title.to_string(),
            instructions: detail.sheet.instructions.to_string(),
            items: entries.map(|entry| ItemLine::of(&entry.item, &detail.sheet)).collect(),
            due: request.due.map(|due| due.full(style)).unwrap_or_default(),
            reminders: detail.rule.text_for(request.due),
            told: told(console, client)?,
            everyone: request.audience == Audience::Everyone,
            may_invite: !invited.is_empty(),
            invite_label: match invited.as_slice() {
                [one] => format!("Send and invite {one}"),
                many => format!("Send and invite {}", many.len()),
            },
            blind: listed(&blind),
            people,
            files: named,
            repeats: choices(&[
                ("", "Never"),
                ("month", "Every month"),
                ("quarter", "Every quarter"),
                ("year", "Every year"),
            ]),
            hows: choices(&[
                ("all", "One request for all of them: any one can hand it in"),
                ("each", "One request for each of them, separately"),
            ]),
            problems: Blueprint::is_untitled(&request.title)
                .then(|| Problem::of(detail, "title", UNTITLED))
                .into_iter()
                .collect(),
            form,
        })
    }
}

/// Who of the firm hears of it, when it comes back.
fn told(console: &Console, client: &Client) -> Result<String> {
    let me = console.me().id;
    let mut names: Vec<String> = Vec::new();
    for staff in console.hear_of_answers(client)? {
        match staff.id == me {
            true => names.insert(0, "You".into()),
            false => names.push(staff.name.to_string()),
        }
    }
    let hears = "told by e-mail when they hand it in or write";
    Ok(match names.as_slice() {
        [] => {
            "Nobody here is told by e-mail when they hand it in: you have switched such mails off."
                .into()
        }
        [one] if one != "You" => format!("{one} is {hears}."),
        _ => format!("{} are {hears}.", names.join(" and ")),
    })
}

/// Files that whoever is asked is going to see: those that go with it, and those it asks to read.
fn sheet_files(detail: &RequestDetail) -> Vec<String> {
    let read = detail.sheet.entries.iter().filter_map(|entry| match entry.item.ask {
        Ask::Read { file } => file,
        _ => None,
    });
    let mut names: Vec<String> = Vec::new();
    for id in detail.sheet.attached.iter().copied().chain(read) {
        let name = detail.files.get(&id).map(|file| file.name.to_string());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// What was sent already is not sent again.
fn sent_already(detail: &RequestDetail) -> Option<Response> {
    let words = "It was sent already.";
    (detail.request.stage != Stage::Draft)
        .then(|| see_other(here(detail.request.id)).flash(Flash::bad(words)))
}

#[handler]
async fn send_page(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if let Some(elsewhere) = sent_already(&detail) {
        return Ok(elsewhere);
    }
    let form = SendForm { how: "all".into(), once: fresh_once(), ..SendForm::default() };
    pages.show(&SendPage::of(&console, &detail, form.into())?)
}

#[handler]
async fn send(
    console: Console,
    pages: Pages<'_>,
    Path(id): Path<Id<Request>>,
    Form(form): Form<SendForm>,
) -> Result<Response> {
    let detail = console.request(id)?;
    if detail.request.stage == Stage::Draft && Blueprint::is_untitled(&detail.request.title) {
        return pages.again(&SendPage::of(&console, &detail, form.into())?);
    }
    let sent = match form.read() {
        Ok(sending) => console.send_request(id, sending).await,
        Err(e) => Err(e),
    };
    match sent {
        Ok(sent) => {
            let to = match sent.requests.as_slice() {
                [one] => here(*one),
                _ => format!("/console/clients/{}/requests", detail.client.id),
            };
            Ok(see_other(to).flash(said(&console, &sent)?))
        }
        Err(Error::Refused(_)) if detail.request.stage != Stage::Draft => {
            Ok(see_other(here(id)).flash(Flash::bad("It was sent already.")))
        }
        Err(Error::Refused(why)) => {
            let mut page = SendPage::of(&console, &detail, form.into())?;
            let href = page.edit.clone();
            page.problems.push(Problem { text: why.into_owned(), href });
            pages.again(&page)
        }
        Err(Error::Invalid(fields)) if !fields.keys().all(|key| OWN.contains(&key.as_ref())) => {
            let mut page = SendPage::of(&console, &detail, form.into())?;
            for (field, why) in fields {
                page.problems.push(Problem::of(&detail, &field, &why));
            }
            pages.again(&page)
        }
        Err(e) => pages.refused(form, e, |form| SendPage::of(&console, &detail, form)),
    }
}

/// The fields of this page. What else is wrong is put right in the draft.
const OWN: [&str; 2] = ["repeat", "until"];

/// What was sent to whom, who was invited, and who cannot see it yet.
fn said(console: &Console, sent: &SentRequest) -> Result<Flash> {
    let words = format!("“{}” was sent to {}.", sent.title, sent.with);
    report_beside(console, words, &sent.sent, &sent.cannot_see)
}
