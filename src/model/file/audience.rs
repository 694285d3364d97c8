//! Who sees a file: the rule, what may be chosen, and how it is said.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Audience, Author, Because, File, Review};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::invite::InviteState;
use crate::model::inviting::latest;
use crate::model::membership::{Access, Membership, tie};
use crate::values::{Email, When, sort_key};
use jiff::Timestamp;

/// A contact of a client, and whether they can see its files, or its requests, at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Who.
    pub contact: Id<Contact>,
    /// Their name.
    pub name: String,
    /// Where an invite would go.
    pub email: Option<Email>,
    /// Whether what is shown to them reaches them.
    pub sees: Sees,
}

/// Whether a contact can see what is shown to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sees {
    /// They can.
    Yes,
    /// Nobody has invited them, or the invite was taken back.
    NotInvited,
    /// They have an invite that they have not accepted yet.
    Invited,
    /// Their access was removed.
    Removed,
    /// Files is closed to them, whether they have access or not.
    NoFiles,
    /// Requests is closed to them, whether they have access or not.
    NoRequests,
    /// The client is inactive, so its portal is closed.
    Inactive,
    /// They had an invite, which has ended by itself.
    Expired,
}

impl Sees {
    /// Why not, after their name: "was not invited yet".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Yes => "can see it",
            Self::NotInvited => "was not invited yet",
            Self::Invited => "was invited, and has not created an account yet",
            Self::Removed => "has no access any more",
            Self::NoFiles => "has no access to Files",
            Self::NoRequests => "has no access to Requests",
            Self::Expired => "has an invite that has expired",
            Self::Inactive => "belongs to an inactive client, whose portal is closed",
        }
    }

    /// Whether an invite would help.
    #[must_use]
    pub const fn can_invite(self) -> bool {
        matches!(self, Self::NotInvited | Self::Removed | Self::Expired)
    }

    /// Whether what is sent to many may bring an invite along. Whose access staff have removed is invited by name only.
    #[must_use]
    pub const fn can_invite_along(self) -> bool {
        matches!(self, Self::NotInvited | Self::Expired)
    }
}

/// What somebody looks at: each contact has access to some of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Area {
    Files,
    Requests,
    /// Requests that files of the firm belong to.
    RequestsWithFiles,
}

/// The contacts of a client, by name.
pub(in crate::model) struct Circle {
    client: Client,
    pub(in crate::model) readers: Vec<Reader>,
}

impl Circle {
    /// With whether they can see its files.
    pub(super) fn of(r: &impl Records, client: Client, now: Timestamp) -> Result<Self> {
        Self::for_area(r, client, Area::Files, now)
    }

    /// With whether they can see what is in an area.
    pub(in crate::model) fn for_area(
        r: &impl Records,
        client: Client,
        area: Area,
        now: Timestamp,
    ) -> Result<Self> {
        let mut readers = Vec::new();
        for tie in r.by::<Membership>("membership.client", client.id, usize::MAX)? {
            let contact: Contact = r.need(tie.contact)?;
            let sees = sees(r, &client, &tie, area, now)?;
            let (name, email) = (contact.full_name(), contact.primary().cloned());
            readers.push(Reader { contact: contact.id, name, email, sees });
        }
        readers.sort_by_cached_key(|reader| sort_key(&reader.name));
        Ok(Self { client, readers })
    }

    /// Those whom an audience means.
    pub(in crate::model) fn meant(&self, audience: &Audience) -> impl Iterator<Item = &Reader> {
        let (all, named): (bool, HashSet<_>) = match audience {
            Audience::Firm => (false, HashSet::new()),
            Audience::Everyone => (true, HashSet::new()),
            Audience::Named(named) => (false, named.iter().copied().collect()),
        };
        self.readers.iter().filter(move |reader| all || named.contains(&reader.contact))
    }

    /// Those of an audience who cannot see it yet.
    pub(in crate::model) fn cannot_see(&self, audience: &Audience) -> Vec<Reader> {
        self.meant(audience).filter(|reader| reader.sees != Sees::Yes).cloned().collect()
    }

    /// Who sees a file.
    pub(super) fn seen(&self, file: &File) -> Seen {
        let uploader = file.by.contact().and_then(|contact| self.reader(contact));
        let mut seen = self.seen_as(&file.audience, &file.because, &file.by);
        seen.uploader = uploader.cloned();
        if let Some(Review::Rejected { by, at, .. }) = &file.review {
            seen.rejected = Some((by.name.clone(), *at));
        }
        seen
    }

