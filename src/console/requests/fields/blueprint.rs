//! What is asked again and again, as one form: the same for a template and for what comes again.

use serde::Serialize;

use super::{Asked, AskedForm, Posted};
use crate::console::fields::Choice;
use crate::error::Check;
use crate::model::request::ReminderRule;
use crate::model::request_template::{Blueprint, Filling, RelativeDue};
use crate::values::{Instructions, Title};

/// As typed.
#[derive(Clone, Default, Serialize)]
pub(in crate::console) struct BlueprintForm {
    #[serde(flatten)]
    pub(in crate::console) asked: AskedForm,
    /// "none", "after", "year" or "month".
    due: String,
    days: String,
    month: String,
    day: String,
    of_month: String,
}

/// What a client would read.
#[derive(Serialize)]
pub(in crate::console) struct Preview {
    client: String,
    title: String,
    due: Option<String>,
    instructions: String,
}

impl BlueprintForm {
    /// What is asked now.
    pub(in crate::console) fn of(blueprint: &Blueprint, default: &ReminderRule) -> Self {
        let rule = blueprint.reminders.as_ref();
        let (title, instructions) = (&blueprint.title, &blueprint.instructions);
        let mut form = Self {
            asked: AskedForm::of(title, instructions, &blueprint.items, rule, default),
            due: "none".into(),
            days: "14".into(),
            month: "1".into(),
            day: "31".into(),
            of_month: "15".into(),
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

    /// What was typed.
    pub(in crate::console) fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        Self {
            asked: AskedForm::posted(posted),
            due: word("due"),
            days: word("days"),
            month: word("month"),
            day: word("day"),
            of_month: word("of_month"),
        }
    }

    /// What is to be saved.
    pub(in crate::console) fn read(&self, check: &mut Check) -> Option<Blueprint> {
        let due = check.take("due", self.read_due());
        let Asked { title, instructions, items, reminders } = self.asked.read(check)?;
        Some(Blueprint { title, instructions, items, due: due?, reminders })
    }

    fn read_due(&self) -> Result<RelativeDue, String> {
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

    /// What this client would read of what was typed so far.
    pub(in crate::console) fn preview(&self, filling: &Filling<'_>) -> Preview {
        let blank = Blueprint::blank();
        let filled = Blueprint {
            title: Title::parse(&self.asked.title).unwrap_or(blank.title.clone()),
            instructions: Instructions::parse(&self.asked.instructions).unwrap_or_default(),
            due: self.read_due().unwrap_or(RelativeDue::None),
            ..blank
        }
        .fill(filling);
        Preview {
            client: filling.client.to_owned(),
            title: filled.title.to_string(),
            due: filled.due.map(|due| due.full(filling.firm.date_style)),
            instructions: filled.instructions.to_string(),
        }
    }
}

/// The months of a due date.
pub(in crate::console) fn months() -> Vec<Choice> {
    RelativeDue::months().map(|(number, name)| Choice::new(number, name)).collect()
}
