//! Templates: the firm's own texts for the personal message of an invite, beside presets that come with the product.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::admin::Admin;
use super::console::Console;
use super::db::{Records, Write, record};
use super::edition::{check_edition, edition};
use super::id::Id;
use super::inviting::expiry;
use super::outbox::Letter;
use super::staff::Staff;
use crate::error::{Error, Result};
use crate::values::{Label, MergeText, MergeValues, When, sort_key};

/// A saved text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Template {
    /// Its id.
    pub id: Id<Template>,
    /// As the list shows it.
    pub name: Label,
    /// The text, merge fields unfilled.
    pub body: MergeText,
    /// Who saved it last.
    pub by: Id<Staff>,
    /// When.
    pub changed: Timestamp,
}

/// A text that comes with the product: it can be used and copied, not changed.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// How forms name it.
    pub key: &'static str,
    /// As the list shows it.
    pub name: &'static str,
    /// The text, merge fields unfilled.
    pub body: &'static str,
}

/// All presets, in the order of the list.
pub const PRESETS: &[Preset] = &[
    Preset {
        key: "short",
        name: "Short and plain",
        body: "We would like to share some files with you securely. Please create your account to see them.",
    },
    Preset {
        key: "first-steps",
        name: "First steps, with the help centre",
        body: "Our client portal keeps everything in one safe place: what we share with you, and what we need \
               from you.\n\nCreating your account takes about a minute. If you would like to read first how it \
               works: {{help.url}}",
    },
    Preset {
        key: "moving",
        name: "Moving from e-mail to the portal",
        body: "From now on we exchange papers for {{client.name}} through our client portal instead of by e-mail. \
               It is safer for you, and nothing gets lost in an inbox.\n\nThe link below works until {{expires}}. \
               If anything is unclear, just reply to this message.\n\n{{sender.name}}",
    },
];

record!(Template, "te", "templates");

/// Whose mail the preview of a template shows.
pub const SAMPLE_CONTACT: &str = "Naomi Marlow";
const SAMPLE_CLIENT: &str = "Marlow Ceramics Ltd";

/// What staff fill in of a template.
#[derive(Clone, Debug)]
pub struct NewTemplate {
    /// As the list shows it.
    pub name: Label,
    /// The text, merge fields unfilled.
    pub body: MergeText,
}

impl Preset {
    /// The preset of this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.key == key)
    }
}

impl Template {
    /// Changes with every edit: a form carries it, so that nobody's edit is overwritten unseen.
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

impl Console {
    /// The firm's own templates, by name.
    pub fn templates(&self) -> Result<Vec<Template>> {
        let mut templates: Vec<Template> = self.read(|r| r.every())?;
        templates.sort_by_cached_key(|template| sort_key(template.name.as_str()));
        Ok(templates)
    }

    /// The mail that somebody made up would get with this personal message.
    pub fn preview_template(&self, body: Option<&MergeText>) -> Result<Letter> {
        let (firm, now) = (self.firm()?, self.now());
        let expires = expiry(&firm, now)?;
        let when = When { now, zone: firm.zone.tz(), style: firm.date_style };
        let message = body.map(|body| {
            body.fill(&MergeValues {
                contact_first_name: "Naomi",
                contact_full_name: SAMPLE_CONTACT,
                client_name: SAMPLE_CLIENT,
                firm_name: firm.name.as_str(),
                sender_name: self.me().name.as_str(),
                help_url: &firm.public_url.join("/help"),
                expires: &when.day(expires),
            })
        });
        Ok(Letter::Invite {
            link: Id::MIN,
            first_name: "Naomi".into(),
            client: SAMPLE_CLIENT.into(),
            sender: self.me().name.to_string(),
            message: message.unwrap_or_default(),
            expires,
            has_login: false,
        })
    }

    /// One of the firm's own templates.
    pub fn template(&self, id: Id<Template>) -> Result<Template> {
        self.read(|r| r.need(id))
    }
}

impl Admin {
    /// Saves a new template. `once` makes twenty clicks one.
    pub async fn create_template(&self, new: NewTemplate, once: String) -> Result<Id<Template>> {
        let by = self.console().me().id;
        let write = move |tx: &mut Write<'_, '_>| {
            tx.once(&once, |tx| {
                check_name(tx, &new.name, None)?;
                let template =
                    Template { id: tx.id(), name: new.name, body: new.body, by, changed: tx.now() };
                tx.put(&template)?;
                let what = format!("saved the template {}", template.name);
                tx.say("template-saved", None, what)?;
                Ok(template.id)
            })
        };
        self.console().write(write).await
    }

    /// Changes a template. `seen` is the [`Template::edition`] that was shown.
    pub async fn edit_template(
        &self,
        id: Id<Template>,
        new: NewTemplate,
        seen: String,
    ) -> Result<()> {
        let by = self.console().me().id;
        let write = move |tx: &mut Write<'_, '_>| {
            let old: Template = tx.need(id)?;
            check_edition(&seen, &old.edition())?;
            if (&old.name, &old.body) == (&new.name, &new.body) {
                return Ok(());
            }
            check_name(tx, &new.name, Some(id))?;
            let what = format!("changed the template {}", new.name);
            tx.put(&Template { id, name: new.name, body: new.body, by, changed: tx.now() })?;
            tx.say("template-changed", None, what)
        };
        self.console().write(write).await
    }

    /// Deletes a template. Invites that were written with it keep their text. Gives its name.
    pub async fn delete_template(&self, id: Id<Template>) -> Result<Label> {
        let write = move |tx: &mut Write<'_, '_>| {
            let template: Template = tx.need(id)?;
            tx.delete(id)?;
            tx.say("template-deleted", None, format!("deleted the template {}", template.name))?;
            Ok(template.name)
        };
        self.console().write(write).await
    }
}

/// Templates are chosen by name, so each has its own.
fn check_name(tx: &Write<'_, '_>, name: &Label, but: Option<Id<Template>>) -> Result<()> {
    let (key, mut taken) = (sort_key(name.as_str()), false);
    tx.all(|other: Template| {
        taken = Some(other.id) != but && sort_key(other.name.as_str()) == key;
        if taken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if taken {
        return Err(Error::field(
            "name",
            "There is a template of this name already. Choose another",
        ));
    }
    Ok(())
}
