//! Reading an archive back into a folder, and refusing one that is not what it says.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::{DecryptError, Decryptor, Identity, IdentityFile};

use super::archive::{Cancelled, Noted};
use super::manifest::{BLOBS, MANIFEST, Manifest, Member, STORE};
use super::scratch::make_folder;
use super::{Cancel, PRIVATE, blobs, refused};
use crate::error::{Error, Result};

/// How the store's own file begins.
const SNAPSHOT: &[u8] = b"redb";
/// How what age has encrypted begins.
const ENCRYPTED: &[u8] = b"age-encryption.org/";
/// How what zstd has compressed begins.
const ZIPPED: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Of a manifest. A longer one is none of ours.
const LONGEST_MANIFEST: u64 = 1 << 20;
/// The store in a data folder.
pub(super) const DATABASE: &str = "anteroom.redb";
/// Where the list of the files of clients goes for the time being.
pub(super) const LIST: &str = ".blobs.sha256";

/// Secret keys of age that may open a backup.
#[derive(Clone, Default)]
pub struct Identities(Arc<[Box<dyn Identity + Send + Sync>]>);

/// The secret keys in the text of a file, as `age-keygen` writes it.
pub fn read_identities(text: &str) -> Result<Identities> {
    let sentence = "There is no secret key of age in it. Such a key begins with AGE-SECRET-KEY-1";
    let file = IdentityFile::from_buffer(Cursor::new(text));
    let keys = file.map_err(|_| Error::refused(sentence))?.into_identities();
    let keys = keys.map_err(|_| Error::refused(sentence))?;
    if keys.is_empty() { Err(Error::refused(sentence)) } else { Ok(Identities(keys.into())) }
}

/// What a backup turned out to be.
pub(super) enum Extracted {
    /// An archive, with what it says of itself.
    Archive(Box<Manifest>),
    /// A bare copy of the store, as is laid aside before an upgrade.
    Snapshot,
}

/// Writes what is in a backup into a folder, as a data folder has it, and checks every digest.
pub(super) fn extract(
    from: impl Read + 'static,
    keys: &Identities,
    into: &Path,
    cancel: &Cancel,
) -> Result<Extracted> {
    let unread = |why: io::Error| refused("The backup could not be read", &why);
    let mut from = BufReader::with_capacity(1 << 16, Cancelled(from, cancel.clone()));
    let start = from.fill_buf().map_err(unread)?;
    if start.starts_with(SNAPSHOT) {
        write(&mut from, &into.join(DATABASE))?;
        return Ok(Extracted::Snapshot);
    }
    let manifest = if start.starts_with(ENCRYPTED) {
        let opened = Decryptor::new_buffered(from).and_then(|sealed| {
            sealed.decrypt(keys.0.iter().map(|key| key.as_ref() as &dyn Identity))
        });
        unpack(BufReader::new(opened.map_err(|why| locked(&why, keys))?), into)?
    } else {
        unpack(from, into)?
    };
    Ok(Extracted::Archive(Box::new(manifest)))
}

fn locked(why: &DecryptError, keys: &Identities) -> Error {
    Error::refused(match why {
        DecryptError::NoMatchingKeys if keys.0.is_empty() => {
            "The backup is encrypted: name the file of the secret key with --identity."
        }
        DecryptError::NoMatchingKeys => {
            "The backup is encrypted for somebody else: this key does not open it."
        }
        _ => "The backup is damaged: its encryption does not open.",
    })
}

fn unpack(mut zipped: impl BufRead, into: &Path) -> Result<Manifest> {
    let damaged = |why: io::Error| refused("The backup is damaged", &why);
    if !zipped.fill_buf().map_err(damaged)?.starts_with(ZIPPED) {
        return Err(Error::refused("This is no backup of Anteroom."));
    }
    let zip = zstd::Decoder::with_buffer(zipped).map_err(damaged)?;
    let mut tar = tar::Archive::new(zip);
    let (mut found, mut manifest) = (BTreeMap::new(), None);
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let path = String::from_utf8(entry.path_bytes().into_owned());
        let path = path.map_err(|_| Error::refused("This is no backup of Anteroom."))?;
        if !entry.header().entry_type().is_file() || found.contains_key(&path) {
            return Err(stranger(&path));
        }
        if path == MANIFEST {
            let mut bytes = Vec::new();
            entry.by_ref().take(LONGEST_MANIFEST).read_to_end(&mut bytes).map_err(damaged)?;
            manifest = Some(Manifest::parse(&bytes)?);
            continue;
        }
        let to = into.join(place_of(&path).ok_or_else(|| stranger(&path))?);
        let (bytes, sha256) = write(&mut entry, &to)?;
        found.insert(path.clone(), Member { path, bytes, sha256 });
    }
    // Behind the tar's end: what zstd and age check with their last bytes.
    let mut rest = tar.into_inner();
    io::copy(&mut rest, &mut io::sink()).map_err(damaged)?;
    let cut = || Error::refused("The backup is damaged: its end is missing.");
    let manifest = manifest.ok_or_else(cut)?;
    compare(&manifest, found, into)?;
    Ok(manifest)
}

