//! Lists of files in the console: a folder, a search, and one file with everything its page shows.

use std::collections::BTreeSet;

use super::audience::{Circle, Seen};
use super::inside::FolderSeen;
use super::place::{Crumb, FolderChoice, Ways, folders_in, here, live_file, path_of, place};
use super::receipt::{ReadReceipt, receipts_of};
use super::search::{Wanted, find_all};
use super::twin::older_twin;
use super::{Audience, File};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Order, Read, Records, Span, time_key};
use crate::model::directory::Total;
use crate::model::folder::Folder;
use crate::model::id::Id;

/// More than this are not counted.
pub(super) const COUNTED: usize = 100;
/// The most folders that a search shows.
const MOST_FOLDERS: usize = 50;

/// Which files, in which order.
#[derive(Clone, Debug)]
pub struct FileQuery {
    /// Of this folder; none is the top.
    pub folder: Option<Id<Folder>>,
    /// What was typed: each word is a part of the name. Then all folders of the client are searched, and what is found is
    /// ordered by name.
    pub find: String,
    /// In which order.
    pub order: FileOrder,
    /// The other way round.
    pub down: bool,
    /// The last file of the page before.
    pub after: Option<Id<File>>,
    /// The first file of the page behind, for the way back.
    pub before: Option<Id<File>>,
    /// The most files of a page.
    pub limit: usize,
}

impl Default for FileQuery {
    fn default() -> Self {
        let (find, order) = (String::new(), FileOrder::Name);
        Self { folder: None, find, order, down: false, after: None, before: None, limit: 50 }
    }
}

/// What files are ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileOrder {
    /// The name.
    #[default]
    Name,
    /// When the newest version came.
    Changed,
    /// The size.
    Size,
}

impl FileOrder {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Name, Self::Changed, Self::Size];

    /// As addresses write it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Changed => "changed",
            Self::Size => "size",
        }
    }

    /// As the list writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Changed => "Changed",
            Self::Size => "Size",
        }
    }

    /// From an address; whatever is unknown is by name.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        Self::ALL.into_iter().find(|order| order.key() == typed).unwrap_or_default()
    }

    const fn index(self) -> &'static str {
        match self {
            Self::Name => "file.name",
            Self::Changed => "file.changed",
            Self::Size => "file.size",
        }
    }

    /// What a file is ordered by, within its folder.
    fn of(self, file: &File) -> Vec<u8> {
        match self {
            Self::Name => file.name.sort_key().into_bytes(),
            Self::Changed => time_key(file.changed).to_vec(),
            Self::Size => file.newest().bytes.to_be_bytes().to_vec(),
        }
    }
}

/// A page of files.
#[derive(Clone, Debug)]
pub struct FilePage {
    /// Whose they are.
    pub client: Client,
    /// The folder; none is the top, or a search.
    pub folder: Option<Folder>,
    /// The way to the folder, with it.
    pub crumbs: Vec<Crumb>,
    /// Folders in it, or found, by name. Only on the first page.
    pub folders: Vec<FolderRow>,
    /// Files in it, or found.
    pub files: Vec<FileRow>,
    /// How many files there are on all pages.
    pub total: Total,
    /// Whether it is another than the first page.
    pub later: bool,
    /// The first file of this page, if another page lies before it.
    pub prev: Option<Id<File>>,
    /// The last file of this page, if there is another.
    pub next: Option<Id<File>>,
}

/// A folder as the list shows it.
#[derive(Clone, Debug)]
pub struct FolderRow {
    /// The folder.
    pub folder: Folder,
    /// Where it lies.
    pub crumbs: Vec<Crumb>,
    /// How many files are in it and below.
    pub files: Total,
    /// Who sees what is in it.
    pub seen: FolderSeen,
}

/// A file as the list shows it.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// The file.
    pub file: File,
    /// Where it lies.
    pub crumbs: Vec<Crumb>,
    /// Who sees it.
    pub seen: Seen,
    /// Whether it can become a new version of an older file beside it, which has the same name.
    pub twin: bool,
}

