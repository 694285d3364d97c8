//! Sharing: who sees a file, several files, or all that is in a folder. Whoever cannot see it yet is named, and can be
//! invited with the same press.

use poem::web::Path;
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::base;
use super::list::files;
use super::picked::{Ticks, asked, refused_there};
use crate::console::invites::report;
use crate::error::{Check, Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::client::Client;
use crate::model::file::Audience;
use crate::model::{Console, FileQuery, Id, Picked, Reader, Sees, SharedFiles, Total, fresh_once};
use crate::values::{hue, initials};

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
    contact: Vec<String>,
    invite: String,
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

/// A choice of who sees something.
#[derive(Serialize)]
pub(super) struct AudienceChoice {
    value: &'static str,
    icon: &'static str,
    label: String,
    hint: String,
}

/// A contact to tick.
#[derive(Serialize)]
pub(super) struct PersonShown {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    role: String,
    ticked: bool,
    access: bool,
    standing: &'static str,
}

/// Those who cannot see anything yet.
#[derive(Serialize)]
pub(super) struct Outside {
    names: String,
    cannot: String,
    ask: String,
    hint: &'static str,
    /// Whether anybody of them can be invited.
    may: bool,
    no_address: Option<String>,
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
    if let ([file], []) = (picked.files.as_slice(), picked.folders.as_slice()) {
        let file = console.file(client, *file)?.file;
        return Ok(What {
            heading: format!("{verb} {}", file.name),
            about: String::new(),
            it: "it",
            now: Some(file.audience),
        });
    }
    if let ([], [folder]) = (picked.files.as_slice(), picked.folders.as_slice()) {
        let query = FileQuery { folder: Some(*folder), limit: 1, ..FileQuery::default() };
        let folder = console.files(client, &query)?.folder.ok_or(Error::NotFound)?;
        let beside = FileQuery { folder: folder.parent, limit: 1, ..FileQuery::default() };
        let beside = console.files(client, &beside)?.folders;
        let within = beside.iter().find(|row| row.folder.id == folder.id);
        let about = match within.map(|row| &row.files) {
            Some(Total::Exactly(0)) | None => "There is no file in it yet.".to_owned(),
            Some(total) => format!("There {} in it.", is_or_are(total)),
        };
        return Ok(What {
            heading: format!("{verb} the folder {}", folder.name),
            about: format!("{about} What staff add to it later is seen by the same people."),
            it: "all that is in it",
            now: Some(folder.audience),
        });
    }
    for file in &picked.files {
        console.file(client, *file)?;
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
        false => "It holds for everything in the folders, and for what staff add to them later.",
    };
    Ok(What {
        heading: format!("{verb} {files}{both}{folders}"),
        about: about.into(),
        it: "them",
        now: None,
    })
}

fn is_or_are(total: &Total) -> String {
    match total {
        Total::Exactly(1) => "is 1 file".into(),
        total => format!("are {}", files(total)),
    }
}

/// What one can choose from.
pub(super) fn audiences(client: &str, people: &[Reader]) -> Vec<AudienceChoice> {
    let everyone = match people.len() {
        0 => "There are no contacts yet; whoever is added later sees it.".to_owned(),
        1 => format!("{}, and whoever is added later", people[0].name),
        many => format!("{many} contacts now, and whoever is added later"),
    };
    let choice =
        |value, icon, label: String, hint: String| AudienceChoice { value, icon, label, hint };
    let firm = format!("Nobody at {client} sees it.");
    let mut choices = vec![
        choice("firm", "lock", "Firm only".into(), firm),
        choice("everyone", "users", format!("Everyone at {client}"), everyone),
    ];
    if !people.is_empty() {
        let hint = "Nobody else, also later".to_owned();
        choices.push(choice("named", "user", "Only these contacts".into(), hint));
    }
    choices
}

pub(super) fn people(readers: &[Reader], form: &ShareForm) -> Vec<PersonShown> {
    let shown = readers.iter().map(|reader| {
        let id = reader.contact.to_string();
        PersonShown {
            initials: initials(&reader.name),
            hue: hue(&reader.name),
            name: reader.name.clone(),
            role: String::new(),
            ticked: form.contact.contains(&id),
            access: reader.sees == Sees::Yes,
            standing: reader.sees.text(),
            id,
        }
    });
    shown.collect()
}

/// Those who cannot see it, and whether they can be invited.
fn outside(readers: &[Reader]) -> Option<Outside> {
    let blind: Vec<&Reader> = readers.iter().filter(|one| one.sees != Sees::Yes).collect();
    let first = blind.first()?;
    let may: Vec<&&Reader> =
        blind.iter().filter(|one| one.sees.can_invite() && one.email.is_some()).collect();
    let lost: Vec<&str> = blind
        .iter()
        .filter(|one| one.sees.can_invite() && one.email.is_none())
        .map(|one| one.name.as_str())
        .collect();
    let ask = match may.as_slice() {
        [one] => format!("Invite {} too", one.name),
        _ => "Invite them too".to_owned(),
    };
    let cannot = if blind.len() == 1 {
        format!("cannot see it yet: {}.", first.sees.text())
    } else {
        "cannot see it yet: they have no access to the portal.".to_owned()
    };
    Some(Outside {
        names: list_of(&blind.iter().map(|one| one.name.as_str()).collect::<Vec<_>>()),
        cannot,
        ask,
        hint: "Those of them who are to see it get an e-mail with which they create their account.",
        may: !may.is_empty(),
        no_address: (!lost.is_empty())
            .then(|| format!("No e-mail address yet: {}. Add one to invite them.", list_of(&lost))),
    })
}

/// "A", "A and B", "A, B and 3 more".
pub(in crate::console) fn list_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

fn page(console: &Console, client: Id<Client>, form: Typed<ShareForm>) -> Result<SharePage> {
    let name = console.client(client)?.client.name.to_string();
    let ticks = form.values.ticks();
    let What { heading, about, it, .. } = what(console, client, &ticks.picked()?, "Share")?;
    let readers = console.readers(client)?;
    Ok(SharePage {
        back: ticks.back(client),
        path: format!("{}/share", base(client)),
        heading,
        about,
        it,
        note: "Contacts are told by e-mail of what is new to them.",
        audiences: audiences(&name, &readers),
        people: people(&readers, &form.values),
        outside: outside(&readers),
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

/// What was shared with whom, who was invited, and who cannot see it yet.
fn said(console: &Console, shared: &SharedFiles, firm_only: bool) -> Result<Flash> {
    let mut words = if firm_only {
        format!("{}: for your firm only.", shared.what)
    } else {
        format!("Shared with {}: {}.", shared.with, shared.what)
    };
    let invited = if shared.sent.is_empty() { None } else { Some(report(console, &shared.sent)?) };
    let blind: Vec<&str> = shared.cannot_see.iter().map(|one| one.name.as_str()).collect();
    if let Some(flash) = &invited {
        words.push(' ');
        words.push_str(&flash.text);
    }
    match shared.cannot_see.as_slice() {
        [] => {}
        [one] => words.push_str(&format!(" {} cannot see it yet: {}.", one.name, one.sees.text())),
        _ => words.push_str(&format!(" {} cannot see it yet.", list_of(&blind))),
    }
    Ok(match invited {
        Some(flash) => Flash { text: words, ..flash },
        None => Flash::ok(words),
    })
}
