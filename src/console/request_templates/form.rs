//! What is typed in the editor of a template.

use serde::Serialize;

use crate::console::requests::fields::{BlueprintForm, Posted};
use crate::error::{Check, Result};
use crate::model::request::ReminderRule;
use crate::model::request_template::{Blueprint, NewRequestTemplate};
use crate::values::Label;

/// The form as typed.
#[derive(Clone, Default, Serialize)]
pub(super) struct TemplateForm {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) blueprint: BlueprintForm,
    /// The edition that was shown; empty for a new one.
    pub(super) seen: String,
    /// Makes twenty clicks one; empty but for a new one.
    pub(super) once: String,
}

impl TemplateForm {
    /// A template as it is.
    pub(super) fn of(name: &str, blueprint: &Blueprint, default: &ReminderRule) -> Self {
        let blueprint = BlueprintForm::of(blueprint, default);
        Self { name: name.into(), blueprint, ..Self::default() }
    }

    pub(super) fn posted(posted: &Posted) -> Self {
        Self {
            name: posted.word("name").to_owned(),
            blueprint: BlueprintForm::posted(posted),
            seen: posted.word("seen").to_owned(),
            once: posted.word("once").to_owned(),
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
        let blueprint = self.blueprint.read(&mut check);
        check.finish(|| Some(NewRequestTemplate { name: name?, blueprint: blueprint? }))
    }

    /// By which a script knows this form again.
    pub(super) fn mark(&self) -> &str {
        if self.seen.is_empty() { &self.once } else { &self.seen }
    }
}
