//! What is typed in the editor of a template.

use serde::Serialize;

use crate::console::requests::fields::{ItemForm, Posted, RuleForm, items_of, read_items};
use crate::error::{Check, Result};
use crate::model::request::ReminderRule;
use crate::model::request_template::{Blueprint, NewRequestTemplate, RelativeDue};
use crate::values::{Instructions, Label, Title};

/// The form as typed.
#[derive(Clone, Default, Serialize)]
pub(super) struct TemplateForm {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) instructions: String,
    /// "none", "after", "year" or "month".
    due: String,
    days: String,
    month: String,
    day: String,
    of_month: String,
    pub(super) items: Vec<ItemForm>,
    rule: RuleForm,
    /// The edition that was shown; empty for a new one.
    pub(super) seen: String,
    pub(super) once: String,
}

impl TemplateForm {
    /// A template as it is.
    pub(super) fn of(name: &str, blueprint: &Blueprint, default: &ReminderRule) -> Self {
        let mut form = Self {
            name: name.into(),
            title: blueprint.title.to_string(),
            instructions: blueprint.instructions.to_string(),
            due: "none".into(),
            days: "14".into(),
            month: "1".into(),
            day: "31".into(),
            of_month: "15".into(),
            items: blueprint.items.iter().map(ItemForm::of).collect(),
            rule: RuleForm::of(blueprint.reminders.as_ref(), default),
            ..Self::default()
        };
        match blueprint.due {
            RelativeDue::None => {}
            RelativeDue::After { days } => {
                (form.due, form.days) = ("after".into(), days.to_string());
            }
            RelativeDue::Yearly { month, day } => {
                (form.due, form.month, form.day) =
                    ("year".into(), month.to_string(), day.to_string());
            }
            RelativeDue::Monthly { day } => {
                (form.due, form.of_month) = ("month".into(), day.to_string());
            }
        }
        form
    }

    pub(super) fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        Self {
            name: word("name"),
            title: word("title"),
            instructions: word("instructions"),
            due: word("due"),
            days: word("days"),
            month: word("month"),
            day: word("day"),
            of_month: word("of_month"),
            items: items_of(posted),
            rule: RuleForm::posted(posted),
            seen: word("seen"),
            once: word("once"),
        }
    }

    /// What is to be saved.
    pub(super) fn read(&self) -> Result<NewRequestTemplate> {
        let mut check = Check::default();
        let name = match self.name.trim() {
            "" => Err("Give the template a name".to_owned()),
            name => Label::parse(name),
        };
        let name = check.take("name", name);
        let title = check.take("title", Title::parse(&self.title));
        let instructions = check.take("instructions", Instructions::parse(&self.instructions));
        let due = check.take("due", self.read_due());
        let items = read_items(&self.items, &mut check);
        let reminders = self.rule.read(&mut check);
        check.finish(|| {
            let blueprint = Blueprint {
                title: title?,
                instructions: instructions?,
                items: items?,
                due: due?,
                reminders: reminders?,
            };
            Some(NewRequestTemplate { name: name?, blueprint })
        })
    }

    /// When it is due, for the preview as well.
    pub(super) fn read_due(&self) -> Result<RelativeDue, String> {
        let number = |typed: &str| typed.trim().parse().ok();
        let small = |typed: &str| number(typed).and_then(|number: u16| i8::try_from(number).ok());
        let due = match self.due.as_str() {
            "none" | "" => Ok(RelativeDue::None),
            "after" => number(&self.days)
                .map(|days| RelativeDue::After { days })
                .ok_or("Give the days between sending and due as a number"),
            "year" => small(&self.month)
                .zip(small(&self.day))
                .map(|(month, day)| RelativeDue::Yearly { month, day })
                .ok_or("Give the day of the month as a number"),
            "month" => small(&self.of_month)
                .map(|day| RelativeDue::Monthly { day })
                .ok_or("Give the day of the month as a number"),
            _ => Err("Choose when it is due"),
        };
        due?.checked()
    }
}
