//! Whom files are shown to: what one can choose from, and who of them cannot see anything yet. No page of its own.

use serde::Serialize;

use super::sharing::ShareForm;
use crate::console::invites::list_of;
use crate::model::client::Client;
use crate::model::{Id, Reader, Sees};
use crate::values::{hue, initials};

/// A choice of who sees something.
#[derive(Serialize)]
pub(super) struct AudienceChoice {
    value: &'static str,
    icon: &'static str,
    label: String,
    hint: String,
}

/// What one can choose from.
pub(super) fn audiences(client: &str, people: &[Reader]) -> Vec<AudienceChoice> {
    let everyone = match people.len() {
        0 => "There are no contacts yet; whoever is added later".to_owned(),
        1 => format!("{}, and whoever is added later", people[0].name),
        many => format!("{many} contacts now, and whoever is added later"),
    };
    let choice =
        |value, icon, label: String, hint: String| AudienceChoice { value, icon, label, hint };
    let firm = format!("Nobody at {client}");
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

/// A contact to tick.
#[derive(Serialize)]
pub(super) struct PersonShown {
    id: String,
    name: String,
    initials: String,
    hue: u8,
    ticked: bool,
    /// Nothing for whoever has access. Else what helps: "invite", "address", or "none" for time alone.
    helps: &'static str,
    standing: &'static str,
    /// Where an address is added, for whoever needs one to be invited.
    add_address: Option<String>,
}

pub(super) fn people(client: Id<Client>, readers: &[Reader], form: &ShareForm) -> Vec<PersonShown> {
    let shown = readers.iter().map(|reader| {
        let id = reader.contact.to_string();
        let helps = helps(reader);
        PersonShown {
            initials: initials(&reader.name),
            hue: hue(&reader.name),
            name: reader.name.clone(),
            ticked: form.contact.contains(&id),
            standing: reader.sees.text(),
            add_address: (helps == "address").then(|| add_address(client, reader)),
            helps,
            id,
        }
    });
    shown.collect()
}

fn helps(reader: &Reader) -> &'static str {
    match reader.sees {
        Sees::Yes => "",
        sees if !sees.can_invite() => "none",
        _ if reader.email.is_none() => "address",
        _ => "invite",
    }
}

fn add_address(client: Id<Client>, reader: &Reader) -> String {
    format!("/console/clients/{client}/contacts/{}/email", reader.contact)
}

/// Those who cannot see anything yet, and the offer to invite them.
#[derive(Serialize)]
pub(super) struct Outside {
    /// All of them, for what everyone is to see.
    everyone: Blind,
    /// Those who are ticked.
    named: Option<Blind>,
    /// The ids of those who are named, so that whoever saves it has seen their names.
    asked: Vec<String>,
    /// Whether anybody of them can be invited.
    may: bool,
    no_address: Vec<NoAddress>,
    /// Whether somebody pressed the button before they were named.
    pub(super) asks: bool,
}

/// Some who cannot see anything yet.
#[derive(Serialize)]
struct Blind {
    names: String,
    /// After their names: "cannot see it yet: …".
    cannot: String,
    /// "Invite Daniel Marlow too".
    ask: String,
}

#[derive(Serialize)]
struct NoAddress {
    name: String,
    href: String,
}

impl Blind {
    fn of(blind: &[&Reader]) -> Option<Self> {
        let names = |readers: &[&Reader]| {
            list_of(&readers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>())
        };
        let may: Vec<&Reader> =
            blind.iter().copied().filter(|one| helps(one) == "invite").collect();
        let cannot = match blind {
            [] => return None,
            [one] => format!("cannot see it yet: {}.", one.sees.text()),
            _ => "cannot see it yet: they have no access.".to_owned(),
        };
        let ask = match may.as_slice() {
            [] => "Invite them too".to_owned(),
            some => format!("Invite {} too", names(some)),
        };
        Some(Self { names: names(blind), cannot, ask })
    }
}

/// Those who cannot see it, and whether they can be invited.
pub(super) fn outside(client: Id<Client>, readers: &[Reader], form: &ShareForm) -> Option<Outside> {
    let blind: Vec<&Reader> = readers.iter().filter(|one| one.sees != Sees::Yes).collect();
    let named: Vec<&Reader> = match form.audience.as_str() {
        "named" => {
            let ticked = |one: &&Reader| form.contact.contains(&one.contact.to_string());
            blind.iter().copied().filter(ticked).collect()
        }
        _ => vec![],
    };
    let lost = blind.iter().filter(|one| helps(one) == "address");
    let lost = lost.map(|one| NoAddress { name: one.name.clone(), href: add_address(client, one) });
    Some(Outside {
        everyone: Blind::of(&blind)?,
        asked: named.iter().map(|one| one.contact.to_string()).collect(),
        named: Blind::of(&named),
        may: blind.iter().any(|one| helps(one) == "invite"),
        no_address: lost.collect(),
        asks: false,
    })
}

/// Whether somebody is named who needs an invite, and was not spoken of when the button was pressed.
pub(super) fn unasked(readers: &[Reader], form: &ShareForm) -> bool {
    form.audience == "named"
        && form.invite.is_empty()
        && readers.iter().any(|one| {
            let id = one.contact.to_string();
            one.sees.can_invite() && form.contact.contains(&id) && !form.asked.contains(&id)
        })
}

/// Says of files that were added who of those who are to see them cannot yet, and leads to the invites.
#[derive(Serialize)]
pub(super) struct Reminder {
    text: String,
    /// Where they are invited; none where that would not help.
    invite: Option<String>,
    label: &'static str,
}

impl Reminder {
    /// Whether an invite helps anybody of them.
    pub(super) const fn invites(&self) -> bool {
        self.invite.is_some()
    }

    /// `what` is "it", "them", or whatever else they cannot see.
    pub(super) fn of(blind: &[Reader], what: &str, invite: String) -> Option<Self> {
        let names: Vec<&str> = blind.iter().map(|one| one.name.as_str()).collect();
        let text = match blind {
            [] => return None,
            [one] => format!("{} cannot see {what} yet: {}.", one.name, one.sees.text()),
            _ => format!("{} cannot see {what} yet.", list_of(&names)),
        };
        let may = blind.iter().filter(|one| one.sees.can_invite()).count();
        let label = match may {
            1 => "Invite",
            _ => "Invite them",
        };
        Some(Self { text, invite: (may > 0).then_some(invite), label })
    }
}
