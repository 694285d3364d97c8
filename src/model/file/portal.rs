//! Files in the portal: what one contact sees of one client's.

use serde::Serialize;

use super::place::{Crumb, FolderChoice, Picked, path_of};
use super::reader::Reads;
use super::receipt::{Opening, ReadBy, Reading, note};
use super::search::Wanted;
use super::shown::PortalFile;
use super::sight::{Sight, shown_file};
use super::version::OpenedFile;
use super::zip::{Zip, pack_shown};
use super::{File, Review, list};
use crate::error::{Error, Result};
use crate::model::db::{Read, Records};
use crate::model::directory::Total;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::portal::{Portal, Viewer};
use crate::values::FolderName;

/// The newest files among which a new one is looked for: Home asks on each visit.
const LOOKED_AT: usize = 200;
/// The most folders that a search shows.
const MOST_FOLDERS: usize = 50;

/// A page of files, as a contact sees them.
#[derive(Clone, Debug, Serialize)]
pub struct PortalFolderPage {
    /// The way to the folder, with it; none at the top, and of a search.
    pub crumbs: Vec<Crumb>,
    /// The folders in it in which something is shown to them, or those found. Only on the first page.
    pub folders: Vec<PortalFolder>,
    /// The files.
    pub files: Vec<PortalRow>,
    /// How many there are on all pages.
    #[serde(skip)]
    pub total: Total,
    /// The last file of this page, if there is another.
    pub next: Option<Id<File>>,
}

/// A folder in which something is shown to a contact.
#[derive(Clone, Debug, Serialize)]
pub struct PortalFolder {
    /// Its id.
    pub id: Id<Folder>,
    /// What it is called.
    pub name: FolderName,
    /// How many files they see in it and below.
    #[serde(skip)]
    pub files: Total,
}

/// A file in a contact's list.
#[derive(Clone, Debug, Serialize)]
pub struct PortalRow {
    /// The file.
    pub file: PortalFile,
    /// Where they find it.
    pub crumbs: Vec<Crumb>,
    /// Whether it has a version that they have neither opened nor added.
    pub new: bool,
}

/// A folder that a contact sees, or the top: where they may put their own files.
pub(in crate::model) fn shown_place(
    r: &impl Records,
    viewer: &Viewer,
    folder: Option<Id<Folder>>,
) -> Result<Option<Id<Folder>>> {
    Sight::of(r, *viewer)?.check(folder)?;
    Ok(folder)
}

