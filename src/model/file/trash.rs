//! The trash: what is put there can be brought back for 30 days. Then its records go; its bytes follow when nothing else
//! refers to them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use super::place::{Picked, Things, Ways, check_depth, files_in, height, taken, with_below};
use super::receipt::forget_receipts;
use super::{Author, File, Trashed, place};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::db::{Order, Record, Records, Span, Write, time_key};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::request::{Request, count_anew};
use crate::model::system::System;
use crate::values::FolderName;

/// How long the trash keeps things.
pub const TRASH_DAYS: i64 = 30;
/// The most of each that the page of the trash shows.
const SHOWN: usize = 200;
/// Records that one command of the sweep deletes, so that people's commands need not wait.
const AT_ONCE: usize = 1_000;

/// What lies in a client's trash, the last first. What went there with a folder comes back with it, and is not listed.
#[derive(Clone, Debug)]
pub struct Trash {
    /// Folders.
    pub folders: Vec<Folder>,
    /// Files.
    pub files: Vec<File>,
}

impl Console {
    /// What lies in a client's trash.
    pub fn trash(&self, client: Id<Client>) -> Result<Trash> {
        self.read(|r| {
            r.need(client)?;
            let folders = last(r, "folder.trash", client)?;
            Ok(Trash { folders, files: last(r, "file.trash", client)? })
        })
    }

    /// Puts files, and folders with all that is in them, into the trash. Says what.
    pub async fn trash_files(&self, client: Id<Client>, picked: Picked) -> Result<String> {
        let by = Author::of(self.me());
        self.write(move |tx| {
            tx.need(client)?;
            let things = Things::any(tx, client, &picked)?;
            let picked = not_yet(&things, Option::is_some);
            if picked.is_empty() {
                return Ok(things.words());
            }
            let things = Things::live(tx, client, &picked)?;
            let words = things.words();
            let at = tx.now();
            let trashed = |with| Some(Trashed { at, by: by.clone(), with });
            let mut requests = asked_for(&things.files);
            for file in things.files {
                tx.put(&File { trash: trashed(None), ..file })?;
            }
            for folder in things.folders {
                requests.extend(put_folder(tx, &folder, trashed(None), trashed(Some(folder.id)))?);
            }
            count_anew(tx, requests)?;
            tx.say("files-trashed", Some(client), format!("put {words} into the trash"))?;
            Ok(words)
        })
        .await
    }

    /// Brings files and folders back from the trash, to where they were if that is still there. Says what.
    pub async fn restore_files(&self, client: Id<Client>, picked: Picked) -> Result<String> {
        self.write(move |tx| {
            tx.need(client)?;
            let things = Things::any(tx, client, &picked)?;
            check_alone(&things)?;
            let picked = not_yet(&things, Option::is_none);
            if picked.is_empty() {
                return Ok(things.words());
            }
            let things = Things::any(tx, client, &picked)?;
            let words = things.words();
            let mut requests = asked_for(&things.files);
            for folder in things.folders {
                requests.extend(restore_folder(tx, folder)?);
            }
            for file in things.files {
                let folder = file.folder.filter(|id| place(tx, client, Some(*id)).is_ok());
                tx.put(&File { trash: None, folder, ..file })?;
            }
            count_anew(tx, requests)?;
            tx.say("files-restored", Some(client), format!("brought {words} back from the trash"))?;
            Ok(words)
        })
        .await
    }
}

/// The last that were put into the trash by themselves.
fn last<R: Record>(r: &impl Records, index: &'static str, client: Id<Client>) -> Result<Vec<R>> {
    r.records_in(index, &Span::prefix(client), Order::Descending, SHOWN)
}

/// What was picked, without what is where it is to go already: by the same form, sent twice.
fn not_yet(things: &Things, done: impl Fn(&Option<Trashed>) -> bool) -> Picked {
    let files = things.files.iter().filter(|file| !done(&file.trash));
    let folders = things.folders.iter().filter(|folder| !done(&folder.trash));
    Picked {
        files: files.map(|file| file.id).collect(),
        folders: folders.map(|folder| folder.id).collect(),
    }
}

/// Refuses what went into the trash with a folder: that comes back with it.
fn check_alone(things: &Things) -> Result<()> {
    let files = things.files.iter().map(|file| &file.trash);
    let all = files.chain(things.folders.iter().map(|folder| &folder.trash));
    if all.flatten().any(|trash| trash.with.is_some()) {
        return Err(Error::NotFound);
    }
    Ok(())
}

/// The requests for which files were handed in.
fn asked_for(files: &[File]) -> BTreeSet<Id<Request>> {
    files.iter().filter_map(|file| Some(file.handed_in_for?.request)).collect()
}

