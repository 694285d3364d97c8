//! What one contact sees of a client's files: read from the index rows of everyone and of their own, never by leaving
//! things out of a list that holds what is meant for others.
//!
//! A folder says by itself to whom its name is shown ([`Folder::named_to`]). What lies in one that is not shown to a contact
//! they find in the next folder around it that is.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::ControlFlow;

use super::list::{COUNTED, total};
use super::place::{Crumb, place_key};
use super::receipt::has_opened;
use super::search::{Found, Wanted, find};
use super::{ALL, File, PortalFile, PortalRow};
use crate::error::{Error, Result};
use crate::model::db::{Order, Records, Span};
use crate::model::directory::Total;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::portal::{Shown, Viewer};

/// The folders shown to a contact in which something is, or below which, and the files there.
pub(super) struct Sight<'r, R> {
    r: &'r R,
    viewer: Viewer,
    folders: HashMap<Id<Folder>, Folder>,
    /// The same by the folder they are shown in, in order of their names.
    inside: HashMap<Option<Id<Folder>>, Vec<Id<Folder>>>,
    /// Of each folder with something for them, the one they find it in: that folder, or the next around it that is shown.
    shown_in: HashMap<Id<Folder>, Option<Id<Folder>>>,
    /// The places whose files they find in a folder.
    places: HashMap<Option<Id<Folder>>, Vec<Option<Id<Folder>>>>,
}

impl<'r, R: Records> Sight<'r, R> {
    /// [`Error::NotFound`] for whom Files is closed.
    pub(super) fn of(r: &'r R, viewer: Viewer) -> Result<Self> {
        if !viewer.areas().files {
            return Err(Error::NotFound);
        }
        let mut sight = Self {
            r,
            viewer,
            folders: HashMap::new(),
            inside: HashMap::new(),
            shown_in: HashMap::new(),
            places: HashMap::from([(None, vec![None])]),
        };
        let mut places = BTreeSet::new();
        for begin in sight.begins() {
            sight.places(&begin, &mut places)?;
        }
        for place in places {
            let shown = sight.add(place)?;
            sight.places.entry(shown).or_default().push(Some(place));
        }
        sight.sort();
        Ok(sight)
    }

    /// How the rows of everyone begin, and their own.
    fn begins(&self) -> [Vec<u8>; 2] {
        let (client, me) = (self.viewer.client(), self.viewer.contact());
        [ALL, me.bytes()].map(|seer| [client.bytes(), seer].concat())
    }

    /// The folders with a file of these rows: from each place the walk leaps to the next.
    fn places(&self, begin: &[u8], places: &mut BTreeSet<Id<Folder>>) -> Result<()> {
        let mut span = Span::prefix(begin);
        loop {
            let mut found = None;
            self.r.walk_index("file.shown", &span, Order::Ascending, |key, _: Id<File>| {
                found = key[begin.len()..].first_chunk::<16>().copied();
                ControlFlow::Break(())
            })?;
            let Some(place) = found else { return Ok(()) };
            if place != ALL {
                places.insert(Id::from_bytes(place));
            }
            let Some(next) = u128::from_be_bytes(place).checked_add(1) else { return Ok(()) };
            span = Span::prefix(begin).at([begin, &next.to_be_bytes()].concat());
        }
    }

    /// Takes in a folder and those around it. Gives the one in which they find what lies there.
    fn add(&mut self, place: Id<Folder>) -> Result<Option<Id<Folder>>> {
        let (mut at, mut unknown) = (Some(place), Vec::new());
        let mut shown = loop {
            let Some(id) = at else { break None };
            if let Some(known) = self.shown_in.get(&id) {
                break *known;
            }
            let Some(folder) = self.r.get::<Folder>(id)? else { break None };
            at = folder.parent;
            unknown.push(folder);
        };
        for folder in unknown.into_iter().rev() {
            let id = folder.id;
            if folder.named_to(self.viewer.contact()) {
                self.inside.entry(shown).or_default().push(id);
                self.folders.insert(id, folder);
                shown = Some(id);
            }
            self.shown_in.insert(id, shown);
        }
        Ok(shown)
    }

    fn sort(&mut self) {
        for ids in self.inside.values_mut() {
            ids.sort_by_cached_key(|id| (self.folders[id].name.sort_key(), *id));
        }
    }

    /// Refuses a folder that they do not see. Everybody sees the top.
    pub(super) fn check(&self, folder: Option<Id<Folder>>) -> Result<()> {
        match folder {
            Some(id) if !self.folders.contains_key(&id) => Err(Error::NotFound),
            _ => Ok(()),
        }
    }

    /// A folder that they see.
    pub(super) fn folder(&self, id: Id<Folder>) -> Result<&Folder> {
        self.folders.get(&id).ok_or(Error::NotFound)
    }

    /// The folders in a folder, by name.
    pub(super) fn folders_in(&self, folder: Option<Id<Folder>>) -> impl Iterator<Item = &Folder> {
        self.inside.get(&folder).into_iter().flatten().map(|id| &self.folders[id])
    }

    /// The folders whose names are wanted, by name.
    pub(super) fn find_folders(&self, wanted: &Wanted) -> Vec<&Folder> {
        let mut room = String::new();
        let all = self.folders.values().map(|folder| (folder.name.sort_key(), folder));
        let mut found: Vec<_> =
            all.filter(|(key, _)| wanted.is_in(key.as_bytes(), &mut room)).collect();
        found.sort_by(|a, b| (&a.0, a.1.id).cmp(&(&b.0, b.1.id)));
        found.into_iter().map(|(_, folder)| folder).collect()
    }

