//! Who is asked: the contacts of a client with whether they can see it, as the editors, the page that sends and the request
//! itself name them. No page of its own.

use serde::Serialize;

use super::fields::Posted;
use crate::error::{Check, Result};
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::Audience;
use crate::model::{Console, Id, Reader, Sees};
use crate::values::{hue, initials};

/// Who is asked, as an editor has it.
#[derive(Clone, Default, Serialize)]
pub(super) struct WhomForm {
    /// "everyone" or "named".
    audience: String,
    contact: Vec<String>,
}

impl WhomForm {
    pub(super) fn of(audience: &Audience) -> Self {
        let (audience, contact) = match audience {
            Audience::Firm => ("", vec![]),
            Audience::Everyone => ("everyone", vec![]),
            Audience::Named(named) => ("named", named.iter().map(ToString::to_string).collect()),
        };
        Self { audience: audience.into(), contact }
    }

    pub(super) fn posted(posted: &Posted) -> Self {
        Self { audience: posted.word("audience").into(), contact: posted.all("contact").to_vec() }
    }

    pub(super) fn read(&self, check: &mut Check) -> Option<Audience> {
        let contacts: Result<Vec<Id<Contact>>, _> =
            self.contact.iter().map(|id| id.parse()).collect();
        let audience = match (self.audience.as_str(), contacts) {
            ("everyone", _) => Ok(Audience::Everyone),
            ("named", Ok(contacts)) if !contacts.is_empty() => Ok(Audience::Named(contacts)),
            ("named", _) => Err("Tick the contacts who are asked"),
            _ => Err("Choose who is asked"),
        };
        check.take("audience", audience)
    }
}

/// Who can be asked, as an editor shows them.
#[derive(Serialize)]
pub(super) struct WhomShown {
    /// Whom "everyone" means.
    everyone: String,
    people: Vec<PersonShown>,
}

impl WhomShown {
    pub(super) fn of(console: &Console, client: Id<Client>, form: &WhomForm) -> Result<Self> {
        let readers = console.asked(client)?;
        let people = readers.iter().map(|reader| {
            let ticked = form.contact.contains(&reader.contact.to_string());
            PersonShown::of(client, reader, ticked)
        });
        let everyone = match readers.len() {
            0 => "There are no contacts yet; whoever is added later".into(),
            1 => "The one contact there is, and whoever is added later".into(),
            many => format!("{many} contacts now, and whoever is added later"),
        };
        Ok(Self { everyone, people: people.collect() })
    }
}

/// A contact, and whether they can see it.
#[derive(Serialize)]
pub(super) struct PersonShown {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    ticked: bool,
    sees: bool,
    /// "was not invited yet".
    standing: &'static str,
    /// What helps: "invite", "address" or "areas"; nothing if there is nothing to help, or nothing that does.
    helps: &'static str,
    /// Sending invites them, if it is to.
    along: bool,
    /// Their access was removed: they are invited by name only.
    removed: bool,
    /// They have an invite, which may have got lost.
    pending: bool,
    href: String,
}

impl PersonShown {
    pub(super) fn of(client: Id<Client>, reader: &Reader, ticked: bool) -> Self {
        let helps = helps(reader);
        let contacts = format!("/console/clients/{client}/contacts");
        let id = reader.contact;
        Self {
            id: id.to_string(),
            initials: initials(&reader.name),
            hue: hue(&reader.name),
            name: reader.name.clone(),
            ticked,
            sees: reader.sees == Sees::Yes,
            along: helps == "invite" && reader.sees.can_invite_along(),
            removed: reader.sees == Sees::Removed,
            pending: reader.sees == Sees::Invited,
            standing: reader.sees.text(),
            href: match helps {
                "address" => format!("{contacts}/{id}/email"),
                "invite" => format!("{contacts}/{id}/invite"),
                "areas" => format!("{contacts}/{id}/areas"),
                _ => format!("{contacts}#{id}"),
            },
            helps,
        }
    }

    /// Whether sending can invite them.
    pub(super) fn can_be_invited(&self) -> bool {
        self.along
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn sees(&self) -> bool {
        self.sees
    }
}

fn helps(reader: &Reader) -> &'static str {
    match (reader.sees.can_invite(), &reader.email) {
        (false, _) if matches!(reader.sees, Sees::NoRequests | Sees::NoFiles) => "areas",
        (false, _) => "",
        (true, None) => "address",
        (true, Some(_)) => "invite",
    }
}

/// "A", "A and B", "A, B and C".
pub(super) fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
