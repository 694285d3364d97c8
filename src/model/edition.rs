//! Editions: a form carries that of the record it shows, so that nobody's edit is overwritten unseen.

use ring::digest::{SHA256, digest};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::values::hex;

/// A short text that differs whenever the record does.
pub(super) fn edition(record: &impl Serialize) -> String {
    let text = serde_json::to_vec(record).unwrap_or_default();
    let hash = digest(&SHA256, &text);
    hex(&hash.as_ref()[..8])
}

/// Refuses a form that shows an older edition. A form that carries none, as a script may send, is taken as it is.
pub(super) fn check_edition(seen: &str, current: &str) -> Result<()> {
    if seen.is_empty() || seen == current {
        return Ok(());
    }
    let why = "Somebody else changed this while you were editing. What you typed is kept: save again to replace \
               their changes, or leave the page to keep them";
    Err(Error::field("form", why))
}