    /// Who sees what staff add to a folder.
    pub(super) fn seen_in(&self, folder: &Folder) -> Seen {
        Seen { folder: true, ..self.seen_as(&folder.audience, &Because::Added, &folder.by) }
    }

    fn seen_as(&self, audience: &Audience, because: &Because, by: &Author) -> Seen {
        Seen {
            everyone: *audience == Audience::Everyone,
            readers: self.meant(audience).cloned().collect(),
            because: because.clone(),
            by: by.clone(),
            client: self.client.name.to_string(),
            uploader: None,
            rejected: None,
            folder: false,
        }
    }

    pub(super) fn reader(&self, contact: Id<Contact>) -> Option<&Reader> {
        self.readers.iter().find(|reader| reader.contact == contact)
    }
}

fn sees(
    r: &impl Records,
    client: &Client,
    tie: &Membership,
    area: Area,
    now: Timestamp,
) -> Result<Sees> {
    if !client.active {
        return Ok(Sees::Inactive);
    }
    // Said first: no invite would help.
    match area {
        Area::Requests | Area::RequestsWithFiles if !tie.areas.requests => {
            return Ok(Sees::NoRequests);
        }
        Area::Files | Area::RequestsWithFiles if !tie.areas.files => return Ok(Sees::NoFiles),
        Area::Files | Area::Requests | Area::RequestsWithFiles => {}
    }
    if tie.has_access() {
        return Ok(Sees::Yes);
    }
    let pending = latest(r, tie.id)?.filter(|invite| invite.state == InviteState::Pending);
    if let Some(invite) = pending {
        return Ok(if invite.expired_at(now) { Sees::Expired } else { Sees::Invited });
    }
    Ok(match tie.access {
        Access::Removed { .. } => Sees::Removed,
        Access::None | Access::Given { .. } => Sees::NotInvited,
    })
}

/// Who sees something, and why. [`Seen::sentence`] is the one place that says it.
#[derive(Clone, Debug)]
pub struct Seen {
    everyone: bool,
    readers: Vec<Reader>,
    because: Because,
    by: Author,
    client: String,
    uploader: Option<Reader>,
    rejected: Option<(String, Timestamp)>,
    folder: bool,
}

impl Seen {
    /// Those who see it by name: each once.
    fn people(&self) -> Vec<&Reader> {
        let mut people: BTreeMap<Id<Contact>, &Reader> = BTreeMap::new();
        if self.rejected.is_none() && !self.everyone {
            people.extend(self.readers.iter().map(|reader| (reader.contact, reader)));
        }
        people.extend(self.uploader.iter().map(|reader| (reader.contact, reader)));
        people.into_values().collect()
    }

    /// For a list: "Firm only", "Everyone", "Naomi Marlow", "2 contacts".
    #[must_use]
    pub fn short(&self) -> String {
        if self.everyone && self.rejected.is_none() {
            return "Everyone".into();
        }
        match self.people().as_slice() {
            [] => "Firm only".into(),
            [one] => one.name.clone(),
            several => format!("{} contacts", several.len()),
        }
    }

