//! The form that adds files, as `parts/file_drop.html` draws it and `web/js/elements/file-drop.js` improves it.

use serde::Serialize;

use crate::values::size;

/// A form that adds files.
#[derive(Clone, Debug, Serialize)]
pub struct FileDrop {
    /// Where the plain form goes.
    pub action: String,
    /// Where uploads in pieces begin.
    pub uploads: String,
    /// The most bytes of one file.
    pub limit: u64,
    /// The same in words.
    pub largest: String,
    /// Where the script goes once all are there, with their ids behind it; none stays on the page.
    pub then: Option<String>,
    /// Where it goes instead if they are more than fit in an address, with "{first}" and "{last}" for ids.
    pub then_many: Option<String>,
    /// Whether files leave as soon as they are chosen, without a press of the button.
    pub at_once: bool,
    /// Whether whole folders may be dropped and chosen.
    pub folders: bool,
    /// Whether it takes several files.
    pub many: bool,
    /// Names the field: "Choose files".
    pub label: &'static str,
    /// Below it: who sees them, how large they may be.
    pub hint: String,
    /// Names the button: "Add".
    pub button: &'static str,
}

impl FileDrop {
    /// A form for several files that waits for its button. `prefix` is what stands before "/files" and "/uploads";
    /// `seen` says what should be known of them, as a whole sentence, if anything.
    #[must_use]
    pub fn new(prefix: &str, limit: u64, seen: &str) -> Self {
        Self {
            action: format!("{prefix}/files"),
            uploads: format!("{prefix}/uploads"),
            limit,
            largest: in_words(limit),
            then: None,
            then_many: None,
            at_once: false,
            folders: false,
            many: true,
            label: "Choose files",
            hint: format!("{seen} Up to {} each.", in_words(limit)).trim_start().to_owned(),
            button: "Add",
        }
    }
}

/// "5 GB", "250 MB": a limit that somebody chose is a round number.
fn in_words(limit: u64) -> String {
    const GB: u64 = 1_000_000_000;
    if limit > 0 && limit.is_multiple_of(GB) { format!("{} GB", limit / GB) } else { size(limit) }
}

#[cfg(test)]
mod tests {
    use super::FileDrop;

    #[test]
    fn a_form_says_how_large_a_file_may_be() {
        let hint = |limit| FileDrop::new("/p/x", limit, "Only you see them.").hint;
        assert_eq!(hint(5_000_000_000), "Only you see them. Up to 5 GB each.");
        assert_eq!(hint(250_000_000), "Only you see them. Up to 250 MB each.");
        assert_eq!(FileDrop::new("/p/x", 250_000_000, "").hint, "Up to 250 MB each.");
    }
}
