//! What nothing names any more. A crash between the last byte and the record leaves bytes behind, and so does a record that
//! was deleted.

use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::crypt::plain_len;
use super::{BlobName, Blobs, UNFINISHED, refusal};
use crate::error::Result;

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs.
    pub blobs: usize,
    /// Bytes that arrived and that nobody went on with.
    pub unfinished: usize,
    /// Bytes on disk that are free again.
    pub bytes: u64,
}

impl Blobs {
    /// Removes blobs that nothing refers to and that are from before `before`, and bytes that arrived before and that nobody
    /// waits for. Both are asked of the caller anew for each of them, while nobody can take hold of it.
    pub fn sweep(
        &self,
        before: Timestamp,
        refers: impl Fn(&BlobName) -> Result<bool>,
        waits: impl Fn(&str) -> Result<bool>,
    ) -> Result<Swept> {
        let mut swept = Swept::default();
        self.each(|name, about| {
            if !is_before(about, before).map_err(refusal)? || refers(&name)? {
                return Ok(());
            }
            let Some(_going) = self.let_go(name) else { return Ok(()) };
            if refers(&name)? {
                return Ok(());
            }
            let path = self.0.path.join(name.path());
            let now = fs::symlink_metadata(&path).map_err(refusal)?;
            if is_before(&now, before).map_err(refusal)? {
                fs::remove_file(&path).map_err(refusal)?;
                self.spoiled().remove(&name);
                swept.blobs += 1;
                swept.bytes += now.len();
            }
            Ok(())
        })?;
        for_each_file(&self.0.path.join(UNFINISHED), |id, about| {
            if is_before(about, before).map_err(refusal)? && !waits(id)? {
                self.discard(id).map_err(refusal)?;
                swept.unfinished += 1;
                swept.bytes += about.len();
            }
            Ok(())
        })?;
        Ok(swept)
    }

    /// Keeps everybody from taking hold of a name until what this gives is dropped; none if somebody holds it. Whoever stores
    /// the same bytes takes hold first, and waits until this one is gone.
    fn let_go(&self, name: BlobName) -> Option<Going<'_>> {
        let mut held = self.held();
        if held.times.contains_key(&name) {
            return None;
        }
        held.going = Some(name);
        Some(Going(self))
    }

    /// Every blob that is there, with what the file system says of it.
    pub(super) fn each(
        &self,
        mut see: impl FnMut(BlobName, &fs::Metadata) -> Result<()>,
    ) -> Result<()> {
        for folder in 0..=u8::MAX {
            let folder = format!("{folder:02x}");
            for_each_file(&self.0.path.join(&folder), |file, about| match file.parse() {
                Ok(name) if BlobName::folder(&name) == folder => see(name, about),
                _ => Ok(()),
            })?;
        }
        Ok(())
    }

    /// Every blob that is there, and how many bytes are in it; none if its file has a length that none of ours has.
    pub fn list(&self, mut see: impl FnMut(BlobName, Option<u64>)) -> Result<()> {
        self.each(|name, about| {
            see(name, plain_len(about.len()));
            Ok(())
        })
    }
}

/// A name that nobody can take hold of.
struct Going<'b>(&'b Blobs);

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.0.held().going = None;
        self.0.0.gone.notify_all();
    }
}

/// The files of a folder, which may be absent. What vanishes meanwhile is passed over.
fn for_each_file(
    folder: &Path,
    mut see: impl FnMut(&str, &fs::Metadata) -> Result<()>,
) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(refusal)?,
    };
    for entry in entries {
        let entry = entry.map_err(refusal)?;
        let about = match entry.metadata() {
            Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
            about => about.map_err(refusal)?,
        };
        if let Some(name) = entry.file_name().to_str().filter(|_| about.is_file()) {
            see(name, &about)?;
        }
    }
    Ok(())
}

fn is_before(about: &fs::Metadata, before: Timestamp) -> io::Result<bool> {
    let changed = about.modified()?;
    // A time that cannot be said is not known to be old.
    Ok(Timestamp::try_from(changed).is_ok_and(|changed| changed < before))
}
