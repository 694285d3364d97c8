//! Inviting: one contact, several of a client, everyone of several clients; and what can be done with an invite.

mod clients;
mod many;
mod one;

use std::sync::Arc;
use std::time::Duration;

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use super::confirm::Confirm;
use crate::error::Result;
use crate::http::flash::Flash;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::mail::message::{NO_LINK_YET, Words, preview};
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::firm::Firm;
use crate::model::invite::{Invite, Invitee};
use crate::model::outbox::Letter;
use crate::model::template::PRESETS;
use crate::model::{Console, Id, InviteDraft, MailFlow, Reader, Sent, SentOutcome};
use crate::values::text::pieces;
use crate::values::{MergeText, Piece, when::in_words};

pub(super) fn routes() -> Routes {
    Routes::default()
        .and(one::routes())
        .and(many::routes())
        .and(clients::routes())
        .post("/console/invites/:invite/resend", resend_invite)
        .post("/console/invites/:invite/revoke", revoke_invite)
        .post("/console/invites/:invite/undo", undo_invite)
        .post("/console/invites/:invite/link", copy_invite_link)
        .get("/console/clients/:client/contacts/:contact/remove-access", remove_access_page)
        .post("/console/clients/:client/contacts/:contact/remove-access", remove_access)
}

/// The personal message as typed: none, or one whose merge fields exist.
fn message_of(typed: &str) -> Result<Option<MergeText>, String> {
    if typed.trim().is_empty() { Ok(None) } else { MergeText::parse(typed).map(Some) }
}

/// An entry of the template picker.
#[derive(Serialize)]
struct Choice {
    value: String,
    label: String,
    text: Option<String>,
}

/// A heading of the template picker with its entries.
#[derive(Serialize)]
struct Group {
    label: &'static str,
    options: Vec<Choice>,
}

/// What "Start from a template" offers.
fn templates(console: &Console) -> Result<Vec<Group>> {
    let none =
        Choice { value: String::new(), label: "No template".into(), text: Some(String::new()) };
    let own = console.templates()?.into_iter().map(|template| Choice {
        value: template.id.to_string(),
        label: template.name.to_string(),
        text: Some(template.body.as_str().to_owned()),
    });
    let presets = PRESETS.iter().map(|preset| Choice {
        value: preset.key.into(),
        label: preset.name.into(),
        text: Some(preset.body.into()),
    });
    let groups =
        [("", vec![none]), ("Your templates", own.collect()), ("Built in", presets.collect())];
    let groups = groups.into_iter().map(|(label, options)| Group { label, options });
    Ok(groups.filter(|group| !group.options.is_empty()).collect())
}

/// The text of a chosen template.
fn template_text(groups: &[Group], key: &str) -> Option<String> {
    let mut options = groups.iter().flat_map(|group| &group.options);
    options.find(|option| option.value == key)?.text.clone()
}

/// The mail as its reader will get it, on paper, with what staff should look at before they send it.
#[derive(Serialize)]
pub(super) struct Preview {
    from: String,
    to: String,
    subject: String,
    blocks: Vec<Block>,
    warnings: Vec<String>,
    /// The address the warnings are about: whoever sends the form has seen them.
    seen: String,
}

/// A paragraph, or the one button.
#[derive(Serialize)]
struct Block {
    button: Option<String>,
    pieces: Vec<Piece>,
}

impl Block {
    fn of(text: &str) -> Self {
        match text.split_once(":\n") {
            Some((label, NO_LINK_YET)) => {
                Self { button: Some(label.to_owned()), pieces: Vec::new() }
            }
            _ => Self { button: None, pieces: pieces(text) },
        }
    }
}

impl Page for Preview {
    const TEMPLATE: &'static str = "console/invites/preview.html";
}

impl Preview {
    pub(super) fn of(
        console: &Console,
        pages: &Pages<'_>,
        letter: &Letter,
        to: String,
    ) -> Result<Self> {
        let firm: Arc<Firm> = console.firm()?;
        let Words { subject, text } = preview(pages.templates(), &firm, letter)?;
        let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
        Ok(Self {
            from: format!("{} at {}", console.me().name, firm.name),
            to,
            subject,
            blocks: blocks.map(Block::of).collect(),
            warnings: vec![],
            seen: String::new(),
        })
    }
}

