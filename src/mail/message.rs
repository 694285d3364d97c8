//! The words of a mail: its letter, filled into the three templates of its kind, with the firm's name and colour.
//!
//! Rendering is the same whether a mail is sent, previewed or looked at in the outbox; only [`Links`] differ, so that a
//! secret is in none but the one that leaves.

mod facts;

use std::ops::Deref;

use minijinja::value::Serde;
use minijinja::{Value, context};

use facts::Letterhead;
pub use facts::NO_LINK_YET;

use super::mime::Draft;
use super::smtp::Envelope;
use super::wrap;
use crate::error::Result;
use crate::http::pages::Templates;
use crate::model::firm::Firm;
use crate::model::outbox::{Letter, Mail};
use crate::model::{MailLink, Ready, Sender};
use crate::values::{Email, url_free};

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

/// The mail one recipient would get, in words. Its link does not exist before it is sent.
pub fn preview(templates: &Templates, firm: &Firm, letter: &Letter) -> Result<Words> {
    Writer::new(templates, firm).words(letter, None, Links::Preview)
}

/// Writes mails of one firm. Make it once for many: colours and dates are worked out only here.
pub struct Writer<T> {
    templates: T,
    firm: Letterhead,
}

impl<T: Deref<Target = Templates>> Writer<T> {
    /// With the firm's name, colour and dates.
    pub fn new(templates: T, firm: &Firm) -> Self {
        Self { templates, firm: Letterhead::of(firm) }
    }

    /// All three parts.
    pub fn write(
        &self,
        letter: &Letter,
        sender: Option<&Sender>,
        links: Links<'_>,
    ) -> Result<Rendered> {
        let facts = Value::from(Serde(&self.firm.facts(letter, sender, links)));
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
        let facts = Value::from(Serde(&self.firm.facts(letter, sender, links)));
        let subject = self.subject_line(letter, facts.clone())?;
        let text = tidy(&self.part(letter, "body.txt", facts)?);
        Ok(Words { subject, text })
    }

    /// The subject alone, for lists.
    pub fn subject(&self, letter: &Letter) -> Result<String> {
        self.subject_line(letter, Value::from(Serde(&self.firm.facts(letter, None, Links::Hidden))))
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
            body: Draft {
                unsubscribe: ready.unsubscribe.as_ref().map(|url| url.expose().clone()),
                ..self.draft(mail, sender, from, rendered)
            }
            .to_bytes(),
        })
    }

    /// The mail with its headers, but for the secret one. A mail keeps its Message-ID and date at every try.
    pub fn draft(
        &self,
        mail: &Mail,
        sender: Option<&Sender>,
        from: &Email,
        rendered: Rendered,
    ) -> Draft {
        Draft {
            from_name: self.in_whose_name(sender),
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
            unsubscribe: None,
            thread: mail.letter.thread().map(|of| format!("{of}@{}", domain(from))),
        }
    }

    /// "Priya Nair at Alder & Finch".
    pub fn in_whose_name(&self, sender: Option<&Sender>) -> String {
        match sender {
            Some(sender) => format!("{} at {}", url_free(&sender.name), self.firm.name),
            None => self.firm.name.clone(),
        }
    }

    fn part(&self, letter: &Letter, part: &str, facts: Value) -> Result<String> {
        self.templates.render(&format!("mail/{}/{part}", letter.name()), facts)
    }
}

/// The part of an address behind the @, in ASCII.
fn domain(address: &Email) -> String {
    let wire = super::on_the_wire(address.as_str());
    wire.rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default()
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
