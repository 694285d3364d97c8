//! The keys in a file of their own, for backups that are not encrypted and so must not hold them: whoever has both can read
//! everything.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::place::{Partial, Sink};
use super::{Cancel, hex, name, refused, unhex};
use crate::error::{Error, Result};
use crate::model::backups::KeyFile;
use crate::values::Secret;

/// Today's format of the file.
const FORMAT: u32 = 1;
/// Bytes of a link key that was taken out of its data folder.
const BARE: u64 = 32;

/// The file.
#[derive(Serialize, Deserialize)]
struct Recovery {
    anteroom_recovery_keys: u32,
    firm: Option<String>,
    /// What each file in `keys/` holds, in hex.
    keys: BTreeMap<String, String>,
}

/// What the file holds, and what it is called.
#[must_use]
pub fn file(firm: Option<&str>, keys: &[KeyFile]) -> (String, Secret<Vec<u8>>) {
    let hexed = keys.iter().map(|key| (key.name.clone(), hex(key.bytes.expose()))).collect();
    let firm_name = firm.map(str::to_owned);
    let recovery = Recovery { anteroom_recovery_keys: FORMAT, firm: firm_name, keys: hexed };
    let text = serde_json::to_vec_pretty(&recovery).unwrap_or_default();
    (named(firm, &text), Secret::new(text))
}

/// Writes what [`file()`] gave to `to`, or into the folder `to`, and says where it is. The same keys are written once; other
/// ones stay.
pub fn write(to: &Path, text: &[u8]) -> Result<PathBuf> {
    let path = match to.is_dir() {
        true => {
            let firm = serde_json::from_slice::<Recovery>(text).map_err(Error::bug)?.firm;
            to.join(named(firm.as_deref(), text))
        }
        false => to.to_owned(),
    };
    if path.exists() {
        return match std::fs::read(&path) {
            Ok(there) if there == text => Ok(path),
            _ => Err(Error::refused(format!(
                "{} is there already, and it holds something else.",
                path.display()
            ))),
        };
    }
    let mut sink = Box::new(Partial::begin(&path, &Cancel::default())?);
    sink.write_all(text).map_err(|why| refused("The keys could not be written", &why))?;
    sink.finish()?;
    Ok(path)
}

/// The same keys make the same name, so that it is written once, and other keys never take its place.
fn named(firm: Option<&str>, text: &[u8]) -> String {
    let mark = hex(&digest(&SHA256, text).as_ref()[..4]);
    format!("anteroom-recovery-keys-{}-{mark}.json", name::slug(firm))
}

/// The keys in such a file, in the `keys` folder of a data folder, or in a bare `link.key`.
pub(super) fn read(path: &Path) -> Result<Vec<(String, Secret<Vec<u8>>)>> {
    let unread = |why| refused(format!("{} could not be read", path.display()), &why);
    if path.is_dir() {
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            if entry.file_type().map_err(unread)?.is_file() {
                let bytes = Secret::new(std::fs::read(entry.path()).map_err(unread)?);
                keys.push((entry.file_name().to_string_lossy().into_owned(), bytes));
            }
        }
        return Ok(keys);
    }
    let bytes = std::fs::read(path).map_err(unread)?;
    if bytes.len() as u64 == BARE {
        return Ok(vec![("link.key".into(), Secret::new(bytes))]);
    }
    let strange =
        || Error::refused(format!("{} is no file of recovery keys of Anteroom.", path.display()));
    let recovery: Recovery = serde_json::from_slice(&bytes).map_err(|_| strange())?;
    let plain = |name: &str| !name.contains(['/', '\0']) && !name.starts_with('.');
    let key = |(name, text): (String, String)| {
        Some((name, Secret::new(unhex(&text)?))).filter(|(name, _)| plain(name))
    };
    recovery.keys.into_iter().map(key).collect::<Option<Vec<_>>>().ok_or_else(strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let temp = tempfile::tempdir().unwrap();
        let key = KeyFile { name: "link.key".into(), bytes: Secret::new(vec![7; 32]) };
        let (name, text) = file(Some("Alder & Finch"), &[key]);
        assert!(name.starts_with("anteroom-recovery-keys-alder-finch-"), "{name}");
        let path = temp.path().join(name);
        std::fs::File::create(&path).unwrap().write_all(text.expose()).unwrap();
        let known = read(&path).unwrap();
        assert_eq!((known[0].0.as_str(), known[0].1.expose()), ("link.key", &vec![7; 32]));
        std::fs::File::create(&path).unwrap().write_all(&[9; 32]).unwrap();
        assert_eq!(read(&path).unwrap()[0].1.expose(), &vec![9; 32]);
        assert_eq!(read(temp.path()).unwrap().len(), 1, "a folder of keys");
        std::fs::File::create(&path).unwrap().write_all(b"{}").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("no file of recovery keys"));
    }
}