/// One file with everything its page shows.
#[derive(Clone, Debug)]
pub struct FileDetail {
    /// Whose it is.
    pub client: Client,
    /// The file.
    pub file: File,
    /// Where it lies.
    pub crumbs: Vec<Crumb>,
    /// Who sees it, and why.
    pub seen: Seen,
    /// Who opened which version when, the last first.
    pub receipts: Vec<ReadReceipt>,
}

/// So many, as far as that is counted.
pub(super) fn total(counted: usize) -> Total {
    if counted > COUNTED { Total::MoreThan(COUNTED) } else { Total::Exactly(counted) }
}

impl Console {
    /// A page of a client's files: of a folder, or of a search.
    pub fn files(&self, client: Id<Client>, query: &FileQuery) -> Result<FilePage> {
        self.read(|r| {
            let circle = Circle::of(r, r.need(client)?, self.now())?;
            let lister = Lister { r, client, circle };
            if query.find.trim().is_empty() { lister.folder(query) } else { lister.search(query) }
        })
    }

    /// How many files a client has, outside the trash.
    pub fn file_count(&self, client: Id<Client>) -> Result<Total> {
        self.read(|r| {
            r.need(client)?;
            Ok(total(count(r, "file.name", client.as_ref())?))
        })
    }

    /// All folders of a client, by their paths.
    pub fn folder_choices(&self, client: Id<Client>) -> Result<Vec<FolderChoice>> {
        self.read(|r| {
            r.need(client)?;
            let (mut ways, mut choices) = (Ways::new(r), Vec::new());
            // The last of the stack is looked at first: children in order behind their parent.
            let mut stack = folders_in(r, client, None)?;
            stack.reverse();
            while let Some(id) = stack.pop() {
                let path = path_of(&ways.to(Some(id))?);
                let firm_only = r.need::<Folder>(id)?.audience == Audience::Firm;
                choices.push(FolderChoice { id, path, firm_only });
                stack.extend(folders_in(r, client, Some(id))?.into_iter().rev());
            }
            Ok(choices)
        })
    }

    /// One folder, as the list shows it.
    pub fn folder(&self, client: Id<Client>, folder: Id<Folder>) -> Result<FolderRow> {
        self.read(|r| {
            let circle = Circle::of(r, r.need(client)?, self.now())?;
            let folder = place(r, client, Some(folder))?.ok_or(Error::NotFound)?;
            let (files, seen) = circle.inside(r, &folder)?;
            Ok(FolderRow { crumbs: Ways::new(r).to(folder.parent)?, files, seen, folder })
        })
    }

    /// One file with everything its page shows.
    pub fn file(&self, client: Id<Client>, file: Id<File>) -> Result<FileDetail> {
        self.read(|r| {
            let file = live_file(r, client, file)?;
            let circle = Circle::of(r, r.need(client)?, self.now())?;
            Ok(FileDetail {
                client: r.need(client)?,
                crumbs: Ways::new(r).to(file.folder)?,
                seen: circle.seen(&file),
                receipts: receipts_of(r, file.id)?,
                file,
            })
        })
    }
}

/// How many rows of an index begin so, up to one more than is counted.
pub(super) fn count(r: &impl Records, index: &'static str, begin: &[u8]) -> Result<usize> {
    let span = Span::prefix(begin);
    Ok(r.ids_in::<File>(index, &span, Order::Ascending, COUNTED + 1)?.len())
}

/// What makes rows of ids.
struct Lister<'r> {
    r: &'r Read,
    client: Id<Client>,
    circle: Circle,
}

/// A page of files, by their ids.
struct Part {
    ids: Vec<Id<File>>,
    total: Total,
    /// Whether others lie before it.
    later: bool,
    /// Whether others lie behind it.
    more: bool,
}

