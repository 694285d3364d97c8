//! What the templates of mails see: the firm, and what the letter says.

mod requests;

use jiff::Timestamp;
use requests::Line;
use serde::Serialize;

use super::Links;
use crate::model::firm::Firm;
use crate::model::link::Link;
use crate::model::outbox::Letter;
use crate::model::{Id, Sender};
use crate::values::text::{Piece, pieces};
use crate::values::{DateStyle, Zone, url_free, when};

/// A button's label is cut after so many characters: Outlook does not wrap it.
const LONGEST_LABEL: usize = 42;

/// Where contacts choose which mails they get.
const CONTACT_CHOOSES: &str = "/p/settings/notices";
/// The same for staff.
const STAFF_CHOOSE: &str = "/console/account/notices";

/// What stands in a preview where the link will be.
pub const NO_LINK_YET: &str = "(each mail gets a link of its own)";

/// The firm as the templates see it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Letterhead {
    pub(super) name: String,
    initial: String,
    url: String,
    host: String,
    join: String,
    fill: String,
    fill_dark: String,
    #[serde(skip)]
    zone: Zone,
    #[serde(skip)]
    style: DateStyle,
}

/// What the templates of all letters see; what a letter does not have is empty.
#[derive(Default, Serialize)]
pub(super) struct Facts<'a> {
    firm: Option<&'a Letterhead>,
    sender: Option<Asked>,
    buttons: Vec<Button>,
    first_name: String,
    client: String,
    sender_name: String,
    message: Vec<Vec<Vec<Piece>>>,
    message_text: String,
    expires: String,
    expires_full: String,
    has_login: bool,
    done: bool,
    old: String,
    new: String,
    contact: String,
    what: String,
    why: String,
    count: u32,
    clients: Vec<Counted>,
    names: Vec<String>,
    /// How many are not among the names.
    unnamed: usize,
    file: String,
    reason: String,
    mine: bool,
    daily: bool,
    lines: Vec<Line>,
    /// Where they choose which mails they get.
    choose: String,
}

/// How many files there are of one client, and what the first of them are called.
#[derive(Serialize)]
struct Counted {
    client: String,
    count: u32,
    names: Vec<String>,
    /// How many are not among them, where some are.
    more: usize,
}

/// Who answers questions.
#[derive(Serialize)]
struct Asked {
    name: String,
}

#[derive(Serialize)]
struct Button {
    name: String,
    label: String,
    width: usize,
    href: Option<String>,
    shown: String,
    code: Option<String>,
}

impl Button {
    fn new(label: String, href: Option<String>, shown: String) -> Self {
        let label = match label.chars().count() > LONGEST_LABEL {
            true => label.chars().take(LONGEST_LABEL - 1).chain(['…']).collect(),
            false => label,
        };
        // Outlook draws the box before it knows the text: nine pixels for a letter, and the padding.
        let width = (label.chars().count() * 9 + 56).min(440);
        Self { name: String::new(), label, width, href, shown, code: None }
    }

    /// A link without a secret.
    fn open(label: &str, href: String) -> Self {
        Self::new(label.into(), Some(href.clone()), href)
    }
}

impl Counted {
    /// The names are in the order of the clients, and end where there are enough.
    fn all(clients: &[(String, u32)], names: &[String]) -> Vec<Self> {
        let mut names = names.iter().map(|file| plain_file(file));
        let of = |(client, count): &(String, u32)| {
            let most = usize::try_from(*count).unwrap_or(usize::MAX);
            let names: Vec<_> = names.by_ref().take(most).collect();
            let more = if names.is_empty() { 0 } else { most - names.len() };
            Self { client: url_free(client), count: *count, names, more }
        };
        clients.iter().map(of).collect()
    }
}

impl Links<'_> {
    fn button(self, label: String, link: Id<Link>) -> Option<Button> {
        match self {
            Self::Real(links) => {
                let link = links.iter().find(|real| real.id == link)?;
                let url = link.url.expose().clone();
                let mut button = Button::new(label, Some(url.clone()), url);
                button.code = link.code.as_ref().map(|code| code.expose().clone());
                Some(button)
            }
            Self::Hidden => Some(Button::new(label, None, "(link hidden)".into())),
            Self::Preview => Some(Button::new(label, None, NO_LINK_YET.into())),
        }
    }
}

