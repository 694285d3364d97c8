//! Several contacts of one client at once.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{
    Group, Preview, contacts_path, message_of, report, template_text, templates, warnings,
};
use crate::error::{Check, Error, Fields, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Contact, Place};
use crate::model::invite::InviteState;
use crate::model::membership::Membership;
use crate::model::{Console, Id, InviteDraft, Recipient, fresh_once};
use crate::values::name::{hue, initials};
use crate::values::{Email, MergeText};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/invites", invites_page)
        .post("/console/clients/:client/invites", send_invites)
        .post("/console/clients/:client/invites/preview", preview_invites)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct InvitesForm {
    /// Ticked memberships.
    to: Vec<String>,
    /// Whose mail the preview shows.
    shown: String,
    template: String,
    message: String,
    once: String,
    /// Which button: empty for Send, "template", "preview", or a membership whose address is added.
    action: String,
    /// The addresses typed beside contacts who have none: as many as `kinds` and `ids`.
    emails: Vec<String>,
    kinds: Vec<String>,
    ids: Vec<String>,
}

/// One line of the list.
#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    first_name: String,
    initials: String,
    hue: u8,
    /// Their address, or nothing.
    address: Option<String>,
    /// Why they cannot be ticked.
    why_not: Option<&'static str>,
    /// What to know before ticking.
    note: Option<String>,
    /// What to look at before their address is used.
    warnings: Vec<String>,
    ticked: bool,
    typed: String,
    kind: String,
    error: Option<String>,
}

#[derive(Serialize)]
struct InviteMany {
    back: String,
    path: String,
    client: String,
    lines: Vec<Line>,
    templates: Vec<Group>,
    help_url: String,
    days: u16,
    preview: Option<Preview>,
    form: Typed<InvitesForm>,
}

impl Page for InviteMany {
    const TEMPLATE: &'static str = "console/invites/many.html";
    const SECTION: &'static str = "clients";
}

fn line(
    console: &Console,
    pages: &Pages<'_>,
    draft: &InviteDraft,
    form: &Typed<InvitesForm>,
) -> Result<Line> {
    let (contact, id) = (&draft.contact, draft.membership.id.to_string());
    let name = contact.full_name();
    let pending = draft.latest.as_ref().filter(|invite| invite.state == InviteState::Pending);
    let why_not = match (draft.membership.has_access(), contact.primary()) {
        (true, _) => Some("Has access already"),
        (false, None) => Some("No e-mail address yet"),
        (false, Some(_)) => None,
    };
    let typed = form.values.ids.iter().position(|one| *one == id);
    let typed_at = |list: &[String]| typed.and_then(|at| list.get(at)).cloned().unwrap_or_default();
    Ok(Line {
        initials: initials(&name),
        hue: hue(&name),
        name,
        first_name: contact.first.to_string(),
        address: contact.primary().map(ToString::to_string),
        why_not,
        warnings: if why_not.is_none() { warnings(console, draft)? } else { vec![] },
        note: pending.map(|invite| {
            format!(
                "Invited {}. A new mail with a fresh link goes out.",
                pages.when(invite.made).text
            )
        }),
        ticked: why_not.is_none() && form.values.to.contains(&id),
        typed: typed_at(&form.values.emails),
        kind: typed_at(&form.values.kinds),
        error: form.errors.get(&*format!("email-{id}")).cloned(),
        id,
    })
}

/// The mail of the chosen recipient, else of the first one who is ticked or could be.
fn preview_of(
    console: &Console,
    pages: &Pages<'_>,
    drafts: &[InviteDraft],
    form: &InvitesForm,
) -> Result<Option<Preview>> {
    let of = |key: &String| drafts.iter().find(|draft| draft.membership.id.to_string() == *key);
    let chosen = of(&form.shown);
    let ticked = || form.to.iter().find_map(of);
    let open = || drafts.iter().find(|draft| !draft.membership.has_access());
    let Some(draft) = chosen.or_else(ticked).or_else(open) else { return Ok(None) };
    let message = message_of(&form.message).ok().flatten();
    let letter = console.preview_invite(draft, message.as_ref())?;
    let others = form.to.len().saturating_sub(1);
    let to = match others {
        0 => draft.contact.full_name(),
        1 => format!("{} and one other, one e-mail each", draft.contact.full_name()),
        n => format!("{} and {n} others, one e-mail each", draft.contact.full_name()),
    };
    Preview::of(console, pages, &letter, to).map(Some)
}

