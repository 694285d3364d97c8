//! A decision that is asked for once more before it counts: what it is, and what it means. No page of its own.

use serde::Serialize;

use crate::http::pages::Page;

/// The dialog. What is pressed in it is a form without fields that anybody fills in.
#[derive(Serialize)]
pub(super) struct Confirm {
    /// Which item of the navigation it belongs to.
    #[serde(skip)]
    pub(super) section: &'static str,
    /// Where Close and Cancel lead.
    pub(super) back: String,
    /// Where the form goes.
    pub(super) path: String,
    pub(super) heading: String,
    /// What it means.
    pub(super) sentences: Vec<String>,
    /// The words of its button.
    pub(super) label: String,
}

impl Page for Confirm {
    const TEMPLATE: &'static str = "console/confirm.html";

    fn section(&self) -> &'static str {
        self.section
    }
}
