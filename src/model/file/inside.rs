//! Who sees what is in a folder: the same people all of it, or that varies.

use std::collections::BTreeSet;

use super::audience::{Circle, Seen, listed};
use super::list::{COUNTED, total};
use super::place::{files_in, with_below};
use super::{Audience, File, Review};
use crate::error::Result;
use crate::model::contact::Contact;
use crate::model::db::Records;
use crate::model::directory::Total;
use crate::model::folder::Folder;
use crate::model::id::Id;

/// Different people that are named; whoever sees more files than these says is behind "others".
const NAMED: usize = 3;

/// Who sees what is in a folder and below, as far as a list counts it.
#[derive(Clone, Debug)]
pub struct FolderSeen {
    /// Who sees what staff add to it.
    new: Seen,
    /// Who sees files in it: each of those people once, in the order in which they were found.
    found: Vec<Seen>,
    /// How many files there are.
    files: Total,
    /// Whether files are seen by yet other people than are named.
    others: bool,
    /// What was chosen for all of them, if that is one thing; of an empty folder, for what staff add to it.
    chosen: Option<Audience>,
}

impl FolderSeen {
    /// "Everyone", "Firm only", "Varies"; of an empty folder who sees what staff add to it.
    #[must_use]
    pub fn short(&self) -> String {
        match (self.found.as_slice(), &self.files) {
            ([], _) => self.new.short(),
            ([all], Total::MoreThan(most)) => format!("{} (first {most})", all.short()),
            ([all], Total::Exactly(_)) => all.short(),
            _ => "Varies".into(),
        }
    }

    /// The icon beside [`FolderSeen::short`].
    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.found.as_slice() {
            [] => self.new.icon(),
            [all] => all.icon(),
            _ => "eye",
        }
    }

    /// What [`FolderSeen::short`] leaves out, as a sentence, if anything.
    #[must_use]
    pub fn more(&self) -> String {
        match (self.found.as_slice(), &self.files) {
            ([], _) => "Nothing is in it yet. What staff add here is seen so.".into(),
            ([_], Total::MoreThan(most)) => {
                format!("So are the first {most} files in it; the others were not looked at.")
            }
            ([_], Total::Exactly(_)) => String::new(),
            _ => format!("In it: {}", self.whom()),
        }
    }

    /// "Firm only and Everyone".
    fn whom(&self) -> String {
        let mut shorts: Vec<String> = Vec::new();
        for short in self.found.iter().map(Seen::short) {
            if !shorts.contains(&short) {
                shorts.push(short);
            }
        }
        let mut words: Vec<&str> = shorts.iter().map(String::as_str).collect();
        if self.others || words.len() == 1 {
            words.push("others");
        }
        listed(&words)
    }

    /// Who sees files in it, if not all of them are seen by the same people: "Firm only and Everyone".
    #[must_use]
    pub fn varies(&self) -> Option<String> {
        (self.found.len() > 1).then(|| self.whom())
    }

    /// What was chosen for all that is in it, if that is one thing and all of it was looked at; of an empty folder, what
    /// holds for whatever staff add to it.
    #[must_use]
    pub const fn chosen(&self) -> Option<&Audience> {
        self.chosen.as_ref()
    }
}

/// Whom a file reaches.
#[derive(PartialEq, Eq)]
enum Reach {
    Everyone,
    Contacts(BTreeSet<Id<Contact>>),
}

impl Reach {
    fn of(audience: &Audience) -> Self {
        match audience {
            Audience::Firm => Self::Contacts(BTreeSet::new()),
            Audience::Everyone => Self::Everyone,
            Audience::Named(named) => Self::Contacts(named.iter().copied().collect()),
        }
    }
}

impl Circle {
    fn reach(&self, file: &File) -> Reach {
        let rejected = matches!(file.review, Some(Review::Rejected { .. }));
        let mut reach = Reach::of(if rejected { &Audience::Firm } else { &file.audience });
        if let (Reach::Contacts(contacts), Some(uploader)) = (&mut reach, file.by.contact()) {
            contacts.extend(self.reader(uploader).map(|reader| reader.contact));
        }
        reach
    }

    /// How many files are in a folder and below, and who sees them. It reads no more of them than are counted.
    pub(super) fn inside(&self, r: &impl Records, folder: &Folder) -> Result<(Total, FolderSeen)> {
        let mut ids = Vec::new();
        for below in with_below(r, folder.client, folder.id)? {
            ids.extend(files_in(r, folder.client, Some(below), COUNTED + 1 - ids.len())?);
            if ids.len() > COUNTED {
                break;
            }
        }
        let files = total(ids.len());
        let (mut reaches, mut found, mut others) = (Vec::new(), Vec::new(), false);
        let mut chosen = matches!(files, Total::Exactly(_)).then(|| folder.audience.clone());
        for (at, id) in ids.into_iter().take(COUNTED).enumerate() {
            let file: File = r.need(id)?;
            if at == 0 && chosen.is_some() {
                chosen = Some(file.audience.clone());
            }
            chosen = chosen.filter(|chosen| *chosen == file.audience);
            let reach = self.reach(&file);
            if reaches.contains(&reach) {
                continue;
            }
            if found.len() == NAMED {
                (others, chosen) = (true, None);
                break;
            }
            reaches.push(reach);
            found.push(self.seen(&file));
        }
        Ok((files, FolderSeen { new: self.seen_in(folder), found, files, others, chosen }))
    }
}
