//! What forms of several pages have in common: selectors, and fields that come several times. No page of its own.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;

use crate::error::{Fields, Result};
use crate::http::forms::Typed;
use crate::http::html::{Html, Markup};
use crate::http::parts;
use crate::model::Console;
use crate::model::contact::Place;

/// An entry of a selector.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Choice {
    value: String,
    label: String,
}

impl Choice {
    pub(super) fn new(value: impl Display, label: impl Display) -> Self {
        Self { value: value.to_string(), label: label.to_string() }
    }
}

/// A selector whose entries never change.
pub(super) fn choices(entries: &[(&str, &str)]) -> Vec<Choice> {
    entries.iter().map(|(value, label)| Choice::new(value, label)).collect()
}

/// A selector of a filter. Its options are written here, for they can be as many as the rows below it.
#[derive(Serialize)]
pub(super) struct Pick {
    name: &'static str,
    label: &'static str,
    options: Markup,
}

pub(super) fn pick<'a>(
    name: &'static str,
    label: &'static str,
    entries: impl IntoIterator<Item = (&'a str, &'a str)>,
    chosen: &str,
) -> Pick {
    let mut options = Html::with_capacity(512);
    for (value, label) in entries {
        parts::option(&mut options, value, label, chosen);
    }
    Pick { name, label, options: options.into() }
}

/// The staff beside whoever asks: id and name.
pub(super) fn others(console: &Console) -> Result<Vec<(String, String)>> {
    let others = console.colleagues()?.into_iter().filter(|one| one.id != console.me().id);
    Ok(others.map(|one| (one.id.to_string(), one.name.to_string())).collect())
}

/// Work, Personal, Other.
pub(super) fn places() -> Vec<Choice> {
    Place::ALL.map(|place| Choice::new(place.label().to_lowercase(), place.label())).into()
}

/// One of several rows of fields: its part of the form, by the names the fields have.
pub(super) type FieldRow = Typed<BTreeMap<&'static str, String>>;

/// The rows of fields that come several times, each with its errors: those of row 2 are noted as `name-2`.
pub(super) fn rows(columns: &[(&'static str, &[String])], errors: &Fields) -> Vec<FieldRow> {
    let most = columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let row = |at: usize| {
        let values = columns
            .iter()
            .map(|(name, values)| (*name, values.get(at).cloned().unwrap_or_default()));
        let wrong = columns.iter().filter_map(|(name, _)| {
            let why = errors.get(format!("{name}-{at}").as_str())?;
            Some(((*name).into(), why.clone()))
        });
        Typed { values: values.collect(), errors: wrong.collect() }
    };
    (0..most).map(row).collect()
}

/// What a button of a form with rows asks for: `add-email`, `remove-email-2`, `first-email-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowAction {
    Add,
    Remove(usize),
    First(usize),
}

impl RowAction {
    /// The action on the rows of this name, if the button asks for one.
    pub(super) fn parse(button: &str, rows: &str) -> Option<Self> {
        let (verb, rest) = button.split_once('-')?;
        let place = rest.strip_prefix(rows)?;
        let at = || place.strip_prefix('-')?.parse().ok();
        match verb {
            "add" if place.is_empty() => Some(Self::Add),
            "remove" => at().map(Self::Remove),
            "first" => at().map(Self::First),
            _ => None,
        }
    }

    /// Carries it out on one column of the rows; `fresh` is what a new row holds.
    pub(super) fn on(self, column: &mut Vec<String>, fresh: &str) {
        match self {
            Self::Add => column.push(fresh.to_owned()),
            Self::Remove(at) if at < column.len() => {
                column.remove(at);
            }
            Self::First(at) if at < column.len() => column[..=at].rotate_right(1),
            Self::Remove(_) | Self::First(_) => {}
        }
    }
}

/// Nothing, for a field that was left empty.
pub(super) fn filled(typed: &str) -> Option<&str> {
    Some(typed.trim()).filter(|typed| !typed.is_empty())
}

#[cfg(test)]
mod tests {
    use super::RowAction;

    #[test]
    fn buttons_of_rows_are_understood() {
        let read = |button| RowAction::parse(button, "email");
        assert_eq!(read("add-email"), Some(RowAction::Add));
        assert_eq!(read("remove-email-2"), Some(RowAction::Remove(2)));
        assert_eq!(read("first-email-1"), Some(RowAction::First(1)));
        for other in ["", "save", "add-phone", "remove-email", "remove-email-x", "add-email-1"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn rows_are_added_removed_and_put_first() {
        let mut column = vec!["a".to_owned(), "b".into(), "c".into()];
        RowAction::First(2).on(&mut column, "");
        assert_eq!(column, ["c", "a", "b"]);
        RowAction::Remove(1).on(&mut column, "");
        RowAction::Remove(9).on(&mut column, "");
        RowAction::Add.on(&mut column, "work");
        assert_eq!(column, ["c", "b", "work"]);
    }
}