    /// The folder in which they find what lies in this one.
    pub(super) fn shown_in(&self, folder: Option<Id<Folder>>) -> Option<Id<Folder>> {
        folder.and_then(|folder| self.shown_in.get(&folder).copied().flatten())
    }

    /// The way to a folder, with it: those of it that are shown to them.
    pub(super) fn way(&self, folder: Option<Id<Folder>>) -> Vec<Crumb> {
        let (mut at, mut way) = (self.shown_in(folder), Vec::new());
        while let Some(folder) = at.and_then(|id| self.folders.get(&id)) {
            way.push(Crumb { id: folder.id, name: folder.name.clone() });
            at = self.shown_in(folder.parent);
        }
        way.reverse();
        way
    }

    /// The folders below a folder, with it.
    pub(super) fn with_below(&self, folder: Id<Folder>) -> Vec<Id<Folder>> {
        let (mut all, mut next) = (vec![folder], 0);
        while let Some(folder) = all.get(next).copied() {
            all.extend(self.folders_in(Some(folder)).map(|folder| folder.id));
            next += 1;
        }
        all
    }

    /// At most so many files of a folder, by name, behind one of them.
    pub(super) fn files_in(
        &self,
        folder: Option<Id<Folder>>,
        after: Option<&File>,
        most: usize,
    ) -> Result<Vec<Id<File>>> {
        let after = after.map(|file| (file.name.sort_key().into_bytes(), file.id));
        let mut rows = Found::new();
        for place in self.places.get(&folder).into_iter().flatten() {
            rows.append(&mut self.rows("file.shown", &place_key(*place), after.as_ref(), most)?);
        }
        Ok(rows.into_iter().map(|(_, id)| id).take(most).collect())
    }

    /// At most so many files of all folders, the last that came first.
    pub(super) fn recent(&self, most: usize) -> Result<Vec<Id<File>>> {
        let mut rows = BTreeSet::new();
        for begin in self.begins() {
            let mut left = most;
            let span = Span::prefix(&begin);
            self.r.walk_index("file.recent", &span, Order::Descending, |key, id| {
                if left == 0 {
                    return ControlFlow::Break(());
                }
                left -= 1;
                rows.insert((key[begin.len()..].to_vec(), id));
                ControlFlow::Continue(())
            })?;
        }
        Ok(rows.into_iter().rev().map(|(_, id)| id).take(most).collect())
    }

    /// The first rows of everyone and of their own, each file once.
    fn rows(
        &self,
        index: &'static str,
        place: &[u8],
        after: Option<&(Vec<u8>, Id<File>)>,
        most: usize,
    ) -> Result<Found<File>> {
        let mut rows = Found::new();
        for begin in self.begins() {
            let begin = [begin.as_slice(), place].concat();
            let mut span = Span::prefix(&begin);
            if let Some((key, id)) = after {
                span = span.behind([begin.as_slice(), key].concat(), *id);
            }
            let mut left = most;
            self.r.walk_index(index, &span, Order::Ascending, |key, id| {
                if left == 0 {
                    return ControlFlow::Break(());
                }
                left -= 1;
                rows.insert((key[begin.len()..].to_vec(), id));
                ControlFlow::Continue(())
            })?;
        }
        Ok(rows)
    }

    /// All files whose names are wanted.
    pub(super) fn find_files(&self, wanted: &Wanted) -> Result<Found<File>> {
        let mut found = Found::new();
        for begin in self.begins() {
            find(self.r, ("file.shown", &begin, begin.len() + 16), wanted, &mut found)?;
        }
        Ok(found)
    }

    /// How many files they see in these folders.
    pub(super) fn count(&self, folders: &[Option<Id<Folder>>]) -> Result<Total> {
        let mut seen = HashSet::new();
        for folder in folders {
            seen.extend(self.files_in(*folder, None, COUNTED + 1)?);
            if seen.len() > COUNTED {
                break;
            }
        }
        Ok(total(seen.len()))
    }

    /// A file as they see it.
    pub(super) fn row(&self, id: Id<File>) -> Result<Option<PortalRow>> {
        let Some(file) = self.r.get::<File>(id)? else { return Ok(None) };
        let Some(shown) = file.shown_to(&self.viewer) else { return Ok(None) };
        let (folder, new) = (self.shown_in(shown.folder), self.is_new(&file)?);
        Ok(Some(PortalRow { crumbs: self.way(folder), file: PortalFile { folder, ..shown }, new }))
    }

    /// Whether it has a version that they have neither opened nor added.
    pub(super) fn is_new(&self, file: &File) -> Result<bool> {
        let me = self.viewer.contact();
        match file.current() {
            Some(version) if version.by.contact() != Some(me) => {
                Ok(!has_opened(self.r, me, file.id, version.number)?)
            }
            _ => Ok(false),
        }
    }

    /// A file that they see, with all that is known of it.
    pub(super) fn file(&self, id: Id<File>) -> Result<File> {
        shown_file(self.r, &self.viewer, id)
    }
}

/// A file that a contact sees, with all that is known of it. No folder is looked at: the file itself says who sees it.
pub(super) fn shown_file(r: &impl Records, viewer: &Viewer, id: Id<File>) -> Result<File> {
    let file: Option<File> = r.get(id)?;
    file.filter(|file| file.shown_to(viewer).is_some()).ok_or(Error::NotFound)
}