fn stranger(path: &str) -> Error {
    Error::refused(format!("The backup holds {path:?}, which does not belong there."))
}

/// Where a file of an archive goes in a data folder; none for what belongs in no archive of ours.
fn place_of(path: &str) -> Option<PathBuf> {
    if path == STORE {
        return Some(DATABASE.into());
    }
    if path == BLOBS {
        return Some(LIST.into());
    }
    let plain = |name: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !name.starts_with('.') && !name.is_empty() && name.len() <= 128 && name.chars().all(known)
    };
    match path.strip_prefix("keys/") {
        Some(name) if plain(name) => Some(path.into()),
        Some(_) => None,
        None => blobs::is_blob(path).then(|| path.into()),
    }
}

/// Writes a new file for nobody but us. Gives its size and digest.
fn write(from: &mut impl Read, to: &Path) -> Result<(u64, String)> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(PRIVATE).open(to);
    let unwritten =
        |why: io::Error| refused(format!("{} could not be written", to.display()), &why);
    let mut file = file.map_err(unwritten)?;
    let mut from = Noted::new(from);
    io::copy(&mut from, &mut file).map_err(|why| refused("The backup is damaged", &why))?;
    file.sync_all().map_err(unwritten)?;
    let (_, sha256, bytes) = from.end();
    Ok((bytes, sha256))
}

/// Whether what was found is what the manifest names, and all of it.
fn compare(manifest: &Manifest, mut found: BTreeMap<String, Member>, into: &Path) -> Result<()> {
    for named in &manifest.members {
        match found.remove(&named.path) {
            Some(member) if member == *named => {}
            Some(_) => {
                let path = &named.path;
                return Err(Error::refused(format!(
                    "The backup is damaged: {path} is not what it was. Nothing was restored."
                )));
            }
            None => {
                return Err(Error::refused(format!(
                    "The backup is damaged: {} is missing. Nothing was restored.",
                    named.path
                )));
            }
        }
    }
    if manifest.blobs.contained {
        blobs::for_each(&into.join(LIST), |sha, name| match found.remove(name) {
            Some(member) if member.sha256 == sha => Ok(()),
            _ => Err(Error::refused(format!(
                "The backup is damaged: {name} is not what it was. Nothing was restored."
            ))),
        })?;
    }
    found.keys().next().map_or(Ok(()), |path| Err(stranger(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backups::archive::Archive;
    use crate::backups::place::Partial;

    fn archive(folder: &Path, fill: impl FnOnce(&mut Archive)) -> PathBuf {
        let path = folder.join("made.tar.zst");
        let _ = std::fs::remove_file(&path);
        let sink = Partial::begin(&path, &Cancel::default()).unwrap();
        let at = "2026-11-26T02:30:00Z".parse().unwrap();
        let mut archive = Archive::begin(Box::new(sink), &[], at, &Cancel::default()).unwrap();
        fill(&mut archive);
        archive.finish().unwrap();
        path
    }

    fn refusal(path: &Path) -> String {
        let into = tempfile::tempdir().unwrap();
        let file = std::fs::File::open(path).unwrap();
        let outcome = extract(file, &Identities::default(), into.path(), &Cancel::default());
        outcome.err().map(|why| why.to_string()).unwrap_or_default()
    }

    #[test]
    fn nothing_of_an_archive_lands_outside_its_folder() {
        let temp = tempfile::tempdir().unwrap();
        for name in ["etc/passwd", "keys/.hidden", "keys/a/b", "blobs/a/b/c/d/e", "anteroom.redb"] {
            let made = archive(temp.path(), |archive| drop(archive.add_bytes(name, b"x").unwrap()));
            assert!(refusal(&made).contains("does not belong there"), "{name}: {}", refusal(&made));
        }
        for path in ["../store.redb", "/store.redb", "keys/../../x", "blobs/../x"] {
            assert_eq!(place_of(path), None, "{path}");
        }
    }

    #[test]
    fn an_archive_that_is_cut_or_none_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let made = archive(temp.path(), |archive| {
            archive.add_bytes(STORE, b"store").unwrap();
        });
        assert!(refusal(&made).contains("its end is missing"), "{}", refusal(&made));
        let bytes = std::fs::read(&made).unwrap();
        for wrong in [&bytes[..bytes.len() / 2], b"hello", b""] {
            let path = temp.path().join("wrong");
            let mut file = std::fs::File::create(&path).unwrap();
            io::Write::write_all(&mut file, wrong).unwrap();
            assert!(!refusal(&path).is_empty());
        }
    }

    #[test]
    fn a_newer_format_is_refused_with_both_numbers() {
        let temp = tempfile::tempdir().unwrap();
        let made = archive(temp.path(), |archive| {
            archive.add_bytes(MANIFEST, br#"{"format": 7, "unheard": "of"}"#).unwrap();
        });
        let why = refusal(&made);
        assert!(why.contains("format 7, this version knows 1"), "{why}");
    }
}
