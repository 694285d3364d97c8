//! The files of clients in a backup: opaque, and never changed once they have their name, so that each is copied once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use super::archive::{Archive, Cancelled, Noted};
use super::manifest::{BLOBS, BlobFacts, Member};
use super::place::{Folder, Place, Sink};
use super::{Cancel, name, refused};
use crate::error::{Error, Result};

/// The folder of them, in the data folder and beside the archives.
const FOLDER: &str = "blobs/";
/// What is on its way in has no name yet.
const UNFINISHED: &str = "blobs/tmp/";
/// Behind the name of an archive: which files belong to it, so that the others can be removed.
const LIST: &str = ".blobs";

/// The list of an archive that is being made, as `sha256sum` writes it.
pub(super) struct BlobList {
    file: BufWriter<File>,
    pub(super) facts: BlobFacts,
    /// Bytes that were not at the place yet.
    pub(super) new_bytes: u64,
}

impl BlobList {
    fn add(&mut self, member: &Member) -> Result<()> {
        let line = writeln!(self.file, "{}  {}", member.sha256, member.path);
        line.map_err(|why| refused("The list of files could not be written", &why))?;
        self.facts.count += 1;
        self.facts.bytes += member.bytes;
        Ok(())
    }
}

/// Every file of clients in the data folder, by name, with its size.
fn here(data: &Path) -> Result<BTreeMap<String, u64>> {
    let mut files = match data.join(FOLDER).is_dir() {
        true => Folder::new(data)?.sizes(FOLDER)?,
        false => BTreeMap::new(),
    };
    files.retain(|name, _| !name.starts_with(UNFINISHED));
    Ok(files)
}

/// Whether it was deleted since the folder was listed.
fn gone(data: &Path, name: &str) -> bool {
    !data.join(name).exists()
}

/// Begins the list in a scratch folder.
fn begin(scratch: &Path, contained: bool) -> Result<BlobList> {
    let file = File::create(scratch.join(BLOBS));
    let file = file.map_err(|why| refused("The list of files could not be written", &why))?;
    let facts = BlobFacts { contained, ..BlobFacts::default() };
    Ok(BlobList { file: BufWriter::new(file), facts, new_bytes: 0 })
}

fn end(mut list: BlobList) -> Result<BlobList> {
    list.file.flush().map_err(|why| refused("The list of files could not be written", &why))?;
    Ok(list)
}

/// Puts all of them into the archive.
pub(super) fn contain(data: &Path, scratch: &Path, archive: &mut Archive) -> Result<BlobList> {
    let mut list = begin(scratch, true)?;
    for (name, bytes) in here(data)? {
        if gone(data, &name) {
            continue;
        }
        let member = archive.add_file(&name, &data.join(&name))?;
        list.new_bytes += bytes;
        list.add(&member)?;
    }
    end(list)
}

/// Puts those that are not there yet beside the archives, and lists all of them.
pub(super) fn lay_beside(
    data: &Path,
    scratch: &Path,
    place: &dyn Place,
    cancel: &Cancel,
) -> Result<BlobList> {
    let mut list = begin(scratch, false)?;
    let here = here(data)?;
    if here.is_empty() {
        return end(list);
    }
    let there = place.sizes(FOLDER)?;
    let laid = |name: &String, bytes: u64| there.get(name) == Some(&bytes);
    let wanted = here.iter().filter(|(name, bytes)| laid(name, **bytes)).map(|(name, _)| name);
    let known = listed(place, wanted.collect())?;
    for (name, bytes) in here {
        if gone(data, &name) {
            continue;
        }
        // The same bytes that were stored twice, years apart, are encrypted in two ways under one name. What lies at the
        // place stays as the lists there say, since their archives need it so.
        let member = match known.get(&name) {
            Some(sha256) => Member { path: name, bytes, sha256: sha256.clone() },
            None => {
                let to = place.create(&name, cancel)?;
                list.new_bytes += bytes;
                copy(data, name, to, cancel)?
            }
        };
        list.add(&member)?;
    }
    end(list)
}

/// Copies a file to the place.
fn copy(data: &Path, name: String, mut to: Box<dyn Sink>, cancel: &Cancel) -> Result<Member> {
    let path = data.join(&name);
    let unread = |why: io::Error| refused(format!("{} could not be copied", path.display()), &why);
    let file = File::open(&path).map_err(unread)?;
    let mut from = Noted::new(Cancelled(file, cancel.clone()));
    io::copy(&mut from, &mut to).map_err(unread)?;
    to.finish()?;
    let (_, sha256, bytes) = from.end();
    Ok(Member { path: name, bytes, sha256 })
}

