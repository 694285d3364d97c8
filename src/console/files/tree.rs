//! The folders of a client as radio buttons, each set in as deep as it lies. No page of its own.

use serde::Serialize;

use crate::model::FolderChoice;

/// One of the folders to choose from.
#[derive(Clone, Debug, Serialize)]
pub(in crate::console) struct Branch {
    value: String,
    label: String,
    depth: usize,
    note: &'static str,
    /// It cannot be chosen.
    off: bool,
}

/// As deep as the style sheet sets them in.
const DEEPEST: usize = 6;

/// The top and all folders. Those that are to be moved, and what lies in them, cannot be chosen.
pub(in crate::console) fn tree(choices: &[FolderChoice], moved: &[String]) -> Vec<Branch> {
    let top = Branch {
        value: "top".into(),
        label: "All files".into(),
        depth: 0,
        note: "Outside of every folder",
        off: false,
    };
    let mut within: Option<usize> = None;
    let below = choices.iter().map(|choice| {
        let value = choice.id.to_string();
        let depth = choice.path.split(" / ").count();
        if within.is_some_and(|outer| depth <= outer) {
            within = None;
        }
        let is_moved = moved.contains(&value);
        if is_moved && within.is_none() {
            within = Some(depth);
        }
        let label = choice.path.rsplit(" / ").next().unwrap_or_default().to_owned();
        let note = match (is_moved, choice.firm_only) {
            (true, _) => "This is what you move",
            (false, true) => "Firm only: no contact sees this folder or its name",
            (false, false) => "",
        };
        Branch { value, label, depth: depth.min(DEEPEST), note, off: within.is_some() }
    });
    std::iter::once(top).chain(below).collect()
}

/// The folder that was chosen; none is the top.
pub(in crate::console) fn chosen(
    typed: &str,
) -> Result<Option<crate::model::Id<crate::model::folder::Folder>>, &'static str> {
    match typed {
        "top" => Ok(None),
        id => id.parse().map(Some).map_err(|_| "Choose a folder"),
    }
}
