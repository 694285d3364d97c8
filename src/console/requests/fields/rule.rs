//! When a request is reminded of, as fields of a form.

use serde::Serialize;

use super::Posted;
use crate::error::Check;
use crate::model::request::{ReminderForm, ReminderRule};

/// As typed.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::console) struct RuleForm {
    /// "default", "own" or "never".
    remind: String,
    own: ReminderForm,
}

impl RuleForm {
    /// A rule; none is the firm's default. The fields of an own one begin with `default`.
    pub(in crate::console) fn of(rule: Option<&ReminderRule>, default: &ReminderRule) -> Self {
        let remind = match rule {
            None => "default",
            Some(rule) if *rule == ReminderRule::NEVER => "never",
            Some(_) => "own",
        };
        let shown = rule.filter(|_| remind == "own").unwrap_or(default);
        Self { remind: remind.into(), own: ReminderForm::of(shown) }
    }

    /// What was typed.
    pub(in crate::console) fn posted(posted: &Posted) -> Self {
        let word = |name| posted.word(name).to_owned();
        let own = ReminderForm {
            reminders_before: word("reminders_before"),
            reminders_every: word("reminders_every"),
            reminders_most: word("reminders_most"),
        };
        Self { remind: word("remind"), own }
    }

    /// The rule; `Some(None)` is the firm's default.
    pub(in crate::console) fn read(&self, check: &mut Check) -> Option<Option<ReminderRule>> {
        match self.remind.as_str() {
            "default" | "" => Some(None),
            "never" => Some(Some(ReminderRule::NEVER)),
            "own" => self.own.read(check).map(Some),
            _ => {
                check.note("remind", "Choose when they are reminded");
                None
            }
        }
    }
}
