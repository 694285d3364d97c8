//! The selectors above the list.

use super::ListForm;
use crate::console::fields::{Pick, others, pick};
use crate::error::Result;
use crate::model::Console;

const KINDS: [(&str, &str); 3] =
    [("", "Any type"), ("individual", "Individuals"), ("business", "Businesses")];
const STAFF: [(&str, &str); 3] =
    [("", "Looked after by anybody"), ("me", "Me"), ("nobody", "Nobody")];
const TAGS: [(&str, &str); 1] = [("", "Any tag")];
const PORTALS: [(&str, &str); 7] = [
    ("", "Any portal status"),
    ("not-invited", "Not invited"),
    ("invited", "Invited, never logged in"),
    ("expired", "Link expired"),
    ("active", "With access"),
    ("removed", "Access removed"),
    ("nobody", "Nobody with access"),
];
const STATES: [(&str, &str); 3] =
    [("", "Active and inactive"), ("active", "Active"), ("inactive", "Inactive")];
const SORTS: [(&str, &str); 4] = [
    ("", "Name, A to Z"),
    ("name-down", "Name, Z to A"),
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
];

/// By what the list can be narrowed, and its order.
pub(super) fn picks(console: &Console, form: &ListForm) -> Result<Vec<Pick>> {
    let others = others(console)?;
    let others = others.iter().map(|(id, name)| (id.as_str(), name.as_str()));
    let tags = console.client_tags()?;
    let in_use = tags.iter().map(|tag| (tag.as_str(), tag.as_str()));
    let mut picks = vec![
        pick("kind", "Type", KINDS, &form.kind),
        pick("portal", "Portal status", PORTALS, &form.portal),
        pick("by", "Looked after by", STAFF.into_iter().chain(others), &form.by),
    ];
    if !tags.is_empty() {
        picks.push(pick("tag", "Tag", TAGS.into_iter().chain(in_use), &form.tag));
    }
    picks.push(pick("state", "Active or inactive", STATES, &form.state));
    picks.push(pick("sort", "Order", SORTS, &form.sort));
    Ok(picks)
}