impl Lister<'_> {
    fn folder(&self, query: &FileQuery) -> Result<FilePage> {
        let (r, client) = (self.r, self.client);
        let folder = place(r, client, query.folder)?;
        let here = here(client, query.folder);
        let mut span = Span::prefix(&here);
        let (edge, back) = self.edge(query)?;
        if let Some(edge) = &edge {
            span = span.behind([here.clone(), query.order.of(edge)].concat(), edge.id);
        }
        let order = if query.down == back { Order::Ascending } else { Order::Descending };
        let mut ids = r.ids_in(query.order.index(), &span, order, query.limit.saturating_add(1))?;
        let more = ids.len() > query.limit;
        if back && !more {
            // Nothing is left before these: that is the first page, with the folders.
            return self.folder(&FileQuery { before: None, ..query.clone() });
        }
        ids.truncate(query.limit);
        if back {
            ids.reverse();
        }
        let folders = if edge.is_none() { folders_in(r, client, query.folder)? } else { vec![] };
        let total = total(count(r, "file.name", &here)?);
        let part = Part { ids, total, later: edge.is_some(), more: back || more };
        self.page(folder, folders, part)
    }

    /// The file behind or before which the page begins or ends, and whether it is before. One that was moved or renamed
    /// meanwhile still tells where that was.
    fn edge(&self, query: &FileQuery) -> Result<(Option<File>, bool)> {
        let back = query.before.is_some();
        let edge: Option<File> = match query.before.or(query.after) {
            Some(id) => self.r.get(id)?.filter(|file: &File| file.client == self.client),
            None => None,
        };
        let back = back && edge.is_some();
        Ok((edge, back))
    }

    fn search(&self, query: &FileQuery) -> Result<FilePage> {
        let Some(wanted) = Wanted::parse(&query.find) else {
            let none = Part { ids: vec![], total: Total::Exactly(0), later: false, more: false };
            return self.page(None, Vec::new(), none);
        };
        let (folders, files) = find_all(self.r, self.client, &wanted)?;
        let mut files: Vec<_> = files.into_iter().collect();
        if query.down {
            files.reverse();
        }
        let (edge, back) = self.edge(query)?;
        let edge = edge.map(|file| (FileOrder::Name.of(&file), file.id));
        let earlier = |row: &_, edge| if query.down { row > edge } else { row < edge };
        let start = match &edge {
            None => 0,
            Some(edge) if back => {
                let end = files.partition_point(|row| earlier(row, edge));
                end.saturating_sub(query.limit)
            }
            Some(edge) => files.partition_point(|row| row == edge || earlier(row, edge)),
        };
        let ids: Vec<_> = files[start..].iter().map(|(_, id)| *id).take(query.limit).collect();
        let more = files.len() > start + query.limit;
        let folders = if start == 0 { folders } else { BTreeSet::default() };
        let folders = folders.into_iter().map(|(_, id)| id).take(MOST_FOLDERS).collect();
        self.page(None, folders, Part { ids, total: total(files.len()), later: start > 0, more })
    }

    fn page(
        &self,
        folder: Option<Folder>,
        folders: Vec<Id<Folder>>,
        part: Part,
    ) -> Result<FilePage> {
        let Part { ids, total, later, more } = part;
        let (r, mut ways) = (self.r, Ways::new(self.r));
        let (mut folder_rows, mut files) = (Vec::new(), Vec::new());
        for id in folders {
            let folder: Folder = r.need(id)?;
            let (files, seen) = self.circle.inside(r, &folder)?;
            folder_rows.push(FolderRow { crumbs: ways.to(folder.parent)?, files, seen, folder });
        }
        for id in &ids {
            let file: File = r.need(*id)?;
            let (crumbs, seen) = (ways.to(file.folder)?, self.circle.seen(&file));
            let twin = older_twin(r, &file)?.is_some();
            files.push(FileRow { file, crumbs, seen, twin });
        }
        Ok(FilePage {
            client: r.need(self.client)?,
            crumbs: ways.to(folder.as_ref().map(|folder| folder.id))?,
            folder,
            folders: folder_rows,
            files,
            total,
            later,
            prev: ids.first().copied().filter(|_| later),
            next: ids.last().copied().filter(|_| more),
        })
    }
}
