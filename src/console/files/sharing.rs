//! Sharing: who sees a file, several files, or all that is in a folder. Whoever cannot see it yet is named, and can be
//! invited with the same press.

use poem::web::Path;
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::base;
use super::list::files;
use super::picked::{Ticks, asked};
use super::whom::{AudienceChoice, Outside, PersonShown, audiences, outside, people, unasked};
use crate::console::invites::report_beside;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::Audience;
use crate::model::{Console, Id, Picked, SharedFiles, Total, fresh_once};

const SHARE: &str = "/console/clients/:client/files/share";

pub(super) fn routes() -> Routes {
    Routes::default().get(SHARE, share_page).post(SHARE, share)
}

/// The form as typed.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ShareForm {
    file: Vec<String>,
    folder: Vec<String>,
    from: String,
    /// "firm", "everyone" or "named".
    pub(super) audience: String,
    pub(super) contact: Vec<String>,
    /// Ticked: whoever has no access is invited.
    pub(super) invite: String,
    /// Contacts without access who were named beside that tick.
    pub(super) asked: Vec<String>,
    once: String,
}

impl ShareForm {
    fn ticks(&self) -> Ticks {
        Ticks {
            file: self.file.clone(),
            folder: self.folder.clone(),
            from: self.from.clone(),
            ..Ticks::default()
        }
    }

    /// With the audience as it is now.
    pub(super) fn seen_by(self, audience: &Audience) -> Self {
        let (key, contact) = match audience {
            Audience::Firm => ("firm", vec![]),
            Audience::Everyone => ("everyone", vec![]),
            Audience::Named(contacts) => {
                ("named", contacts.iter().map(ToString::to_string).collect())
            }
        };
        Self { audience: key.into(), contact, ..self }
    }

    fn read(&self) -> Result<Audience> {
        let mut check = Check::default();
        let audience = match self.audience.as_str() {
            "firm" => Ok(Audience::Firm),
            "everyone" => Ok(Audience::Everyone),
            "named" if self.contact.is_empty() => Err("Tick the contacts who are to see it"),
            "named" => match self.contact.iter().map(|id| id.parse()).collect() {
                Ok(contacts) => Ok(Audience::Named(contacts)),
                Err(_) => return Err(Error::NotFound),
            },
            _ => Err("Choose who can see it"),
        };
        let audience = check.take("audience", audience);
        check.finish(|| audience)
    }
}

/// The dialog.
#[derive(Serialize)]
struct SharePage {
    back: String,
    path: String,
    heading: String,
    about: String,
    /// What is shared, within a sentence.
    it: &'static str,
    note: &'static str,
    files: Vec<String>,
    folders: Vec<String>,
    audiences: Vec<AudienceChoice>,
    people: Vec<PersonShown>,
    outside: Option<Outside>,
    form: Typed<ShareForm>,
}

impl Page for SharePage {
    const TEMPLATE: &'static str = "console/files/share.html";
    const SECTION: &'static str = "clients";
}

/// What is meant, in words.
pub(super) struct What {
    pub(super) heading: String,
    about: String,
    it: &'static str,
    /// Who sees it now, where that is one thing.
    now: Option<Audience>,
}