/// The digests of these files, as far as the lists at the place tell: the newest tells of nearly all.
fn listed(place: &dyn Place, mut wanted: BTreeSet<&String>) -> Result<HashMap<String, String>> {
    let top = place.sizes("")?;
    let mut lists: Vec<_> = top
        .keys()
        .filter_map(|list| Some((name::time_of(list.strip_suffix(LIST)?), list)))
        .collect();
    lists.sort_by(|a, b| b.cmp(a));
    let mut known = HashMap::new();
    for (_, list) in lists {
        if wanted.is_empty() {
            break;
        }
        for line in BufReader::new(place.open(list)?).lines() {
            let line = line.map_err(|why| refused("A list of files could not be read", &why))?;
            let Some((sha256, name)) = parse(&line) else { continue };
            if wanted.remove(&name.to_owned()) {
                known.insert(name.to_owned(), sha256.to_owned());
            }
        }
    }
    Ok(known)
}

/// Keeps the list beside the archive, so that it can be told which files it needs, and what they are.
pub(super) fn keep_list(
    scratch: &Path,
    place: &dyn Place,
    archive: &str,
    cancel: &Cancel,
) -> Result<()> {
    let unread = |why: io::Error| refused("The list of files could not be copied", &why);
    let mut beside = place.create(&format!("{archive}{LIST}"), cancel)?;
    io::copy(&mut File::open(scratch.join(BLOBS)).map_err(unread)?, &mut beside).map_err(unread)?;
    beside.finish()
}

/// Digest and name of a line.
pub(super) fn parse(line: &str) -> Option<(&str, &str)> {
    let (sha, name) = line.split_once("  ")?;
    (sha.len() == 64 && is_blob(name)).then_some((sha, name))
}

/// Whether this is the name of such a file: `blobs/ab/…`, and nothing that leads elsewhere.
pub(super) fn is_blob(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(FOLDER) else { return false };
    let plain = |part: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !part.is_empty() && part.len() <= 128 && part.chars().all(known)
    };
    let parts: Vec<&str> = rest.split('/').collect();
    (1..=3).contains(&parts.len()) && parts.into_iter().all(plain) && !name.starts_with(UNFINISHED)
}

/// Removes the lists of archives that are gone, and the files that no list names. Where an archive has no list, nothing
/// is known of what it needs, and all files stay.
pub(super) fn tidy(place: &dyn Place) -> Result<()> {
    let there = place.list(FOLDER)?;
    let top = place.sizes("")?;
    let lists = top.keys().filter_map(|file| Some((file, file.strip_suffix(LIST)?)));
    let mut wanted = BTreeSet::new();
    for (file, archive) in lists {
        if !top.contains_key(archive) {
            place.remove(file)?;
            continue;
        }
        for line in BufReader::new(place.open(file)?).lines() {
            let line = line.map_err(|why| refused("A list of files could not be read", &why))?;
            wanted.extend(parse(&line).map(|(_, name)| name.to_owned()));
        }
    }
    let listed = |archive: &String| top.contains_key(&format!("{archive}{LIST}"));
    let archives = top.keys().filter(|file| name::time_of(file).is_some());
    if there.is_empty() || !archives.clone().all(listed) {
        return Ok(());
    }
    for blob in there.iter().filter(|blob| !wanted.contains(&blob.name)) {
        place.remove(&blob.name)?;
    }
    Ok(())
}

/// Takes the files of a list from the place where they lie, into a folder, and checks each digest.
pub(super) fn fetch(list: &Path, place: &dyn Place, into: &Path, cancel: &Cancel) -> Result<u64> {
    let folder = Folder::new(into)?;
    let mut count = 0;
    for_each(list, |sha, name| {
        let mut from = Noted::new(Cancelled(place.open(name)?, cancel.clone()));
        let mut to = folder.create(name, cancel)?;
        io::copy(&mut from, &mut to)
            .map_err(|why| refused(format!("{name} could not be copied"), &why))?;
        to.finish()?;
        count += 1;
        same(name, sha, &from.end().1)
    })?;
    Ok(count)
}

