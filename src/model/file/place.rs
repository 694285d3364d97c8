//! Where files and folders lie: the tree of a client's folders, and what was picked in it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{ALL, Audience, Author, File, default_audience};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::db::{Order, Records, Span, Write};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::FolderName;

/// Folders in each other. Nobody nests them so deep, and paths in a zip must fit.
pub(super) const MOST_DEEP: usize = 32;

/// What was ticked in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    /// Files.
    pub files: Vec<Id<File>>,
    /// Folders, with all that is in them.
    pub folders: Vec<Id<Folder>>,
}

impl Picked {
    /// One file.
    #[must_use]
    pub fn file(file: Id<File>) -> Self {
        Self { files: vec![file], folders: vec![] }
    }

    /// One folder.
    #[must_use]
    pub fn folder(folder: Id<Folder>) -> Self {
        Self { files: vec![], folders: vec![folder] }
    }

    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }
}

/// A folder on the way to something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crumb {
    /// Its id.
    pub id: Id<Folder>,
    /// What it is called.
    pub name: FolderName,
}

/// A folder that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderChoice {
    /// Its id.
    pub id: Id<Folder>,
    /// Where it lies, with its own name: "2026 / VAT".
    pub path: String,
    /// Whether no contact is shown its name. Never so in what a contact chooses from.
    pub firm_only: bool,
}

/// How index rows name a place.
pub(super) fn place_key(folder: Option<Id<Folder>>) -> [u8; 16] {
    folder.map_or(ALL, Id::bytes)
}

/// How the rows of a place begin.
pub(super) fn here(client: Id<Client>, folder: Option<Id<Folder>>) -> Vec<u8> {
    [client.bytes(), place_key(folder)].concat()
}

/// A folder of a client that is not in the trash; none is the top.
pub(in crate::model) fn place(
    r: &impl Records,
    client: Id<Client>,
    folder: Option<Id<Folder>>,
) -> Result<Option<Folder>> {
    let Some(id) = folder else { return Ok(None) };
    let folder: Option<Folder> = r.get(id)?;
    let there = folder.filter(|folder| folder.client == client && folder.trash.is_none());
    there.ok_or(Error::NotFound).map(Some)
}

/// A file of a client that is not in the trash.
pub(in crate::model) fn live_file(
    r: &impl Records,
    client: Id<Client>,
    file: Id<File>,
) -> Result<File> {
    let file: Option<File> = r.get(file)?;
    file.filter(|file| file.client == client && file.trash.is_none()).ok_or(Error::NotFound)
}

/// The folders in a folder, by name.
pub(super) fn folders_in(
    r: &impl Records,
    client: Id<Client>,
    folder: Option<Id<Folder>>,
) -> Result<Vec<Id<Folder>>> {
    let span = Span::prefix(here(client, folder));
    r.ids_in("folder.name", &span, Order::Ascending, usize::MAX)
}

/// The files in a folder, by name, at most so many.
pub(super) fn files_in(
    r: &impl Records,
    client: Id<Client>,
    folder: Option<Id<Folder>>,
    most: usize,
) -> Result<Vec<Id<File>>> {
    r.ids_in("file.name", &Span::prefix(here(client, folder)), Order::Ascending, most)
}

/// A folder and all folders below it, each behind the one it lies in.
pub(super) fn with_below(
    r: &impl Records,
    client: Id<Client>,
    folder: Id<Folder>,
) -> Result<Vec<Id<Folder>>> {
    let (mut all, mut next) = (vec![folder], 0);
    while let Some(folder) = all.get(next).copied() {
        all.extend(folders_in(r, client, Some(folder))?);
        next += 1;
    }
    Ok(all)
}

/// How many folders lie in each other from this one on, with it.
pub(super) fn height(r: &impl Records, client: Id<Client>, folder: Id<Folder>) -> Result<usize> {
    let (mut level, mut height) = (vec![folder], 0);
    while !level.is_empty() {
        let mut below = Vec::new();
        for folder in level {
            below.extend(folders_in(r, client, Some(folder))?);
        }
        level = below;
        height += 1;
    }
    Ok(height)
}

/// The ways to folders, each looked up once.
pub(super) struct Ways<'r, R> {
    r: &'r R,
    known: HashMap<Id<Folder>, Vec<Crumb>>,
}

impl<'r, R: Records> Ways<'r, R> {
    pub(super) fn new(r: &'r R) -> Self {
        Self { r, known: HashMap::new() }
    }

    /// The folders on the way to this one, from the outermost, with it.
    pub(super) fn to(&mut self, folder: Option<Id<Folder>>) -> Result<Vec<Crumb>> {
        let (mut at, mut unknown) = (folder, Vec::new());
        let mut way = loop {
            let Some(id) = at else { break Vec::new() };
            if let Some(known) = self.known.get(&id) {
                break known.clone();
            }
            let Some(folder) = self.r.get::<Folder>(id)? else { break Vec::new() };
            // The verbs keep folders from lying in themselves; a damaged store must not hang a page.
            if unknown.len() > 2 * MOST_DEEP {
                return Err(Error::bug(format!("the folder {id} lies in itself")));
            }
            unknown.push(Crumb { id, name: folder.name });
            at = folder.parent;
        };
        for crumb in unknown.into_iter().rev() {
            way.push(crumb);
            let Some(last) = way.last() else { continue };
            self.known.insert(last.id, way.clone());
        }
        Ok(way)
    }
}

/// The folders on the way to this one, from the outermost, with it.
pub(in crate::model) fn way_to(r: &impl Records, folder: Option<Id<Folder>>) -> Result<Vec<Crumb>> {
    Ways::new(r).to(folder)
}