/// What was ticked, by its name if it is one, else by its number. `verb` begins the heading.
pub(super) fn what(
    console: &Console,
    client: Id<Client>,
    picked: &Picked,
    verb: &str,
) -> Result<What> {
    if let ([], [folder]) = (picked.files.as_slice(), picked.folders.as_slice()) {
        let row = console.folder(client, *folder)?;
        let about = match (&row.files, row.seen.varies()) {
            (Total::Exactly(0), _) => "There is no file in it yet.".to_owned(),
            (total, None) => format!("There {} in it.", is_or_are(total)),
            (total, Some(whom)) => {
                format!("There {} in it, not all seen by the same: {whom}.", is_or_are(total))
            }
        };
        return Ok(What {
            heading: format!("{verb} the folder {}", row.folder.name),
            about: format!(
                "{about} It holds for what contacts have added, too. What staff add later is seen by the same people."
            ),
            it: "all that is in it",
            now: row.seen.chosen().cloned(),
        });
    }
    let mut seen: Vec<Audience> = Vec::new();
    for id in &picked.files {
        let file = console.file(client, *id)?.file;
        if picked.files.len() == 1 && picked.folders.is_empty() {
            let heading = format!("{verb} {}", file.name);
            let folder = file.folder.map(|folder| console.folder(client, folder)).transpose()?;
            let hidden = folder.filter(|row| row.folder.audience == Audience::Firm);
            let about = hidden.map(|row| {
                let name = row.folder.name;
                format!(
                    "The folder “{name}” is for the firm only: contacts see this file without it."
                )
            });
            let (about, now) = (about.unwrap_or_default(), Some(file.audience));
            return Ok(What { heading, about, it: "it", now });
        }
        if !seen.contains(&file.audience) {
            seen.push(file.audience);
        }
    }
    let folders = match picked.folders.len() {
        0 => String::new(),
        1 => "1 folder".into(),
        many => format!("{many} folders"),
    };
    let files = match picked.files.len() {
        0 => String::new(),
        many => files(&Total::Exactly(many)),
    };
    let both = if files.is_empty() || folders.is_empty() { "" } else { " and " };
    let about = match picked.folders.is_empty() {
        true => "",
        false => {
            "It holds for everything in the folders, also what contacts have added, and for what staff add to them later."
        }
    };
    Ok(What {
        heading: format!("{verb} {files}{both}{folders}"),
        about: about.into(),
        it: "them",
        now: seen.pop().filter(|_| seen.is_empty() && picked.folders.is_empty()),
    })
}

fn is_or_are(total: &Total) -> String {
    match total {
        Total::Exactly(1) => "is 1 file".into(),
        total => format!("are {}", files(total)),
    }
}

fn page(console: &Console, client: Id<Client>, form: Typed<ShareForm>) -> Result<SharePage> {
    let name = console.client(client)?.client.name.to_string();
    let ticks = form.values.ticks();
    let What { heading, about, it, .. } = what(console, client, &ticks.picked()?, "Share")?;
    let readers = console.readers(client)?;
    Ok(SharePage {
        back: ticks.unticked(client),
        path: format!("{}/share", base(client)),
        heading,
        about,
        it,
        note: "Contacts are told by e-mail of what is new to them.",
        audiences: audiences(&name, &readers),
        people: people(client, &readers, &form.values),
        outside: outside(client, &readers, &form.values),
        files: ticks.file,
        folders: ticks.folder,
        form,
    })
}

#[handler]
async fn share_page(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    req: &Request,
) -> Result<Response> {
    console.client(client)?;
    let form: ShareForm = asked(req)?;
    let picked = form.ticks().picked()?;
    if picked.is_empty() {
        return Ok(form.ticks().nothing(client));
    }
    let now = what(&console, client, &picked, "Share")?.now;
    let form = ShareForm { once: fresh_once(), ..form };
    let form = match now {
        Some(audience) => form.seen_by(&audience),
        None => form,
    };
    pages.show(&page(&console, client, form.into())?)
}

#[handler]
async fn share(
    console: Console,
    pages: Pages<'_>,
    Path(client): Path<Id<Client>>,
    Form(form): Form<ShareForm>,
) -> Result<Response> {
    console.client(client)?;
    let picked = form.ticks().picked()?;
    if picked.is_empty() {
        return Ok(form.ticks().nothing(client));
    }
    if unasked(&console.readers(client)?, &form) {
        let mut page = page(&console, client, form.into())?;
        page.outside.iter_mut().for_each(|outside| outside.asks = true);
        return pages.show(&page);
    }
    let invite = !form.invite.is_empty();
    let shared = match form.read() {
        Ok(audience) => {
            let firm_only = audience == Audience::Firm;
            let once = form.once.clone();
            let shared = console.share_files(client, picked, audience, invite, once).await;
            shared.map(|shared| (shared, firm_only))
        }
        Err(e) => Err(e),
    };
    let to = form.ticks().back(client);
    match shared {
        Ok((shared, firm_only)) => Ok(see_other(to).flash(said(&console, &shared, firm_only)?)),
        Err(e @ Error::Refused(_)) => refused_there(e, &to),
        Err(e) => pages.refused(form, e, |form| page(&console, client, form)),
    }
}

/// What was shared with whom, who was invited, and who of the others cannot see it yet.
fn said(console: &Console, shared: &SharedFiles, firm_only: bool) -> Result<Flash> {
    let words = if firm_only {
        format!("Only your firm sees {} now.", shared.what)
    } else {
        format!("Shared with {}: {}.", shared.with, shared.what)
    };
    report_beside(console, words, &shared.sent, &shared.cannot_see)
}