/// What to look at before somebody is invited at their primary address.
fn warnings(console: &Console, draft: &InviteDraft) -> Result<Vec<String>> {
    let address = draft.contact.primary();
    address.map_or(Ok(vec![]), |address| console.address_warnings(draft, address))
}

/// Where a client's contacts are shown.
fn contacts_path(client: Id<Client>) -> String {
    format!("/console/clients/{client}/contacts")
}

/// Where somebody belongs who did something with this invite.
fn home_of(console: &Console, invite: Id<Invite>) -> Result<String> {
    Ok(match console.invite(invite)?.to {
        Invitee::Contact { client, .. } => contacts_path(client),
        Invitee::Staff { .. } => "/console/team".into(),
    })
}

/// What was shown or sent to whom, as `words` say, and in the same message who was invited to it and who cannot see it yet.
pub(super) fn report_beside(
    console: &Console,
    mut words: String,
    sent: &[Sent],
    cannot_see: &[Reader],
) -> Result<Flash> {
    let invited = sent.iter().filter(|one| matches!(one.outcome, SentOutcome::Queued { .. }));
    let invited: Vec<&str> = invited.map(|one| one.name.as_str()).collect();
    match invited.as_slice() {
        [] => {}
        [one] => words.push_str(&format!(" The invite to {one} is in the outbox.")),
        many => words.push_str(&format!(" {} invites are in the outbox.", many.len())),
    }
    let blind = cannot_see.iter().filter(|one| !invited.contains(&one.name.as_str()));
    let blind: Vec<_> = blind.collect();
    match blind.as_slice() {
        [] => {}
        [one] => words.push_str(&format!(" {} cannot see it yet: {}.", one.name, one.sees.text())),
        many => {
            let names: Vec<&str> = many.iter().map(|one| one.name.as_str()).collect();
            words.push_str(&format!(" {} cannot see it yet.", list_of(&names)));
        }
    }
    // The invites bring their Undo.
    Ok(match sent.is_empty() {
        true => Flash::ok(words),
        false => Flash { text: words, ..report(console, sent)? },
    })
}

/// "A", "A and B", "A, B and 3 more".
pub(super) fn list_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

/// What became of a send, in one message. Nothing is called sent before a mail server has taken it.
pub(super) fn report(console: &Console, sent: &[Sent]) -> Result<Flash> {
    let queued: Vec<(&Sent, Id<Invite>, String)> = sent
        .iter()
        .filter_map(|one| match &one.outcome {
            SentOutcome::Queued { invite, address, .. } => {
                Some((one, *invite, address.to_string()))
            }
            SentOutcome::Refused(_) => None,
        })
        .collect();
    let refused: Vec<String> = sent
        .iter()
        .filter_map(|one| match &one.outcome {
            SentOutcome::Refused(why) => Some(format!("{} {why}.", one.name)),
            SentOutcome::Queued { .. } => None,
        })
        .collect();
    let seconds = u32::from(console.firm()?.undo_seconds);
    let mut words = match queued.as_slice() {
        [] => "Nobody was invited.".to_owned(),
        [(one, _, address)] => format!("Invite to {} at {address} is in the outbox.", one.name),
        many => {
            let names: Vec<&str> =
                many.iter().take(5).map(|(one, _, _)| one.name.as_str()).collect();
            let more = many.len() - names.len();
            let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} invites are in the outbox: {}{and_more}.", many.len(), names.join(", "))
        }
    };
    if !queued.is_empty() {
        words.push_str(&leaves(&console.mail_flow()?, queued.len(), seconds));
    }
    if queued.len() > 1 && seconds > 0 {
        let time = in_words(Duration::from_secs(seconds.into()));
        words.push_str(&format!(" For {time} Undo is below each name in the contacts."));
    }
    for why in refused.iter().take(5) {
        words.push(' ');
        words.push_str(why);
    }
    let flash = if refused.is_empty() { Flash::ok(words) } else { Flash::bad(words) };
    Ok(match queued.as_slice() {
        [(_, invite, _)] if seconds > 0 => {
            flash.undo(format!("/console/invites/{invite}/undo"), "Undo", seconds)
        }
        _ => flash,
    })
}

