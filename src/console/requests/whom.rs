//! Who is asked: the contacts of a client with whether they can see it, as the editor, the page that sends and the request
//! itself name them. No page of its own.

use serde::Serialize;

use crate::model::client::Client;
use crate::model::{Id, Reader, Sees};
use crate::values::{hue, initials};

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
    /// What helps: "invite" or "address"; nothing if there is nothing to help, or nothing that does.
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
