//! One template to many clients: choose them, look at what each would read, send. One form goes through all of it, so that
//! ticks of other pages are kept without a script.

mod look;

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use self::look::{LookPage, ResultPage};
use crate::console::fields::{Choice, choices};
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::client::{Client, ClientKind};
use crate::model::recurrence::{Every, Repeat};
use crate::model::request::{ManySending, Whom};
use crate::model::request_template::{BLUEPRINT_PRESETS, TemplateFrom};
use crate::model::{ClientFound, ClientList, ClientQuery, Console, Id, LookedAfter, fresh_once};
use crate::values::Day;

const MANY: &str = "/console/requests/send-many";

pub(super) fn routes() -> Routes {
    Routes::default().get(MANY, many_page).post(MANY, many)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct ManyForm {
    template: String,
    find: String,
    kind: String,
    by: String,
    tag: String,
    /// Which page of clients was shown.
    page: String,
    /// Ticked clients, of all pages.
    client: Vec<String>,
    /// "yes" for all that match instead.
    all: String,
    /// "invite" or "leave".
    access: String,
    repeat: String,
    until: String,
    once: String,
    action: String,
}

impl ManyForm {
    fn query(&self, console: &Console) -> ClientQuery {
        ClientQuery {
            find: self.find.chars().take(200).collect(),
            kind: match self.kind.as_str() {
                "individual" => Some(ClientKind::Individual),
                "business" => Some(ClientKind::Business),
                _ => None,
            },
            active: Some(true),
            looked_after: match self.by.as_str() {
                "me" => Some(LookedAfter::By(console.me().id)),
                "nobody" => Some(LookedAfter::Nobody),
                id => id.parse().ok().map(LookedAfter::By),
            },
            tag: Some(self.tag.clone()).filter(|tag| !tag.is_empty()),
            page: self.page.parse().unwrap_or(1),
            ..ClientQuery::default()
        }
    }

    /// What is to be sent to whom.
    fn read(&self, console: &Console) -> Result<ManySending> {
        let mut check = Check::default();
        let from = TemplateFrom::parse(&self.template);
        let from = from.filter(|from| !matches!(from, TemplateFrom::Blank));
        let from = check.take("template", from.ok_or("Choose what is asked"));
        let whom = match self.all.as_str() {
            "yes" => Ok(Whom::Found(self.query(console))),
            _ if self.client.is_empty() => Err("Tick at least one client"),
            _ => {
                let ids: Result<Vec<Id<Client>>, _> =
                    self.client.iter().map(|id| id.parse()).collect();
                ids.map(Whom::These).map_err(|_| "Tick clients of this page")
            }
        };
        let whom = check.take("client", whom);
        let every = match self.repeat.as_str() {
            "" => Ok(None),
            key => Every::parse(key).map(Some).ok_or("Choose how often it comes again"),
        };
        let every = check.take("repeat", every);
        let until = check.take("until", Day::parse_or_none(&self.until));
        check.finish(|| {
            Some(ManySending {
                from: from?,
                whom: whom?,
                invite: self.access == "invite",
                repeat: every?.zip(Some(until?)).map(|(every, until)| Repeat { every, until }),
                once: self.once.clone(),
            })
        })
    }
}

/// Templates of one kind.
#[derive(Serialize)]
struct Group {
    label: &'static str,
    options: Vec<Choice>,
}

#[derive(Serialize)]
struct ChoosePage {
    path: &'static str,
    templates: Vec<Group>,
    kinds: Vec<Choice>,
    staff: Vec<Choice>,
    tags: Vec<Choice>,
    rows: Vec<ClientRow>,
    /// Ticked ones that are not on this page.
    kept: Vec<String>,
    /// "1,204 clients".
    total: String,
    /// "51 to 100 of 1,204 clients".
    text: String,
    back: Option<usize>,
    next: Option<usize>,
    form: Typed<ManyForm>,
}

#[derive(Serialize)]
struct ClientRow {
    id: String,
    name: String,
    kind: &'static str,
    tags: Vec<String>,
    shape: &'static str,
    portal: String,
    ticked: bool,
}

impl Page for ChoosePage {
    const TEMPLATE: &'static str = "console/requests/many/choose.html";
    const SECTION: &'static str = "requests";
}

impl ChoosePage {
    fn of(console: &Console, form: Typed<ManyForm>) -> Result<Self> {
        let list = console.clients(&form.values.query(console))?;
        let ticked = |id: &str| form.values.client.iter().any(|one| one == id);
        let row = |found: &ClientFound| {
            let id = found.id.to_string();
            ClientRow {
                ticked: ticked(&id),
                id,
                name: found.name.clone(),
                kind: found.kind.label(),
                tags: found.tags.clone(),
                shape: found.portal.kind,
                portal: found.portal.text.to_string(),
            }
        };
        let rows: Vec<ClientRow> = list.rows.iter().map(row).collect();
        let kept = form.values.client.iter().filter(|id| rows.iter().all(|row| row.id != **id));
        let unit = if list.total.to_string() == "1" { "client" } else { "clients" };
        Ok(Self {
            path: MANY,
            templates: templates(console)?,
            kinds: choices(&[
                ("", "Any type"),
                ("individual", "Individuals"),
                ("business", "Businesses"),
            ]),
            staff: staff(console)?,
            tags: tags(console)?,
            kept: kept.cloned().collect(),
            total: format!("{} {unit}", list.total),
            text: text(&list, unit),
            back: (list.page > 1).then(|| list.page - 1),
            next: list.more.then_some(list.page + 1),
            rows,
            form,
        })
    }
}

fn text(list: &ClientList, unit: &str) -> String {
    let first = (list.page - 1) * ClientList::MOST + 1;
    match list.rows.len() {
        shown if list.more || list.page > 1 => {
            format!("{first} to {} of {} {unit}", first + shown - 1, list.total)
        }
        _ => format!("{} {unit}", list.total),
    }
}

fn templates(console: &Console) -> Result<Vec<Group>> {
    let own = console.request_templates()?;
    let own = own.iter().map(|one| Choice::new(one.id, &one.name));
    let presets = BLUEPRINT_PRESETS.iter().map(|preset| Choice::new(preset.key, preset.name));
    let none = Group { label: "", options: vec![Choice::new("", "Choose a template")] };
    let groups = [
        none,
        Group { label: "Your templates", options: own.collect() },
        Group { label: "Built in", options: presets.collect() },
    ];
    Ok(groups.into_iter().filter(|group| !group.options.is_empty()).collect())
}

fn staff(console: &Console) -> Result<Vec<Choice>> {
    let me = console.me().id;
    let mut all = choices(&[("", "Looked after by anybody"), ("me", "Me"), ("nobody", "Nobody")]);
    let others = console.colleagues()?;
    let others = others.iter().filter(|one| one.id != me);
    all.extend(others.map(|one| Choice::new(one.id, &one.name)));
    Ok(all)
}

fn tags(console: &Console) -> Result<Vec<Choice>> {
    let tags = console.client_tags()?;
    let in_use = tags.iter().map(|tag| Choice::new(tag, tag));
    Ok(std::iter::once(Choice::new("", "Any tag")).chain(in_use).collect())
}

#[handler]
async fn many_page(
    console: Console,
    pages: Pages<'_>,
    Query(mut form): Query<ManyForm>,
) -> Result<Response> {
    if form.access.is_empty() {
        form.access = "invite".into();
    }
    form.once = fresh_once();
    pages.show(&ChoosePage::of(&console, form.into())?)
}

#[handler]
async fn many(
    console: Console,
    pages: Pages<'_>,
    Form(mut form): Form<ManyForm>,
) -> Result<Response> {
    let action = form.action.clone();
    let number = |verb: &str| action.strip_prefix(verb).and_then(|page| page.parse().ok());
    let numbered: (Option<usize>, Option<usize>) = (number("page-"), number("look-"));
    match action.as_str() {
        "ticked" => form.all.clear(),
        "all" => form.all = "yes".into(),
        "find" => form.page.clear(),
        _ => {}
    }
    if let (Some(page), _) = numbered {
        form.page = page.to_string();
    }
    if matches!(action.as_str(), "find" | "choose") || numbered.0.is_some() {
        return pages.show(&ChoosePage::of(&console, form.into())?);
    }
    let read = form.read(&console);
    let sent = match (&read, action.as_str()) {
        (Ok(many), "send") => console.send_to_many(many.clone()).await.map(Some),
        _ => Ok(None),
    };
    if let Ok(Some(sent)) = &sent {
        return pages.show(&ResultPage::of(sent));
    }
    // What was refused is said on the page where it can be mended.
    let looked = match read {
        Ok(many) => console.preview_many(many, numbered.1.unwrap_or(1)).await,
        Err(e) => Err(e),
    };
    let error = match (looked, sent) {
        (Ok(preview), Ok(_)) => {
            return pages.show(&LookPage::of(&console, form.into(), &preview)?);
        }
        (Ok(preview), Err(e)) => {
            let form = Typed::from(form).with(said(e))?;
            return pages.again(&LookPage::of(&console, form, &preview)?);
        }
        (Err(e), _) => e,
    };
    let form = Typed::from(form).with(said(error))?;
    let later = form.errors.keys().any(|key| key == "repeat" || key == "until");
    if later && form.errors.len() == 1 {
        let mut once_only = form.values.clone();
        (once_only.repeat, once_only.until) = (String::new(), String::new());
        if let Ok(preview) = console.preview_many(once_only.read(&console)?, 1).await {
            return pages.again(&LookPage::of(&console, form, &preview)?);
        }
    }
    pages.again(&ChoosePage::of(&console, form)?)
}

/// A refusal belongs to the whole form.
fn said(error: Error) -> Error {
    match error {
        Error::Refused(why) => Error::field("form", why),
        other => other,
    }
}