/// With everything in it. Gives the requests for which some of that was handed in.
fn put_folder(
    tx: &mut Write<'_, '_>,
    folder: &Folder,
    alone: Option<Trashed>,
    along: Option<Trashed>,
) -> Result<BTreeSet<Id<Request>>> {
    let all = with_below(tx, folder.client, folder.id)?;
    let mut requests = BTreeSet::new();
    for id in all.iter().rev() {
        for file in files_in(tx, folder.client, Some(*id), usize::MAX)? {
            let file: File = tx.need(file)?;
            requests.extend(file.handed_in_for.map(|of| of.request));
            tx.put(&File { trash: along.clone(), ..file })?;
        }
        let each: Folder = tx.need(*id)?;
        let trash = if *id == folder.id { alone.clone() } else { along.clone() };
        tx.put(&Folder { trash, ..each })?;
    }
    Ok(requests)
}

/// With everything that went with it. At the top, where the folder around it is gone; under a number, where its name was
/// given to another. Gives the requests for which some of its files were handed in.
fn restore_folder(tx: &mut Write<'_, '_>, folder: Folder) -> Result<BTreeSet<Id<Request>>> {
    let (client, id) = (folder.client, folder.id);
    let parent = folder.parent.filter(|id| place(tx, client, Some(*id)).is_ok());
    let name = free_name(tx, client, parent, &folder.name)?;
    tx.put(&Folder { trash: None, parent, name, ..folder })?;
    for below in tx.by::<Folder>("folder.with", id, usize::MAX)? {
        tx.put(&Folder { trash: None, ..below })?;
    }
    let files = tx.by::<File>("file.with", id, usize::MAX)?;
    let requests = asked_for(&files);
    for file in files {
        tx.put(&File { trash: None, ..file })?;
    }
    let depth = Ways::new(tx).to(parent)?.len();
    check_depth(depth + height(tx, client, id)?)?;
    Ok(requests)
}

fn free_name(
    tx: &Write<'_, '_>,
    client: Id<Client>,
    parent: Option<Id<Folder>>,
    name: &FolderName,
) -> Result<FolderName> {
    let (mut free, mut number) = (name.clone(), 1);
    while taken(tx, client, parent, &free)?.is_some() {
        number += 1;
        free = name.numbered(number);
    }
    Ok(free)
}

impl System {
    /// Deletes what has lain in the trash for 30 days, and says how many records went: none while the host's clock is not
    /// believed.
    pub async fn sweep_trash(&self) -> Result<usize> {
        if self.clock_trouble().is_some() {
            return Ok(0);
        }
        let end = self.now() - SignedDuration::from_hours(24 * TRASH_DAYS);
        let mut gone = 0;
        loop {
            let (some, more) = self.core().db.write(By::SYSTEM, move |tx| purge(tx, end)).await?;
            gone += some;
            if !more {
                return Ok(gone);
            }
        }
    }
}

/// Deletes some of what was put into the trash before `end`: so many records, and whether there may be more.
fn purge(tx: &mut Write<'_, '_>, end: Timestamp) -> Result<(usize, bool)> {
    let files: Vec<Id<File>> = trashed_before(tx, "file.trashed", end)?;
    let folders: Vec<Id<Folder>> = trashed_before(tx, "folder.trashed", end)?;
    let mut gone: BTreeMap<Id<Client>, [usize; 2]> = BTreeMap::new();
    for id in &files {
        let file: File = tx.need(*id)?;
        forget_receipts(tx, *id)?;
        tx.delete(*id)?;
        gone.entry(file.client).or_default()[0] += 1;
    }
    for id in &folders {
        let folder: Folder = tx.need(*id)?;
        tx.delete(*id)?;
        gone.entry(folder.client).or_default()[1] += 1;
    }
    for (client, counts) in gone {
        let parts = [(counts[0], "file"), (counts[1], "folder")];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{count} {noun}{plural}")
        });
        let what = parts.collect::<Vec<_>>().join(" and ");
        let what = format!("deleted {what} that had been in the trash for {TRASH_DAYS} days");
        tx.say("trash-emptied", Some(client), what)?;
    }
    let more = files.len() == AT_ONCE || folders.len() == AT_ONCE;
    Ok((files.len() + folders.len(), more))
}

fn trashed_before<R: Record>(
    r: &impl Records,
    index: &'static str,
    end: Timestamp,
) -> Result<Vec<Id<R>>> {
    let (mut ids, end) = (Vec::new(), time_key(end));
    r.walk_index(index, &Span::all(), Order::Ascending, |key, id| {
        if key >= end.as_slice() || ids.len() == AT_ONCE {
            return ControlFlow::Break(());
        }
        ids.push(id);
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}