fn page(
    console: &Console,
    pages: &Pages<'_>,
    client: Id<Client>,
    form: Typed<InvitesForm>,
) -> Result<InviteMany> {
    let drafts = console.invite_drafts(client)?;
    let firm = console.firm()?;
    Ok(InviteMany {
        back: contacts_path(client),
        path: format!("/console/clients/{client}/invites"),
        client: console.client(client)?.client.name.to_string(),
        lines: drafts
            .iter()
            .map(|draft| line(console, pages, draft, &form))
            .collect::<Result<_>>()?,
        templates: templates(console)?,
        help_url: firm.public_url.join("/help"),
        days: firm.invite_days,
        preview: preview_of(console, pages, &drafts, &form.values)?,
        form,
    })
}

#[handler]
async fn invites_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
) -> Result<Response> {
    let form = InvitesForm { once: fresh_once(), ..InvitesForm::default() };
    pages.show(&page(&console, &pages, client, form.into())?)
}

#[handler]
async fn preview_invites(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<InvitesForm>,
) -> Result<Response> {
    let drafts = console.invite_drafts(client)?;
    let preview = preview_of(&console, &pages, &drafts, &form)?;
    pages.show(&preview.ok_or(Error::NotFound)?)
}

#[handler]
async fn send_invites(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(mut form): Form<InvitesForm>,
) -> Result<Response> {
    match form.action.as_str() {
        "" => {}
        "preview" => return pages.show(&page(&console, &pages, client, form.into())?),
        "template" => {
            form.message = template_text(&templates(&console)?, &form.template).unwrap_or_default();
            return pages.show(&page(&console, &pages, client, form.into())?);
        }
        _ => return add_address(&console, &pages, client, form).await,
    }
    let read = read(&form);
    let sent = match read {
        Ok((to, message)) => console.send_invites(client, to, message, form.once.clone()).await,
        Err(e) => Err(e),
    };
    match sent {
        Ok(sent) => Ok(see_other(contacts_path(client)).flash(report(&console, &sent)?)),
        Err(e) => pages.again(&page(&console, &pages, client, Typed::from(form).with(e)?)?),
    }
}

fn read(form: &InvitesForm) -> Result<(Vec<Recipient>, Option<MergeText>)> {
    let mut check = Check::default();
    if form.to.is_empty() {
        check.note("to", "Tick at least one contact");
    }
    let to: Option<Vec<Recipient>> = form
        .to
        .iter()
        .map(|id| {
            let membership: Result<Id<Membership>, _> = id.parse();
            let membership = membership.map_err(|_| "Tick the contacts on this page");
            Some(Recipient { membership: check.take("to", membership)?, address: None })
        })
        .collect();
    let message = check.take("message", message_of(&form.message));
    check.finish(|| Some((to?, message?)))
}

/// Saves the address typed beside a contact, ticks them, and keeps everything else that was typed.
async fn add_address(
    console: &Console,
    pages: &Pages<'_>,
    client: Id<Client>,
    mut form: InvitesForm,
) -> Result<Response> {
    let at = form.ids.iter().position(|id| *id == form.action).ok_or(Error::NotFound)?;
    let (id, typed) = (form.ids[at].clone(), form.emails.get(at).cloned().unwrap_or_default());
    let kind = form.kinds.get(at).map_or("", String::as_str);
    let drafts = console.invite_drafts(client)?;
    let draft = drafts.iter().find(|draft| draft.membership.id.to_string() == id);
    let contact: Id<Contact> = draft.ok_or(Error::NotFound)?.contact.id;
    match Email::parse(&typed).and_then(|email| Ok((email, Place::parse(kind)?))) {
        Ok((email, kind)) => {
            console.set_primary_email(client, contact, email, kind).await?;
            form.to.push(id);
            pages.show(&page(console, pages, client, form.into())?)
        }
        Err(why) => {
            let errors = Fields::from([(format!("email-{id}").into(), why)]);
            pages.again(&page(console, pages, client, Typed { values: form, errors })?)
        }
    }
}
