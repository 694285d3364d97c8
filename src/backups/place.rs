//! Where backups lie. A folder is here; a bucket is in `bucket.rs`.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::bucket::BucketPlace;
use super::scratch::make_folder;
use super::{Cancel, PRIVATE, refused};
use crate::error::{Error, Result};
use crate::files;
use crate::model::backups::OpenTarget;

/// A file at the place.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// Its name, with the folders below the place.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// A place for backups.
pub(super) trait Place {
    /// Begins a file. Nothing stands under its name before it is finished.
    fn create(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn Sink>>;

    /// Reads a file.
    fn open(&self, name: &str) -> Result<Box<dyn Read>>;

    /// Removes a file. One that is not there is no failure.
    fn remove(&self, name: &str) -> Result<()>;

    /// The files of this folder: "" for those at the top, "blobs/" for those below it, however deep.
    fn list(&self, folder: &str) -> Result<Vec<Found>>;

    /// Files below a folder, by name, with their sizes.
    fn sizes(&self, folder: &str) -> Result<BTreeMap<String, u64>> {
        Ok(self.list(folder)?.into_iter().map(|found| (found.name, found.bytes)).collect())
    }
}

/// A file that is being written. Dropped before it is finished, it leaves nothing.
pub(super) trait Sink: Write {
    /// Gives it its name.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// The place of a plan.
pub(super) fn open(target: &OpenTarget) -> Result<Box<dyn Place>> {
    Ok(match target {
        OpenTarget::Folder(folder) => Box::new(Folder::new(folder)?),
        OpenTarget::Bucket(bucket) => Box::new(BucketPlace::new(bucket)?),
    })
}

/// A folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes it, for nobody but us, if it is not there.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        make_folder(folder)?;
        Ok(Self(folder.to_owned()))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Place for Folder {
    fn create(&self, name: &str, cancel: &Cancel) -> Result<Box<dyn Sink>> {
        let path = self.path(name);
        if let Some(parent) = path.parent().filter(|parent| *parent != self.0) {
            make_folder(parent)?;
        }
        Ok(Box::new(Partial::begin(&path, cancel)?))
    }

    fn open(&self, name: &str) -> Result<Box<dyn Read>> {
        let path = self.path(name);
        let file = File::open(&path)
            .map_err(|why| refused(format!("{} could not be read", path.display()), &why))?;
        Ok(Box::new(file))
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                Err(refused(format!("{} could not be removed", path.display()), &why))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let deep = !folder.is_empty();
        let unread =
            |why: io::Error| refused(format!("{} could not be read", self.0.display()), &why);
        collect(&self.0, folder, deep, &mut found).map_err(unread)?;
        Ok(found)
    }
}

fn collect(root: &Path, below: &str, deep: bool, found: &mut Vec<Found>) -> io::Result<()> {
    let entries = match fs::read_dir(root.join(below)) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (kind, file) = (entry.file_type()?, entry.file_name());
        let Some(file) = file.to_str().filter(|file| !file.starts_with('.')) else { continue };
        let name = format!("{below}{file}");
        if kind.is_dir() && deep {
            collect(root, &format!("{name}/"), deep, found)?;
        } else if kind.is_file() {
            found.push(Found { name, bytes: entry.metadata()?.len() });
        }
    }
    Ok(())
}

/// A file that has its name only when it is whole and on disk.
pub(super) struct Partial {
    file: File,
    beside: PathBuf,
    path: PathBuf,
    cancel: Cancel,
    finished: bool,
}

impl Partial {
    /// Begins a file of this path. What is there stays until the new one takes its place.
    pub(super) fn begin(path: &Path, cancel: &Cancel) -> Result<Self> {
        let name = path.file_name().ok_or_else(|| Error::refused("Name a file for the backup."))?;
        let beside = path.with_file_name(format!(".{}.partial", name.to_string_lossy()));
        let mut options = OpenOptions::new();
        // One that lies there is of a process that was killed, unless somebody holds it.
        let held = File::open(&beside)
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
        if held {
            return Err(Error::refused(format!(
                "{} is being written by another command.",
                path.display()
            )));
        }
        let _ = fs::remove_file(&beside);
        let file = options.write(true).create_new(true).mode(PRIVATE).open(&beside);
        let file =
            file.map_err(|why| refused(format!("{} could not be written", path.display()), &why))?;
        // Where the file system has no locks, two commands for one file are the caller's affair.
        let _ = file.try_lock();
        let (path, cancel) = (path.to_owned(), cancel.clone());
        Ok(Self { file, beside, path, cancel, finished: false })
    }

    /// Where it is going to stand.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Has it stand elsewhere in the same folder.
    pub(super) fn rename(&mut self, path: PathBuf) {
        self.path = path;
    }

    fn settle(&mut self) -> io::Result<()> {
        files::settle(&self.file, &self.beside, &self.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.cancel.check()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Sink for Partial {
    fn finish(mut self: Box<Self>) -> Result<()> {
        let path = self.path.display().to_string();
        self.settle().map_err(|why| refused(format!("{path} could not be written"), &why))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.beside); // the failure itself is told by whoever gave up
        }
    }
}

/// Removes what processes that were killed have left unfinished in a folder.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(".anteroom-") && name.ends_with(".partial") {
            let _ = fs::remove_file(entry.path()); // tried again with the next backup
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_has_its_name_only_when_it_is_whole() {
        let temp = tempfile::tempdir().unwrap();
        let place = Folder::new(&temp.path().join("backups")).unwrap();
        let mut sink = place.create("blobs/ab/cd", &Cancel::default()).unwrap();
        sink.write_all(b"half").unwrap();
        assert_eq!(place.list("blobs/").unwrap(), []);
        drop(sink);
        let mut sink = place.create("blobs/ab/cd", &Cancel::default()).unwrap();
        sink.write_all(b"whole").unwrap();
        sink.finish().unwrap();
        assert_eq!(place.list("blobs/").unwrap(), [Found { name: "blobs/ab/cd".into(), bytes: 5 }]);
        assert_eq!(place.list("").unwrap(), [], "the top has none");
        let file = fs::metadata(temp.path().join("backups/blobs/ab/cd")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(temp.path().join("backups/blobs/ab")).unwrap().count(), 1);
        place.remove("blobs/ab/cd").unwrap();
        place.remove("blobs/ab/cd").unwrap();
    }

    #[test]
    fn cancelled_work_stops_at_the_next_write_and_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let (place, cancel) = (Folder::new(temp.path()).unwrap(), Cancel::default());
        let mut sink = place.create("a", &cancel).unwrap();
        sink.write_all(b"a").unwrap();
        cancel.cancel();
        assert!(sink.write_all(b"b").unwrap_err().to_string().contains("stopping"));
        drop(sink);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        for name in [".anteroom-firm-x.tar.zst.partial", ".other.partial", "anteroom-firm"] {
            File::create(temp.path().join(name)).unwrap();
        }
        sweep(temp.path());
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 2);
    }
}