/// A way in words: "2026 / VAT".
pub(super) fn path_of(way: &[Crumb]) -> String {
    way.iter().map(|crumb| crumb.name.as_str()).collect::<Vec<_>>().join(" / ")
}

/// The folder beside which a folder of this name cannot be, if there is one. Case makes no other name.
pub(super) fn taken(
    r: &impl Records,
    client: Id<Client>,
    parent: Option<Id<Folder>>,
    name: &FolderName,
) -> Result<Option<Folder>> {
    let key = [here(client, parent).as_slice(), name.sort_key().as_bytes()].concat();
    let alike: Vec<Folder> = r.by("folder.name", key, usize::MAX)?;
    Ok(alike.into_iter().find(|folder| folder.name.same_key() == name.same_key()))
}

/// Refuses to nest folders any deeper.
pub(super) fn check_depth(depth: usize) -> Result<()> {
    if depth > MOST_DEEP {
        let why = format!("Folders cannot lie in each other more than {MOST_DEEP} deep.");
        return Err(Error::refused(why));
    }
    Ok(())
}

/// Makes a folder whose name is free, in a folder that is there.
pub(super) fn add_folder(
    tx: &mut Write<'_, '_>,
    (client, parent): (Id<Client>, Option<Id<Folder>>),
    name: FolderName,
    audience: Audience,
    by: &Author,
) -> Result<Folder> {
    let depth = Ways::new(tx).to(parent)?.len();
    check_depth(depth + 1)?;
    let (id, made) = (tx.id(), tx.now());
    let folder = Folder { id, client, parent, name, audience, by: by.clone(), made, trash: None };
    tx.add(&folder)?;
    Ok(folder)
}

/// The folder at the end of a path below another: those that are not there are made, in the name of whoever runs the
/// command, and are shown to whom what comes with them is; where that is not said, to whom the folder around them is.
pub(in crate::model) fn folders_at(
    tx: &mut Write<'_, '_>,
    client: Id<Client>,
    from: Option<Id<Folder>>,
    path: &[FolderName],
    (audience, by): (Option<&Audience>, &Author),
) -> Result<Option<Id<Folder>>> {
    let mut at = place(tx, client, from)?;
    for name in path {
        let parent = at.as_ref().map(|folder| folder.id);
        at = Some(match taken(tx, client, parent, name)? {
            Some(folder) => folder,
            None => {
                let audience = audience.cloned();
                let audience = audience.unwrap_or_else(|| default_audience(at.as_ref()));
                add_folder(tx, (client, parent), name.clone(), audience, by)?
            }
        });
    }
    Ok(at.map(|folder| folder.id))
}

/// What was picked, as it is: files and folders of one client, none of which lies in another of them.
pub(super) struct Things {
    pub(super) files: Vec<File>,
    pub(super) folders: Vec<Folder>,
}

impl Things {
    /// Refuses what is another client's, gone or in the trash.
    pub(super) fn live(r: &impl Records, client: Id<Client>, picked: &Picked) -> Result<Self> {
        let (files, folders) = (once_each(&picked.files), once_each(&picked.folders));
        let mut ways = Ways::new(r);
        let (mut things, chosen) =
            (Self { files: vec![], folders: vec![] }, folders.iter().copied().collect());
        for id in folders {
            let folder = place(r, client, Some(id))?.ok_or(Error::NotFound)?;
            if !lies_in(&ways.to(folder.parent)?, &chosen) {
                things.folders.push(folder);
            }
        }
        for id in files {
            let file = live_file(r, client, id)?;
            if !lies_in(&ways.to(file.folder)?, &chosen) {
                things.files.push(file);
            }
        }
        things.some()
    }

    /// Wherever they lie, also in the trash. Refuses what is another client's, or gone.
    pub(super) fn any(r: &impl Records, client: Id<Client>, picked: &Picked) -> Result<Self> {
        let mut things = Self { files: vec![], folders: vec![] };
        for id in once_each(&picked.folders) {
            let folder: Option<Folder> = r.get(id)?;
            let theirs = folder.filter(|folder| folder.client == client);
            things.folders.push(theirs.ok_or(Error::NotFound)?);
        }
        for id in once_each(&picked.files) {
            let file: Option<File> = r.get(id)?;
            things.files.push(file.filter(|file| file.client == client).ok_or(Error::NotFound)?);
        }
        things.some()
    }

    /// Refuses nothing.
    pub(super) fn some(self) -> Result<Self> {
        if self.files.is_empty() && self.folders.is_empty() {
            return Err(Error::refused("Choose a file or a folder first."));
        }
        Ok(self)
    }

    /// What they are called: "“Lease.pdf”", "3 files and the folder “VAT”".
    pub(super) fn words(&self) -> String {
        let files = match self.files.as_slice() {
            [] => None,
            [file] => Some(format!("“{}”", file.name)),
            files => Some(format!("{} files", files.len())),
        };
        let folders = match self.folders.as_slice() {
            [] => None,
            [folder] => Some(format!("the folder “{}”", folder.name)),
            folders => Some(format!("{} folders", folders.len())),
        };
        let both = files.into_iter().chain(folders);
        both.collect::<Vec<_>>().join(" and ")
    }
}

fn lies_in(way: &[Crumb], folders: &HashSet<Id<Folder>>) -> bool {
    way.iter().any(|crumb| folders.contains(&crumb.id))
}

/// A form can name a thing twice.
pub(in crate::model) fn once_each<T>(ids: &[Id<T>]) -> Vec<Id<T>> {
    let mut seen = HashSet::new();
    ids.iter().copied().filter(|id| seen.insert(*id)).collect()
}

/// A folder in words, for activity and refusals: "the folder “VAT”", "the top".
pub(super) fn place_words(folder: Option<&Folder>) -> String {
    folder.map_or_else(|| "the top".into(), |folder| format!("the folder “{}”", folder.name))
}
