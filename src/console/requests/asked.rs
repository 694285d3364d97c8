//! What the address of the board and the list says: which requests, and how they are shown. No page of its own.

use serde::{Deserialize, Serialize};

use super::HOME;
use crate::console::fields::{Pick, others, pick};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::{Console, Id, Lane, RequestQuery, RequestState};

/// The address as written. What it does not know it takes for "any".
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct ListForm {
    /// "list", or else the board.
    pub(super) view: String,
    pub(super) find: String,
    pub(super) state: String,
    pub(super) by: String,
    pub(super) template: String,
    pub(super) client: String,
    pub(super) page: String,
}

const LIST: &str = "list";

/// What the list can be narrowed to. The first is what is shown without a choice.
const STATES: [(&str, &str); 12] = [
    ("", "Not finished"),
    ("overdue", "Overdue"),
    ("soon", "Due within 7 days"),
    ("handed-in", "Waiting for review"),
    ("open", "Waiting for the client"),
    ("draft", "Drafts"),
    ("sent", "Sent"),
    ("in-progress", "In progress"),
    ("reviewed", "Reviewed, not completed"),
    ("completed", "Completed"),
    ("withdrawn", "Withdrawn"),
    ("all", "Any state"),
];
/// The same for the board, whose columns are the states.
const BOARD_STATES: [(&str, &str); 3] =
    [("", "Any due date"), ("overdue", "Overdue"), ("soon", "Due within 7 days")];

impl ListForm {
    pub(super) fn is_list(&self) -> bool {
        self.view == LIST
    }

    pub(super) fn query(&self, console: &Console) -> RequestQuery {
        let any = if self.is_list() { RequestState::Unfinished } else { RequestState::Any };
        RequestQuery {
            find: self.find.chars().take(200).collect(),
            state: self.state().unwrap_or(any),
            staff: match self.by.as_str() {
                "me" => Some(console.me().id),
                id => id.parse().ok(),
            },
            template: self.template.parse().ok(),
            client: self.client(),
            page: self.page.parse().unwrap_or(1),
        }
    }

    fn state(&self) -> Option<RequestState> {
        let known = if self.is_list() { STATES.as_slice() } else { BOARD_STATES.as_slice() };
        let known = known.iter().any(|(key, _)| *key == self.state);
        match self.state.as_str() {
            _ if !known => None,
            "overdue" => Some(RequestState::Overdue),
            "soon" => Some(RequestState::Soon),
            "open" => Some(RequestState::Open),
            "all" => Some(RequestState::Any),
            key => Lane::ALL.into_iter().find(|lane| lane.key() == key).map(RequestState::At),
        }
    }

    pub(super) fn client(&self) -> Option<Id<Client>> {
        self.client.parse().ok()
    }

    /// Whether it asks for less than everything.
    pub(super) fn narrows(&self) -> bool {
        let filters = [&self.find, &self.state, &self.by, &self.template, &self.client];
        filters.iter().any(|filter| !filter.is_empty())
    }

    /// The address of the same in another respect.
    pub(super) fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = self.clone();
        change(&mut other);
        let pairs = [
            ("view", &other.view),
            ("find", &other.find),
            ("state", &other.state),
            ("by", &other.by),
            ("template", &other.template),
            ("client", &other.client),
            ("page", &other.page),
        ];
        let said: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        match serde_html_form::to_string(&said) {
            Ok(query) if !query.is_empty() => format!("{HOME}?{query}"),
            _ => HOME.into(),
        }
    }

    /// The same as board, or as list.
    pub(super) fn shown_as(&self, list: bool) -> String {
        self.with(|form| {
            form.view = if list { LIST.into() } else { String::new() };
            form.page.clear();
            if !list && !BOARD_STATES.iter().any(|(key, _)| *key == form.state) {
                form.state.clear();
            }
        })
    }

    /// The list of what stands there.
    pub(super) fn list_of(&self, lane: Lane) -> String {
        self.with(|form| {
            form.view = LIST.into();
            form.state = lane.key().into();
            form.page.clear();
        })
    }

    /// The part of the address behind the question mark, for a form that comes back to it.
    pub(super) fn place(&self) -> String {
        let address = self.with(|_| ());
        address.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    /// The address that [`ListForm::place`] was written of.
    pub(super) fn back(place: &str) -> String {
        let form: Self = serde_html_form::from_str(place).unwrap_or_default();
        form.with(|_| ())
    }
}

/// By what the requests can be narrowed.
pub(super) fn picks(console: &Console, form: &ListForm) -> Result<Vec<Pick>> {
    let states = if form.is_list() { STATES.as_slice() } else { BOARD_STATES.as_slice() };
    let others = others(console)?;
    let others = others.iter().map(|(id, name)| (id.as_str(), name.as_str()));
    let staff = [("", "Anybody’s"), ("me", "Mine")].into_iter().chain(others);
    let mut picks = vec![
        pick("state", "State", states.iter().copied(), &form.state),
        pick("by", "Made by, or client looked after by", staff, &form.by),
    ];
    let templates = console.request_templates()?;
    if !templates.is_empty() {
        let templates: Vec<(String, &str)> =
            templates.iter().map(|one| (one.id.to_string(), one.name.as_str())).collect();
        let templates = templates.iter().map(|(id, name)| (id.as_str(), *name));
        let templates = std::iter::once(("", "Any template")).chain(templates);
        picks.push(pick("template", "Made of the template", templates, &form.template));
    }
    Ok(picks)
}
