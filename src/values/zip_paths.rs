//! Where files lie within a zip: two of one name get along, and Windows can unpack all of them.

use std::collections::{HashMap, HashSet};

use super::{FileName, FolderName};

/// Gives each file of a zip its path: unique also where case does not count, and without what Windows forbids.
#[derive(Default)]
pub struct ZipPaths {
    /// Paths that are taken, by files or folders, in lower case.
    taken: HashSet<String>,
    /// The path of each folder, by that of the one around it and its own name.
    folders: HashMap<(String, FolderName), String>,
    /// The last number behind a name that was wanted again.
    numbers: HashMap<String, usize>,
}

impl ZipPaths {
    /// The path of the next file, which lies in these folders, from the outermost: "2026/VAT/Lease (2).pdf".
    pub fn place(&mut self, folders: &[FolderName], name: &FileName) -> String {
        let mut around = String::new();
        for folder in folders {
            around = self.enter(around, folder);
        }
        let name = name.windows_safe();
        self.free(&around, &name.same_key(), |number| match number {
            1 => name.to_string(),
            more => name.numbered(more).to_string(),
        })
    }

    /// The path of a folder, with the slash behind it. The same folder is always the same.
    fn enter(&mut self, around: String, folder: &FolderName) -> String {
        let of = (around, folder.clone());
        if let Some(path) = self.folders.get(&of) {
            return path.clone();
        }
        let name = folder.windows_safe();
        let path = self.free(&of.0, &name.same_key(), |number| match number {
            1 => name.to_string(),
            more => name.numbered(more).to_string(),
        });
        self.folders.insert(of, format!("{path}/"));
        format!("{path}/")
    }

    /// The first of these names that nothing there has.
    fn free(&mut self, around: &str, wanted: &str, named: impl Fn(usize) -> String) -> String {
        let last = self.numbers.entry(format!("{around}{wanted}")).or_default();
        loop {
            *last += 1;
            let path = format!("{around}{}", named(*last));
            if self.taken.insert(path.to_lowercase()) {
                return path;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, proptest};

    use super::*;

    fn places(paths: &[&str]) -> Vec<String> {
        let mut zip = ZipPaths::default();
        let paths = paths.iter().map(|path| FileName::tame_path(path));
        paths.map(|(folders, name)| zip.place(&folders, &name)).collect()
    }

    #[test]
    fn two_files_of_one_name_get_along() {
        assert_eq!(
            places(&["a.pdf", "A.PDF", "a.pdf", "a (2).pdf", "b/a.pdf", "B/a.pdf", "b"]),
            ["a.pdf", "A (2).PDF", "a (3).pdf", "a (2) (2).pdf", "b/a.pdf", "B (2)/a.pdf", "b (3)"]
        );
    }

    #[test]
    fn what_windows_forbids_is_not_in_it() {
        let mut zip = ZipPaths::default();
        let folder = [FolderName::parse("AUX").unwrap(), FolderName::parse("Q1: paid?").unwrap()];
        let path = zip.place(&folder, &FileName::parse("a|b.pdf").unwrap());
        assert_eq!(path, "AUX_/Q1_ paid_/a_b.pdf");
        assert_eq!(
            zip.place(&folder, &FileName::parse("a?b.pdf").unwrap()),
            "AUX_/Q1_ paid_/a_b (2).pdf"
        );
    }

    proptest! {
        #[test]
        fn no_path_is_given_twice(
            names in prop::collection::vec("[aA?:b]{1,2}(/[aA?b]{1,2}){0,2}( \\([23]\\))?", 0..40),
            long in any::<bool>(),
        ) {
            let mut zip = ZipPaths::default();
            let mut seen = HashSet::new();
            for name in names {
                let name = if long { format!("{name}{}", "x".repeat(250)) } else { name };
                let (folders, name) = FileName::tame_path(&name);
                let path = zip.place(&folders, &name);
                prop_assert!(!path.contains(['?', ':']));
                prop_assert!(seen.insert(path.to_lowercase()));
            }
        }
    }
}