impl Portal {
    fn look<T>(&self, look: impl FnOnce(Sight<'_, Read>) -> Result<T>) -> Result<T> {
        self.person().read(|r| look(Sight::of(r, *self.viewer())?))
    }

    /// A page of a folder; none is the top. A folder in which nothing is shown to them is not there.
    pub fn folder(
        &self,
        folder: Option<Id<Folder>>,
        after: Option<Id<File>>,
        limit: usize,
    ) -> Result<PortalFolderPage> {
        self.look(|sight| {
            sight.check(folder)?;
            // One that they do not see any more is no place to go on from.
            let last = after.and_then(|id| sight.file(id).ok());
            let ids = sight.files_in(folder, last.as_ref(), limit.saturating_add(1))?;
            let total = sight.count(&[folder])?;
            let folders = match last {
                None => sight.folders_in(folder).collect(),
                Some(_) => Vec::new(),
            };
            let crumbs = sight.way(folder);
            page(&sight, crumbs, folders, ids, (total, limit))
        })
    }

    /// A page of the files and folders that they see, by what was typed: each word is a part of the name. By name.
    pub fn find_files(
        &self,
        find: &str,
        after: Option<Id<File>>,
        limit: usize,
    ) -> Result<PortalFolderPage> {
        self.look(|sight| {
            let Some(wanted) = Wanted::parse(find) else {
                return page(&sight, vec![], vec![], vec![], (Total::Exactly(0), limit));
            };
            let found = sight.find_files(&wanted)?;
            let total = list::total(found.len());
            let last = after.and_then(|id| sight.file(id).ok());
            let behind = last.as_ref().map(|file| (file.name.sort_key().into_bytes(), file.id));
            let rest =
                found.into_iter().filter(|row| behind.as_ref().is_none_or(|last| row > last));
            let ids = rest.map(|(_, id)| id).take(limit.saturating_add(1)).collect();
            let mut folders = match last {
                None => sight.find_folders(&wanted),
                Some(_) => Vec::new(),
            };
            folders.truncate(MOST_FOLDERS);
            page(&sight, vec![], folders, ids, (total, limit))
        })
    }

    /// The files that came last, of all folders. None for whom Files is closed.
    pub fn recent_files(&self, limit: usize) -> Result<Vec<PortalRow>> {
        if !self.viewer().areas().files {
            return Ok(Vec::new());
        }
        self.look(|sight| {
            let ids = sight.recent(limit)?;
            ids.into_iter().filter_map(|id| sight.row(id).transpose()).collect()
        })
    }

    /// Own uploads that the firm rejected, and for which nothing has come since; the last one first. One upload makes up
    /// for one that was rejected before it.
    pub fn to_add_again(&self) -> Result<Vec<PortalRow>> {
        let viewer = self.viewer();
        let rejected = [viewer.client().bytes(), viewer.contact().bytes()].concat();
        // Every page of theirs asks, and hardly anybody has one.
        let none = |r: &Read| Ok(r.ids_by::<File>("file.rejected", &rejected, 1)?.is_empty());
        if !viewer.areas().files || self.person().read(none)? {
            return Ok(Vec::new());
        }
        self.look(|sight| {
            let (mut again, mut came) = (Vec::new(), Vec::new());
            for row in
                sight.recent(LOOKED_AT)?.into_iter().filter_map(|id| sight.row(id).transpose())
            {
                let row = row?;
                let Some(upload) = &row.file.upload else { continue };
                match &upload.review {
                    Some(Review::Rejected { at, .. }) => again.push((*at, row)),
                    _ => came.push(upload.added),
                }
            }
            again.sort_by_key(|(at, _)| *at);
            came.sort_unstable();
            let mut came = came.into_iter().peekable();
            again.retain(|(at, _)| {
                while came.next_if(|came| came < at).is_some() {}
                came.next().is_none()
            });
            Ok(again.into_iter().rev().map(|(_, row)| row).collect())
        })
    }

    /// Whether something came that they have not opened.
    pub fn has_new_files(&self) -> Result<bool> {
        if !self.viewer().areas().files {
            return Ok(false);
        }
        self.look(|sight| {
            for id in sight.recent(LOOKED_AT)? {
                if sight.is_new(&sight.file(id)?)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// One file.
    pub fn file(&self, file: Id<File>) -> Result<PortalRow> {
        self.look(|sight| sight.row(file)?.ok_or(Error::NotFound))
    }

    /// Opens the newest version that they may open. Nothing is noted: only whoever answers knows whether it is read.
    pub fn open_file(&self, file: Id<File>) -> Result<OpenedFile> {
        let file = self.person().read(|r| shown_file(r, self.viewer(), file))?;
        // Where there is none, only its uploader sees it: the scan's word on what they handed in.
        let version = file.current().unwrap_or_else(|| file.newest());
        OpenedFile::open(self.person().core(), &file, version, Reads::of_contact(self))
    }

    /// Notes the receipt of what they have read.
    pub fn note(&self, what: Reading, how: Opening) -> Result<()> {
        note(self.person().core(), ReadBy::of(self), (what, how), false)
    }

    /// What was ticked, to be packed into a zip: files that they see, and of folders what they see in them.
    pub fn zip(&self, picked: &Picked) -> Result<Zip> {
        let client = self.client();
        let packed = self.look(|sight| pack_shown(&sight, picked, client.name.as_str()))?;
        let core = self.person().core().clone();
        Ok(packed.open_for(core, Reads::of_contact(self), ReadBy::of(self)))
    }

    /// The folders that they see, by their paths: where they may put what they add.
    pub fn folder_choices(&self) -> Result<Vec<FolderChoice>> {
        self.look(|sight| {
            let ids = |parent| sight.folders_in(parent).map(|folder| folder.id).collect::<Vec<_>>();
            let (mut choices, mut stack) = (Vec::new(), ids(None));
            stack.reverse();
            while let Some(id) = stack.pop() {
                let path = path_of(&sight.way(Some(id)));
                choices.push(FolderChoice { id, path, firm_only: false });
                stack.extend(ids(Some(id)).into_iter().rev());
            }
            Ok(choices)
        })
    }
}

fn page(
    sight: &Sight<'_, Read>,
    crumbs: Vec<Crumb>,
    folders: Vec<&Folder>,
    mut ids: Vec<Id<File>>,
    (total, limit): (Total, usize),
) -> Result<PortalFolderPage> {
    let more = ids.len() > limit;
    ids.truncate(limit);
    let (mut folder_rows, mut files) = (Vec::new(), Vec::new());
    for folder in folders {
        let below: Vec<_> = sight.with_below(folder.id).into_iter().map(Some).collect();
        let files = sight.count(&below)?;
        folder_rows.push(PortalFolder { id: folder.id, name: folder.name.clone(), files });
    }
    for id in &ids {
        files.extend(sight.row(*id)?);
    }
    let next = ids.last().copied().filter(|_| more);
    Ok(PortalFolderPage { crumbs, folders: folder_rows, files, total, next })
}