/// Looks whether every file of a list is at the place, and reads at most so many of them.
pub(super) fn look(
    list: &Path,
    facts: BlobFacts,
    place: &dyn Place,
    most: u64,
    cancel: &Cancel,
) -> Result<()> {
    let there = if facts.count == 0 { BTreeMap::new() } else { place.sizes(FOLDER)? };
    let (step, mut at) = (facts.count.div_ceil(most).max(1), 0);
    for_each(list, |sha, name| {
        at += 1;
        if !there.contains_key(name) {
            return Err(Error::refused(format!("{name} is missing beside the backup.")));
        }
        if at % step != 0 {
            return Ok(());
        }
        let mut from = Noted::new(Cancelled(place.open(name)?, cancel.clone()));
        io::copy(&mut from, &mut io::sink())
            .map_err(|why| refused(format!("{name} could not be read"), &why))?;
        same(name, sha, &from.end().1)
    })
}

fn same(name: &str, listed: &str, found: &str) -> Result<()> {
    match listed == found {
        true => Ok(()),
        false => Err(Error::refused(format!("The backup is damaged: {name} is not what it was."))),
    }
}

/// Digest and name of each line.
pub(super) fn for_each(list: &Path, mut see: impl FnMut(&str, &str) -> Result<()>) -> Result<()> {
    let unread = |why: io::Error| refused("The list of files could not be read", &why);
    if !fs::exists(list).map_err(unread)? {
        return Ok(());
    }
    for line in BufReader::new(File::open(list).map_err(unread)?).lines() {
        let line = line.map_err(unread)?;
        let damaged = || Error::refused("The backup is damaged: its list of files cannot be read.");
        let (sha, name) = parse(&line).ok_or_else(damaged)?;
        see(sha, name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_such_files_are_taken() {
        for good in ["blobs/ab/abcd", "blobs/a_b-C", "blobs/ab/cd/ef"] {
            assert!(is_blob(good), "{good}");
        }
        for bad in [
            "blobs/",
            "blobs//a",
            "blobs/../a",
            "blobs/ab/.hidden",
            "/blobs/a",
            "blobs/tmp/a",
            "store.redb",
            "blobs/a/b/c/d",
            "blobs/a\0b",
        ] {
            assert!(!is_blob(bad), "{bad}");
        }
        let sha = "0".repeat(64);
        assert_eq!(parse(&format!("{sha}  blobs/ab/cd")), Some((&*sha, "blobs/ab/cd")));
        assert_eq!(parse("0  blobs/ab/cd"), None);
    }

    /// Bytes that were removed, and stored again later, are encrypted otherwise under the same name.
    #[test]
    fn what_an_older_backup_needs_stays_as_it_is() {
        let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let there = Folder::new(place.path()).unwrap();
        let cancel = Cancel::default();
        let at = "2026-03-02T02:00:00Z".parse().unwrap();
        let blob = data.path().join("blobs/ab/abcd");
        fs::create_dir_all(blob.parent().unwrap()).unwrap();
        let backup = |name: &str| {
            let scratch = tempfile::tempdir().unwrap();
            let list = lay_beside(data.path(), scratch.path(), &there, &cancel).unwrap();
            keep_list(scratch.path(), &there, name, &cancel).unwrap();
            there.create(name, &cancel).unwrap().finish().unwrap();
            let into = tempfile::tempdir().unwrap();
            let fetched = fetch(&scratch.path().join(BLOBS), &there, into.path(), &cancel);
            (list.new_bytes, fetched.unwrap(), fs::read(into.path().join("blobs/ab/abcd")).unwrap())
        };
        let write = |bytes: &[u8]| File::create(&blob).unwrap().write_all(bytes).unwrap();
        write(b"once");
        let name = |at| name::fresh("firm", at, false, |_| false);
        assert_eq!(backup(&name(at)), (4, 1, b"once".to_vec()));
        assert_eq!(backup(&name(at + jiff::SignedDuration::from_hours(24))).0, 0);
        write(b"anew");
        let third = backup(&name(at + jiff::SignedDuration::from_hours(48)));
        assert_eq!(third, (0, 1, b"once".to_vec()), "as the older backups list it");
        for file in there.list("").unwrap() {
            there.remove(&file.name).unwrap();
        }
        let fourth = backup(&name(at + jiff::SignedDuration::from_hours(72)));
        assert_eq!(fourth, (4, 1, b"anew".to_vec()), "nothing needs what lies there");
    }
}
