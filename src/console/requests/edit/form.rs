//! What is typed in the editor of a request.

use serde::Serialize;

use crate::console::requests::fields::{Asked, AskedForm, ItemForm, Posted, all_items_of};
use crate::console::requests::whom::WhomForm;
use crate::error::{Check, Error, Result};
use crate::model::Id;
use crate::model::file::File;
use crate::model::request::{NewRequest, ReminderRule, RequestDetail, Stage};
use crate::model::request_template::Blueprint;
use crate::values::{Day, Title};

/// What is asked for has its first title still.
pub(in crate::console::requests) const UNTITLED: &str = "Give it a title that says what you need";

/// The form as typed.
#[derive(Clone, Default, Serialize)]
pub(super) struct EditForm {
    #[serde(flatten)]
    pub(super) asked: AskedForm,
    #[serde(flatten)]
    pub(super) whom: WhomForm,
    due: String,
    pub(super) attached: Vec<String>,
    /// What was typed to find a file.
    pub(super) find: String,
    pub(super) edition: String,
    first_new: String,
    /// Whether it goes on to the page that sends it: then nothing may be left to be named.
    sending: bool,
}

impl EditForm {
    /// A request as it is. One that was sent with what is the firm's default today reminds as usual.
    pub(super) fn of(detail: &RequestDetail, default: &ReminderRule) -> Self {
        let (request, sheet) = (&detail.request, &detail.sheet);
        let own = |rule: &&ReminderRule| request.stage == Stage::Draft || *rule != default;
        let rule = request.reminders.rule.as_ref().filter(own);
        let items = sheet.entries.iter().map(|entry| &entry.item);
        Self {
            asked: AskedForm::of(&request.title, &sheet.instructions, items, rule, default),
            whom: WhomForm::of(&request.audience),
            due: request.due.map(|due| due.to_string()).unwrap_or_default(),
            attached: sheet.attached.iter().map(ToString::to_string).collect(),
            find: String::new(),
            edition: detail.edition.clone(),
            first_new: sheet.next_item.to_string(),
            sending: false,
        }
    }

    /// What was typed. An item that nobody has touched counts only where it would be sent without it.
    pub(super) fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        let (mut asked, sending) = (AskedForm::posted(posted), posted.word("action") == "send");
        if sending {
            asked.items = all_items_of(posted);
        }
        Self {
            asked,
            whom: WhomForm::posted(posted),
            due: word("due"),
            attached: posted.all("attached").to_vec(),
            find: word("find"),
            edition: word("edition"),
            first_new: word("first_new"),
            sending,
        }
    }

    /// What is to be saved.
    pub(super) fn read(&self) -> Result<NewRequest> {
        // What no page of ours sends is nothing that there is.
        let attached: Result<Vec<Id<File>>, _> =
            self.attached.iter().map(|id| id.parse()).collect();
        let attached = attached.map_err(|_| Error::NotFound)?;
        let first_new = self.first_new.parse().map_err(|_| Error::NotFound)?;
        let mut check = Check::default();
        let asked = self.asked.read(&mut check);
        let title = Title::parse(&self.asked.title);
        if self.sending && title.is_ok_and(|title| Blueprint::is_untitled(&title)) {
            check.note("title", UNTITLED);
        }
        let audience = self.whom.read(&mut check);
        let due = check.take("due", Day::parse_or_none(&self.due));
        check.finish(|| {
            let Asked { title, instructions, items, reminders } = asked?;
            Some(NewRequest {
                title,
                instructions,
                audience: audience?,
                due: due?,
                items,
                attached,
                reminders,
                first_new,
            })
        })
    }

    /// The files that go with it or are to be read.
    pub(super) fn file_ids(&self) -> impl Iterator<Item = Id<File>> {
        let read = self.asked.items.iter().map(ItemForm::file);
        let named = self.attached.iter().map(String::as_str).chain(read);
        named.filter_map(|id| id.parse().ok())
    }
}
