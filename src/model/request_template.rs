//! Templates of requests: what is asked again and again, with fields that are filled in for each client, and dates that
//! count from the day of sending.
//!
//! - `fill.rs`: from a template to what one client is asked · `due.rs`: dates that count from the day of sending
//! - `presets.rs`: those that come with the product · `verbs.rs`: saving and deleting · `file.rs`: as files

mod check;
mod due;
mod file;
mod fill;
mod presets;
mod verbs;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use file::{MOST_FILE_BYTES, read_template_file};
pub use fill::{Filled, Filling};
pub(super) use fill::{check_fields, fill_sheet};
pub use presets::{BLUEPRINT_PRESETS, BlueprintPreset, TemplateFrom};

use super::db::record;
use super::id::Id;
use super::request::{Item, ReminderRule};
use super::staff::Staff;
use crate::values::{Instructions, Label, Title};

/// A saved request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestTemplate {
    /// Its id.
    pub id: Id<RequestTemplate>,
    /// As the list shows it.
    pub name: Label,
    /// What a request made of it asks.
    pub blueprint: Blueprint,
    /// Who saved it last.
    pub by: Id<Staff>,
    /// When.
    pub changed: Timestamp,
}

/// What staff fill in of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequestTemplate {
    /// As the list shows it.
    pub name: Label,
    /// What a request made of it asks.
    pub blueprint: Blueprint,
}

/// Files that one item asks for unless somebody says otherwise.
const FILES: u16 = 10;

/// What requests are made of: by a template, or again and again. Fields in double braces are filled in for each client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blueprint {
    /// The title, fields unfilled.
    pub title: Title,
    /// What is read first, fields unfilled.
    pub instructions: Instructions,
    /// The items.
    pub items: Vec<Item>,
    /// When it is due.
    pub due: RelativeDue,
    /// When is reminded; none for the firm's default at the time of sending.
    pub reminders: Option<ReminderRule>,
}

/// A due date that counts from the civil day of sending in the firm's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelativeDue {
    /// None.
    None,
    /// So many days later.
    After {
        /// How many.
        days: u16,
    },
    /// On the next such day of a year: "31 January". The 29th of February is the 28th in other years.
    Yearly {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
    /// On the next such day of a month. The last one of a shorter month.
    Monthly {
        /// 1 to 31.
        day: i8,
    },
}

record!(RequestTemplate, "rt", "request_templates");
