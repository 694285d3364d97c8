//! What stands around every page of a client's record: its head and its sections. No page of its own.

use serde::Serialize;

use crate::model::Total;
use crate::model::client::ClientRecord;
use crate::values::{hue, initials};

/// The head and the sections of a client's record.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RecordHead {
    name: String,
    initials: String,
    hue: u8,
    meta: Vec<String>,
    href: String,
    sections: Vec<Section>,
    active: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Section {
    href: String,
    label: &'static str,
    /// Empty where there is none.
    count: String,
    current: bool,
}

impl RecordHead {
    /// For a page of this section: "overview", "contacts", "files", "requests" or "activity".
    pub(super) fn of(record: &ClientRecord, current: &str) -> Self {
        let client = &record.client;
        let href = format!("/console/clients/{}", client.id);
        let section = |label: &'static str, path: &str, count: &Total| {
            let current = label.eq_ignore_ascii_case(current);
            let count = match count {
                Total::Exactly(0) => String::new(),
                Total::Exactly(count) => count.to_string(),
                Total::MoreThan(count) => format!("{count}+"),
            };
            Section { href: format!("{href}{path}"), label, count, current }
        };
        let none = Total::Exactly(0);
        let sections = vec![
            section("Overview", "", &none),
            section("Contacts", "/contacts", &Total::Exactly(record.contacts)),
            section("Files", "/files", &record.files),
            section("Requests", "/requests", &Total::Exactly(record.requests)),
            section("Activity", "/activity", &none),
        ];
        Self {
            name: client.name.to_string(),
            initials: initials(client.name.as_str()),
            hue: hue(client.name.as_str()),
            meta: facts(record),
            sections,
            href,
            active: client.active,
        }
    }
}

/// The line below the name.
fn facts(record: &ClientRecord) -> Vec<String> {
    let mut facts = vec![record.client.kind.label().to_owned()];
    facts.extend(record.client.since.map(|year| format!("Client since {year}")));
    facts.extend(record.looked_after_by.as_ref().map(|name| format!("Looked after by {name}")));
    if !record.client.active {
        facts.push("Inactive".into());
    }
    facts
}
