//! What is asked, as one form: the same for a request, for a template and for what comes again.

use poem::Response;
use serde::Serialize;

use super::{ItemAction, ItemForm, ItemShown, Offer, Posted, RuleForm, items_of};
use super::{read_items, shown_items, sum_of};
use crate::error::{Check, Fields, Result};
use crate::http::respond::see_other;
use crate::model::Console;
use crate::model::request::{Item, ReminderRule};
use crate::values::merge::REQUEST_FIELDS;
use crate::values::{Instructions, Title};

/// As typed.
#[derive(Clone, Default, Serialize)]
pub(in crate::console) struct AskedForm {
    pub(in crate::console) title: String,
    pub(in crate::console) instructions: String,
    pub(in crate::console) items: Vec<ItemForm>,
    rule: RuleForm,
    /// It came from a browser, and is stored nowhere yet.
    unsaved: bool,
}

/// What it says.
pub(in crate::console) struct Asked {
    pub(in crate::console) title: Title,
    pub(in crate::console) instructions: Instructions,
    pub(in crate::console) items: Vec<Item>,
    /// None for the firm's default.
    pub(in crate::console) reminders: Option<ReminderRule>,
}

impl AskedForm {
    /// What is asked now. Without a rule of its own the fields of one begin with `default`.
    pub(in crate::console) fn of(
        title: &Title,
        instructions: &Instructions,
        items: impl IntoIterator<Item = impl std::borrow::Borrow<Item>>,
        rule: Option<&ReminderRule>,
        default: &ReminderRule,
    ) -> Self {
        Self {
            title: title.to_string(),
            instructions: instructions.to_string(),
            items: items.into_iter().map(|item| ItemForm::of(item.borrow())).collect(),
            rule: RuleForm::of(rule, default),
            unsaved: false,
        }
    }

    /// What was typed, without items that nobody has touched.
    pub(in crate::console) fn posted(posted: &Posted) -> Self {
        Self {
            title: posted.word("title").to_owned(),
            instructions: posted.word("instructions").to_owned(),
            items: items_of(posted),
            rule: RuleForm::posted(posted),
            unsaved: true,
        }
    }

    /// Does what a button asks of the items, if it asks for that, and says which one to look at then. A new one gets a
    /// number of at least `next`.
    pub(in crate::console) fn turned(&mut self, button: &str, next: u16) -> Option<Option<u16>> {
        ItemAction::parse(button).map(|action| action.on(&mut self.items, next))
    }

    pub(in crate::console) fn read(&self, check: &mut Check) -> Option<Asked> {
        let title = check.take("title", Title::parse(&self.title));
        let instructions = check.take("instructions", Instructions::parse(&self.instructions));
        let items = read_items(&self.items, check);
        let reminders = self.rule.read(check);
        Some(Asked {
            title: title?,
            instructions: instructions?,
            items: items?,
            reminders: reminders?,
        })
    }
}

/// What each page with such a form shows beside what was typed.
#[derive(Serialize)]
pub(in crate::console) struct AskedShown {
    items: Vec<ItemShown>,
    /// "5 items, 3 must be answered".
    sum: String,
    offer: Offer,
    /// The firm's own rule of reminding, in words.
    default_rule: String,
    merge_fields: Vec<String>,
}

impl AskedShown {
    /// Open are the items with an error, and the one that was worked on last.
    pub(in crate::console) fn of(
        console: &Console,
        form: &AskedForm,
        errors: &Fields,
        offer: Offer,
        open: Option<u16>,
    ) -> Result<Self> {
        Ok(Self {
            items: shown_items(&form.items, errors, open),
            sum: sum_of(&form.items),
            offer,
            default_rule: console.request_settings()?.rule.text(),
            merge_fields: REQUEST_FIELDS.iter().map(|field| format!("{{{{{field}}}}}")).collect(),
        })
    }

    /// The items, to note something beside them.
    pub(in crate::console) fn items(&mut self) -> &mut [ItemShown] {
        &mut self.items
    }
}

/// To a page, which tells the script that this form is stored: it keeps a copy of what is typed until then. See
/// `web/js/keeps.js`; `mark` is what the form has as `data-keeps`.
pub(in crate::console) fn stored(path: &str, mark: &str) -> Response {
    see_other(format!("{path}#stored-{mark}"))
}