impl Letterhead {
    /// With colours that are worked out only here.
    pub(super) fn of(firm: &Firm) -> Self {
        let name = firm.name.to_string();
        let initial = name.chars().next().map(|first| first.to_uppercase().to_string());
        Self {
            initial: initial.unwrap_or_default(),
            name,
            url: firm.public_url.as_str().to_owned(),
            host: firm.public_url.authority().to_owned(),
            join: firm.public_url.join("/join"),
            fill: firm.accent.mail_fill(),
            fill_dark: firm.accent.mail_fill_dark(),
            zone: firm.zone.clone(),
            style: firm.date_style,
        }
    }

    /// A mail is read at any time, so its dates have their year.
    fn when(&self) -> when::When<'_> {
        when::When { now: Timestamp::UNIX_EPOCH, zone: self.zone.tz(), style: self.style }
    }

    /// Everything the templates of this letter may say.
    #[expect(clippy::too_many_lines, reason = "one arm for each letter")]
    pub(super) fn facts<'a>(
        &'a self,
        letter: &Letter,
        sender: Option<&Sender>,
        links: Links<'_>,
    ) -> Facts<'a> {
        let facts = Facts {
            firm: Some(self),
            sender: sender.map(|sender| Asked { name: url_free(&sender.name) }),
            buttons: self.buttons(letter, links),
            ..Facts::default()
        };
        let name = |name: &str| url_free(name);
        match letter {
            Letter::Invite { first_name, client, sender, message, expires, has_login, .. } => {
                Facts {
                    client: name(client),
                    has_login: *has_login,
                    ..self.invited(facts, first_name, sender, message, *expires)
                }
            }
            Letter::StaffInvite { name: first_name, sender, message, expires, .. } => {
                self.invited(facts, first_name, sender, message, *expires)
            }
            Letter::Reset { links, expires } => {
                let only = match links.as_slice() {
                    [(only, _)] => name(only),
                    _ => String::new(),
                };
                self.until(Facts { first_name: only, ..facts }, *expires)
            }
            Letter::VerifyAddress { first_name, expires, .. } => {
                self.until(Facts { first_name: name(first_name), ..facts }, *expires)
            }
            Letter::NoAccess { first_name } | Letter::PasswordChanged { first_name } => {
                Facts { first_name: name(first_name), ..facts }
            }
            Letter::AddressChanged { first_name, old, new, done } => Facts {
                done: *done,
                first_name: name(first_name),
                old: old.to_string(),
                new: new.to_string(),
                ..facts
            },
            Letter::InviteAccepted { first_name, contact, client, .. } => {
                let (first_name, contact, client) = (name(first_name), name(contact), name(client));
                Facts { first_name, contact, client, ..facts }
            }
            Letter::InviteBounced { first_name, contact, client, why, .. } => {
                let (first_name, contact, client) = (name(first_name), name(contact), name(client));
                Facts { first_name, contact, client, why: why.clone(), ..facts }
            }
            Letter::BackupTrouble { first_name, what, why, .. } => Facts {
                first_name: name(first_name),
                what: what.clone(),
                why: why.clone(),
                ..facts
            },
            Letter::CertificateTrouble { first_name, what, why, done, .. } => Facts {
                first_name: name(first_name),
                what: what.clone(),
                why: why.clone(),
                done: *done,
                ..facts
            },
            Letter::NewFiles { .. }
            | Letter::NewUploads { .. }
            | Letter::UploadRejected { .. }
            | Letter::UploadInfected { .. } => self.of_files(facts, letter),
            Letter::RequestNews { .. }
            | Letter::RequestReminder { .. }
            | Letter::FromClients { .. }
            | Letter::RequestsOverdue { .. } => self.of_requests(facts, letter),
        }
    }

    fn choose(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    /// What the letters about files say.
    fn of_files<'a>(&self, facts: Facts<'a>, letter: &Letter) -> Facts<'a> {
        let name = |name: &str| url_free(name);
        let unnamed = |count: u32, names: &[String]| {
            usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(names.len())
        };
        match letter {
            Letter::NewFiles { first_name, client, count, names, daily, .. } => Facts {
                first_name: name(first_name),
                client: name(client),
                count: *count,
                unnamed: unnamed(*count, names),
                names: names.iter().map(|file| plain_file(file)).collect(),
                daily: *daily,
                choose: self.choose(CONTACT_CHOOSES),
                ..facts
            },
            Letter::NewUploads { first_name, count, clients, names, daily } => Facts {
                first_name: name(first_name),
                count: *count,
                clients: Counted::all(clients, names),
                daily: *daily,
                choose: self.choose(STAFF_CHOOSE),
                ..facts
            },
            Letter::UploadRejected { first_name, client, name: file, reason, .. } => Facts {
                first_name: name(first_name),
                client: name(client),
                file: file.as_deref().map(plain_file).unwrap_or_default(),
                reason: reason.as_deref().map(name).unwrap_or_default(),
                ..facts
            },
            Letter::UploadInfected { first_name, client, name: file, what, by, mine, .. } => {
                Facts {
                    first_name: name(first_name),
                    client: name(client),
                    file: file.as_deref().map(plain_file).unwrap_or_default(),
                    what: name(what),
                    contact: name(by),
                    mine: *mine,
                    ..facts
                }
            }
            _ => facts,
        }
    }

    fn invited<'a>(
        &self,
        facts: Facts<'a>,
        first_name: &str,
        sender: &str,
        message: &str,
        expires: Timestamp,
    ) -> Facts<'a> {
        let facts = Facts {
            first_name: url_free(first_name),
            sender_name: url_free(sender),
            message: paragraphs(message),
            message_text: message.trim().to_owned(),
            ..facts
        };
        self.until(facts, expires)
    }

    fn until<'a>(&self, facts: Facts<'a>, expires: Timestamp) -> Facts<'a> {
        let (expires, expires_full) = (self.when().day(expires), self.when().full(expires));
        Facts { expires, expires_full, ..facts }
    }

    /// One button, but for a mailbox that several people share.
    fn buttons(&self, letter: &Letter, links: Links<'_>) -> Vec<Button> {
        let open = |label: &str, path: &str| {
            let slash = if path.starts_with('/') { "" } else { "/" };
            Some(Button::open(label, format!("{}{slash}{path}", self.url)))
        };
        let one = match letter {
            Letter::Invite { link, client, has_login: true, .. } => {
                links.button(format!("Log in to add {}", url_free(client)), *link)
            }
            Letter::Invite { link, .. } | Letter::StaffInvite { link, .. } => {
                links.button("Create account".into(), *link)
            }
            Letter::Reset { links: people, .. } => {
                let several = people.len() > 1;
                let of = |(name, link): &(String, Id<Link>)| {
                    let mut button = links.button("Choose a new password".into(), *link)?;
                    button.name = if several { url_free(name) } else { String::new() };
                    Some(button)
                };
                return people.iter().filter_map(of).collect();
            }
            Letter::VerifyAddress { link, .. } => {
                links.button("Confirm this address".into(), *link)
            }
            Letter::NoAccess { .. } => None,
            Letter::PasswordChanged { .. } | Letter::AddressChanged { .. } => {
                open("Choose a new password", "/forgot")
            }
            Letter::InviteAccepted { path, .. } => open("Open the console", path),
            Letter::InviteBounced { path, .. } => open("Correct the address", path),
            Letter::BackupTrouble { path, .. } => open("See the backups", path),
            Letter::CertificateTrouble { path, .. } => open("See the certificate", path),
            Letter::NewFiles { path, .. } => open("See the files", path),
            Letter::NewUploads { .. } => open("Open the Inbox", "/console/inbox"),
            Letter::UploadRejected { path, .. } | Letter::UploadInfected { path, .. } => {
                open("See the file", path)
            }
            Letter::RequestNews { path, .. }
            | Letter::RequestReminder { path, .. }
            | Letter::FromClients { path, .. }
            | Letter::RequestsOverdue { path, .. } => open(requests::label(letter), path),
        };
        one.into_iter().collect()
    }
}

/// The name of a file without its full stops, of which a mail program might make a link: "Return 2025 (PDF)".
fn plain_file(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, kind))
            if !stem.is_empty() && kind.bytes().all(|c| c.is_ascii_alphanumeric()) =>
        {
            format!("{} ({})", url_free(stem), kind.to_uppercase())
        }
        _ => url_free(name),
    }
}

/// What somebody wrote: paragraphs of lines, with their links found.
fn paragraphs(message: &str) -> Vec<Vec<Vec<Piece>>> {
    let blocks = message.trim().split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.map(|block| block.lines().map(pieces).collect()).collect()
}
