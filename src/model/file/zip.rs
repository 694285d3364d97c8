//! Many files as one zip: which files, under which paths. The bytes are opened one after the other, while it is sent.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::place::{Picked, Things, files_in, folders_in, once_each};
use super::reader::{FileBytes, Reads};
use super::receipt::{Opening, ReadBy, Reading, note, queue};
use super::sight::Sight;
use super::version::content;
use super::{File, Scan};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::core::Core;
use crate::model::db::{Read, Records};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::values::{FileName, FolderName, Media};

/// Files to be packed.
pub struct Zip {
    /// What the zip is called: "VAT.zip".
    pub name: String,
    /// The files in it.
    pub entries: Vec<ZipEntry>,
    /// What is not in it as one would expect: a text that goes along, if there is anything to say.
    pub missing: Option<Missing>,
    core: Arc<Core>,
    /// Who gets it.
    reads: Reads,
    /// In whose name it is noted, if they get it through a portal.
    noted: Option<ReadBy>,
}

/// A file in a zip.
#[derive(Clone, Debug)]
pub struct ZipEntry {
    /// Its path, which no other has: "VAT/Lease (2).pdf". Every system can make such a file.
    pub path: String,
    /// Which file.
    pub file: Id<File>,
    /// Which version.
    pub version: u32,
    /// How many bytes.
    pub bytes: u64,
    /// What it is.
    pub media: Media,
    /// When it came.
    pub at: Timestamp,
}

/// A text in a zip that says which files the virus scan keeps out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its path, which no file has.
    pub path: String,
    /// What it says.
    pub text: String,
    /// When the last of the files beside it came.
    pub at: Timestamp,
}

impl Zip {
    /// Opens one of its files. Looks again whether that is still allowed: a zip can take hours. In the portal it also notes
    /// the receipt.
    pub fn open(&self, entry: &ZipEntry) -> Result<FileBytes> {
        let file = self.reads.file(entry.file)?;
        let version = file.version(entry.version).ok_or(Error::NotFound)?;
        let content = content(&self.core, file.client, version)?;
        if let Some(who) = &self.noted {
            let reading = Reading { file: file.id, name: file.name, version: entry.version };
            note(&self.core, who.clone(), (reading, Opening::Download), true)?;
        }
        Ok(FileBytes { content, file: entry.file, reads: self.reads.clone() })
    }
}

impl Console {
    /// What was ticked, to be packed into a zip.
    pub fn zip(&self, client: Id<Client>, picked: &Picked) -> Result<Zip> {
        let packed = self.read(|r| {
            let whose: Client = r.need(client)?;
            let things = Things::live(r, client, picked)?;
            let mut packer = Packer::for_zip(whose.name.as_str(), &things);
            let mut stack = packer.begin(things);
            while let Some((id, at)) = stack.pop() {
                for below in folders_in(r, client, Some(id))? {
                    let below: Folder = r.need(below)?;
                    stack.push((below.id, packer.folder(&at, &below.name)));
                }
                for file in files_in(r, client, Some(id), usize::MAX)? {
                    packer.file(&at, r.need(file)?);
                }
            }
            packer.done()
        })?;
        Ok(packed.of(self.core().clone(), Reads::of_staff(self, client), None))
    }
}

/// What a contact sees of what was ticked.
pub(super) fn pack_shown(sight: &Sight<'_, Read>, picked: &Picked, client: &str) -> Result<Packed> {
    let mut things = Things { files: vec![], folders: vec![] };
    let mut covered = Vec::new();
    for id in once_each(&picked.folders) {
        sight.check(Some(id))?;
        covered.extend(sight.with_below(id).into_iter().filter(|below| *below != id));
    }
    let tops = once_each(&picked.folders).into_iter().filter(|id| !covered.contains(id));
    let tops: Vec<_> = tops.collect();
    covered.extend(&tops);
    for id in tops {
        things.folders.push(sight.folder(id)?.clone());
    }
    for id in once_each(&picked.files) {
        let file = sight.file(id)?;
        if !sight.shown_in(file.folder).is_some_and(|folder| covered.contains(&folder)) {
            things.files.push(file);
        }
    }
    let things = things.some()?;
    let mut packer = Packer::for_zip(client, &things);
    let mut stack = packer.begin(things);
    while let Some((id, at)) = stack.pop() {
        for below in sight.folders_in(Some(id)) {
            stack.push((below.id, packer.folder(&at, &below.name)));
        }
        for file in sight.files_in(Some(id), None, usize::MAX)? {
            packer.file(&at, sight.file(file)?);
        }
    }
    packer.done()
}

/// A zip before it is known who gets it.
pub(super) struct Packed {
    name: String,
    entries: Vec<ZipEntry>,
    missing: Option<Missing>,
}

