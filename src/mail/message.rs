//! The words of a mail: its letter, filled into the three templates of its kind, with the firm's name and colour.
//!
//! Rendering is the same whether a mail is sent, previewed or looked at in the outbox; only [`Links`] differ, so that a
//! secret is in none but the one that leaves.

use std::ops::Deref;

use jiff::Timestamp;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::mime::Draft;
use super::smtp::Envelope;
use super::wrap;
use crate::error::Result;
use crate::http::pages::Templates;
use crate::model::Id;
use crate::model::firm::Firm;
use crate::model::link::Link;
use crate::model::outbox::{Letter, Mail};
use crate::model::{MailLink, Ready, Sender};
use crate::values::text::{Piece, pieces};
use crate::values::{DateStyle, Email, Zone, url_free, when};

/// A button's label is cut after so many characters: Outlook does not wrap it.
const LONGEST_LABEL: usize = 42;

/// A mail in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain part, its long lines not wrapped yet.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Rendered {
    /// The plain part as it is sent: no line is longer than 78 characters, but for links.
    #[must_use]
    pub fn wrapped_text(&self) -> String {
        wrap::wrap(&self.text).replace("\r\n", "\n")
    }
}

/// Subject and plain part of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// Its long lines not wrapped.
    pub text: String,
}

/// What stands where a mail has its secret links and codes.
#[derive(Clone, Copy, Debug)]
pub enum Links<'a> {
    /// The real ones: for the mail that leaves.
    Real(&'a [MailLink]),
    /// "(link hidden)": for whoever looks at it in the outbox. Buttons lead nowhere.
    Hidden,
    /// That each mail gets its own: for the preview of one that is not written yet. Buttons lead nowhere.
    Preview,
}

/// What stands in a preview where the link will be.
pub const NO_LINK_YET: &str = "(each mail gets a link of its own)";

/// The mail one recipient would get, in words. Its link does not exist before it is sent.
pub fn preview(templates: &Templates, firm: &Firm, letter: &Letter) -> Result<Words> {
    Writer::new(templates, firm).words(letter, None, Links::Preview)
}

/// Writes mails of one firm. Make it once for many: colours and dates are worked out only here.
pub struct Writer<T> {
    templates: T,
    firm: Letterhead,
    zone: Zone,
    style: DateStyle,
}

/// The firm as the templates see it.
#[derive(Clone, Debug, Serialize)]
struct Letterhead {
    name: String,
    initial: String,
    url: String,
    host: String,
    join: String,
    fill: String,
    fill_dark: String,
}

/// What the templates of all letters see; what a letter does not have is empty.
#[derive(Default, Serialize)]
struct Facts<'a> {
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
    why: String,
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

impl<T: Deref<Target = Templates>> Writer<T> {
    /// With the firm's name, colour and dates.
    pub fn new(templates: T, firm: &Firm) -> Self {
        let name = firm.name.to_string();
        let initial = name.chars().next().map(|first| first.to_uppercase().to_string());
        let firm_view = Letterhead {
            initial: initial.unwrap_or_default(),
            name,
            url: firm.public_url.as_str().to_owned(),
            host: firm.public_url.authority().to_owned(),
            join: firm.public_url.join("/join"),
            fill: firm.accent.mail_fill(),
            fill_dark: firm.accent.mail_fill_dark(),
        };
        Self { templates, firm: firm_view, zone: firm.zone.clone(), style: firm.date_style }
    }

    /// All three parts.
    pub fn write(
        &self,
        letter: &Letter,
        sender: Option<&Sender>,
        links: Links<'_>,
    ) -> Result<Rendered> {
        let facts = Value::from(Serde(&self.facts(letter, sender, links)));
        let subject = self.subject_line(letter, facts.clone())?;
        let facts = context! { subject => &subject, ..facts };
        let text = tidy(&self.part(letter, "body.txt", facts.clone())?);
        let html = self.part(letter, "body.html", facts)?;
        Ok(Rendered { subject, text, html })
    }

    /// Subject and plain part.
    pub fn words(
        &self,
        letter: &Letter,
        sender: Option<&Sender>,
        links: Links<'_>,
    ) -> Result<Words> {
        let facts = Value::from(Serde(&self.facts(letter, sender, links)));
        let subject = self.subject_line(letter, facts.clone())?;
        let text = tidy(&self.part(letter, "body.txt", facts)?);
        Ok(Words { subject, text })
    }

    /// The subject alone, for lists.
    pub fn subject(&self, letter: &Letter) -> Result<String> {
        self.subject_line(letter, Value::from(Serde(&self.facts(letter, None, Links::Hidden))))
    }

    fn subject_line(&self, letter: &Letter, facts: Value) -> Result<String> {
        let subject = self.part(letter, "subject.txt", facts)?;
        Ok(subject.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The mail as it goes over the wire.
    pub fn envelope(&self, ready: &Ready, from: &Email) -> Result<Envelope> {
        let (mail, sender) = (&ready.mail, ready.sender.as_ref());
        let rendered = self.write(&mail.letter, sender, Links::Real(&ready.links))?;
        Ok(Envelope {
            from: from.to_string(),
            to: mail.to.to_string(),
            body: self.draft(mail, sender, from, rendered).to_bytes(),
        })
    }

    /// The mail with its headers. A mail keeps its Message-ID and date at every try.
    pub fn draft(
        &self,
        mail: &Mail,
        sender: Option<&Sender>,
        from: &Email,
        rendered: Rendered,
    ) -> Draft {
        Draft {
            from_name: self.from_name(sender),
            from: from.to_string(),
            reply_to: sender.map(|sender| (sender.name.clone(), sender.email.to_string())),
            to_name: url_free(&mail.to_name),
            to: mail.to.to_string(),
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            message_id: format!("{}@{}", mail.id, domain(from)),
            date: mail.made,
            auto: true,
        }
    }

    /// "Priya Nair at Alder & Finch".
    pub fn from_name(&self, sender: Option<&Sender>) -> String {
        match sender {
            Some(sender) => format!("{} at {}", url_free(&sender.name), self.firm.name),
            None => self.firm.name.clone(),
        }
    }

    fn part(&self, letter: &Letter, part: &str, facts: Value) -> Result<String> {
        self.templates.render(&format!("mail/{}/{part}", letter.name()), facts)
    }

    /// A mail is read at any time, so its dates have their year.
    fn when(&self) -> when::When<'_> {
        when::When { now: Timestamp::UNIX_EPOCH, zone: self.zone.tz(), style: self.style }
    }

    fn facts<'a>(
        &'a self,
        letter: &Letter,
        sender: Option<&Sender>,
        links: Links<'_>,
    ) -> Facts<'a> {
        let facts = Facts {
            firm: Some(&self.firm),
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
            Some(Button::open(label, format!("{}{slash}{path}", self.firm.url)))
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
        };
        one.into_iter().collect()
    }
}

/// The part of an address behind the @, in ASCII.
fn domain(address: &Email) -> String {
    let wire = super::on_the_wire(address.as_str());
    wire.rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default()
}

/// What somebody wrote: paragraphs of lines, with their links found.
fn paragraphs(message: &str) -> Vec<Vec<Vec<Piece>>> {
    let blocks = message.trim().split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    blocks.map(|block| block.lines().map(pieces).collect()).collect()
}

/// One blank line where a template left several, none at the ends.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            blank = true;
            continue;
        }
        if blank && !tidied.is_empty() {
            tidied.push('\n');
        }
        blank = false;
        tidied.push_str(line);
        tidied.push('\n');
    }
    tidied
}

#[cfg(test)]
mod tests;
