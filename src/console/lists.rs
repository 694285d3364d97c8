//! What pages with lists have in common: tabs above them, and the way to further pages below. No page of its own.

use std::borrow::Cow;

use serde::Serialize;

/// A tab, as the templates' `tabs` draws it.
#[derive(Serialize)]
pub(super) struct Tab {
    href: Cow<'static, str>,
    label: &'static str,
    current: bool,
}

impl Tab {
    pub(super) fn new(
        href: impl Into<Cow<'static, str>>,
        label: &'static str,
        current: bool,
    ) -> Self {
        Self { href: href.into(), label, current }
    }
}

/// Which part of a list this is, and the addresses beside it, as the templates' `pager` draws it.
#[derive(Serialize)]
pub(super) struct Pager {
    pub(super) text: String,
    pub(super) back: Option<String>,
    pub(super) next: Option<String>,
}