    /// The icon beside [`Seen::short`].
    #[must_use]
    pub fn icon(&self) -> &'static str {
        if self.everyone && self.rejected.is_none() {
            return "users";
        }
        if self.people().is_empty() { "lock" } else { "user" }
    }

    /// Those of the audience who cannot see it yet.
    pub fn waiting(&self) -> impl Iterator<Item = &Reader> {
        let rejected = self.rejected.is_some();
        self.readers.iter().filter(move |reader| !rejected && reader.sees != Sees::Yes)
    }

    /// "Visible to everyone at Alder Ltd, because Sam Finch chose it on 3 Nov."
    #[must_use]
    pub fn sentence(&self, when: &When<'_>) -> String {
        let uploader = self.uploader.as_ref().map(|reader| &reader.name);
        if let (Some((by, at)), Some(name)) = (&self.rejected, uploader) {
            let day = when.short_day(*at);
            return format!("Visible to {name}, who added it, because {by} rejected it on {day}.");
        }
        let whom = if self.everyone {
            Some(format!("everyone at {}", self.client))
        } else {
            let names: Vec<&str> = self.readers.iter().map(|reader| reader.name.as_str()).collect();
            (!names.is_empty()).then(|| listed(&names))
        };
        let why = self.why(when);
        let said = match (&whom, uploader) {
            (None, Some(name)) => return format!("Visible to {name}, because they added it."),
            (None, None) if self.folder => "Internal to the firm: what staff add here".into(),
            (None, None) => format!("Internal to the firm, because {why}"),
            (Some(whom), _) if self.folder => format!("Visible to {whom}: what staff add here"),
            (Some(whom), Some(name)) if !self.everyone && !self.means(name) => {
                format!("Visible to {whom}, because {why}, and to {name}, who added it")
            }
            (Some(whom), _) => format!("Visible to {whom}, because {why}"),
        };
        let waiting: Vec<&str> = self.waiting().map(|reader| reader.name.as_str()).collect();
        match waiting.as_slice() {
            [] => format!("{said}."),
            [one, two, three, rest @ ..] if !rest.is_empty() => {
                let others = rest.len();
                let noun = if others == 1 { "other" } else { "others" };
                format!("{said}. {one}, {two}, {three} and {others} {noun} cannot see it yet.")
            }
            names => format!("{said}. {} cannot see it yet.", listed(names)),
        }
    }

    fn means(&self, name: &str) -> bool {
        self.readers.iter().any(|reader| reader.name == name)
    }

    fn why(&self, when: &When<'_>) -> String {
        match &self.because {
            Because::Added => format!("{} chose it when adding it", self.by.name),
            Because::Chosen { by, at } => {
                format!("{} chose it on {}", by.name, when.short_day(*at))
            }
            Because::Request { title, by, at } => {
                let day = when.short_day(*at);
                let did = if by.contact().is_some() { "handed it in for" } else { "sent it with" };
                format!("{} {did} the request “{title}” on {day}", by.name)
            }
            Because::Folder { name, by, at } => {
                let day = when.short_day(*at);
                format!("{} chose it for the folder “{name}” on {day}", by.name)
            }
        }
    }
}

/// "Ann, Ben and Cy".
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).into(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// An audience as it is stored: contacts of this client, each once.
pub(in crate::model) fn check_audience(
    r: &impl Records,
    client: Id<Client>,
    audience: Audience,
) -> Result<Audience> {
    let Audience::Named(mut contacts) = audience else { return Ok(audience) };
    contacts.sort_unstable();
    contacts.dedup();
    if contacts.is_empty() {
        return Err(Error::field("audience", "Choose who is to see it"));
    }
    for contact in &contacts {
        tie(r, client, *contact)?;
    }
    Ok(Audience::Named(contacts))
}

/// Who sees what staff add to a folder, unless they choose otherwise.
pub(in crate::model) fn default_audience(folder: Option<&Folder>) -> Audience {
    folder.map_or(Audience::Firm, |folder| folder.audience.clone())
}

/// With whom something is shared, for the activity: "everyone at Alder Ltd".
pub(in crate::model) fn with_whom(
    r: &impl Records,
    client: &Client,
    audience: &Audience,
) -> Result<String> {
    Ok(match audience {
        Audience::Firm => "the firm only".into(),
        Audience::Everyone => format!("everyone at {}", client.name),
        Audience::Named(contacts) => {
            let mut names = Vec::new();
            for contact in contacts {
                names.extend(r.get(*contact)?.map(|contact: Contact| contact.full_name()));
            }
            listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
        }
    })
}

/// Changes who sees a file, and says whether that is another than before.
pub(in crate::model) fn set_audience(
    tx: &mut Write<'_, '_>,
    file: File,
    audience: &Audience,
    because: Because,
) -> Result<bool> {
    if file.audience == *audience {
        return Ok(false);
    }
    let new = File { audience: audience.clone(), because, ..file.clone() };
    tx.put(&new)?;
    tx.tell_contacts_of_file(&new, Some(&file))?;
    Ok(true)
}

impl Console {
    /// All contacts of a client by name, with whether they can see files: for the dialog that shares.
    pub fn readers(&self, client: Id<Client>) -> Result<Vec<Reader>> {
        self.read(|r| Ok(Circle::of(r, r.need(client)?, self.now())?.readers))
    }

    /// Those of an audience who cannot see yet what would be shared with them.
    pub fn cannot_see(&self, client: Id<Client>, audience: &Audience) -> Result<Vec<Reader>> {
        self.read(|r| {
            let audience = check_audience(r, client, audience.clone())?;
            Ok(Circle::of(r, r.need(client)?, self.now())?.cannot_see(&audience))
        })
    }
}
