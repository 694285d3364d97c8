//! What is typed in the editor of a request.

use serde::Serialize;

use crate::console::requests::fields::{
    ItemForm, Posted, RuleForm, all_items_of, items_of, read_items,
};
use crate::error::{Check, Error, Result};
use crate::model::contact::Contact;
use crate::model::file::{Audience, File};
use crate::model::request::{NewRequest, ReminderRule, RequestDetail};
use crate::model::request_template::Blueprint;
use crate::model::{Id, Kind};
use crate::values::{Day, Instructions, Title};

/// What is asked for has its first title still.
pub(in crate::console::requests) const UNTITLED: &str = "Give it a title that says what you need";

/// The form as typed.
#[derive(Clone, Default, Serialize)]
pub(super) struct EditForm {
    title: String,
    instructions: String,
    /// "everyone" or "named".
    audience: String,
    pub(super) contact: Vec<String>,
    due: String,
    pub(super) attached: Vec<String>,
    /// What was typed to find a file.
    pub(super) find: String,
    pub(super) edition: String,
    first_new: String,
    pub(super) items: Vec<ItemForm>,
    pub(super) rule: RuleForm,
    /// Whether it goes on to the page that sends it: then nothing may be left to be named.
    sending: bool,
}

impl EditForm {
    /// A request as it is.
    pub(super) fn of(detail: &RequestDetail, default: &ReminderRule) -> Self {
        let (request, sheet) = (&detail.request, &detail.sheet);
        let (audience, contact) = match &request.audience {
            Audience::Firm => ("", vec![]),
            Audience::Everyone => ("everyone", vec![]),
            Audience::Named(named) => ("named", named.iter().map(ToString::to_string).collect()),
        };
        let rule = Some(&request.reminders.rule).filter(|rule| *rule != default);
        Self {
            title: request.title.to_string(),
            instructions: sheet.instructions.to_string(),
            audience: audience.into(),
            contact,
            due: request.due.map(|due| due.to_string()).unwrap_or_default(),
            attached: sheet.attached.iter().map(ToString::to_string).collect(),
            find: String::new(),
            edition: detail.edition.clone(),
            first_new: sheet.next_item.to_string(),
            items: sheet.entries.iter().map(|entry| ItemForm::of(&entry.item)).collect(),
            rule: RuleForm::of(rule, default),
            sending: false,
        }
    }

    /// What was typed. An item that nobody has touched counts only where it would be sent without it.
    pub(super) fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        let sending = posted.word("action") == "send";
        Self {
            title: word("title"),
            instructions: word("instructions"),
            audience: word("audience"),
            contact: posted.all("contact").to_vec(),
            due: word("due"),
            attached: posted.all("attached").to_vec(),
            find: word("find"),
            edition: word("edition"),
            first_new: word("first_new"),
            items: if sending { all_items_of(posted) } else { items_of(posted) },
            rule: RuleForm::posted(posted),
            sending,
        }
    }

    /// What is to be saved. A rule that is the firm's own is the one it has today.
    pub(super) fn read(&self, default: &ReminderRule) -> Result<NewRequest> {
        let attached: Vec<Id<File>> = ids(&self.attached)?;
        let contacts: Vec<Id<Contact>> = ids(&self.contact)?;
        let mut check = Check::default();
        let title = match Title::parse(&self.title) {
            Ok(title) if self.sending && Blueprint::is_untitled(&title) => Err(UNTITLED.into()),
            title => title,
        };
        let title = check.take("title", title);
        let instructions = check.take("instructions", Instructions::parse(&self.instructions));
        let audience = check.take(
            "audience",
            match self.audience.as_str() {
                "everyone" => Ok(Audience::Everyone),
                "named" if contacts.is_empty() => Err("Tick the contacts who are asked"),
                "named" => Ok(Audience::Named(contacts)),
                _ => Err("Choose who is asked"),
            },
        );
        let due = check.take("due", Day::parse_or_none(&self.due));
        let items = read_items(&self.items, &mut check);
        let rule = self.rule.read(&mut check);
        let first_new = self.first_new.parse().map_err(|_| Error::NotFound)?;
        check.finish(|| {
            Some(NewRequest {
                title: title?,
                instructions: instructions?,
                audience: audience?,
                due: due?,
                items: items?,
                attached,
                reminders: rule?.unwrap_or_else(|| default.clone()),
                first_new,
            })
        })
    }

    /// The files that go with it or are to be read.
    pub(super) fn file_ids(&self) -> impl Iterator<Item = Id<File>> {
        let read = self.items.iter().map(ItemForm::file);
        let named = self.attached.iter().map(String::as_str).chain(read);
        named.filter_map(|id| id.parse().ok())
    }

    pub(super) fn names(&self, file: Id<File>) -> bool {
        self.file_ids().any(|id| id == file)
    }

    /// What is read first, as typed.
    pub(super) fn instructions(&self) -> &str {
        &self.instructions
    }
}

/// What no page of ours sends is nothing that there is.
fn ids<T: Kind>(typed: &[String]) -> Result<Vec<Id<T>>> {
    typed.iter().map(|id| id.parse().map_err(|_| Error::NotFound)).collect()
}