fn leaves(flow: &MailFlow, mails: usize, seconds: u32) -> String {
    let (it_leaves, it_is, it_stays) = if mails == 1 {
        ("It leaves", "It is", "it stays")
    } else {
        ("They leave", "They are", "they stay")
    };
    match flow {
        MailFlow::Leaves if seconds > 0 => {
            format!(" {it_leaves} in {}.", in_words(Duration::from_secs(seconds.into())))
        }
        MailFlow::Leaves => format!(" {it_leaves} now."),
        MailFlow::Kept => format!(" {it_is} kept there until e-mail is connected."),
        MailFlow::Held(_) => format!(" {it_is} held there until an Admin releases the mails."),
        MailFlow::Demo => format!(" This is a demonstration: {it_stays} there."),
        MailFlow::Paused(_) => " No mail leaves at present; it is tried again by itself.".into(),
    }
}

#[handler]
async fn resend_invite(console: Console, Path(invite): Path<Id<Invite>>) -> Result<Response> {
    let home = home_of(&console, invite)?;
    match console.resend_invite(invite).await {
        Ok(sent) => Ok(see_other(home).flash(report(&console, &[sent])?)),
        Err(e) => refused_there(e, &home),
    }
}

#[handler]
async fn revoke_invite(
    console: Console,
    pages: Pages<'_>,
    Path(invite): Path<Id<Invite>>,
) -> Result<Response> {
    let home = home_of(&console, invite)?;
    match console.revoke_invite(invite).await {
        Ok(None) => {
            let words =
                "The invite is revoked. Its links no longer work, and nobody had opened its page.";
            Ok(see_other(home).flash(words))
        }
        Ok(Some(opened)) => {
            let when = pages.when(opened).text;
            let words = format!(
                "The invite is revoked. Its links no longer work. Its page was opened {when}."
            );
            Ok(see_other(home).flash(words))
        }
        Err(e) => refused_there(e, &home),
    }
}

#[handler]
async fn undo_invite(console: Console, Path(invite): Path<Id<Invite>>) -> Result<Response> {
    let home = home_of(&console, invite)?;
    match console.undo_invite(invite).await {
        Ok(()) => Ok(see_other(home).flash("Taken back. The mail did not leave.")),
        Err(e) => refused_there(e, &home),
    }
}

/// The copied link, once: it is not kept anywhere.
#[derive(Serialize)]
struct LinkShown {
    back: String,
    name: String,
    url: String,
    code: String,
    join: String,
    expires: When,
}

impl Page for LinkShown {
    const TEMPLATE: &'static str = "console/invites/link.html";
    const SECTION: &'static str = "clients";
}

#[handler]
async fn copy_invite_link(
    console: Console,
    pages: Pages<'_>,
    Path(invite): Path<Id<Invite>>,
) -> Result<Response> {
    let back = home_of(&console, invite)?;
    let name = console.invited_name(invite)?;
    match console.copy_invite_link(invite).await {
        Ok(link) => pages.show(&LinkShown {
            back,
            name,
            url: link.url,
            code: link.code,
            join: console.firm()?.public_url.join("/join"),
            expires: pages.exact(link.expires),
        }),
        Err(e) => refused_there(e, &back),
    }
}

#[handler]
async fn remove_access_page(
    console: Console,
    pages: Pages<'_>,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let draft: InviteDraft = console.invite_draft(client, contact)?;
    let back = contacts_path(client);
    let Contact { first, .. } = &draft.contact;
    pages.show(&Confirm {
        section: "clients",
        path: format!("{back}/{contact}/remove-access"),
        back,
        heading: format!("Remove the access of {}?", draft.contact.full_name()),
        sentences: vec![format!(
            "{first} can no longer open the portal of {}. Open sessions, links and waiting mails for it end at once. Other \
             clients of theirs are not touched, and you can invite them again at any time.",
            draft.client.name
        )],
        label: "Remove access".into(),
    })
}

#[handler]
async fn remove_access(
    console: Console,
    Path((client, contact)): Path<(Id<Client>, Id<Contact>)>,
) -> Result<Response> {
    let back = contacts_path(client);
    match console.remove_access(client, contact).await {
        Ok(name) => {
            let words = format!(
                "{name} no longer has access. Their sessions and links for this client have ended."
            );
            Ok(see_other(back).flash(words))
        }
        Err(e) => refused_there(e, &back),
    }
}