impl Packed {
    fn of(self, core: Arc<Core>, reads: Reads, noted: Option<ReadBy>) -> Zip {
        let Self { name, entries, missing } = self;
        Zip { name, entries, missing, core, reads, noted }
    }

    /// For a contact, in whose name it is noted.
    pub(super) fn open_for(self, core: Arc<Core>, reads: Reads, who: ReadBy) -> Zip {
        let (client, by) = (who.client, who.by);
        let what = who.words(&match self.entries.as_slice() {
            [one] => format!("downloaded “{}” as a zip", one.path),
            files => format!("downloaded {} files as a zip", files.len()),
        });
        let zip = self.of(core, reads, Some(who));
        queue(&zip.core, by, move |tx| tx.say("files-read", Some(client), what));
        zip
    }
}

/// Gives each file a path of its own.
struct Packer {
    packed: Packed,
    /// A line for each file that the virus scan keeps out.
    lines: Vec<String>,
    /// How often a path was asked for, without case.
    used: HashMap<String, usize>,
}

/// What a file or folder in a zip is called.
trait Name: Clone {
    fn same_key(&self) -> String;
    fn numbered(&self, number: usize) -> Self;
    fn text(&self) -> &str;
}

impl Name for FileName {
    fn same_key(&self) -> String {
        self.same_key()
    }
    fn numbered(&self, number: usize) -> Self {
        self.numbered(number)
    }
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl Name for FolderName {
    fn same_key(&self) -> String {
        self.same_key()
    }
    fn numbered(&self, number: usize) -> Self {
        self.numbered(number)
    }
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl Packer {
    fn for_zip(client: &str, things: &Things) -> Self {
        let name = match (things.files.as_slice(), things.folders.as_slice()) {
            ([], [folder]) => format!("{}.zip", folder.name),
            _ => format!("{client} files.zip"),
        };
        let name = FileName::tame(&name.replace(['/', '\\'], "-")).windows_safe().to_string();
        let packed = Packed { name, entries: vec![], missing: None };
        Self { packed, lines: vec![], used: HashMap::new() }
    }

    /// Packs the files; gives the folders that are still to be packed, with their paths, the last first.
    fn begin(&mut self, things: Things) -> Vec<(Id<Folder>, String)> {
        let mut stack = Vec::new();
        for folder in things.folders {
            stack.push((folder.id, self.folder("", &folder.name)));
        }
        for file in things.files {
            self.file("", file);
        }
        stack.reverse();
        stack
    }

    fn folder(&mut self, at: &str, name: &FolderName) -> String {
        format!("{}/", self.free(at, name.windows_safe()))
    }

    fn file(&mut self, at: &str, file: File) {
        let why = match file.newest().scan {
            Scan::Off | Scan::Clean { .. } => None,
            Scan::Waiting => Some("waits for the virus scan"),
            Scan::Infected { .. } => Some("is locked: the virus scan found something in it"),
            Scan::Unscanned { .. } => Some("is locked: it could not be scanned for viruses"),
        };
        let Some(version) = file.current() else {
            let line = format!("{at}{} {}.", file.name, why.unwrap_or("cannot be opened"));
            return self.lines.push(line);
        };
        let path = self.free(at, file.name.windows_safe());
        if let Some(why) = why {
            let number = version.number;
            let line = format!("{path} is here as version {number}. What came after it {why}.");
            self.lines.push(line);
        }
        let entry = ZipEntry {
            path,
            file: file.id,
            version: version.number,
            bytes: version.bytes,
            media: version.media,
            at: version.at,
        };
        self.packed.entries.push(entry);
    }

    /// The path of a name in a folder, with a number if another has it.
    fn free(&mut self, at: &str, name: impl Name) -> String {
        let key = |name: &str| format!("{at}{name}");
        let asked = self.used.entry(key(&name.same_key())).or_default();
        *asked += 1;
        let (mut number, mut free) = (*asked, name.clone());
        if number > 1 {
            free = name.numbered(number);
            // "a (2).pdf" may be somebody's own name.
            while self.used.contains_key(&key(&free.same_key())) {
                number += 1;
                free = name.numbered(number);
            }
            self.used.insert(key(&free.same_key()), 1);
        }
        format!("{at}{}", free.text())
    }

    fn done(mut self) -> Result<Packed> {
        let Some(at) = self.packed.entries.iter().map(|entry| entry.at).max() else {
            return Err(Error::refused("There is nothing in it that can be downloaded."));
        };
        if !self.lines.is_empty() {
            let path = self.free("", FileName::tame("Not in this zip.txt"));
            // Windows' older editors know no other end of a line.
            let text =
                format!("Not all of it is in this zip.\r\n\r\n{}\r\n", self.lines.join("\r\n"));
            self.packed.missing = Some(Missing { path, text, at });
        }
        Ok(self.packed)
    }
}
