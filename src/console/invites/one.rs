//! The invite dialog for one contact.

use poem::web::Path;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{Group, Preview, contacts_path, message_of, report, template_text, templates};
use crate::console::fields::filled;
use crate::error::{Check, Error, Result};
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::contact::{Contact, Place};
use crate::model::{Chosen, Console, Id, InviteDraft, Recipient, Save, fresh_once};
use crate::values::name::{hue, initials};
use crate::values::{Email, MergeText};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/clients/:client/contacts/:contact/invite", invite_page)
        .post("/console/clients/:client/contacts/:contact/invite", send_invite)
        .post("/console/clients/:client/contacts/:contact/invite/preview", preview_invite)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct InviteForm {
    /// One of the record's addresses, or "other".
    to: String,
    other: String,
    kind: String,
    /// "record" or "once".
    save: String,
    template: String,
    message: String,
    once: String,
    /// The address whose warnings were on the page.
    seen: String,
    /// Which button: empty for Send invite.
    action: String,
}

struct NewInvite {
    chosen: Chosen,
    message: Option<MergeText>,
}

impl InviteForm {
    fn read(&self, contact: &Contact) -> Result<NewInvite> {
        let mut check = Check::default();
        let chosen = if self.to == "other" {
            let address = check.take("other", Email::parse(&self.other));
            let save = if self.save == "record" {
                check.take("kind", Place::parse(&self.kind)).map(Save::ToRecord)
            } else {
                Some(Save::OnlyThisTime)
            };
            address.zip(save).map(|(address, save)| Chosen { address, save })
        } else if filled(&self.other).is_some() {
            check.note(
                "to",
                "You typed another address. Choose “Another address …” to use it, or empty its field",
            );
            None
        } else {
            let known = contact.emails.iter().find(|email| email.address.as_str() == self.to);
            check
                .take("to", known.ok_or("Choose the address it goes to"))
                .map(|email| Chosen { address: email.address.clone(), save: Save::OnlyThisTime })
        };
        let message = check.take("message", message_of(&self.message));
        check.finish(|| Some(NewInvite { chosen: chosen?, message: message? }))
    }
}

#[derive(Serialize)]
struct Address {
    value: String,
    label: String,
}

/// The dialog, and the page that is the same without a script.
#[derive(Serialize)]
struct InviteOne {
    back: String,
    path: String,
    name: String,
    first_name: String,
    role: String,
    initials: String,
    hue: u8,
    client: String,
    has_login: bool,
    already: Option<String>,
    addresses: Vec<Address>,
    places: Vec<Address>,
    templates: Vec<Group>,
    help_url: String,
    days: u16,
    preview: Preview,
    form: Typed<InviteForm>,
}

impl Page for InviteOne {
    const TEMPLATE: &'static str = "console/invites/one.html";
    const SECTION: &'static str = "clients";
}

fn addresses(contact: &Contact) -> Vec<Address> {
    let known = contact.emails.iter().map(|email| Address {
        value: email.address.to_string(),
        label: format!("{} ({})", email.address, email.kind.label().to_lowercase()),
    });
    let other = Address { value: "other".into(), label: "Another address …".into() };
    known.chain([other]).collect()
}

/// The mail as it would leave now, with the warnings about its address.
fn preview_of(
    console: &Console,
    pages: &Pages<'_>,
    draft: &InviteDraft,
    form: &InviteForm,
) -> Result<Preview> {
    let message = message_of(&form.message).ok().flatten();
    let letter = console.preview_invite(draft, message.as_ref())?;
    let typed = if form.to == "other" { &form.other } else { &form.to };
    let mut preview = Preview::of(console, pages, &letter, draft.contact.full_name())?;
    if let Ok(address) = Email::parse(typed) {
        preview.warnings = console.address_warnings(draft, &address)?;
        preview.seen = address.to_string();
    }
    Ok(preview)
}

fn page(
    console: &Console,
    pages: &Pages<'_>,
    draft: &InviteDraft,
    form: Typed<InviteForm>,
) -> Result<InviteOne> {
    let (contact, client) = (&draft.contact, &draft.client);
    let name = contact.full_name();
    let firm = console.firm()?;
    Ok(InviteOne {
        back: contacts_path(client.id),
        path: format!("{}/{}/invite", contacts_path(client.id), contact.id),
        initials: initials(&name),
        hue: hue(&name),
        name,
        first_name: contact.first.to_string(),
        role: draft.membership.role.as_ref().map(ToString::to_string).unwrap_or_default(),
        client: client.name.to_string(),
        has_login: draft.has_login,
        already: draft.latest.as_ref().map(|invite| pages.when(invite.made).text),
        addresses: addresses(contact),
        places: Place::ALL
            .iter()
            .map(|place| Address {
                value: place.label().to_lowercase(),
                label: place.label().into(),
            })
            .collect(),
        templates: templates(console)?,
        help_url: firm.public_url.join("/help"),
        days: firm.invite_days,
        preview: preview_of(console, pages, draft, &form.values)?,
        form,
    })
}

#[handler]
async fn invite_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let draft = console.invite_draft(client, contact)?;
    let Some(primary) = draft.contact.primary() else {
        return Ok(see_other(format!("{}/{contact}/email", contacts_path(client))));
    };
    let form = InviteForm {
        to: primary.to_string(),
        kind: "work".into(),
        save: "record".into(),
        once: fresh_once(),
        ..InviteForm::default()
    };
    pages.show(&page(&console, &pages, &draft, form.into())?)
}

#[handler]
async fn preview_invite(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(form): Form<InviteForm>,
) -> Result<Response> {
    let draft = console.invite_draft(client, contact)?;
    pages.show(&preview_of(&console, &pages, &draft, &form)?)
}

#[handler]
async fn send_invite(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
    Form(mut form): Form<InviteForm>,
) -> Result<Response> {
    let draft = console.invite_draft(client, contact)?;
    match form.action.as_str() {
        "" => {}
        "template" => {
            form.message = template_text(&templates(&console)?, &form.template).unwrap_or_default();
            return pages.show(&page(&console, &pages, &draft, form.into())?);
        }
        _ => return pages.show(&page(&console, &pages, &draft, form.into())?),
    }
    let new =
        match form.read(&draft.contact).and_then(|new| looked_at(&console, &draft, &form, new)) {
            Ok(new) => new,
            Err(e) => {
                let form = Typed::from(form).with(e)?;
                return pages.again(&page(&console, &pages, &draft, form)?);
            }
        };
    let to = vec![Recipient { membership: draft.membership.id, address: Some(new.chosen) }];
    let sent = console.send_invites(client, to, new.message, form.once).await?;
    Ok(see_other(contacts_path(client)).flash(report(&console, &sent)?))
}

/// A warning that nobody has seen is shown once before the invite leaves.
fn looked_at(
    console: &Console,
    draft: &InviteDraft,
    form: &InviteForm,
    new: NewInvite,
) -> Result<NewInvite> {
    let address = &new.chosen.address;
    if form.seen == address.as_str() {
        return Ok(new);
    }
    match console.address_warnings(draft, address)?.first() {
        None => Ok(new),
        Some(warning) => {
            let field = if form.to == "other" { "other" } else { "to" };
            Err(Error::field(field, format!("{warning} If it is right, send the invite.")))
        }
    }
}
