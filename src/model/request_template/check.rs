//! What is wrong with a template that nobody has looked at yet, such as one of a file.

use super::NewRequestTemplate;
use crate::error::{Check, Result};
use crate::model::request::{Ask, check_items, check_kinds, check_name_pattern};

impl NewRequestTemplate {
    /// Refuses what no request could be made of, under the names of the editor's fields.
    pub(super) fn check(&self) -> Result<()> {
        let mut check = Check::default();
        check.take("due", self.blueprint.due.checked());
        check_items(&self.blueprint.items, &mut check);
        for item in &self.blueprint.items {
            let number = item.number;
            if let Ask::Upload { kinds, name, .. } = &item.ask {
                check.take(format!("kinds-{number}"), check_kinds(kinds));
                if let Some(name) = name {
                    check.take(format!("name-{number}"), check_name_pattern(name.as_str()));
                }
            }
        }
        check.finish(|| Some(()))?;
        self.blueprint.check()
    }
}
